/* The only list of embedder kinds, and opening one by its name. */
#include "embed/embed.h"

#include "base/clones.h"
#include "base/text.h"
#include "embed/cache.h"

#include <math.h>
#include <string.h>

extern const ra_embedder_kind ra_embedder_ngrams, ra_embedder_npy, ra_embedder_encoder,
    ra_embedder_openai, ra_embedder_lsa, ra_embedder_concat;

const ra_embedder_kind *const ra_embedder_kinds[] = {&ra_embedder_ngrams,
                                                     &ra_embedder_lsa,
                                                     &ra_embedder_npy,
                                                     &ra_embedder_encoder,
                                                     &ra_embedder_openai,
                                                     &ra_embedder_concat,
                                                     NULL};

static const ra_embedder_kind *find(const char *name, size_t length, ra_error *err)
{
    ra_buf known = {0};
    for (const ra_embedder_kind *const *k = ra_embedder_kinds; *k; k++) {
        if (strlen((*k)->name) == length && strncmp((*k)->name, name, length) == 0) {
            ra_buf_release(&known);
            return *k;
        }
        ra_buf_printf(&known, " %s", (*k)->name);
    }
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown embedder '%s'", name);
    ra_hintf(err, "known:%s", known.text);
    ra_buf_release(&known);
    return NULL;
}

bool ra_embedder_open(ra_embedder *embedder, const char *spec, ra_error *err)
{
    *embedder = (ra_embedder){0};
    embedder->spec = ra_arena_strdup(&embedder->arena, spec);
    const char *colon = strchr(spec, ':');
    embedder->kind = find(spec, colon ? (size_t)(colon - spec) : strlen(spec), err);
    if (embedder->kind &&
        embedder->kind->open(&embedder->state, colon ? colon + 1 : NULL, &embedder->arena,
                             &embedder->dimension, &embedder->identity, err))
        return true;
    ra_arena_release(&embedder->arena);
    *embedder = (ra_embedder){0};
    return false;
}

enum { LANES = 16 }; /* numbers side by side, in vectors of whatever length: the same bytes */

RA_CLONES("avx2", "default") static double sum_of_squares(const float *x, size_t count)
{
    double lane[LANES] = {0}, sum = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += (double)x[i + l] * (double)x[i + l];
    for (; i < count; i++)
        lane[i % LANES] += (double)x[i] * (double)x[i];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

RA_CLONES("avx2", "default") static void multiply(float *x, size_t count, float factor)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            x[i + l] *= factor;
    for (; i < count; i++)
        x[i] *= factor;
}

static bool scale(float *vector, size_t dimension)
{
    double sum = sum_of_squares(vector, dimension);
    if (!isfinite(sum))
        return false;
    multiply(vector, dimension, sum > 0 ? (float)(1 / sqrt(sum)) : 0);
    return true;
}

bool ra_embedder_embed(ra_embedder *embedder, const ra_embed_text *texts, size_t count,
                       float *vectors, ra_error *err)
{
    if (!embedder->kind->embed(embedder->state, texts, count, vectors, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!scale(vectors + i * embedder->dimension, embedder->dimension))
            return ra_failf(err, RA_ERR_INPUT, embedder->spec, 0,
                            "the vector of '%s' is not finite",
                            texts[i].id ? texts[i].id : texts[i].text);
    return true;
}

void ra_embedder_share(ra_embedder *embedder, struct ra_ngram_memo *memo)
{
    if (memo && embedder->kind->share)
        embedder->kind->share(embedder->state, memo);
}

bool ra_embedder_is_quick(const ra_embedder *embedder)
{
    const ra_embedder_kind *kind = embedder->kind;
    return kind->restore && (!kind->is_quick || kind->is_quick(embedder->state));
}

void ra_embedder_close(ra_embedder *embedder)
{
    if (embedder->kind)
        embedder->kind->close(embedder->state);
    ra_embed_cache_close(embedder->cache);
    ra_arena_release(&embedder->arena);
    *embedder = (ra_embedder){0};
}
