/* The backward pass: each step of the forward pass turned round, last first. */
#include "base/matrix.h"
#include "base/parallel.h"
#include "embed/activation.h"
#include "embed/bert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 128, ROWS = 64 };

typedef struct pass {
    const ra_bert *bert;
    const ra_bert_batch *batch;
    float *const *gradient;
    size_t tokens;
    int threads;
} pass;

/* --- sums over tokens, some columns a task --- */

typedef struct column_sum {
    const float *d;
    size_t rows, width;
    float *sum;
} column_sum;

static void sum_columns(size_t index, void *context)
{
    const column_sum *s = context;
    size_t from = index * COLUMNS, n = s->width - from < COLUMNS ? s->width - from : COLUMNS;
    double sum[COLUMNS] = {0};
    for (size_t r = 0; r < s->rows; r++)
        for (size_t j = 0; j < n; j++)
            sum[j] += (double)s->d[r * s->width + from + j];
    for (size_t j = 0; j < n; j++)
        s->sum[from + j] += (float)sum[j];
}

static void add_column_sums(const pass *p, const float *d, size_t width, float *sum)
{
    column_sum s = {d, p->tokens, width, sum};
    ra_parallel_for((width + COLUMNS - 1) / COLUMNS, p->threads, sum_columns, &s);
}

/* --- dense layers: out = in W^T + b --- */

/* From d (T,n) to the gradients of W (n,k) and b, and, if d_in is given, of in (T,k): d_in = d W,
 * added to what is there if `add`. */
static void dense_back(const pass *p, size_t weight, const float *d, size_t n, const float *in,
                       size_t k, float *d_in, bool add)
{
    add_column_sums(p, d, n, p->gradient[weight + 1]);
    ra_matrix_multiply(&(ra_product){.transpose_a = true,
                                     .m = n,
                                     .n = k,
                                     .k = p->tokens,
                                     .alpha = 1,
                                     .beta = 1,
                                     .a = d,
                                     .b = in,
                                     .c = p->gradient[weight],
                                     .lda = n,
                                     .ldb = k,
                                     .ldc = k},
                       p->threads);
    ra_matrix_multiply(&(ra_product){.m = p->tokens,
                                     .n = k,
                                     .k = n,
                                     .alpha = 1,
                                     .beta = add ? 1 : 0,
                                     .a = d,
                                     .b = p->bert->tensors[weight],
                                     .c = d_in,
                                     .lda = n,
                                     .ldb = k,
                                     .ldc = k},
                       p->threads);
}

/* --- norms --- */

typedef struct norm {
    const float *in, *gain;
    float epsilon, *d, *sums; /* of each task: gain's, bias's */
    size_t rows, width;
} norm;

static void norm_rows(size_t index, void *context)
{
    const norm *n = context;
    size_t row = index * ROWS, rows = n->rows - row < ROWS ? n->rows - row : ROWS;
    float *sums = n->sums + index * 2 * n->width;
    ra_layer_norm_back(n->in + row * n->width, rows, n->width, n->gain, n->epsilon,
                       n->d + row * n->width, sums, sums + n->width);
}

/* d becomes the gradient of the norm's input. */
static void norm_back(const pass *p, size_t gain, const float *in, float *d)
{
    size_t tasks = (p->tokens + ROWS - 1) / ROWS, width = p->bert->config.hidden;
    norm n = {in,
              p->bert->tensors[gain],
              p->bert->config.epsilon,
              d,
              ra_alloc(tasks * 2 * width, sizeof *n.sums),
              p->tokens,
              width};
    ra_parallel_for(tasks, p->threads, norm_rows, &n);
    for (size_t t = 0; t < tasks; t++)
        for (size_t j = 0; j < width; j++) {
            p->gradient[gain][j] += n.sums[t * 2 * width + j];
            p->gradient[gain + 1][j] += n.sums[t * 2 * width + width + j];
        }
    free(n.sums);
}

/* --- attention --- */

typedef struct attention {
    const pass *pass;
    const ra_bert_layer *layer;
    const float *d_context;
    float *d_query, *d_key, *d_value;
} attention;

/* c (rows,columns) = op(a) op(b), the parts of one head; all of `inner` terms. */
static void head_product(bool transpose_a, bool transpose_b, size_t rows, size_t columns,
                         size_t inner, const float *a, size_t lda, const float *b, size_t ldb,
                         float *c, size_t ldc)
{
    ra_matrix_multiply(&(ra_product){.transpose_a = transpose_a,
                                     .transpose_b = transpose_b,
                                     .m = rows,
                                     .n = columns,
                                     .k = inner,
                                     .alpha = 1,
                                     .a = a,
                                     .b = b,
                                     .c = c,
                                     .lda = lda,
                                     .ldb = ldb,
                                     .ldc = ldc},
                       1);
}

/* One head of one text; the shares P = softmax(q k^T) are made again rather than kept. */
static void attend_back(size_t index, void *context)
{
    const attention *a = context;
    const ra_bert_config *c = &a->pass->bert->config;
    const ra_bert_layer *l = a->layer;
    size_t h = c->hidden, d = h / c->heads, text = index / c->heads, head = index % c->heads;
    size_t row = a->pass->batch->start[text], n = a->pass->batch->start[text + 1] - row;
    size_t at = row * h + head * d;
    float scale = 1 / sqrtf((float)d), *share = ra_realloc(NULL, 2 * n * n, sizeof *share);
    float *d_share = share + n * n;
    head_product(false, true, n, n, d, l->query + at, h, l->key + at, h, share, n);
    for (size_t r = 0; r < n; r++)
        ra_softmax(share + r * n, n, scale);
    head_product(true, false, n, d, n, share, n, a->d_context + at, h, a->d_value + at, h);
    head_product(false, true, n, n, d, a->d_context + at, h, l->value + at, h, d_share, n);
    for (size_t r = 0; r < n; r++)
        ra_softmax_back(share + r * n, n, scale, d_share + r * n);
    head_product(false, false, n, d, n, d_share, n, l->key + at, h, a->d_query + at, h);
    head_product(true, false, n, d, n, d_share, n, l->query + at, h, a->d_key + at, h);
    free(share);
}

/* --- gelu --- */

typedef struct activation {
    const float *up;
    float *activated, *d;
    size_t rows, width;
} activation;

static void activate(size_t index, void *context)
{
    const activation *a = context;
    size_t from = index * ROWS * a->width, end = a->rows * a->width;
    size_t count = end - from < ROWS * a->width ? end - from : ROWS * a->width;
    if (a->d)
        ra_gelu_back(a->up + from, count, a->d + from);
    else
        ra_gelu(a->up + from, count, a->activated + from);
}

static void run_activation(const pass *p, activation a)
{
    a.rows = p->tokens;
    a.width = p->bert->config.inner;
    ra_parallel_for((p->tokens + ROWS - 1) / ROWS, p->threads, activate, &a);
}

/* --- embeddings --- */

typedef struct lookup {
    const pass *pass;
    const float *d;
    const size_t *position;
} lookup;

/* Some columns of all tokens, in their order. */
static void add_embeddings(size_t index, void *context)
{
    const lookup *e = context;
    const pass *p = e->pass;
    size_t h = p->bert->config.hidden, from = index * COLUMNS;
    size_t n = h - from < COLUMNS ? h - from : COLUMNS;
    for (size_t t = 0; t < p->tokens; t++) {
        float *word = p->gradient[RA_BERT_WORD] + (size_t)p->batch->ids[t] * h + from;
        float *place = p->gradient[RA_BERT_POSITION] + e->position[t] * h + from;
        const float *d = e->d + t * h + from;
        for (size_t j = 0; j < n; j++) {
            word[j] += d[j];
            place[j] += d[j];
        }
    }
}

static void embeddings_back(const pass *p, const float *d)
{
    const ra_bert_config *c = &p->bert->config;
    size_t *position = ra_alloc(p->tokens, sizeof *position);
    for (size_t i = 0; i < p->batch->texts; i++) {
        size_t from = p->batch->start[i];
        ra_bert_positions(c, p->batch->ids + from, p->batch->start[i + 1] - from, position + from);
    }
    lookup e = {p, d, position};
    ra_parallel_for((c->hidden + COLUMNS - 1) / COLUMNS, p->threads, add_embeddings, &e);
    add_column_sums(p, d, c->hidden, p->gradient[RA_BERT_TYPE]);
    free(position);
}

/* --- the whole --- */

/* d: gradient of the layer's output, becomes that of its input. wide (T,inner) is for scratch, and
 * four (T,hidden) stand behind it. */
static void layer_back(const pass *p, size_t number, const ra_bert_layer *l, float *activated,
                       float *d, float *wide)
{
    const ra_bert_config *c = &p->bert->config;
    size_t h = c->hidden, size = p->tokens * h, first = ra_bert_at(number, 0);
    float *d_context = wide + p->tokens * c->inner;
    attention a = {.pass = p,
                   .layer = l,
                   .d_context = d_context,
                   .d_query = d_context + size,
                   .d_key = d_context + 2 * size,
                   .d_value = d_context + 3 * size};
    norm_back(p, first + RA_BERT_LAST_GAIN, l->summed, d);
    run_activation(p, (activation){.up = l->up, .activated = activated});
    dense_back(p, first + RA_BERT_DOWN, d, h, activated, c->inner, wide, false);
    run_activation(p, (activation){.up = l->up, .d = wide});
    dense_back(p, first + RA_BERT_UP, wide, c->inner, l->middle, h, d, true);
    norm_back(p, first + RA_BERT_MIDDLE_GAIN, l->attended, d);
    dense_back(p, first + RA_BERT_OUT, d, h, l->context, h, d_context, false);
    ra_parallel_for(p->batch->texts * c->heads, p->threads, attend_back, &a);
    dense_back(p, first + RA_BERT_QUERY, a.d_query, h, l->input, h, d, true);
    dense_back(p, first + RA_BERT_KEY, a.d_key, h, l->input, h, d, true);
    dense_back(p, first + RA_BERT_VALUE, a.d_value, h, l->input, h, d, true);
}

void ra_bert_backward(const ra_bert *bert, const ra_bert_batch *batch, const ra_bert_trace *trace,
                      float *d, float *const *gradient, int threads)
{
    const ra_bert_config *c = &bert->config;
    pass p = {bert, batch, gradient, batch->start[batch->texts], threads};
    float *wide = ra_realloc(NULL, p.tokens * (c->inner + 4 * c->hidden), sizeof *wide);
    for (size_t l = c->layers; l-- > 0;)
        layer_back(&p, l, &trace->layers[l], trace->activated, d, wide);
    norm_back(&p, RA_BERT_FIRST_GAIN, trace->embedded, d);
    embeddings_back(&p, d);
    free(wide);
}
