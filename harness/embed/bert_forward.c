#include "base/matrix.h"
#include "base/parallel.h"
#include "embed/activation.h"
#include "embed/bert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns of a product that one task makes, and rows that one task normalises. */
enum { COLUMNS = 128, ROWS = 16 };

/* --- space --- */

static float *take(float **space, size_t count)
{
    float *part = *space;
    *space += count;
    return part;
}

void ra_bert_trace_init(ra_bert_trace *trace, const ra_bert_config *c, size_t tokens, bool keep)
{
    size_t h = tokens * c->hidden, i = tokens * c->inner, layers = keep ? c->layers : 1;
    *trace = (ra_bert_trace){.tokens = tokens, .keep = keep, .layer_count = c->layers};
    trace->space = ra_realloc(NULL, layers * (8 * h + i) + 2 * h + i, sizeof(float));
    trace->layers = ra_alloc(c->layers, sizeof *trace->layers);
    float *space = trace->space, *input;
    trace->embedded = take(&space, h);
    trace->output = input = take(&space, h);
    for (size_t l = 0; l < c->layers; l++) {
        ra_bert_layer *layer = &trace->layers[l];
        if (l > 0 && !keep) {
            *layer = trace->layers[0];
            continue;
        }
        *layer = (ra_bert_layer){.input = input,
                                 .query = take(&space, h),
                                 .key = take(&space, h),
                                 .value = take(&space, h),
                                 .context = take(&space, h),
                                 .attended = take(&space, h),
                                 .middle = take(&space, h),
                                 .up = take(&space, i),
                                 .summed = take(&space, h),
                                 .output = keep ? take(&space, h) : input};
        trace->output = input = layer->output;
    }
    trace->activated = keep ? take(&space, i) : trace->layers[0].up;
}

void ra_bert_trace_release(ra_bert_trace *trace)
{
    free(trace->space);
    free(trace->layers);
    *trace = (ra_bert_trace){0};
}

/* --- dense layers --- */

/* out (T,n) = in (T,k) weight (n,k)^T + bias, plus `add` if there is one; then gelu of that. */
typedef struct dense {
    const ra_bert_batch *batch;
    const float *in, *weight, *bias, *add;
    float *out, *gelu;
    size_t n, k;
} dense;

static void finish_rows(const dense *d, size_t row, size_t rows, size_t column, size_t columns)
{
    for (size_t r = row; r < row + rows; r++) {
        float *out = d->out + r * d->n + column;
        const float *bias = d->bias + column;
        for (size_t j = 0; j < columns; j++)
            out[j] += bias[j];
        const float *add = d->add ? d->add + r * d->n + column : NULL;
        for (size_t j = 0; add && j < columns; j++)
            out[j] += add[j];
        if (d->gelu)
            ra_gelu(out, columns, d->gelu + r * d->n + column);
    }
}

static size_t tiles_of(const dense *d)
{
    return (d->n + COLUMNS - 1) / COLUMNS;
}

/* Some columns of one text. */
static void dense_tile(const dense *d, size_t index)
{
    size_t text = index / tiles_of(d), column = index % tiles_of(d) * COLUMNS;
    size_t row = d->batch->start[text], rows = d->batch->start[text + 1] - row;
    size_t columns = d->n - column < COLUMNS ? d->n - column : COLUMNS;
    ra_matrix_multiply(&(ra_product){.transpose_b = true,
                                     .m = rows,
                                     .n = columns,
                                     .k = d->k,
                                     .alpha = 1,
                                     .a = d->in + row * d->k,
                                     .b = d->weight + column * d->k,
                                     .c = d->out + row * d->n + column,
                                     .lda = d->k,
                                     .ldb = d->k,
                                     .ldc = d->n},
                       1);
    finish_rows(d, row, rows, column, columns);
}

/* Dense layers of one shape, side by side. */
typedef struct dense_group {
    const dense *layers;
    size_t each; /* tasks of one */
} dense_group;

static void group_task(size_t index, void *context)
{
    const dense_group *g = context;
    dense_tile(&g->layers[index / g->each], index % g->each);
}

static void run_dense(const dense *layers, size_t count, int threads)
{
    dense_group g = {layers, layers->batch->texts * tiles_of(layers)};
    ra_parallel_for(count * g.each, threads, group_task, &g);
}

/* --- attention --- */

typedef struct attention {
    const ra_bert_config *config;
    const ra_bert_batch *batch;
    const ra_bert_layer *layer;
} attention;

/* One head of one text. */
static void attend(size_t index, void *context)
{
    const attention *a = context;
    size_t text = index / a->config->heads, head = index % a->config->heads;
    size_t h = a->config->hidden, d = h / a->config->heads;
    size_t row = a->batch->start[text], rows = a->batch->start[text + 1] - row;
    size_t at = row * h + head * d;
    float *share = ra_realloc(NULL, rows * rows, sizeof *share);
    ra_matrix_multiply(&(ra_product){.transpose_b = true,
                                     .m = rows,
                                     .n = rows,
                                     .k = d,
                                     .alpha = 1,
                                     .a = a->layer->query + at,
                                     .b = a->layer->key + at,
                                     .c = share,
                                     .lda = h,
                                     .ldb = h,
                                     .ldc = rows},
                       1);
    for (size_t r = 0; r < rows; r++)
        ra_softmax(share + r * rows, rows, 1 / sqrtf((float)d));
    ra_matrix_multiply(&(ra_product){.m = rows,
                                     .n = d,
                                     .k = rows,
                                     .alpha = 1,
                                     .a = share,
                                     .b = a->layer->value + at,
                                     .c = a->layer->context + at,
                                     .lda = rows,
                                     .ldb = h,
                                     .ldc = h},
                       1);
    free(share);
}

/* --- norms --- */

typedef struct norm {
    const float *in, *gain, *bias;
    float *out, epsilon;
    size_t rows, width;
} norm;

static void norm_rows(size_t index, void *context)
{
    const norm *n = context;
    size_t row = index * ROWS, rows = n->rows - row < ROWS ? n->rows - row : ROWS;
    ra_layer_norm(n->in + row * n->width, rows, n->width, n->gain, n->bias, n->epsilon,
                  n->out + row * n->width);
}

/* --- the whole --- */

typedef struct pass {
    const ra_bert *bert;
    const ra_bert_batch *batch;
    size_t tokens;
    int threads;
} pass;

static void run_norm(const pass *p, size_t gain, const float *in, float *out)
{
    const ra_bert_config *c = &p->bert->config;
    norm n = {
        in,       p->bert->tensors[gain], p->bert->tensors[gain + 1], out, c->epsilon, p->tokens,
        c->hidden};
    ra_parallel_for((p->tokens + ROWS - 1) / ROWS, p->threads, norm_rows, &n);
}

static void embed(const pass *p, float *out)
{
    const ra_bert_config *c = &p->bert->config;
    const float *const *t = p->bert->tensors;
    size_t h = c->hidden, *position = ra_alloc(p->tokens, sizeof *position);
    for (size_t i = 0; i < p->batch->texts; i++) {
        size_t from = p->batch->start[i];
        ra_bert_positions(c, p->batch->ids + from, p->batch->start[i + 1] - from, position + from);
    }
    for (size_t i = 0; i < p->tokens; i++) {
        const float *word = t[RA_BERT_WORD] + (size_t)p->batch->ids[i] * h;
        const float *place = t[RA_BERT_POSITION] + position[i] * h, *type = t[RA_BERT_TYPE];
        for (size_t j = 0; j < h; j++)
            out[i * h + j] = word[j] + type[j] + place[j];
    }
    free(position);
}

static dense dense_of(const pass *p, size_t weight, const float *in, float *out, size_t n, size_t k)
{
    return (dense){.batch = p->batch,
                   .in = in,
                   .weight = p->bert->tensors[weight],
                   .bias = p->bert->tensors[weight + 1],
                   .out = out,
                   .n = n,
                   .k = k};
}

static void run_layer(const pass *p, size_t number, const ra_bert_layer *l, float *activated)
{
    const ra_bert_config *c = &p->bert->config;
    size_t h = c->hidden, first = ra_bert_at(number, 0);
    dense qkv[] = {dense_of(p, first + RA_BERT_QUERY, l->input, l->query, h, h),
                   dense_of(p, first + RA_BERT_KEY, l->input, l->key, h, h),
                   dense_of(p, first + RA_BERT_VALUE, l->input, l->value, h, h)};
    dense out = dense_of(p, first + RA_BERT_OUT, l->context, l->attended, h, h);
    dense up = dense_of(p, first + RA_BERT_UP, l->middle, l->up, c->inner, h);
    dense down = dense_of(p, first + RA_BERT_DOWN, activated, l->summed, h, c->inner);
    attention a = {c, p->batch, l};
    out.add = l->input;
    up.gelu = activated;
    down.add = l->middle;
    run_dense(qkv, 3, p->threads);
    ra_parallel_for(p->batch->texts * c->heads, p->threads, attend, &a);
    run_dense(&out, 1, p->threads);
    run_norm(p, first + RA_BERT_MIDDLE_GAIN, l->attended, l->middle);
    run_dense(&up, 1, p->threads);
    run_dense(&down, 1, p->threads);
    run_norm(p, first + RA_BERT_LAST_GAIN, l->summed, l->output);
}

void ra_bert_forward(const ra_bert *bert, const ra_bert_batch *batch, ra_bert_trace *trace,
                     int threads)
{
    pass p = {bert, batch, batch->start[batch->texts], threads};
    embed(&p, trace->embedded);
    run_norm(&p, RA_BERT_FIRST_GAIN, trace->embedded, trace->layers[0].input);
    for (size_t l = 0; l < bert->config.layers; l++)
        run_layer(&p, l, &trace->layers[l], trace->activated);
}
