/* The recordings of a replay server in memory. */
#include "net/replay.h"

#include <string.h>

static bool check_model(const ra_set *set, const char *model, const char *role, ra_error *err)
{
    if (ra_set_has_model(set, model))
        return true;
    ra_failf(err, RA_ERR_INPUT, set->path, 0, "the set has no model '%s', wanted as the %s one",
             model, role);
    ra_buf names = {0};
    for (size_t i = 0; i < set->model_count; i++)
        ra_buf_printf(&names, " %s", set->models[i]);
    ra_hintf(err, "it has:%s", names.text ? names.text : " none");
    ra_buf_release(&names);
    return false;
}

static bool read_outputs(ra_replay_set *s, ra_error *err)
{
    s->outputs = ra_arena_alloc(&s->set.arena, s->set.model_count, sizeof *s->outputs);
    for (size_t m = 0; m < s->set.model_count; m++)
        if (ra_set_has(&s->set, "outputs", s->set.models[m], NULL) &&
            !ra_set_outputs(&s->set, s->set.models[m], &s->outputs[m], err))
            return false;
    return true;
}

bool ra_replay_add(ra_replay *replay, const char *folder, const char *strong, const char *weak,
                   ra_error *err)
{
    ra_replay_set *all =
        ra_arena_alloc(&replay->arena, replay->set_count + 1, sizeof *replay->sets);
    if (replay->set_count > 0)
        memcpy(all, replay->sets, replay->set_count * sizeof *all);
    replay->sets = all;
    ra_replay_set *s = &all[replay->set_count];
    s->strong = ra_arena_strdup(&replay->arena, strong);
    s->weak = ra_arena_strdup(&replay->arena, weak);
    if (!ra_set_open(&s->set, folder, err))
        return false;
    replay->set_count++;
    ra_replay_index_add(&replay->index, &s->set);
    return check_model(&s->set, strong, "strong", err) && check_model(&s->set, weak, "weak", err) &&
           read_outputs(s, err);
}

void ra_replay_close(ra_replay *replay)
{
    ra_replay_index_release(&replay->index);
    for (size_t i = 0; i < replay->set_count; i++)
        ra_set_release(&replay->sets[i].set);
    ra_arena_release(&replay->arena);
    *replay = (ra_replay){0};
}
