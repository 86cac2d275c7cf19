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
    float *idf;          /* NULL until fitted */
    ra_ngram_memo *memo; /* of texts that it was fitted to, and then those it embeds; or NULL */
    bool shared;         /* the memo is its caller's */
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

static void count_texts(const state *s, const ra_embed_text *texts, size_t count, ra_features *out)
{
    const char **plain = ra_alloc(count, sizeof *plain);
    for (size_t i = 0; i < count; i++)
        plain[i] = texts[i].text;
    ra_ngrams_count(plain, count, s->memo, 0, out);
    free(plain);
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    (void)err;
    const state *s = context;
    ra_features features;
    count_texts(s, texts, count, &features);
    ra_ngrams_weigh(&features, s->idf);
    ra_features_project(&features, s->dimension, vectors);
    ra_features_release(&features);
    return true;
}

static bool restore(void *context, const void *learned, size_t length, ra_error *err)
{
    state *s = context;
    free(s->idf);
    s->idf = ra_ngrams_idf(learned, length);
    return s->idf || ra_fail(err, RA_ERR_INPUT, "ngrams", 0,
                             "what it learned of n-grams is damaged", "train the model again");
}

static void fit(void *context, const ra_embed_text *texts, size_t count, ra_buf *learned)
{
    state *s = context;
    ra_features features;
    if (!s->memo)
        s->memo = ra_ngram_memo_new();
    count_texts(s, texts, count, &features);
    size_t from = learned->length;
    ra_ngrams_pack(&features, learned);
    ra_features_release(&features);
    free(s->idf);
    s->idf = ra_ngrams_idf(learned->text + from, learned->length - from);
}

static void share(void *context, ra_ngram_memo *memo)
{
    state *s = context;
    s->memo = memo;
    s->shared = true;
}

static void close_ngrams(void *context)
{
    state *s = context;
    if (s) {
        free(s->idf);
        if (!s->shared)
            ra_ngram_memo_free(s->memo);
    }
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
    .restore = restore,
    .share = share};
