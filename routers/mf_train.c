/* Training of the matrix factorization: binary cross entropy over battles, Adam. */
#include "base/matrix.h"
#include "base/progress.h"
#include "base/rng.h"
#include "routers/adam.h"
#include "routers/checkpoint.h"
#include "routers/logistic.h"
#include "routers/mf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- settings --- */

static const char *const presets[] = {"routeassay", "released", "paper", NULL};
static const char *const tie_rules[] = {"half", "dropped", NULL};
static const char *const orders[] = {"shuffled", "as given", NULL};

typedef struct settings {
    size_t preset, ties, order;
    double dim, rate, decay, batch, epochs, noise, held_out, patience, bias;
} settings;

/* ours; as in the released code; as in the paper's appendix */
static const settings by_preset[] = {{.ties = 0,
                                      .dim = 128,
                                      .rate = 1e-3,
                                      .decay = 1e-5,
                                      .batch = 64,
                                      .epochs = 100,
                                      .held_out = 0.1,
                                      .patience = 5},
                                     {.preset = 1,
                                      .ties = 1,
                                      .dim = 128,
                                      .rate = 3e-4,
                                      .decay = 1e-5,
                                      .batch = 64,
                                      .epochs = 100,
                                      .noise = 0.05,
                                      .held_out = 0.05,
                                      .patience = 100},
                                     {.preset = 2,
                                      .ties = 1,
                                      .dim = 128,
                                      .rate = 3e-4,
                                      .decay = 1e-5,
                                      .batch = 64,
                                      .epochs = 10,
                                      .bias = 1}};

static bool read_settings(const ra_training *t, settings *s, ra_model_parts *model, ra_error *err)
{
    const char *preset = NULL;
    ra_json_at at = {t->settings_at, 0};
    *s = by_preset[0];
    if (t->settings && !ra_json_maybe_string(t->settings, "preset", at, &preset, err))
        return false;
    for (size_t i = 0; preset && presets[i]; i++)
        if (strcmp(presets[i], preset) == 0)
            *s = by_preset[i];
    const ra_setting rows[] = {
        {.name = "preset", .names = presets, .chosen = &s->preset},
        {.name = "ties", .names = tie_rules, .chosen = &s->ties},
        {.name = "order", .names = orders, .chosen = &s->order},
        {.name = "dim", .number = &s->dim, .least = 1, .most = 4096},
        {.name = "rate", .number = &s->rate, .least = 0, .most = 1},
        {.name = "weight_decay", .number = &s->decay, .least = 0, .most = 1},
        {.name = "batch", .number = &s->batch, .least = 1, .most = 65536},
        {.name = "epochs", .number = &s->epochs, .least = 0, .most = 100000},
        {.name = "noise", .number = &s->noise, .least = 0, .most = 10},
        {.name = "held_out", .number = &s->held_out, .least = 0, .most = 0.9},
        {.name = "patience", .number = &s->patience, .least = 1, .most = 100000},
        {.name = "bias", .number = &s->bias, .least = 0, .most = 1},
        {0}};
    return ra_settings_read(t, rows, model, err);
}

/* --- parameters and one batch --- */

/* All parameters in one array, so that Adam and saving see one vector. */
typedef struct network {
    size_t models, dim, text, count;
    bool has_bias;
    float *values; /* P (models,dim), W1 (dim,text), w2 (dim), b (dim) if there is one */
} network;

static float *part_p(const network *n, float *values)
{
    (void)n;
    return values;
}

static float *part_w1(const network *n, float *values)
{
    return values + n->models * n->dim;
}

static float *part_w2(const network *n, float *values)
{
    return part_w1(n, values) + n->dim * n->text;
}

static float *part_b(const network *n, float *values)
{
    return part_w2(n, values) + n->dim;
}

/* As PyTorch begins: models normal, matrices uniform within 1 / sqrt(inputs). */
static network make_network(size_t models, size_t text, const settings *s, uint64_t seed)
{
    network n = {.models = models, .dim = (size_t)s->dim, .text = text, .has_bias = s->bias > 0};
    n.count = models * n.dim + n.dim * text + n.dim + (n.has_bias ? n.dim : 0);
    n.values = ra_alloc(n.count, sizeof *n.values);
    uint64_t p = ra_rng_stream("mf/models", 0), w = ra_rng_stream("mf/weights", 0);
    for (size_t i = 0; i < n.count; i++) {
        bool is_p = i < models * n.dim;
        bool is_w2 = i >= models * n.dim + n.dim * text && i < models * n.dim + n.dim * (text + 1);
        double bound = 1 / sqrt((double)(is_w2 ? n.dim : text));
        n.values[i] = (float)(is_p ? ra_rng_normal(seed, p, i)
                                   : bound * (2 * ra_rng_uniform(seed, w, i) - 1));
    }
    return n;
}

typedef struct batch {
    size_t count;
    const ra_battle **battles;
    float *e;           /* (count, text) */
    float *z, *delta;   /* (count, dim): projected prompts; difference of unit vectors */
    float *unit, *norm; /* (models, dim), models */
    float *d_z, *d_unit;
} batch;

static void fill_units(const network *n, batch *b)
{
    const float *p = part_p(n, n->values);
    for (size_t m = 0; m < n->models; m++) {
        double sum = 0;
        for (size_t k = 0; k < n->dim; k++)
            sum += (double)p[m * n->dim + k] * (double)p[m * n->dim + k];
        b->norm[m] = (float)fmax(sqrt(sum), 1e-12);
        for (size_t k = 0; k < n->dim; k++)
            b->unit[m * n->dim + k] = p[m * n->dim + k] / b->norm[m];
    }
}

static void project(const network *n, batch *b)
{
    const float *bias = n->has_bias ? part_b(n, n->values) : NULL;
    ra_matrix_rows_by_rows(b->e, b->count, part_w1(n, n->values), n->dim, n->text, b->z, 1);
    for (size_t i = 0; bias && i < b->count; i++)
        for (size_t k = 0; k < n->dim; k++)
            b->z[i * n->dim + k] += bias[k];
}

/* The logit that model_a wins battle i; fills its row of delta. */
static double forward(const network *n, batch *b, size_t i)
{
    const float *w2 = part_w2(n, n->values);
    const float *a = b->unit + b->battles[i]->model_a * n->dim;
    const float *c = b->unit + b->battles[i]->model_b * n->dim;
    double logit = 0;
    for (size_t k = 0; k < n->dim; k++) {
        b->delta[i * n->dim + k] = a[k] - c[k];
        logit += (double)w2[k] * (double)(a[k] - c[k]) * (double)b->z[i * n->dim + k];
    }
    return logit;
}

/* Adds to the gradients of w2 and of the unit vectors, and fills the row of d_z. */
static void backward(const network *n, batch *b, size_t i, double slope, float *gradient)
{
    const float *w2 = part_w2(n, n->values);
    float *d_w2 = part_w2(n, gradient), *d_b = n->has_bias ? part_b(n, gradient) : NULL;
    float *d_a = b->d_unit + b->battles[i]->model_a * n->dim;
    float *d_c = b->d_unit + b->battles[i]->model_b * n->dim, g = (float)slope;
    for (size_t k = 0; k < n->dim; k++) {
        size_t at = i * n->dim + k;
        d_w2[k] += g * b->delta[at] * b->z[at];
        b->d_z[at] = g * w2[k] * b->delta[at];
        d_a[k] += g * w2[k] * b->z[at];
        d_c[k] -= g * w2[k] * b->z[at];
        if (d_b)
            d_b[k] += b->d_z[at];
    }
}

/* Through v / |v|: the part of the gradient along the unit vector does nothing. */
static void backward_units(const network *n, const batch *b, float *gradient)
{
    float *d_p = part_p(n, gradient);
    for (size_t m = 0; m < n->models; m++) {
        const float *u = b->unit + m * n->dim, *d = b->d_unit + m * n->dim;
        double along = 0;
        for (size_t k = 0; k < n->dim; k++)
            along += (double)u[k] * (double)d[k];
        for (size_t k = 0; k < n->dim; k++)
            d_p[m * n->dim + k] = (d[k] - u[k] * (float)along) / b->norm[m];
    }
}

/* Mean loss of the batch; with a gradient (count of the network), that of the mean loss. */
static double run_batch(const network *n, batch *b, float *gradient)
{
    double loss = 0;
    fill_units(n, b);
    project(n, b);
    if (gradient) {
        memset(gradient, 0, n->count * sizeof *gradient);
        memset(b->d_unit, 0, n->models * n->dim * sizeof *b->d_unit);
    }
    for (size_t i = 0; i < b->count; i++) {
        const ra_battle *x = b->battles[i];
        double logit = forward(n, b, i), scale = x->weight / (double)b->count;
        loss += scale * ra_cross_entropy(logit, x->outcome);
        if (gradient)
            backward(n, b, i, scale * (1 / (1 + exp(-logit)) - x->outcome), gradient);
    }
    if (gradient) {
        backward_units(n, b, gradient);
        ra_matrix_multiply(&(ra_product){.transpose_a = true,
                                         .m = n->dim,
                                         .n = n->text,
                                         .k = b->count,
                                         .alpha = 1,
                                         .a = b->d_z,
                                         .b = b->e,
                                         .c = part_w1(n, gradient),
                                         .lda = n->dim,
                                         .ldb = n->text,
                                         .ldc = n->text},
                           1);
    }
    return loss;
}

/* --- the run --- */

/* What an epoch changes, beside the arrays. */
typedef struct progress {
    uint64_t epochs, best_epoch; /* done; after which of them the best parameters were */
    double least;                /* loss of the best */
} progress;

typedef struct run {
    const ra_training *t;
    settings s;
    network net;
    ra_adam adam;
    batch batch;
    float *gradient, *best;
    uint64_t *battles; /* indices: those of training, then the held-out ones */
    size_t count, held;
    const ra_battle **loaded; /* those of the batch */
    progress progress;
} run;

static uint64_t *choose(const ra_training *t, const settings *s, size_t *count)
{
    const ra_battles *b = t->battles;
    uint64_t *chosen = ra_alloc(b->count, sizeof *chosen);
    *count = 0;
    for (size_t i = 0; i < b->count; i++) {
        bool tie = b->battles[i].outcome > 0 && b->battles[i].outcome < 1;
        if (!tie || s->ties == 0)
            chosen[(*count)++] = i;
    }
    return chosen;
}

/* Moves the held-out battles to the end: all battles of a prompt together, by the prompt's hash. */
static void hold_out(run *r)
{
    uint64_t stream = ra_rng_stream("mf/held out", 0);
    uint64_t *order = ra_alloc(r->count, sizeof *order);
    size_t kept = 0, end = r->count;
    for (size_t i = 0; i < r->count; i++) {
        size_t prompt = r->t->battles->battles[r->battles[i]].prompt;
        bool held = ra_rng_uniform(r->t->seed, stream, prompt) < r->s.held_out;
        if (held)
            order[--end] = r->battles[i];
        else
            order[kept++] = r->battles[i];
    }
    free(r->battles);
    r->battles = order;
    r->held = r->count - kept;
    r->count = kept;
}

static void shuffle(run *r, size_t epoch)
{
    uint64_t stream = ra_rng_stream("mf/shuffle", epoch);
    for (size_t i = r->count; i > 1; i--) {
        size_t j = (size_t)(ra_rng_bits(r->t->seed, stream, i) % i);
        uint64_t swap = r->battles[i - 1];
        r->battles[i - 1] = r->battles[j];
        r->battles[j] = swap;
    }
}

static void load_batch(run *r, size_t from, size_t count)
{
    size_t text = r->net.text;
    r->batch.count = count;
    r->batch.battles = r->loaded;
    for (size_t i = 0; i < count; i++) {
        r->loaded[i] = &r->t->battles->battles[r->battles[from + i]];
        memcpy(r->batch.e + i * text, r->t->vectors + r->loaded[i]->prompt * text,
               text * sizeof *r->batch.e);
    }
}

static void add_noise(run *r)
{
    uint64_t stream = ra_rng_stream("mf/noise", r->adam.steps);
    for (size_t i = 0; i < r->batch.count * r->net.text; i++)
        r->batch.e[i] += (float)(r->s.noise * ra_rng_normal(r->t->seed, stream, i));
}

/* Mean loss over `count` battles from `from`; trains on the way when `learn`. */
static double pass(run *r, size_t from, size_t count, bool learn)
{
    double loss = 0;
    size_t size = (size_t)r->s.batch;
    for (size_t done = 0; done < count; done += size) {
        size_t n = count - done < size ? count - done : size;
        load_batch(r, from + done, n);
        if (learn && r->s.noise > 0)
            add_noise(r);
        loss += run_batch(&r->net, &r->batch, learn ? r->gradient : NULL) * (double)n;
        if (learn)
            ra_adam_step(&r->adam, r->net.values, r->gradient);
    }
    return loss / (double)count;
}

/* One epoch: every battle once, then the loss of the held-out ones. Keeps the best parameters. */
static double train_epoch(run *r)
{
    progress *p = &r->progress;
    if (r->s.order == 0)
        shuffle(r, p->epochs);
    double loss = pass(r, 0, r->count, true);
    if (r->held > 0)
        loss = pass(r, r->count, r->held, false);
    p->epochs++;
    if (loss < p->least || r->held == 0) {
        p->least = loss;
        p->best_epoch = p->epochs;
        memcpy(r->best, r->net.values, r->net.count * sizeof *r->best);
    }
    return loss;
}

static bool is_over(const run *r)
{
    const progress *p = &r->progress;
    return (double)p->epochs >= r->s.epochs ||
           (p->epochs > 0 && (double)(p->epochs - p->best_epoch) >= r->s.patience);
}

/* Epochs until the held-out loss has not fallen for `patience` of them; leaves the best. */
static bool train_epochs(run *r, const ra_json *used, ra_error *err)
{
    size_t bytes = r->net.count * sizeof(float);
    const ra_checkpoint_part parts[] = {
        {"values", r->net.values, bytes},
        {"best", r->best, bytes},
        {"first", r->adam.first, bytes},
        {"second", r->adam.second, bytes},
        {"steps", &r->adam.steps, sizeof r->adam.steps},
        {"order", r->battles, (r->count + r->held) * sizeof *r->battles},
        {"progress", &r->progress, sizeof r->progress}};
    ra_checkpoint checkpoint;
    ra_progress line;
    r->progress.least = INFINITY;
    if (!ra_checkpoint_begin(&checkpoint, r->t, used, parts, sizeof parts / sizeof *parts, err))
        return false;
    bool ok = true;
    ra_progress_start(&line, "train mf", "epochs", (uint64_t)r->s.epochs);
    line.enabled &= !r->t->quiet;
    line.skipped = r->progress.epochs;
    while (ok && !is_over(r)) {
        ra_progress_note(&line, "loss %.4f", train_epoch(r));
        ra_progress_update(&line, r->progress.epochs);
        ok = ra_checkpoint_step(&checkpoint, is_over(r), err);
    }
    ra_progress_end(&line);
    if (r->progress.best_epoch > 0)
        memcpy(r->net.values, r->best, bytes);
    return ok;
}

static void prepare(run *r)
{
    const ra_training *t = r->t;
    size_t size = (size_t)r->s.batch, models = t->battles->model_count;
    r->net = make_network(models, t->dimension, &r->s, t->seed);
    size_t dim = r->net.dim;
    ra_adam_init(&r->adam, r->net.count, r->s.rate, r->s.decay);
    r->gradient = ra_alloc(r->net.count, sizeof *r->gradient);
    r->best = ra_alloc(r->net.count, sizeof *r->best);
    r->loaded = ra_alloc(size, sizeof(const ra_battle *));
    r->batch = (batch){.e = ra_alloc(size * r->net.text, sizeof(float)),
                       .z = ra_alloc(size * dim, sizeof(float)),
                       .delta = ra_alloc(size * dim, sizeof(float)),
                       .unit = ra_alloc(models * dim, sizeof(float)),
                       .norm = ra_alloc(models, sizeof(float)),
                       .d_z = ra_alloc(size * dim, sizeof(float)),
                       .d_unit = ra_alloc(models * dim, sizeof(float))};
}

static void release(run *r)
{
    ra_adam_release(&r->adam);
    free(r->net.values);
    free(r->gradient);
    free(r->best);
    free(r->battles);
    free(r->loaded);
    free(r->batch.e);
    free(r->batch.z);
    free(r->batch.delta);
    free(r->batch.unit);
    free(r->batch.norm);
    free(r->batch.d_z);
    free(r->batch.d_unit);
}

static void add_tensors(const run *r, ra_model_parts *model)
{
    const network *n = &r->net;
    ra_json *names = ra_json_new_array();
    for (size_t i = 0; i < n->models; i++)
        ra_json_add_string(names, r->t->battles->models[i]);
    ra_json_put(model->settings, "models", names);
    ra_json_put_number(model->settings, "epochs_kept", (double)r->progress.best_epoch);
    ra_model_add(model, "P.weight", RA_F32, n->models, n->dim, part_p(n, n->values));
    ra_model_add(model, "text_proj.0.weight", RA_F32, n->dim, n->text, part_w1(n, n->values));
    ra_model_add(model, "classifier.0.weight", RA_F32, 1, n->dim, part_w2(n, n->values));
    if (n->has_bias)
        ra_model_add(model, "text_proj.0.bias", RA_F32, n->dim, 0, part_b(n, n->values));
}

bool ra_mf_train(const ra_training *training, ra_model_parts *model, ra_error *err)
{
    run r = {.t = training};
    if (!read_settings(training, &r.s, model, err))
        return false;
    r.battles = choose(training, &r.s, &r.count);
    hold_out(&r);
    if (r.count == 0) {
        free(r.battles);
        return ra_fail(err, RA_ERR_INPUT, training->settings_at, 0, "no battle to train on",
                       r.s.ties ? "all are ties; the setting \"ties\":\"half\" uses them" : NULL);
    }
    prepare(&r);
    bool ok = train_epochs(&r, model->settings, err);
    if (ok)
        add_tensors(&r, model);
    release(&r);
    return ok;
}
