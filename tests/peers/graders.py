"""Each published grading rule, written again with Python's re, against our graders: on the golden
sets and, where they are, on all public outputs and judgments."""
import decimal
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

PROGRAM, SOURCE = os.environ["ROUTEASSAY"], pathlib.Path(os.environ["SOURCE_DIR"])


def last(pattern, text):
    found = None
    for found in re.finditer(pattern, text):
        pass
    return found


def routellm(output, reference):
    def value(text):
        found = last(r"\d+", text.replace(",", ""))
        if not found:
            return None
        try:  # what eval() makes of the digits
            return compile(found[0], "", "eval") and eval(found[0])
        except SyntaxError:
            return None
    a, b = value(output), value(reference)
    return a is not None and a == b


def clean(text):
    text = re.sub(r",|\$", "", re.sub(r"(?s).*#### ", "", text))
    return text[:-1] if text.endswith(".") else text


def lm_eval_strict(output, reference):
    found = re.search(r"#### (\-?[0-9\.\,]+)", output)
    return bool(found) and clean(found[1]) == clean(reference)


def lm_eval_flexible(output, reference):
    found = last(r"(-?[$0-9.,]{2,})|(-?[0-9]+)", output)
    return bool(found) and clean(found[0]) == clean(reference)


def helm(output, reference):
    a, b = (last(r"-?[\d,]+(?:.\d+)?", t) for t in (output, reference))
    return bool(a and b) and a[0].replace(",", "") == b[0].replace(",", "")


def target(reference):
    return reference.split("####")[-1].strip()


def simple_evals(output, reference):
    found = last(r"\d+\.?\d*", output.replace(",", ""))
    if not found:
        return False
    text = found[0]
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text == target(reference).replace(",", "")


def llmrouter(output, reference):
    found = last(r"(\-?[0-9\.\,]+)", output)
    strip = str.maketrans("", "", ",$.")
    return bool(found) and found[1].translate(strip) == target(reference).translate(strip)


def numeric(output, reference):
    """A coarser reading than ours: only outputs with `#### NUMBER` at their end are compared."""
    found = re.search(r"####\s*[$]?(-?[\d,]*\.?\d+)\s*\Z", output)
    if not found:
        return None
    value = decimal.Decimal(found[1].replace(",", ""))
    return value == decimal.Decimal(target(reference).replace(",", ""))


RULES = {"routellm": routellm, "lm-eval-strict": lm_eval_strict,
         "lm-eval-flexible": lm_eval_flexible, "helm": helm, "simple-evals": simple_evals,
         "llmrouter": llmrouter, "numeric": numeric}


def lines(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def grade(folder, benchmark, graders):
    subprocess.run([PROGRAM, "grade", "--recordings", folder, "--benchmark", benchmark, "--grader",
                    ",".join(graders)], check=True, stdout=subprocess.DEVNULL)


def check_gsm8k(folder):
    grade(folder, "gsm8k", RULES)
    references = {item["id"]: item["reference"][0] for item in lines(folder / "items.jsonl")}
    compared = 0
    for path in sorted((folder / "outputs").iterdir()):
        outputs = {row["id"]: row["output"] for row in lines(path)}
        for name, rule in RULES.items():
            for row in lines(folder / "grades" / f"{path.stem}@{name}.jsonl"):
                if outputs.get(row["id"]) is None:
                    assert row["score"] is None and row["reason"] == "no output", row
                    continue
                wanted = rule(outputs[row["id"]], references[row["id"]])
                if wanted is not None:
                    assert bool(row["score"]) == wanted, (name, row, outputs[row["id"]][-200:])
                    compared += 1
    return compared


def check_mt_bench(folder):
    grade(folder, "mt-bench", ["fastchat"])
    compared = 0
    for path in sorted((folder / "judgments").iterdir()):
        model = path.stem.split("@")[0]
        ours = {(r["id"], r["turn"]): r["score"]
                for r in lines(folder / "grades" / f"{model}@fastchat.jsonl")}
        for row in lines(path):
            found = re.search(r"\[\[(\d+\.?\d*)\]\]", row["judgment"]) or \
                re.search(r"\[(\d+\.?\d*)\]", row["judgment"])
            wanted = float(found[1]) if found else None
            assert ours[row["id"], row["turn"]] == wanted, row["id"]
            compared += 1
    return compared


def check(folder):
    return check_gsm8k(folder / "gsm8k") + check_mt_bench(folder / "mt-bench")


def main():
    with tempfile.TemporaryDirectory() as name:
        golden = pathlib.Path(name) / "golden"
        shutil.copytree(SOURCE / "golden" / "recordings", golden)
        subprocess.run(["chmod", "-R", "u+w", golden], check=True)
        compared = check(golden)
        if os.environ["MIRROR"]:
            public = pathlib.Path(name) / "public"
            repository = next((pathlib.Path(os.environ["MIRROR"]) / "lm-sys/RouteLLM").iterdir())
            subprocess.run([PROGRAM, "import", "routellm", repository, "--out", public], check=True,
                           stdout=subprocess.DEVNULL)
            compared += check(public)
        print(f"{compared} grades agree")


main()
