#include "routers/logistic.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double ra_cross_entropy(double logit, double outcome)
{
    return fmax(logit, 0) - logit * outcome + log1p(exp(-fabs(logit)));
}

typedef struct problem {
    const ra_ridge_rows *x;
    const double *y, *sample_weight;
    double lambda;
    size_t columns;
} problem;

static double objective(const problem *p, const double *w, double intercept, double *logit)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < p->x->rows; i++) {
        logit[i] = intercept + ra_ridge_row(p->x, i, w);
        sum += p->sample_weight[i] * ra_cross_entropy(logit[i], p->y[i]);
    }
    for (size_t j = 0; j < p->columns; j++)
        squares += w[j] * w[j];
    return sum + p->lambda / 2 * squares;
}

/* The ridge regression whose solution is Newton's next point: targets and weights of rows. */
static double newton_point(const problem *p, const double *logit, double *target, double *curve,
                           double *w)
{
    for (size_t i = 0; i < p->x->rows; i++) {
        double share = 1 / (1 + exp(-logit[i])), variance = fmax(share * (1 - share), 1e-10);
        curve[i] = p->sample_weight[i] * variance;
        target[i] = logit[i] + (p->y[i] - share) / variance;
    }
    return ra_ridge_fit(p->x, target, curve, p->lambda, w);
}

double ra_logistic_fit(const ra_ridge_rows *x, const double *y, const double *sample_weight,
                       double lambda, double *weight)
{
    enum { STEPS = 100, HALVES = 40 };
    size_t columns = x->sparse_columns + x->dense_columns, rows = x->rows;
    problem p = {x, y, sample_weight, lambda, columns};
    double *space = ra_alloc(3 * rows + columns, sizeof *space), *logit = space;
    double *target = logit + rows, *curve = target + rows, *next = curve + rows;
    double intercept = 0, least, fall = INFINITY;
    memset(weight, 0, columns * sizeof *weight);
    least = objective(&p, weight, intercept, logit);
    for (int step = 0; step < STEPS && fall > 1e-12 * least; step++) {
        double to = newton_point(&p, logit, target, curve, next), found = INFINITY;
        for (size_t j = 0; j < columns; j++)
            next[j] -= weight[j]; /* the step */
        double length = 1;
        for (int half = 0; half < HALVES && !(found <= least); half++) {
            double last = half > 0 ? length : 0;
            length = half > 0 ? length / 2 : 1;
            for (size_t j = 0; j < columns; j++)
                weight[j] += (length - last) * next[j];
            found = objective(&p, weight, intercept + length * (to - intercept), logit);
        }
        intercept += length * (to - intercept);
        fall = least - found;
        least = found;
    }
    free(space);
    return intercept;
}
