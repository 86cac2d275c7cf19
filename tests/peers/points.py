"""Points: routers that choose, against numpy. Shares, scores and PGR to 1e-12; the share of calls at
which another router reaches the same score by brute force; intervals against a bootstrap of numpy's
own draws, and against what they must be exactly: a router that makes a point's choices by its scores
reaches its score with the point's own share of calls, in every replicate."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)

from support.recording_set import write_scores, write_set

PROGRAM = os.environ["ROUTEASSAY"]


def measure(folder, benchmark, choices, scores, replicates):
    with open(folder / "log.jsonl", "w") as out:
        for i, strong in enumerate(choices):
            if not np.isnan(strong):
                out.write(json.dumps({"item": f"i/{i}", "turn": 1,
                                      "model": "strong" if strong else "weak"}) + "\n")
    arguments = ["--router", f"point=routed:{folder}/log.jsonl"]
    for name, score in scores.items():
        write_scores(folder / f"{name}.csv", score)
        arguments += ["--router", f"{name}=scores:{folder}/{name}.csv"]
    done = subprocess.run([PROGRAM, "measure", "--recordings", folder / "set", "--benchmark", benchmark,
                           "--strong", "strong", "--weak", "weak", "--grader", "recorded",
                           "--replicates", str(replicates), "--json", *arguments],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["benchmarks"][0]["points"][0]


def calls_at(score, strong, weak, target):
    """Smallest share of calls at which the exact curve reaches a score; NaN = never."""
    before, c = np.nanmean(weak), 0.0
    if before >= target:
        return 0.0
    for threshold in np.unique(score)[::-1]:
        chosen = score >= threshold
        now = np.nanmean(np.where(chosen[:, None], strong, weak))
        if now >= target:
            return c + (chosen.mean() - c) * (target - before) / (now - before)
        before, c = now, chosen.mean()
    return np.nan


def near(got, expected, tolerance, what):
    both_unknown = got is None and np.isnan(expected)
    assert both_unknown or abs(got - expected) <= tolerance, (what, got, expected)


def check_values(rng, turns, missing):
    n = 300
    strong = rng.choice([0, 0.5, 1], (n, turns), p=[0.2, 0.2, 0.6])
    weak = rng.choice([0, 0.5, 1], (n, turns), p=[0.4, 0.2, 0.4])
    choices = (rng.random(n) < 0.4).astype(float)
    if missing:
        choices[rng.random(n) < 0.1] = np.nan
        strong[rng.random((n, turns)) < 0.05] = np.nan
        weak[rng.random((n, turns)) < 0.05] = np.nan
    scores = {"good": np.clip(np.nanmean(strong - weak, 1) / 4 + rng.random(n) / 2 + 0.25, 0, 1),
              "tied": rng.integers(0, 4, n) / 4, "constant": np.full(n, 0.5)}
    scores = {k: np.nan_to_num(v, nan=0.5) for k, v in scores.items()}
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        benchmark = write_set(folder / "set", strong, weak)
        point = measure(folder, benchmark, choices, scores, 0)
    kept = ~(np.isnan(strong).all(1) | np.isnan(weak).all(1))
    s, w, c = strong[kept], weak[kept], choices[kept]
    known = ~np.isnan(c)
    score = np.nanmean(np.where(c[known, None] > 0, s[known], w[known]))
    near(point["score"], score, 1e-12, "score")
    near(point["strong_calls"], c[known].mean(), 1e-12, "calls")
    near(point["pgr"]["value"], (score - np.nanmean(w)) / (np.nanmean(s) - np.nanmean(w)), 1e-12, "pgr")
    assert point["unmapped"] == (~known).sum()
    for same in point["same"]:
        expected = calls_at(scores[same["router"]][kept], s, w, score)
        near(same["calls"]["value"], expected, 1e-9, same["router"])
        assert same["calls"]["lo"] is None


def check_intervals(rng):
    n, replicates = 400, 2048
    strong = np.ones((n, 1))
    weak = (rng.random((n, 1)) < 0.5).astype(float)
    choices = (rng.random(n) < 0.3).astype(float)
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        benchmark = write_set(folder / "set", strong, weak)
        point = measure(folder, benchmark, choices, {"own": choices, "other": rng.random(n)}, replicates)
    own, other = (s["calls"] for s in point["same"])
    for key, mine in (("value", "strong_calls"), ("lo", "calls_lo"), ("hi", "calls_hi")):
        near(own[key], point[mine], 1e-12, key)
    assert 0 < other["lo"] < other["value"] < other["hi"] <= 1
    drawn = rng.integers(0, n, (20000, n))
    score = np.where(choices[:, None] > 0, strong, weak)[:, 0]
    for name, values in (("", score), ("calls_", choices)):
        lo, hi = np.quantile(values[drawn].mean(1), [0.025, 0.975])
        near(point[f"{name}lo"], lo, 0.004, f"{name}lo")
        near(point[f"{name}hi"], hi, 0.004, f"{name}hi")


rng = np.random.default_rng(7)
for turns in (1, 2):
    for missing in (False, True):
        check_values(rng, turns, missing)
check_intervals(rng)
print("points agree")
