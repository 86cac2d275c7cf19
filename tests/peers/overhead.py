"""Overhead against numpy: every figure of overhead.json from its blocks, the blocks' statistics from
timings made up, and the export in hyperfine's format. No figure is held against a clock."""
import functools
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

PROGRAM = os.environ["ROUTEASSAY"]
GOLDEN = pathlib.Path(os.environ["SOURCE_DIR"]) / "golden"


@functools.lru_cache
def student(p, freedom):
    """Quantile of Student's t by integrating its density: knows nothing of the series in C."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    scale /= math.sqrt(freedom * math.pi)
    # t = tan(u): the density over u in (-pi/2, pi/2) is bounded
    u = np.linspace(0, math.pi / 2, 2_000_001)[:-1]
    density = scale * (1 + np.tan(u) ** 2 / freedom) ** (-(freedom + 1) / 2) / np.cos(u) ** 2
    inside = 0.5 + np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(u))])
    return math.tan(np.interp(p, inside, u))


def half_width(runs, level):
    n = len(runs)
    return student((1 + level) / 2, n - 1) * np.std(runs, ddof=1) * math.sqrt(2 / n)


def repeated(runs, level):
    logs = (runs > 0).all()
    values = np.log(runs) if logs else runs
    half, n = half_width(values, level), len(values)
    if n >= 9:
        groups = math.isqrt(n)
        ends = [g * (n // groups) for g in range(groups)] + [n]
        means = [values[a:b].mean() for a, b in zip(ends, ends[1:])]
        half = max(half, half_width(np.array(means), level))
    found = np.array([values.mean(), values.mean() - half, values.mean() + half])
    return np.exp(found) if logs else found


def far_out(values):
    low, high = np.quantile(values, [0.25, 0.75])
    fence = 3 * (high - low)
    return int(((values < low - fence) | (values > high + fence)).sum()) if len(values) > 3 else 0


def same(found, wanted, what):
    for key, value in zip(("value", "lo", "hi"), wanted):
        assert found[key] is not None and abs(found[key] - value) <= 1e-6 * abs(value) + 1e-12, (
            what, key, found, wanted)


def check_router(doc, router):
    harness = next(h for h in doc["harness"] if h["threads"] == router["threads"])
    level = doc["method"]["level"]

    def net(key, less=None):
        return repeated(np.array([a[key] - b[less or key] for a, b in
                                  zip(router["blocks"], harness["blocks"])]), level)

    what = (router["name"], router["threads"])
    step = max(b["clock_s"] for b in router["blocks"])
    for found, (value, lo, hi) in ((router["single"]["mean_s"], net("mean_s", "p50_s")),
                                   (router["single"]["p50_s"], net("p50_s")),
                                   (router["single"]["p90_s"], net("p90_s", "p50_s")),
                                   (router["first_s"], net("first_s"))):
        same(found, (value, lo - step, hi + step), what)
    same(router["batch"]["request_s"], net("batch_s"), what)
    same(router["load_s"], net("load_s"), what)
    batch = net("batch_s")
    usd = [x * doc["usd_per_hour"] / 3600 * 1e6 for x in batch]
    same(router["usd"]["batch"], usd, what)
    same(router["usd"]["total"], [x + router["usd_embedding"] for x in usd], what)
    same(router["usd"]["share_of_strong"],
         [(x + router["usd_embedding"]) / doc["strong"]["usd_per_million"] for x in usd], what)
    cpu = repeated(np.array([a["user_s"] + a["system_s"] - b["user_s"] - b["system_s"] for a, b in
                             zip(router["blocks"], harness["blocks"])]), level)
    same(router["usd"]["processor"], [x * doc["usd_per_hour"] / 3600 * 1e6 / doc["machine"]["cores"]
                                      for x in cpu], what)
    per_s = router["batch"]["requests_per_s"]["value"]
    assert (per_s is None) == (batch[0] <= 0), what
    assert per_s is None or abs(per_s * batch[0] - 1) < 1e-9, what
    blocks = router["blocks"]
    assert router["far_out_blocks"] == max(far_out(np.array([b[key] for b in blocks]))
                                           for key in ("p50_s", "batch_s")), what
    return len(blocks)


def check_hyperfine(doc, exported):
    rows = iter(exported["results"])
    for router in doc["routers"]:
        for asked, key in (("one at a time", "mean_s"), ("in batches", "batch_s")):
            row, times = next(rows), [b[key] for b in router["blocks"]]
            assert row["parameters"] == {"router": router["name"], "asked": asked,
                                         "threads": str(router["threads"])}, row
            assert row["command"] == router["router"] and row["times"] == times, row
            for name, of in (("mean", np.mean), ("median", np.median), ("min", min), ("max", max)):
                assert abs(row[name] - of(times)) <= 1e-12 * max(times), (name, row)
            assert abs(row["stddev"] - np.std(times, ddof=1)) <= 1e-9 * max(times), row
            assert len(row["memory_usage_byte"]) == len(row["exit_codes"]) == len(times), row
    assert next(rows, None) is None


def check_published():
    """The table that ours is shown beside holds the values of the paper's claims."""
    values = json.loads((GOLDEN / "claims" / "routellm.json").read_text())["values"]
    rows = json.loads((GOLDEN / "overhead" / "routellm.json").read_text())["rows"]
    for name, row in zip(("sw", "mf", "bert", "causal"), rows, strict=True):
        for key, field in (("usd", "usd_per_million"), ("rps", "requests_per_s"),
                           ("vm", "usd_per_hour")):
            assert row[field] == float(values[f"t7.{name}.{key}"]), (row, key)
        usd = row["usd_per_hour"] / (row["requests_per_s"] * 3600) * 1e6 + row["usd_embedding"]
        assert abs(usd - row["usd_per_million"]) < 0.013, row  # $0.80 may be $0.795 (see the claims)


def main():
    check_published()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([PROGRAM, "overhead", "--recordings", GOLDEN / "recordings", "--benchmark",
                        "gsm8k", "--routers", "length,always-weak", "--prices",
                        GOLDEN / "prices-example.json", "--block-time", "0.002", "--time-limit",
                        "1.5", "--half-width", "0", "--threads", "1", "--level", "0.9", "--out", folder / "o.json", "--export-hyperfine",
                        folder / "h.json"], check=True, stdout=subprocess.DEVNULL)
        doc = json.loads((folder / "o.json").read_text())
        blocks = sum(check_router(doc, router) for router in doc["routers"])
        check_hyperfine(doc, json.loads((folder / "h.json").read_text()))
    print(f"{len(doc['routers'])} rows of {blocks} blocks agree")


main()
