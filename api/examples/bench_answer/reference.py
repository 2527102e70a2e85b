"""Runs transformers for `bench_answer --agree`: one JSON request a line, one reply a line.

    python3 reference.py MODEL.gguf THREADS     # where torch, transformers and gguf are installed

{"read": [token ids], "likely": n} -> {"likely": [[id, probability], ...]}
{"tokenize": text}                 -> {"tokens": [ids]}

The weights are turned back into 32-bit numbers, so nothing is rounded but by them.
"""

import json
import os
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, file = os.path.split(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)


def answer(request):
    if "tokenize" in request:
        return {"tokens": tokenizer.encode(request["tokenize"], add_special_tokens=False)}
    with torch.inference_mode():
        scores = model(torch.tensor([request["read"]])).logits[0, -1].double()
    probabilities, ids = torch.softmax(scores, 0).topk(request["likely"])
    return {"likely": list(zip(ids.tolist(), probabilities.tolist()))}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
