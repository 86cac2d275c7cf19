#!/usr/bin/env python3
"""Training of mf against a reference, batch for batch; and the released checkpoint's layout.

A model of 0 epochs gives the parameters that training begins with, and models of 1, 2 and 5 epochs
over the same battles in the order given, without noise, those after every batch of them. The
reference begins with the first and must reach the others to 1e-5: PyTorch where there is one
(autograd and torch.optim.Adam), and always the same gradients written out in numpy. Released
settings otherwise: Adam 3e-4, weight decay 1e-5, batch 64, binary cross entropy; with and without
the bias of the paper.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    print("skipped: no numpy")
    sys.exit(77)
try:
    import torch
except ImportError:
    torch = None

ROUTEASSAY = os.environ["ROUTEASSAY"]
SOURCE = os.environ["SOURCE_DIR"]
PROMPTS, MODELS, BATTLES, DIMENSION, BATCH = 60, 7, 150, 24, 64
DECAY, RATE = 1e-5, 3e-4
NAMES = ("P.weight", "text_proj.0.weight", "classifier.0.weight", "text_proj.0.bias")


def read_model(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    about = json.loads(header.pop("__metadata__")["routeassay"])
    return {n: np.frombuffer(data[8 + length + t["data_offsets"][0]:
                                  8 + length + t["data_offsets"][1]], np.float32)
            .reshape(t["shape"]).astype(float) for n, t in header.items() if n in NAMES}, about


def write_safetensors(path, tensors):
    header, at = {}, 0
    for name, t in tensors.items():
        header[name] = {"dtype": "F32", "shape": t.shape, "data_offsets": [at, at + t.nbytes]}
        at += t.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for t in tensors.values():
            out.write(t.tobytes())


def batches(epochs, count):
    for _ in range(epochs):
        for start in range(0, count, BATCH):
            yield slice(start, min(start + BATCH, count))


def by_torch(start, epochs, e, a, b, won):
    p = {n: torch.nn.Parameter(torch.tensor(v, dtype=torch.float32)) for n, v in start.items()}
    adam = torch.optim.Adam(p.values(), lr=RATE, weight_decay=DECAY)
    e, won = torch.tensor(e, dtype=torch.float32), torch.tensor(won, dtype=torch.float32)
    for rows in batches(epochs, len(won)):
        unit = torch.nn.functional.normalize(p["P.weight"], p=2, dim=1)
        z = torch.nn.functional.linear(e[rows], p["text_proj.0.weight"],
                                       p.get("text_proj.0.bias"))
        logit = ((unit[a[rows]] - unit[b[rows]]) * z) @ p["classifier.0.weight"][0]
        adam.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(logit, won[rows]).backward()
        adam.step()
    return {n: v.detach().numpy().astype(float) for n, v in p.items()}


def gradients(p, e, a, b, won):
    norm = np.linalg.norm(p["P.weight"], axis=1, keepdims=True)
    unit, w = p["P.weight"] / norm, p["classifier.0.weight"][0]
    z = e @ p["text_proj.0.weight"].T + p.get("text_proj.0.bias", 0)
    difference = unit[a] - unit[b]
    slope = (1 / (1 + np.exp(-(difference * z) @ w)) - won) / len(won)
    d_z = slope[:, None] * w * difference
    d_unit = np.zeros_like(unit)
    np.add.at(d_unit, a, slope[:, None] * w * z)
    np.add.at(d_unit, b, -slope[:, None] * w * z)
    along = (d_unit * unit).sum(1, keepdims=True)
    out = {"P.weight": (d_unit - unit * along) / norm, "text_proj.0.weight": d_z.T @ e,
           "classifier.0.weight": (slope[:, None] * difference * z).sum(0)[None]}
    if "text_proj.0.bias" in p:
        out["text_proj.0.bias"] = d_z.sum(0)
    return out


def by_numpy(start, epochs, e, a, b, won):
    p = {n: v.copy() for n, v in start.items()}
    first, second = ({n: np.zeros_like(v) for n, v in p.items()} for _ in range(2))
    for step, rows in enumerate(batches(epochs, len(won)), 1):
        for n, g in gradients(p, e[rows], a[rows], b[rows], won[rows]).items():
            g = g + DECAY * p[n]
            first[n] = 0.9 * first[n] + 0.1 * g
            second[n] = 0.999 * second[n] + 0.001 * g * g
            p[n] -= (RATE / (1 - 0.9 ** step) * first[n] /
                     (np.sqrt(second[n] / (1 - 0.999 ** step)) + 1e-8))
    return p


def run(*arguments, status=0):
    done = subprocess.run([ROUTEASSAY, *map(str, arguments)], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    assert done.returncode == status, done.stderr
    return done.stderr


def check_training(work, rng):
    vectors = rng.normal(size=(PROMPTS, DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    np.save(f"{work}/v.npy", vectors)
    open(f"{work}/v.npy.ids", "w").write("".join(f"p{i}\n" for i in range(PROMPTS)))
    order, a, b, prompt, won = [], [], [], [], []
    with open(f"{work}/battles.jsonl", "w") as out:
        for i in range(BATTLES):
            pair = [0, 1] if i == 0 else rng.choice(MODELS, 2, replace=False)
            q, winner = int(rng.integers(PROMPTS)), rng.choice(["model_a", "model_b", "tie"])
            out.write(json.dumps({"prompt_id": f"p{q}", "prompt": f"prompt {q}", "winner": winner,
                                  "model_a": f"m{pair[0]}", "model_b": f"m{pair[1]}"}) + "\n")
            order += [f"m{m}" for m in pair]
            if winner != "tie":  # dropped, as in the released code
                a.append(int(pair[0]))
                b.append(int(pair[1]))
                prompt.append(q)
                won.append(float(winner == "model_a"))
    e = vectors[prompt].astype(float)
    for bias in (0, 1):
        models = {}
        for epochs in (0, 1, 2, 5):
            path = f"{work}/mf-{bias}-{epochs}.safetensors"
            run("train", "mf", "--data", f"{work}/battles.jsonl", "--strong", "m0", "--weak", "m1",
                "--embedder", f"npy:{work}/v.npy", "--set", "preset=released", "--set", "noise=0",
                "--set", "held_out=0", "--set", "order=as given", "--set", "dim=16", "--set",
                f"bias={bias}", "--set", f"epochs={epochs}", "--out", path)
            models[epochs], about = read_model(path)
        row = {m: about["settings"]["models"].index(m) for m in set(order)}
        left, right = (np.array([row[f"m{m}"] for m in side]) for side in (a, b))
        for name, reference in (("numpy", by_numpy), ("torch", by_torch)):
            if name == "torch" and not torch:
                print("no torch: compared with numpy alone")
                continue
            for epochs in (1, 2, 5):
                expected = reference(models[0], epochs, e, left, right, np.array(won))
                worst = max(np.abs(expected[n] - models[epochs][n]).max() for n in expected)
                moved = max(np.abs(models[0][n] - models[epochs][n]).max() for n in expected)
                print(f"{name}, bias {bias}: {epochs * -(-len(won) // BATCH)} batches, moved by "
                      f"{moved:.2g}, largest difference {worst:.2g}")
                assert moved > 1e-4 and worst <= 1e-5


def check_published(work, rng):
    """A file of the released shapes without our metadata, run in a study that names the embedder."""
    ids = [json.loads(line)["id"] for line in open(f"{SOURCE}/golden/recordings/gsm8k/items.jsonl")]
    vectors = rng.normal(size=(len(ids), 1536))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    np.save(f"{work}/q.npy", vectors)
    open(f"{work}/q.npy.ids", "w").write("".join(i + "\n" for i in ids))
    t = {n: rng.normal(size=s).astype(np.float32) / 4 for n, s in
         (("P.weight", (64, 128)), ("text_proj.0.weight", (128, 1536)),
          ("classifier.0.weight", (1, 128)))}
    write_safetensors(f"{work}/published.safetensors", t)
    message = run("score", "--recordings", f"{SOURCE}/golden/recordings", "--benchmark", "gsm8k",
                  "--router", f"mf:{work}/published.safetensors", "--out", f"{work}/s", status=3)
    assert "which embedder" in message, message
    study = {"schema": "routeassay.study/1", "name": "published", "title": "published", "seed": 1,
             "benchmarks": [{"name": "gsm8k", "recordings": f"{SOURCE}/golden/recordings",
                             "strong": "example/large", "weak": "example/small"}],
             "routers": [{"name": "mf", "router": f"mf:{work}/published.safetensors",
                          "config": {"embedder": f"npy:{work}/q.npy"}},
                         {"name": "other", "router": f"mf:{work}/published.safetensors",
                          "config": {"embedder": f"npy:{work}/q.npy", "strong": "zephyr-7b-beta",
                                     "weak": "RWKV-4-Raven-14B"}}]}
    json.dump(study, open(f"{work}/study.json", "w"))
    run("run", f"{work}/study.json", "--out", f"{work}/out")
    p, w1, w2 = (t[n].astype(float) for n in NAMES[:3])
    p /= np.linalg.norm(p, axis=1, keepdims=True)
    for name, strong, weak in (("mf", 24, 36), ("other", 63, 0)):  # rows in the released list
        logit = (vectors.astype(float) @ w1.T * (p[strong] - p[weak])) @ w2[0]
        rows = open(f"{work}/out/scores/gsm8k/{name}.csv").read().split()[1:]
        found = np.array([float(row.split(",")[1]) for row in rows])
        worst = np.abs(found - 1 / (1 + np.exp(-logit))).max()
        print(f"released layout, rows {strong} and {weak}: {len(found)} scores, "
              f"largest difference {worst:.2g}")
        assert worst <= 1e-6 and np.ptp(found) > 1e-3


def main():
    rng = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as work:
        check_training(work, rng)
        check_published(work, rng)


main()
