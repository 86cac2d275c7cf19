/* How far a router that knows nothing gets by luck, on these very items.
 *
 * In expectation a random router's figures are exact: APGR 1/2, CPT(x) = x. One draw of it spreads
 * around them, by as much as a harmless looking difference between two routers. Simulated draws (a
 * random order of the items each) give the range of one draw; papers that print "random" with an
 * interval, as RouteLLM does, mean the mean over some ten runs, whose range is narrower by the
 * square root of their number. CPT is where a curve *first* reaches a target, so its mean over
 * draws lies below x. */
#ifndef RA_MEASURE_CHANCE_H
#define RA_MEASURE_CHANCE_H

#include "measure/resample.h"

enum {
    RA_CHANCE_DRAWS = 1000,
    RA_CHANCE_RUNS = 10, /* as RouteLLM's */
};

/* Seed, level and threads of `how` count; the same figures for any number of threads. The models
 * have a gap. */
void ra_chance_measure(const ra_outcomes *outcomes, const ra_resampling *how, ra_chance *out);

#endif
