/* bert:MODEL or bert:FOLDER - a classifier on a transformer encoder, see bert.h. */
#include "routers/bert.h"

#include "base/file.h"
#include "routers/logistic.h"
#include "routers/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- training --- */

static const char *const presets[] = {"routeassay", "paper", NULL};
static const char *const tunes[] = {"head", "full", NULL};

/* ours; as in the paper's appendix */
static const ra_bert_settings by_preset[] = {{.lambda = 3,
                                              .classes = 1,
                                              .longest = 256,
                                              .steps = 300,
                                              .batch = 16,
                                              .rate = 5e-5,
                                              .decay = 0.01,
                                              .warm_up = 0.1,
                                              .clip = 1,
                                              .every = 50,
                                              .patience = 3},
                                             {.preset = 1,
                                              .tune = 1,
                                              .lambda = 3,
                                              .classes = 3,
                                              .longest = 512,
                                              .steps = 2000,
                                              .batch = 16,
                                              .rate = 1e-5,
                                              .decay = 0.01,
                                              .clip = 1,
                                              .every = 100,
                                              .patience = 3}};

static const ra_bert_settings *preset_of(const char *name)
{
    return &by_preset[name && strcmp(name, "paper") == 0];
}

static bool read_settings(const ra_training *t, ra_bert_settings *s, ra_model_parts *model,
                          ra_error *err)
{
    const char *preset = NULL;
    ra_json_at at = {t->settings_at, 0};
    if (t->settings && !ra_json_maybe_string(t->settings, "preset", at, &preset, err))
        return false;
    *s = *preset_of(preset);
    const ra_setting rows[] = {
        {.name = "preset", .names = presets, .chosen = &s->preset},
        {.name = "tune", .names = tunes, .chosen = &s->tune},
        {.name = "lambda", .number = &s->lambda, .least = 1e-6, .most = 1e9},
        {.name = "classes", .number = &s->classes, .least = 1, .most = RA_MOST_CLASSES},
        {.name = "longest", .number = &s->longest, .least = 3, .most = 65536},
        {.name = "steps", .number = &s->steps, .least = 1, .most = 1e7},
        {.name = "batch", .number = &s->batch, .least = 1, .most = 4096},
        {.name = "rate", .number = &s->rate, .least = 0, .most = 1},
        {.name = "weight_decay", .number = &s->decay, .least = 0, .most = 1},
        {.name = "warm_up", .number = &s->warm_up, .least = 0, .most = 1},
        {.name = "clip", .number = &s->clip, .least = 1e-6, .most = 1e6},
        {.name = "held_out", .number = &s->held_out, .least = 0, .most = 0.9},
        {.name = "every", .number = &s->every, .least = 1, .most = 1e7},
        {.name = "patience", .number = &s->patience, .least = 1, .most = 1e6},
        {0}};
    return ra_settings_read(t, rows, model, err);
}

/* Whatever is wrong with the settings is told when they are read for training. */
static bool reads_texts(const ra_json *settings)
{
    const char *tune = NULL, *preset = NULL;
    ra_json_at at = {NULL, 0};
    ra_error err;
    if (!settings || !ra_json_maybe_string(settings, "tune", at, &tune, &err) ||
        !ra_json_maybe_string(settings, "preset", at, &preset, &err))
        return false;
    return strcmp(tune ? tune : tunes[preset_of(preset)->tune], "full") == 0;
}

static bool train_head(const ra_training *t, double lambda, ra_model_parts *model, ra_error *err)
{
    size_t n = t->battles->prompt_count, d = t->dimension, kept = 0;
    double *label = ra_alloc(2 * n + d, sizeof *label), *weight = label + n,
           *direction = weight + n;
    size_t labelled = ra_training_labels(t, label, weight, err);
    float *vectors = ra_alloc(labelled * d, sizeof *vectors);
    for (size_t p = 0; labelled > 0 && p < n; p++) {
        if (isnan(label[p]))
            continue;
        memcpy(vectors + kept * d, t->vectors + p * d, d * sizeof *vectors);
        label[kept] = label[p];
        weight[kept++] = weight[p];
    }
    if (labelled > 0) {
        ra_ridge_rows rows = {.rows = kept, .dense = vectors, .dense_columns = d};
        double intercept = ra_logistic_fit(&rows, label, weight, lambda, direction);
        ra_model_add_floats(model, "weight", direction, d);
        ra_model_add_floats(model, "intercept", &intercept, 1);
    }
    free(label);
    free(vectors);
    return labelled > 0;
}

static bool train_bert(const ra_training *training, ra_model_parts *model, ra_error *err)
{
    ra_bert_settings s;
    if (!read_settings(training, &s, model, err))
        return false;
    return s.tune == 0 ? train_head(training, s.lambda, model, err)
                       : ra_bert_tune(training, &s, model, err);
}

/* --- opening --- */

typedef struct state {
    ra_model model;      /* of a trained one */
    ra_encoder own;      /* of a published checkpoint */
    ra_encoder *tuned;   /* with a classifier: own, or the embedder's with the model's tensors */
    ra_head head;        /* the classifier of tuned */
    const float *weight; /* without: on the embedder's vectors */
    double intercept;
} state;

static void close_bert(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    ra_encoder_close(&s->own);
    free(s);
}

static bool open_published(state *s, const char *folder, ra_error *err)
{
    s->tuned = &s->own;
    return ra_encoder_open(&s->own, folder, err) &&
           ra_head_bind(&s->head, &s->own.bert.config, &s->own.bert.file, err);
}

static bool read_head(state *s, ra_error *err)
{
    size_t one = 1, dimension = s->model.embedder.dimension;
    const float *intercept;
    if (!ra_safetensors_floats(&s->model.file, "weight", 1, &dimension, &s->weight, err) ||
        !ra_safetensors_floats(&s->model.file, "intercept", 1, &one, &intercept, err))
        return false;
    s->intercept = (double)*intercept;
    return true;
}

static bool read_tuned(state *s, ra_error *err)
{
    ra_json_at at = {s->model.file.path, 0};
    const ra_json *settings;
    uint64_t longest;
    s->tuned = ra_encoder_of(&s->model.embedder);
    if (!s->tuned)
        return ra_fail(err, RA_ERR_INPUT, at.file, 0, "trained on no encoder", NULL);
    if (!ra_json_object(s->model.about, "settings", at, &settings, err) ||
        !ra_json_count(settings, "longest", at, 65536, &longest, err))
        return false;
    if (longest < s->tuned->longest)
        s->tuned->longest = longest;
    return ra_bert_bind(&s->tuned->bert, &s->model.file, err) &&
           ra_head_bind(&s->head, &s->tuned->bert.config, &s->model.file, err);
}

static bool open_trained(state *s, const ra_router_options *options, ra_error *err)
{
    if (!ra_model_open(&s->model, "bert", options, err))
        return false;
    return ra_safetensors_find(&s->model.file, "weight") ? read_head(s, err) : read_tuned(s, err);
}

static bool open_bert(void **out, const ra_router_options *options, ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    if (!(options->argument && ra_folder_exists(options->argument)
              ? open_published(s, options->argument, err)
              : open_trained(s, options, err))) {
        close_bert(s);
        return false;
    }
    *out = s;
    return true;
}

/* --- scoring --- */

static bool score_vectors(state *s, const ra_prompt *prompts, size_t count, double *score,
                          ra_error *err)
{
    float *vectors;
    size_t d = s->model.embedder.dimension;
    if (!ra_model_vectors(&s->model, prompts, count, &vectors, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        double logit = s->intercept;
        for (size_t j = 0; j < d; j++)
            logit += (double)vectors[i * d + j] * (double)s->weight[j];
        score[i] = 1 / (1 + exp(-logit));
    }
    free(vectors);
    return true;
}

static bool score_tuned(state *s, const ra_prompt *prompts, size_t count, double *score,
                        ra_error *err)
{
    size_t h = s->head.hidden, classes = s->head.classes;
    const char **texts = ra_alloc(count, sizeof *texts);
    float *x = ra_alloc(count * (2 * h + classes), sizeof *x), *pooled = x + count * h;
    float *logits = pooled + count * h;
    for (size_t i = 0; i < count; i++)
        texts[i] = prompts[i].text;
    bool ok = ra_model_check(&s->model, prompts, count, err) &&
              ra_encoder_encode(s->tuned, texts, count, RA_POOL_FIRST, 0, x, err);
    if (ok)
        ra_head_forward(&s->head, x, count, pooled, logits);
    for (size_t i = 0; ok && i < count; i++)
        score[i] = ra_head_score(logits + i * classes, classes);
    free(texts);
    free(x);
    return ok;
}

static bool score_bert(void *context, const ra_prompt *prompts, size_t count, double *score,
                       ra_error *err)
{
    state *s = context;
    return s->tuned ? score_tuned(s, prompts, count, score, err)
                    : score_vectors(s, prompts, count, score, err);
}

extern const ra_router_kind ra_router_bert;
const ra_router_kind ra_router_bert = {
    .name = "bert",
    .summary = "bert:MODEL or bert:FOLDER, a classifier on a transformer encoder",
    .flags = RA_ROUTER_EMBEDS,
    .open = open_bert,
    .score = score_bert,
    .close = close_bert,
    .train = train_bert,
    .reads_texts = reads_texts};
