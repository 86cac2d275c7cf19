#!/usr/bin/env python3
"""Trained routers against numpy: win rates recomputed from the model's tensors in double precision.

sw_ranking within 1e-8 of a Newton solution that shares no code, mf, knn and bert (its head, solved
again by Newton) within 1e-6.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)

ROUTEASSAY = os.environ["ROUTEASSAY"]
SOURCE = os.environ["SOURCE_DIR"]
DIMENSION, PROMPTS, MODELS = 48, 400, 14
TYPES = {"F64": "<f8", "F32": np.float32, "I32": np.int32, "U32": np.uint32, "U64": np.uint64}


def read_model(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    about = json.loads(header.pop("__metadata__")["routeassay"])
    tensors = {}
    for name, t in header.items():
        start, end = (8 + length + x for x in t["data_offsets"])
        tensors[name] = np.frombuffer(data[start:end], TYPES[t["dtype"]]).reshape(t["shape"])
    return tensors, about


def run(*arguments):
    subprocess.run([ROUTEASSAY, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def newton(won, strong, weak):
    """Bradley-Terry win rate of strong over weak, by Newton with a pseudo-inverse."""
    r = np.zeros(len(won))
    games = won + won.T
    for _ in range(100):
        p = 1 / (1 + np.exp(r[None, :] - r[:, None]))
        slope = (games * p - won).sum(1)
        curve = games * p * (1 - p)
        hessian = np.diag(curve.sum(1)) - curve
        step = np.linalg.pinv(hessian) @ slope
        r -= step
        if np.abs(step).max() < 1e-15:
            break
    return 1 / (1 + np.exp(r[weak] - r[strong]))


def expect_sw(t, queries):
    vectors = t["vectors"].astype(float)
    strong, weak, tiers = t["tiers"]
    start = t["cell_start"].astype(int)
    scores = []
    for q in queries:
        s = vectors @ q
        weight = 10 * 10 ** (s / s.max())
        won = np.zeros((tiers, tiers))
        for c, (winner, loser, tie, lone) in enumerate(t["cells"]):
            assert not lone
            rows = slice(start[c], start[c + 1])
            total = (weight[t["row"][rows]] * t["weight"][rows]).sum()
            won[winner, loser] += total / 2 if tie else total
            won[loser, winner] += total / 2 if tie else 0
        scores.append(newton(won, strong, weak))
    return np.array(scores)


def expect_mf(t, about, queries):
    models = about["settings"]["models"]
    p = t["P.weight"].astype(float)
    p /= np.linalg.norm(p, axis=1, keepdims=True)
    z = queries @ t["text_proj.0.weight"].astype(float).T
    score = [(z * p[models.index(name)]) @ t["classifier.0.weight"][0] for name in ("m0", "m9")]
    return 1 / (1 + np.exp(score[1] - score[0]))


def expect_knn(t, about, queries):
    similarity = queries @ t["vectors"].astype(float).T
    near = np.argsort(-similarity, axis=1, kind="stable")[:, :about["settings"]["k"]]
    weight = t["weights"][near].astype(float)
    return (t["labels"][near] * weight).sum(1) / weight.sum(1)


def expect_kernel(about, vectors, labels, queries):
    """Kernel ridge with a free intercept, from the system that defines it."""
    gamma, ridge = about["settings"]["gamma"], about["settings"]["lambda"]
    prompts = sorted(labels)
    x = vectors[prompts].astype(float)
    y = np.array([np.mean(labels[p]) for p in prompts])
    n = len(prompts)
    system = np.ones((n + 1, n + 1))
    system[n, n] = 0
    system[:n, :n] = np.exp(gamma * (x @ x.T - 1)) + np.diag([ridge / len(labels[p]) for p in prompts])
    solution = np.linalg.solve(system, np.append(y, 0))
    return np.clip(np.exp(gamma * (queries @ x.T - 1)) @ solution[:n] + solution[n], 0, 1)


def expect_bert(about, vectors, labels, queries):
    """Penalised logistic regression on the mean label of each prompt of the pair."""
    prompts = sorted(labels)
    x = np.hstack([vectors[prompts].astype(float), np.ones((len(prompts), 1))])
    y = np.array([np.mean(labels[p]) for p in prompts])
    s = np.array([len(labels[p]) for p in prompts], float)
    penalty = about["settings"]["lambda"] * np.diag([1.0] * vectors.shape[1] + [0.0])
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x.T * (s * p * (1 - p))) @ x + penalty
        w -= np.linalg.solve(hessian, x.T @ (s * (p - y)) + penalty @ w)
    return 1 / (1 + np.exp(-queries @ w[:-1] - w[-1]))


def main():
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as work:
        items = [json.loads(line)["id"] for line in
                 open(f"{SOURCE}/golden/recordings/gsm8k/items.jsonl")]
        ids = [f"p{i}" for i in range(PROMPTS)] + items
        vectors = rng.normal(size=(len(ids), DIMENSION)) + 0.5
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        np.save(f"{work}/v.npy", vectors)
        open(f"{work}/v.npy.ids", "w").write("".join(i + "\n" for i in ids))
        strength = np.linspace(2, -2, MODELS)
        labels = {}
        with open(f"{work}/battles.jsonl", "w") as out:
            for i in range(4000):
                a, b = (0, 9) if i % 5 == 0 else rng.choice(MODELS, 2, replace=False)
                prompt = int(rng.integers(PROMPTS))
                lean = 3 * vectors[prompt, 0] * (1 if a < b else -1)
                wins = rng.random() < 1 / (1 + np.exp(strength[b] - strength[a] - lean))
                winner = "tie" if rng.random() < 0.2 else "model_a" if wins else "model_b"
                if (a, b) in ((0, 9), (9, 0)):
                    won = 0.5 if winner == "tie" else float((winner == "model_a") == (a == 0))
                    labels.setdefault(prompt, []).append(won)
                out.write(json.dumps({"prompt_id": f"p{prompt}",
                                      "prompt": f"a prompt of some length, number {prompt}",
                                      "model_a": f"m{a}", "model_b": f"m{b}",
                                      "winner": winner}) + "\n")
        queries = vectors[PROMPTS:].astype(float)
        queries /= np.linalg.norm(queries, axis=1, keepdims=True)
        for kind, limit in (("sw_ranking", 1e-8), ("mf", 1e-6), ("knn", 1e-6), ("bert", 1e-6),
                            ("kernel", 1e-6)):
            model = f"{work}/{kind}.safetensors"
            run("train", kind, "--data", f"{work}/battles.jsonl", "--strong", "m0", "--weak", "m9",
                "--embedder", f"npy:{work}/v.npy", "--out", model)
            run("score", "--recordings", f"{SOURCE}/golden/recordings", "--benchmark", "gsm8k",
                "--router", f"{kind}:{model}", "--out", f"{work}/scores")
            rows = open(f"{work}/scores/gsm8k/{kind}.csv").read().split()[1:]
            found = np.array([float(row.split(",")[1]) for row in rows])
            tensors, about = read_model(model)
            expected = (expect_sw(tensors, queries) if kind == "sw_ranking" else
                        expect_mf(tensors, about, queries) if kind == "mf" else
                        expect_bert(about, vectors, labels, queries) if kind == "bert" else
                        expect_kernel(about, vectors, labels, queries) if kind == "kernel" else
                        expect_knn(tensors, about, queries))
            worst = np.abs(found - expected).max()
            print(f"{kind}: {len(found)} scores from {found.min():.4f} to {found.max():.4f}, "
                  f"largest difference {worst:.2g}")
            assert np.ptp(found) > 1e-4, "all scores are alike"
            assert worst <= limit, f"{kind}: above {limit}"


main()
