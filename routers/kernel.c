/* kernel:MODEL - kernel ridge regression on the vectors of prompts: the win rate is a sum of
 * Gaussian bumps around the training prompts,
 *
 *     p(x) = b + sum_i a_i k(x, x_i),   k(x, y) = exp(gamma (cos(x, y) - 1)),
 *
 * with a and b from (K + lambda W^-1) a = y - b 1 and sum a = 0: least squares with weights W, a
 * penalty on everything but b. The same as the mean of a Gaussian process. */
#include "base/matrix.h"
#include "base/parallel.h"
#include "routers/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
    ra_model model;
    const float *vectors, *height; /* (count, dimension), count */
    size_t count;
    double gamma, base;
} state;

/* --- training --- */

typedef struct problem {
    size_t count;
    const float *kernel; /* (count, count) */
    const double *ridge; /* lambda / weight */
    const double *in;
    double *out;
    int threads;
} problem;

static void multiply_row(size_t i, void *context)
{
    const problem *p = context;
    const float *row = p->kernel + i * p->count;
    double sum = 0;
    for (size_t j = 0; j < p->count; j++)
        sum += (double)row[j] * p->in[j];
    p->out[i] = sum + p->ridge[i] * p->in[i];
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Conjugate gradients for (K + ridge) x = y, from x = 0. */
static void solve(problem *p, const double *y, double *x)
{
    enum { STEPS = 2000 };
    size_t n = p->count;
    double *r = ra_alloc(3 * n, sizeof *r), *d = r + n, *ad = d + n;
    memset(x, 0, n * sizeof *x);
    memcpy(r, y, n * sizeof *r);
    memcpy(d, y, n * sizeof *d);
    double now = dot(r, r, n), end = now * 1e-24;
    p->in = d;
    p->out = ad;
    for (int step = 0; step < STEPS && now > end; step++) {
        ra_parallel_for(n, p->threads, multiply_row, p);
        double along = now / dot(d, ad, n), before = now;
        for (size_t i = 0; i < n; i++) {
            x[i] += along * d[i];
            r[i] -= along * ad[i];
        }
        now = dot(r, r, n);
        for (size_t i = 0; i < n; i++)
            d[i] = r[i] + now / before * d[i];
    }
    free(r);
}

/* Cosines to kernel values, in place. */
static void raise(float *cosine, size_t count, double gamma)
{
    for (size_t i = 0; i < count; i++)
        cosine[i] = (float)exp(gamma * ((double)cosine[i] - 1));
}

/* Heights of the bumps and the base, of labels and weights of `count` vectors. */
static double fit(const float *vectors, size_t count, size_t dimension, const double *label,
                  const double *weight, double gamma, double lambda, int threads, float *height)
{
    float *kernel = ra_alloc(count * count, sizeof *kernel);
    double *ridge = ra_alloc(4 * count, sizeof *ridge), *ones = ridge + count, *u = ones + count,
           *v = u + count, sum_u = 0, sum_v = 0;
    ra_matrix_rows_by_rows(vectors, count, vectors, count, dimension, kernel, threads);
    raise(kernel, count * count, gamma);
    for (size_t i = 0; i < count; i++) {
        ridge[i] = lambda / weight[i];
        ones[i] = 1;
    }
    problem p = {.count = count, .kernel = kernel, .ridge = ridge, .threads = threads};
    solve(&p, label, u);
    solve(&p, ones, v);
    for (size_t i = 0; i < count; i++) {
        sum_u += u[i];
        sum_v += v[i];
    }
    double base = sum_u / sum_v;
    for (size_t i = 0; i < count; i++)
        height[i] = (float)(u[i] - base * v[i]);
    free(kernel);
    free(ridge);
    return base;
}

/* Every labelled prompt, or, where there are more than `most`, as many at even distances. */
static size_t choose(const double *label, size_t n, size_t labelled, size_t most, size_t *prompts)
{
    size_t kept = 0, seen = 0, wanted = labelled < most ? labelled : most;
    for (size_t p = 0; p < n; p++) {
        if (isnan(label[p]))
            continue;
        if (seen++ * wanted / labelled >= kept && kept < wanted)
            prompts[kept++] = p;
    }
    return kept;
}

static void learn(const ra_training *t, double *label, double *weight, const size_t *prompts,
                  size_t kept, double gamma, double lambda, ra_model_parts *model)
{
    size_t d = t->dimension;
    float *vectors = ra_alloc(kept * d, sizeof *vectors), *height = ra_alloc(kept, sizeof *height);
    for (size_t i = 0; i < kept; i++) {
        memcpy(vectors + i * d, t->vectors + prompts[i] * d, d * sizeof *vectors);
        label[i] = label[prompts[i]]; /* prompts rise: what is overwritten was read */
        weight[i] = weight[prompts[i]];
    }
    double base = fit(vectors, kept, d, label, weight, gamma, lambda, t->threads, height);
    ra_training_keep(t, prompts, kept, model);
    ra_model_add(model, "height", RA_F32, kept, 0, height);
    ra_model_add(model, "base", RA_F64, 1, 0, &base);
    free(vectors);
    free(height);
}

static bool train(const ra_training *t, ra_model_parts *model, ra_error *err)
{
    double gamma = 2, lambda = 20, most = 6000;
    const ra_setting rows[] = {{.name = "gamma", .number = &gamma, .least = 1e-3, .most = 1e3},
                               {.name = "lambda", .number = &lambda, .least = 1e-6, .most = 1e9},
                               {.name = "most", .number = &most, .least = 1, .most = 20000},
                               {0}};
    if (!ra_settings_read(t, rows, model, err))
        return false;
    size_t n = t->battles->prompt_count;
    double *label = ra_alloc(2 * n, sizeof *label), *weight = label + n;
    size_t labelled = ra_training_labels(t, label, weight, err);
    size_t *prompts = ra_alloc(labelled + 1, sizeof *prompts);
    if (labelled > 0) {
        size_t kept = choose(label, n, labelled, (size_t)most, prompts);
        learn(t, label, weight, prompts, kept, gamma, lambda, model);
    }
    free(label);
    free(prompts);
    return labelled > 0;
}

/* --- scoring --- */

static void close_kernel(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    free(s);
}

static bool read_model(state *s, ra_error *err)
{
    const ra_json *settings;
    const void *base;
    ra_json_at at = {s->model.file.path, 0};
    if (!ra_model_stored(&s->model, &s->count, &s->vectors, err))
        return false;
    size_t shape[1] = {s->count}, one[1] = {1};
    if (!ra_safetensors_floats(&s->model.file, "height", 1, shape, &s->height, err) ||
        !ra_safetensors_get(&s->model.file, "base", RA_F64, 1, one, &base, err) ||
        !ra_json_object(s->model.about, "settings", at, &settings, err) ||
        !ra_json_number(settings, "gamma", at, &s->gamma, err))
        return false;
    memcpy(&s->base, base, sizeof s->base);
    return (isfinite(s->base) && s->gamma > 0) ||
           ra_fail(err, RA_ERR_INPUT, at.file, 0, "tensor 'base' or setting 'gamma' is no number",
                   "train the model again");
}

static bool open_kernel(void **out, const ra_router_options *options, ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    if (!ra_model_open(&s->model, "kernel", options, err) || !read_model(s, err)) {
        close_kernel(s);
        return false;
    }
    *out = s;
    return true;
}

static bool score_kernel(void *context, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    state *s = context;
    float *vectors;
    if (!ra_model_vectors(&s->model, prompts, count, &vectors, err))
        return false;
    float *bumps = ra_alloc(count * s->count, sizeof *bumps);
    ra_matrix_rows_by_rows(vectors, count, s->vectors, s->count, s->model.embedder.dimension, bumps,
                           0);
    raise(bumps, count * s->count, s->gamma);
    for (size_t i = 0; i < count; i++) {
        double sum = s->base;
        for (size_t j = 0; j < s->count; j++)
            sum += (double)bumps[i * s->count + j] * (double)s->height[j];
        score[i] = sum < 0 ? 0 : sum > 1 ? 1 : sum;
    }
    free(bumps);
    free(vectors);
    return true;
}

extern const ra_router_kind ra_router_kernel;
const ra_router_kind ra_router_kernel = {
    .name = "kernel",
    .summary = "kernel:MODEL, kernel ridge regression on the prompts' vectors",
    .flags = RA_ROUTER_EMBEDS,
    .open = open_kernel,
    .score = score_kernel,
    .close = close_kernel,
    .train = train};
