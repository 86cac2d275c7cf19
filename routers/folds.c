#include "routers/folds.h"

#include "base/file.h"
#include "base/rng.h"
#include "data/safetensors.h"

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

static bool read_split(const char *path, split *out, ra_error *err)
{
    ra_safetensors file;
    ra_json_at at = {path, 0};
    if (!ra_safetensors_open(&file, path, err))
        return false;
    const char *text = ra_safetensors_metadata(&file, "routeassay");
    ra_json *about = text ? ra_json_parse(text, strlen(text), at, err) : NULL;
    bool ok = about || ra_fail(err, RA_ERR_INPUT, path, 0, "not a model of routeassay", NULL);
    ok = ok && ra_json_count(about, "folds", at, RA_MAX_FOLDS, &out->folds, err) &&
         ra_json_count(about, "fold", at, RA_MAX_FOLDS, &out->fold, err) &&
         ra_json_count(about, "split_seed", at, 1ULL << 53, &out->seed, err);
    ra_json_free(about);
    ra_safetensors_close(&file);
    return ok;
}

static const char *fold_path(ra_arena *arena, const char *folder, size_t fold)
{
    return ra_arena_printf(arena, "%s/fold-%zu.safetensors", folder, fold);
}

static bool open_fold(state *s, const ra_router_options *options, const char *path, size_t fold,
                      ra_error *err)
{
    split found;
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
