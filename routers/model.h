/* A trained router's file: safetensors, with everything needed to score prompts and to tell what
 * it was trained on.
 *
 * Metadata "routeassay" holds one JSON object:
 *   {"schema":"routeassay.model/1", "kind":"mf", "strong","weak",
 *    "embedder":"ngrams"|null, "identity":"...",       the embedder's spec and identity
 *    "settings":{...}, "seed":1, "data":[{"path","sha256","battles","weight"}],
 *    "prompts":N, "battles":N, "labels":N,
 *    "folds":5, "fold":0, "split_seed":1}               folds 0: not cross-validated
 * Tensors beside the router's own: trained_prompts (U64), the rising hashes of the texts it was
 * trained on; embedder_learned (U8), what the embedder learned from them, if it learns.
 * Routers that keep the vectors of prompts have them as `vectors` (F32, rows x dimension), or, when
 * the embedder learns, the prompts as `texts` (U8, each ends in 0), a fifth of that.
 */
#ifndef RA_ROUTERS_MODEL_H
#define RA_ROUTERS_MODEL_H

#include "embed/embed.h"
#include "routers/router.h"

#define RA_MODEL_SCHEMA "routeassay.model/1"

typedef struct ra_model {
    ra_safetensors file;
    ra_json *about; /* the object above */
    ra_embedder embedder;
    bool has_embedder;
    const uint64_t *trained;
    size_t trained_count;
    bool allow_trained;
    const char *cache;
    ra_arena arena;
} ra_model;

/* Opens the model that options name; kind must be the file's. */
RA_MUST_CHECK bool ra_model_open(ra_model *model, const char *kind,
                                 const ra_router_options *options, ra_error *err);
/* The same, and files that are none of ours too: for kinds that read published checkpoints. about
 * is then NULL, and the configuration must name the embedder: {"embedder": "npy:FILE.npy"}. */
RA_MUST_CHECK bool ra_model_open_published(ra_model *model, const char *kind,
                                           const ra_router_options *options, ra_error *err);
void ra_model_close(ra_model *model);

/* Opens the file alone: what it says of itself and the prompts it was trained on; it cannot score.
 * about stays NULL when the file is not a model of ours. */
RA_MUST_CHECK bool ra_model_peek(ra_model *model, const char *path, ra_error *err);
/* Was it trained on a prompt of that text? */
bool ra_model_knows(const ra_model *model, const char *text);

/* A prompt that the model was trained on is an error, unless it was opened with allow_trained.
 * Every router calls it with the prompts it scores. */
RA_MUST_CHECK bool ra_model_check(ra_model *model, const ra_prompt *prompts, size_t count,
                                  ra_error *err);
/* The same, and the prompts' vectors (count, dimension), which the caller frees. */
RA_MUST_CHECK bool ra_model_vectors(ra_model *model, const ra_prompt *prompts, size_t count,
                                    float **vectors, ra_error *err);

/* The vectors that ra_training_keep put into the model: (rows, dimension), its own. */
RA_MUST_CHECK bool ra_model_stored(ra_model *model, size_t *rows, const float **vectors,
                                   ra_error *err);

/* Hash of a prompt's text, as in trained_prompts. */
uint64_t ra_prompt_hash(const char *text);

#endif
