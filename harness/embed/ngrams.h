/* N-gram features of a text: no download, no training but counting in how many texts each occurs.
 *
 * The text is lower-cased and cut into tokens: runs of letters, digits and combining marks, and
 * every other visible character alone. Features are runs of 1 and 2 tokens, and runs of 3 to 5
 * characters inside a token with its edges marked. Each is hashed to one of RA_NGRAM_BUCKETS
 * numbers; bytes that are not UTF-8 count as characters.
 *
 * The value of a feature is (1 + ln count) * idf, idf = 1 + ln((1 + n) / (1 + texts with it)), and
 * each family, token runs and character runs, is scaled so that a row has length 1 and token runs
 * make up RA_NGRAM_WORDS of it.
 * (The formulas are scikit-learn's TfidfVectorizer with sublinear_tf.)
 */
#ifndef RA_EMBED_NGRAMS_H
#define RA_EMBED_NGRAMS_H

#include "base/text.h"

#define RA_NGRAM_BUCKETS ((size_t)1 << 17) /* per family; numbers go up to twice this */
#define RA_NGRAM_WORDS 0.8                 /* share of token runs in a row's squared length */

/* Rows of (feature, value), each row's features rising. Zero-initialise. */
typedef struct ra_features {
    size_t rows;
    size_t *start;     /* rows + 1 */
    uint32_t *feature; /* start[rows] */
    float *value;      /* start[rows] */
} ra_features;

/* Counts that were made before, by text: the folds of one training share most of their texts, and
 * so do the stages of a study. Any thread may use it. It keeps texts of `room` bytes in all, and
 * some 30 bytes of counts for each of them; what comes later is counted every time. */
typedef struct ra_ngram_memo ra_ngram_memo;
ra_ngram_memo *ra_ngram_memo_new(void); /* room: RA_MAX_NGRAM_MEMO */
ra_ngram_memo *ra_ngram_memo_sized(size_t room);
void ra_ngram_memo_free(ra_ngram_memo *memo); /* NULL is fine */

/* Counts the features of every text; values are the counts. With a memo (NULL = none) only texts
 * that it has not are counted, and it keeps them. */
void ra_ngrams_count(const char *const *texts, size_t count, ra_ngram_memo *memo, int threads,
                     ra_features *out);
void ra_features_release(ra_features *features);

/* What the idf is made of, in few bytes, appended to out: the number of texts, and how many of them
 * have each feature (numbers in groups of 7 bits, the lowest first, the top bit set on all but the
 * last of a number: one byte for most). */
void ra_ngrams_pack(const ra_features *counts, ra_buf *out);
/* The idf of every feature number (2 * RA_NGRAM_BUCKETS); free() it. A feature that no text has
 * gets the idf of one that none has. NULL if the bytes are not what ra_ngrams_pack wrote. */
float *ra_ngrams_idf(const void *packed, size_t length);

/* Turns counts into values as above. idf may be NULL: all 1. */
void ra_ngrams_weigh(ra_features *features, const float *idf);

/* Adds each row to a vector of `dimension` numbers: feature f goes to place hash(f) mod dimension
 * with a sign from the hash (Weinberger et al. 2009). vectors (rows, dimension), scaled to 1. */
void ra_features_project(const ra_features *features, size_t dimension, float *vectors);

#endif
