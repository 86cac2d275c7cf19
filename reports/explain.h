/* Where a figure comes from: its definition, the arithmetic on what results.json holds, the items
 * and the input files.
 *
 *   gsm8k/strong  gsm8k/weak  gsm8k/gap
 *   gsm8k/ROUTER/apgr  gsm8k/ROUTER/cpt50  gsm8k/ROUTER/cpt50/sustained
 *   gsm8k/ROUTER/routellm/apgr  gsm8k/ROUTER/routellm/cpt80
 *   gsm8k/ROUTER/saving50/versus_random  gsm8k/ROUTER/saving50/money
 *   gsm8k/ROUTER/cost95/usd  gsm8k/ROUTER/cost95/saved_usd, also for 90 and 99
 *   gsm8k/ROUTER/aiq  gsm8k/ROUTER/rank  gsm8k/ROUTER/auc
 *   gsm8k/ROUTER/less/OTHER, also with "random, exact" and "best hand rule" as OTHER
 *   mt-bench/POINT/score
 *
 * CPT and savings exist for 20, 50 and 80; gsm8k@GRADER for a grader that is not the default. */
#ifndef RA_REPORTS_EXPLAIN_H
#define RA_REPORTS_EXPLAIN_H

#include "measure/results.h"

typedef struct ra_explanation {
    const char *cell;
    double value;           /* as stored; NaN = unknown */
    const char *unknown;    /* why the value is unknown, or NULL */
    const char *definition; /* in words */
    const char *formula;
    const char **steps; /* the arithmetic, a line each */
    size_t step_count;
    double recomputed; /* from other figures in the results; NaN = not possible */
    bool differs;      /* from the value, by more than 1e-12 of it, or of 1 */
    const ra_benchmark_result *benchmark;
    ra_result_input *inputs; /* all but those of other benchmarks */
    size_t input_count;
    ra_arena arena; /* owns what is not the results' */
} ra_explanation;

/* All cells, in the arena. */
void ra_explain_list(const ra_results *results, ra_arena *arena, const char ***cells,
                     size_t *count);
/* An unknown cell: exit 2, and the nearest one as a hint. Release in any case. */
RA_MUST_CHECK bool ra_explain(const ra_results *results, const char *cell, ra_explanation *out,
                              ra_error *err);
void ra_explanation_release(ra_explanation *e);

/* Text for a reader. */
void ra_explanation_print(const ra_explanation *e, ra_buf *out);
ra_json *ra_explanation_json(const ra_explanation *e);

#endif
