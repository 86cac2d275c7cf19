/* Tokenizers: text to the token ids that a published model was trained on.
 *
 * What a folder of a model may hold:
 *   tokenizer.json  one of the models WordPiece (BERT), Unigram (XLM-RoBERTa) and byte-level BPE
 *                   (RoBERTa), with its normalizer, pre-tokenizer, special and added tokens, as
 *                   Hugging Face's `tokenizers` writes it
 *   vocab.txt       WordPiece, one token a line, when there is no tokenizer.json; do_lower_case,
 *                   strip_accents and tokenize_chinese_chars of a tokenizer_config.json beside it
 * What the file asks for and is not known here is an error that names it, never ignored.
 *
 * Ids are those of `tokenizers` (compared in tests/peers/token_ids.py). Unicode is utf8proc's;
 * where the reference's tables differ, embed/unicode_tables.h has the reference's.
 *
 *     ra_tokenizer *t;
 *     int32_t ids[512];
 *     if (!ra_tokenizer_open(&t, "models/minilm", err)) return false;
 *     size_t n = ra_tokenizer_encode(t, text, strlen(text), 512, ids);
 *     ra_tokenizer_free(t);
 */
#ifndef RA_EMBED_TOKENIZER_H
#define RA_EMBED_TOKENIZER_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Opaque; encoding does not change it and is thread-safe. */
typedef struct ra_tokenizer ra_tokenizer;

/* Reads FOLDER/tokenizer.json, else FOLDER/vocab.txt. Duplicates in the vocabulary, special tokens
 * that it lacks, scores that are not finite, parts that are not known: errors (exit 3). */
RA_MUST_CHECK bool ra_tokenizer_open(ra_tokenizer **tokenizer, const char *folder, ra_error *err);
void ra_tokenizer_free(ra_tokenizer *tokenizer);

/* Token ids of a text with the special tokens of the model ([CLS] ... [SEP], <s> ... </s>), cut to
 * at most max_tokens (>= 2) by leaving out the text's last. Returns how many. The text may hold any
 * bytes; those that are not UTF-8 count as U+FFFD. A special token written out in the text is that
 * token, as in the reference. */
size_t ra_tokenizer_encode(const ra_tokenizer *tokenizer, const char *text, size_t length,
                           size_t max_tokens, int32_t *ids);

/* The largest id + 1. */
size_t ra_tokenizer_size(const ra_tokenizer *tokenizer);
/* Id of padding: the file's, else that of [PAD] or <pad>, else 0. */
int32_t ra_tokenizer_pad(const ra_tokenizer *tokenizer);

#endif
