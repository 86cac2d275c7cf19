/* A sentence encoder: tokenizer, transformer and pooling, from a folder as sentence-transformers
 * keeps it.
 *
 *   config.json, model.safetensors     the transformer (embed/bert.h)
 *   tokenizer.json or vocab.txt        the tokenizer (embed/tokenizer.h)
 *   modules.json, 1_Pooling/...        mean of the tokens' vectors, or the first token's; without
 *                                      them the mean, as sentence-transformers has it
 *   sentence_bert_config.json          max_seq_length; else tokenizer_config.json's
 *                                      model_max_length, else all positions that the model has
 *
 * What modules.json asks for beyond Transformer, Pooling and Normalize is an error.
 */
#ifndef RA_EMBED_ENCODER_H
#define RA_EMBED_ENCODER_H

#include "base/sha256.h"
#include "embed/bert.h"
#include "embed/embed.h"
#include "embed/tokenizer.h"

typedef enum ra_pooling { RA_POOL_MEAN, RA_POOL_FIRST } ra_pooling;

typedef struct ra_encoder {
    ra_bert bert;
    ra_tokenizer *tokenizer;
    size_t longest; /* tokens of a text; what is longer is cut */
    ra_pooling pooling;
    ra_digest digest; /* of all files that the vectors depend on */
} ra_encoder;

RA_MUST_CHECK bool ra_encoder_open(ra_encoder *encoder, const char *folder, ra_error *err);
void ra_encoder_close(ra_encoder *encoder);
/* The encoder of an embedder encoder:FOLDER; NULL for other kinds. */
ra_encoder *ra_encoder_of(const ra_embedder *embedder);

/* Texts as tokens; release with ra_tokens_release. Cut to at most `longest`. */
typedef struct ra_tokens {
    size_t texts, *start;
    int32_t *ids;
} ra_tokens;

RA_MUST_CHECK bool ra_encoder_tokens(const ra_encoder *encoder, const char *const *texts,
                                     size_t count, size_t longest, int threads, ra_tokens *out,
                                     ra_error *err);
void ra_tokens_release(ra_tokens *tokens);

/* Vectors (texts, hidden), not scaled, of checked tokens. */
void ra_encoder_encode_tokens(const ra_encoder *encoder, const ra_tokens *tokens,
                              ra_pooling pooling, int threads, float *vectors);

/* Fills vectors (count, hidden), not scaled. */
RA_MUST_CHECK bool ra_encoder_encode(const ra_encoder *encoder, const char *const *texts,
                                     size_t count, ra_pooling pooling, int threads, float *vectors,
                                     ra_error *err);

#endif
