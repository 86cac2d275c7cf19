/* The contract of an embedder: texts in, vectors out.
 *
 * Adding one:
 *   1. write harness/embed/NAME.c with a `const ra_embedder_kind ra_embedder_NAME`;
 *   2. add one line to embed.c, the only list;
 *   3. tests/cli/train.sh trains and scores with every kind that needs no files.
 *
 * An embedder is named KIND or KIND:ARGUMENT ("ngrams", "ngrams:2048", "encoder:FOLDER",
 * "npy:FILE", "openai:MODEL", "concat:lsa+ngrams"). Vectors are rows of float32, scaled to length 1
 * unless they are all zero.
 *
 *     ra_embedder e;
 *     if (!ra_embedder_open(&e, "encoder:models/minilm", err)) return false;
 *     float *vectors = ra_alloc(count * e.dimension, sizeof *vectors);
 *     bool ok = ra_embedder_embed(&e, texts, count, vectors, err);
 *     ra_embedder_close(&e);
 */
#ifndef RA_EMBED_EMBED_H
#define RA_EMBED_EMBED_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stddef.h>

typedef struct ra_embed_text {
    const char *id; /* for embedders that look vectors up; may be NULL elsewhere */
    const char *text;
} ra_embed_text;

struct ra_ngram_memo; /* embed/ngrams.h */

typedef struct ra_embedder_kind {
    const char *name, *summary;
    bool slow; /* its vectors are worth keeping in a cache */
    /* argument: what stands after "KIND:", NULL if nothing. Sets *dimension, and *identity to text
     * (in the arena) that differs whenever vectors would: it is part of the cache's keys and of
     * model files. */
    bool (*open)(void **state, const char *argument, ra_arena *arena, size_t *dimension,
                 const char **identity, ra_error *err);
    /* Fills vectors (count, dimension). Any thread may call, one at a time. */
    bool (*embed)(void *state, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err);
    void (*close)(void *state);
    /* For kinds that learn from texts without labels, else NULL. fit: learns, and appends what was
     * learned to `learned`. restore: takes such bytes again. Until either was called nothing is
     * known of any text. */
    void (*fit)(void *state, const ra_embed_text *texts, size_t count, ra_buf *learned);
    bool (*restore)(void *state, const void *learned, size_t length, ra_error *err);
    /* Of kinds that restore: can texts be embedded again at no cost, so that models keep those
     * instead of vectors? NULL = always. */
    bool (*is_quick)(const void *state);
    /* For kinds that count n-grams, else NULL: counts are looked up in a memo that others use too,
     * and that lives longer. Called before fit. */
    void (*share)(void *state, struct ra_ngram_memo *memo);
    /* For kinds made of others, else NULL: the folder (or NULL) for vectors of those that are slow.
     * Called before embed. */
    void (*keep_in)(void *state, const char *folder);
} ra_embedder_kind;

typedef struct ra_embedder {
    const ra_embedder_kind *kind;
    void *state;
    size_t dimension;
    const char *spec, *identity;
    struct ra_embed_cache *cache; /* opened when embed/cache.h first uses it */
    ra_arena arena;
} ra_embedder;

/* NULL-terminated. */
extern const ra_embedder_kind *const ra_embedder_kinds[];

RA_MUST_CHECK bool ra_embedder_open(ra_embedder *embedder, const char *spec, ra_error *err);
/* Lets it share a memo with others, if its kind can; NULL: none. */
void ra_embedder_share(ra_embedder *embedder, struct ra_ngram_memo *memo);
/* May models keep texts instead of vectors? */
bool ra_embedder_is_quick(const ra_embedder *embedder);
/* Embeds all texts, scales every vector to length 1 and refuses any that is not finite. */
RA_MUST_CHECK bool ra_embedder_embed(ra_embedder *embedder, const ra_embed_text *texts,
                                     size_t count, float *vectors, ra_error *err);
void ra_embedder_close(ra_embedder *embedder);

#endif
