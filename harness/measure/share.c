#include "measure/share.h"

#include <math.h>

double ra_score_quantile(const double *score, const size_t *order, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t low = (size_t)floor(at), high = low + 1 < count ? low + 1 : low;
    double t = at - (double)low;
    double a = score[order[count - 1 - low]], b = score[order[count - 1 - high]]; /* falling */
    return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

double ra_share_threshold(const double *score, const size_t *order, size_t count, double share)
{
    /* pandas asks numpy for a percentile */
    return ra_score_quantile(score, order, count, (1 - share) * 100 / 100);
}

size_t ra_share_reached(const double *score, size_t count, double threshold, size_t *tied)
{
    size_t reached = 0;
    *tied = 0;
    for (size_t i = 0; i < count; i++)
        if (score[i] >= threshold) {
            reached++;
            *tied += !(score[i] > threshold);
        }
    return reached;
}

/* --- the beta distribution --- */

/* lgamma writes a global, which threads share. */
static double log_gamma(double x)
{
    int sign;
    return lgamma_r(x, &sign);
}

/* The continued fraction of I_x(a, b) (DLMF 8.17.22), by Lentz's method; converges fast where
 * x < (a + 1) / (a + b + 2). */
static double fraction(double x, double a, double b)
{
    enum { MOST = 100000 };
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m <= MOST; m++) {
        double terms[2] = {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                           -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))};
        double before = value;
        for (int k = 0; k < 2; k++) {
            d = 1 + terms[k] * d;
            c = 1 + terms[k] / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            value *= c * d;
        }
        if (fabs(value - before) <= 1e-16 * fabs(value))
            break;
    }
    return value;
}

double ra_beta_below(double x, double a, double b)
{
    if (!(x > 0))
        return 0;
    if (!(x < 1))
        return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a
                                     : 1 - front * fraction(1 - x, b, a) / b;
}

static double beta_quantile(double p, double a, double b)
{
    double low = 0, high = 1;
    for (int step = 0; step < 60; step++) {
        double middle = (low + high) / 2;
        if (ra_beta_below(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

ra_range ra_share_interval(size_t reached, size_t count, double level)
{
    double r = (double)reached, n = (double)count, tail = (1 - level) / 2;
    return (ra_range){reached > 0 ? beta_quantile(tail, r, n - r + 1) : 0,
                      reached < count ? beta_quantile(1 - tail, r + 1, n - r) : 1};
}

/* Smallest k of 0 .. m whose beta-binomial distribution function reaches p. */
static double beta_binomial_quantile(double p, size_t m, double a, double b)
{
    double all = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + log_gamma((double)m + 1);
    double below = 0;
    for (size_t k = 0; k < m; k++) {
        double x = (double)k, rest = (double)(m - k);
        below += exp(all - log_gamma(x + 1) - log_gamma(rest + 1) + log_gamma(x + a) +
                     log_gamma(rest + b) - log_gamma((double)m + a + b));
        if (below >= p)
            return x;
    }
    return (double)m;
}

ra_range ra_share_prediction(size_t reached, size_t count, size_t more, double level)
{
    double r = (double)reached, n = (double)count, m = (double)more, tail = (1 - level) / 2;
    return (ra_range){reached > 0 ? beta_binomial_quantile(tail, more, r, n - r + 1) / m : 0,
                      reached < count ? beta_binomial_quantile(1 - tail, more, r + 1, n - r) / m
                                      : 1};
}

/* Number of the first order statistic, counted from 1, that P(Bin(n, q) >= it) <= tail holds for;
 * n + 1 if for none. */
static size_t upper_statistic(size_t count, double q, double tail)
{
    size_t low = 0, high = count + 1;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (ra_beta_below(q, (double)middle, (double)(count - middle + 1)) <= tail)
            high = middle;
        else
            low = middle;
    }
    return high;
}

ra_range ra_share_threshold_interval(const double *score, const size_t *order, size_t count,
                                     double share, double level)
{
    double tail = (1 - level) / 2;
    size_t high = upper_statistic(count, 1 - share, tail);
    size_t low = upper_statistic(count, share, tail); /* from the other end */
    return (ra_range){low <= count ? score[order[low - 1]] : (double)NAN,
                      high <= count ? score[order[count - high]] : (double)NAN};
}
