#include "measure/interval.h"

#include <math.h>

const char *const ra_interval_names[] = {"percentile", "bca", NULL};

double ra_acceleration(const double *left_out, size_t count)
{
    double sum = 0, squares = 0, cubes = 0;
    size_t usable = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(left_out[i])) {
            sum += left_out[i];
            usable++;
        }
    double mean = sum / (double)usable;
    for (size_t i = 0; i < count; i++)
        if (!isnan(left_out[i])) {
            double d = mean - left_out[i];
            squares += d * d;
            cubes += d * d * d;
        }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

static double ratio(const double *top, int tops, const double *bottom, int bottoms, double r)
{
    double a = 0, b = 0;
    while (tops-- > 0)
        a = a * r + top[tops];
    while (bottoms-- > 0)
        b = b * r + bottom[bottoms];
    return a / b;
}

/* Wichura's algorithm AS 241 (PPND16, Applied Statistics 37, 1988): relative error 1e-16. */
double ra_normal_quantile(double p)
{
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e2,
                               1.9715909503065514427e3, 1.3731693765509461125e4,
                               4.5921953931549871457e4, 6.7265770927008700853e4,
                               3.3430575583588128105e4, 2.5090809287301226727e3};
    static const double b[] = {1.0,
                               4.2313330701600911252e1,
                               6.8718700749205790830e2,
                               5.3941960214247511077e3,
                               2.1213794301586595867e4,
                               3.9307895800092710610e4,
                               2.8729085735721942674e4,
                               5.2264952788528545610e3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(a, 8, b, 8, 0.180625 - q * q);
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double z = r <= 5 ? ratio(c, 8, d, 8, r - 1.6) : ratio(e, 8, f, 8, r - 5);
    return q < 0 ? -z : z;
}

/* --- quantiles --- */

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

/* Puts the k-th smallest at values[k], none larger before it and none smaller behind. */
static void select_at(double *values, size_t count, size_t k)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        double pivot = values[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i >= j)
                break;
            swap(&values[i++], &values[j--]);
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
}

double ra_quantile(double *values, size_t count, double p)
{
    double at = p * (double)(count - 1);
    size_t k = (size_t)at;
    select_at(values, count, k);
    if (k + 1 >= count)
        return values[k];
    double next = values[k + 1];
    for (size_t i = k + 2; i < count; i++)
        next = values[i] < next ? values[i] : next;
    return values[k] + (at - (double)k) * (next - values[k]);
}

/* Level that BCa reads instead of the one whose normal quantile is z. Rounded, so that the last bit
 * of a library's logarithm is not seen in results. */
static double moved(double z0, double a, double z)
{
    double by = z0 + (z0 + z) / (1 - a * (z0 + z));
    double p = erfc(-by / sqrt(2)) / 2;
    return round(p * 1e9) / 1e9;
}

static double share_below(const double *values, size_t count, double estimate)
{
    size_t twice = 0;
    for (size_t i = 0; i < count; i++)
        twice += (size_t)(values[i] < estimate) + (size_t)(values[i] <= estimate);
    return (double)twice / (2 * (double)count);
}

static size_t drop_nan(double *values, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            values[kept++] = values[i];
    return kept;
}

ra_range ra_interval(ra_interval_method method, double level, double estimate, double acceleration,
                     double *values, size_t count)
{
    size_t usable = drop_nan(values, count);
    double low = (1 - level) / 2, high = (1 + level) / 2;
    if (usable == 0)
        return (ra_range){NAN, NAN};
    if (method == RA_BCA) {
        double below = share_below(values, usable, estimate), least = 0.5 / (double)usable;
        below = below < least ? least : below > 1 - least ? 1 - least : below;
        double z0 = ra_normal_quantile(below), z = ra_normal_quantile(high);
        low = moved(z0, acceleration, -z);
        high = moved(z0, acceleration, z);
    }
    double lo = ra_quantile(values, usable, low);
    return (ra_range){lo, ra_quantile(values, usable, high)};
}
