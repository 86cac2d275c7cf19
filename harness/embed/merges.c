#include "embed/merges.h"

#include "base/memory.h"
#include "embed/tokenizer_parts.h"

#include <stdlib.h>

/* Tokens of a word as a list; a token that was joined to its left neighbour is gone. */
typedef struct ra_symbol {
    int32_t id; /* -1 = gone */
    uint32_t before, behind;
} symbol;

#define NONE UINT32_MAX

/* A pair that can be merged: token `at` and the one behind it. */
typedef struct ra_candidate {
    uint32_t rank, at;
    int32_t id;
} candidate;

static uint64_t pair_of(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

static size_t place_of(const ra_merges *m, uint64_t pair)
{
    uint64_t h = pair * 0x9e3779b97f4a7c15ULL;
    size_t at = (size_t)(h >> 32) & (m->capacity - 1);
    while (m->table[at].pair != RA_NO_PAIR && m->table[at].pair != pair)
        at = (at + 1) & (m->capacity - 1);
    return at;
}

void ra_merges_init(ra_merges *merges, size_t count)
{
    merges->capacity = 16;
    while (merges->capacity < 2 * count)
        merges->capacity *= 2;
    merges->table = ra_alloc(merges->capacity, sizeof *merges->table);
    for (size_t i = 0; i < merges->capacity; i++)
        merges->table[i].pair = RA_NO_PAIR;
}

bool ra_merges_add(ra_merges *merges, int32_t left, int32_t right, int32_t id)
{
    size_t at = place_of(merges, pair_of(left, right));
    if (merges->table[at].pair != RA_NO_PAIR)
        return false;
    merges->table[at] = (ra_merge){pair_of(left, right), (uint32_t)merges->count++, id};
    return true;
}

void ra_merges_release(ra_merges *merges)
{
    free(merges->table);
    *merges = (ra_merges){0};
}

static bool comes_first(candidate a, candidate b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.at < b.at;
}

static void push(ra_merge_scratch *s, size_t *count, candidate c)
{
    ra_grow(&s->heap, &s->heap_room, *count + 1, sizeof *s->heap);
    size_t at = (*count)++;
    for (size_t up; at > 0 && comes_first(c, s->heap[up = (at - 1) / 2]); at = up)
        s->heap[at] = s->heap[up];
    s->heap[at] = c;
}

static candidate pop(ra_merge_scratch *s, size_t *count)
{
    candidate top = s->heap[0], last = s->heap[--*count];
    size_t at = 0;
    for (size_t down; (down = 2 * at + 1) < *count; at = down) {
        down += down + 1 < *count && comes_first(s->heap[down + 1], s->heap[down]);
        if (!comes_first(s->heap[down], last))
            break;
        s->heap[at] = s->heap[down];
    }
    s->heap[at] = last;
    return top;
}

static void consider(const ra_merges *m, ra_merge_scratch *s, size_t *count, uint32_t at)
{
    uint32_t behind = at == NONE ? NONE : s->symbols[at].behind;
    if (behind == NONE)
        return;
    const ra_merge *merge =
        &m->table[place_of(m, pair_of(s->symbols[at].id, s->symbols[behind].id))];
    if (merge->pair != RA_NO_PAIR)
        push(s, count, (candidate){merge->rank, at, merge->id});
}

/* Whether the pair at the candidate's place still becomes what it promised. */
static bool still_there(const ra_merges *m, const ra_merge_scratch *s, candidate c)
{
    const symbol *left = &s->symbols[c.at];
    if (left->id < 0 || left->behind == NONE)
        return false;
    const ra_merge *merge = &m->table[place_of(m, pair_of(left->id, s->symbols[left->behind].id))];
    return merge->pair != RA_NO_PAIR && merge->id == c.id;
}

static void join(ra_merge_scratch *s, candidate c)
{
    symbol *left = &s->symbols[c.at], *right = &s->symbols[left->behind];
    left->id = c.id;
    left->behind = right->behind;
    right->id = -1;
    if (left->behind != NONE)
        s->symbols[left->behind].before = c.at;
}

void ra_merges_encode(const ra_merges *merges, const char *word, size_t length,
                      ra_merge_scratch *scratch, ra_ids *out)
{
    size_t candidates = 0;
    if (length == 0)
        return;
    ra_grow(&scratch->symbols, &scratch->symbols_room, length, sizeof *scratch->symbols);
    for (size_t i = 0; i < length; i++)
        scratch->symbols[i] =
            (symbol){merges->bytes[(unsigned char)word[i]], i ? (uint32_t)(i - 1) : NONE,
                     i + 1 < length ? (uint32_t)(i + 1) : NONE};
    for (size_t i = 0; i < length; i++)
        consider(merges, scratch, &candidates, (uint32_t)i);
    while (candidates > 0) {
        candidate c = pop(scratch, &candidates);
        if (!still_there(merges, scratch, c))
            continue;
        join(scratch, c);
        consider(merges, scratch, &candidates, scratch->symbols[c.at].before);
        consider(merges, scratch, &candidates, c.at);
    }
    for (uint32_t at = 0; at != NONE; at = scratch->symbols[at].behind)
        ra_ids_add(out, scratch->symbols[at].id);
}
