/* What the two models scored on each item: all that curves are computed from.
 *
 * An item is measured when it is kept (not excluded) and both models have a grade for at least one
 * of its turns. Sums and counts are kept apart, because the score of a set of outputs is the mean
 * over their graded turns. */
#ifndef RA_MEASURE_OUTCOMES_H
#define RA_MEASURE_OUTCOMES_H

#include "data/recording.h"

typedef struct ra_outcomes {
    size_t count;   /* measured items */
    size_t *item;   /* count: index into the set's items */
    double *strong; /* count: sum of the strong model's scores over graded turns */
    double *weak;   /* count: the same of the weak model */
    double *strong_turns, *weak_turns; /* count: graded turns */
    size_t excluded;                   /* items left out on purpose */
    size_t missing;                    /* items kept, but without a grade of one model */
    size_t strong_graded, strong_missing, weak_graded, weak_missing; /* turns of kept items */
    double all_strong, all_weak; /* mean over all graded turns, of excluded items too */
} ra_outcomes;

/* From a set and the grades of both models (slot_count each); in the arena. No measured item, or a
 * score that is not finite, is an error. */
RA_MUST_CHECK bool ra_outcomes_make(ra_arena *arena, const ra_set *set, const ra_grade *strong,
                                    const ra_grade *weak, ra_outcomes *out, ra_error *err);

/* Mean over graded turns of the chosen items' sums and turns. */
double ra_outcomes_mean(const double *sums, const double *turns, size_t count);

#endif
