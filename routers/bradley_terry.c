#include "routers/bradley_terry.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- which players can be compared --- */

/* Marks what `player` reaches by wins (along = true) or by losses. */
static void reach(const double *won, size_t n, size_t player, bool along, bool *reached)
{
    size_t *stack = ra_alloc(n, sizeof *stack), top = 0;
    memset(reached, 0, n * sizeof *reached);
    reached[player] = true;
    stack[top++] = player;
    while (top > 0) {
        size_t i = stack[--top];
        for (size_t j = 0; j < n; j++) {
            double weight = along ? won[i * n + j] : won[j * n + i];
            if (weight > 0 && !reached[j]) {
                reached[j] = true;
                stack[top++] = j;
            }
        }
    }
    free(stack);
}

void ra_bradley_terry_connected(const double *won, size_t n, size_t player, bool *in)
{
    bool *back = ra_alloc(n, sizeof *back);
    reach(won, n, player, true, in);
    reach(won, n, player, false, back);
    for (size_t i = 0; i < n; i++)
        in[i] = in[i] && back[i];
    free(back);
}

/* --- maximum likelihood --- */

/* Solves A x = b in place (n,n symmetric, positive definite) by Cholesky; rows with a zero diagonal
 * belong to players that are left out. False if A is not positive definite. */
static bool solve(double *a, double *b, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < j; k++)
            a[j * n + j] -= a[j * n + k] * a[j * n + k];
        if (!(a[j * n + j] > 0))
            return false;
        a[j * n + j] = sqrt(a[j * n + j]);
        for (size_t i = j + 1; i < n; i++) {
            for (size_t k = 0; k < j; k++)
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
            a[i * n + j] /= a[j * n + j];
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
    return true;
}

typedef struct problem {
    const double *won, *lone;
    size_t n;
    const bool *in;
    size_t anchor;
    double *gradient, *hessian, *step;
    double total; /* weight */
} problem;

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* log(1 + exp(x)) */
static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static bool takes_part(const problem *p, size_t i)
{
    return !p->in || p->in[i];
}

static double loss(const problem *p, const double *rating)
{
    double sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!takes_part(p, i))
            continue;
        for (size_t j = 0; j < p->n; j++)
            if (takes_part(p, j) && p->won[i * p->n + j] > 0)
                sum += p->won[i * p->n + j] * softplus(rating[j] - rating[i]);
        if (p->lone)
            sum += p->lone[2 * i] * softplus(rating[i]) + p->lone[2 * i + 1] * softplus(-rating[i]);
    }
    return sum;
}

static void add_pair(problem *p, size_t i, size_t j, double difference)
{
    size_t n = p->n;
    double wins = p->won[i * n + j], games = wins + p->won[j * n + i];
    double expected = logistic(difference);
    double slope = games * expected - wins, curvature = games * expected * (1 - expected);
    p->gradient[i] += slope;
    p->gradient[j] -= slope;
    p->hessian[i * n + i] += curvature;
    p->hessian[j * n + j] += curvature;
    p->hessian[i * n + j] -= curvature;
    p->hessian[j * n + i] -= curvature;
}

static void add_lone(problem *p, size_t i, double rating)
{
    double games = p->lone[2 * i] + p->lone[2 * i + 1], expected = logistic(-rating);
    p->gradient[i] += p->lone[2 * i] - games * expected;
    p->hessian[i * p->n + i] += games * expected * (1 - expected);
}

/* Rows of what does not move become those of the unit matrix, with gradient 0. */
static void hold(problem *p, size_t i)
{
    for (size_t k = 0; k < p->n; k++)
        p->hessian[i * p->n + k] = p->hessian[k * p->n + i] = 0;
    p->hessian[i * p->n + i] = 1;
    p->gradient[i] = 0;
}

static void derive(problem *p, const double *rating)
{
    size_t n = p->n;
    memset(p->gradient, 0, n * sizeof *p->gradient);
    memset(p->hessian, 0, n * n * sizeof *p->hessian);
    for (size_t i = 0; i < n; i++) {
        if (!takes_part(p, i))
            continue;
        for (size_t j = i + 1; j < n; j++)
            if (takes_part(p, j))
                add_pair(p, i, j, rating[i] - rating[j]);
        if (p->lone)
            add_lone(p, i, rating[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (!takes_part(p, i) || i == p->anchor)
            hold(p, i);
}

/* One Newton step, halved until the loss does not rise. */
static bool improve(problem *p, double *rating, double *trial)
{
    memcpy(p->step, p->gradient, p->n * sizeof *p->step);
    if (!solve(p->hessian, p->step, p->n))
        return false;
    double before = loss(p, rating);
    double part = 1;
    for (int halving = 0; halving < 30; halving++) {
        for (size_t i = 0; i < p->n; i++)
            trial[i] = rating[i] - part * p->step[i];
        if (loss(p, trial) <= before + 1e-14 * p->total)
            break;
        part /= 2;
    }
    memcpy(rating, trial, p->n * sizeof *rating);
    return true;
}

static double largest(const double *values, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabs(values[i]) > most ? fabs(values[i]) : most;
    return most;
}

bool ra_bradley_terry_fit(const double *won, const double *lone, size_t n, const bool *in,
                          size_t anchor, double *rating)
{
    enum { STEPS = 200 };
    double *space = ra_alloc(n * n + 3 * n, sizeof *space);
    problem p = {won, lone, n, in, anchor, space, space + n, space + n + n * n, 0};
    double *trial = p.step + n;
    for (size_t i = 0; i < n * n; i++)
        p.total += won[i];
    for (size_t i = 0; lone && i < 2 * n; i++)
        p.total += lone[i];
    bool ok = false, moved = true;
    for (int step = 0; !ok && moved && step < STEPS; step++) {
        derive(&p, rating);
        ok = largest(p.gradient, n) <= 1e-13 * p.total;
        moved = ok || improve(&p, rating, trial);
    }
    free(space);
    return ok;
}

/* --- tiers --- */

/* Variance of falling[from..to-1] from sums of values and squares. */
static double variance(const double *sum, const double *square, size_t from, size_t to)
{
    double n = (double)(to - from), mean = (sum[to] - sum[from]) / n;
    double v = (square[to] - square[from]) / n - mean * mean;
    return v > 0 ? v : 0;
}

size_t ra_tiers_cut(const double *falling, size_t n, size_t tiers, size_t *tier)
{
    size_t count = tiers < n ? tiers : n, width = n + 1;
    double *sum = ra_alloc(width, sizeof *sum), *square = ra_alloc(width, sizeof *square);
    double *least = ra_alloc((count + 1) * width, sizeof *least);
    size_t *cut = ra_alloc((count + 1) * width, sizeof *cut);
    for (size_t i = 0; i < n; i++) {
        double x = falling[i] - falling[0]; /* sums of squares stay small */
        sum[i + 1] = sum[i] + x;
        square[i + 1] = square[i] + x * x;
    }
    for (size_t i = 1; i <= n; i++)
        least[i] = INFINITY; /* no tier holds somebody */
    for (size_t t = 1; t <= count; t++)
        for (size_t to = 0; to <= n; to++) {
            double *best = &least[t * width + to];
            *best = INFINITY;
            for (size_t from = t - 1; from < to; from++) {
                double cost = least[(t - 1) * width + from] + variance(sum, square, from, to);
                if (cost < *best) {
                    *best = cost;
                    cut[t * width + to] = from;
                }
            }
        }
    size_t to = n;
    for (size_t t = count; t > 0; t--) {
        size_t from = cut[t * width + to];
        for (size_t i = from; i < to; i++)
            tier[i] = t - 1;
        to = from;
    }
    free(sum);
    free(square);
    free(least);
    free(cut);
    return count;
}
