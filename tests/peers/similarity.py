#!/usr/bin/env python3
"""Similarity of benchmarks to training data and the list of contaminated items, against numpy in
double precision, on random vectors: more rows than one block, near and equal ones planted."""
import csv
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)

ROUTEASSAY = os.environ["ROUTEASSAY"]
ITEMS, PROMPTS, DIMENSION = 300, 5000, 24


def write_set(folder, ids):
    os.makedirs(folder)
    with open(os.path.join(folder, "set.json"), "w") as f:
        json.dump({"schema": "routeassay.set/1", "name": "planted", "benchmark": "mine",
                   "models": [], "sources": [], "license": None, "notes": [], "warnings": []}, f)
    with open(os.path.join(folder, "items.jsonl"), "w") as f:
        for i, name in enumerate(ids):
            f.write(json.dumps({"id": name, "category": None, "turns": [f"question {i}"],
                                "reference": None,
                                "excluded": "known" if i % 50 == 7 else None}) + "\n")


def write_vectors(path, ids, vectors):
    np.save(path, vectors.astype(np.float32))
    with open(path + ".ids", "w") as f:
        f.write("\n".join(ids) + "\n")


def main():
    rng = np.random.default_rng(5)
    trained = rng.normal(size=(PROMPTS, DIMENSION))
    items = rng.normal(size=(ITEMS, DIMENSION))
    for i in range(0, ITEMS, 3):  # some equal, some near, at every part of the training data
        near = trained[rng.integers(PROMPTS)]
        items[i] = near * 2 + (i % 16) * 0.08 * rng.normal(size=DIMENSION)
    items[1] = 0
    ids = [f"mine/{i}" for i in range(ITEMS)]
    names = [f"p{i}" for i in range(PROMPTS)]
    with tempfile.TemporaryDirectory() as work:
        at = lambda name: os.path.join(work, name)
        write_set(at("set"), ids)
        write_vectors(at("items.npy"), ids, items)
        write_vectors(at("trained.npy"), names, trained)
        with open(at("battles.jsonl"), "w") as f:
            for i, name in enumerate(names):
                f.write(json.dumps({"id": name, "prompt_id": name, "model_a": "x", "model_b": "y",
                                    "winner": "tie"}) + "\n")
        with open(at("prompts.jsonl"), "w") as f:
            for i, name in enumerate(names):
                f.write(json.dumps({"prompt_id": name, "prompt": f"prompt {i}"}) + "\n")
        command = [ROUTEASSAY, "similarity", "--recordings", at("set"), "--data",
                   at("battles.jsonl"), "--embedder", "npy:" + at("items.npy"), "--data-embedder",
                   "npy:" + at("trained.npy"), "--contaminated", at("list.csv"), "--show", "9",
                   "--json"]
        outputs = [subprocess.run(command + ["--threads", t], check=True, capture_output=True,
                                  text=True).stdout for t in ("1", "2")]
        assert outputs[0] == outputs[1], "other results on other threads"
        found = json.loads(outputs[0])["benchmarks"][0]
        listed = list(csv.DictReader(open(at("list.csv"), encoding="utf-8")))
    kept = [i for i in range(ITEMS) if i % 50 != 7]
    unit = lambda m: m / np.maximum(np.linalg.norm(m, axis=1, keepdims=True), 1e-30)
    cosines = unit(items.astype(np.float32).astype(float)[kept]) @ \
        unit(trained.astype(np.float32).astype(float)).T
    highest, which = cosines.max(1), cosines.argmax(1)
    want = {ids[i] for i, c in zip(kept, highest) if c >= 0.95}
    margin = np.abs(highest - 0.95).min()
    assert margin > 1e-5, "the data leaves room for rounding at the threshold"
    assert found["items"] == len(kept) and found["excluded"] == ITEMS - len(kept)
    assert abs(found["similarity"] - highest.mean()) < 1e-6, (found, highest.mean())
    assert abs(found["greatest"] - highest.max()) < 1e-6
    assert {r["id"] for r in listed} == want and len(want) > 30, (len(listed), len(want))
    assert found["contaminated"] == len(want)
    nearest = {ids[i]: (c, names[w]) for i, c, w in zip(kept, highest, which)}
    for row in listed:
        cosine, name = nearest[row["id"]]
        assert row["nearest"] == name and abs(float(row["cosine"]) - cosine) < 1e-6, row
        assert row["excluded"] == "contaminated" and row["prompt"] == "prompt " + name[1:]
    for pair in found["pairs"]:
        assert abs(nearest[pair["id"]][0] - pair["cosine"]) < 1e-6
    print(f"similarity {highest.mean():.6f}, {len(want)} contaminated of {len(kept)}")


if __name__ == "__main__":
    main()
