"""Golden values for tests/golden.rs: see README.md."""

import collections
import csv
import json
import math
import random
import re
import sys

import pytrec_eval

MEASURES = {
    **{f"ndcg@{k}": f"ndcg_cut_{k}" for k in (1, 3, 5, 10, 100)},
    **{f"recall@{k}": f"recall_{k}" for k in (1, 5, 10, 100)},
    **{f"p@{k}": f"P_{k}" for k in (1, 3, 10)},
    **{f"success@{k}": f"success_{k}" for k in (1, 5, 10)},
    "map": "map",
    "mrr": "recip_rank",
}
CUTS = {"ndcg_cut": "1,3,5,10,100", "recall": "1,5,10,100", "P": "1,3,10", "success": "1,5,10"}
ASKED = {f"{name}.{cuts}" for name, cuts in CUTS.items()} | {"map", "recip_rank"}


def evaluate(qrels, run):
    """By query; a query that the run lacks counts 0, as with trec_eval -c."""
    found = pytrec_eval.RelevanceEvaluator(qrels, ASKED).evaluate(run)
    none = dict.fromkeys(MEASURES.values(), 0.0)
    return {
        query: {ours: found.get(query, none)[theirs] for ours, theirs in MEASURES.items()}
        for query in qrels
    }


def by_hand():
    """Every rule by itself: a name, judgements, a run."""
    yield "graded", {"q": {"a": 3, "b": 1, "c": 2}}, {"q": {"b": 3.0, "a": 2.0, "x": 1.5, "c": 1.0}}
    yield "ties", {"q": {"a": 1, "d9": 2}}, {"q": dict.fromkeys(["a", "b", "B", "d10", "d9", "é"], 1.0)}
    yield "ties in single precision", {"q": {"a": 1}}, {"q": {"a": 1.0 + 1e-12, "b": 1.0}}
    yield "zero of either sign", {"q": {"a": 1}}, {"q": {"a": 0.0, "b": -0.0}}
    yield "negative scores", {"q": {"a": 1}}, {"q": {"a": -2.0, "b": -1.0}}
    yield "missing query", {"q": {"a": 1}, "r": {"b": 1}}, {"q": {"a": 1.0}}
    yield "unjudged query", {"q": {"a": 1}}, {"q": {"a": 1.0}, "z": {"a": 1.0}}
    yield "negative judgement", {"q": {"a": -1, "b": 2, "c": -2}}, {"q": {"a": 3.0, "c": 2.0, "b": 1.0}}
    yield "zero judgement", {"q": {"a": 0, "b": 1}}, {"q": {"a": 2.0, "b": 1.0}}
    yield "nothing relevant", {"q": {"a": 0}, "r": {"b": 1}}, {"q": {"a": 1.0}, "r": {"b": 1.0}}
    yield "nothing relevant found", {"q": {"a": 1, "b": 1}}, {"q": {"x": 1.0, "y": 0.5}}
    yield "fewer than k", {"q": {"a": 1, "b": 1, "c": 1}}, {"q": {"a": 1.0}}
    yield "more relevant than k", {"q": {f"d{i}": 1 + i % 3 for i in range(30)}}, {
        "q": {f"d{i}": float(-i) for i in range(0, 30, 2)}
    }


def drawn(rng, number):
    """Many queries with coarse scores, hence many ties; some queries are missing."""
    qrels, run = {}, {}
    for q in range(20):
        judged = rng.sample(range(200), rng.randint(1, 25))
        qrels[f"q{q}"] = {f"d{d}": rng.choice([-1, 0, 1, 1, 2, 3]) for d in judged}
        if rng.random() < 0.85:
            found = set(rng.sample(range(200), rng.randint(1, 120))) | set(judged[:8])
            run[f"q{q}"] = {f"d{d}": rng.randint(0, 12) / 8 for d in sorted(found)}
    return f"drawn {number}", qrels, run


def golden():
    rng = random.Random(4)
    cases = list(by_hand()) + [drawn(rng, number) for number in range(3)]
    return [
        {"name": name, "qrels": qrels, "run": run, "values": evaluate(qrels, run)}
        for name, qrels, run in cases
    ]


def words(text):
    return set(re.findall("[a-z0-9]+", text.lower()))


def scifact(folder):
    """Means over a plain run on real data: shared words over the root of the passage's."""
    with open(f"{folder}/qrels/test.tsv", encoding="utf-8") as rows:
        qrels = collections.defaultdict(dict)
        for row in csv.DictReader(rows, delimiter="\t"):
            qrels[row["query-id"]][row["corpus-id"]] = int(row["score"])
    with open(f"{folder}/corpus.jsonl", encoding="utf-8") as lines:
        passages = [json.loads(line) for line in lines]
    passages = [(p["_id"], words(p["title"] + " " + p["text"])) for p in passages]
    with open(f"{folder}/queries.jsonl", encoding="utf-8") as lines:
        queries = [json.loads(line) for line in lines]
    run = {}
    for query in queries:
        if query["_id"] in qrels:
            asked = words(query["text"])
            scores = ((p, len(asked & has) / math.sqrt(max(len(has), 1))) for p, has in passages)
            run[query["_id"]] = {p: s for p, s in scores if s > 0}
    values = evaluate(qrels, run)
    return {m: sum(v[m] for v in values.values()) / len(values) for m in MEASURES}


if __name__ == "__main__":
    value = scifact(sys.argv[2]) if sys.argv[1:2] == ["scifact"] else golden()
    json.dump(value, sys.stdout, indent=None if isinstance(value, list) else 1, ensure_ascii=False)
    print()
