"""Compares values of `footnote eval` with pytrec_eval on the same run: see README.md."""

import collections
import json
import sys

from make import evaluate


def table(path, document, value, number):
    rows = collections.defaultdict(dict)
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            columns = line.split()
            rows[columns[0]][columns[document]] = number(columns[value])
    return dict(rows)


def main(qrels, run, values):
    theirs = evaluate(table(qrels, 2, 3, int), table(run, 2, 4, float))
    with open(values, encoding="utf-8") as file:
        ours = json.load(file)
    shared = [(q, m) for q in theirs for m in theirs[q] if m in ours]
    largest = max(abs(theirs[q][m] - ours[m][q]) for q, m in shared)
    print(f"{len(shared)} values of {len(theirs)} queries, largest difference {largest:.3g}")


if __name__ == "__main__":
    main(*sys.argv[1:])
