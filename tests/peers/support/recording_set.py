"""A recording set of grades, made up, for the comparisons in this folder."""
import json
import math


def write_set(folder, strong, weak, excluded=None, prompt=lambda i: "q"):
    """strong, weak: (items, turns) of scores with NaN where there is no grade. Categories are c0, c1
    and c2 in turn. Returns the benchmark's name."""
    (folder / "grades").mkdir(parents=True)
    items, turns = strong.shape
    benchmark = "mmlu" if turns == 1 else "mt-bench"
    (folder / "set.json").write_text(json.dumps({
        "schema": "routeassay.set/1", "name": "peer", "benchmark": benchmark,
        "models": ["strong", "weak"], "sources": [], "license": None, "notes": [], "warnings": []}))
    with open(folder / "items.jsonl", "w") as out:
        for i in range(items):
            left_out = excluded is not None and excluded[i]
            out.write(json.dumps({"id": f"i/{i}", "category": f"c{i % 3}",
                                  "turns": [prompt(i)] * turns, "reference": None,
                                  "excluded": "contaminated" if left_out else None}) + "\n")
    for name, scores in (("strong", strong), ("weak", weak)):
        with open(folder / "grades" / f"{name}@recorded.jsonl", "w") as out:
            for i in range(items):
                for t in range(turns):
                    missing = math.isnan(scores[i, t])
                    out.write(json.dumps({"id": f"i/{i}", "turn": t + 1,
                                          "score": None if missing else float(scores[i, t]),
                                          "extracted": None,
                                          "reason": "unparsed" if missing else None}) + "\n")
    return benchmark


def write_scores(path, scores):
    path.write_text("id,score\n" + "".join(f"i/{i},{float(s)!r}\n" for i, s in enumerate(scores)))
