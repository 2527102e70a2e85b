"""Asks other engines the questions of `bench_search`, over the same texts and vectors.

    python3 peers.py FOLDER     # texts.jsonl, vectors.f32, questions.jsonl

Each engine gets the vector of a question beside its text: embedding is not in its time. Prints
JSON: milliseconds of a hybrid search (p50, p95, p99), share of the ten nearest chunks that the
vector search alone finds, seconds to make the index, and the memory of the process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

K = 10
WARM_UP = 10


def load(folder):
    import numpy

    texts = [json.loads(line) for line in open(os.path.join(folder, "texts.jsonl"), encoding="utf-8")]
    questions = [json.loads(line) for line in open(os.path.join(folder, "questions.jsonl"), encoding="utf-8")]
    dimension = len(questions[0]["vector"])
    vectors = numpy.fromfile(os.path.join(folder, "vectors.f32"), dtype="<f4").reshape(-1, dimension)
    return texts, vectors, questions


def lancedb_hybrid(folder):
    """Its own hybrid query, with the index types that ours has and everything else by default."""
    import lancedb
    import lancedb.index
    import pyarrow

    texts, vectors, questions = load(folder)
    start = time.perf_counter()
    dimension = vectors.shape[1]
    values = pyarrow.array(vectors.reshape(-1), pyarrow.float32())
    rows = pyarrow.table({
        "id": [text["id"] for text in texts],
        "text": [text["text"] for text in texts],
        "vector": pyarrow.FixedSizeListArray.from_arrays(values, dimension),
    })
    table = lancedb.connect(tempfile.mkdtemp(dir=folder)).create_table("chunks", rows)
    table.create_index("text", config=lancedb.index.FTS())
    groups = int(len(texts) ** 0.5)
    table.create_index("vector", config=lancedb.index.IvfFlat(distance_type="cosine", num_partitions=groups))
    built = time.perf_counter() - start

    def hybrid(question):
        search = table.search(query_type="hybrid").vector(question["vector"]).text(question["text"])
        return search.limit(K).to_list()

    def nearest(question):
        found = table.search(question["vector"], vector_column_name="vector").distance_type("cosine")
        return [row["id"] for row in found.select(["id"]).limit(K).to_list()]

    return built, questions, hybrid, nearest


def chromadb_bm25s(folder):
    """Vectors in chromadb (HNSW), words in bm25s, joined by reciprocal rank fusion."""
    import bm25s
    import chromadb

    texts, vectors, questions = load(folder)
    start = time.perf_counter()
    client = chromadb.PersistentClient(tempfile.mkdtemp(dir=folder))
    collection = client.create_collection("chunks", metadata={"hnsw:space": "cosine"},
                                          embedding_function=None)
    for first in range(0, len(texts), 5000):
        some = texts[first:first + 5000]
        collection.add(ids=[text["id"] for text in some], documents=[text["text"] for text in some],
                       embeddings=vectors[first:first + 5000])
    words = bm25s.BM25()
    words.index(bm25s.tokenize([text["text"] for text in texts], show_progress=False), show_progress=False)
    built = time.perf_counter() - start
    by_id = {text["id"]: text["text"] for text in texts}

    def nearest(question, k=K):
        return collection.query(query_embeddings=[question["vector"]], n_results=k, include=[])["ids"][0]

    def hybrid(question):
        tokens = bm25s.tokenize([question["text"]], show_progress=False)
        numbers, _ = words.retrieve(tokens, k=50, show_progress=False)
        points = {}
        for found in (nearest(question, 50), [texts[number]["id"] for number in numbers[0]]):
            for rank, name in enumerate(found):
                points[name] = points.get(name, 0) + 1 / (60 + rank)
        best = sorted(points, key=lambda name: (-points[name], name))[:K]
        return [by_id[name] for name in best]

    return built, questions, hybrid, nearest


ENGINES = {"lancedb": lancedb_hybrid, "chromadb+bm25s": chromadb_bm25s}


def measure(engine, folder):
    built, questions, hybrid, nearest = ENGINES[engine](folder)
    for question in questions[:WARM_UP]:
        hybrid(question)
    times = []
    for question in questions:
        start = time.perf_counter()
        assert len(hybrid(question)) == K
        times.append((time.perf_counter() - start) * 1e3)
    found = sum(len(set(nearest(question)) & set(question["exact"])) for question in questions)
    times.sort()
    at = lambda percent: times[-(-len(times) * percent // 100) - 1]
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
    return {"search_ms": {"p50": at(50), "p95": at(95), "p99": at(99)}, "build_seconds": built,
            "recall_at_10": found / (K * len(questions)), "peak_mb": peak}


def main():
    # It warns of changes to come at every search.
    os.environ["LANCEDB_LOG"] = "error"
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[2], sys.argv[1])))
        return
    reports = {}
    for engine in ENGINES:
        # A process of its own: the memory of one is not the other's.
        run = subprocess.run([sys.executable, __file__, sys.argv[1], engine], stdout=subprocess.PIPE)
        report = json.loads(run.stdout) if run.returncode == 0 else {"error": f"exit code {run.returncode}"}
        reports[engine] = report
        print(engine, report, file=sys.stderr)
    print(json.dumps(reports))


main()
