/* routed:LOG.jsonl - the model that each prompt reached, as the log of a replay server says it
 * (net/routing_log.h): whatever stood between, it is measured by what it did. */
#include "base/text.h"
#include "data/jsonl.h"
#include "routers/router.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOO_MANY = 1 << 26 };

typedef struct routed {
    ra_map by_id;  /* item -> model's index */
    ra_map models; /* names seen */
    const char **names;
    size_t count, capacity, requests;
    char *strong, *weak, *path;
    ra_arena arena;
} routed;

static void routed_close(void *state)
{
    routed *r = state;
    ra_map_release(&r->by_id);
    ra_map_release(&r->models);
    ra_arena_release(&r->arena);
    free(r->names);
    free(r->strong);
    free(r->weak);
    free(r->path);
    free(r);
}

static size_t model_index(routed *r, const char *model)
{
    size_t known = ra_map_get(&r->models, model);
    if (known != RA_MAP_NONE)
        return known;
    ra_grow(&r->names, &r->capacity, r->count + 1, sizeof *r->names);
    r->names[r->count] = ra_arena_strdup(&r->arena, model);
    (void)ra_map_add(&r->models, r->names[r->count], r->count);
    return r->count++;
}

static bool add_item(routed *r, const char *item, size_t model, ra_json_at at, ra_error *err)
{
    size_t before = ra_map_get(&r->by_id, item);
    if (before == RA_MAP_NONE) {
        (void)ra_map_add(&r->by_id, ra_arena_strdup(&r->arena, item), model);
        return true;
    }
    if (before == model)
        return true;
    ra_failf(err, RA_ERR_INPUT, at.file, at.line, "item '%s' reached '%s', and '%s' before", item,
             r->names[model], r->names[before]);
    return ra_hintf(err, "a log is of one run of one router that asks one model a prompt");
}

/* Lines of prompts that were not found say nothing of a choice; a conversation is routed by its
 * first turn. */
static bool read_line(routed *r, const ra_jsonl *in, ra_error *err)
{
    const char *item = NULL, *model = NULL, **also = NULL;
    uint64_t turn = 0;
    size_t also_count = 0;
    if (!ra_json_maybe_string(in->object, "item", in->at, &item, err) ||
        !ra_json_maybe_string(in->object, "model", in->at, &model, err))
        return false;
    if (!item || !model)
        return true;
    if (!ra_json_count(in->object, "turn", in->at, TOO_MANY, &turn, err) ||
        (ra_json_get(in->object, "also") &&
         !ra_json_strings(in->object, "also", in->at, &r->arena, &also, &also_count, err)))
        return false;
    if (turn != 1)
        return true;
    size_t index = model_index(r, model);
    bool ok = add_item(r, item, index, in->at, err);
    for (size_t i = 0; ok && i < also_count; i++)
        ok = add_item(r, also[i], index, in->at, err);
    r->requests++;
    return ok;
}

static bool read_log(routed *r, ra_error *err)
{
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, r->path, err);
    while (ok && ra_jsonl_next(&in, err))
        ok = read_line(r, &in, err);
    return ra_jsonl_close(&in) && ok;
}

static bool routed_open(void **state, const ra_router_options *options, ra_error *err)
{
    if (!options->argument || !*options->argument)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "routed: needs a routing log",
                       "routed:LOG.jsonl, as 'replay-server --log' writes it");
    routed *r = ra_alloc(1, sizeof *r);
    r->path = ra_strdup(options->argument);
    r->strong = ra_strdup(options->strong ? options->strong : "strong");
    r->weak = ra_strdup(options->weak ? options->weak : "weak");
    if (!read_log(r, err)) {
        routed_close(r);
        return false;
    }
    *state = r;
    return true;
}

static bool routed_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    const routed *r = state;
    for (size_t i = 0; i < count; i++) {
        size_t model = ra_map_get(&r->by_id, prompts[i].id);
        const char *name = model == RA_MAP_NONE ? NULL : r->names[model];
        bool strong = name && strcmp(name, r->strong) == 0;
        if (name && !strong && strcmp(name, r->weak) != 0)
            return ra_failf(err, RA_ERR_INPUT, r->path, 0,
                            "item '%s' reached '%s', which is neither '%s' nor '%s'", prompts[i].id,
                            name, r->strong, r->weak);
        score[i] = name ? (double)strong : (double)NAN;
    }
    return true;
}

static const char *routed_describe(void *state, ra_arena *arena)
{
    const routed *r = state;
    return ra_arena_printf(arena, "a replay server's log of %zu requests", r->requests);
}

extern const ra_router_kind ra_router_routed;
const ra_router_kind ra_router_routed = {
    .name = "routed",
    .summary = "routed:LOG.jsonl, which model a replay server was asked for",
    .flags = RA_ROUTER_CHOOSES,
    .open = routed_open,
    .score = routed_score,
    .close = routed_close,
    .describe = routed_describe};
