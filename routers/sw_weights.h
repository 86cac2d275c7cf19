/* The inner loop of similarity-weighted ranking: similarities of one query to weights of battles.
 *
 * RouteLLM's rule (FACTS of the paper's section on SW ranking and its released code): battle j has
 * weight 10 * 10^(s_j / max_k s_k). A factor common to all weights does not move a maximum of the
 * likelihood, so the leading 10 is left out. */
#ifndef RA_ROUTERS_SW_WEIGHTS_H
#define RA_ROUTERS_SW_WEIGHTS_H

#include "base/panels.h"

/* weight[j] = 10^(s_j / max s), relative error below 2e-7; all 1 when max s is 0. */
void ra_sw_weights(const float *similarity, size_t count, float *weight);

/* Sum of values[0..count-1], in an order that does not depend on the machine's vector length. */
double ra_sw_sum(const float *values, size_t count);

/* The factor of the exponent, log2(10) / most; 0 when most is 0. */
float ra_sw_factor(float most);

/* The same for 16 queries side by side, panel (rows, RA_PANEL): similarities become weights in
 * place, each query with its factor; and weights of rows, `times` each, are added to sum. */
void ra_sw_panel_weights(float *panel, size_t rows, const float factor[RA_PANEL]);
void ra_sw_panel_sum(const float *panel, size_t rows, double times, double sum[RA_PANEL]);

#endif
