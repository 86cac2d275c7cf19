/* Logistic regression with a ridge penalty:
 *
 *   minimise  sum_i s_i H(y_i, sigmoid(b + x_i . w)) + lambda / 2 |w|^2
 *
 * H the cross entropy, y_i in [0,1], the intercept b without penalty (scikit-learn's
 * LogisticRegression with C = 1 / lambda). Newton's method: each step is a weighted ridge
 * regression (routers/ridge.h), halved while it does not lower the sum. In double precision and one
 * order. */
#ifndef RA_ROUTERS_LOGISTIC_H
#define RA_ROUTERS_LOGISTIC_H

#include "routers/ridge.h"

/* Cross entropy of a logit against an outcome, without overflow. */
double ra_cross_entropy(double logit, double outcome);

/* weight (columns of x) is filled; returns the intercept. Stops when a step lowers the sum by less
 * than 1e-12 of it, or after 100 steps. */
double ra_logistic_fit(const ra_ridge_rows *x, const double *y, const double *sample_weight,
                       double lambda, double *weight);

#endif
