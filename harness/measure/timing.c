#include "measure/timing.h"

#include "measure/interval.h"

#include <math.h>
#include <stdlib.h>

size_t ra_far_out(double *values, size_t count)
{
    if (count < 4)
        return 0;
    double low = ra_quantile(values, count, 0.25), high = ra_quantile(values, count, 0.75);
    double fence = 3 * (high - low);
    size_t out = 0;
    for (size_t i = 0; i < count; i++)
        out += values[i] < low - fence || values[i] > high + fence;
    return out;
}

static double tail(double *values, size_t count, double p, size_t needed)
{
    return count < needed ? (double)NAN : ra_quantile(values, count, p);
}

void ra_timing_summarize(double *values, size_t count, ra_timing *out)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    *out = (ra_timing){.count = count,
                       .far_out = ra_far_out(values, count),
                       .mean = sum / (double)count,
                       .p50 = ra_quantile(values, count, 0.5),
                       .p90 = tail(values, count, 0.9, 10),
                       .p99 = tail(values, count, 0.99, 100)};
}

/* P(|T| < t) for a whole number of degrees of freedom: Abramowitz and Stegun, 26.7.3 and 26.7.4. */
static double student_inside(double t, size_t freedom)
{
    const double pi = 3.14159265358979323846;
    double n = (double)freedom, angle = atan(t / sqrt(n)), c = cos(angle), s = sin(angle);
    bool odd = freedom % 2 == 1;
    double term = odd ? c : 1, sum = freedom == 1 ? 0 : term;
    for (size_t k = odd ? 3 : 2; k + 2 <= freedom; k += 2) {
        term *= c * c * (double)(k - 1) / (double)k;
        sum += term;
    }
    return odd ? 2 / pi * (angle + s * sum) : s * sum;
}

double ra_student_quantile(double p, size_t freedom)
{
    double inside = 2 * p - 1, low = 0, high = 1;
    while (student_inside(high, freedom) < inside && high < 1e12)
        high *= 2;
    for (int i = 0; i < 200; i++) {
        double middle = low + (high - low) / 2;
        *(student_inside(middle, freedom) < inside ? &low : &high) = middle;
    }
    return low + (high - low) / 2;
}

static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

static double half_width(const double *values, size_t count, double level)
{
    double n = (double)count, mean = mean_of(values, count), squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return ra_student_quantile((1 + level) / 2, count - 1) * sqrt(squares / (n - 1)) * sqrt(2 / n);
}

/* Of the means of consecutive runs; what does not go into groups of one size goes to the last. */
static double grouped_half_width(const double *values, size_t count, double level)
{
    size_t groups = (size_t)sqrt((double)count), size = count / groups;
    double *means = ra_alloc(groups, sizeof *means);
    for (size_t g = 0; g < groups; g++)
        means[g] = mean_of(values + g * size, g + 1 < groups ? size : count - g * size);
    double half = half_width(means, groups, level);
    free(means);
    return half;
}

static ra_estimate repeated(const double *values, size_t count, double level)
{
    double mean = mean_of(values, count), half = half_width(values, count, level);
    if (count >= 9)
        half = fmax(half, grouped_half_width(values, count, level));
    return (ra_estimate){mean, mean - half, mean + half};
}

ra_estimate ra_timing_repeated(const double *runs, size_t count, double level)
{
    bool positive = true;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        positive = positive && runs[i] > 0;
        sum += runs[i];
    }
    if (count < 2 || isnan(sum))
        return (ra_estimate){sum / (double)count, NAN, NAN};
    if (!positive)
        return repeated(runs, count, level);
    double *logs = ra_alloc(count, sizeof *logs);
    for (size_t i = 0; i < count; i++)
        logs[i] = log(runs[i]);
    ra_estimate e = repeated(logs, count, level);
    free(logs);
    return (ra_estimate){exp(e.value), exp(e.lo), exp(e.hi)};
}
