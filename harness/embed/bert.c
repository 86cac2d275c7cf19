#include "embed/bert.h"

#include "base/limits.h"
#include "base/parallel.h"

#include <stdlib.h>
#include <string.h>

/* --- config.json --- */

typedef struct reader {
    const ra_json *doc;
    ra_json_at at;
    ra_error *err;
} reader;

static bool size_field(const reader *r, const char *name, uint64_t least, uint64_t most,
                       size_t *out)
{
    uint64_t value;
    if (!ra_json_count(r->doc, name, r->at, most, &value, r->err))
        return false;
    *out = value;
    return value >= least ||
           ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0, "'%s': at least %llu expected, found %llu",
                    name, (unsigned long long)least, (unsigned long long)value);
}

/* The field must have that text, if it is there. */
static bool only_text(const reader *r, const char *name, const char *wanted)
{
    const char *found = wanted;
    if (!ra_json_maybe_string(r->doc, name, r->at, &found, r->err))
        return false;
    return strcmp(found, wanted) == 0 ||
           ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0, "'%s': '%s' is not supported, '%s' is",
                    name, found, wanted);
}

static bool read_family(const reader *r, ra_bert_config *c)
{
    const char *type;
    if (!ra_json_string(r->doc, "model_type", r->at, &type, r->err))
        return false;
    c->roberta = strcmp(type, "roberta") == 0 || strcmp(type, "xlm-roberta") == 0;
    if (c->roberta || strcmp(type, "bert") == 0)
        return true;
    ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0, "'model_type': '%s' is not supported", type);
    return ra_hintf(r->err, "known: bert roberta xlm-roberta");
}

static bool read_numbers(const reader *r, ra_bert_config *c)
{
    double epsilon = 1e-12;
    if (!size_field(r, "num_hidden_layers", 1, RA_MAX_LAYERS, &c->layers) ||
        !size_field(r, "num_attention_heads", 1, RA_MAX_DIMENSION, &c->heads) ||
        !size_field(r, "hidden_size", 1, RA_MAX_DIMENSION, &c->hidden) ||
        !size_field(r, "intermediate_size", 1, RA_MAX_DIMENSION, &c->inner) ||
        !size_field(r, "vocab_size", 1, 1U << 24, &c->vocabulary) ||
        !size_field(r, "max_position_embeddings", 1, 1U << 20, &c->positions) ||
        !size_field(r, "type_vocab_size", 1, 1U << 10, &c->types) ||
        !ra_json_maybe_number(r->doc, "layer_norm_eps", r->at, &epsilon, r->err) ||
        (c->roberta && !size_field(r, "pad_token_id", 0, 1U << 24, &c->padding)))
        return false;
    c->epsilon = (float)epsilon;
    c->first_position = c->roberta ? c->padding + 1 : 0;
    if (c->hidden % c->heads != 0)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "hidden_size %zu is not a multiple of %zu attention heads", c->hidden,
                        c->heads);
    if (!(epsilon >= 0 && epsilon < 1) || c->first_position >= c->positions)
        return ra_fail(r->err, RA_ERR_INPUT, r->at.file, 0,
                       "layer_norm_eps or pad_token_id is out of range", NULL);
    return true;
}

bool ra_bert_config_read(ra_bert_config *config, const ra_json *doc, const char *path,
                         ra_error *err)
{
    reader r = {doc, {path, 0}, err};
    bool decoder = false;
    *config = (ra_bert_config){0};
    if (!ra_json_is_object(doc))
        return ra_fail(err, RA_ERR_INPUT, path, 0, "an object expected", NULL);
    if (!read_family(&r, config) || !only_text(&r, "hidden_act", "gelu") ||
        !only_text(&r, "position_embedding_type", "absolute") ||
        !ra_json_maybe_bool(doc, "is_decoder", r.at, &decoder, err))
        return false;
    return decoder ? ra_fail(err, RA_ERR_INPUT, path, 0, "a decoder is not supported", NULL)
                   : read_numbers(&r, config);
}

size_t ra_bert_longest(const ra_bert_config *config)
{
    return config->positions - config->first_position;
}

void ra_bert_positions(const ra_bert_config *config, const int32_t *ids, size_t count,
                       size_t *position)
{
    size_t next = config->first_position;
    for (size_t i = 0; i < count; i++)
        position[i] =
            config->roberta && (size_t)ids[i] == config->padding ? config->padding : next++;
}

/* --- tensors --- */

size_t ra_bert_tensor_count(const ra_bert_config *config)
{
    return ra_bert_at(config->layers, 0);
}

typedef struct shape {
    char rows, columns; /* letters, see size_of */
    const char *name;
} shape;

static const shape before_layers[RA_BERT_BEFORE_LAYERS] = {
    {'v', 'h', "embeddings.word_embeddings.weight"},
    {'p', 'h', "embeddings.position_embeddings.weight"},
    {'t', 'h', "embeddings.token_type_embeddings.weight"},
    {'h', 0, "embeddings.LayerNorm.weight"},
    {'h', 0, "embeddings.LayerNorm.bias"}};

static const shape of_layer[RA_BERT_PER_LAYER] = {{'h', 'h', "attention.self.query.weight"},
                                                  {'h', 0, "attention.self.query.bias"},
                                                  {'h', 'h', "attention.self.key.weight"},
                                                  {'h', 0, "attention.self.key.bias"},
                                                  {'h', 'h', "attention.self.value.weight"},
                                                  {'h', 0, "attention.self.value.bias"},
                                                  {'h', 'h', "attention.output.dense.weight"},
                                                  {'h', 0, "attention.output.dense.bias"},
                                                  {'h', 0, "attention.output.LayerNorm.weight"},
                                                  {'h', 0, "attention.output.LayerNorm.bias"},
                                                  {'i', 'h', "intermediate.dense.weight"},
                                                  {'i', 0, "intermediate.dense.bias"},
                                                  {'h', 'i', "output.dense.weight"},
                                                  {'h', 0, "output.dense.bias"},
                                                  {'h', 0, "output.LayerNorm.weight"},
                                                  {'h', 0, "output.LayerNorm.bias"}};

static size_t size_of(const ra_bert_config *c, char letter)
{
    switch (letter) {
    case 'v':
        return c->vocabulary;
    case 'p':
        return c->positions;
    case 't':
        return c->types;
    case 'i':
        return c->inner;
    case 'h':
        return c->hidden;
    default:
        return 0;
    }
}

const char *ra_bert_tensor(const ra_bert_config *c, size_t number, ra_arena *arena, size_t *rows,
                           size_t *columns)
{
    bool first = number < RA_BERT_BEFORE_LAYERS;
    size_t at = number - (first ? 0 : RA_BERT_BEFORE_LAYERS);
    const shape *s = first ? &before_layers[at] : &of_layer[at % RA_BERT_PER_LAYER];
    *rows = size_of(c, s->rows);
    *columns = size_of(c, s->columns);
    return first ? s->name
                 : ra_arena_printf(arena, "encoder.layer.%zu.%s", at / RA_BERT_PER_LAYER, s->name);
}

static const char *prefix_of(const ra_safetensors *file)
{
    static const char *const prefixes[] = {"bert.", "roberta."};
    ra_arena arena = {0};
    const char *found = "";
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (ra_safetensors_find(
                file, ra_arena_printf(&arena, "%s%s", prefixes[i], before_layers[0].name)))
            found = prefixes[i];
    ra_arena_release(&arena);
    return found;
}

bool ra_bert_bind(ra_bert *bert, const ra_safetensors *file, ra_error *err)
{
    const char *prefix = prefix_of(file);
    size_t count = ra_bert_tensor_count(&bert->config);
    if (!bert->tensors)
        bert->tensors = ra_arena_alloc(&bert->arena, count, sizeof *bert->tensors);
    for (size_t i = 0; i < count; i++) {
        size_t size[2];
        const char *name = ra_bert_tensor(&bert->config, i, &bert->arena, &size[0], &size[1]);
        name = ra_arena_printf(&bert->arena, "%s%s", prefix, name);
        if (!ra_safetensors_floats(file, name, size[1] ? 2 : 1, size, &bert->tensors[i], err))
            return false;
    }
    ra_bert_pack(bert, 0);
    return true;
}

enum { MATRICES = 6 };
static const size_t matrices[MATRICES] = {RA_BERT_QUERY, RA_BERT_KEY, RA_BERT_VALUE,
                                          RA_BERT_OUT,   RA_BERT_UP,  RA_BERT_DOWN};

/* Matrix number `index` of all layers. */
static void pack_matrix(size_t index, void *context)
{
    ra_bert *bert = context;
    size_t tensor = matrices[index % MATRICES], i = ra_bert_at(index / MATRICES, tensor);
    const shape *s = &of_layer[tensor];
    ra_panels_release(&bert->packed[i]);
    ra_panels_pack(&bert->packed[i], bert->tensors[i], size_of(&bert->config, s->rows),
                   size_of(&bert->config, s->columns));
}

void ra_bert_pack(ra_bert *bert, int threads)
{
    if (!bert->packed)
        bert->packed = ra_alloc(ra_bert_tensor_count(&bert->config), sizeof *bert->packed);
    ra_parallel_for(bert->config.layers * MATRICES, threads, pack_matrix, bert);
}

bool ra_bert_open(ra_bert *bert, const char *folder, ra_error *err)
{
    *bert = (ra_bert){0};
    char *path = ra_path_join(&bert->arena, folder, "config.json");
    bert->doc = ra_json_read(path, err);
    if (bert->doc && ra_bert_config_read(&bert->config, bert->doc, path, err) &&
        ra_safetensors_open(&bert->file, ra_path_join(&bert->arena, folder, "model.safetensors"),
                            err) &&
        ra_bert_bind(bert, &bert->file, err))
        return true;
    ra_bert_close(bert);
    return false;
}

void ra_bert_close(ra_bert *bert)
{
    for (size_t i = 0; bert->packed && i < ra_bert_tensor_count(&bert->config); i++)
        ra_panels_release(&bert->packed[i]);
    free(bert->packed);
    ra_json_free(bert->doc);
    ra_safetensors_close(&bert->file);
    ra_arena_release(&bert->arena);
    *bert = (ra_bert){0};
}

bool ra_bert_check(const ra_bert *bert, const ra_bert_batch *batch, ra_error *err)
{
    const ra_bert_config *c = &bert->config;
    for (size_t i = 0; i < batch->texts; i++) {
        size_t length = batch->start[i + 1] - batch->start[i];
        if (length == 0 || length > ra_bert_longest(c))
            return ra_failf(err, RA_ERR_INPUT, bert->file.path, 0,
                            "a text of %zu tokens, 1 to %zu expected", length, ra_bert_longest(c));
    }
    for (size_t t = 0; t < batch->start[batch->texts]; t++)
        if (batch->ids[t] < 0 || (size_t)batch->ids[t] >= c->vocabulary)
            return ra_failf(err, RA_ERR_INPUT, bert->file.path, 0,
                            "token %d, but the model knows %zu tokens", (int)batch->ids[t],
                            c->vocabulary);
    return true;
}
