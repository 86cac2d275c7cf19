"""APGR, CPT(20/50/80 %), sustained CPT and RouteLLM's own procedure, against numpy and pandas on
recording sets made here: distinct scores, heavily tied scores, constant scores, two turns, missing
grades. All figures must agree to 1e-9."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pandas as pd
    from support.quantiles import tenths
except ImportError:
    sys.exit(77)

from support.recording_set import write_set

PROGRAM = os.environ["ROUTEASSAY"]
TOLERANCE = 1e-9


def exact(score, strong, weak):
    """The exact curve by brute force: every distinct score is a threshold."""
    n = len(score)
    low, high = np.nanmean(weak), np.nanmean(strong)
    c, pgr = [0.0], [0.0]
    for threshold in np.unique(score)[::-1]:
        chosen = np.where((score >= threshold)[:, None], strong, weak)
        c.append((score >= threshold).sum() / n)
        pgr.append((np.nanmean(chosen) - low) / (high - low))
    c, pgr = np.array(c), np.array(pgr)
    figures = {"apgr": float(np.sum((c[1:] - c[:-1]) * (pgr[1:] + pgr[:-1]) / 2))}
    for target in (20, 50, 80):
        x = target / 100
        # crossings of the target on the segments, with the first and the last upward one
        first = last = None
        for k in range(1, len(c)):
            if pgr[k - 1] < x <= pgr[k]:
                at = c[k - 1] + (c[k] - c[k - 1]) * (x - pgr[k - 1]) / (pgr[k] - pgr[k - 1])
                first = at if first is None else first
                last = at
        figures[f"cpt{target}"], figures[f"sustained{target}"] = first, last
    return figures


def routellm(score, strong, weak):
    """RouteLLM's procedure with pandas.qcut and numpy.interp; None where qcut refuses."""
    try:
        edges = tenths(score)
    except ValueError:
        return None
    low, high = np.nanmean(weak), np.nanmean(strong)
    rows = []
    for i, edge in enumerate(edges):
        chosen = score >= edge if i != len(edges) - 1 else score > edge
        rows.append((chosen.mean(), np.nanmean(np.where(chosen[:, None], strong, weak))))
    frame = pd.DataFrame(rows, columns=["c", "r"]).sort_values("c", kind="stable")
    c, r = frame["c"].to_numpy(), frame["r"].to_numpy()
    area = np.sum((c[1:] - c[:-1]) * (r[1:] + r[:-1]) / 2)
    figures = {"apgr": (area - low) / (high - low)}
    for target in (20, 50, 80):
        figures[f"cpt{target}"] = float(np.interp(low + target / 100 * (high - low), r, c))
    return figures


def measured(folder, benchmark, scores):
    out = subprocess.run([PROGRAM, "measure", "--recordings", folder, "--benchmark", benchmark,
                          "--grader", "recorded", "--strong", "strong", "--weak", "weak",
                          "--router", f"scores:{scores}", "--replicates", "0", "--json"],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)["benchmarks"][0]


def compare(what, name, ours, reference):
    if not abs(ours - reference) <= TOLERANCE:
        sys.exit(f"{what}: {name} is {ours!r}, {reference!r} expected")


def check(what, folder, strong, weak, score, excluded):
    benchmark = write_set(folder, strong, weak, excluded)
    frame = pd.DataFrame({"id": [f"i/{i}" for i in range(len(score))], "score": score})
    frame.sample(frac=1, random_state=0).to_csv(folder / "scores.csv", index=False,
                                                float_format="%.17g")
    result = measured(folder, benchmark, folder / "scores.csv")
    router = result["routers"][0]
    kept = ~excluded & ~np.isnan(strong).all(axis=1) & ~np.isnan(weak).all(axis=1)
    s, w, p = strong[kept], weak[kept], score[kept]
    assert result["items"] == kept.sum() and result["excluded"] == excluded.sum(), what
    compare(what, "strong", result["strong"]["score"], np.nanmean(s))
    compare(what, "weak", result["weak"]["score"], np.nanmean(w))
    wanted = exact(p, s, w)
    compare(what, "apgr", router["apgr"]["value"], wanted["apgr"])
    for target in ("20", "50", "80"):
        compare(what, "cpt" + target, router["cpt"][target]["value"], wanted["cpt" + target])
        compare(what, "sustained" + target, router["cpt"][target]["sustained"],
                wanted["sustained" + target])
    own = routellm(p, s, w)
    if own is None:
        assert "error" in router["routellm"], f"{what}: quantiles coincide, no error given"
    else:
        compare(what, "routellm apgr", router["routellm"]["apgr"], own["apgr"])
        for target in ("20", "50", "80"):
            compare(what, "routellm cpt" + target, router["routellm"]["cpt"][target],
                    own["cpt" + target])
    for category in result["categories"]:
        mine = kept & (np.arange(len(score)) % 3 == int(category["name"][1:]))
        ours = category["routers"][0]["apgr"]
        if np.nanmean(strong[mine]) > np.nanmean(weak[mine]):
            compare(what, category["name"], ours,
                    exact(score[mine], strong[mine], weak[mine])["apgr"])
        else:
            assert ours is None, what
    return own is None


def main():
    refused = cases = 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        items, turns = int(rng.integers(30, 700)), 1 + seed % 2
        if turns == 1:
            strong = (rng.random((items, 1)) < 0.8).astype(float)
            weak = (rng.random((items, 1)) < 0.65).astype(float)
        else:
            strong = rng.integers(6, 11, (items, turns)).astype(float)
            weak = rng.integers(3, 11, (items, turns)) - rng.integers(0, 2, (items, turns)) / 2
        if seed % 4 == 3:
            strong[rng.random(strong.shape) < 0.03] = np.nan
            weak[rng.random(weak.shape) < 0.03] = np.nan
        excluded = rng.random(items) < (0.05 if seed % 3 == 0 else 0)
        if np.nanmean(strong) <= np.nanmean(weak):
            continue
        gain = np.nan_to_num(strong).mean(1) - np.nan_to_num(weak).mean(1)
        noisy = np.clip(0.5 + 0.05 * gain + rng.normal(0, 0.2, items), 0, 1)
        for kind, score in (("distinct", np.where((noisy > 0) & (noisy < 1), noisy,
                                                  rng.random(items))),
                            ("tied", np.round(noisy, 1)), ("two values", np.round(noisy)),
                            ("constant", np.full(items, 0.25)),
                            ("against", 1 - noisy)):
            with tempfile.TemporaryDirectory() as folder:
                refused += check(f"seed {seed}, {kind}", pathlib.Path(folder), strong, weak, score,
                                 excluded)
                cases += 1
    print(f"{cases} cases agree to {TOLERANCE}; RouteLLM's procedure fails on {refused} of them")
    assert cases > 60 and refused > 25


main()
