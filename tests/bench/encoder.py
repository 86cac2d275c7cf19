#!/usr/bin/env python3
"""Throughput and latency of the encoder against PyTorch's CPU forward on the same tokens.

    ROUTEASSAY_BENCH=build/release/bench_encoder tests/bench/encoder.py FOLDER [THREADS [ROUNDS]]

FOLDER is a model as the hub keeps it (all-MiniLM-L6-v2). Token ids are random; the lengths are
those of the cases below. PyTorch runs in inference mode with the same number of threads, eager and
with scaled_dot_product_attention, batches sorted by length and padded in groups of several sizes;
the best of these ways is sought first and used from then on. Ours includes pooling. The two
programs take turns, about a second each, the best run of it counts, and the median over rounds of
the ratio is printed with its quartiles: above 1 ours is faster."""
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from transformers import AutoModel

CASES = {"one of 16": [16], "one of 100": [100], "one of 256": [256], "32 of 16": [16] * 32,
         "32 of 100": [100] * 32, "16 of 256": [256] * 16,
         "64 of 20 to 200": [int(n) for n in np.linspace(20, 200, 64)]}
SECONDS = 1.0


def flops(config, lengths):
    """Of products: 2 a multiplication and addition."""
    h, i, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    return layers * sum(2 * n * (4 * h * h + 2 * h * i) + 4 * n * n * h for n in lengths)


def ways(models, lengths, vocabulary):
    """Each way of batching, for each kind of attention: (model, groups)."""
    order = sorted(lengths)
    for model in models:
        for size in sorted({len(order), min(8, len(order)), min(16, len(order))}):
            groups = []
            for at in range(0, len(order), size):
                part = order[at:at + size]
                ids = torch.randint(5, vocabulary, (len(part), max(part)))
                mask = (torch.arange(max(part)) < torch.tensor(part)[:, None]).long()
                groups.append({"input_ids": ids} if min(part) == max(part) else
                              {"input_ids": ids, "attention_mask": mask})
            yield model, groups


def theirs(model, groups, seconds):
    """Best of the runs that fit into some seconds, at least two."""
    times = []
    while len(times) < 2 or sum(times) < seconds:
        start = time.perf_counter()
        with torch.inference_mode():
            for group in groups:
                model(**group)
        times.append(time.perf_counter() - start)
    return min(times)


def ours(program, folder, lengths, threads, runs):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(" ".join(map(str, lengths)))
        file.flush()
        out = subprocess.run([program, folder, file.name, str(threads), str(runs)], check=True,
                             capture_output=True, text=True).stdout
    return json.loads(out)


def main(folder, threads=2, rounds=9):
    program = os.environ.get("ROUTEASSAY_BENCH", "build/release/bench_encoder")
    torch.set_num_threads(threads)
    models = [AutoModel.from_pretrained(folder, attn_implementation=a).eval()
              for a in ("eager", "sdpa")]
    config = models[0].config
    print(f"{threads} threads, medians of {rounds} rounds\n{'case':18} {'ours ms':>9} "
          f"{'torch ms':>9} {'ratio':>6} {'quartiles':>13} {'GFLOP/s':>8} {'of sgemm':>8}")
    for name, lengths in CASES.items():
        best = min(ways(models, lengths, config.vocab_size), key=lambda w: theirs(*w, 0))
        runs = max(2, int(SECONDS / ours(program, folder, lengths, threads, 2)["seconds"]))
        rows = []
        for _ in range(rounds):
            mine = ours(program, folder, lengths, threads, runs)
            rows.append((mine["seconds"], theirs(*best, SECONDS), mine["peak_flops"]))
        own, other, peak = np.median(np.array(rows), axis=0)
        low, middle, high = np.quantile([b / a for a, b, _ in rows], (0.25, 0.5, 0.75))
        rate = flops(config, lengths) / own
        print(f"{name:18} {own * 1e3:9.2f} {other * 1e3:9.2f} {middle:6.2f} "
              f"{low:6.2f}-{high:.2f} {rate / 1e9:8.1f} {rate / peak:8.0%}", flush=True)


main(sys.argv[1], *map(int, sys.argv[2:4]))
