/* Ridge regression on sparse rows, dense rows, or both side by side:
 *
 *   minimise  sum_i s_i (b + x_i . w - y_i)^2 + lambda |w|^2,   the intercept b without penalty
 *
 * solved by conjugate gradients on the normal equations of centred features, as scikit-learn's
 * Ridge centres them; in double precision, in one fixed order. */
#ifndef RA_ROUTERS_RIDGE_H
#define RA_ROUTERS_RIDGE_H

#include "embed/ngrams.h"

typedef struct ra_ridge_rows {
    size_t rows;
    const ra_features *sparse; /* or NULL; features below sparse_columns */
    size_t sparse_columns;
    const float *dense; /* (rows, dense_columns), or NULL */
    size_t dense_columns;
} ra_ridge_rows;

/* x_i . w */
double ra_ridge_row(const ra_ridge_rows *x, size_t i, const double *w);

/* weight (sparse_columns + dense_columns) is filled; returns the intercept. Stops when the residual
 * is below 1e-10 of where it began, or after 1000 steps. */
double ra_ridge_fit(const ra_ridge_rows *x, const double *y, const double *sample_weight,
                    double lambda, double *weight);

#endif
