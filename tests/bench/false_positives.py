"""How often routers that know nothing are called different from chance, or from each other, at the
5 % level: by the bootstrap and by sign flips. Prints a table; docs/intervals.md holds the last one.

    python3 tests/bench/false_positives.py build/release/routeassay [BENCHMARKS]
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

CASES = (("n = 72, two turns of 1-10", 72), ("n = 300, gap 0.2", 300), ("n = 1307, gap 0.22", 1307))


def grades(n, rng):
    if n == 72:
        return (np.clip(np.round(rng.normal(9.2, 1.2, (n, 2))), 1, 10),
                np.clip(np.round(rng.normal(8.3, 1.9, (n, 2))), 1, 10))
    return ((rng.random((n, 1)) < 0.86).astype(float), (rng.random((n, 1)) < 0.64).astype(float))


def write(folder, strong, weak, rng):
    n, turns = strong.shape
    (folder / "grades").mkdir(parents=True, exist_ok=True)
    (folder / "set.json").write_text(json.dumps({
        "schema": "routeassay.set/1", "name": "null", "models": ["strong", "weak"], "sources": [],
        "benchmark": "mmlu" if turns == 1 else "mt-bench", "license": None, "notes": [],
        "warnings": []}))
    (folder / "items.jsonl").write_text("".join(
        json.dumps({"id": f"i/{i}", "category": None, "turns": ["q"] * turns, "reference": None,
                    "excluded": None}) + "\n" for i in range(n)))
    for model, scores in (("strong", strong), ("weak", weak)):
        (folder / "grades" / f"{model}@recorded.jsonl").write_text("".join(
            json.dumps({"id": f"i/{i}", "turn": t + 1, "score": float(scores[i, t]),
                        "extracted": None, "reason": None}) + "\n"
            for i in range(n) for t in range(turns)))
    for router in "ab":
        (folder / f"{router}.csv").write_text("id,score\n" + "".join(
            f"i/{i},{s}\n" for i, s in enumerate(rng.random(n))))
    return "mmlu" if turns == 1 else "mt-bench"


def p_values(program, folder, benchmark):
    out = subprocess.run([program, "measure", "--recordings", folder, "--benchmark", benchmark,
                          "--grader", "recorded", "--strong", "strong", "--weak", "weak",
                          "--replicates", "2000", "--router", f"scores:{folder}/a.csv",
                          "--router", f"scores:{folder}/b.csv", "--json"],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for c in json.loads(out)["benchmarks"][0]["comparisons"]:
        found.setdefault(c["family"], []).append([c["p"]["bootstrap"], c["p"]["sign_flip"]])
    return found["random"][0] + found["pairs"][0]


def main():
    program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500
    print("| data | against chance: bootstrap | sign flips | in pairs: bootstrap | sign flips |")
    print("|---|---:|---:|---:|---:|")
    for name, n in CASES:
        rng, rows = np.random.default_rng(n), []
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(count):
                strong, weak = grades(n, rng)
                if strong.mean() > weak.mean():
                    benchmark = write(pathlib.Path(folder), strong, weak, rng)
                    rows.append(p_values(program, folder, benchmark))
        share = 100 * (np.array(rows) < 0.05).mean(axis=0)
        print(f"| {name} | " + " | ".join(f"{s:.1f}" for s in share) + " |", flush=True)


main()
