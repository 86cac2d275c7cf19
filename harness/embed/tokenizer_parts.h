/* Inside a tokenizer: what tokenizer_read.c fills from files and tokenizer.c runs.
 *
 *     text -> pieces between added tokens -> normalizer -> pre-tokenizer -> model -> ids
 */
#ifndef RA_EMBED_TOKENIZER_PARTS_H
#define RA_EMBED_TOKENIZER_PARTS_H

#include "base/memory.h"
#include "base/text.h"
#include "embed/charsmap.h"
#include "embed/merges.h"
#include "embed/tokenizer.h"
#include "embed/trie.h"

/* Ids as they are made; when the room is used up the rest of the text need not be looked at. */
typedef struct ra_ids {
    int32_t *ids;
    size_t count, room;
} ra_ids;

static inline void ra_ids_add(ra_ids *out, int32_t id)
{
    if (out->count < out->room)
        out->ids[out->count++] = id;
}

/* --- normalizer --- */

typedef enum ra_normal_kind {
    RA_NORMAL_BERT,     /* flags below */
    RA_NORMAL_CHARSMAP, /* SentencePiece's table */
    RA_NORMAL_FORM,     /* Unicode normal form: utf8proc options in `form` */
    RA_NORMAL_LOWER,
    RA_NORMAL_REPLACE, /* every match of a pattern, or of a plain text, by `content` */
} ra_normal_kind;

typedef struct ra_normal_step {
    ra_normal_kind kind;
    bool clean, chinese, accents, lower;
    ra_charsmap charsmap;
    int form;
    struct pcre2_real_code_8 *pattern;
    const char *content;
} ra_normal_step;

/* Of a step of RA_NORMAL_REPLACE; NULL is fine. */
void ra_pattern_free(struct pcre2_real_code_8 *pattern);
void ra_normal_apply(const ra_normal_step *steps, size_t count, const char *text, size_t length,
                     ra_buf *out);

/* --- pre-tokenizer --- */

typedef enum ra_split_kind {
    RA_SPLIT_BERT,  /* at white space and round punctuation */
    RA_SPLIT_SPACE, /* at white space */
    RA_SPLIT_META,  /* spaces become "replacement", pieces begin with it */
    RA_SPLIT_BYTES, /* GPT-2's runs of letters, digits and others with a space before */
} ra_split_kind;

typedef struct ra_split_step {
    ra_split_kind kind;
    const char *replacement;                  /* META: a character */
    bool prefix_always, prefix_first, pieces; /* META: in front of every text, of the first;
                                                  whether to split at all */
    bool space_before;                        /* BYTES: a space in front of every text */
    bool runs;                                /* BYTES: whether to split at all */
} ra_split_step;

/* --- models --- */

typedef enum ra_model_kind { RA_WORDPIECE, RA_UNIGRAM, RA_BPE } ra_model_kind;

typedef struct ra_vocabulary {
    ra_model_kind kind;
    size_t size;  /* largest id + 1 */
    ra_trie trie; /* WORDPIECE, UNIGRAM: of all tokens */
    int32_t unknown;
    uint32_t inside; /* WORDPIECE: node of "##", 0 = no token begins so */
    size_t longest;  /* WORDPIECE: characters of a word that is not unknown for its length */
    double *scores;  /* UNIGRAM: by id */
    double unknown_score;
    ra_merges merges; /* BPE */
} ra_vocabulary;

/* Memory that one text needs while it is encoded. Zero-initialise. */
typedef struct ra_scratch {
    ra_buf normal, meta;
    struct ra_best *best;
    size_t best_room;
    ra_merge_scratch merge;
} ra_scratch;

void ra_wordpiece_encode(const ra_vocabulary *v, const char *word, size_t length, ra_ids *out);
void ra_unigram_encode(const ra_vocabulary *v, const char *text, size_t length, ra_scratch *scratch,
                       ra_ids *out);

/* Splits the text by the steps and hands every piece to the model. `first`: it is the start of the
 * whole. */
typedef struct ra_splitter {
    const ra_split_step *steps;
    size_t count;
    const ra_vocabulary *vocabulary;
    ra_scratch *scratch;
    ra_ids *out;
} ra_splitter;
void ra_split(const ra_splitter *s, size_t step, const char *text, size_t length, bool first);

/* --- added tokens: found in the text before anything else --- */

typedef struct ra_added {
    const char *content; /* normalized, if `normalized` */
    int32_t id;
    bool single_word, strip_left, strip_right, normalized;
} ra_added;

/* Those of one sort: looked for in the text as it is, or in the normalized text. */
typedef struct ra_added_set {
    ra_trie trie; /* value: index into `added` of the tokenizer */
    bool first[256];
    bool any;
} ra_added_set;

struct ra_tokenizer {
    ra_normal_step *normal;
    size_t normal_count;
    ra_split_step *split;
    size_t split_count;
    ra_vocabulary vocabulary;
    ra_added *added;
    size_t added_count;
    ra_added_set raw, normalized;
    int32_t *before, *after; /* special tokens round every text */
    size_t before_count, after_count;
    int32_t pad;
    size_t size;
    ra_arena arena;
};

#endif
