/* The contract of a benchmark: a name, a title and the graders that can grade its items.
 *
 * Adding one:
 *   1. write benchmarks/NAME.c with a `const ra_benchmark ra_NAME` (gsm8k.c is the model);
 *   2. add one line to registry.c;
 *   3. add its import to harness/data if its files have a format of their own;
 *   4. tests/unit/test_graders.c checks the rules, tests/cli/mirror.sh the recorded labels.
 *
 * A grader reads one text (a model's output, or a judge's judgment) and says a score. It never
 * fails: an answer that cannot be read is a verdict with a reason. For right-or-wrong benchmarks an
 * output without an answer is wrong (score 0, reason "unparsed"), as every published rule has it;
 * an output that does not exist has no score. A judgment without a rating has no score.
 */
#ifndef RA_BENCHMARKS_BENCHMARK_H
#define RA_BENCHMARKS_BENCHMARK_H

#include "data/recording.h"

#include <stdint.h>

typedef enum ra_grader_input {
    RA_READS_OUTPUT,
    RA_READS_JUDGMENT,
    RA_READS_LABEL, /* the labels that the recordings came with: nothing to extract */
} ra_grader_input;

typedef struct ra_verdict {
    double score;          /* NaN = none */
    const char *extracted; /* in the arena; NULL = nothing found */
    const char *reason;    /* static; NULL = graded */
    size_t start, end;     /* where in the text the extraction stands, bytes; 0,0 = nowhere */
} ra_verdict;

typedef struct ra_grader {
    const char *name;
    const char *rule; /* one line for users */
    ra_grader_input input;
    void (*grade)(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out);
} ra_grader;

/* How a model is asked when its answers are recorded. */
typedef struct ra_asking {
    const char
        *prompts; /* golden/prompts/NAME (benchmarks/prompts.h); NULL = the turns as they are */
    uint64_t max_tokens;
    double expected_tokens;                     /* of an answer, for estimates of cost */
    double (*temperature)(const ra_item *item); /* NULL = 0 */
} ra_asking;

typedef struct ra_benchmark {
    const char *name, *title;
    const char *unit;                /* of a score, for axes: "accuracy" */
    double full_score;               /* 1, or 10 for MT Bench */
    const ra_grader *const *graders; /* NULL-terminated; the first is the default */
    ra_asking asking;
} ra_benchmark;

/* NULL-terminated. */
extern const ra_benchmark *const ra_benchmarks[];

/* NULL and an error that lists the known ones. */
const ra_benchmark *ra_benchmark_find(const char *name, ra_error *err);
const ra_grader *ra_grader_find(const ra_benchmark *benchmark, const char *name, ra_error *err);
/* Whether the set holds what the grader reads, for this model. */
bool ra_grader_has_input(ra_set *set, const ra_grader *grader, const char *model);
/* The default: the first grader that the set has input for. */
const ra_grader *ra_grader_default(const ra_benchmark *benchmark, ra_set *set);

/* Grades one model of a set: slot_count grades in the set's arena. `judge` picks whose judgments
 * are read, NULL = the only judge there is. `verdicts`, if not NULL, receives slot_count verdicts
 * and `texts` the graded texts, for audits. */
RA_MUST_CHECK bool ra_grade_model(ra_set *set, const ra_grader *grader, const char *model,
                                  const char *judge, ra_grade **grades, ra_verdict **verdicts,
                                  const char ***texts, ra_error *err);

#endif
