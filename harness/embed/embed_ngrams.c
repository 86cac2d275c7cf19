/* ngrams[:DIMENSION]: hashed n-grams, weighted by idf once it was fitted, projected by signs. */
#include "base/limits.h"
#include "base/text.h"
#include "embed/embed.h"
#include "embed/ngrams.h"

#include <stdlib.h>
#include <string.h>

enum { DIMENSION = 2048 };

typedef struct state {
    size_t dimension;
    float *idf; /* NULL until fitted */
} state;

static bool open_ngrams(void **out, const char *argument, ra_arena *arena, size_t *dimension,
                        const char **identity, ra_error *err)
{
    uint64_t wanted = DIMENSION;
    if (argument && (!ra_parse_count(argument, RA_MAX_DIMENSION, &wanted) || wanted == 0))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "embedder 'ngrams:%s': a number of dimensions from 1 to %d expected",
                        argument, RA_MAX_DIMENSION);
    state *s = ra_alloc(1, sizeof *s);
    s->dimension = *dimension = wanted;
    *identity = ra_arena_printf(arena, "ngrams/1:%zu", s->dimension);
    *out = s;
    return true;
}

static void count_texts(const ra_embed_text *texts, size_t count, ra_features *out)
{
    const char **plain = ra_alloc(count, sizeof *plain);
    for (size_t i = 0; i < count; i++)
        plain[i] = texts[i].text;
    ra_ngrams_count(plain, count, 0, out);
    free(plain);
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    (void)err;
    const state *s = context;
    ra_features features;
    count_texts(texts, count, &features);
    ra_ngrams_weigh(&features, s->idf);
    ra_features_project(&features, s->dimension, vectors);
    ra_features_release(&features);
    return true;
}

static bool restore(void *context, const float *learned, size_t length, ra_error *err)
{
    state *s = context;
    if (length != 2 * RA_NGRAM_BUCKETS)
        return ra_failf(err, RA_ERR_INPUT, "ngrams", 0, "%zu weights of n-grams, %zu expected",
                        length, 2 * RA_NGRAM_BUCKETS);
    free(s->idf);
    s->idf = ra_alloc(length, sizeof *s->idf);
    memcpy(s->idf, learned, length * sizeof *s->idf);
    return true;
}

static float *fit(void *context, const ra_embed_text *texts, size_t count, size_t *length)
{
    state *s = context;
    ra_features features;
    count_texts(texts, count, &features);
    float *idf = ra_ngrams_idf(&features);
    ra_features_release(&features);
    *length = 2 * RA_NGRAM_BUCKETS;
    free(s->idf);
    s->idf = ra_alloc(*length, sizeof *s->idf);
    memcpy(s->idf, idf, *length * sizeof *s->idf);
    return idf;
}

static void close_ngrams(void *context)
{
    state *s = context;
    if (s)
        free(s->idf);
    free(s);
}

extern const ra_embedder_kind ra_embedder_ngrams;
const ra_embedder_kind ra_embedder_ngrams = {
    .name = "ngrams",
    .summary = "ngrams[:DIMENSION], hashed words and characters; needs no files",
    .open = open_ngrams,
    .embed = embed,
    .close = close_ngrams,
    .fit = fit,
    .restore = restore};
