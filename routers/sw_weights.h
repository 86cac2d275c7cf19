/* The inner loop of similarity-weighted ranking: similarities of one query to weights of battles.
 *
 * RouteLLM's rule (FACTS of the paper's section on SW ranking and its released code): battle j has
 * weight 10 * 10^(s_j / max_k s_k). A factor common to all weights does not move a maximum of the
 * likelihood, so the leading 10 is left out. */
#ifndef RA_ROUTERS_SW_WEIGHTS_H
#define RA_ROUTERS_SW_WEIGHTS_H

#include <stddef.h>

/* weight[j] = 10^(s_j / max s), relative error below 2e-7; all 1 when max s is 0. */
void ra_sw_weights(const float *similarity, size_t count, float *weight);

/* Sum of values[0..count-1], in an order that does not depend on the machine's vector length. */
double ra_sw_sum(const float *values, size_t count);

#endif
