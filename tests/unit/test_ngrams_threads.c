/* Counts of n-grams: the same with a memo, which threads share, and packed to an idf and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "embed/ngrams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 5, ROUNDS = 8 };
static const char *const texts[TEXTS] = {"What is a prime number?", "", "prime prime PRIME",
                                         "Na\xc3\xafve \xff bytes", "What is a prime number?"};

static void assert_same(const ra_features *a, const ra_features *b)
{
    assert_int_equal(a->rows, b->rows);
    assert_memory_equal(a->start, b->start, (a->rows + 1) * sizeof *a->start);
    assert_memory_equal(a->feature, b->feature, a->start[a->rows] * sizeof *a->feature);
    assert_memory_equal(a->value, b->value, a->start[a->rows] * sizeof *a->value);
}

typedef struct round_of {
    ra_ngram_memo *memo;
    ra_features found[ROUNDS];
} round_of;

static void count_some(size_t index, void *context)
{
    round_of *r = context;
    size_t from = index % TEXTS;
    ra_ngrams_count(texts + from, TEXTS - from, r->memo, 1, &r->found[index]);
}

/* Of a memo with room for all texts, for some, and for none. */
static void check_memo(size_t room)
{
    round_of r = {.memo = ra_ngram_memo_sized(room)};
    ra_parallel_for(ROUNDS, 4, count_some, &r);
    for (size_t i = 0; i < ROUNDS; i++) {
        ra_features plain;
        ra_ngrams_count(texts + i % TEXTS, TEXTS - i % TEXTS, NULL, 1, &plain);
        assert_same(&plain, &r.found[i]);
        ra_features_release(&plain);
        ra_features_release(&r.found[i]);
    }
    ra_ngram_memo_free(r.memo);
}

static void memo_changes_nothing(void **state)
{
    (void)state;
    check_memo(RA_MAX_NGRAM_MEMO);
    check_memo(strlen(texts[0]) + strlen(texts[1]) + 2);
    check_memo(0);
}

static void packed_and_back(void **state)
{
    (void)state;
    enum { MANY = 300 }; /* a number that takes two bytes */
    const char *many[MANY];
    ra_features counts;
    ra_buf packed = {0};
    for (size_t i = 0; i < MANY; i++)
        many[i] = i < MANY - 1 ? "same" : "other";
    ra_ngrams_count(many, MANY, NULL, 1, &counts);
    ra_ngrams_pack(&counts, &packed);
    float *idf = ra_ngrams_idf(packed.text, packed.length);
    assert_non_null(idf);
    float *expected = ra_alloc(2 * RA_NGRAM_BUCKETS, sizeof *expected);
    for (size_t f = 0; f < 2 * RA_NGRAM_BUCKETS; f++)
        expected[f] = 1 + logf((float)(1 + MANY));
    for (size_t row = 0; row < MANY; row += MANY - 1)
        for (size_t i = counts.start[row]; i < counts.start[row + 1]; i++)
            expected[counts.feature[i]] =
                1 + logf((float)(1 + MANY) / (row == 0 ? (float)MANY : 2));
    assert_memory_equal(idf, expected, 2 * RA_NGRAM_BUCKETS * sizeof *idf);
    free(idf);
    free(expected);
    assert_null(ra_ngrams_idf(packed.text, packed.length - 1));
    assert_null(ra_ngrams_idf(packed.text, 0));
    ra_buf_putc(&packed, 0);
    assert_null(ra_ngrams_idf(packed.text, packed.length));
    packed.text[0] = 1; /* fewer texts than have a feature */
    assert_null(ra_ngrams_idf(packed.text, packed.length - 1));
    memset(packed.text, 0xff, packed.length);
    assert_null(ra_ngrams_idf(packed.text, packed.length));
    ra_buf_release(&packed);
    ra_features_release(&counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memo_changes_nothing),
                                       cmocka_unit_test(packed_and_back)};
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
