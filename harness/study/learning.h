/* The learning curve of a trained router: its APGR when it had fewer gold labels. */
#ifndef RA_STUDY_LEARNING_H
#define RA_STUDY_LEARNING_H

#include "study/assay.h"

/* Fills out->learning from the contenders, which are the router with rising numbers of labels, and
 * from `out` itself as the last point. Intervals as `how` says, from the same replicates as those
 * of the main results. In the arena. */
RA_MUST_CHECK bool ra_learning_curve(const ra_assay *assay, const ra_contender *steps, size_t count,
                                     const ra_resampling *how, ra_arena *arena,
                                     ra_router_result *out, ra_error *err);

#endif
