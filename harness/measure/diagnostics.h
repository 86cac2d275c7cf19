/* What a router's scores say about single items. The event is "strong needed": the strong model's
 * answer is better than the weak one's, by the mean over each one's graded turns.
 *
 *   auc        area under the ROC curve: how often an item that needs the strong model has a higher
 *              score than one that does not, equal scores counting half; interval by DeLong et al.
 *              (Biometrics 44, 1988), normal, cut to [0,1]
 *   bins       ten of equal size by score, fewer where equal scores must stay together: mean score
 *              against the share of items that need the strong model
 *   error      expected calibration error: mean over items of |score - needed| of their bin. Scores
 *              that were never meant as probabilities may be good for routing and bad here
 *   entropy    of the distribution over distinct scores, in bits; log2(items) when all differ
 */
#ifndef RA_MEASURE_DIAGNOSTICS_H
#define RA_MEASURE_DIAGNOSTICS_H

#include "measure/outcomes.h"
#include "measure/results.h"

enum { RA_CALIBRATION_BINS = 10 };

/* order: indices of the outcomes by falling score. Bins in the arena, by rising score. */
void ra_diagnose(ra_arena *arena, const ra_outcomes *outcomes, const double *score,
                 const size_t *order, double level, ra_diagnostics *out);

#endif
