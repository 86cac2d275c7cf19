/* Cells: the name of every figure in a results file.
 *
 *   BENCHMARK[@GRADER]/items, /excluded, /missing, /gap
 *   BENCHMARK[@GRADER]/strong, /weak, /all/items, /all/strong, /all/weak
 *   BENCHMARK[@GRADER]/money/strong, /money/weak            dollars per million requests
 *   BENCHMARK[@GRADER]/ROUTER/apgr, /cpt20, /cpt50, /cpt80, /cpt50/sustained
 *   BENCHMARK[@GRADER]/ROUTER/saving50/versus_random, /saving50/money
 *   BENCHMARK[@GRADER]/ROUTER/routellm/apgr, /routellm/cpt50
 *   BENCHMARK[@GRADER]/POINT/score, /all_score, /strong_calls, /all_strong_calls, /graded, /missing
 *
 * Without @GRADER the benchmark's main result is meant. */
#ifndef RA_MEASURE_CELLS_H
#define RA_MEASURE_CELLS_H

#include "measure/results.h"

/* Finds a cell. On failure `why` (may be NULL) says what there is not: "no router 'mf' on 'mmlu'".
 * A cell without a value (null in the file) is a failure too. */
bool ra_cell_find(const ra_results *results, const char *cell, ra_estimate *out, ra_error *why);

#endif
