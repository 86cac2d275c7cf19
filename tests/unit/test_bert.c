/* Sequence classifiers against what torch recorded of the same weights (tests/encoders): logits,
 * and the gradient of every tensor. Logistic regression at its optimum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "routers/classifier.h"
#include "routers/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct checkpoint {
    ra_bert bert;
    ra_head head;
    ra_safetensors reference;
    size_t texts, tokens, encoder, *start;
    const int32_t *ids;
    const float *logits, *target;
} checkpoint;

static checkpoint open_checkpoint(const char *family)
{
    checkpoint c = {0};
    ra_error err;
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/encoders/%s", getenv("SOURCE_DIR"), family);
    assert_true(ra_bert_open(&c.bert, path, &err));
    assert_true(ra_head_bind(&c.head, &c.bert.config, &c.bert.file, &err));
    snprintf(path, sizeof path, "%s/tests/encoders/%s/reference.safetensors", getenv("SOURCE_DIR"),
             family);
    assert_true(ra_safetensors_open(&c.reference, path, &err));
    const void *start, *ids;
    assert_true(ra_safetensors_get(&c.reference, "start", RA_I32, 1, &c.texts, &start, &err));
    assert_true(ra_safetensors_get(&c.reference, "ids", RA_I32, 1, &c.tokens, &ids, &err));
    c.start = ra_alloc(c.texts, sizeof *c.start);
    for (size_t i = 0; i < c.texts; i++)
        c.start[i] = (size_t)((const int32_t *)start)[i];
    c.texts--;
    c.ids = ids;
    size_t shape[2] = {c.texts, c.head.classes};
    assert_true(ra_safetensors_floats(&c.reference, "logits", 2, shape, &c.logits, &err));
    assert_true(ra_safetensors_floats(&c.reference, "target", 2, shape, &c.target, &err));
    c.encoder = ra_bert_tensor_count(&c.bert.config);
    return c;
}

static void close_checkpoint(checkpoint *c)
{
    ra_bert_close(&c->bert);
    ra_safetensors_close(&c->reference);
    free(c->start);
}

/* Name in the checkpoint and size of a tensor; those of the head come last. */
static const char *name_of(checkpoint *c, size_t i, size_t shape[2])
{
    if (i >= c->encoder)
        return ra_head_tensor(&c->bert.config, c->head.classes, i - c->encoder, &shape[0],
                              &shape[1]);
    const char *name = ra_bert_tensor(&c->bert.config, i, &c->bert.arena, &shape[0], &shape[1]);
    return ra_arena_printf(&c->bert.arena, "%s.%s", c->bert.config.roberta ? "roberta" : "bert",
                           name);
}

static void compare_gradient(checkpoint *c, size_t i, const float *found)
{
    size_t shape[2];
    ra_error err;
    const float *expected;
    const char *name = ra_arena_printf(&c->bert.arena, "gradient.%s", name_of(c, i, shape));
    assert_true(
        ra_safetensors_floats(&c->reference, name, shape[1] ? 2 : 1, shape, &expected, &err));
    size_t count = shape[0] * (shape[1] ? shape[1] : 1);
    float most = 1e-3F; /* a key's bias has no gradient but rounding */
    for (size_t k = 0; k < count; k++)
        most = fmaxf(most, fabsf(expected[k]));
    for (size_t k = 0; k < count; k++)
        if (!(fabsf(found[k] - expected[k]) <= 1e-4F * most))
            fail_msg("%s[%zu]: %.9g, %.9g expected", name, k, (double)found[k],
                     (double)expected[k]);
}

/* The mean loss's gradients of all tensors. */
static void run_backward(checkpoint *c, const ra_bert_batch *batch, const ra_bert_trace *trace,
                         const float *x, const float *pooled, const float *logits, float **gradient)
{
    size_t h = c->head.hidden, classes = c->head.classes;
    float *d_logits = ra_alloc(c->texts * classes, sizeof *d_logits);
    float *d_x = ra_alloc(c->texts * h, sizeof *d_x), *d = ra_alloc(c->tokens * h, sizeof *d);
    for (size_t i = 0; i < c->texts; i++) {
        const float *t = c->target + i * classes;
        double share[RA_MOST_CLASSES] = {(double)t[0], classes == 3 ? (double)t[1] : 0, 0};
        share[2] = 1 - share[0] - share[1];
        assert_true(ra_head_loss(logits + i * classes, classes, share, d_logits + i * classes) > 0);
        for (size_t k = 0; k < classes; k++)
            d_logits[i * classes + k] /= (float)c->texts;
    }
    ra_head_backward(&c->head, x, c->texts, pooled, d_logits, d_x, gradient + c->encoder);
    for (size_t i = 0; i < c->texts; i++)
        memcpy(d + c->start[i] * h, d_x + i * h, h * sizeof *d);
    ra_bert_backward(&c->bert, batch, trace, d, gradient, 0);
    free(d_logits);
    free(d_x);
    free(d);
}

static void check_family(const char *family)
{
    checkpoint c = open_checkpoint(family);
    size_t h = c.head.hidden, tensors = c.encoder + RA_HEAD_TENSORS, shape[2];
    ra_bert_batch batch = {c.texts, c.start, c.ids};
    ra_bert_trace trace;
    ra_bert_trace_init(&trace, &c.bert.config, c.tokens, true);
    ra_bert_forward(&c.bert, &batch, &trace, 0);
    float *x = ra_alloc(c.texts * h, sizeof *x), *pooled = ra_alloc(c.texts * h, sizeof *pooled);
    float *logits = ra_alloc(c.texts * c.head.classes, sizeof *logits);
    for (size_t i = 0; i < c.texts; i++)
        memcpy(x + i * h, trace.output + c.start[i] * h, h * sizeof *x);
    ra_head_forward(&c.head, x, c.texts, pooled, logits);
    for (size_t i = 0; i < c.texts * c.head.classes; i++)
        assert_true(fabsf(logits[i] - c.logits[i]) <= 1e-5F);
    float **gradient = ra_alloc(tensors, sizeof *gradient);
    for (size_t i = 0; i < tensors; i++) {
        (void)name_of(&c, i, shape);
        gradient[i] = ra_alloc(shape[0] * (shape[1] ? shape[1] : 1), sizeof **gradient);
    }
    run_backward(&c, &batch, &trace, x, pooled, logits, gradient);
    for (size_t i = 0; i < tensors; i++) {
        compare_gradient(&c, i, gradient[i]);
        free(gradient[i]);
    }
    free(gradient);
    free(x);
    free(pooled);
    free(logits);
    ra_bert_trace_release(&trace);
    close_checkpoint(&c);
}

static void logits_and_gradients_as_torch_has_them(void **state)
{
    (void)state;
    check_family("bert");        /* three classes */
    check_family("roberta");     /* one */
    check_family("xlm-roberta"); /* two */
}

static void win_rate_by_number_of_classes(void **state)
{
    (void)state;
    const float logits[] = {logf(1), logf(2), logf(5)};
    assert_true(fabs(ra_head_score(logits, 3) - 1.0 / 8) <= 1e-7);
    assert_true(fabs(ra_head_score(logits, 2) - 1.0 / 3) <= 1e-7);
    assert_true(fabs(ra_head_score(logits + 1, 1) - 2.0 / 3) <= 1e-7);
}

static void logistic_regression_at_its_optimum(void **state)
{
    (void)state;
    enum { ROWS = 300, COLUMNS = 20 };
    float *x = ra_alloc((size_t)ROWS * COLUMNS, sizeof *x);
    double y[ROWS], s[ROWS], w[COLUMNS], slope[COLUMNS + 1] = {0};
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < COLUMNS; j++)
            x[i * COLUMNS + j] = (float)ra_rng_uniform(1, 2, i * COLUMNS + j);
        y[i] = i % 5 == 0 ? 0.5 : x[i * COLUMNS] > 0.6F; /* all but separable */
        s[i] = 0.5 + ra_rng_uniform(1, 3, i);
    }
    ra_ridge_rows rows = {.rows = ROWS, .dense = x, .dense_columns = COLUMNS};
    const double lambdas[] = {1e-4, 1e-2, 1, 100};
    for (size_t l = 0; l < sizeof lambdas / sizeof *lambdas; l++) {
        double lambda = lambdas[l], b = ra_logistic_fit(&rows, y, s, lambda, w);
        memset(slope, 0, sizeof slope);
        for (size_t i = 0; i < ROWS; i++) {
            double d = s[i] * (1 / (1 + exp(-b - ra_ridge_row(&rows, i, w))) - y[i]);
            slope[COLUMNS] += d;
            for (size_t j = 0; j < COLUMNS; j++)
                slope[j] += d * (double)x[i * COLUMNS + j];
        }
        for (size_t j = 0; j < COLUMNS; j++)
            assert_true(fabs(slope[j] + lambda * w[j]) <= 1e-7);
        assert_true(fabs(slope[COLUMNS]) <= 1e-7);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logits_and_gradients_as_torch_has_them),
        cmocka_unit_test(win_rate_by_number_of_classes),
        cmocka_unit_test(logistic_regression_at_its_optimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
