/* Transformer encoders of the BERT family: BERT, RoBERTa and XLM-RoBERTa, in float32.
 *
 * A folder as the model hub keeps it: config.json, and model.safetensors with the tensors of the
 * encoder alone or behind the prefix "bert." or "roberta.". Shapes, with T tokens, H hidden, I
 * intermediate:
 *
 *   x = norm(word[id] + position[p] + type[0])                              (T,H)
 *   per layer:
 *     q, k, v = x W^T + b; a = softmax(q k^T / sqrt(H / heads)) v, head by head
 *     m = norm(x + a W_out^T + b)
 *     x = norm(m + gelu(m W_up^T + b) W_down^T + b)
 *
 * Texts stand one after another and nothing is padded. Products are made by base/panels.h, which
 * sums each in one order: a text's numbers depend on its own tokens only, whatever shares the
 * batch, on any number of threads.
 *
 *     ra_bert bert;
 *     if (!ra_bert_open(&bert, "models/minilm", err)) return false;
 *     ra_bert_trace trace;
 *     ra_bert_trace_init(&trace, &bert.config, tokens, false);
 *     ra_bert_forward(&bert, &batch, &trace, 0);         trace.output is (tokens, hidden)
 *     ra_bert_trace_release(&trace);
 *     ra_bert_close(&bert);
 */
#ifndef RA_EMBED_BERT_H
#define RA_EMBED_BERT_H

#include "base/panels.h"
#include "data/safetensors.h"

typedef struct ra_bert_config {
    size_t layers, heads, hidden, inner, vocabulary, positions, types;
    size_t padding;        /* RoBERTa: id of the padding token, which has that position */
    size_t first_position; /* RoBERTa counts from the padding id + 1, BERT from 0 */
    float epsilon;         /* of the layer norms */
    bool roberta;
} ra_bert_config;

/* Tensors by number: these, and RA_BERT_PER_LAYER for each layer, see ra_bert_at. */
enum {
    RA_BERT_WORD,
    RA_BERT_POSITION,
    RA_BERT_TYPE,
    RA_BERT_FIRST_GAIN,
    RA_BERT_FIRST_BIAS,
    RA_BERT_BEFORE_LAYERS
};
/* A bias follows its matrix, and a norm's bias its gain. */
enum {
    RA_BERT_QUERY = 0,
    RA_BERT_KEY = 2,
    RA_BERT_VALUE = 4,
    RA_BERT_OUT = 6,
    RA_BERT_MIDDLE_GAIN = 8,
    RA_BERT_UP = 10,
    RA_BERT_DOWN = 12,
    RA_BERT_LAST_GAIN = 14,
    RA_BERT_PER_LAYER = 16
};

/* Number of a layer's tensor. */
static inline size_t ra_bert_at(size_t layer, size_t tensor)
{
    return RA_BERT_BEFORE_LAYERS + layer * RA_BERT_PER_LAYER + tensor;
}

size_t ra_bert_tensor_count(const ra_bert_config *config);
/* Name without prefix, in the arena, and shape; columns 0 = a vector. */
const char *ra_bert_tensor(const ra_bert_config *config, size_t number, ra_arena *arena,
                           size_t *rows, size_t *columns);

/* Reads config.json; an architecture that is none of these, or a kind of activation or position
 * that is not there, is an error. */
RA_MUST_CHECK bool ra_bert_config_read(ra_bert_config *config, const ra_json *doc, const char *path,
                                       ra_error *err);

typedef struct ra_bert {
    ra_bert_config config;
    const float **tensors; /* ra_bert_tensor_count, in a file or wherever the caller keeps them */
    ra_panels *packed;     /* the matrices of the layers, by the same numbers */
    ra_json *doc;          /* config.json */
    ra_safetensors file;
    ra_arena arena;
} ra_bert;

RA_MUST_CHECK bool ra_bert_open(ra_bert *bert, const char *folder, ra_error *err);
/* Takes the encoder's tensors from another file, which must stay open. */
RA_MUST_CHECK bool ra_bert_bind(ra_bert *bert, const ra_safetensors *file, ra_error *err);
/* To be called when numbers in the tensors have changed: the forward pass reads a copy of the
 * layers' matrices, in the order of its products. */
void ra_bert_pack(ra_bert *bert, int threads);
void ra_bert_close(ra_bert *bert);

/* Most tokens that a text may have. */
size_t ra_bert_longest(const ra_bert_config *config);
/* Positions of a text's tokens. */
void ra_bert_positions(const ra_bert_config *config, const int32_t *ids, size_t count,
                       size_t *position);

/* Texts as tokens, one after another: text i has ids[start[i]] .. ids[start[i + 1] - 1]. */
typedef struct ra_bert_batch {
    size_t texts;
    const size_t *start; /* texts + 1 */
    const int32_t *ids;
} ra_bert_batch;

/* An id outside the vocabulary, an empty text or one that is too long is an error. */
RA_MUST_CHECK bool ra_bert_check(const ra_bert *bert, const ra_bert_batch *batch, ra_error *err);

/* What a layer leaves behind, (tokens, hidden) each, up (tokens, inner). `attended` and `summed`
 * are sums before the norms. */
typedef struct ra_bert_layer {
    float *input, *query, *key, *value, *context, *attended, *middle, *up, *summed, *output;
} ra_bert_layer;

/* Space for a forward pass of up to `tokens` tokens. With `keep` each layer has its own, as a
 * backward pass needs; else all share one. */
typedef struct ra_bert_trace {
    size_t tokens;
    bool keep;
    float *embedded;  /* before the first norm */
    float *output;    /* of the last layer */
    float *activated; /* gelu(up) of the last layer; without `keep` it is up itself */
    ra_bert_layer *layers;
    size_t layer_count;
    float *space;
} ra_bert_trace;

void ra_bert_trace_init(ra_bert_trace *trace, const ra_bert_config *config, size_t tokens,
                        bool keep);
void ra_bert_trace_release(ra_bert_trace *trace);

/* Fills trace->output (tokens, hidden). The batch must have been checked, and fit the trace. */
void ra_bert_forward(const ra_bert *bert, const ra_bert_batch *batch, ra_bert_trace *trace,
                     int threads);

/* From d (tokens, hidden), the gradient of trace->output, to those of all tensors, to which it
 * adds; gradient has one array for each tensor. d is overwritten. The trace must be kept, and of
 * the same batch. */
void ra_bert_backward(const ra_bert *bert, const ra_bert_batch *batch, const ra_bert_trace *trace,
                      float *d, float *const *gradient, int threads);

#endif
