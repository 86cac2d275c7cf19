"""Times the measurement of a folder of recording sets with five score files, from files on disk to
figures, against the same work in pandas and numpy, in one session.

    python3 tests/bench/measure.py build/release/routeassay out/recordings

Both read the grades and the scores and compute, for each benchmark and router, the exact curve with
APGR and CPT(20/50/80 %), RouteLLM's own procedure, and APGR per category. The reference is given its
libraries for free: its time does not count their import. The last row adds the bootstrap intervals
of all figures, which the reference has not.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd

STRONG, WEAK = "gpt-4-1106-preview", "mistralai/Mixtral-8x7B-Instruct-v0.1"
ROUTERS = 5
RUNS = 7


def write_scores(recordings, folder):
    names = []
    for path in sorted(pathlib.Path(recordings).iterdir()):
        names.append(path.name)
        ids = [json.loads(line)["id"] for line in open(path / "items.jsonl")]
        for router in range(ROUTERS):
            rng = np.random.default_rng(router)
            frame = pd.DataFrame({"id": ids, "score": rng.random(len(ids))})
            frame.to_csv(folder / f"{path.name}-{router}.csv", index=False)
    return names


def ours(program, recordings, folder, names, threads, *extra):
    command = [program, "measure", "--recordings", recordings, "--benchmark", ",".join(names),
               "--grader", "recorded", "--strong", STRONG, "--weak", WEAK,
               "--threads", str(threads), "--out", folder / "results.json", *extra]
    for router in range(ROUTERS):
        command += ["--router", f"r{router}=scores:{folder}/{{benchmark}}-{router}.csv"]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def curve(score, strong, weak):
    order = np.argsort(-score, kind="stable")
    gain = np.concatenate([[0.0], np.cumsum(strong[order] - weak[order])])
    c = np.arange(len(score) + 1) / len(score)
    last = np.concatenate([[True], score[order][:-1] != score[order][1:], [True]])
    low, high = weak.mean(), strong.mean()
    return c[last], (gain / len(score) / (high - low))[last]


def apgr(c, pgr):
    return float(np.sum(np.diff(c) * (pgr[1:] + pgr[:-1]) / 2))


def routellm(score, strong, weak):
    edges = pd.qcut(pd.Series(score), 10, retbins=True)[1]
    c, r = [], []
    for i, edge in enumerate(edges):
        chosen = score >= edge if i != len(edges) - 1 else score > edge
        c.append(chosen.mean())
        r.append(np.where(chosen, strong, weak).mean())
    c, r = np.array(c[::-1]), np.array(r[::-1])
    low, high = weak.mean(), strong.mean()
    return [float(np.interp(low + x * (high - low), r, c)) for x in (0.2, 0.5, 0.8)]


def grades(path, model):
    name = model.replace("/", "__")
    return pd.read_json(path / "grades" / f"{name}@recorded.jsonl", lines=True) \
        .groupby("id")["score"].mean()


def reference(recordings, folder, names):
    start = time.perf_counter()
    results = {}
    for name in names:
        path = pathlib.Path(recordings) / name
        items = pd.read_json(path / "items.jsonl", lines=True)
        items = items[items["excluded"].isna()].set_index("id")
        items["strong"] = grades(path, STRONG)
        items["weak"] = grades(path, WEAK)
        for router in range(ROUTERS):
            scores = pd.read_csv(folder / f"{name}-{router}.csv").set_index("id")["score"]
            table = items.assign(score=scores)
            s, w, p = (table[k].to_numpy() for k in ("strong", "weak", "score"))
            c, pgr = curve(p, s, w)
            figures = {"apgr": apgr(c, pgr), "routellm": routellm(p, s, w)}
            for x in (0.2, 0.5, 0.8):
                figures[f"cpt{x}"] = float(np.interp(x, np.maximum.accumulate(pgr), c))
            figures["categories"] = {
                key: apgr(*curve(*(t[k].to_numpy() for k in ("score", "strong", "weak"))))
                for key, t in table.groupby("category") if t["strong"].mean() > t["weak"].mean()}
            results[name, router] = figures
    (folder / "reference.json").write_text(json.dumps({str(k): v for k, v in results.items()}))
    return time.perf_counter() - start, results


def check(folder, results):
    for benchmark in json.load(open(folder / "results.json"))["benchmarks"]:
        for router, found in enumerate(benchmark["routers"]):
            wanted = results[benchmark["name"], router]["apgr"]
            assert abs(found["apgr"]["value"] - wanted) < 1e-9, (benchmark["name"], router)


def main():
    program, recordings = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        names = write_scores(recordings, folder)
        rows = {"pandas and numpy": [], "routeassay, 1 thread": [], "routeassay, 2 threads": [],
                "with 10000 replicates": []}
        for _ in range(RUNS):
            seconds, results = reference(recordings, folder, names)
            rows["pandas and numpy"].append(seconds)
            point = (program, recordings, folder, names)
            rows["routeassay, 1 thread"].append(ours(*point, 1, "--replicates", "0"))
            rows["routeassay, 2 threads"].append(ours(*point, 2, "--replicates", "0"))
            rows["with 10000 replicates"].append(ours(*point, 2))
            check(folder, results)
        base = np.median(rows["pandas and numpy"])
        print(f"{'':24} median s   min s  max s  ratio to pandas")
        for what, times in rows.items():
            print(f"{what:24} {np.median(times):8.3f} {min(times):7.3f} {max(times):6.3f} "
                  f"{base / np.median(times):8.1f}")


if __name__ == "__main__":
    main()
