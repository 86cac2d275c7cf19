#include "embed/ngrams.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* --- tokens --- */

enum { WORDS_MOST = 2, CHARACTERS_LEAST = 3, CHARACTERS_MOST = 5 };

typedef struct counter {
    uint32_t *found; /* feature numbers, one for each occurrence */
    size_t count, capacity;
    uint64_t previous; /* hash of the token before, 0 = none */
    int32_t *token;    /* code points of the token being read */
    size_t length, room;
} counter;

/* SplitMix64's finaliser: every bit of the result depends on every bit of x. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

static uint64_t hash_points(const int32_t *points, size_t count, uint64_t seed)
{
    uint64_t h = seed;
    for (size_t i = 0; i < count; i++)
        h = mix(h * 31 + (uint64_t)(uint32_t)points[i] + 1);
    return h;
}

static void add(counter *c, uint64_t hash, size_t family)
{
    ra_grow(&c->found, &c->capacity, c->count + 1, sizeof *c->found);
    c->found[c->count++] = (uint32_t)(hash % RA_NGRAM_BUCKETS + family * RA_NGRAM_BUCKETS);
}

/* Runs of characters inside the token, with a space before and after it. */
static void add_characters(counter *c)
{
    for (size_t n = CHARACTERS_LEAST; n <= CHARACTERS_MOST; n++)
        for (size_t from = 0; from + n <= c->length; from++)
            add(c, hash_points(c->token + from, n, n), 1);
}

static void push(counter *c, int32_t point)
{
    ra_grow(&c->token, &c->room, c->length + 2, sizeof *c->token);
    c->token[c->length++] = point;
}

static void end_token(counter *c)
{
    if (c->length == 1) /* the leading space alone */
        return;
    uint64_t word = hash_points(c->token + 1, c->length - 1, 0);
    add(c, word, 0);
    if (c->previous)
        add(c, mix(c->previous ^ mix(word + 1)), 0);
    c->previous = word;
    push(c, ' ');
    add_characters(c);
    c->length = 1;
}

static bool is_one_of(int32_t point, unsigned categories)
{
    return categories >> (unsigned)utf8proc_category(point) & 1;
}

/* Letters, digits and the marks that combine with them. */
static bool is_word(int32_t point)
{
    const unsigned words = 1U << UTF8PROC_CATEGORY_LU | 1U << UTF8PROC_CATEGORY_LL |
                           1U << UTF8PROC_CATEGORY_LT | 1U << UTF8PROC_CATEGORY_LM |
                           1U << UTF8PROC_CATEGORY_LO | 1U << UTF8PROC_CATEGORY_MN |
                           1U << UTF8PROC_CATEGORY_MC | 1U << UTF8PROC_CATEGORY_ND |
                           1U << UTF8PROC_CATEGORY_NL | 1U << UTF8PROC_CATEGORY_NO;
    return point == '_' || is_one_of(point, words);
}

static bool is_space(int32_t point)
{
    const unsigned spaces = 1U << UTF8PROC_CATEGORY_ZS | 1U << UTF8PROC_CATEGORY_ZL |
                            1U << UTF8PROC_CATEGORY_ZP | 1U << UTF8PROC_CATEGORY_CC;
    return is_one_of(point, spaces);
}

static void read_text(counter *c, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t left = strlen(text);
    c->count = c->previous = c->length = 0;
    push(c, ' ');
    while (left > 0) {
        size_t length = ra_utf8_length(s, left);
        int32_t point = length ? (int32_t)ra_utf8_code((const char *)s, length) : 0xfffd;
        length += length == 0;
        s += length;
        left -= length;
        bool word = is_word(point);
        if (!word)
            end_token(c);
        if (!is_space(point))
            push(c, utf8proc_tolower(point));
        if (!word)
            end_token(c);
    }
    end_token(c);
}

/* --- counting --- */

/* The counted features of one text. */
typedef struct row {
    uint32_t *feature;
    float *value;
    size_t count;
} row;

typedef struct counting {
    const char *const *texts;
    row *rows;
    bool *known; /* rows that are the memo's */
} counting;

/* Sorts feature numbers by their lower and then their upper half: five times as fast as qsort on
 * the thousands of short rows that a benchmark has. scratch: as long as found. */
static void sort_features(uint32_t *found, size_t count, uint32_t *scratch)
{
    enum { HALF = 9, VALUES = 1 << HALF };
    _Static_assert(2 * RA_NGRAM_BUCKETS <= (size_t)VALUES * VALUES, "two halves hold a number");
    uint32_t *from = found, *to = scratch;
    for (unsigned shift = 0; shift <= HALF; shift += HALF) {
        size_t start[VALUES + 1] = {0};
        for (size_t i = 0; i < count; i++)
            start[(from[i] >> shift) % VALUES + 1]++;
        for (size_t v = 0; v < VALUES; v++)
            start[v + 1] += start[v];
        for (size_t i = 0; i < count; i++)
            to[start[(from[i] >> shift) % VALUES]++] = from[i];
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
}

/* Sorted occurrences to rising features with counts. */
static size_t merge(const uint32_t *found, size_t count, uint32_t *feature, float *value)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (n > 0 && feature[n - 1] == found[i]) {
            value[n - 1] += 1;
        } else {
            feature[n] = found[i];
            value[n++] = 1;
        }
    return n;
}

static void count_text(size_t index, void *context)
{
    counting *all = context;
    counter c = {0};
    row *r = &all->rows[index];
    read_text(&c, all->texts[index]);
    r->feature = ra_alloc(c.count + 1, sizeof *r->feature);
    sort_features(c.found, c.count, r->feature);
    r->value = ra_alloc(c.count + 1, sizeof *r->value);
    r->count = merge(c.found, c.count, r->feature, r->value);
    free(c.found);
    free(c.token);
}

static void free_rows(row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].feature);
        free(rows[i].value);
    }
}

/* --- memo --- */

struct ra_ngram_memo {
    pthread_mutex_t lock;
    ra_map index; /* of texts in the arena */
    row *rows;
    size_t count, room;
    size_t left; /* bytes of texts that it has room for */
    ra_arena arena;
};

ra_ngram_memo *ra_ngram_memo_new(void)
{
    return ra_ngram_memo_sized(RA_MAX_NGRAM_MEMO);
}

ra_ngram_memo *ra_ngram_memo_sized(size_t room)
{
    ra_ngram_memo *memo = ra_alloc(1, sizeof *memo);
    memo->left = room;
    pthread_mutex_init(&memo->lock, NULL);
    return memo;
}

void ra_ngram_memo_free(ra_ngram_memo *memo)
{
    if (!memo)
        return;
    free_rows(memo->rows, memo->count);
    free(memo->rows);
    ra_map_release(&memo->index);
    ra_arena_release(&memo->arena);
    pthread_mutex_destroy(&memo->lock);
    free(memo);
}

/* The text is now one of the memo's, whose counts are still to be made; false: it is full. */
static bool keep(ra_ngram_memo *memo, const char *text, size_t index, const char **kept)
{
    size_t length = strlen(text);
    if (length >= memo->left)
        return false;
    memo->left -= length + 1;
    *kept = ra_arena_strdup(&memo->arena, text);
    ra_map_add(&memo->index, *kept, index);
    return true;
}

static void count_missing(ra_ngram_memo *memo, const char *const *texts, size_t count, int threads)
{
    const char **missing = ra_alloc(count, sizeof *missing);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (ra_map_get(&memo->index, texts[i]) == RA_MAP_NONE)
            n += keep(memo, texts[i], memo->count + n, &missing[n]);
    }
    ra_grow(&memo->rows, &memo->room, memo->count + n, sizeof *memo->rows);
    counting all = {missing, memo->rows + memo->count, NULL};
    ra_parallel_for(n, threads, count_text, &all);
    memo->count += n;
    free(missing);
}

/* Rows that the memo owns, which stay as they are, and empty ones where it has none. */
static void look_up(ra_ngram_memo *memo, const char *const *texts, size_t count, int threads,
                    row *rows)
{
    pthread_mutex_lock(&memo->lock);
    count_missing(memo, texts, count, threads);
    for (size_t i = 0; i < count; i++) {
        size_t at = ra_map_get(&memo->index, texts[i]);
        rows[i] = at == RA_MAP_NONE ? (row){0} : memo->rows[at];
    }
    pthread_mutex_unlock(&memo->lock);
}

static void count_unless_known(size_t index, void *context)
{
    counting *all = context;
    if (!all->rows[index].feature)
        count_text(index, context);
    else
        all->known[index] = true;
}

void ra_ngrams_count(const char *const *texts, size_t count, ra_ngram_memo *memo, int threads,
                     ra_features *out)
{
    row *rows = ra_alloc(count, sizeof *rows);
    counting all = {texts, rows, ra_alloc(count, sizeof *all.known)};
    if (memo)
        look_up(memo, texts, count, threads, rows);
    ra_parallel_for(count, threads, count_unless_known, &all);
    *out = (ra_features){.rows = count, .start = ra_alloc(count + 1, sizeof *out->start)};
    for (size_t i = 0; i < count; i++)
        out->start[i + 1] = out->start[i] + rows[i].count;
    out->feature = ra_alloc(out->start[count] + 1, sizeof *out->feature);
    out->value = ra_alloc(out->start[count] + 1, sizeof *out->value);
    for (size_t i = 0; i < count; i++) {
        memcpy(out->feature + out->start[i], rows[i].feature, rows[i].count * sizeof *out->feature);
        memcpy(out->value + out->start[i], rows[i].value, rows[i].count * sizeof *out->value);
    }
    for (size_t i = 0; i < count; i++)
        if (!all.known[i])
            free_rows(&rows[i], 1);
    free(all.known);
    free(rows);
}

void ra_features_release(ra_features *features)
{
    free(features->start);
    free(features->feature);
    free(features->value);
    *features = (ra_features){0};
}

/* --- weights --- */

static void put_number(ra_buf *out, size_t number)
{
    for (; number > 127; number >>= 7)
        ra_buf_putc(out, (char)((number & 127) | 128));
    ra_buf_putc(out, (char)number);
}

void ra_ngrams_pack(const ra_features *counts, ra_buf *out)
{
    size_t *with = ra_alloc(2 * RA_NGRAM_BUCKETS, sizeof *with);
    for (size_t i = 0; i < counts->start[counts->rows]; i++)
        with[counts->feature[i]]++;
    put_number(out, counts->rows);
    for (size_t f = 0; f < 2 * RA_NGRAM_BUCKETS; f++)
        put_number(out, with[f]);
    free(with);
}

/* False at the end of the bytes, and for numbers of more than 4 groups. */
static bool get_number(const unsigned char **at, const unsigned char *end, size_t *number)
{
    *number = 0;
    for (unsigned shift = 0; *at < end && shift < 28; shift += 7) {
        unsigned char byte = *(*at)++;
        *number |= (size_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

float *ra_ngrams_idf(const void *packed, size_t length)
{
    const unsigned char *at = packed, *end = at + length;
    size_t texts, with = 0, f = 0;
    if (!get_number(&at, end, &texts))
        return NULL;
    float *idf = ra_alloc(2 * RA_NGRAM_BUCKETS, sizeof *idf);
    for (; f < 2 * RA_NGRAM_BUCKETS && get_number(&at, end, &with) && with <= texts; f++)
        idf[f] = 1 + logf((1 + (float)texts) / (1 + (float)with));
    if (f == 2 * RA_NGRAM_BUCKETS && at == end)
        return idf;
    free(idf);
    return NULL;
}

/* Scales features from..to-1 so that their squares add up to `share`. */
static void scale(const ra_features *features, size_t from, size_t to, double share)
{
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += (double)features->value[i] * (double)features->value[i];
    float factor = sum > 0 ? (float)sqrt(share / sum) : 0;
    for (size_t i = from; i < to; i++)
        features->value[i] *= factor;
}

typedef struct weighing {
    ra_features *features;
    const float *idf;
} weighing;

static void weigh_row(size_t r, void *context)
{
    const weighing *w = context;
    ra_features *features = w->features;
    size_t from = features->start[r], to = features->start[r + 1], middle = from;
    for (size_t i = from; i < to; i++) {
        float weight = w->idf ? w->idf[features->feature[i]] : 1;
        features->value[i] = (1 + logf(features->value[i])) * weight;
        middle += features->feature[i] < RA_NGRAM_BUCKETS;
    }
    scale(features, from, middle, RA_NGRAM_WORDS);
    scale(features, middle, to, 1 - RA_NGRAM_WORDS);
}

void ra_ngrams_weigh(ra_features *features, const float *idf)
{
    weighing w = {features, idf};
    ra_parallel_for(features->rows, 0, weigh_row, &w);
}

typedef struct projection {
    const ra_features *features;
    size_t dimension;
    float *vectors;
} projection;

static void project_row(size_t r, void *context)
{
    const projection *p = context;
    const ra_features *features = p->features;
    float *vector = p->vectors + r * p->dimension;
    memset(vector, 0, p->dimension * sizeof *vector);
    for (size_t i = features->start[r]; i < features->start[r + 1]; i++) {
        uint64_t h = mix(features->feature[i] + 1);
        float sign = h >> 63 ? 1 : -1;
        vector[h % p->dimension] += sign * features->value[i];
    }
}

void ra_features_project(const ra_features *features, size_t dimension, float *vectors)
{
    projection p = {features, dimension, vectors};
    ra_parallel_for(features->rows, 0, project_row, &p);
}
