#include "base/parallel.h"
#include "embed/activation.h"
#include "embed/bert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of tokens that stay in the second-level cache while panels pass over them, and panels of
 * one task; tokens that one task normalises; queries of one task's attention. */
enum { DENSE_NUMBERS = 192 * 384, DENSE_PANELS = 4, NORM_ROWS = 16, QUERIES = 96 };

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
    const ra_panels *weight;
    const float *in, *bias, *add;
    float *out, *gelu;
    size_t tokens;
} dense;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Tokens of one task. */
static size_t rows_of(const dense *d)
{
    size_t rows = DENSE_NUMBERS / d->weight->columns;
    return rows > 0 ? rows : 1;
}

/* Tasks across. */
static size_t columns_of(const dense *d)
{
    return (d->weight->count + DENSE_PANELS - 1) / DENSE_PANELS;
}

/* Some rows, and the columns of some panels. */
static void dense_part(const dense *d, size_t row, size_t panel)
{
    size_t n = d->weight->vectors, k = d->weight->columns, column = panel * RA_PANEL;
    size_t rows = smaller(rows_of(d), d->tokens - row), at = row * n + column;
    size_t columns = smaller((size_t)DENSE_PANELS * RA_PANEL, n - column);
    ra_panels_part(d->weight,
                   &(ra_panel_part){.first = panel,
                                    .count = smaller(DENSE_PANELS, d->weight->count - panel),
                                    .rows = d->in + row * k,
                                    .row_count = rows,
                                    .stride = k,
                                    .start = d->bias + column,
                                    .out = d->out + at,
                                    .out_stride = n});
    for (size_t r = 0; d->add && r < rows; r++)
        ra_add(d->add + at + r * n, columns, d->out + at + r * n);
    for (size_t r = 0; d->gelu && r < rows; r++)
        ra_gelu(d->out + at + r * n, columns, d->gelu + at + r * n);
}

/* Dense layers of one shape and input, side by side: what they do with the same rows follows each
 * other. */
typedef struct dense_group {
    const dense *layers;
    size_t count;
} dense_group;

static void dense_task(size_t index, void *context)
{
    const dense_group *g = context;
    size_t across = columns_of(g->layers), layer = index / across % g->count;
    dense_part(&g->layers[layer], index / (across * g->count) * rows_of(g->layers),
               index % across * DENSE_PANELS);
}

static void run_dense(const dense *layers, size_t count, int threads)
{
    size_t down = (layers->tokens + rows_of(layers) - 1) / rows_of(layers);
    dense_group g = {layers, count};
    ra_parallel_for(count * down * columns_of(layers), threads, dense_task, &g);
}

/* --- attention --- */

typedef struct attention {
    const ra_bert_config *config;
    const ra_bert_batch *batch;
    const ra_bert_layer *layer;
} attention;

/* Some queries of one head against its keys and values; share (rows, tokens) is for scratch. */
static void attend_rows(const float *query, size_t rows, size_t stride, const ra_panels *keys,
                        const ra_panels *values, float *share, float *out)
{
    size_t tokens = keys->vectors, width = values->vectors;
    ra_panels_part(keys, &(ra_panel_part){.count = keys->count,
                                          .rows = query,
                                          .row_count = rows,
                                          .stride = stride,
                                          .out = share,
                                          .out_stride = tokens});
    for (size_t r = 0; r < rows; r++)
        ra_softmax(share + r * tokens, tokens, 1 / sqrtf((float)width));
    ra_panels_part(values, &(ra_panel_part){.count = values->count,
                                            .rows = share,
                                            .row_count = rows,
                                            .stride = tokens,
                                            .out = out,
                                            .out_stride = stride});
}

/* One head of one text, some queries at a time, whose shares of all tokens stay in the cache. */
static void attend(size_t index, void *context)
{
    const attention *a = context;
    size_t text = index / a->config->heads, head = index % a->config->heads;
    size_t h = a->config->hidden, d = h / a->config->heads;
    size_t start = a->batch->start[text], tokens = a->batch->start[text + 1] - start;
    size_t at = start * h + head * d;
    float *share = ra_realloc(NULL, smaller(QUERIES, tokens) * tokens, sizeof *share);
    ra_panels keys, values;
    ra_panels_pack_from(&keys, a->layer->key + at, tokens, d, h, 1);
    ra_panels_pack_from(&values, a->layer->value + at, d, tokens, 1, h);
    for (size_t row = 0; row < tokens; row += QUERIES)
        attend_rows(a->layer->query + at + row * h, smaller(QUERIES, tokens - row), h, &keys,
                    &values, share, a->layer->context + at + row * h);
    ra_panels_release(&keys);
    ra_panels_release(&values);
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
    size_t row = index * NORM_ROWS, rows = smaller(NORM_ROWS, n->rows - row);
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
    ra_parallel_for((p->tokens + NORM_ROWS - 1) / NORM_ROWS, p->threads, norm_rows, &n);
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

static dense dense_of(const pass *p, size_t weight, const float *in, float *out)
{
    return (dense){.weight = &p->bert->packed[weight],
                   .in = in,
                   .bias = p->bert->tensors[weight + 1],
                   .out = out,
                   .tokens = p->tokens};
}

static void run_layer(const pass *p, size_t number, const ra_bert_layer *l, float *activated)
{
    const ra_bert_config *c = &p->bert->config;
    size_t first = ra_bert_at(number, 0);
    dense qkv[] = {dense_of(p, first + RA_BERT_QUERY, l->input, l->query),
                   dense_of(p, first + RA_BERT_KEY, l->input, l->key),
                   dense_of(p, first + RA_BERT_VALUE, l->input, l->value)};
    dense out = dense_of(p, first + RA_BERT_OUT, l->context, l->attended);
    dense up = dense_of(p, first + RA_BERT_UP, l->middle, l->up);
    dense down = dense_of(p, first + RA_BERT_DOWN, activated, l->summed);
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
