/* Byte-level BPE (Sennrich et al. 2016, as in GPT-2): a word is a row of bytes; the neighbours
 * whose merge was learned first are joined, the left ones of equals first, until none can be. */
#ifndef RA_EMBED_MERGES_H
#define RA_EMBED_MERGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RA_NO_PAIR UINT64_MAX

typedef struct ra_merge {
    uint64_t pair; /* left id << 32 | right id; RA_NO_PAIR = free */
    uint32_t rank; /* in the order of learning */
    int32_t id;    /* what they become */
} ra_merge;

typedef struct ra_merges {
    ra_merge *table; /* open addressing; capacity is a power of two */
    size_t count, capacity;
    int32_t bytes[256]; /* ids of the single bytes */
} ra_merges;

/* Room for `count` merges; `bytes` is the caller's to fill. */
void ra_merges_init(ra_merges *merges, size_t count);
/* The next merge by rank; false when the pair is there already. */
bool ra_merges_add(ra_merges *merges, int32_t left, int32_t right, int32_t id);
void ra_merges_release(ra_merges *merges);

/* Memory for encoding. Zero-initialise; the owner frees both arrays. */
typedef struct ra_merge_scratch {
    struct ra_symbol *symbols;
    struct ra_candidate *heap;
    size_t symbols_room, heap_room;
} ra_merge_scratch;

/* Adds the ids of a word's tokens (embed/tokenizer_parts.h). */
struct ra_ids;
void ra_merges_encode(const ra_merges *merges, const char *word, size_t length,
                      ra_merge_scratch *scratch, struct ra_ids *out);

#endif
