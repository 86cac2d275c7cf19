"""golden/schemas/recording-set.schema.json accepts the golden sets and freshly imported ones, and
refuses sets with one thing wrong."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    sys.exit(77)

SOURCE, PROGRAM = pathlib.Path(os.environ["SOURCE_DIR"]), os.environ["ROUTEASSAY"]
SCHEMA = json.loads((SOURCE / "golden/schemas/recording-set.schema.json").read_text())
FOLDERS = {"outputs": "output", "judgments": "judgment", "grades": "grade"}


def validator(name=None):
    schema = SCHEMA if name is None else {"$ref": f"#/definitions/{name}",
                                          "definitions": SCHEMA["definitions"]}
    return jsonschema.Draft7Validator(schema)


def check_lines(path, name):
    check, count = validator(name), 0
    for line in open(path, encoding="utf-8"):
        error = next(check.iter_errors(json.loads(line)), None)
        assert error is None, (path, line[:200], error.message)
        count += 1
    return count


def check_set(folder):
    error = next(validator().iter_errors(json.loads((folder / "set.json").read_text())), None)
    assert error is None, (folder, error.message)
    count = check_lines(folder / "items.jsonl", "item")
    for name, definition in FOLDERS.items():
        for path in sorted((folder / name).glob("*.jsonl")):
            count += check_lines(path, definition)
    return count


def refuses(name, value, **changes):
    for key, wrong in changes.items():
        broken = copy.deepcopy(value)
        broken[key] = wrong
        assert not validator(name).is_valid(broken), (name, key, wrong)


def main():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    count = sum(check_set(path.parent) for path in (SOURCE / "golden/recordings").glob("*/set.json"))
    if os.environ["MIRROR"]:
        repository = next((pathlib.Path(os.environ["MIRROR"]) / "lm-sys/RouteLLM").iterdir())
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([PROGRAM, "import", "routellm", repository, "--out", folder + "/public"],
                           check=True, stdout=subprocess.DEVNULL)
            for benchmark in ("gsm8k", "mt-bench"):
                count += check_set(pathlib.Path(folder) / "public" / benchmark)
            check_lines(pathlib.Path(folder) / "public/mmlu/items.jsonl", "item")
    golden = SOURCE / "golden/recordings/gsm8k"
    refuses(None, json.loads((golden / "set.json").read_text()), schema="routeassay.set/2",
            models=["a", "a"], models_=1, notes=[1], sources=[{"path": "x"}])
    first = json.loads(open(golden / "items.jsonl").readline())
    refuses("item", first, id="", turns=[], reference="x", excluded=1)
    grade = {"id": "a", "turn": 1, "score": 1, "extracted": None, "reason": None}
    refuses("grade", grade, turn=0, score="1", score_=1)
    refuses("grade", {**grade, "score": None}, reason=None)
    refuses("output", {"id": "a", "turn": 1, "output": "x"}, output=1, latency_ms="1", more=1)
    print(f"{count} lines are valid")


main()
