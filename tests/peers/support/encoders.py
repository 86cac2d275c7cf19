"""Small random encoders with tokenizers of their own, and texts for them."""
import json
import os
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

SOURCE = os.environ["SOURCE_DIR"]
sys.path.insert(0, f"{SOURCE}/tests/encoders")
import make  # noqa: E402

HOSTILE = ["a", "\u00e9t\u00e9 na\u00efve \u6f22\u5b57 \U0001f600", "  tabs\t and\n lines  ", "!!!???",
           "[CLS] what is the total? [SEP]", "long words " * 400, "x" * 3000]


def texts():
    found = list(HOSTILE)
    for name in ("gsm8k", "mmlu"):
        for line in open(f"{SOURCE}/golden/recordings/{name}/items.jsonl"):
            found.append(json.loads(line)["turns"][0])
    return found[::2] + found[1:2]


def special(tokenizer, begin, end):
    ids = [(t, tokenizer.token_to_id(t)) for t in (begin, end)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{begin} $A {end}",
                                                             special_tokens=ids)


def byte_pairs():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(texts(), trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return t


def unigram():
    """Written down rather than trained: the trainer's result differs from run to run."""
    words = sorted({w for t in texts() for w in t.split() if len(w) < 12})[::7]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "\u2581"]
    pieces += sorted({c for t in texts() for c in t if not c.isspace()})[::2]
    pieces += ["\u2581" + w for w in words if len(w) > 1]
    t = Tokenizer(models.Unigram([(piece, -2 - 0.0137 * i) for i, piece in enumerate(pieces)], 3))
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    return t


def small(family, tokenizer, work, classes=1):
    """A random model of the family, as large as its tokenizer; saved as the hub keeps it."""
    folder = f"{work}/{family}"
    kind, config = make.FAMILIES[family]
    special(tokenizer, "<s>", "</s>")
    config.vocab_size = tokenizer.get_vocab_size()
    config.max_position_embeddings = 70
    config.num_labels = classes
    model = kind(config)
    make.randomise(model, torch.Generator().manual_seed(7))
    model.save_pretrained(folder)
    tokenizer.save(f"{folder}/tokenizer.json")
    return folder
