#include "measure/power.h"

#include "measure/interval.h"

#include <math.h>

double ra_power_detectable(double se, double alpha, double power)
{
    return (ra_normal_quantile(1 - alpha / 2) + ra_normal_quantile(power)) * se;
}

double ra_power_items(size_t items, double se, double difference, double alpha, double power)
{
    double ratio = ra_power_detectable(se, alpha, power) / difference;
    return ceil((double)items * ratio * ratio);
}
