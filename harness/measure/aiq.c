#include "measure/aiq.h"

#include <stdlib.h>

void ra_hull_begin(ra_hull *hull, ra_point *points)
{
    *hull = (ra_hull){points, 1};
    points[0] = (ra_point){0, 0};
}

/* Does b lie on or below the line from a to p? */
static bool is_below(ra_point a, ra_point b, ra_point p)
{
    return (b.pgr - a.pgr) * (p.c - a.c) <= (p.pgr - a.pgr) * (b.c - a.c);
}

void ra_hull_add(ra_hull *hull, double c, double pgr)
{
    ra_point *p = hull->points, added = {c, pgr};
    if (pgr <= p[hull->count - 1].pgr)
        return;
    while (hull->count > 1 && is_below(p[hull->count - 2], p[hull->count - 1], added))
        hull->count--;
    p[hull->count++] = added;
}

double ra_hull_height(const ra_hull *hull, double c, size_t *segment)
{
    while (*segment + 1 < hull->count && hull->points[*segment + 1].c < c)
        ++*segment;
    const ra_point *a = &hull->points[*segment];
    if (*segment + 1 == hull->count)
        return a->pgr;
    return a->pgr + (a[1].pgr - a->pgr) * (c - a->c) / (a[1].c - a->c);
}

double ra_hull_area(const ra_hull *hull)
{
    double area = 0;
    for (size_t k = 1; k < hull->count; k++) {
        const ra_point *a = &hull->points[k - 1], *b = &hull->points[k];
        area += (b->c - a->c) * (a->pgr + b->pgr) / 2;
    }
    const ra_point *last = &hull->points[hull->count - 1];
    return area + (1 - last->c) * last->pgr;
}

double ra_curve_hull_area(const ra_curve *curve)
{
    ra_hull hull;
    ra_hull_begin(&hull, ra_alloc(curve->count, sizeof *hull.points));
    for (size_t k = 1; k < curve->count; k++)
        ra_hull_add(&hull, curve->points[k].c, curve->points[k].pgr);
    double area = ra_hull_area(&hull);
    free(hull.points);
    return area;
}

double ra_aiq(double hull_area, double strong, double weak, const ra_money *money)
{
    double share = (money->strong_usd - money->weak_usd) / money->strong_usd;
    return share * (weak + (strong - weak) * hull_area);
}
