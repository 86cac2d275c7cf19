/* Every grading rule on answers of each kind. tests/peers/graders.py holds them against a second
 * implementation on whole recordings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "benchmarks/benchmark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NONE (-1) /* no score */

typedef struct row {
    const char *grader, *reference, *output;
    double score;
    const char *extracted; /* NULL: nothing */
} row;

static const row gsm8k[] = {
    /* what reads 20.00 as 0, and what does not */
    {"routellm", "x\n#### 20", "It is $20.00.", 0, "0"},
    {"numeric", "x\n#### 20", "It is $20.00.", 1, "20"},
    {"simple-evals", "x\n#### 20", "It is $20.00.", 1, "20"},
    {"lm-eval-flexible", "x\n#### 20", "It is $20.00.", 0, "20.00"},
    {"helm", "x\n#### 20", "It is $20.00.", 0, "20.00"},
    {"llmrouter", "x\n#### 20", "It is 20.00", 0, "2000"},
    /* thousands */
    {"routellm", "#### 1250", "so 1,250 dollars", 1, "1250"},
    {"numeric", "#### 1,250", "so 1250 dollars", 1, "1250"},
    {"numeric", "#### 1176000", "1,176,000.", 1, "1176000"},
    {"helm", "#### 1,250", "so 1,250 dollars", 1, "1250"},
    {"simple-evals", "#### 1,250", "so 1,250 dollars", 1, "1250"},
    {"lm-eval-flexible", "#### 1250", "so 1,250", 1, "1250"},
    /* signs */
    {"routellm", "#### 9", "#### -9", 1, "9"},
    {"numeric", "#### 9", "#### -9", 0, "-9"},
    {"numeric", "#### -9",
     "It is \xe2\x88\x92"
     "9.",
     1, "-9"},
    {"numeric", "#### 4", "10 - 4", 1, "4"},
    {"numeric", "#### 7", "5-7", 1, "7"},
    {"numeric", "#### -16", "a loss of -$16", 1, "-16"},
    {"simple-evals", "#### 9", "-9", 1, "9"},
    /* decimals */
    {"numeric", "#### 7.50", "$7.5", 1, "7.5"},
    {"numeric", "#### 0.5", ".5 of it", 1, "0.5"},
    {"numeric", "#### 5", "0.5", 0, "0.5"},
    {"routellm", "#### 5", "0.5", 1, "5"},
    {"llmrouter", "#### 70", "7.0", 1, "70"},
    /* Python's integers */
    {"routellm", "#### 7", "007", 0, NULL},
    {"routellm", "#### 0", "000", 1, "0"},
    {"routellm", "#### 7", "\xd9\xa7", 0, NULL},
    /* places */
    {"lm-eval-strict", "#### 18", "so 3\n#### 18", 1, "18"},
    {"lm-eval-strict", "#### 18", "so it is 18", 0, NULL},
    {"lm-eval-strict", "#### 18", "#### 17\n#### 18", 0, "17"},
    {"numeric", "#### 18", "#### 17\n#### 18\nI checked 3 times", 1, "18"},
    {"numeric", "#### 42", "**42 tiles**", 1, "42"},
    {"numeric", "#### 54", "\\boxed{54}", 1, "54"},
    {"numeric", "#### 20", "20%", 1, "20"},
    {"routellm", "#### 18", "at 21:00 it is 18", 1, "18"},
    /* nothing there */
    {"numeric", "#### 18", "I cannot say", 0, NULL},
    {"routellm", "#### 18", "", 0, NULL},
    {"helm", "#### 18", "none", 0, NULL},
    {"simple-evals", "#### 18", "none", 0, NULL},
    {"llmrouter", "#### 18", "none", 0, NULL},
    {"lm-eval-flexible", "#### 18", "none", 0, NULL},
    {NULL, NULL, NULL, 0, NULL}};

static const row mmlu[] = {{"letter", "B", "B", 1, "B"},
                           {"letter", "B", "(B)", 1, "B"},
                           {"letter", "B", "The answer is B.", 1, "B"},
                           {"letter", "B", "Answer: C) none", 0, "C"},
                           {"letter", "C", "A and B are wrong. The answer is C.", 1, "C"},
                           {"letter", "A", "A. because", 1, "A"},
                           {"letter", "A", "After all, nobody knows", 0, NULL},
                           {"letter", "D", "", 0, NULL},
                           {NULL, NULL, NULL, 0, NULL}};

static const row mt_bench[] = {{"fastchat", NULL, "Good. Rating: [[9]]", 9, "9"},
                               {"fastchat", NULL, "[[7.5]] or [[8]]", 7.5, "7.5"},
                               {"fastchat", NULL, "Rating: [7]", 7, "7"},
                               {"fastchat", NULL, "[3] then [[8]]", 8, "8"},
                               {"fastchat", NULL, "Rating: 9", NONE, NULL},
                               {"fastchat", NULL, "[[nine]]", NONE, NULL},
                               {"fastchat", NULL, "", NONE, NULL},
                               {NULL, NULL, NULL, 0, NULL}};

static void check(const ra_benchmark *benchmark, const row *r)
{
    ra_error err;
    ra_arena arena = {0};
    const ra_grader *grader = ra_grader_find(benchmark, r->grader, &err);
    assert_non_null(grader);
    const char *reference = r->reference;
    ra_item item = {.reference = &reference, .reference_count = reference != NULL};
    ra_verdict v = {.score = (double)NAN};
    grader->grade(&item, r->output, &arena, &v);
    bool none = r->score < 0;
    bool same = none ? isnan(v.score) : fabs(v.score - r->score) <= 0;
    if (r->extracted)
        same = same && v.extracted && strcmp(v.extracted, r->extracted) == 0;
    if (!same || (!v.extracted && !v.reason) || v.end > strlen(r->output) || v.start > v.end)
        fail_msg("%s on '%s' (%s): score %g, extracted '%s', reason '%s'", r->grader, r->output,
                 reference ? reference : "", v.score, v.extracted ? v.extracted : "",
                 v.reason ? v.reason : "");
    ra_arena_release(&arena);
}

static void every_rule(void **state)
{
    (void)state;
    ra_error err;
    static const struct {
        const char *name;
        const row *rows;
    } tables[] = {{"gsm8k", gsm8k}, {"mmlu", mmlu}, {"mt-bench", mt_bench}};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        const ra_benchmark *benchmark = ra_benchmark_find(tables[t].name, &err);
        assert_non_null(benchmark);
        for (const row *r = tables[t].rows; r->grader; r++)
            check(benchmark, r);
        /* no grader without a case, labels apart: they have no rule */
        for (const ra_grader *const *g = benchmark->graders; *g; g++) {
            bool covered = (*g)->input == RA_READS_LABEL;
            for (const row *r = tables[t].rows; r->grader; r++)
                covered = covered || strcmp(r->grader, (*g)->name) == 0;
            if (!covered)
                fail_msg("grader %s has no case", (*g)->name);
        }
    }
}

/* 128 kB of what each pattern likes best: graded, or given up, in time that grows no faster
 * than the text. */
static void hostile_output(void **state)
{
    (void)state;
    static const char *const pieces[] = {"#### ", "1,", "-$", "[[1", "answer is ", "9"};
    const size_t size = 1 << 17;
    char *text = malloc(size + 1);
    assert_non_null(text);
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        size_t n = strlen(pieces[p]);
        for (size_t i = 0; i < size; i++)
            text[i] = pieces[p][i % n];
        text[size] = '\0';
        for (const ra_benchmark *const *b = ra_benchmarks; *b; b++)
            for (const ra_grader *const *g = (*b)->graders; *g; g++) {
                const char *reference = "#### 18";
                ra_item item = {.reference = &reference, .reference_count = 1};
                ra_arena arena = {0};
                ra_verdict v = {.score = (double)NAN};
                if ((*g)->grade)
                    (*g)->grade(&item, text, &arena, &v);
                ra_arena_release(&arena);
            }
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule),
        cmocka_unit_test(hostile_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
