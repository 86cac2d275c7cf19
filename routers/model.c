#include "routers/model.h"

#include "base/rng.h"
#include "embed/cache.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t ra_prompt_hash(const char *text)
{
    return ra_rng_stream(text, 0);
}

/* --- opening --- */

static bool read_about(ra_model *m, ra_error *err)
{
    const char *path = m->file.path, *text = ra_safetensors_metadata(&m->file, "routeassay");
    ra_json_at at = {path, 0};
    const char *schema;
    if (!text)
        return true;
    m->about = ra_json_parse(text, strlen(text), at, err);
    if (!m->about || !ra_json_string(m->about, "schema", at, &schema, err))
        return false;
    return strcmp(schema, RA_MODEL_SCHEMA) == 0 ||
           ra_failf(err, RA_ERR_INPUT, path, 0, "schema '" RA_MODEL_SCHEMA "' expected, found '%s'",
                    schema);
}

static bool check_kind(const ra_model *m, const char *kind, ra_error *err)
{
    const char *path = m->file.path, *found;
    if (!m->about)
        return ra_fail(err, RA_ERR_INPUT, path, 0, "not a model of routeassay",
                       "its metadata has no 'routeassay'; make one with 'routeassay train'");
    if (!ra_json_string(m->about, "kind", (ra_json_at){path, 0}, &found, err))
        return false;
    if (strcmp(kind, found) == 0)
        return true;
    ra_failf(err, RA_ERR_INPUT, path, 0, "a model of kind '%s', not '%s'", found, kind);
    return ra_hintf(err, "open it as %s:%s", found, path);
}

static bool restore_embedder(ra_model *m, ra_error *err)
{
    const void *learned;
    size_t length = 0;
    if (!ra_safetensors_find(&m->file, "embedder_learned"))
        return true;
    if (!ra_safetensors_get(&m->file, "embedder_learned", RA_U8, 1, &length, &learned, err))
        return false;
    if (!m->embedder.kind->restore)
        return ra_fail(err, RA_ERR_INPUT, m->file.path, 0, "its embedder learns nothing", NULL);
    return m->embedder.kind->restore(m->embedder.state, learned, length, err);
}

/* Embedder of a checkpoint from elsewhere, which does not say what it was trained on. */
static bool name_embedder(const ra_model *m, const ra_json *config, const char **spec,
                          ra_error *err)
{
    if (config && !ra_json_maybe_string(config, "embedder", (ra_json_at){"config", 0}, spec, err))
        return false;
    return *spec || ra_fail(err, RA_ERR_INPUT, m->file.path, 0,
                            "it does not say which embedder it was trained on",
                            "name it in the router's \"config\" of a study: {\"embedder\": "
                            "\"npy:FILE.npy\"}");
}

/* The embedder is the one that the model was trained with, or one of the same identity. */
static bool open_embedder(ra_model *m, const ra_router_options *options, ra_error *err)
{
    const ra_json *config = options->config;
    ra_json_at at = {m->file.path, 0};
    const char *spec = NULL, *identity = NULL;
    if (m->about && (!ra_json_maybe_string(m->about, "embedder", at, &spec, err) ||
                     !ra_json_maybe_string(m->about, "identity", at, &identity, err)))
        return false;
    if (m->about && config && !ra_json_maybe_string(config, "embedder", at, &spec, err))
        return false;
    if (!m->about && !name_embedder(m, config, &spec, err))
        return false;
    if (!spec)
        return true;
    if (!ra_embedder_open(&m->embedder, spec, err))
        return false;
    m->has_embedder = true;
    ra_embedder_share(&m->embedder, options->memo);
    if (m->about && (!identity || strcmp(identity, m->embedder.identity) != 0)) {
        ra_failf(err, RA_ERR_INPUT, m->file.path, 0,
                 "trained with another version of the embedder '%s'", spec);
        return ra_hintf(err, "train it again, or name the embedder it was trained with");
    }
    return restore_embedder(m, err);
}

static bool read_trained(ra_model *m, ra_error *err)
{
    const void *data;
    if (!ra_safetensors_find(&m->file, "trained_prompts"))
        return true;
    if (!ra_safetensors_get(&m->file, "trained_prompts", RA_U64, 1, &m->trained_count, &data, err))
        return false;
    m->trained = data;
    for (size_t i = 1; i < m->trained_count; i++)
        if (m->trained[i - 1] >= m->trained[i])
            return ra_fail(err, RA_ERR_INPUT, m->file.path, 0,
                           "tensor 'trained_prompts' does not rise", NULL);
    return true;
}

static bool peek(ra_model *m, const char *path, ra_error *err)
{
    return ra_safetensors_open(&m->file, path, err) && read_about(m, err) && read_trained(m, err);
}

bool ra_model_peek(ra_model *model, const char *path, ra_error *err)
{
    *model = (ra_model){0};
    if (peek(model, path, err))
        return true;
    ra_model_close(model);
    return false;
}

static bool open_model(ra_model *model, const char *kind, bool published,
                       const ra_router_options *options, ra_error *err)
{
    *model = (ra_model){0};
    if (!options->argument || !*options->argument) {
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "%s: needs a model", kind);
        return ra_hintf(err, "%s:FILE.safetensors, made by 'routeassay train %s'", kind, kind);
    }
    if (options->cache)
        model->cache = ra_arena_strdup(&model->arena, options->cache);
    model->allow_trained = options->allow_trained;
    if (peek(model, options->argument, err) &&
        ((published && !model->about) || check_kind(model, kind, err)) &&
        open_embedder(model, options, err))
        return true;
    ra_model_close(model);
    return false;
}

bool ra_model_open(ra_model *model, const char *kind, const ra_router_options *options,
                   ra_error *err)
{
    return open_model(model, kind, false, options, err);
}

bool ra_model_open_published(ra_model *model, const char *kind, const ra_router_options *options,
                             ra_error *err)
{
    return open_model(model, kind, true, options, err);
}

void ra_model_close(ra_model *model)
{
    if (model->has_embedder)
        ra_embedder_close(&model->embedder);
    ra_json_free(model->about);
    ra_safetensors_close(&model->file);
    ra_arena_release(&model->arena);
    *model = (ra_model){0};
}

/* --- scoring --- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

bool ra_model_knows(const ra_model *m, const char *text)
{
    uint64_t hash = ra_prompt_hash(text);
    return m->trained && bsearch(&hash, m->trained, m->trained_count, sizeof hash, by_value);
}

bool ra_model_check(ra_model *m, const ra_prompt *prompts, size_t count, ra_error *err)
{
    for (size_t i = 0; !m->allow_trained && i < count; i++) {
        if (!ra_model_knows(m, prompts[i].text))
            continue;
        ra_failf(err, RA_ERR_INPUT, m->file.path, 0, "it was trained on the prompt of item '%s'",
                 prompts[i].id);
        return ra_hintf(err, "train with --folds 5 to measure every item by a model that never saw "
                             "it, or ask for it: --allow-trained");
    }
    return true;
}

/* The texts of a tensor: each ends in a zero byte. NULL if the last does not. */
static ra_embed_text *cut_texts(const char *bytes, size_t length, size_t *count)
{
    ra_embed_text *texts = NULL;
    size_t room = 0;
    *count = 0;
    if (length == 0 || bytes[length - 1] != 0)
        return NULL;
    for (size_t at = 0; at < length; at += strlen(bytes + at) + 1) {
        ra_grow(&texts, &room, *count + 1, sizeof *texts);
        texts[(*count)++] = (ra_embed_text){NULL, bytes + at};
    }
    return texts;
}

static bool embed_texts(ra_model *m, size_t *rows, const float **vectors, ra_error *err)
{
    size_t length = 0;
    const void *bytes;
    if (!ra_safetensors_get(&m->file, "texts", RA_U8, 1, &length, &bytes, err))
        return false;
    ra_embed_text *texts = cut_texts(bytes, length, rows);
    if (!texts)
        return ra_fail(err, RA_ERR_INPUT, m->file.path, 0, "tensor 'texts' does not end in 0",
                       "the model is damaged; train it again");
    float *made = ra_arena_alloc(&m->arena, *rows * m->embedder.dimension, sizeof *made);
    bool ok = ra_embedder_embed(&m->embedder, texts, *rows, made, err);
    *vectors = made;
    free(texts);
    return ok;
}

bool ra_model_stored(ra_model *m, size_t *rows, const float **vectors, ra_error *err)
{
    size_t shape[2] = {0, m->embedder.dimension};
    if (m->has_embedder && m->embedder.kind->restore && !ra_safetensors_find(&m->file, "vectors"))
        return embed_texts(m, rows, vectors, err);
    bool ok = ra_safetensors_floats(&m->file, "vectors", 2, shape, vectors, err);
    *rows = shape[0];
    return ok;
}

bool ra_model_vectors(ra_model *m, const ra_prompt *prompts, size_t count, float **vectors,
                      ra_error *err)
{
    *vectors = NULL;
    if (!ra_model_check(m, prompts, count, err))
        return false;
    ra_embed_text *texts = ra_alloc(count, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        texts[i] = (ra_embed_text){prompts[i].id, prompts[i].text};
    *vectors = ra_alloc(count * m->embedder.dimension, sizeof **vectors);
    bool ok = ra_embed_cached(&m->embedder, m->cache, texts, count, *vectors, err);
    free(texts);
    if (!ok) {
        free(*vectors);
        *vectors = NULL;
    }
    return ok;
}
