/* knn:MODEL - mean label of the k training prompts nearest by cosine: RouterBench's baseline. */
#include "base/matrix.h"
#include "routers/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
    ra_model model;
    const float *vectors, *label, *weight; /* (count, dimension), count, count */
    size_t count, k;
    bool by_similarity;
} state;

static const char *const weightings[] = {"uniform", "similarity", NULL};

/* --- training: keeping what was seen --- */

static bool train(const ra_training *t, ra_model_parts *model, ra_error *err)
{
    double k = 40, *label, *weight;
    size_t weighting = 0, n = t->battles->prompt_count, kept = 0;
    const ra_setting rows[] = {{.name = "k", .number = &k, .least = 1, .most = 1e6},
                               {.name = "weights", .names = weightings, .chosen = &weighting},
                               {0}};
    if (!ra_settings_read(t, rows, model, err))
        return false;
    label = ra_alloc(n, sizeof *label);
    weight = ra_alloc(n, sizeof *weight);
    size_t labelled = ra_training_labels(t, label, weight, err);
    size_t *prompts = ra_alloc(labelled, sizeof *prompts);
    float *labels = ra_alloc(2 * labelled, sizeof *labels), *weights = labels + labelled;
    for (size_t p = 0; labelled > 0 && p < n; p++) {
        if (isnan(label[p]))
            continue;
        prompts[kept] = p;
        labels[kept] = (float)label[p];
        weights[kept++] = (float)weight[p];
    }
    ra_training_keep(t, prompts, kept, model);
    ra_model_add(model, "labels", RA_F32, kept, 0, labels);
    ra_model_add(model, "weights", RA_F32, kept, 0, weights);
    free(label);
    free(weight);
    free(prompts);
    free(labels);
    return labelled > 0;
}

/* --- scoring --- */

static void close_knn(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    free(s);
}

static bool read_settings(state *s, ra_error *err)
{
    const ra_json *settings;
    const char *weights;
    uint64_t k;
    ra_json_at at = {s->model.file.path, 0};
    if (!ra_json_object(s->model.about, "settings", at, &settings, err) ||
        !ra_json_count(settings, "k", at, 1000000, &k, err) ||
        !ra_json_string(settings, "weights", at, &weights, err))
        return false;
    s->by_similarity = strcmp(weights, "similarity") == 0;
    s->k = k < s->count ? k : s->count;
    return s->k > 0 || ra_fail(err, RA_ERR_INPUT, at.file, 0, "setting 'k' is 0", NULL);
}

static bool open_knn(void **out, const ra_router_options *options, ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    bool ok = ra_model_open(&s->model, "knn", options, err);
    if (ok) {
        ok = ra_model_stored(&s->model, &s->count, &s->vectors, err);
        size_t shape[1] = {s->count};
        ok = ok && ra_safetensors_floats(&s->model.file, "labels", 1, shape, &s->label, err) &&
             ra_safetensors_floats(&s->model.file, "weights", 1, shape, &s->weight, err);
        ok = ok && read_settings(s, err);
    }
    if (!ok) {
        close_knn(s);
        return false;
    }
    *out = s;
    return true;
}

typedef struct neighbour {
    float similarity;
    size_t row;
} neighbour;

/* The k nearest, nearest first; of equals the earlier row. */
static void find_nearest(const state *s, const float *similarity, neighbour *near)
{
    size_t found = 0;
    for (size_t row = 0; row < s->count; row++) {
        if (found == s->k && !(similarity[row] > near[found - 1].similarity))
            continue;
        size_t at = found < s->k ? found++ : found - 1;
        for (; at > 0 && similarity[row] > near[at - 1].similarity; at--)
            near[at] = near[at - 1];
        near[at] = (neighbour){similarity[row], row};
    }
}

static double vote(const state *s, const float *similarity, neighbour *near)
{
    double sum = 0, weights = 0;
    find_nearest(s, similarity, near);
    for (size_t i = 0; i < s->k; i++) {
        double w = (double)s->weight[near[i].row];
        if (s->by_similarity)
            w *= near[i].similarity > 0 ? (double)near[i].similarity : 0;
        sum += w * (double)s->label[near[i].row];
        weights += w;
    }
    double score = weights > 0 ? sum / weights : 0.5;
    return score < 0 ? 0 : score > 1 ? 1 : score;
}

static bool score_knn(void *context, const ra_prompt *prompts, size_t count, double *score,
                      ra_error *err)
{
    state *s = context;
    float *vectors;
    if (!ra_model_vectors(&s->model, prompts, count, &vectors, err))
        return false;
    float *similarity = ra_alloc(count * s->count, sizeof *similarity);
    neighbour *near = ra_alloc(s->k, sizeof *near);
    size_t d = s->model.embedder.dimension;
    if (count == 1)
        ra_matrix_vector(s->vectors, s->count, d, vectors, similarity, 0);
    else
        ra_matrix_rows_by_rows(vectors, count, s->vectors, s->count, d, similarity, 0);
    for (size_t i = 0; i < count; i++)
        score[i] = vote(s, similarity + i * s->count, near);
    free(near);
    free(similarity);
    free(vectors);
    return true;
}

extern const ra_router_kind ra_router_knn;
const ra_router_kind ra_router_knn = {.name = "knn",
                                      .summary = "knn:MODEL, labels of the nearest prompts",
                                      .flags = RA_ROUTER_EMBEDS,
                                      .open = open_knn,
                                      .score = score_knn,
                                      .close = close_knn,
                                      .train = train};
