"""Comparisons, ranks, chance, AIQ, oracles, routed calls and score diagnostics against numpy, which
does each by its definition: pair by pair, threshold by threshold, flip by flip. Figures agree to
1e-9, what is drawn at random within Monte Carlo error."""
import json
import math
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
SHARES = (("20", 0.2), ("50", 0.5), ("80", 0.8))
PRICES = {"strong": (10.0, 30.0), "weak": (0.24, 0.24)}
TOKENS = (100, 200)


def write_inputs(folder, strong, weak, scores):
    benchmark = write_set(folder, strong, weak, prompt=lambda i: "x" * length_of(i))
    for name, score in scores.items():
        write_scores(folder / f"{name}.csv", score)
    (folder / "prices.json").write_text(json.dumps({
        "schema": "routeassay.prices/1", "as_of": "2024-01-01",
        "assumed_tokens": {"input": TOKENS[0], "output": TOKENS[1], "source": "peer"},
        "prices": [{"model": m, "input": p[0], "output": p[1], "source": "peer",
                    "date": "2024-01-01"} for m, p in PRICES.items()]}))
    return benchmark


def length_of(i):
    return 1 + i * 7919 % 500


def measured(folder, benchmark, scores):
    routers = [x for name in scores for x in ("--router", f"scores:{folder}/{name}.csv")]
    out = subprocess.run([PROGRAM, "measure", "--recordings", folder, "--benchmark", benchmark,
                          "--grader", "recorded", "--strong", "strong", "--weak", "weak",
                          "--prices", folder / "prices.json", "--router", "length",
                          "--router", "oracle", *routers, "--json"],
                         check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out)["benchmarks"][0]


def curve(score, gain):
    """c and PGR at every distinct score."""
    c, pgr = [0.0], [0.0]
    for threshold in np.unique(score)[::-1]:
        chosen = score >= threshold
        c.append(chosen.mean())
        pgr.append(gain[chosen].sum() / gain.sum())
    return np.array(c), np.array(pgr)


def area(c, pgr):
    return float(np.sum((c[1:] - c[:-1]) * (pgr[1:] + pgr[:-1]) / 2))


def hull(c, pgr):
    """RouterBench: the upper convex hull, points below their predecessor removed, extended to 1."""
    points = [(c[0], pgr[0])]
    for x, y in zip(c[1:], pgr[1:]):
        while len(points) > 1:
            (x0, y0), (x1, y1) = points[-2:]
            if (y1 - y0) * (x - x0) > (y - y0) * (x1 - x0):
                break
            points.pop()
        points.append((x, y))
    kept = [points[0]]
    for p in points[1:]:
        if p[1] >= kept[-1][1]:
            kept.append(p)
    kept.append((1.0, kept[-1][1]))
    return area(*map(np.array, zip(*kept)))


def delong(score, needed):
    wins = ((score[needed][:, None] > score[~needed][None, :])
            + 0.5 * (score[needed][:, None] == score[~needed][None, :]))
    auc = wins.mean()
    variance = (wins.mean(axis=1).var(ddof=1) / needed.sum()
                + wins.mean(axis=0).var(ddof=1) / (~needed).sum())
    half = 1.959963984540054 * math.sqrt(variance)
    return auc, max(auc - half, 0), min(auc + half, 1)


def near(what, ours, wanted, tolerance=1e-9):
    if not abs(ours - wanted) <= tolerance:
        sys.exit(f"{what}: {ours!r}, {wanted!r} expected")


def calls_by_category(score, share):
    """Expected calls when items of equal score are picked at random."""
    n, each = len(score), np.zeros(len(score))
    left = share * n
    for value in np.unique(score)[::-1]:
        tied = score == value
        each[tied] = min(1, max(0, left / tied.sum()))
        left -= tied.sum()
    return [each[np.arange(n) % 3 == k].mean() for k in range(3)]


def check_diagnostics(what, router, score, needed):
    d = router["diagnostics"]
    for key, value in zip(("value", "lo", "hi"), delong(score, needed)):
        near(f"{what} auc {key}", d["auc"][key], value)
    share = np.unique(score, return_counts=True)[1] / len(score)
    assert d["distinct"] == len(share), what
    near(f"{what} entropy", d["entropy"], float(-(share * np.log2(share)).sum()))
    error = 0
    for b in d["bins"]:
        inside = (score >= b["lowest"]) & (score <= b["highest"])
        assert inside.sum() == b["items"], (what, b)
        near(f"{what} bin score", b["score"], score[inside].mean())
        near(f"{what} bin needed", b["needed"], needed[inside].mean())
        error += inside.mean() * abs(score[inside].mean() - needed[inside].mean())
    assert sum(b["items"] for b in d["bins"]) == len(score), what
    near(f"{what} calibration error", d["calibration_error"], float(error))


def check_oracles(what, result, strong, weak, usd):
    s, w = strong.mean(axis=1), weak.mean(axis=1)
    full = result["full_score"]
    takes = s > w
    cost = np.where(takes, usd["strong"], usd["weak"])
    right = np.maximum(s, w) > 0
    cheap = (s > 0) & ~(w > 0)
    wanted = {
        "best answer": (np.maximum(s, w).mean(), takes.mean(), cost.mean()),
        "RouterBench": (np.maximum(s, w).mean(), takes.mean(), (cost * right).mean()),
        "LLMRouterBench": (full * right.mean(), cheap.mean(),
                           np.where(cheap, usd["strong"], usd["weak"]).mean())}
    for o in result["oracles"]:
        for key, value in zip(("score", "strong_calls", "usd"), wanted.pop(o["name"])):
            near(f"{what} oracle {o['name']} {key}", o[key], float(value), 1e-6)
    assert not wanted


def holm(p):
    order, out, highest = np.argsort(p, kind="stable"), np.zeros(len(p)), 0.0
    for k, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - k) * p[i]))
        out[i] = highest
    return out


def contribution(score, gain):
    """Each item's part of APGR - 1/2, by its middle rank."""
    n = len(score)
    rank = (score[None, :] > score[:, None]).sum(axis=1) + (
        (score[None, :] == score[:, None]).sum(axis=1) + 1) / 2
    return (gain - gain.mean()) * (0.5 - (rank - 0.5) / n) / (n * gain.mean())


def check_aiq_range(what, router, x, z, weak, gap, share):
    """x, z: curves of replicates; the bounds rest on 512 replicates, and here on a thousand."""
    values = [share * (w + g * hull(c, pgr)) for c, pgr, w, g in zip(x, z, weak, gap)]
    for side, level in (("lo", 0.025), ("hi", 0.975)):
        low, high = np.quantile(values, [max(level - 0.04, 0), min(level + 0.04, 1)])
        assert low <= router["aiq"][side] <= high, (what, side, router["aiq"], low, high)


def check_comparisons(what, result, scores, gain, weak, share, rng):
    n, draws = len(gain), 20000
    counts = rng.multinomial(n, np.full(n, 1 / n), draws)
    usable = counts @ gain > 0
    drawn, flat, apgr = {}, {}, {}
    signs = rng.integers(0, 2, (draws, n)) * 2.0 - 1
    for name, score in scores.items():
        c, pgr = curve(score, gain)
        apgr[name] = area(c, pgr)
        y = contribution(score, gain)
        near(f"{what} {name}: the contributions' sum", float(y.sum()), apgr[name] - 0.5)
        flat[name] = (y.sum(), signs @ y)
        groups = np.unique(-score, return_inverse=True)[1]
        member = np.eye(groups.max() + 1)[groups]
        calls = np.cumsum(counts @ member, axis=1) / n
        got = np.cumsum((counts * gain) @ member, axis=1)
        x = np.hstack([np.zeros((draws, 1)), calls])
        z = np.hstack([np.zeros((draws, 1)), got]) / np.where(usable, got[:, -1], 1)[:, None]
        router = next(r for r in result["routers"] if r["name"] == name)
        check_aiq_range(f"{what} {name}", router, x[usable][:1000], z[usable][:1000],
                        (counts @ weak / n)[usable], (counts @ gain / n)[usable], share)
        drawn[name] = ((x[:, 1:] - x[:, :-1]) * (z[:, 1:] + z[:, :-1]) / 2).sum(axis=1)[usable]
    drawn["random, exact"], flat["random, exact"] = 0.5, (0.0, np.zeros(draws))
    apgr["random, exact"] = 0.5
    families = {}
    for c in result["comparisons"]:
        a, b = c["a"], c["b"]
        where = f"{what} {a} against {b}"
        families.setdefault(c["family"], []).append(c)
        d = drawn[a] - drawn[b]
        near(where, c["difference"]["value"], apgr[a] - apgr[b])
        near(f"{where}, se", c["se"], d.std(ddof=1), 0.05 * d.std(ddof=1))
        for side, level in (("lo", 0.025), ("hi", 0.975)):
            error = 5 * math.sqrt(level * (1 - level) / 10000)
            low, high = np.quantile(d, [max(level - error, 0), min(level + error, 1)])
            assert low - 1e-9 <= c["difference"][side] <= high + 1e-9, (where, side)
        p = min(1, 2 * min((d <= 0).mean(), (d >= 0).mean()))
        near(f"{where}, bootstrap p", c["p"]["bootstrap"], p, 10 * math.sqrt(p / 10000) + 4e-4)
        observed, flipped = flat[a][0] - flat[b][0], flat[a][1] - flat[b][1]
        p = (np.abs(flipped) >= abs(observed) * (1 - 1e-6)).mean()
        near(f"{where}, sign flip p", c["p"]["sign_flip"], p, 6 * math.sqrt(p / 10000) + 4e-4)
    size = len(scores)
    assert len(families["random"]) == size and len(families["hand rule"]) == size - 1
    assert len(families["pairs"]) == size * (size - 1) // 2
    for family in families.values():
        for kind in ("bootstrap", "sign_flip"):
            for c, p in zip(family, holm([c["p"][kind] for c in family])):
                near(f"{what} Holm", c["holm"][kind], p)
    stacked = np.array([drawn[name] for name in scores])
    for k, name in enumerate(scores):
        rank = 1 + (stacked > stacked[k]).sum(axis=0) + ((stacked == stacked[k]).sum(axis=0) - 1) / 2
        ours = next(r["rank"] for r in result["routers"] if r["name"] == name)
        assert ours["value"] == 1 + sum(apgr[o] > apgr[name] for o in scores), (what, name)
        for side, level in (("lo", 0.025), ("hi", 0.975)):
            low, high = np.quantile(rank, [max(level - 0.01, 0), min(level + 0.01, 1)])
            assert low <= ours[side] <= high, (what, name, ours)


def check_chance(what, chance, gain, rng):
    n, draws = len(gain), 20000
    apgr, cpt = np.zeros(draws), np.zeros(draws)
    for k in range(draws):
        pgr = np.concatenate([[0], np.cumsum(rng.permutation(gain))]) / gain.sum()
        apgr[k] = ((pgr[1:] + pgr[:-1]) / 2).mean()
        first = int((pgr >= 0.5 - 1e-12).argmax())
        cpt[k] = (first - 1 + (0.5 - pgr[first - 1]) / (pgr[first] - pgr[first - 1])) / n
    for values, ours in ((apgr, chance["apgr"]), (cpt, chance["cpt"]["50"])):
        sd = values.std()
        near(f"{what} chance mean", ours["mean"], values.mean(), 5 * sd / math.sqrt(1000))
        for side, level in (("lo", 0.025), ("hi", 0.975)):
            low, high = np.quantile(values, [max(level - 0.02, 0), min(level + 0.02, 1)])
            assert low <= ours[side] <= high, (what, side, ours)
        near(f"{what} ten runs", ours["runs_hi"] - ours["mean"], 1.96 * sd / math.sqrt(10),
             0.15 * sd)


def main():
    usd = {m: TOKENS[0] * p[0] + TOKENS[1] * p[1] for m, p in PRICES.items()}
    share = 1 - usd["weak"] / usd["strong"]
    for seed, (turns, n) in enumerate(((1, 400), (1, 150), (2, 72))):
        rng = np.random.default_rng(seed)
        if turns == 1:
            strong = (rng.random((n, 1)) < 0.85).astype(float)
            weak = (rng.random((n, 1)) < 0.6).astype(float)
        else:
            strong = np.clip(np.round(rng.normal(9, 1, (n, 2))), 1, 10)
            weak = np.clip(np.round(rng.normal(8, 1.5, (n, 2))), 1, 10)
        gain = strong.mean(axis=1) - weak.mean(axis=1)
        noisy = np.clip(0.04 * gain + rng.normal(0.5, 0.12, n), 0, 1)
        files = {"fine": noisy, "tied": np.round(noisy, 1), "blind": rng.random(n)}
        length = np.array([length_of(i) for i in range(n)], float)
        scores = {"length": length / (length + 500), **files}
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder) / "set"
            result = measured(folder, write_inputs(folder, strong, weak, files), files)
        needed = gain > 0
        for router in result["routers"]:
            if router["name"] == "oracle":
                assert router["rank"]["value"] is None
                continue
            score, where = scores[router["name"]], f"seed {seed}, {router['name']}"
            assert router["hand_rule"] == (router["name"] == "length"), where
            check_diagnostics(where, router, score, needed)
            wanted = share * (weak.mean() + gain.mean() * hull(*curve(score, gain)))
            near(f"{where} aiq", router["aiq"]["value"], float(wanted))
            for name, part in SHARES:
                for k, value in enumerate(calls_by_category(score, part)):
                    ours = next(r for r in result["categories"][k]["routers"]
                                if r["name"] == router["name"])["calls"][name]
                    near(f"{where} calls", ours, float(value))
        check_oracles(f"seed {seed}", result, strong, weak, usd)
        check_comparisons(f"seed {seed}", result, scores, gain, weak.mean(axis=1), share, rng)
        check_chance(f"seed {seed}", result["chance"], gain, rng)
    print("three benchmarks agree")


main()
