"""What `judge --audit` says of made-up judgments, against numpy and pandas: counts exactly, the rank
correlation to 1e-12, intervals as another bootstrap finds them."""
import json
import os
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas as pd

PROGRAM = os.environ["ROUTEASSAY"]
ITEMS, ROUNDS = 60, 3
rng = np.random.default_rng(7)


def write(path, rows):
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))


slots = [(i, t) for i in range(ITEMS) for t in (1, 2)]
base = rng.integers(3, 9, len(slots))
length = {m: rng.integers(1, 400, len(slots)) + 12 * base * (m == "a") for m in "ab"}
ratings = np.clip(base + rng.integers(-1, 3, (ROUNDS, len(slots))), 1, 10).astype(float)
ratings[rng.random(ratings.shape) < 0.04] = np.nan
verdicts = rng.choice(["A", "B", "C", ""], (2, len(slots)), p=[0.45, 0.3, 0.15, 0.1])


def judgment(text):
    return [{"id": f"q/{i}", "turn": t, "template": "single-v1", "prompt": "?", "judgment": text(k)}
            for k, (i, t) in enumerate(slots)]


def build(folder):
    (folder / "set.json").write_text(json.dumps({
        "schema": "routeassay.set/1", "name": "peer", "benchmark": "mt-bench", "models": ["a", "b"],
        "sources": [], "license": None, "notes": [], "warnings": []}))
    write(folder / "items.jsonl", [{"id": f"q/{i}", "category": "writing", "turns": ["x", "y"],
                                    "reference": None, "excluded": None} for i in range(ITEMS)])
    for m in "ab":
        write(folder / "outputs" / f"{m}.jsonl",
              [{"id": f"q/{i}", "turn": t, "output": "x" * int(n)}
               for (i, t), n in zip(slots, length[m])])
    for r in range(ROUNDS):
        name = "j" if r == 0 else f"j-repeat-{r + 1}"
        write(folder / "judgments" / f"a@{name}.jsonl", judgment(
            lambda k: "none" if np.isnan(ratings[r, k]) else f"so [[{ratings[r, k]:g}]]"))
    for o in (0, 1):
        write(folder / "judgments" / f"a@j-vs-b-{o + 1}.jsonl", judgment(
            lambda k: f"[[{verdicts[o, k]}]]" if verdicts[o, k] else "hm"))


def interval(statistic):
    """Of a statistic of slot indices; questions are drawn, with both turns."""
    values = []
    for _ in range(4000):
        drawn = rng.integers(0, ITEMS, ITEMS)
        values.append(statistic(np.concatenate([2 * drawn, 2 * drawn + 1])))
    return np.quantile(values, [0.025, 0.975])


def check(name, found, statistic, tolerance=0.02):
    want = statistic(np.arange(len(slots)))
    assert abs(found["value"] - want) < 1e-12, (name, found, want)
    low, high = interval(statistic)
    assert abs(found["lo"] - low) < tolerance and abs(found["hi"] - high) < tolerance, (name, found, low, high)


def spearman(index):
    frame = pd.DataFrame({"r": ratings[0, index], "l": length["a"][index]}).dropna()
    return frame.rank().corr().iloc[0, 1]


with tempfile.TemporaryDirectory() as name:
    build(pathlib.Path(name))
    doc = json.loads(subprocess.run(
        [PROGRAM, "judge", "--recordings", name, "--model", "a", "--judge", "j", "--audit", "--json"],
        check=True, capture_output=True, text=True).stdout)
audit = doc["models"][0]
missing = int(np.isnan(ratings).sum() + (verdicts == "").sum())
assert audit["judged"] == len(slots) and audit["rated"] == int((~np.isnan(ratings[0])).sum())
assert len(audit["unreadable"]) == missing, (len(audit["unreadable"]), missing)
assert abs(audit["mean"] - np.nanmean(ratings[0])) < 1e-12
check("length", audit["length"], spearman)

repeats = audit["repeats"]
frame = pd.DataFrame(ratings.T)
often = (frame.count(axis=1) >= 2).to_numpy()
equal = (frame.max(axis=1) == frame.min(axis=1)).to_numpy(dtype=float)
spread = frame.std(axis=1, ddof=1).to_numpy()
assert np.allclose(repeats["means"], np.nanmean(ratings, axis=1), atol=1e-12)
assert repeats["turns"] == int(often.sum())
assert repeats["widest"] == (frame.max(axis=1) - frame.min(axis=1))[often].max()
check("equal", repeats["equal"], lambda i: equal[i][often[i]].mean())
check("spread", repeats["spread"], lambda i: spread[i][often[i]].mean())

orders = audit["orders"][0]
one, two = verdicts
both = (one != "") & (two != "")
stays = {("A", "B"), ("B", "A"), ("C", "C")}
consistent = np.array([pair in stays for pair in zip(one, two)])
assert orders["against"] == "b" and orders["turns"] == int(both.sum())
assert orders["consistent"] == int((both & consistent).sum())
assert orders["first_place_twice"] == int(((one == "A") & (two == "A")).sum())
assert orders["second_place_twice"] == int(((one == "B") & (two == "B")).sum())
assert orders["tie_once"] == int((both & ((one == "C") != (two == "C"))).sum())
check("agreement", orders["agreement"], lambda i: consistent[i][both[i]].mean())
wins = [both & (v != "C") for v in verdicts]
to_first = [v == "A" for v in verdicts]
own, other = length["a"], length["b"]
longer = [to_first[0] == (own > other), to_first[1] == (other > own)]
differ = own != other


def share(what, where):
    return lambda i: (sum(what[k][i][where[k][i]].sum() for k in (0, 1)) /
                      sum(where[k][i].sum() for k in (0, 1)))


check("first", orders["to_first"], share(to_first, wins))
check("longer", orders["to_longer"], share(longer, [w & differ for w in wins]))
print("the audit agrees with numpy and pandas")
