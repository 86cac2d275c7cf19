#!/usr/bin/env python3
"""The embedder concat:A+B+C against numpy on what its parts give, and a router trained on it: kept as
texts where all parts are quick, as vectors where one is slow, with the same scores from a cache."""
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
ONE = ["--recordings", "golden/recordings", "--benchmark", "gsm8k"]
PARTS = ["lsa:8", "ngrams:64", "encoder:tests/encoders/bert"]


def run(*command):
    subprocess.run([ROUTEASSAY, *command], check=True, stdout=subprocess.DEVNULL)


def vectors_of(embedder, path):
    run("embed", *ONE, "--embedder", embedder, "--out", path)
    return np.load(path).astype(float)


def tensors_of(path):
    with open(path, "rb") as f:
        return set(json.loads(f.read(int.from_bytes(f.read(8), "little"))))


def scores_of(model, out, *options):
    run("score", *ONE, "--router", f"kernel:{model}", "--out", out, *options)
    with open(os.path.join(out, "gsm8k", "kernel.csv")) as f:
        return f.read()


def main():
    os.chdir(os.environ["SOURCE_DIR"])
    with tempfile.TemporaryDirectory() as work:
        alone = [vectors_of(part, f"{work}/part.npy") for part in PARTS]
        together = vectors_of("concat:" + "+".join(PARTS), f"{work}/all.npy")
        assert np.abs(together - np.hstack(alone) / np.sqrt(len(PARTS))).max() < 1e-6
        for parts, kept in ((PARTS[:2], "texts"), (PARTS, "vectors")):
            out = []
            for run_number in range(2):
                model = f"{work}/{kept}-{run_number}"
                run("train", "kernel", *ONE, "--embedder", "concat:" + "+".join(parts), "--folds",
                    "3", "--cache", f"{work}/cache", "--out", model)
                assert kept in tensors_of(f"{model}/fold-0.safetensors")
                out.append(scores_of(model, f"{work}/scores", "--cache", f"{work}/cache"))
                out.append(scores_of(model, f"{work}/scores"))
            assert len(set(out)) == 1, kept


main()
