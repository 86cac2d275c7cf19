#include "routers/folds.h"

#include "base/file.h"
#include "base/rng.h"
#include "routers/model.h"

#include <stdlib.h>
#include <string.h>

size_t ra_fold_of(const char *id, uint64_t seed, size_t folds)
{
    return (size_t)(ra_rng_bits(seed, ra_rng_stream(id, 1), 0) % folds);
}

typedef struct split {
    uint64_t folds, fold, seed;
} split;

typedef struct state {
    const ra_router_kind *kind;
    split split;
    void **models; /* of each fold */
} state;

static void close_folds(void *context)
{
    state *s = context;
    for (size_t i = 0; i < s->split.folds; i++)
        if (s->models[i])
            s->kind->close(s->models[i]);
    free(s->models);
    free(s);
}

/* --- opening --- */

static bool split_of(const ra_model *m, split *out, ra_error *err)
{
    ra_json_at at = {m->file.path, 0};
    if (!m->about)
        return ra_fail(err, RA_ERR_INPUT, at.file, 0, "not a model of routeassay", NULL);
    return ra_json_count(m->about, "folds", at, RA_MAX_FOLDS, &out->folds, err) &&
           ra_json_count(m->about, "fold", at, RA_MAX_FOLDS, &out->fold, err) &&
           ra_json_count(m->about, "split_seed", at, 1ULL << 53, &out->seed, err);
}

static bool read_split(const char *path, split *out, ra_error *err)
{
    ra_model model;
    if (!ra_model_peek(&model, path, err))
        return false;
    bool ok = split_of(&model, out, err);
    ra_model_close(&model);
    return ok;
}

bool ra_folds_are(const char *path)
{
    ra_arena arena = {0};
    bool published = ra_file_exists(ra_path_join(&arena, path, "config.json"));
    ra_arena_release(&arena);
    return ra_folder_exists(path) && !published;
}

static const char *fold_path(ra_arena *arena, const char *folder, size_t fold)
{
    return ra_arena_printf(arena, "%s/fold-%zu.safetensors", folder, fold);
}

static bool open_fold(state *s, const ra_router_options *options, const char *path, size_t fold,
                      ra_error *err)
{
    split found = {0};
    if (!read_split(path, &found, err))
        return false;
    if (found.fold != fold || found.folds != s->split.folds || found.seed != s->split.seed)
        return ra_fail(err, RA_ERR_INPUT, path, 0, "it belongs to another split than its folder",
                       "train the folder again");
    ra_router_options with = *options;
    with.argument = path;
    return s->kind->open(&s->models[fold], &with, err);
}

static bool open_all(state *s, const ra_router_options *options, ra_error *err)
{
    ra_arena arena = {0};
    bool ok = read_split(fold_path(&arena, options->argument, 0), &s->split, err);
    if (ok && s->split.folds < 2) {
        s->split.folds = 0;
        ok = ra_fail(err, RA_ERR_INPUT, options->argument, 0, "its models have no folds", NULL);
    }
    if (!ok)
        s->split.folds = 0;
    s->models = ra_alloc(s->split.folds + 1, sizeof *s->models);
    for (size_t i = 0; ok && i < s->split.folds; i++)
        ok = open_fold(s, options, fold_path(&arena, options->argument, i), i, err);
    ra_arena_release(&arena);
    return ok;
}

/* --- scoring --- */

/* Scores the prompts of one fold, gathered from a batch. */
static bool score_fold(state *s, size_t fold, const ra_prompt *prompts, size_t count, double *score,
                       ra_error *err)
{
    ra_prompt *some = ra_alloc(count, sizeof *some);
    double *made = ra_alloc(count, sizeof *made);
    size_t *from = ra_alloc(count, sizeof *from), n = 0;
    for (size_t i = 0; i < count; i++)
        if (ra_fold_of(prompts[i].id, s->split.seed, s->split.folds) == fold) {
            from[n] = i;
            some[n++] = prompts[i];
        }
    bool ok = n == 0 || s->kind->score(s->models[fold], some, n, made, err);
    for (size_t i = 0; ok && i < n; i++)
        score[from[i]] = made[i];
    free(some);
    free(made);
    free(from);
    return ok;
}

static bool score_folds(void *context, const ra_prompt *prompts, size_t count, double *score,
                        ra_error *err)
{
    state *s = context;
    for (size_t fold = 0; fold < s->split.folds; fold++)
        if (!score_fold(s, fold, prompts, count, score, err))
            return false;
    return true;
}

static const ra_router_kind folds_kind = {
    .name = "folds", .score = score_folds, .close = close_folds};

bool ra_folds_open(ra_router *router, const ra_router_kind *kind, const ra_router_options *options,
                   ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    s->kind = kind;
    if (!open_all(s, options, err)) {
        close_folds(s);
        return false;
    }
    *router = (ra_router){.kind = &folds_kind, .state = s};
    return true;
}

/* --- inspecting --- */

/* Counts the prompts of one fold (all, if there is one model) that the model was trained on. */
static size_t count_seen(const ra_model *m, const split *s, const ra_prompt *prompts, size_t count)
{
    size_t seen = 0;
    for (size_t i = 0; i < count; i++)
        if (s->folds < 2 || ra_fold_of(prompts[i].id, s->seed, s->folds) == s->fold)
            seen += ra_model_knows(m, prompts[i].text);
    return seen;
}

/* Takes what the file says of itself; *about stays NULL when it is none of ours. */
static bool inspect(const char *path, const ra_prompt *prompts, size_t count, split *s,
                    ra_json **about, size_t *seen, ra_error *err)
{
    ra_model m;
    if (!ra_model_peek(&m, path, err))
        return false;
    bool ok = !m.about || split_of(&m, s, err);
    if (ok && m.about) {
        *seen += count_seen(&m, s, prompts, count);
        *about = m.about;
        m.about = NULL;
    }
    ra_model_close(&m);
    return ok;
}

static bool inspect_folds(const char *folder, const ra_prompt *prompts, size_t count,
                          ra_json **about, size_t *seen, ra_error *err)
{
    ra_arena arena = {0};
    split s = {.folds = 1};
    bool ok = true;
    for (size_t i = 0; ok && i < s.folds; i++) {
        ra_json *own = NULL;
        ok = inspect(fold_path(&arena, folder, i), prompts, count, &s, &own, seen, err);
        if (i == 0)
            *about = own;
        else
            ra_json_free(own);
    }
    ra_arena_release(&arena);
    return ok;
}

bool ra_trained_inspect(const char *path, const ra_prompt *prompts, size_t count, ra_json **about,
                        size_t *seen, ra_error *err)
{
    split s = {0};
    *about = NULL;
    *seen = 0;
    if (!ra_folder_exists(path))
        return inspect(path, prompts, count, &s, about, seen, err);
    ra_arena arena = {0};
    bool folds = ra_file_exists(fold_path(&arena, path, 0));
    ra_arena_release(&arena);
    return !folds || inspect_folds(path, prompts, count, about, seen, err);
}
