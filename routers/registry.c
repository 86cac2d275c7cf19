/* The only list of router kinds, and opening one by its name. */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "routers/folds.h"
#include "routers/router.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One line a kind, in the order that lists show. */
// clang-format off
#define KINDS(X) \
    X(random) \
    X(length) \
    X(knn) \
    X(linear) \
    X(kernel) \
    X(sw_ranking) \
    X(mf) \
    X(bert) \
    X(causal_llm) \
    X(http) \
    X(routed) \
    X(scores) \
    X(exec) \
    X(plugin_kind) \
    X(oracle) \
    X(always_strong) \
    X(always_weak)
// clang-format on

#define DECLARE(kind) extern const ra_router_kind ra_router_##kind;
#define POINT(kind) &ra_router_##kind,
KINDS(DECLARE)
const ra_router_kind *const ra_router_kinds[] = {KINDS(POINT) NULL};

const ra_router_kind ra_router_plugin_kind = {
    .name = "plugin", .summary = "plugin:FILE.so, a shared library that exports ra_router_plugin"};

const ra_router_kind *ra_router_find(const char *name, size_t length, ra_error *err)
{
    ra_buf known = {0};
    for (const ra_router_kind *const *k = ra_router_kinds; *k; k++) {
        if (strlen((*k)->name) == length && strncmp((*k)->name, name, length) == 0) {
            ra_buf_release(&known);
            return *k;
        }
        ra_buf_printf(&known, " %s", (*k)->name);
    }
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown router '%s'", name);
    ra_hintf(err, "known:%s; a score file is named scores:FILE", known.text);
    ra_buf_release(&known);
    return NULL;
}

/* The kind that a shared library exports; the library stays open as router->library. */
static const ra_router_kind *load_plugin(ra_router *router, const char *path, ra_error *err)
{
    if (!path) {
        ra_fail(err, RA_ERR_USAGE, NULL, 0, "plugin: needs a file", "plugin:./router.so");
        return NULL;
    }
    /* dlopen searches the system's folders for a name without a slash */
    ra_arena arena = {0};
    const char *local = strchr(path, '/') ? path : ra_arena_printf(&arena, "./%s", path);
    const ra_router_kind *kind = NULL;
    router->library = dlopen(local, RTLD_NOW | RTLD_LOCAL);
    if (!router->library)
        ra_failf(err, RA_ERR_INPUT, path, 0, "cannot load the plugin: %s", dlerror());
    else if (!(kind = dlsym(router->library, "ra_router_plugin")) || !kind->score)
        ra_fail(err, RA_ERR_INPUT, path, 0, "exports no 'ra_router_plugin'",
                "see routers/router.h and tests/plugins/");
    ra_arena_release(&arena);
    return kind && kind->score ? kind : NULL;
}

bool ra_router_open(ra_router *router, const char *spec, const ra_router_options *options,
                    ra_error *err)
{
    *router = (ra_router){0};
    const char *colon = strchr(spec, ':');
    size_t length = colon ? (size_t)(colon - spec) : strlen(spec);
    ra_router_options with = *options;
    with.argument = colon ? colon + 1 : NULL;
    const ra_router_kind *kind = ra_router_find(spec, length, err);
    if (kind == &ra_router_plugin_kind)
        kind = load_plugin(router, with.argument, err);
    if (kind && kind->train && with.argument && ra_folds_are(with.argument))
        return ra_folds_open(router, kind, &with, err);
    if (!kind || (kind->open && !kind->open(&router->state, &with, err))) {
        ra_router_close(router);
        return false;
    }
    router->kind = kind;
    return true;
}

bool ra_router_score(ra_router *router, const ra_prompt *prompts, size_t count, double *score,
                     ra_error *err)
{
    enum { BATCH = 1024 };
    for (size_t from = 0; from < count; from += BATCH) {
        size_t n = count - from < BATCH ? count - from : BATCH;
        if (!router->kind->score(router->state, prompts + from, n, score + from, err))
            return false;
        for (size_t i = from; i < from + n; i++)
            if (!(score[i] >= 0 && score[i] <= 1) &&
                !(isnan(score[i]) && router->kind->flags & (RA_ROUTER_REPLAYS | RA_ROUTER_CHOOSES)))
                return ra_failf(err, RA_ERR_INPUT, router->kind->name, 0,
                                "score of item '%s' is %g, a win rate in [0,1] expected",
                                prompts[i].id, score[i]);
    }
    return !router->kind->finish || router->kind->finish(router->state, err);
}

void ra_router_close(ra_router *router)
{
    if (router->kind && router->kind->close)
        router->kind->close(router->state);
    if (router->library)
        dlclose(router->library);
    *router = (ra_router){0};
}
