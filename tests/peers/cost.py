"""Money against numpy, to 1e-9: tokens recorded, counted by characters and assumed; ledgers, curves in
dollars, the cheapest points, break-even, what the saving hangs on. And old results priced anew are
what measuring at the other prices gives."""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pandas as pd
except ImportError:
    sys.exit(77)

from support.recording_set import write_scores, write_set

PROGRAM = os.environ["ROUTEASSAY"]
TOLERANCE = 1e-9
PRICES = {"2024-01-01": {"strong": (10, 30), "weak": (0.24, 0.24), "embed": (0.02, 0),
                         "judge": (5, 15)},
          "2024-09-01": {"strong": (2.5, 10), "weak": (0.6, 0.6), "embed": (0.02, 0)}}
WORDS = "ä 😀 what is the sum of all of these".split()


def close(what, ours, reference):
    if reference is None or (isinstance(reference, float) and math.isnan(reference)):
        assert ours is None, (what, ours)
    elif not abs(ours - reference) <= TOLERANCE * max(1, abs(reference)):
        sys.exit(f"{what}: {ours!r}, {reference!r} expected")


def run(*arguments):
    return json.loads(subprocess.run([PROGRAM, *map(str, arguments), "--json"], check=True,
                                     capture_output=True, text=True).stdout)


def write_prices(path, characters_per_token):
    assumed = {"input": 95, "output": 264, "source": "made up"}
    if characters_per_token:
        assumed["characters_per_token"] = characters_per_token
    path.write_text(json.dumps({
        "schema": "routeassay.prices/1", "as_of": "2024-03-01", "assumed_tokens": assumed,
        "prices": [{"model": model, "input": p[0], "output": p[1], "source": "made up",
                    "date": date} for date, day in PRICES.items() for model, p in day.items()]}))


def price(model, day):
    newest = [date for date, prices in PRICES.items() if date <= day and model in prices]
    return PRICES[max(newest)][model]


def write_outputs(folder, rng, shape, counted):
    """Answers of both models. Returns texts [model][item][turn] and tokens [model][in, out]."""
    (folder / "outputs").mkdir()
    texts, tokens = {}, {}
    for model, longest in (("strong", 60), ("weak", 20)):
        texts[model] = [[" ".join(rng.choice(WORDS, int(rng.integers(1, longest))))
                         for _ in range(shape[1])] for _ in range(shape[0])]
        tokens[model] = rng.integers(1, 900, (2, *shape))
        with open(folder / "outputs" / f"{model}.jsonl", "w") as out:
            for i in range(shape[0]):
                for t in range(shape[1]):
                    out.write(json.dumps({
                        "id": f"i/{i}", "turn": t + 1, "output": texts[model][i][t],
                        "prompt_tokens": int(tokens[model][0, i, t]) if counted else None,
                        "completion_tokens": int(tokens[model][1, i, t]) if counted else None,
                        "latency_ms": None, "served_model": None, "finish_reason": None}) + "\n")
    return texts, tokens


def tokens_of(basis, model, shape, prompt, texts, tokens):
    """Tokens in and out of each item, by the basis."""
    if basis == "recorded":
        return tokens[model][0].sum(1).astype(float), tokens[model][1].sum(1).astype(float)
    if basis == "assumed":
        return np.full(shape[0], 95.0 * shape[1]), np.full(shape[0], 264.0 * shape[1])
    sent, said = np.zeros(shape[0]), np.zeros(shape[0])
    for i in range(shape[0]):
        talk = 0
        for t in range(shape[1]):
            talk += len(prompt(i))
            sent[i] += talk
            said[i] += len(texts[model][i][t])
            talk += len(texts[model][i][t])
    return sent / 4, said / 4


class Curve:
    """Every distinct score is a threshold; lines between."""

    def __init__(self, score, strong, weak, usd_strong, usd_weak, turns):
        requests = len(score) * turns
        thresholds = [np.inf, *np.unique(score)[::-1]]
        chosen = [score >= t for t in thresholds]
        self.c = np.array([m.mean() for m in chosen])
        self.r = np.array([np.where(m[:, None], strong, weak).mean() for m in chosen])
        self.strong = np.array([usd_strong[m].sum() / requests for m in chosen])
        self.weak = np.array([usd_weak[~m].sum() / requests for m in chosen])

    def at(self, c):
        return tuple(float(np.interp(c, self.c, y)) for y in (self.c, self.r, self.strong, self.weak))

    def cheapest(self, kept):
        """By brute force: all points, and all crossings of the wanted score."""
        need, found = kept * self.r[-1], []
        points = np.stack([self.c, self.r, self.strong, self.weak], 1)
        for k, p in enumerate(points):
            if p[1] >= need - 1e-12:
                found.append(p)
            if k and (p[1] - need) * (points[k - 1][1] - need) < 0:
                t = (need - points[k - 1][1]) / (p[1] - points[k - 1][1])
                found.append(points[k - 1] + t * (p - points[k - 1]))
        return min(found, key=lambda p: p[2] + p[3])


def check_router(what, router, curve, charges, fixed, traffic, full):
    others = sum(charges.values()) + (fixed / traffic * 1e6 if fixed else 0)
    for kept in ("90", "95", "99"):
        ours, (c, r, s, w) = router["cost"]["cheapest"][kept], curve.cheapest(int(kept) / 100)
        total = s + w + others
        for name, reference in (("calls", c), ("usd", total), ("saved_usd", full[0] - total),
                                ("saved", 1 - total / full[0])):
            close(f"{what} {kept} {name}", ours[name]["value"], reference)
            assert ours[name]["lo"] <= ours[name]["hi"], (what, name)
        for name, reference in {**charges, "strong": s, "weak": w,
                                "fixed": fixed / traffic * 1e6 if fixed else 0}.items():
            close(f"{what} {kept} {name}", ours["parts"][name], reference)
        close(what, ours["score"], r)
        # at the break-even nothing is saved: the weak model's price, the router's, the traffic
        if ours["ratio_even"] is not None:
            factor = full[0] / ours["ratio_even"] / full[1]
            close(what, s + w * factor + others, full[0])
        close(what, total - charges["router"] + ours["router_even"], full[0])
        if fixed and ours["traffic_even"] is not None:
            close(what, total - fixed / traffic * 1e6 + fixed / ours["traffic_even"] * 1e6, full[0])
    for mark, c in zip(router["cost"]["marks"], np.arange(11) / 10):
        _, r, s, w = curve.at(c)
        for ours, reference in zip(mark, (c, r, s + w + others)):
            close(f"{what} at {c}", ours, reference)
    for target in ("20", "50", "80"):
        cpt = router["cpt"][target]["value"]
        close(what, router["saving"][target]["money"], 1 - sum(curve.at(cpt)[2:]) / full[0])


def check_tornado(what, router, make, charges):
    """make(strong, weak, in, out) is the curve with prices and tokens so many times as high."""
    names = {"price of the strong model": 0, "price of the weak model": 1, "tokens in": 2,
             "tokens out": 3}
    bars = {bar["assumption"]: bar for bar in router["cost"]["tornado"]}
    others = sum(charges.values())
    for name, position in names.items():
        for end, by in (("saved_low", 0.8), ("saved_high", 1.2)):
            scale = [1.0] * 4
            scale[position] = by
            curve = make(*scale)
            p = curve.cheapest(0.95)
            extra = others + (charges["embedding"] * (by - 1) if name == "tokens in" else 0)
            close(f"{what} {name}", bars[name][end], curve.strong[-1] - p[2] - p[3] - extra)
    curve = make(1, 1, 1, 1)
    for end, kept in (("saved_low", 0.93), ("saved_high", 0.97)):
        p = curve.cheapest(kept)
        close(what, bars["share of the strong score kept"][end],
              curve.strong[-1] - p[2] - p[3] - others)
    widths = [abs(b["saved_high"] - b["saved_low"]) for b in router["cost"]["tornado"]]
    assert widths == sorted(widths, reverse=True), what


def same(a, b, path=""):
    """Equal but for rounding."""
    if isinstance(a, dict):
        assert a.keys() == b.keys(), (path, a.keys() ^ b.keys())
        for key in a:
            same(a[key], b[key], f"{path}/{key}")
    elif isinstance(a, list):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{path}/{i}")
    elif isinstance(a, float) and isinstance(b, (int, float)):
        assert abs(a - b) <= 1e-12 * max(1, abs(a)), (path, a, b)
    else:
        assert a == b, (path, a, b)


def check(seed, basis, turns, folder):
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(30, 200)), turns)
    strong, weak = (rng.integers(6, 11, shape), rng.integers(2, 11, shape)) if turns == 2 else (
        rng.random(shape) < 0.85, rng.random(shape) < 0.6)
    strong, weak = strong.astype(float), weak.astype(float)
    score = np.round(rng.random(shape[0]), 1 if seed % 2 else 6)

    def prompt(i):
        return " ".join(WORDS[:i % len(WORDS) + 1])

    benchmark = write_set(folder / "set", strong, weak, None, prompt)
    texts = tokens = None
    if basis != "assumed":
        texts, tokens = write_outputs(folder / "set", rng, shape, basis == "recorded")
    write_scores(folder / "scores.csv", score)
    write_prices(folder / "prices.json", 4 if basis == "characters" else None)
    measure = ("measure", "--recordings", folder / "set", "--benchmark", benchmark, "--grader",
               "recorded", "--strong", "strong", "--weak", "weak", "--replicates", 200,
               *(("--by-category",) if seed % 2 else ()), "--prices", folder / "prices.json",
               "--router", f"scores:{folder / 'scores.csv'}", "--out", folder / "results.json")
    first = run(*measure)
    assert first["benchmarks"][0]["money"]["tokens"] == {
        "recorded": "recorded", "assumed": "assumed: 95 in, 264 out",
        "characters": "in: characters / 4, out: characters / 4"}[basis]

    amount = {m: tokens_of(basis, m, shape, prompt, texts, tokens) for m in ("strong", "weak")}
    for day in ("2024-03-01", "2024-10-01"):
        def make(by_strong, by_weak, by_in, by_out):
            usd = {}
            for model, by in (("strong", by_strong), ("weak", by_weak)):
                p = price(model, day)
                usd[model] = by * (amount[model][0] * p[0] * by_in + amount[model][1] * p[1] * by_out)
            return Curve(score, strong, weak, usd["strong"], usd["weak"], turns)

        curve = make(1, 1, 1, 1)
        full = curve.strong[-1], curve.weak[0]
        plain = run("cost", folder / "results.json", "--prices", folder / "prices.json", "--as-of",
                    day)
        charges = {"router": 0, "embedding": 0, "judge": 0}
        what = f"seed {seed}, {basis}, {day}"
        b = plain["benchmarks"][0]
        close(what, b["money"]["strong_usd"], full[0])
        close(what, b["money"]["weak_usd"], full[1])
        check_router(what, b["routers"][0], curve, charges, 0, 0, full)
        same(run(*measure, "--as-of", day), plain)

        billed = run("cost", folder / "results.json", "--prices", folder / "prices.json", "--as-of",
                     day, "--router-usd-per-million", "7.5", "--router-usd-per-million",
                     "scores=3.32", "--embedding", "embed", "--judge", "judge", "--judge-tokens",
                     "900,250", "--judge-share", "0.01", "--fixed-usd-per-month", 20, "--traffic",
                     1e6, "--curve", folder / "curve.csv")["benchmarks"][0]
        charges = {"router": 3.32, "judge": 0.01 * (900 * 5 + 250 * 15),
                   "embedding": 0.02 * amount["strong"][0].sum() / (shape[0] * turns)}
        check_router(what, billed["routers"][0], curve, charges, 20, 1e6, full)
        check_tornado(what, billed["routers"][0], make, {**charges, "fixed": 20})
        table = pd.read_csv(folder / "curve.csv")
        for column, reference in (("strong_calls", curve.c), ("score", curve.r),
                                  ("strong_usd", curve.strong), ("weak_usd", curve.weak),
                                  ("saved_usd", full[0] - curve.strong - curve.weak
                                   - sum(charges.values()) - 20)):
            assert np.allclose(table[column], reference, rtol=TOLERANCE, atol=TOLERANCE), column


def main():
    for seed, (basis, turns) in enumerate((b, t) for b in ("recorded", "characters", "assumed")
                                          for t in (1, 2)):
        with tempfile.TemporaryDirectory() as folder:
            check(seed, basis, turns, pathlib.Path(folder))
    print(f"costs agree to {TOLERANCE}; priced anew is measured at other prices")


main()
