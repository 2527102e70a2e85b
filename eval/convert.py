"""Makes data sets in the forms that `footnote eval` reads out of others.

    python3 convert.py squad2 FOLDER OUT     # paragraphs.jsonl, questions.jsonl
    python3 convert.py hotpot FOLDER OUT     # corpus.jsonl, questions.jsonl

OUT gets `corpus.jsonl` and `questions.jsonl`:

    footnote eval OUT/questions.jsonl --corpus OUT/corpus.jsonl --gold documents
"""

import json
import os
import sys


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(folder, name, rows):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def around(text, start, end):
    """The sentence that holds text[start:end]; a short answer alone may stand elsewhere, too."""
    before = text.rfind(". ", 0, start)
    after = text.find(". ", end)
    return text[0 if before < 0 else before + 2 : len(text) if after < 0 else after + 1]


def squad2(folder):
    """Every paragraph is a document without a title; the quote is the answer's sentence."""
    texts = {p["id"]: p["text"] for p in read(folder, "paragraphs.jsonl")}
    corpus = [{"_id": name, "title": "", "text": text} for name, text in texts.items()]
    questions = []
    for q in read(folder, "questions.jsonl"):
        text, evidence = texts[q["paragraph_id"]], []
        if not q["is_impossible"]:
            start, answer = q["answer_starts"][0]
            quote = around(text, start, start + len(answer))
            evidence = [{"document": q["paragraph_id"], "quote": quote}]
        questions.append(
            {
                "id": q["id"],
                "question": q["question"],
                "answerable": not q["is_impossible"],
                "answers": q["answers"],
                "evidence": evidence,
            }
        )
    return corpus, questions


def hotpot(folder):
    """Whole paragraphs are the gold, two a question: `complete@10` asks for both."""
    passages = read(folder, "corpus.jsonl")
    corpus = [{"_id": p["title"], "title": p["title"], "text": p["text"]} for p in passages]
    questions = [
        {
            "id": q["id"],
            "question": q["question"],
            "answerable": True,
            "answers": [q["answer"]],
            "relevant": dict.fromkeys(q["supporting_titles"], 1),
        }
        for q in read(folder, "questions.jsonl")
    ]
    return corpus, questions


if __name__ == "__main__":
    kind, folder, out = sys.argv[1:]
    documents, asked = {"squad2": squad2, "hotpot": hotpot}[kind](folder)
    write(out, "corpus.jsonl", documents)
    write(out, "questions.jsonl", asked)
