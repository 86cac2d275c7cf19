#include "routers/ridge.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct problem {
    const ra_ridge_rows *x;
    const double *sample_weight;
    double lambda, total; /* total sample weight */
    size_t columns;
    double *mean; /* of each column */
    double *row;  /* space for one number a row */
} problem;

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

double ra_ridge_row(const ra_ridge_rows *x, size_t i, const double *w)
{
    double sum = 0;
    if (x->sparse)
        for (size_t k = x->sparse->start[i]; k < x->sparse->start[i + 1]; k++)
            sum += (double)x->sparse->value[k] * w[x->sparse->feature[k]];
    const double *rest = w + x->sparse_columns;
    for (size_t j = 0; x->dense && j < x->dense_columns; j++)
        sum += (double)x->dense[i * x->dense_columns + j] * rest[j];
    return sum;
}

/* out += c x_i */
static void add_row(const ra_ridge_rows *x, size_t i, double c, double *out)
{
    if (x->sparse)
        for (size_t k = x->sparse->start[i]; k < x->sparse->start[i + 1]; k++)
            out[x->sparse->feature[k]] += c * (double)x->sparse->value[k];
    double *rest = out + x->sparse_columns;
    for (size_t j = 0; x->dense && j < x->dense_columns; j++)
        rest[j] += c * (double)x->dense[i * x->dense_columns + j];
}

/* out = Xc^T S r, with Xc the centred rows and r one number a row. */
static void transpose_times(const problem *p, const double *r, double *out)
{
    double sum = 0;
    memset(out, 0, p->columns * sizeof *out);
    for (size_t i = 0; i < p->x->rows; i++) {
        double c = p->sample_weight[i] * r[i];
        add_row(p->x, i, c, out);
        sum += c;
    }
    for (size_t j = 0; j < p->columns; j++)
        out[j] -= sum * p->mean[j];
}

/* out = (Xc^T S Xc + lambda) w */
static void normal_times(problem *p, const double *w, double *out)
{
    double shift = dot(p->mean, w, p->columns);
    for (size_t i = 0; i < p->x->rows; i++)
        p->row[i] = ra_ridge_row(p->x, i, w) - shift;
    transpose_times(p, p->row, out);
    for (size_t j = 0; j < p->columns; j++)
        out[j] += p->lambda * w[j];
}

static void conjugate_gradients(problem *p, double *w, double *r)
{
    enum { STEPS = 1000 };
    double *d = ra_alloc(2 * p->columns, sizeof *d), *ad = d + p->columns;
    memcpy(d, r, p->columns * sizeof *d);
    double now = dot(r, r, p->columns), end = now * 1e-20;
    for (int step = 0; step < STEPS && now > end; step++) {
        normal_times(p, d, ad);
        double length = now / dot(d, ad, p->columns);
        for (size_t j = 0; j < p->columns; j++) {
            w[j] += length * d[j];
            r[j] -= length * ad[j];
        }
        double next = dot(r, r, p->columns);
        for (size_t j = 0; j < p->columns; j++)
            d[j] = r[j] + next / now * d[j];
        now = next;
    }
    free(d);
}

double ra_ridge_fit(const ra_ridge_rows *x, const double *y, const double *sample_weight,
                    double lambda, double *weight)
{
    size_t columns = x->sparse_columns + x->dense_columns;
    problem p = {x,
                 sample_weight,
                 lambda,
                 0,
                 columns,
                 ra_alloc(columns, sizeof *p.mean),
                 ra_alloc(x->rows, sizeof *p.row)};
    double mean_y = 0, *r = ra_alloc(columns, sizeof *r);
    for (size_t i = 0; i < x->rows; i++) {
        p.total += sample_weight[i];
        mean_y += sample_weight[i] * y[i];
        add_row(x, i, sample_weight[i], p.mean);
    }
    mean_y /= p.total;
    for (size_t j = 0; j < columns; j++)
        p.mean[j] /= p.total;
    for (size_t i = 0; i < x->rows; i++)
        p.row[i] = y[i] - mean_y;
    transpose_times(&p, p.row, r);
    memset(weight, 0, columns * sizeof *weight);
    conjugate_gradients(&p, weight, r);
    double intercept = mean_y - dot(p.mean, weight, columns);
    free(p.mean);
    free(p.row);
    free(r);
    return intercept;
}
