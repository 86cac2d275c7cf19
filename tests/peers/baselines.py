#!/usr/bin/env python3
"""linear, knn and the Bradley-Terry fit of sw_ranking against scikit-learn.

linear: n-grams counted and hashed again here, ridge regression by scikit-learn's Ridge and in closed
form by numpy (all that is compared where scikit-learn is missing): scores to 1e-5. knn: scikit-learn's
KNeighborsRegressor with cosine distances, to 1e-6. sw_ranking: scikit-learn's LogisticRegression
without penalty, stopped late, on every battle twice, to 2e-8 (its default tolerance is 1e-4 off).
"""
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)
try:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.neighbors import KNeighborsRegressor
except ImportError:
    Ridge = None

warnings.filterwarnings("ignore")
ROUTEASSAY = os.environ["ROUTEASSAY"]
SOURCE = os.environ["SOURCE_DIR"]
TYPES = {"F32": np.float32, "I32": np.int32, "U32": np.uint32, "U64": np.uint64, "U8": np.uint8}
MASK, BUCKETS, WORDS, LAMBDA = 2 ** 64 - 1, 2 ** 17, 0.8, 3
TOPICS = ("river bank water bridge fish", "prime number proof theorem sum",
          "law court judge treaty claim", "cell gene protein virus host")


def read_model(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__")
    return {n: np.frombuffer(data[8 + length + t["data_offsets"][0]:
                                  8 + length + t["data_offsets"][1]],
                             TYPES[t["dtype"]]).reshape(t["shape"]) for n, t in header.items()}


def run(*arguments):
    subprocess.run([ROUTEASSAY, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


# --- n-grams (harness/embed/ngrams.h), for ASCII ---

def mix(x):
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & MASK
    x = (x ^ x >> 27) * 0x94d049bb133111eb & MASK
    return x ^ x >> 31


def hashed(text, seed):
    h = seed
    for c in text:
        h = mix((h * 31 + ord(c) + 1) & MASK)
    return h


def count(text):
    counts, before = {}, 0

    def add(h, family):
        counts[h % BUCKETS + family * BUCKETS] = counts.get(h % BUCKETS + family * BUCKETS, 0) + 1
    for token in re.findall(r"\w+|[^\w\s]", text.lower()):
        word = hashed(token, 0)
        add(word, 0)
        if before:
            add(mix(before ^ mix((word + 1) & MASK)), 0)
        before = word
        marked = f" {token} "
        for n in (3, 4, 5):
            for start in range(len(marked) - n + 1):
                add(hashed(marked[start:start + n], n), 1)
    return counts


def weigh(counts, idf):
    row = {f: (1 + math.log(c)) * idf(f) for f, c in counts.items()}
    for family, share in ((0, WORDS), (1, 1 - WORDS)):
        own = [f for f in row if f // BUCKETS == family]
        length = math.sqrt(sum(row[f] ** 2 for f in own))
        for f in own:
            row[f] *= math.sqrt(share) / length
    return row


def matrix(rows, columns):
    x = np.zeros((len(rows), len(columns)))
    for i, row in enumerate(rows):
        for f, value in row.items():
            if f in columns:
                x[i, columns[f]] = value
    return x


def ridge(x, y, weight):
    """Closed form in as many unknowns as rows."""
    mean, middle = np.average(x, 0, weight), np.average(y, weights=weight)
    z = (x - mean) * np.sqrt(weight)[:, None]
    w = z.T @ np.linalg.solve(z @ z.T + LAMBDA * np.eye(len(x)), (y - middle) * np.sqrt(weight))
    return w, middle - mean @ w


def check_linear(work, texts, label, weight, items, scores):
    counts = [count(t) for t in texts]
    with_feature = {}
    for c in counts:
        for f in c:
            with_feature[f] = with_feature.get(f, 0) + 1

    def idf(f):
        return 1 + math.log((1 + len(texts)) / (1 + with_feature.get(f, 0)))
    columns = {f: i for i, f in enumerate(with_feature)}
    x, queries = (matrix([weigh(c, idf) for c in some], columns)
                  for some in (counts, [count(t) for t in items]))
    found = scores("linear")
    w, b = ridge(x, label, weight)
    references = [("closed form", queries @ w + b)]
    if Ridge:
        fit = Ridge(alpha=LAMBDA, tol=1e-12).fit(x, label, sample_weight=weight)
        references.append(("Ridge", fit.predict(queries)))
    for name, expected in references:
        worst = np.abs(found - np.clip(expected, 0, 1)).max()
        print(f"linear, {name}: scores from {found.min():.3f} to {found.max():.3f}, "
              f"largest difference {worst:.2g}")
        assert worst <= 1e-5 and np.ptp(found) > 1e-2


def check_knn(vectors, label, queries, scores):
    fit = KNeighborsRegressor(n_neighbors=40, metric="cosine", algorithm="brute")
    worst = np.abs(scores("knn") - fit.fit(vectors, label).predict(queries)).max()
    print(f"knn, KNeighborsRegressor: largest difference {worst:.2g}")
    assert worst <= 1e-6


def check_sw(model, queries, scores):
    start = model["cell_start"].astype(int)
    cell = np.repeat(np.arange(len(start) - 1), np.diff(start))
    winner, loser, tie, _ = model["cells"][cell].T
    strong, weak, tiers = model["tiers"]
    n, rows = len(cell), np.arange(len(cell))
    x = np.zeros((2 * n, tiers))
    x[rows, winner] = x[n + rows, winner] = 1
    x[rows, loser] = x[n + rows, loser] = -1
    y = np.ones(2 * n)
    y[n + rows[tie > 0]] = 0
    x[::2] *= -1
    y[::2] = 1 - y[::2]
    x = np.delete(x, weak, 1)  # its rating is 0
    worst = 0
    for query, found in zip(queries[:8], scores("sw_ranking")):
        s = model["vectors"].astype(float) @ query
        weight = (10 * 10 ** (s / s.max()))[model["row"]] * model["weight"]
        fit = LogisticRegression(fit_intercept=False, penalty=None, solver="newton-cholesky",
                                 tol=1e-14, max_iter=1000)
        fit.fit(x, y, sample_weight=np.concatenate([weight, weight]))
        rating = np.insert(fit.coef_[0], weak, 0)
        worst = max(worst, abs(found - 1 / (1 + np.exp(-rating[strong]))))
    print(f"sw_ranking, LogisticRegression: largest difference {worst:.2g}")
    assert worst <= 2e-8


def main():
    rng = np.random.default_rng(5)
    with tempfile.TemporaryDirectory() as work:
        items = [json.loads(line) for line in open(f"{SOURCE}/golden/recordings/gsm8k/items.jsonl")]
        texts = [f"Question {i}: " + " ".join(rng.choice(TOPICS[i % 4].split(), 6)) + "?"
                 for i in range(120)]
        ids = [f"p{i}" for i in range(len(texts))] + [item["id"] for item in items]
        vectors = rng.normal(size=(len(ids), 24)) + 0.5
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        np.save(f"{work}/v.npy", vectors)
        open(f"{work}/v.npy.ids", "w").write("".join(i + "\n" for i in ids))
        label, weight = rng.choice([0, 0.5, 1], len(texts)), np.ones(len(texts))
        weight[:60] = 2.5
        for name, part in (("heavy", range(60)), ("light", range(60, 120))):
            with open(f"{work}/{name}.jsonl", "w") as out:
                for i in part:
                    winner = {0: "model_b", 0.5: "tie", 1: "model_a"}[label[i]]
                    out.write(json.dumps({"prompt_id": f"p{i}", "prompt": texts[i], "model_a": "s",
                                          "model_b": "w", "winner": winner}) + "\n")
        with open(f"{work}/many.jsonl", "w") as out:
            for i in range(2000):
                a, b = rng.choice(8, 2, replace=False)
                winner = rng.choice(["model_a", "model_b", "tie"], p=[0.3 + 0.02 * (b - a),
                                                                      0.5 - 0.02 * (b - a), 0.2])
                q = int(rng.integers(len(texts)))
                out.write(json.dumps({"prompt_id": f"p{q}", "prompt": texts[q], "winner": winner,
                                      "model_a": "sw"[a] if a < 2 else f"m{a}",
                                      "model_b": "sw"[b] if b < 2 else f"m{b}"}) + "\n")

        def scores(kind):
            rows = open(f"{work}/scores/gsm8k/{kind}.csv").read().split()[1:]
            return np.array([float(row.split(",")[1]) for row in rows])
        for kind, data in (("linear", ["heavy.jsonl=2.5", "light.jsonl"]),
                           ("knn", ["heavy.jsonl", "light.jsonl"]), ("sw_ranking", ["many.jsonl"])):
            path = f"{work}/{kind}.safetensors"
            embedder = [] if kind == "linear" else ["--embedder", f"npy:{work}/v.npy"]
            run("train", kind, *(o for d in data for o in ("--data", f"{work}/{d}")), *embedder,
                "--strong", "s", "--weak", "w", "--out", path)
            run("score", "--recordings", f"{SOURCE}/golden/recordings", "--benchmark", "gsm8k",
                "--router", f"{kind}:{path}", "--out", f"{work}/scores")
        check_linear(work, texts, label, weight, [i["turns"][0] for i in items], scores)
        if not Ridge:
            print("no scikit-learn: knn and sw_ranking are compared with numpy in trained.py")
            return
        queries = vectors[len(texts):].astype(float)
        check_knn(vectors[:len(texts)].astype(float), label, queries, scores)
        check_sw(read_model(f"{work}/sw_ranking.safetensors"), queries, scores)


main()
