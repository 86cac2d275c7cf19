"""A SYNTHETIC set of battles with the size of the RouteLLM paper's: what SW ranking costs, not how
well it routes. Nothing is downloaded and nothing in it was said by a person or a model.

    python3 tests/bench/synthetic_battles.py OUT RECORDINGS BENCHMARK [BATTLES] [DIMENSION]

Writes OUT/battles.jsonl (65 000 battles between 64 models, each on a prompt of its own),
OUT/vectors.npy with OUT/vectors.npy.ids (float32, 1536 numbers each: one row for every battle and
one for every item of the benchmark, so that its prompts find a vector). Then:

    routeassay train sw_ranking --data OUT/battles.jsonl --strong model-00 --weak model-40 \\
        --embedder npy:OUT/vectors.npy --out OUT/sw.safetensors
    routeassay overhead --routers sw=sw_ranking:OUT/sw.safetensors --recordings RECORDINGS \\
        --benchmark BENCHMARK --prices golden/prices.json --strong MODEL --weak MODEL

How it is made (seed 1): models have strengths evenly spaced from 2 to -2; both of a battle are drawn
at random; the first wins with probability 1 / (1 + exp(s2 - s1)), less a fifth of ties. Vectors are
of length 1: one of 200 random centres plus as much noise, so that cosines spread as those of text
embeddings do, up to about 0.6. What a query costs depends on the number of battles, models and
dimensions, and not on these choices, but for a Newton step more or less.
"""
import json
import pathlib
import sys

import numpy as np

MODELS, CENTRES = 64, 200


def vectors(count, dimension, rng):
    centres = rng.standard_normal((CENTRES, dimension), dtype=np.float32)
    rows = rng.standard_normal((count, dimension), dtype=np.float32)
    rows += centres[rng.integers(CENTRES, size=count)]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def write_battles(path, count, rng):
    strength = np.linspace(2, -2, MODELS)
    a = rng.integers(MODELS, size=count)
    b = (a + rng.integers(1, MODELS, size=count)) % MODELS
    wins = rng.random(count) < 1 / (1 + np.exp(strength[b] - strength[a]))
    winner = np.where(rng.random(count) < 0.2, "tie", np.where(wins, "model_a", "model_b"))
    with open(path, "w") as out:
        for i in range(count):
            out.write(json.dumps({"prompt_id": f"battle/{i}", "prompt": f"synthetic prompt {i}",
                                  "model_a": f"model-{a[i]:02}", "model_b": f"model-{b[i]:02}",
                                  "winner": str(winner[i])}) + "\n")


def item_ids(recordings, benchmark):
    for items in [pathlib.Path(recordings) / "items.jsonl",
                  pathlib.Path(recordings) / benchmark / "items.jsonl"]:
        if items.exists():
            return [json.loads(line)["id"] for line in open(items)]
    sys.exit(f"no items of {benchmark} in {recordings}")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    out, recordings, benchmark = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 65000
    dimension = int(sys.argv[5]) if len(sys.argv) > 5 else 1536
    rng = np.random.default_rng(1)
    items = item_ids(recordings, benchmark)
    out.mkdir(parents=True, exist_ok=True)
    write_battles(out / "battles.jsonl", count, rng)
    np.save(out / "vectors.npy", vectors(count + len(items), dimension, rng))
    ids = [f"battle/{i}" for i in range(count)] + items
    (out / "vectors.npy.ids").write_text("".join(f"{i}\n" for i in ids))
    print(f"{count} synthetic battles between {MODELS} models, {len(ids)} vectors of {dimension} "
          f"numbers in {out}")


main()
