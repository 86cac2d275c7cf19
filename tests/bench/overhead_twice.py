"""Does the overhead that is measured twice in a row agree within its stated interval?

    python3 tests/bench/overhead_twice.py build/release/routeassay RECORDINGS BENCHMARK RUNS ROUTER...

Runs `routeassay overhead` RUNS times in a row and counts, over all figures of consecutive runs, how
often the second value lies in the first one's interval: it should in 95 of 100 cases where nothing
else uses the machine. Prints the share for each figure, and the median half width.
"""
import json
import subprocess
import sys

import numpy as np

FIGURES = (("p50", ("single", "p50_s")), ("p90", ("single", "p90_s")),
           ("mean, one at a time", ("single", "mean_s")), ("in batches", ("batch", "request_s")),
           ("load", ("load_s",)), ("processor", ("cpu_s",)))


def main():
    program, recordings, benchmark, runs, *routers = sys.argv[1:]
    command = [program, "overhead", "--recordings", recordings, "--benchmark", benchmark,
               "--time-limit", "20", "--block-time", "0.1", "--json"]
    for router in routers:
        command += ["--router", router]
    docs = [json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE,
                                      text=True).stdout) for _ in range(int(runs))]
    print(f"{len(docs)} runs of {len(docs[0]['harness'][0]['blocks'])} blocks or so; load at the "
          f"starts {', '.join(str(d['machine']['load']) for d in docs)}")
    print("| figure | second value inside the first interval | median half width |")
    print("|---|---:|---:|")
    for name, path in FIGURES:
        inside, width = [], []
        for first, second in zip(docs, docs[1:]):
            for a, b in zip(first["routers"], second["routers"]):
                for key in path:
                    a, b = a[key], b[key]
                inside.append(a["lo"] <= b["value"] <= a["hi"])
                width.append((a["hi"] - a["lo"]) / 2 / (abs(a["value"]) or np.nan))
        print(f"| {name} | {sum(inside)} of {len(inside)} | {100 * np.nanmedian(width):.0f} % |")


main()
