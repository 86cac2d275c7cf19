#include "plots/figures.h"

static size_t step_of(double c, size_t steps)
{
    double at = c * (double)steps;
    return at <= 0 ? 0 : at >= (double)steps ? steps - 1 : (size_t)at;
}

size_t ra_curve_thin(const ra_point *curve, size_t count, size_t limit, ra_point *out)
{
    if (count <= limit) {
        for (size_t i = 0; i < count; i++)
            out[i] = curve[i];
        return count;
    }
    size_t steps = limit / 2 - 1, kept = 0, i = 1, last = count - 1;
    out[kept++] = curve[0];
    while (i < last) {
        size_t step = step_of(curve[i].c, steps), low = i, high = i;
        for (; i < last && step_of(curve[i].c, steps) == step; i++) {
            if (curve[i].pgr < curve[low].pgr)
                low = i;
            if (curve[i].pgr > curve[high].pgr)
                high = i;
        }
        out[kept++] = curve[low < high ? low : high];
        if (low != high)
            out[kept++] = curve[low < high ? high : low];
    }
    out[kept++] = curve[last];
    return kept;
}
