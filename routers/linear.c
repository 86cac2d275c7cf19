/* linear:MODEL - ridge regression on n-grams of the prompt, with the vectors of an embedder beside
 * them when it was trained with one: the baseline that every learned router must beat. */
#include "embed/ngrams.h"
#include "routers/model.h"
#include "routers/ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 2 * RA_NGRAM_BUCKETS };

typedef struct state {
    ra_model model;
    float *idf, *weight; /* of each n-gram feature: COLUMNS */
    const float *dense;  /* weights of the vector, or NULL */
    double intercept;
    ra_ngram_memo *memo; /* shared with others, or NULL */
} state;

/* --- training --- */

/* The labelled prompts: features, vectors, labels and weights, in the order of the prompts. */
typedef struct examples {
    const char **texts;
    float *vectors;
    double *label, *weight;
    size_t count;
} examples;

static examples gather(const ra_training *t, ra_error *err)
{
    size_t n = t->battles->prompt_count, d = t->vectors ? t->dimension : 0;
    examples e = {ra_alloc(n, sizeof *e.texts), ra_alloc(n * d, sizeof *e.vectors),
                  ra_alloc(n, sizeof *e.label), ra_alloc(n, sizeof *e.weight), 0};
    size_t labelled = ra_training_labels(t, e.label, e.weight, err);
    for (size_t p = 0; labelled > 0 && p < n; p++) {
        if (isnan(e.label[p]))
            continue;
        e.texts[e.count] = t->battles->prompts[p];
        e.label[e.count] = e.label[p];
        e.weight[e.count] = e.weight[p];
        for (size_t j = 0; j < d; j++)
            e.vectors[e.count * d + j] = t->vectors[p * d + j];
        e.count++;
    }
    return e;
}

static void free_examples(examples *e)
{
    free(e->texts);
    free(e->vectors);
    free(e->label);
    free(e->weight);
}

/* Only features that a labelled prompt has can have a weight. */
static void add_sparse(ra_model_parts *model, const double *weight)
{
    uint32_t *feature = ra_alloc(COLUMNS, sizeof *feature);
    float *value = ra_alloc(COLUMNS, sizeof *value);
    size_t n = 0;
    for (uint32_t f = 0; f < COLUMNS; f++)
        if (weight[f] > 0 || weight[f] < 0) {
            feature[n] = f;
            value[n++] = (float)weight[f];
        }
    ra_model_add(model, "feature", RA_U32, n, 0, feature);
    ra_model_add(model, "weight", RA_F32, n, 0, value);
    free(feature);
    free(value);
}

static void fit(const ra_training *t, examples *e, double lambda, double share,
                ra_model_parts *model)
{
    ra_features features;
    size_t dense = t->vectors ? t->dimension : 0;
    ra_buf learned = {0};
    ra_ngrams_count(t->texts, t->text_count, t->memo, t->threads, &features);
    ra_ngrams_pack(&features, &learned);
    float *idf = ra_ngrams_idf(learned.text, learned.length);
    ra_features_release(&features);
    ra_ngrams_count(e->texts, e->count, t->memo, t->threads, &features);
    ra_ngrams_weigh(&features, idf);
    float ngrams = dense ? (float)sqrt(1 - share) : 1, vectors = (float)sqrt(share);
    for (size_t i = 0; i < features.start[features.rows]; i++)
        features.value[i] *= ngrams;
    for (size_t i = 0; i < e->count * dense; i++)
        e->vectors[i] *= vectors;
    ra_ridge_rows rows = {e->count, &features, COLUMNS, dense ? e->vectors : NULL, dense};
    double *weight = ra_alloc(COLUMNS + dense, sizeof *weight);
    double intercept = ra_ridge_fit(&rows, e->label, e->weight, lambda, weight);
    for (size_t j = 0; j < COLUMNS; j++) /* scoring need not scale again */
        weight[j] *= (double)ngrams;
    for (size_t j = 0; j < dense; j++)
        weight[COLUMNS + j] *= (double)vectors;
    ra_model_add(model, "ngrams_learned", RA_U8, learned.length, 0, learned.text);
    ra_buf_release(&learned);
    add_sparse(model, weight);
    if (dense)
        ra_model_add_floats(model, "dense", weight + COLUMNS, dense);
    ra_model_add_floats(model, "intercept", &intercept, 1);
    ra_features_release(&features);
    free(idf);
    free(weight);
}

static bool train(const ra_training *t, ra_model_parts *model, ra_error *err)
{
    double lambda = 3, share = 0.5;
    const ra_setting rows[] = {{.name = "lambda", .number = &lambda, .least = 1e-6, .most = 1e9},
                               {.name = "vector_share", .number = &share, .least = 0, .most = 1},
                               {0}};
    if (!ra_settings_read(t, rows, model, err))
        return false;
    examples e = gather(t, err);
    if (e.count > 0)
        fit(t, &e, lambda, share, model);
    free_examples(&e);
    return e.count > 0;
}

/* --- scoring --- */

static void close_linear(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    free(s->idf);
    free(s->weight);
    free(s);
}

static bool damaged(const state *s, const char *what, ra_error *err)
{
    ra_failf(err, RA_ERR_INPUT, s->model.file.path, 0, "tensor '%s' is damaged", what);
    return ra_hintf(err, "train the model again");
}

static bool read_ngrams(state *s, ra_error *err)
{
    size_t length = 0, n = 0;
    const void *learned, *features;
    const float *weights;
    const ra_safetensors *file = &s->model.file;
    if (!ra_safetensors_get(file, "ngrams_learned", RA_U8, 1, &length, &learned, err) ||
        !ra_safetensors_get(file, "feature", RA_U32, 1, &n, &features, err) ||
        !ra_safetensors_floats(file, "weight", 1, &n, &weights, err))
        return false;
    s->idf = ra_ngrams_idf(learned, length);
    if (!s->idf)
        return damaged(s, "ngrams_learned", err);
    const uint32_t *feature = features;
    s->weight = ra_alloc(COLUMNS, sizeof *s->weight);
    for (size_t i = 0; i < n; i++) {
        if (feature[i] >= COLUMNS)
            return damaged(s, "feature", err);
        s->weight[feature[i]] = weights[i];
    }
    return true;
}

static bool read_tensors(state *s, ra_error *err)
{
    size_t one = 1, dimension = s->model.embedder.dimension;
    const float *intercept;
    const ra_safetensors *file = &s->model.file;
    if (!read_ngrams(s, err) ||
        !ra_safetensors_floats(file, "intercept", 1, &one, &intercept, err) ||
        (s->model.has_embedder &&
         !ra_safetensors_floats(file, "dense", 1, &dimension, &s->dense, err)))
        return false;
    s->intercept = (double)*intercept;
    return true;
}

static bool open_linear(void **out, const ra_router_options *options, ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    if (!ra_model_open(&s->model, "linear", options, err) || !read_tensors(s, err)) {
        close_linear(s);
        return false;
    }
    s->memo = options->memo;
    *out = s;
    return true;
}

static void add_ngrams(const state *s, const ra_prompt *prompts, size_t count, double *score)
{
    ra_features features;
    const char **texts = ra_alloc(count, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        texts[i] = prompts[i].text;
    ra_ngrams_count(texts, count, s->memo, 0, &features);
    ra_ngrams_weigh(&features, s->idf);
    for (size_t i = 0; i < count; i++)
        for (size_t k = features.start[i]; k < features.start[i + 1]; k++)
            score[i] += (double)features.value[k] * (double)s->weight[features.feature[k]];
    ra_features_release(&features);
    free(texts);
}

static bool add_vectors(state *s, const ra_prompt *prompts, size_t count, double *score,
                        ra_error *err)
{
    float *vectors;
    size_t d = s->model.embedder.dimension;
    if (!ra_model_vectors(&s->model, prompts, count, &vectors, err))
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < d; j++)
            score[i] += (double)vectors[i * d + j] * (double)s->dense[j];
    free(vectors);
    return true;
}

static bool score_linear(void *context, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    state *s = context;
    for (size_t i = 0; i < count; i++)
        score[i] = s->intercept;
    add_ngrams(s, prompts, count, score);
    if (!(s->model.has_embedder ? add_vectors(s, prompts, count, score, err)
                                : ra_model_check(&s->model, prompts, count, err)))
        return false;
    for (size_t i = 0; i < count; i++)
        score[i] = score[i] < 0 ? 0 : score[i] > 1 ? 1 : score[i];
    return true;
}

extern const ra_router_kind ra_router_linear;
const ra_router_kind ra_router_linear = {.name = "linear",
                                         .summary = "linear:MODEL, ridge regression on n-grams",
                                         .open = open_linear,
                                         .score = score_linear,
                                         .close = close_linear,
                                         .train = train};
