#!/usr/bin/env python3
"""The router bert against transformers and torch: win rates of published checkpoints of one, two and
three classes, and training of the whole, step for step, on the same batches."""
import json
import os
import subprocess
import sys
import tempfile

os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
try:
    import numpy as np
    import torch
    from safetensors.torch import load_file
    from support.encoders import byte_pairs, small, texts, unigram
    from transformers import (AutoConfig, AutoModelForSequenceClassification,
                              PreTrainedTokenizerFast, logging)
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ROUTEASSAY, SOURCE = os.environ["ROUTEASSAY"], os.environ["SOURCE_DIR"]
STEPS, RATE, DECAY, WARM_UP, LONGEST = 10, 3e-3, 0.1, 0.3, 40


def run(*arguments):
    subprocess.run([ROUTEASSAY, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def win_rate(logits):
    """RouteLLM's rule for three classes: 1 - P(tie) - P(weak)."""
    if logits.shape[1] == 1:
        return torch.sigmoid(logits[:, 0])
    return 1 - torch.softmax(logits, 1)[:, 1:].sum(1)


def check_scores(family, classes, tokenizer, work):
    folder = small(family, tokenizer, f"{work}/{classes}", classes)
    run("score", "--recordings", f"{SOURCE}/golden/recordings", "--benchmark", "gsm8k", "--router",
        f"bert:{folder}", "--out", f"{work}/scores")
    rows = open(f"{work}/scores/gsm8k/bert.csv").read().split()[1:]
    found = np.array([float(row.split(",")[1]) for row in rows])
    tokens = PreTrainedTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json")
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    prompts = [json.loads(line)["turns"][0] for line in
               open(f"{SOURCE}/golden/recordings/gsm8k/items.jsonl")]
    with torch.inference_mode():
        logits = torch.cat([model(torch.tensor(
            [tokens(p, truncation=True, max_length=68)["input_ids"]])).logits for p in prompts])
    expected = win_rate(logits.double()).numpy()
    worst = np.abs(found - expected).max()
    print(f"{family}, {classes} classes: {len(found)} win rates from {found.min():.3f} to "
          f"{found.max():.3f}, largest difference {worst:.2g}")
    assert np.ptp(found) > 0.01 and worst <= 1e-5


def rate_share(step):
    warm = np.ceil(WARM_UP * STEPS)
    return step / warm if step < warm else (STEPS - step) / (STEPS - warm)


def train_theirs(folder, begin, prompts, shares):
    config = AutoConfig.from_pretrained(folder, num_labels=3)
    model = AutoModelForSequenceClassification.from_config(config)
    missing = model.load_state_dict(begin, strict=False)
    assert not [k for k in missing.missing_keys if "position_ids" not in k], missing
    tokens = PreTrainedTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json")
    ids = [tokens(p, truncation=True, max_length=LONGEST)["input_ids"] for p in prompts]
    groups = [{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": DECAY},
              {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * rate_share(step)
        logits = torch.cat([model(torch.tensor([i])).logits for i in ids])
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits, shares).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model.state_dict()


def check_training(tokenizer, work):
    folder = small("roberta", tokenizer, work, 3)
    prompts = list(dict.fromkeys(texts()))[:14]
    with open(f"{work}/battles.jsonl", "w") as out:
        for i, prompt in enumerate(prompts):
            out.write(json.dumps({"prompt": prompt, "model_a": "a", "model_b": "b",
                                  "winner": ("model_a", "tie", "model_b")[i % 3]}) + "\n")
    settings = {"tune": "full", "classes": 3, "batch": len(prompts), "longest": LONGEST,
                "weight_decay": DECAY, "warm_up": WARM_UP}
    for name, rate, steps in (("begin", 0, 1), ("end", RATE, STEPS)):
        extra = [x for k, v in {**settings, "rate": rate, "steps": steps}.items()
                 for x in ("--set", f"{k}={v}")]
        run("train", "bert", "--data", f"{work}/battles.jsonl", "--strong", "a", "--weak", "b",
            "--embedder", f"encoder:{folder}", "--out", f"{work}/{name}.safetensors", *extra)
    begin, end = (load_file(f"{work}/{name}.safetensors") for name in ("begin", "end"))
    begin.pop("trained_prompts")
    shares = torch.eye(3)[[i % 3 for i in range(len(prompts))]]
    expected = train_theirs(folder, begin, prompts, shares)
    worst = moved = 0
    for name in begin:
        if name.endswith("key.bias"):  # its gradient is 0 but for rounding, which Adam makes large
            continue
        worst = max(worst, (end[name] - expected[name]).abs().max().item())
        moved = max(moved, (end[name] - begin[name]).abs().max().item())
    print(f"{STEPS} steps: parameters moved by up to {moved:.2g}, largest difference {worst:.2g}")
    assert moved > RATE and worst <= 1e-4


def main():
    torch.set_num_threads(2)
    logging.set_verbosity_error()
    with tempfile.TemporaryDirectory() as work:
        check_scores("roberta", 1, byte_pairs(), work)
        check_scores("xlm-roberta", 2, unigram(), work)
        check_scores("xlm-roberta", 3, unigram(), work)
        check_training(byte_pairs(), work)


main()
