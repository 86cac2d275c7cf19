#include "study/replay.h"

#include "base/file.h"
#include "data/json.h"
#include "embed/cache.h"
#include "study/assay.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* --- recordings --- */

static bool benchmark_of(ra_arena *arena, const char *folder, const char **out, ra_error *err)
{
    const char *manifest = ra_path_join(arena, folder, "set.json");
    ra_json *doc = ra_json_read(manifest, err);
    bool ok = doc && ra_json_string(doc, "benchmark", (ra_json_at){manifest, 1}, out, err);
    if (ok)
        *out = ra_arena_strdup(arena, *out);
    ra_json_free(doc);
    return ok;
}

/* Who is strong when nobody said: seen from the grades, as when a router is measured. */
static bool add_set(ra_replay *replay, const ra_replay_study *study, const char *folder,
                    ra_error *err)
{
    if (study->strong && study->weak)
        return ra_replay_add(replay, folder, study->strong, study->weak, err);
    ra_assay_request request = {.recordings = folder, .strong = study->strong, .weak = study->weak};
    ra_assay assay;
    if (!benchmark_of(&replay->arena, folder, &request.benchmark, err) ||
        !ra_assay_open(&assay, &request, NULL, err))
        return false;
    bool ok = ra_replay_add(replay, folder, assay.strong_model, assay.weak_model, err);
    ra_assay_close(&assay);
    return ok;
}

static bool add_named(ra_replay *replay, const ra_replay_study *study, ra_error *err)
{
    for (size_t i = 0; i < study->benchmark_count; i++) {
        const char *folder;
        if (!ra_set_find(&replay->arena, study->recordings, study->benchmarks[i], &folder, err) ||
            !add_set(replay, study, folder, err))
            return false;
    }
    return true;
}

static bool is_set(ra_arena *arena, const char *folder)
{
    return ra_file_exists(ra_path_join(arena, folder, "set.json"));
}

static bool add_all(ra_replay *replay, const ra_replay_study *study, ra_error *err)
{
    char **names;
    size_t count;
    if (is_set(&replay->arena, study->recordings))
        return add_set(replay, study, study->recordings, err);
    if (!ra_folder_list(&replay->arena, study->recordings, &names, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *folder = ra_path_join(&replay->arena, study->recordings, names[i]);
        if (is_set(&replay->arena, folder) && !add_set(replay, study, folder, err))
            return false;
    }
    return replay->set_count > 0 ||
           ra_fail(err, RA_ERR_INPUT, study->recordings, 0, "no recording set",
                   "make one with 'routeassay import'");
}

/* --- vectors --- */

typedef struct vectors {
    ra_embedder embedder;
    const char *cache;
    pthread_mutex_t lock; /* an embedder answers one thread at a time */
} vectors;

static bool embed(void *context, const char *const *ids, const char *const *texts, size_t count,
                  float *out, ra_error *err)
{
    vectors *v = context;
    ra_embed_text *all = ra_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (ra_embed_text){ids[i], texts[i]};
    pthread_mutex_lock(&v->lock);
    bool ok = ra_embed_cached(&v->embedder, v->cache, all, count, out, err);
    pthread_mutex_unlock(&v->lock);
    free(all);
    return ok;
}

/* "NAME=SPEC" or "SPEC", which then is the name. */
static bool open_embedder(const ra_replay_study *study, ra_replay *replay, vectors *v,
                          ra_error *err)
{
    *v = (vectors){.cache = study->cache};
    pthread_mutex_init(&v->lock, NULL);
    if (!study->embedder)
        return true;
    const char *equals = strchr(study->embedder, '=');
    const char *spec = equals ? equals + 1 : study->embedder;
    if (!ra_embedder_open(&v->embedder, spec, err))
        return false;
    const char *name = equals ? ra_arena_strndup(&replay->arena, study->embedder,
                                                 (size_t)(equals - study->embedder))
                              : spec;
    replay->embedder = (ra_replay_embedder){name, v->embedder.dimension, embed, v};
    return true;
}

bool ra_replay_run(const ra_replay_study *study, const ra_replay_options *options,
                   void (*ready)(const char *url), ra_error *err)
{
    ra_replay replay = {0};
    vectors v;
    bool ok =
        study->benchmark_count > 0 ? add_named(&replay, study, err) : add_all(&replay, study, err);
    if (ok && (ok = open_embedder(study, &replay, &v, err))) {
        ok = ra_replay_serve(&replay, options, ready, err);
        ra_embedder_close(&v.embedder);
    }
    ra_replay_close(&replay);
    return ok;
}
