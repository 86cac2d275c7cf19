"""sw_ranking against RouteLLM's own way, in one session.

    python3 tests/bench/sw_ranking.py build/release/bench_routers [DIMENSION] [BATTLES]

Runs bench_routers on all cores and on one, then scores some of the same queries on the same
battles as the released router does: for each query the cosines of all battles in float64, norms
computed anew, weights 10 * 10^(s / max), and scikit-learn's LogisticRegression without penalty on
every battle counted twice, a tie as one win each way. Prints queries per second, the ratio, and how
far the win rates are apart (scikit-learn stops early).
"""
import json
import re
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

QUERIES = 5
warnings.filterwarnings("ignore", category=FutureWarning)
TYPES = {"F32": np.float32, "I32": np.int32, "U32": np.uint32, "U64": np.uint64}


def read_model(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    return {name: np.frombuffer(data[8 + length + t["data_offsets"][0]:
                                     8 + length + t["data_offsets"][1]],
                                TYPES[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items() if name != "__metadata__"}


def design(model):
    """Rows of the regression: every battle twice."""
    start = model["cell_start"].astype(int)
    cell = np.repeat(np.arange(len(start) - 1), np.diff(start))
    winner, loser, tie, _ = model["cells"][cell].T
    n, tiers = len(cell), model["tiers"][2]
    x = np.zeros((2 * n, tiers))
    rows = np.arange(n)
    x[rows, winner] = x[n + rows, winner] = np.log(10)
    x[rows, loser] = x[n + rows, loser] = -np.log(10)
    y = np.ones(2 * n)
    y[n + rows[tie > 0]] = 0
    x[::2] *= -1  # both classes must occur
    y[::2] = 1 - y[::2]
    return x, y


def score(battles, rows, x, y, tiers, query):
    norm = np.linalg.norm(battles, axis=1) * np.linalg.norm(query)
    similarity = (np.dot(battles, query) / norm)[rows]
    weight = 10 * 10 ** (similarity / similarity.max())
    fit = LogisticRegression(fit_intercept=False, penalty=None)
    fit.fit(x, y, sample_weight=np.concatenate([weight, weight]))
    rating = fit.coef_[0]
    return 1 / (1 + 10 ** (rating[tiers[1]] - rating[tiers[0]]))


def main():
    bench, rest = sys.argv[1], sys.argv[2:]
    dimension, battles = (rest + ["1536", "65000"][len(rest):])[:2]
    with tempfile.TemporaryDirectory() as folder:
        outputs = [subprocess.run([bench, folder, "sw_ranking", dimension, battles, *threads], check=True,
                                  stdout=subprocess.PIPE, text=True).stdout
                   for threads in (["1"], [])]
        print("\n".join(outputs))
        batch = float(re.search(r"batch +(\d+) queries", outputs[1]).group(1))
        ours = [float(x) for x in re.findall(r"^score q\d+ (\S+)", outputs[1], re.M)]
        model = read_model(f"{folder}/model.safetensors")
        queries = np.load(f"{folder}/queries.npy").astype(float)
    vectors, rows = model["vectors"].astype(float), model["row"].astype(int)
    x, y = design(model)
    best, worst = np.inf, 0
    for query, own in zip(queries[:QUERIES], ours):
        start = time.perf_counter()
        reference = score(vectors, rows, x, y, model["tiers"], query)
        best = min(best, time.perf_counter() - start)
        worst = max(worst, abs(reference - own))
    print(f"RouteLLM's way   {1 / best:8.1f} queries/s   {1e3 * best:.0f} ms a query, "
          f"on {x.shape[0]} x {x.shape[1]}")
    print(f"ratio            {batch * best:8.0f}             win rates {worst:.1g} apart at most")


main()
