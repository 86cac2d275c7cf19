/* lsa[:DIMENSION]: runs of 1 and 2 tokens, reduced to the directions in which the texts that it was
 * fitted to vary most (embed/lsa.h). It needs no labels: what a router is for can be learned from
 * prompts that nobody graded. */
#include "base/limits.h"
#include "base/parallel.h"
#include "base/text.h"
#include "embed/embed.h"
#include "embed/lsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSION = 128, TEXTS_PER_USE = 1000, VERSION = 1 };
#define ABSENT UINT32_MAX

/* What it learned, in the order of its bytes: this, then of each used feature its number (u32), its
 * idf (f32), and its row of the basis, as the upper halves of float32 (u16). */
typedef struct header {
    uint32_t version, dimension, used;
} header;

typedef struct state {
    size_t dimension;
    uint32_t *place; /* feature number -> row of the basis, or ABSENT; NULL until fitted */
    float *idf, *basis;
    ra_ngram_memo *memo; /* of texts that it was fitted to, and then those it embeds; or NULL */
    bool shared;         /* the memo is its caller's */
} state;

static bool open_lsa(void **out, const char *argument, ra_arena *arena, size_t *dimension,
                     const char **identity, ra_error *err)
{
    uint64_t wanted = DIMENSION;
    if (argument && (!ra_parse_count(argument, RA_MAX_LSA, &wanted) || wanted == 0))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "embedder 'lsa:%s': a number of dimensions from 1 to %d expected", argument,
                        RA_MAX_LSA);
    state *s = ra_alloc(1, sizeof *s);
    s->dimension = *dimension = wanted;
    *identity = ra_arena_printf(arena, "lsa/%d:%zu", VERSION, s->dimension);
    *out = s;
    return true;
}

static void forget(state *s)
{
    free(s->place);
    free(s->idf);
    free(s->basis);
    s->place = NULL;
    s->idf = s->basis = NULL;
}

static void close_lsa(void *context)
{
    state *s = context;
    if (s) {
        forget(s);
        if (!s->shared)
            ra_ngram_memo_free(s->memo);
    }
    free(s);
}

static void count_texts(const state *s, const ra_embed_text *texts, size_t count, ra_features *out)
{
    const char **plain = ra_alloc(count, sizeof *plain);
    for (size_t i = 0; i < count; i++)
        plain[i] = texts[i].text;
    ra_ngrams_count(plain, count, s->memo, 0, out);
    free(plain);
}

/* --- fitting --- */

/* Keeps the features that `place` has, renumbered by it, with values (1 + ln count) * idf, and
 * scales rows to length 1. */
static void keep_used(ra_features *f, const uint32_t *place, const float *idf)
{
    size_t to = 0, from = 0;
    for (size_t row = 0; row < f->rows; row++) {
        size_t first = to, end = f->start[row + 1];
        double square = 0;
        for (; from < end; from++) {
            uint32_t at = f->feature[from] < RA_NGRAM_BUCKETS ? place[f->feature[from]] : ABSENT;
            if (at == ABSENT)
                continue;
            f->feature[to] = at;
            f->value[to] = (1 + logf(f->value[from])) * idf[at];
            square += (double)f->value[to] * (double)f->value[to];
            to++;
        }
        float scale = square > 0 ? (float)(1 / sqrt(square)) : 0;
        for (size_t k = first; k < to; k++)
            f->value[k] *= scale;
        f->start[row + 1] = to;
    }
}

static void start_basis(state *s, size_t used)
{
    s->idf = ra_alloc(used + 1, sizeof *s->idf);
    s->basis = ra_alloc(used * s->dimension + 1, sizeof *s->basis);
    s->place = ra_alloc(RA_NGRAM_BUCKETS, sizeof *s->place);
    for (size_t f = 0; f < RA_NGRAM_BUCKETS; f++)
        s->place[f] = ABSENT;
}

/* Features that are rare have nothing in common with others; how rare grows with the texts. */
static size_t choose_features(state *s, const ra_features *counts)
{
    uint32_t *texts = ra_alloc(RA_NGRAM_BUCKETS, sizeof *texts);
    size_t least = counts->rows / TEXTS_PER_USE > 2 ? counts->rows / TEXTS_PER_USE : 2, used = 0;
    for (size_t k = 0; k < counts->start[counts->rows]; k++)
        if (counts->feature[k] < RA_NGRAM_BUCKETS)
            texts[counts->feature[k]]++;
    for (size_t f = 0; f < RA_NGRAM_BUCKETS; f++)
        used += texts[f] >= least;
    start_basis(s, used);
    used = 0;
    for (size_t f = 0; f < RA_NGRAM_BUCKETS; f++) {
        if (texts[f] < least)
            continue;
        s->idf[used] = (float)(1 + log((1.0 + (double)counts->rows) / (1.0 + (double)texts[f])));
        s->place[f] = (uint32_t)used++;
    }
    free(texts);
    return used;
}

/* float32 to its upper half, rounded to nearest; and back. */
static uint16_t upper_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x8000) >> 16);
}

static float from_half(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void pack(const state *s, size_t used, ra_buf *out)
{
    header h = {VERSION, (uint32_t)s->dimension, (uint32_t)used};
    uint32_t *numbers = ra_alloc(used + 1, sizeof *numbers);
    uint16_t *halves = ra_alloc(used * s->dimension + 1, sizeof *halves);
    for (uint32_t f = 0; f < RA_NGRAM_BUCKETS; f++)
        if (s->place[f] != ABSENT)
            numbers[s->place[f]] = f;
    for (size_t i = 0; i < used * s->dimension; i++)
        halves[i] = upper_half(s->basis[i]);
    ra_buf_add(out, (const char *)&h, sizeof h);
    ra_buf_add(out, (const char *)numbers, used * sizeof *numbers);
    ra_buf_add(out, (const char *)s->idf, used * sizeof *s->idf);
    ra_buf_add(out, (const char *)halves, used * s->dimension * sizeof *halves);
    free(numbers);
    free(halves);
}

static bool unpack(state *s, const char *bytes, size_t length)
{
    header h;
    if (length < sizeof h)
        return false;
    memcpy(&h, bytes, sizeof h);
    size_t each = sizeof(uint32_t) + sizeof(float) + s->dimension * sizeof(uint16_t);
    if (h.version != VERSION || h.dimension != s->dimension || h.used > RA_NGRAM_BUCKETS ||
        length != sizeof h + h.used * each)
        return false;
    const char *numbers = bytes + sizeof h, *idf = numbers + h.used * sizeof(uint32_t);
    const char *halves = idf + h.used * sizeof(float);
    start_basis(s, h.used);
    memcpy(s->idf, idf, h.used * sizeof(float));
    for (uint32_t i = 0; i < h.used; i++) {
        uint32_t f;
        memcpy(&f, numbers + i * sizeof f, sizeof f);
        if (f >= RA_NGRAM_BUCKETS || s->place[f] != ABSENT || !isfinite(s->idf[i]))
            return false;
        s->place[f] = i;
    }
    for (size_t i = 0; i < h.used * s->dimension; i++) {
        uint16_t half;
        memcpy(&half, halves + i * sizeof half, sizeof half);
        s->basis[i] = from_half(half);
    }
    return true;
}

static bool restore(void *context, const void *learned, size_t length, ra_error *err)
{
    state *s = context;
    forget(s);
    return unpack(s, learned, length) ||
           ra_fail(err, RA_ERR_INPUT, "lsa", 0, "what it learned of n-grams is damaged",
                   "train the model again");
}

static void fit(void *context, const ra_embed_text *texts, size_t count, ra_buf *learned)
{
    state *s = context;
    ra_features features;
    forget(s);
    if (!s->memo)
        s->memo = ra_ngram_memo_new();
    count_texts(s, texts, count, &features);
    size_t used = choose_features(s, &features), from = learned->length;
    keep_used(&features, s->place, s->idf);
    ra_lsa_basis(&features, used, s->dimension, 0, s->basis);
    ra_features_release(&features);
    pack(s, used, learned);
    /* the numbers as a reader of the model will have them */
    forget(s);
    bool same = unpack(s, learned->text + from, learned->length - from);
    (void)same;
}

/* --- embedding --- */

typedef struct job {
    const state *state;
    const ra_features *features;
    float *vectors;
} job;

static void embed_row(size_t row, void *context)
{
    const job *j = context;
    size_t d = j->state->dimension;
    float *out = j->vectors + row * d;
    memset(out, 0, d * sizeof *out);
    for (size_t k = j->features->start[row]; k < j->features->start[row + 1]; k++) {
        const float *basis = j->state->basis + j->features->feature[k] * d;
        for (size_t i = 0; i < d; i++)
            out[i] += j->features->value[k] * basis[i];
    }
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    const state *s = context;
    if (!s->place)
        return ra_fail(err, RA_ERR_INPUT, "lsa", 0, "it has not learned from any texts",
                       "use it where something is trained");
    ra_features features;
    count_texts(s, texts, count, &features);
    keep_used(&features, s->place, s->idf);
    job j = {s, &features, vectors};
    ra_parallel_for(count, 0, embed_row, &j);
    ra_features_release(&features);
    return true;
}

static void share(void *context, ra_ngram_memo *memo)
{
    state *s = context;
    s->memo = memo;
    s->shared = true;
}

extern const ra_embedder_kind ra_embedder_lsa;
const ra_embedder_kind ra_embedder_lsa = {
    .name = "lsa",
    .summary = "lsa[:DIMENSION], topics of the prompts it is fitted to; needs no files",
    .open = open_lsa,
    .embed = embed,
    .close = close_lsa,
    .fit = fit,
    .restore = restore,
    .share = share};
