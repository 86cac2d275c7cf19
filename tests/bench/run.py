"""Ours and the reference side by side, in one session: a table of times, of ratios with intervals, and
of what this machine could do at best.

    python3 tests/bench/run.py build/release RECORDINGS [--rounds 5] [--only WORD] [--threads N]

RECORDINGS is the folder that ./reproduce leaves in out/recordings. A row whose reference (pandas,
scikit-learn, PyTorch) this Python has not is left out, and said so. docs/benchmarks.md holds the last
table.

Rounds take turns: ours, the reference, ours, ... The ratio is the geometric mean of the rounds' ratios,
its interval Student's on their logarithms. The bound of a row is what it must read from memory at
least, or multiply, at the rates that bench_bounds measures in the same session; it knows no caches, so
that a small row may be faster. Threads are cores: the reference is held to as many.
"""
import argparse
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
STUDENT = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
STRONG, WEAK = "gpt-4-1106-preview", "mistralai/Mixtral-8x7B-Instruct-v0.1"
BATTLES, DIMENSION, MODELS, TIERS = 65000, 1536, 64, 10
HERE = pathlib.Path(__file__).parent


class Missing(Exception):
    """A row that cannot be measured here."""


def need(module):
    try:
        return __import__(module)
    except ImportError:
        raise Missing(f"no {module} in this Python") from None


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def quiet(command):
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


class Bench:
    def __init__(self, build, recordings, threads, rounds, folder):
        self.program = pathlib.Path(build) / "routeassay"
        self.recordings, self.threads, self.rounds = pathlib.Path(recordings), threads, rounds
        self.folder, self.bounds_program = folder, pathlib.Path(build) / "bench_bounds"
        self.read = self.flop = 0
        self.synthetic_made = None
        self.measure_bounds()

    def measure_bounds(self):
        """Keeps the best that was ever seen: others may use this machine."""
        found = json.loads(subprocess.run([self.bounds_program], check=True,
                                          stdout=subprocess.PIPE, text=True).stdout)
        at = 0 if self.threads == 1 else 1
        self.read = max(self.read, found["read_bytes_s"][at])
        self.flop = max(self.flop, found["flop_s"][at])

    def overhead(self, router, benchmark="gsm8k"):
        """What one run of `routeassay overhead` says: seconds a request in batches, and alone."""
        out = subprocess.run([self.program, "overhead", "--router", f"x={router}", "--recordings",
                              self.recordings, "--benchmark", benchmark, "--threads",
                              str(self.threads), "--time-limit", "0", "--block-time", "0.3",
                              "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
        found = json.loads(out)["routers"][0]
        return found["batch"]["request_s"]["value"], found["single"]["p50_s"]["value"]

    def synthetic(self):
        """The synthetic battles and a model of each kind trained on them."""
        if self.synthetic_made:
            return self.synthetic_made
        folder = self.folder / "synthetic"
        subprocess.run([sys.executable, HERE / "synthetic_battles.py", folder, self.recordings,
                        "gsm8k", str(BATTLES), str(DIMENSION)], check=True,
                       stdout=subprocess.DEVNULL)
        for kind in ("sw_ranking", "mf"):
            epochs = ["--set", "epochs=1"] if kind == "mf" else []
            quiet([self.program, "train", kind, "--data", folder / "battles.jsonl", "--strong",
                   "model-00", "--weak", "model-40", "--embedder", f"npy:{folder}/vectors.npy",
                   "--out", folder / f"{kind}.safetensors", *epochs])
        self.synthetic_made = folder
        return folder


# --- rows: each returns (ours, reference, bound in seconds); the first two are called in turn and
# return seconds


def row_measure(b):
    """curves, APGR, CPT, RouteLLM's procedure, categories; 3 benchmarks, 5 routers"""
    need("pandas")
    import measure
    folder = b.folder / "measure"
    folder.mkdir()
    names = measure.write_scores(b.recordings, folder)
    read = sum(f.stat().st_size for f in b.recordings.rglob("*@recorded.jsonl"))
    read += sum(f.stat().st_size for f in folder.iterdir())

    def reference():
        took, results = measure.reference(b.recordings, folder, names)
        measure.check(folder, results)
        return took
    return (lambda: measure.ours(b.program, b.recordings, folder, names, b.threads,
                                 "--replicates", "0"), reference, read / b.read)


def row_bootstrap(b):
    """10 000 replicates of APGR and CPT(50 %), MMLU, one router; numpy: 100 replicates, times 100"""
    need("pandas")
    import measure
    folder = b.folder / "bootstrap"
    folder.mkdir()
    measure.write_scores(b.recordings, folder)
    mmlu = [b.program, "measure", "--recordings", b.recordings, "--benchmark", "mmlu", "--grader",
            "recorded", "--strong", STRONG, "--weak", WEAK, "--threads", b.threads, "--router",
            f"scores:{folder}/mmlu-0.csv", "--out", folder / "results.json"]

    def ours():
        both = [seconds(lambda: quiet(mmlu + ["--replicates", n])) for n in (10000, 0)]
        return both[0] - both[1]
    rng = np.random.default_rng(1)
    n = 14037
    score, strong = rng.random(n), (rng.random(n) < 0.806).astype(float)
    weak = (rng.random(n) < 0.681).astype(float)
    order = np.argsort(-score, kind="stable")
    gain = (strong - weak)[order]

    def one():
        counts = rng.multinomial(n, np.full(n, 1 / n))[order]
        c = np.concatenate([[0], np.cumsum(counts)]) / n
        pgr = np.concatenate([[0], np.cumsum(counts * gain)])
        pgr = pgr / pgr[-1]
        return (np.diff(c) * (pgr[1:] + pgr[:-1]) / 2).sum() + c[np.argmax(pgr >= 0.5)]

    def reference():
        return 100 * seconds(lambda: [one() for _ in range(100)])
    # a byte for the count of each item in each replicate, written and read
    return ours, reference, 2 * n * 10000 / b.read


def row_grading(b):
    """GSM8K answers of one model by lm-eval's flexible rule, files to grades"""
    folder = b.folder / "grading"
    shutil.copytree(b.recordings / "gsm8k", folder / "gsm8k")
    path = folder / "gsm8k"
    rule = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
    drop = [re.compile(p) for p in (",", r"\$", "(?s).*#### ", r"\.$")]
    name = STRONG.replace("/", "__")

    def extract(text):
        found = rule.findall(text)
        answer = "".join(found[-1]).strip() if found else "[invalid]"
        for pattern in drop:
            answer = pattern.sub("", answer)
        return answer

    def grade():
        wanted = {}
        for line in open(path / "items.jsonl"):
            item = json.loads(line)
            answer = item["reference"][0]
            for pattern in drop:
                answer = pattern.sub("", answer)
            wanted[item["id"]] = answer
        with open(folder / "grades.jsonl", "w") as out:
            for line in open(path / "outputs" / f"{name}.jsonl"):
                o = json.loads(line)
                got = extract(o["output"] or "")
                out.write(json.dumps({"id": o["id"], "turn": 1, "extracted": got, "reason": None,
                                      "score": float(got == wanted[o["id"]])}) + "\n")
    ours = [b.program, "grade", "--recordings", path, "--benchmark", "gsm8k", "--grader",
            "lm-eval-flexible", "--models", STRONG]
    read = (path / "items.jsonl").stat().st_size
    read += (path / "outputs" / f"{name}.jsonl").stat().st_size

    def reference():
        took = seconds(grade)
        both = [{o["id"]: o["score"] for o in map(json.loads, open(file))} for file in
                (folder / "grades.jsonl", path / "grades" / f"{name}@lm-eval-flexible.jsonl")]
        differ = sum(both[0][i] != both[1][i] for i in both[1])
        assert differ == 0, f"{differ} grades differ"
        return took
    return lambda: seconds(lambda: quiet(ours)), reference, read / b.read


def sw_reference(b, folder):
    """RouteLLM's way: similarities in float64, norms and all, and a weighted logistic regression."""
    need("sklearn")
    from sklearn.linear_model import LogisticRegression
    vectors = np.load(folder / "vectors.npy")[:BATTLES].astype(np.float64)
    query = np.load(folder / "vectors.npy", mmap_mode="r")[-1].astype(np.float64)
    x, y = np.zeros((2 * BATTLES, TIERS)), np.zeros(2 * BATTLES)
    for i, line in enumerate(open(folder / "battles.jsonl")):
        battle = json.loads(line)
        first, second = (int(battle[k][6:]) * TIERS // MODELS for k in ("model_a", "model_b"))
        for row, won in ((i, battle["winner"] != "model_b"), (i + BATTLES,
                                                              battle["winner"] == "model_a")):
            x[row, first] += math.log(10)
            x[row, second] -= math.log(10)
            y[row] = won

    def one():
        cosine = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
        weight = np.tile(10 * 10 ** (cosine / cosine.max()), 2)
        LogisticRegression(fit_intercept=False, C=np.inf).fit(x, y, sample_weight=weight)
    return lambda: seconds(one)


def row_sw_batch(b):
    """SW ranking, 65 000 synthetic battles at 1536 dimensions, in batches; a query"""
    folder = b.synthetic()
    reference = sw_reference(b, folder)
    return (lambda: b.overhead(f"sw_ranking:{folder}/sw_ranking.safetensors")[0], reference,
            2 * BATTLES * DIMENSION / b.flop)


def row_sw_single(b):
    """the same, one query at a time"""
    folder = b.synthetic()
    reference = sw_reference(b, folder)
    return (lambda: b.overhead(f"sw_ranking:{folder}/sw_ranking.safetensors")[1], reference,
            4 * BATTLES * DIMENSION / b.read)


def mf_reference(b, folder, batch):
    torch = need("torch")
    torch.set_num_threads(b.threads)
    models = torch.nn.functional.normalize(torch.randn(MODELS, 128), dim=1)
    project = torch.nn.Linear(DIMENSION, 128, bias=False)
    score = torch.nn.Linear(128, 1, bias=False)
    rows = torch.tensor(np.load(folder / "vectors.npy", mmap_mode="r")[-batch:].copy())

    def ask():
        with torch.no_grad():
            at = project(rows)
            pair = torch.stack([score(at * models[k]) for k in (0, 40)])
            return torch.sigmoid(pair[0] - pair[1])
    for _ in range(10):
        ask()
    return lambda: seconds(lambda: [ask() for _ in range(200)]) / 200 / batch


def row_mf_batch(b):
    """mf, vectors of 1536 numbers at hand, batches of 256; a query"""
    folder = b.synthetic()
    return (lambda: b.overhead(f"mf:{folder}/mf.safetensors")[0], mf_reference(b, folder, 256),
            4 * DIMENSION / b.read)  # once trained, one product with one vector would do


def row_mf_single(b):
    """the same, one query at a time"""
    folder = b.synthetic()
    return (lambda: b.overhead(f"mf:{folder}/mf.safetensors")[1], mf_reference(b, folder, 1),
            4 * DIMENSION / b.read)


def make_encoder(b, folder, texts):
    """A BERT of the size of all-MiniLM-L6-v2 with random weights, and a vocabulary of the benchmark's
    own words: what it costs does not depend on what it knows."""
    torch, transformers = need("torch"), need("transformers")
    folder.mkdir()
    words = sorted({w for t in texts for w in re.findall(r"[a-z]+|[0-9]|[^\sa-z0-9]", t.lower())})
    letters = [chr(c) for c in range(33, 127)]
    vocabulary = dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters,
                                *("##" + c for c in letters), *words])
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    torch.manual_seed(1)
    config = transformers.BertConfig(vocab_size=len(vocabulary), hidden_size=384,
                                     num_hidden_layers=6, num_attention_heads=12,
                                     intermediate_size=1536)
    transformers.BertModel(config).save_pretrained(folder, safe_serialization=True)
    (folder / "tokenizer_config.json").write_text(json.dumps(
        {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}))


def encoder_rows(b, batch):
    """Seconds a prompt of ours and of PyTorch's, and the multiplications it takes."""
    torch, transformers = need("torch"), need("transformers")
    items = (json.loads(line) for line in open(b.recordings / "gsm8k" / "items.jsonl"))
    texts = [item["turns"][0] for item in items][:256]
    folder = b.folder / f"encoder-{batch}"
    make_encoder(b, folder, texts)
    model = folder / "linear.safetensors"
    try:
        quiet([b.program, "train", "linear", "--recordings", b.recordings, "--benchmark", "gsm8k",
               "--strong", STRONG, "--weak", WEAK, "--labels", "64", "--folds", "1", "--embedder",
               f"encoder:{folder}", "--out", model])
    except subprocess.CalledProcessError:
        raise Missing("no encoder in this build") from None
    torch.set_num_threads(b.threads)
    tokenizer = transformers.BertTokenizerFast.from_pretrained(folder)
    encoder = transformers.BertModel.from_pretrained(folder).eval()

    def encode(some):
        with torch.no_grad():
            tokens = tokenizer(some, padding=True, truncation=True, return_tensors="pt")
            mask = tokens["attention_mask"].unsqueeze(-1)
            out = (encoder(**tokens).last_hidden_state * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(out, dim=1)

    def reference():
        return seconds(lambda: [encode(texts[i:i + batch]) for i in range(0, 256, batch)]) / 256
    length = np.mean([len(tokenizer(t)["input_ids"]) for t in texts])
    # per token and layer: four products with 384 x 384, two with 384 x 1536, two with its sequence
    flop = 6 * length * 2 * (4 * 384 ** 2 + 2 * 384 * 1536 + 2 * 384 * length)
    return lambda: b.overhead(f"linear:{model}")[0 if batch > 1 else 1], reference, flop


def row_encoder_batch(b):
    """an encoder of the size of all-MiniLM-L6-v2, prompts of GSM8K, batches of 256; a prompt"""
    ours, reference, flop = encoder_rows(b, 256)
    return ours, reference, flop / b.flop


def row_encoder_single(b):
    """the same, one prompt at a time"""
    ours, reference, flop = encoder_rows(b, 1)
    return ours, reference, flop / b.flop


ROWS = {"measure": row_measure, "bootstrap": row_bootstrap, "grading": row_grading,
        "sw-batch": row_sw_batch, "sw-single": row_sw_single, "mf-batch": row_mf_batch,
        "mf-single": row_mf_single, "encoder-batch": row_encoder_batch,
        "encoder-single": row_encoder_single}


def shown(s):
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if s >= size:
            return f"{s / size:.3g} {unit}"
    return f"{s * 1e9:.3g} ns"


def run_row(b, name, row):
    b.measure_bounds()
    ours, reference, bound = row(b)
    ours()  # warms up the files
    pairs = [(ours(), reference()) for _ in range(b.rounds)]
    logs = [math.log(theirs / mine) for mine, theirs in pairs]
    mean, n = np.mean(logs), len(logs)
    half = STUDENT[n - 1] * np.std(logs, ddof=1) / math.sqrt(n)
    mine, theirs = (float(np.median([p[k] for p in pairs])) for k in (0, 1))
    print(f"| {name}: {row.__doc__} | {shown(mine)} | {shown(theirs)} | {math.exp(mean):.3g} "
          f"[{math.exp(mean - half):.3g}, {math.exp(mean + half):.3g}] | {shown(bound)} | "
          f"{100 * bound / mine:.2g} % |", flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("build")
    p.add_argument("recordings")
    p.add_argument("--rounds", type=int, default=5, choices=range(2, 11))
    p.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    p.add_argument("--only", default="", help="rows whose name has this word")
    o = p.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:o.threads])
    with tempfile.TemporaryDirectory() as name:
        b = Bench(o.build, o.recordings, o.threads, o.rounds, pathlib.Path(name))
        print(f"{o.threads} cores; memory {b.read / 1e9:.3g} GB/s, "
              f"products {b.flop / 1e9:.3g} GFLOP/s; {o.rounds} rounds; load "
              f"{os.getloadavg()[0]:.1f}\n")
        print("| what | ours | reference | ratio [95 %] | bound | reached |")
        print("|---|---:|---:|---:|---:|---:|", flush=True)
        left_out = []
        for name, row in ROWS.items():
            try:
                if o.only in name:
                    run_row(b, name, row)
            except Missing as why:
                left_out.append(f"{name}: left out, {why}")
        print(f"\nat the end: memory {b.read / 1e9:.3g} GB/s, products {b.flop / 1e9:.3g} GFLOP/s, "
              f"load {os.getloadavg()[0]:.1f}")
        print("\n".join(left_out))


if __name__ == "__main__":
    main()
