#!/usr/bin/env python3
"""Speed of the tokenizers against Hugging Face's `tokenizers`, in megabytes of text a second, on one
thread and on two, whole texts and cut to 256 tokens. Rounds of both sides alternate; the best counts.

    tests/bench/token_speed.py BUILD_DIR RECORDINGS FOLDER...      (folders with a tokenizer.json)
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

ROUNDS = 3


def texts(folder):
    for base, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(base, name)
            if name == "items.jsonl":
                for line in open(path, encoding="utf-8"):
                    yield from json.loads(line)["turns"]
            elif os.path.basename(base) == "outputs":
                for line in open(path, encoding="utf-8"):
                    yield json.loads(line)["output"] or ""


def reference(folder, all_texts, most, threads):
    """Seconds in a process of its own: the number of threads is read once."""
    code = ("import sys,json,time;from tokenizers import Tokenizer;t=json.load(open(sys.argv[2]));"
            "k=Tokenizer.from_file(sys.argv[1]);k.no_padding();m=int(sys.argv[3]);"
            "k.enable_truncation(m) if m else k.no_truncation();"
            "f=getattr(k,'encode_batch_fast',k.encode_batch);s=time.perf_counter();f(t);"
            "print(time.perf_counter()-s)")
    environment = {**os.environ, "RAYON_NUM_THREADS": str(threads),
                   "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false"}
    return float(subprocess.run(
        [sys.executable, "-c", code, os.path.join(folder, "tokenizer.json"), all_texts, str(most)],
        env=environment, check=True, capture_output=True, text=True).stdout)


def main():
    build, recordings, *folders = sys.argv[1:]
    plain = list(texts(recordings))
    size = sum(len(t.encode()) for t in plain)
    print(f"{len(plain)} texts, {size / 1e6:.1f} MB; MB/s")
    print(f"{'tokenizer':24} {'cut':>5} {'threads':>7} {'ours':>8} {'reference':>9} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as work:
        listed, packed = os.path.join(work, "texts.json"), os.path.join(work, "texts")
        json.dump(plain, open(listed, "w"))
        with open(packed, "wb") as f:
            f.writelines(struct.pack("<I", len(t)) + t for t in map(str.encode, plain))
        for folder in folders:
            for most in (0, 256):
                for threads in (1, 2):
                    ours = theirs = 1e9
                    for _ in range(ROUNDS):
                        out = subprocess.run(
                            [os.path.join(build, "bench_tokenizer"), folder, packed,
                             os.path.join(work, "ids"), str(most or 1 << 20), str(threads)],
                            check=True, capture_output=True, text=True).stdout
                        ours = min(ours, float(out))
                        theirs = min(theirs, reference(folder, listed, most, threads))
                    name = os.path.basename(os.path.normpath(folder))
                    print(f"{name:24} {most or '':>5} {threads:>7} {size / ours / 1e6:8.1f} "
                          f"{size / theirs / 1e6:9.1f} {theirs / ours:6.1f}", flush=True)


if __name__ == "__main__":
    main()
