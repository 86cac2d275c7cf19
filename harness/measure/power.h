/* How much data a comparison takes. The difference of two APGRs is near normal with a standard
 * error that falls with the square root of the number of items; a two-sided test of size alpha
 * finds a true difference d with probability `power` when d = (z(1 - alpha/2) + z(power)) * se. */
#ifndef RA_MEASURE_POWER_H
#define RA_MEASURE_POWER_H

#include <stddef.h>

#define RA_POWER 0.8 /* the usual one */

/* The smallest true difference that is found with that probability. */
double ra_power_detectable(double se, double alpha, double power);
/* Items like the `items` that gave this standard error, to find `difference` with that probability;
 * infinite when it is 0. */
double ra_power_items(size_t items, double se, double difference, double alpha, double power);

#endif
