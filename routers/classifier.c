#include "routers/classifier.h"

#include "base/matrix.h"
#include "routers/logistic.h"

#include <math.h>
#include <stdlib.h>

static const char *const names[2][RA_HEAD_TENSORS] = {
    {"bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias"},
    {"classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight",
     "classifier.out_proj.bias"}};

const char *ra_head_tensor(const ra_bert_config *config, size_t classes, size_t number,
                           size_t *rows, size_t *columns)
{
    *rows = number < 2 ? config->hidden : classes;
    *columns = number % 2 == 0 ? config->hidden : 0;
    return names[config->roberta][number];
}

bool ra_head_bind(ra_head *head, const ra_bert_config *config, const ra_safetensors *file,
                  ra_error *err)
{
    const ra_tensor *last = ra_safetensors_find(file, names[config->roberta][3]);
    if (!last) {
        ra_failf(err, RA_ERR_INPUT, file->path, 0, "tensor '%s' is missing",
                 names[config->roberta][3]);
        return ra_hintf(err, "an encoder alone is no router; train one on it with 'routeassay "
                             "train bert --embedder encoder:FOLDER'");
    }
    *head = (ra_head){.hidden = config->hidden, .classes = last->count};
    if (last->count < 1 || last->count > RA_MOST_CLASSES)
        return ra_failf(err, RA_ERR_INPUT, file->path, 0,
                        "%zu classes: 1 (strong wins), 2 (strong, weak) or 3 (strong, tie, weak) "
                        "expected",
                        last->count);
    for (size_t i = 0; i < RA_HEAD_TENSORS; i++) {
        size_t size[2];
        const char *name = ra_head_tensor(config, head->classes, i, &size[0], &size[1]);
        if (!ra_safetensors_floats(file, name, size[1] ? 2 : 1, size, &head->tensors[i], err))
            return false;
    }
    return true;
}

/* --- forward and backward --- */

static void affine(const float *x, size_t texts, size_t k, const float *weight, const float *bias,
                   size_t n, float *out)
{
    /* text by text, so that a score does not depend on what shares its batch */
    for (size_t i = 0; i < texts; i++) {
        ra_matrix_rows_by_rows(x + i * k, 1, weight, n, k, out + i * n, 1);
        for (size_t j = 0; j < n; j++)
            out[i * n + j] += bias[j];
    }
}

void ra_head_forward(const ra_head *head, const float *x, size_t texts, float *pooled,
                     float *logits)
{
    size_t h = head->hidden;
    affine(x, texts, h, head->tensors[0], head->tensors[1], h, pooled);
    for (size_t i = 0; i < texts * h; i++)
        pooled[i] = tanhf(pooled[i]);
    affine(pooled, texts, h, head->tensors[2], head->tensors[3], head->classes, logits);
}

/* Of out = in W^T + b: from d (texts,n) to d_in = d W, and, added, to the gradients of W and b. */
static void affine_back(const float *d, size_t texts, size_t n, const float *in, size_t k,
                        const float *weight, float *d_in, float *d_weight, float *d_bias)
{
    for (size_t i = 0; i < texts; i++)
        for (size_t j = 0; j < n; j++)
            d_bias[j] += d[i * n + j];
    ra_product product = {.transpose_a = true,
                          .m = n,
                          .n = k,
                          .k = texts,
                          .alpha = 1,
                          .beta = 1,
                          .a = d,
                          .b = in,
                          .c = d_weight,
                          .lda = n,
                          .ldb = k,
                          .ldc = k};
    ra_matrix_multiply(&product, 1);
    product = (ra_product){.m = texts,
                           .n = k,
                           .k = n,
                           .alpha = 1,
                           .a = d,
                           .b = weight,
                           .c = d_in,
                           .lda = n,
                           .ldb = k,
                           .ldc = k};
    ra_matrix_multiply(&product, 1);
}

void ra_head_backward(const ra_head *head, const float *x, size_t texts, const float *pooled,
                      const float *d_logits, float *d_x, float *const *gradient)
{
    size_t h = head->hidden;
    float *d_pooled = ra_alloc(texts * h, sizeof *d_pooled);
    affine_back(d_logits, texts, head->classes, pooled, h, head->tensors[2], d_pooled, gradient[2],
                gradient[3]);
    for (size_t i = 0; i < texts * h; i++)
        d_pooled[i] *= 1 - pooled[i] * pooled[i];
    affine_back(d_pooled, texts, h, x, h, head->tensors[0], d_x, gradient[0], gradient[1]);
    free(d_pooled);
}

/* --- classes --- */

/* Shares of the classes, and the logarithm of what they are divided by. */
static double softmax(const float *logits, size_t classes, double *share)
{
    double most = (double)logits[0], sum = 0;
    for (size_t c = 1; c < classes; c++)
        most = fmax(most, (double)logits[c]);
    for (size_t c = 0; c < classes; c++)
        sum += share[c] = exp((double)logits[c] - most);
    for (size_t c = 0; c < classes; c++)
        share[c] /= sum;
    return most + log(sum);
}

double ra_head_score(const float *logits, size_t classes)
{
    double share[RA_MOST_CLASSES];
    if (classes == 1)
        return 1 / (1 + exp(-(double)logits[0]));
    softmax(logits, classes, share);
    return share[0];
}

double ra_head_loss(const float *logits, size_t classes, const double share[RA_MOST_CLASSES],
                    float *d_logits)
{
    double win = share[0] + share[1] / 2, found[RA_MOST_CLASSES], loss = 0;
    if (classes == 1) {
        d_logits[0] = (float)(ra_head_score(logits, 1) - win);
        return ra_cross_entropy((double)logits[0], win);
    }
    const double two[] = {win, 1 - win}, *target = classes == 2 ? two : share;
    double total = softmax(logits, classes, found);
    for (size_t c = 0; c < classes; c++) {
        loss += target[c] * (total - (double)logits[c]);
        d_logits[c] = (float)(found[c] - target[c]);
    }
    return loss;
}
