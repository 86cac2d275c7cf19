/* mf:MODEL - matrix factorization, see mf.h. */
#include "routers/mf.h"

#include "base/matrix.h"
#include "routers/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* https://github.com/lm-sys/RouteLLM, routers/matrix_factorization/model.py: MODEL_IDS */
const char *const ra_mf_published_models[64] = {"RWKV-4-Raven-14B",
                                                "alpaca-13b",
                                                "chatglm-6b",
                                                "chatglm2-6b",
                                                "chatglm3-6b",
                                                "claude-1",
                                                "claude-2.0",
                                                "claude-2.1",
                                                "claude-instant-1",
                                                "codellama-34b-instruct",
                                                "deepseek-llm-67b-chat",
                                                "dolly-v2-12b",
                                                "dolphin-2.2.1-mistral-7b",
                                                "falcon-180b-chat",
                                                "fastchat-t5-3b",
                                                "gemini-pro",
                                                "gemini-pro-dev-api",
                                                "gpt-3.5-turbo-0125",
                                                "gpt-3.5-turbo-0314",
                                                "gpt-3.5-turbo-0613",
                                                "gpt-3.5-turbo-1106",
                                                "gpt-4-0125-preview",
                                                "gpt-4-0314",
                                                "gpt-4-0613",
                                                "gpt-4-1106-preview",
                                                "gpt4all-13b-snoozy",
                                                "guanaco-33b",
                                                "koala-13b",
                                                "llama-13b",
                                                "llama-2-13b-chat",
                                                "llama-2-70b-chat",
                                                "llama-2-7b-chat",
                                                "llama2-70b-steerlm-chat",
                                                "mistral-7b-instruct",
                                                "mistral-7b-instruct-v0.2",
                                                "mistral-medium",
                                                "mixtral-8x7b-instruct-v0.1",
                                                "mpt-30b-chat",
                                                "mpt-7b-chat",
                                                "nous-hermes-2-mixtral-8x7b-dpo",
                                                "oasst-pythia-12b",
                                                "openchat-3.5",
                                                "openchat-3.5-0106",
                                                "openhermes-2.5-mistral-7b",
                                                "palm-2",
                                                "pplx-70b-online",
                                                "pplx-7b-online",
                                                "qwen-14b-chat",
                                                "qwen1.5-4b-chat",
                                                "qwen1.5-72b-chat",
                                                "qwen1.5-7b-chat",
                                                "solar-10.7b-instruct-v1.0",
                                                "stablelm-tuned-alpha-7b",
                                                "starling-lm-7b-alpha",
                                                "stripedhyena-nous-7b",
                                                "tulu-2-dpo-70b",
                                                "vicuna-13b",
                                                "vicuna-33b",
                                                "vicuna-7b",
                                                "wizardlm-13b",
                                                "wizardlm-70b",
                                                "yi-34b-chat",
                                                "zephyr-7b-alpha",
                                                "zephyr-7b-beta"};

/* For a fixed pair score(strong) - score(weak) is linear in the vector: direction . e + constant.
 * So a prompt costs one product of its vector, read once. */
typedef struct state {
    ra_model model;
    float *direction; /* W1^T (w2 * (v_strong - v_weak)) */
    double constant;  /* the same of b */
} state;

static void close_mf(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    free(s->direction);
    free(s);
}

/* Row of a model in P, by its normal name. */
static bool find_model(const state *s, const char *const *names, size_t count, const char *wanted,
                       size_t *row, ra_error *err)
{
    ra_buf normal = {0}, name = {0};
    bool found = false;
    ra_model_name_normal(&normal, wanted);
    for (*row = 0; !found && *row < count; ++*row) {
        name.length = 0;
        ra_model_name_normal(&name, names[*row]);
        found = strcmp(name.text, normal.text) == 0;
    }
    --*row;
    ra_buf_release(&normal);
    ra_buf_release(&name);
    return found || ra_failf(err, RA_ERR_INPUT, s->model.file.path, 0,
                             "it was not trained on model '%s'", wanted);
}

static bool list_models(state *s, const char *const **names, size_t *count, ra_error *err)
{
    ra_json_at at = {s->model.file.path, 0};
    const ra_json *settings;
    const char **own;
    *names = ra_mf_published_models;
    *count = sizeof ra_mf_published_models / sizeof *ra_mf_published_models;
    if (!s->model.about)
        return true;
    if (!ra_json_object(s->model.about, "settings", at, &settings, err))
        return false;
    if (!ra_json_get(settings, "models"))
        return true;
    if (!ra_json_strings(settings, "models", at, &s->model.arena, &own, count, err))
        return false;
    *names = own;
    return true;
}

/* The pair of the model, or that of the configuration if it was published elsewhere; without one,
 * the pair that it was published for. */
static bool name_pair(const state *s, const ra_json *config, const char **strong, const char **weak,
                      ra_error *err)
{
    ra_json_at at = {s->model.file.path, 0};
    if (s->model.about)
        return ra_json_string(s->model.about, "strong", at, strong, err) &&
               ra_json_string(s->model.about, "weak", at, weak, err);
    *strong = "gpt-4-1106-preview";
    *weak = "mixtral-8x7b-instruct-v0.1";
    return !config || (ra_json_maybe_string(config, "strong", at, strong, err) &&
                       ra_json_maybe_string(config, "weak", at, weak, err));
}

static void unit(const float *v, size_t n, double *out)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    double length = fmax(sqrt(sum), 1e-12);
    for (size_t i = 0; i < n; i++)
        out[i] = (double)v[i] / length;
}

typedef struct tensors {
    const float *models, *projection, *bias, *classifier;
    size_t dim, text;
} tensors;

static void fold(state *s, const tensors *t, size_t strong, size_t weak)
{
    double *a = ra_alloc(2 * t->dim, sizeof *a), *b = a + t->dim;
    double *sum = ra_alloc(t->text, sizeof *sum);
    unit(t->models + strong * t->dim, t->dim, a);
    unit(t->models + weak * t->dim, t->dim, b);
    for (size_t k = 0; k < t->dim; k++) {
        double c = (double)t->classifier[k] * (a[k] - b[k]);
        s->constant += t->bias ? c * (double)t->bias[k] : 0;
        for (size_t j = 0; j < t->text; j++)
            sum[j] += c * (double)t->projection[k * t->text + j];
    }
    s->direction = ra_alloc(t->text, sizeof *s->direction);
    for (size_t j = 0; j < t->text; j++)
        s->direction[j] = (float)sum[j];
    free(a);
    free(sum);
}

static bool read_tensors(state *s, const ra_json *config, ra_error *err)
{
    const ra_safetensors *f = &s->model.file;
    const char *const *names, *strong, *weak;
    size_t count, p[2] = {0}, w1[2] = {0, s->model.embedder.dimension}, w2[2] = {1, 0}, row[2];
    tensors t = {0};
    if (!list_models(s, &names, &count, err))
        return false;
    p[0] = count;
    if (!ra_safetensors_floats(f, "P.weight", 2, p, &t.models, err))
        return false;
    w1[0] = w2[1] = p[1];
    if (!ra_safetensors_floats(f, "text_proj.0.weight", 2, w1, &t.projection, err) ||
        !ra_safetensors_floats(f, "classifier.0.weight", 2, w2, &t.classifier, err) ||
        (ra_safetensors_find(f, "text_proj.0.bias") &&
         !ra_safetensors_floats(f, "text_proj.0.bias", 1, w1, &t.bias, err)) ||
        !name_pair(s, config, &strong, &weak, err) ||
        !find_model(s, names, count, strong, &row[0], err) ||
        !find_model(s, names, count, weak, &row[1], err))
        return false;
    t.dim = p[1];
    t.text = w1[1];
    fold(s, &t, row[0], row[1]);
    return true;
}

static bool open_mf(void **out, const ra_router_options *options, ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    if (!ra_model_open_published(&s->model, "mf", options, err) ||
        !read_tensors(s, options->config, err)) {
        close_mf(s);
        return false;
    }
    *out = s;
    return true;
}

static bool score_mf(void *context, const ra_prompt *prompts, size_t count, double *score,
                     ra_error *err)
{
    state *s = context;
    float *vectors, *logit = ra_alloc(count, sizeof *logit);
    bool ok = ra_model_vectors(&s->model, prompts, count, &vectors, err);
    if (ok)
        ra_matrix_vector(vectors, count, s->model.embedder.dimension, s->direction, logit, 0);
    for (size_t i = 0; ok && i < count; i++)
        score[i] = 1 / (1 + exp(-((double)logit[i] + s->constant)));
    free(vectors);
    free(logit);
    return ok;
}

extern const ra_router_kind ra_router_mf;
const ra_router_kind ra_router_mf = {.name = "mf",
                                     .summary = "mf:MODEL, matrix factorization",
                                     .flags = RA_ROUTER_EMBEDS,
                                     .open = open_mf,
                                     .score = score_mf,
                                     .close = close_mf,
                                     .train = ra_mf_train};
