"""Intervals against an independent bootstrap with numpy and many more replicates: 0/1 grades, tied
scores, two-turn judge scores, missing turns. Percentile bounds must agree within Monte Carlo error,
BCa bounds with numpy's bias, jackknife and quantiles likewise. The numpy side knows neither lanes
nor Poisson counts: it draws multinomials and sweeps one replicate after the other."""
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)

from support.recording_set import write_scores, write_set

PROGRAM = os.environ["ROUTEASSAY"]
REPLICATES = 20000
TARGETS = (("20", 20), ("50", 50), ("80", 80))
NORMAL = statistics.NormalDist()


def figures(counts, groups, sums, turns):
    """All figures for rows of counts (replicates x items). groups: tie group of each item, by
    falling score; sums, turns: (strong, weak) per item."""
    order = np.argsort(groups, kind="stable")
    ends = np.flatnonzero(np.diff(np.append(groups[order], -1)))
    m = counts[:, order].astype(float)

    def cumulated(x):
        return np.hstack([np.zeros((len(m), 1)), np.cumsum(m * x[order], axis=1)[:, ends]])

    strong = (counts @ sums[0]) / (counts @ turns[0])
    weak = (counts @ sums[1]) / (counts @ turns[1])
    calls = cumulated(np.ones(len(groups)))
    c = calls / calls[:, -1:]
    gained = cumulated(sums[0] - sums[1])
    if (turns[0] == turns[1]).all() and (turns[0] == turns[0][0]).all():
        pgr = gained / np.where(gained[:, -1:] == 0, np.nan, gained[:, -1:])
    else:
        r = ((counts @ sums[1])[:, None] + gained) / ((counts @ turns[1])[:, None]
                                                      + cumulated(turns[0] - turns[1]))
        pgr = (r - weak[:, None]) / (strong - weak)[:, None]
    out = {"strong": strong, "weak": weak, "gap": strong - weak}
    gap = strong > weak
    area = ((c[:, 1:] - c[:, :-1]) * (pgr[:, 1:] + pgr[:, :-1]) / 2).sum(axis=1)
    out["apgr"] = np.where(gap, area, np.nan)
    rows = np.arange(len(m))
    for name, percent in TARGETS:
        x = percent / 100
        # an exact breakpoint counts as reached: compare to within rounding
        reached = pgr >= x - 1e-12
        up = reached[:, 1:] & ~reached[:, :-1]
        for key, k in (("cpt", up.argmax(axis=1)),
                       ("sustained", up.shape[1] - 1 - up[:, ::-1].argmax(axis=1))):
            a, b = pgr[rows, k], pgr[rows, k + 1]
            with np.errstate(invalid="ignore", divide="ignore"):
                at = c[rows, k] + (c[rows, k + 1] - c[rows, k]) * (x - a) / (b - a)
            out[key + name] = np.where(gap, at, np.nan)
        k = np.maximum((c < x).sum(axis=1) - 1, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            at = pgr[rows, k] + (pgr[rows, k + 1] - pgr[rows, k]) * (x - c[rows, k]) / (
                c[rows, k + 1] - c[rows, k])
        out["pgr" + name] = np.where(gap, at, np.nan)
    return out


def in_parts(draw, total, groups, sums, turns):
    parts = []
    while total > 0:
        size = min(total, 1000)
        parts.append(figures(draw(size), groups, sums, turns))
        total -= size
    return {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}


def ours(folder, benchmark, method):
    out = subprocess.run([PROGRAM, "measure", "--recordings", folder, "--benchmark", benchmark,
                          "--grader", "recorded", "--strong", "strong", "--weak", "weak",
                          "--interval", method, "--router", f"scores:{folder}/scores.csv",
                          "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
    result = json.loads(out)["benchmarks"][0]
    router = result["routers"][0]
    bounds = {"apgr": router["apgr"], "gap": result["gap"]}
    for side in ("strong", "weak"):
        bounds[side] = dict(result[side], value=result[side]["score"])
    for name, _ in TARGETS:
        at = router["cpt"][name]
        bounds["cpt" + name] = at
        bounds["pgr" + name] = router["pgr"][name]
        bounds["sustained" + name] = {"value": at["sustained"], "lo": at["sustained_lo"],
                                      "hi": at["sustained_hi"]}
    return bounds, result["intervals"]


def bca_levels(values, estimate, left_out):
    below = ((values < estimate).sum() + (values <= estimate).sum()) / 2 / len(values)
    z0 = NORMAL.inv_cdf(min(max(below, 1e-6), 1 - 1e-6))
    d = left_out.mean() - left_out
    a = (d ** 3).sum() / (6 * (d ** 2).sum() ** 1.5) if (d ** 2).sum() > 0 else 0
    return [NORMAL.cdf(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in (-1.959963985, 1.959963985)]


def inside(values, level, bound, slack):
    """Is `bound` between the quantiles of `values` around `level`, at five standard errors of a
    quantile from 10 000 replicates and one from ours?"""
    error = 5 * math.sqrt(level * (1 - level) / 10000 + 1e-9) + slack
    low, high = np.quantile(values, [max(level - error, 0), min(level + error, 1)])
    return low - 1e-9 <= bound <= high + 1e-9


def check(what, strong, weak, score, rng):
    values_of = (np.nansum(strong, axis=1), np.nansum(weak, axis=1))
    turns = ((~np.isnan(strong)).sum(axis=1).astype(float),
             (~np.isnan(weak)).sum(axis=1).astype(float))
    groups = np.unique(-score, return_inverse=True)[1]
    n = len(score)
    drawn = in_parts(lambda size: rng.multinomial(n, np.full(n, 1 / n), size), REPLICATES, groups,
                     values_of, turns)
    one = figures(np.vstack([1 - np.eye(n, dtype=int), np.ones((1, n), int)]), groups, values_of,
                  turns)
    checked = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        benchmark = write_set(folder / "set", strong, weak)
        write_scores(folder / "set" / "scores.csv", score)
        for method in ("percentile", "bca"):
            bounds, how = ours(folder / "set", benchmark, method)
            share = np.isnan(drawn["apgr"]).mean()
            error = 5 * math.sqrt(share * (1 - share) / 10000 + 1e-9) + 1e-3
            assert abs(how["without_gap"] / how["replicates"] - share) < error, (what, how, share)
            for key, bound in bounds.items():
                values = drawn[key][~np.isnan(drawn[key])]
                estimate = one[key][-1]
                assert abs(bound["value"] - estimate) < 1e-9, (what, key, bound, estimate)
                levels, slack = (0.025, 0.975), 0.0
                if method == "bca":
                    # the bias has Monte Carlo error too, on both sides
                    levels, slack = bca_levels(values, estimate, one[key][:-1]), 0.012
                for side, level in zip(("lo", "hi"), levels):
                    assert inside(values, level, bound[side], slack), (
                        what, method, key, side, bound, level, np.quantile(values, level))
                    checked += 1
    return checked


def main():
    checked = 0
    for seed, (kind, n) in enumerate((("0/1", 400), ("tied", 300), ("judge", 72), ("missing", 72),
                                      ("small gap", 200))):
        rng = np.random.default_rng(seed)
        if kind in ("judge", "missing"):
            strong = np.clip(np.round(rng.normal(9, 1, (n, 2))), 1, 10)
            weak = np.clip(np.round(2 * rng.normal(8, 1.5, (n, 2))) / 2, 1, 10)
            if kind == "missing":
                strong[rng.random(n) < 0.05, 1] = np.nan
                weak[rng.random(n) < 0.05, 0] = np.nan
        else:
            strong = (rng.random((n, 1)) < (0.72 if kind == "small gap" else 0.85)).astype(float)
            weak = (rng.random((n, 1)) < 0.64).astype(float)
        gain = np.nansum(strong, axis=1) - np.nansum(weak, axis=1)
        score = np.clip(0.05 * gain + rng.normal(0.5, 0.12, n), 0, 1)
        if kind == "tied":
            score = np.round(score, 1)
        checked += check(kind, strong, weak, score, rng)
    print(f"{checked} bounds agree")


main()
