/* Cells: the name of every figure in a results file.
 *
 *   BENCHMARK[@GRADER]/items, /excluded, /missing, /gap
 *   BENCHMARK[@GRADER]/strong, /weak, /all/items, /all/strong, /all/weak
 *   BENCHMARK[@GRADER]/money/strong, /money/weak            dollars per million requests
 *   BENCHMARK[@GRADER]/ROUTER/apgr, /cpt20, /cpt50, /cpt80, /cpt50/sustained, /pgr50
 *   BENCHMARK[@GRADER]/ROUTER/saving50/versus_random, /saving50/money
 *   BENCHMARK[@GRADER]/ROUTER/routellm/apgr, /routellm/cpt50
 *   BENCHMARK[@GRADER]/ROUTER/aiq, /rank, /auc, /distinct, /entropy, /calibration_error
 *   BENCHMARK[@GRADER]/ROUTER/cost95/calls, /usd, /saved_usd, /saved, /score, /ratio_even,
 *       /router_even, /traffic_even, /parts/strong, /parts/weak, /parts/router, /parts/embedding,
 *       /parts/judge, /parts/fixed                          of the cheapest point, and 90 and 99
 *   BENCHMARK[@GRADER]/ROUTER/less/OTHER                    difference of APGRs; OTHER may be
 *                                                           "random, exact" or "best hand rule"
 *   BENCHMARK[@GRADER]/chance/apgr, /chance/cpt50           with the range of one random draw
 *   BENCHMARK[@GRADER]/chance/runs/apgr, /chance/runs/cpt50 with that of the mean of several
 *   BENCHMARK[@GRADER]/oracles/NAME/score, /strong_calls, /usd
 *   BENCHMARK[@GRADER]/POINT/score, /all_score, /strong_calls, /all_strong_calls, /graded, /missing
 *
 * A router or point that is called like another part hides it. Without @GRADER the benchmark's main
 * result is meant. */
#ifndef RA_MEASURE_CELLS_H
#define RA_MEASURE_CELLS_H

#include "measure/results.h"

/* What the cell of a comparison calls the router that it is against. */
const char *ra_comparison_other(const ra_comparison *c);

/* Finds a cell. On failure `why` (may be NULL) says what there is not: "no router 'mf' on 'mmlu'".
 * A cell without a value (null in the file) is a failure too. */
bool ra_cell_find(const ra_results *results, const char *cell, ra_estimate *out, ra_error *why);

#endif
