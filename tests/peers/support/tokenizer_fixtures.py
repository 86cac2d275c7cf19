"""Writes tests/tokenizers: small tokenizers of our own, of each sort, and the ids that
the packages `tokenizers` and `sentencepiece` give for texts that are hard.

    python3 tests/peers/support/tokenizer_fixtures.py        (from the root of the sources)
"""
import io
import json
import os

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors
from tokenizers import trainers

OUT = "tests/tokenizers"
# code points in hex, as sentencepiece wants them: what SentencePiece's own rules do, in small
RULES = ["FF21\t41", "FF41\t61", "2460\t31", "FB01\t66 69", "65 301\tE9", "45 301\tC9", "9\t20",
         "A\t20", "D\t20", "A0\t20", "3000\t20", "200B\t", "FDFA\t635 644 20 627", "212B\tC5",
         "2126\t3A9", "1F1E6\t41"]
HARD = [
    "", " ", "a", "How many apples are left?", "WHAT is $20.00 - $3.50, or 16.5?", "don't we'll I'M",
    "  two  spaces   and\ttab\nnewline\r\n", "caf\u00e9 cafe\u0301 E\u0301 \u00c9cole", "\u0130stanbul I\u0307",
    "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3 \u03c2", "\u4e2d\u6587\u5b57 \u65e5\u672c\u8a9e", "\ud55c\uad6d\uc5b4", "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467", "\ufb01re \u2460\u2461 \uff21\uff41\u0301 \u212b\u0301", "a\u0000b\u0001c\u007fd\u0085e",
    "\ufffd\u00ad\u200b\u200e", "\u00a0\u2003\u3000x\u2028y", "[CLS] [SEP] [MASK][PAD]", "<s></s> <mask>  <unk><pad>",
    "\u2581\u2581lower \u2581 one", "x" * 100, "y" * 101, "a\u0301\u0316\u0334b \u0334\u0301", "\U0001d165\u302e\u302f\u0300",
    "!?.,;:\u00a1\u00bf\u2014\u201c\u201d\u2026\u3002\u166d", "\u02bcn \u0149 \u01c4 \u1e9e \u00df", "\u0890 \u1ade \u1c89 \ua7cb", "1234567890 \u0663\u0664 \u00b2\u00bd\u2167",
    "aQ\u4e2d", "a\u302e\U0001d165\u302f b\u0898c \u0898", "\u0130\u0130 I\u0307 i",
    "\r\n \n\n  end  ", "\ufdfa \U0001f1e6\U0001f1e7", "'s 'll ''s \u2019s", "snake_case CamelCase e-mail@example.org", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
]
BROKEN = [b"\xff", b"a\x80b", b"caf\xc3", b"\xe2\x82 \xe2\x82\xac", b"\xed\xa0\x80x", b"\xf0\x9f\x98", b"\xf4\x90\x80\x80",
          b"\xc0\xaf\xe0\x80\xaf", b"ok \xf0\x9f\x98\x80\xf0\x9f ok"]


def corpus():
    texts = []
    for name in sorted(os.listdir("golden/recordings")):
        path = f"golden/recordings/{name}/items.jsonl"
        if os.path.exists(path):
            for line in open(path, encoding="utf-8"):
                texts += json.loads(line)["turns"]
    return texts


def wordpiece(texts, strip_accents=None):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(strip_accents=strip_accents)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    alphabet = list("\u00e9\u00e8\u03c3\u03c2\u4e2d\u6587\u1112\u1161\u11ab\u0939\u0928\u00df") + [chr(c) for c in range(33, 127)]
    t.train_from_iterator(texts + HARD * 3, trainers.WordPieceTrainer(
        vocab_size=600, show_progress=False, initial_alphabet=alphabet,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return t


def accented(texts):
    return wordpiece(texts, strip_accents=False)


def unigram(texts):
    with open("rules.tsv", "w", encoding="utf-8") as f:
        f.write("\n".join(RULES) + "\n")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(t.replace("\n", " ") for t in texts), model_writer=model,
        vocab_size=300, model_type="unigram", normalization_rule_tsv="rules.tsv",
        hard_vocab_limit=False, num_threads=1, minloglevel=2)
    os.remove("rules.tsv")
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(model.getvalue())
    pieces = [(p.piece, p.score) for p in proto.pieces][3:]
    # one that is better than its known first and unknown second character only by the penalty
    pieces += [("Q", 1.0), ("Q\u4e2d", min(score for _, score in pieces) - 1)]
    first = [(s, 0.0) for s in ("<s>", "<pad>", "</s>", "<unk>")]
    t = Tokenizer(models.Unigram(first + pieces, 3, False))
    t.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")])
    t.add_special_tokens([AddedToken(s, normalized=False) for s, _ in first] +
                         [AddedToken("<mask>", lstrip=True, normalized=False)])
    t.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return t


def bpe(texts):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=500, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"]))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return t


def main():
    texts, lines = corpus(), []
    for name, make in (("wordpiece", wordpiece), ("accented", accented), ("unigram", unigram), ("bpe", bpe)):
        os.makedirs(f"{OUT}/{name}", exist_ok=True)
        tokenizer = make(texts)
        tokenizer.save(f"{OUT}/{name}/tokenizer.json", pretty=False)
        for raw in [t.encode("utf-8") for t in HARD + texts[::7]] + BROKEN:
            ids = tokenizer.encode(raw.decode("utf-8", "replace")).ids
            lines.append({"tokenizer": name, "hex": raw.hex(), "ids": ids})
    with open(f"{OUT}/reference.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(line) + "\n" for line in lines)


if __name__ == "__main__":
    main()
