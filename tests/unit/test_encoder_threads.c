/* Encoders against what torch made of the same weights (tests/encoders), their gradients against
 * finite differences, and the numbers of one text whatever shares its batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "embed/activation.h"
#include "embed/bert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = {"bert", "roberta", "xlm-roberta"};

typedef struct encoder {
    ra_bert bert;
    ra_safetensors reference;
    ra_bert_batch batch;
    size_t *start, tokens;
    const float *hidden;
} encoder;

static encoder open_encoder(const char *family)
{
    encoder e = {0};
    ra_error err;
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/encoders/%s", getenv("SOURCE_DIR"), family);
    assert_true(ra_bert_open(&e.bert, path, &err));
    snprintf(path, sizeof path, "%s/tests/encoders/%s/reference.safetensors", getenv("SOURCE_DIR"),
             family);
    assert_true(ra_safetensors_open(&e.reference, path, &err));
    size_t texts = 0, shape[2] = {0, e.bert.config.hidden};
    const void *start, *ids;
    assert_true(ra_safetensors_get(&e.reference, "start", RA_I32, 1, &texts, &start, &err));
    assert_true(ra_safetensors_get(&e.reference, "ids", RA_I32, 1, &e.tokens, &ids, &err));
    assert_true(ra_safetensors_floats(&e.reference, "hidden", 2, shape, &e.hidden, &err));
    e.start = ra_alloc(texts, sizeof *e.start);
    for (size_t i = 0; i < texts; i++)
        e.start[i] = (size_t)((const int32_t *)start)[i];
    e.batch = (ra_bert_batch){texts - 1, e.start, ids};
    assert_true(ra_bert_check(&e.bert, &e.batch, &err));
    return e;
}

static void close_encoder(encoder *e)
{
    ra_bert_close(&e->bert);
    ra_safetensors_close(&e->reference);
    free(e->start);
}

static void hidden_states_as_torch_has_them(void **state)
{
    (void)state;
    for (size_t f = 0; f < 3; f++) {
        encoder e = open_encoder(families[f]);
        for (int keep = 0; keep < 2; keep++) {
            ra_bert_trace trace;
            ra_bert_trace_init(&trace, &e.bert.config, e.tokens, keep == 1);
            ra_bert_forward(&e.bert, &e.batch, &trace, 0);
            for (size_t i = 0; i < e.tokens * e.bert.config.hidden; i++)
                assert_true(fabsf(trace.output[i] - e.hidden[i]) <= 5e-6F);
            ra_bert_trace_release(&trace);
        }
        close_encoder(&e);
    }
}

static void one_text_alone_gives_the_same_bytes(void **state)
{
    (void)state;
    encoder e = open_encoder("bert");
    size_t h = e.bert.config.hidden;
    ra_bert_trace all, one;
    ra_bert_trace_init(&all, &e.bert.config, e.tokens, false);
    ra_bert_trace_init(&one, &e.bert.config, e.tokens, false);
    for (int threads = 1; threads <= 3; threads++) {
        ra_bert_forward(&e.bert, &e.batch, &all, threads);
        for (size_t i = 0; i < e.batch.texts; i++) {
            size_t start[2] = {0, e.start[i + 1] - e.start[i]};
            ra_bert_batch alone = {1, start, e.batch.ids + e.start[i]};
            ra_bert_forward(&e.bert, &alone, &one, 1);
            assert_memory_equal(one.output, all.output + e.start[i] * h,
                                start[1] * h * sizeof(float));
        }
    }
    ra_bert_trace_release(&all);
    ra_bert_trace_release(&one);
    close_encoder(&e);
}

/* --- gradients --- */

/* Copies of all tensors that may be changed. */
static float **copy_tensors(encoder *e, bool zero)
{
    size_t count = ra_bert_tensor_count(&e->bert.config), rows, columns;
    float **copy = ra_alloc(count, sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        (void)ra_bert_tensor(&e->bert.config, i, &e->bert.arena, &rows, &columns);
        size_t n = rows * (columns ? columns : 1);
        copy[i] = ra_alloc(n, sizeof **copy);
        if (!zero)
            memcpy(copy[i], e->bert.tensors[i], n * sizeof **copy);
    }
    return copy;
}

static void free_tensors(const encoder *e, float **tensors)
{
    for (size_t i = 0; i < ra_bert_tensor_count(&e->bert.config); i++)
        free(tensors[i]);
    free(tensors);
}

static float weight_of(size_t i)
{
    return (float)(ra_rng_uniform(1, 5, i) - 0.5);
}

/* Sum of weighted hidden numbers. */
static double loss_of(encoder *e, ra_bert_trace *trace)
{
    double sum = 0;
    ra_bert_pack(&e->bert, 1);
    ra_bert_forward(&e->bert, &e->batch, trace, 1);
    for (size_t i = 0; i < e->tokens * e->bert.config.hidden; i++)
        sum += (double)weight_of(i) * (double)trace->output[i];
    return sum;
}

static void run_backward(const encoder *e, const ra_bert_trace *trace, float **gradient,
                         int threads)
{
    size_t n = e->tokens * e->bert.config.hidden;
    float *d = ra_alloc(n, sizeof *d);
    for (size_t i = 0; i < n; i++)
        d[i] = weight_of(i);
    ra_bert_backward(&e->bert, &e->batch, trace, d, gradient, threads);
    free(d);
}

static void gradient_as_finite_differences(void **state)
{
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        encoder e = open_encoder(families[f]);
        float **own = copy_tensors(&e, false), **gradient = copy_tensors(&e, true);
        size_t count = ra_bert_tensor_count(&e.bert.config), rows, columns;
        ra_bert_trace trace;
        ra_bert_trace_init(&trace, &e.bert.config, e.tokens, true);
        for (size_t i = 0; i < count; i++)
            e.bert.tensors[i] = own[i];
        (void)loss_of(&e, &trace);
        run_backward(&e, &trace, gradient, 2);
        for (size_t i = 0; i < count; i++) {
            (void)ra_bert_tensor(&e.bert.config, i, &e.bert.arena, &rows, &columns);
            size_t n = rows * (columns ? columns : 1);
            for (size_t k = i % 7; k < n; k += n / 4 + 1) {
                float kept = own[i][k], step = 1.0F / 256;
                own[i][k] = kept + step;
                double above = loss_of(&e, &trace);
                own[i][k] = kept - step;
                double below = loss_of(&e, &trace), found = (double)gradient[i][k];
                own[i][k] = kept;
                double expected = (above - below) / (2 * (double)step);
                if (!(fabs(found - expected) <= 0.01 + 0.01 * fabs(expected)))
                    fail_msg("tensor %zu[%zu]: %.9g, %.9g expected", i, k, found, expected);
            }
        }
        ra_bert_trace_release(&trace);
        free_tensors(&e, own);
        free_tensors(&e, gradient);
        close_encoder(&e);
    }
}

static void gradient_of_the_same_bytes_on_any_threads(void **state)
{
    (void)state;
    encoder e = open_encoder("xlm-roberta");
    float **one = copy_tensors(&e, true), **many = copy_tensors(&e, true);
    size_t rows, columns;
    ra_bert_trace trace;
    ra_bert_trace_init(&trace, &e.bert.config, e.tokens, true);
    (void)loss_of(&e, &trace);
    run_backward(&e, &trace, one, 1);
    run_backward(&e, &trace, many, 3);
    for (size_t i = 0; i < ra_bert_tensor_count(&e.bert.config); i++) {
        (void)ra_bert_tensor(&e.bert.config, i, &e.bert.arena, &rows, &columns);
        assert_memory_equal(one[i], many[i], rows * (columns ? columns : 1) * sizeof(float));
    }
    ra_bert_trace_release(&trace);
    free_tensors(&e, one);
    free_tensors(&e, many);
    close_encoder(&e);
}

/* --- functions --- */

static void activations_are_exact(void **state)
{
    (void)state;
    for (int at = -900; at <= 900; at++) {
        float x = (float)at * 0.0137F, y, d = 1;
        double v = (double)x, share = erfc(-v / sqrt(2)) / 2;
        ra_gelu(&x, 1, &y);
        assert_true(fabs((double)y - v * share) <= 3e-7 * fabs(v));
        ra_gelu_back(&x, 1, &d);
        assert_true(fabs((double)d - share - v * exp(-v * v / 2) / sqrt(2 * acos(-1))) <= 5e-7);
        float pair[2] = {0, -fabsf(x)};
        ra_softmax(pair, 2, 2);
        double expected = 1 / (1 + exp(2 * fabs(v)));
        assert_true(fabs((double)pair[1] - expected) <= 4e-7 * expected);
    }
}

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    encoder e = open_encoder("bert");
    ra_error err;
    const int32_t ids[] = {5, 45}, low[] = {-1};
    size_t start[] = {0, 1, 2}, empty[] = {0, 0}, longer[] = {0, 25};
    assert_false(ra_bert_check(&e.bert, &(ra_bert_batch){2, start, ids}, &err));
    assert_non_null(strstr(err.message, "token 45"));
    assert_false(ra_bert_check(&e.bert, &(ra_bert_batch){1, start, low}, &err));
    assert_false(ra_bert_check(&e.bert, &(ra_bert_batch){1, empty, ids}, &err));
    assert_false(ra_bert_check(&e.bert, &(ra_bert_batch){1, longer, e.batch.ids}, &err));
    assert_non_null(strstr(err.message, "1 to 24"));
    static const char *const texts[][2] = {
        {"{\"model_type\":\"gpt2\"}", "'gpt2' is not supported"},
        {"{\"model_type\":\"bert\",\"hidden_act\":\"relu\"}", "'relu' is not supported"},
        {"{\"model_type\":\"bert\",\"num_hidden_layers\":0}", "num_hidden_layers"},
        {"{\"model_type\":\"bert\",\"num_hidden_layers\":1e9}", "num_hidden_layers"},
        {"{\"model_type\":\"bert\",\"num_hidden_layers\":1,\"num_attention_heads\":3,"
         "\"hidden_size\":20,\"intermediate_size\":4,\"vocab_size\":4,"
         "\"max_position_embeddings\":4,\"type_vocab_size\":1}",
         "not a multiple"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ra_bert_config config;
        ra_json *doc = ra_json_parse(texts[i][0], strlen(texts[i][0]), (ra_json_at){"c", 1}, &err);
        assert_false(ra_bert_config_read(&config, doc, "c", &err));
        assert_non_null(strstr(err.message, texts[i][1]));
        ra_json_free(doc);
    }
    close_encoder(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_states_as_torch_has_them),
        cmocka_unit_test(one_text_alone_gives_the_same_bytes),
        cmocka_unit_test(gradient_as_finite_differences),
        cmocka_unit_test(gradient_of_the_same_bytes_on_any_threads),
        cmocka_unit_test(activations_are_exact),
        cmocka_unit_test(refuses_what_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
