/* The oracle: a router that knows both answers' grades. Papers mean different things by it, so each
 * convention has its name here. An item's score is the mean over its graded turns; the weak model
 * is the cheaper one.
 *
 *   best answer      the better answer, the weak model's when equal; pays for the model it takes
 *   RouterBench      the same answers, but an item that neither model gets a point for costs
 *                    nothing (Hu et al., arXiv 2403.12031, as its code computes it)
 *   LLMRouterBench   any score above 0 counts as right, that is as the full score, and takes the
 *                    cheapest model that is right, the cheapest of all when none is
 */
#ifndef RA_MEASURE_ORACLES_H
#define RA_MEASURE_ORACLES_H

#include "measure/outcomes.h"
#include "measure/results.h"

/* Fills out->oracles, in the arena; its money and full_score are filled. */
void ra_oracles_measure(ra_arena *arena, const ra_outcomes *outcomes, ra_benchmark_result *out);

#endif
