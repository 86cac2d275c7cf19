/* concat:A+B[+C]: vectors of several embedders, each of length 1, one behind the other. The cosine
 * of two such vectors is the mean of their parts' cosines, so that a router sees what each part
 * sees: concat:lsa+ngrams topics and words. */
#include "embed/cache.h"
#include "embed/embed.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

typedef struct state {
    size_t count, dimension;
    ra_embedder parts[MOST];
    char *cache; /* folder for those that are slow, or NULL */
} state;

static void close_concat(void *context)
{
    state *s = context;
    for (size_t i = 0; i < s->count; i++)
        ra_embedder_close(&s->parts[i]);
    free(s->cache);
    free(s);
}

static bool open_parts(state *s, char *specs, ra_error *err)
{
    for (char *spec = specs, *plus; spec; spec = plus ? plus + 1 : NULL) {
        plus = strchr(spec, '+');
        if (plus)
            *plus = 0;
        if (s->count == MOST)
            return ra_failf(err, RA_ERR_USAGE, NULL, 0, "embedder 'concat': more than %d parts",
                            MOST);
        if (!ra_embedder_open(&s->parts[s->count], spec, err))
            return false;
        s->dimension += s->parts[s->count++].dimension;
    }
    return true;
}

static bool open_concat(void **out, const char *argument, ra_arena *arena, size_t *dimension,
                        const char **identity, ra_error *err)
{
    if (!argument || !strchr(argument, '+'))
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "embedder 'concat': needs two parts or more",
                       "concat:A+B, for example concat:lsa+ngrams");
    state *s = ra_alloc(1, sizeof *s);
    if (!open_parts(s, ra_arena_strdup(arena, argument), err)) {
        close_concat(s);
        return false;
    }
    const char *all = "concat";
    for (size_t i = 0; i < s->count; i++)
        all = ra_arena_printf(arena, "%s+%s", all, s->parts[i].identity);
    *identity = all;
    *dimension = s->dimension;
    *out = s;
    return true;
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    state *s = context;
    float *part = ra_alloc(count * s->dimension, sizeof *part);
    bool ok = true;
    size_t column = 0;
    for (size_t p = 0; ok && p < s->count; column += s->parts[p++].dimension) {
        size_t d = s->parts[p].dimension;
        ok = ra_embed_cached(&s->parts[p], s->cache, texts, count, part, err);
        for (size_t i = 0; ok && i < count; i++)
            memcpy(vectors + i * s->dimension + column, part + i * d, d * sizeof *part);
    }
    free(part);
    return ok;
}

/* --- what parts learn: of each that learns the number of its bytes (u64), and the bytes --- */

static void fit(void *context, const ra_embed_text *texts, size_t count, ra_buf *learned)
{
    state *s = context;
    for (size_t i = 0; i < s->count; i++) {
        ra_buf own = {0};
        if (!s->parts[i].kind->fit)
            continue;
        s->parts[i].kind->fit(s->parts[i].state, texts, count, &own);
        uint64_t length = own.length;
        ra_buf_add(learned, (const char *)&length, sizeof length);
        ra_buf_add(learned, own.text, own.length);
        ra_buf_release(&own);
    }
}

static bool restore(void *context, const void *learned, size_t length, ra_error *err)
{
    state *s = context;
    const char *at = learned;
    for (size_t i = 0; i < s->count; i++) {
        uint64_t own = UINT64_MAX;
        if (!s->parts[i].kind->restore)
            continue;
        if (length >= sizeof own) {
            memcpy(&own, at, sizeof own);
            at += sizeof own;
            length -= sizeof own;
        }
        if (own > length)
            return ra_fail(err, RA_ERR_INPUT, "concat", 0, "what its parts learned is damaged",
                           "train the model again");
        if (!s->parts[i].kind->restore(s->parts[i].state, at, own, err))
            return false;
        at += own;
        length -= own;
    }
    return length == 0 || ra_fail(err, RA_ERR_INPUT, "concat", 0,
                                  "its parts learned more than is known of", "train it again");
}

static bool is_quick(const void *context)
{
    const state *s = context;
    bool quick = true;
    for (size_t i = 0; i < s->count; i++)
        quick &= ra_embedder_is_quick(&s->parts[i]);
    return quick;
}

static void share(void *context, struct ra_ngram_memo *memo)
{
    state *s = context;
    for (size_t i = 0; i < s->count; i++)
        ra_embedder_share(&s->parts[i], memo);
}

static void keep_in(void *context, const char *folder)
{
    state *s = context;
    free(s->cache);
    s->cache = folder ? ra_strdup(folder) : NULL;
}

extern const ra_embedder_kind ra_embedder_concat;
const ra_embedder_kind ra_embedder_concat = {
    .name = "concat",
    .summary = "concat:A+B[+C], the vectors of several embedders as one",
    .open = open_concat,
    .embed = embed,
    .close = close_concat,
    .fit = fit,
    .restore = restore,
    .is_quick = is_quick,
    .share = share,
    .keep_in = keep_in};
