/* The only list of embedder kinds, and opening one by its name. */
#include "embed/embed.h"

#include "base/text.h"
#include "embed/cache.h"

#include <math.h>
#include <string.h>

extern const ra_embedder_kind ra_embedder_ngrams, ra_embedder_npy, ra_embedder_encoder,
    ra_embedder_openai, ra_embedder_lsa;

const ra_embedder_kind *const ra_embedder_kinds[] = {&ra_embedder_ngrams, &ra_embedder_lsa,
                                                     &ra_embedder_npy,    &ra_embedder_encoder,
                                                     &ra_embedder_openai, NULL};

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

static bool scale(float *vector, size_t dimension)
{
    double sum = 0;
    for (size_t i = 0; i < dimension; i++)
        sum += (double)vector[i] * (double)vector[i];
    if (!isfinite(sum))
        return false;
    float factor = sum > 0 ? (float)(1 / sqrt(sum)) : 0;
    for (size_t i = 0; i < dimension; i++)
        vector[i] *= factor;
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

void ra_embedder_close(ra_embedder *embedder)
{
    if (embedder->kind)
        embedder->kind->close(embedder->state);
    ra_embed_cache_close(embedder->cache);
    ra_arena_release(&embedder->arena);
    *embedder = (ra_embedder){0};
}
