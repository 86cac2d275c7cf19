#!/usr/bin/env python3
"""Makes the small random encoders beside this file, with what transformers and torch make of them.

    tests/encoders/make.py          (needs torch and transformers; run when the set must change)

Each folder is a sequence classifier as the model hub keeps it, and reference.safetensors:
  ids, start              texts as tokens, one after another; the last is as long as can be
  hidden, logits          of the encoder's last layer, and of the classifier
  target (texts,classes)  and gradient.NAME: of the mean cross entropy against it, for every tensor
"""
import json
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import (BertConfig, BertForSequenceClassification, RobertaConfig,
                          RobertaForSequenceClassification, XLMRobertaConfig,
                          XLMRobertaForSequenceClassification)

WORDS = """[PAD] [UNK] [CLS] [SEP] [MASK] what is the of a how many to ? . , and does in much 1 2 3 5
 10 each if she he sum planet largest cost number total book apple ##s ##es ##ing ##ed tree water
 capital river""".split()
SIZE = dict(hidden_size=20, num_attention_heads=4, num_hidden_layers=2, intermediate_size=28,
            attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0)
FAMILIES = {
    "bert": (BertForSequenceClassification,
             BertConfig(vocab_size=len(WORDS), max_position_embeddings=24, num_labels=3, **SIZE)),
    "roberta": (RobertaForSequenceClassification,
                RobertaConfig(vocab_size=40, max_position_embeddings=26, type_vocab_size=1,
                              pad_token_id=1, num_labels=1, layer_norm_eps=1e-5, **SIZE)),
    "xlm-roberta": (XLMRobertaForSequenceClassification,
                    XLMRobertaConfig(vocab_size=40, max_position_embeddings=26, type_vocab_size=1,
                                     pad_token_id=1, num_labels=2, layer_norm_eps=1e-5, **SIZE)),
}
LENGTHS = (5, 1, 17, 9, 24)


def cross_entropy(logits, target):
    """Against shares of classes; one class is a logit of the strong model winning."""
    if logits.shape[1] == 1:
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    return torch.nn.functional.cross_entropy(logits, target)


def randomise(model, generator):
    for name, p in model.named_parameters():
        values = torch.randn(p.shape, generator=generator) * 0.25
        p.data.copy_(1 + values if "LayerNorm.weight" in name else values)


def make(folder, family, seed):
    kind, config = FAMILIES[family]
    generator = torch.Generator().manual_seed(seed)
    model = kind(config).eval()
    randomise(model, generator)
    os.makedirs(folder, exist_ok=True)
    model.save_pretrained(folder, safe_serialization=True)
    texts = [torch.randint(5, config.vocab_size, (n,), generator=generator) for n in LENGTHS]
    encoder = getattr(model, "bert" if family == "bert" else "roberta")
    hidden = torch.cat([encoder(ids[None]).last_hidden_state[0] for ids in texts])
    logits = torch.cat([model(ids[None]).logits for ids in texts])
    target = torch.rand(logits.shape, generator=generator)
    if target.shape[1] > 1:
        target /= target.sum(1, keepdim=True)
    cross_entropy(logits, target).backward()
    start = torch.tensor([0, *torch.tensor(LENGTHS).cumsum(0)], dtype=torch.int32)
    out = {"ids": torch.cat(texts).to(torch.int32), "start": start, "hidden": hidden.detach(),
           "logits": logits.detach(), "target": target}
    for name, p in model.named_parameters():
        if p.grad is not None:
            out["gradient." + name] = p.grad
    save_file({k: v.contiguous() for k, v in out.items()}, f"{folder}/reference.safetensors")


def main(root):
    for seed, family in enumerate(FAMILIES):
        make(f"{root}/{family}", family, seed)
    with open(f"{root}/bert/vocab.txt", "w") as out:
        out.write("\n".join(WORDS) + "\n")
    with open(f"{root}/bert/tokenizer_config.json", "w") as out:
        json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": True,
                   "model_max_length": 24}, out, indent=1)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
