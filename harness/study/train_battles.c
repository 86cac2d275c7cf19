/* What one fold learns from: battles of files, gold labels, and texts without a label. */
#include "base/rng.h"
#include "routers/folds.h"
#include "study/train_parts.h"

#include <stdlib.h>
#include <string.h>

typedef struct candidate {
    size_t item; /* measured item of the assay */
    uint64_t order;
} candidate;

static int by_order(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static const ra_item *item_of(const ra_assay *a, size_t measured)
{
    return &a->set.items[a->outcomes.item[measured]];
}

static bool is_held_out(const ra_train_job *j, const ra_item *item)
{
    return j->fold != RA_MAP_NONE && ra_fold_of(item->id, j->r->seed, j->r->folds) == j->fold;
}

/* Items that this fold may learn from, in the order in which they get labels. */
static candidate *list_candidates(const ra_train_job *j, const ra_assay *a, size_t *count)
{
    ra_map held = {0};
    uint64_t stream = ra_rng_stream("gold", 0);
    candidate *list = ra_alloc(a->outcomes.count, sizeof *list);
    for (size_t i = 0; i < a->set.item_count; i++)
        if (is_held_out(j, &a->set.items[i]))
            ra_map_add(&held, a->set.items[i].turns[0], i);
    *count = 0;
    for (size_t k = 0; k < a->outcomes.count; k++) {
        const ra_item *item = item_of(a, k);
        if (ra_map_get(&held, item->turns[0]) == RA_MAP_NONE)
            list[(*count)++] =
                (candidate){k, ra_rng_bits(j->r->seed, stream, ra_rng_stream(item->id, 2))};
    }
    qsort(list, *count, sizeof *list, by_order);
    ra_map_release(&held);
    return list;
}

static void add_label(const ra_train_job *j, const ra_assay *a, size_t k, double weight,
                      ra_battles *battles)
{
    const ra_outcomes *o = &a->outcomes;
    const ra_item *item = item_of(a, k);
    double strong = o->strong[k] / o->strong_turns[k], weak = o->weak[k] / o->weak_turns[k];
    ra_battle b = {.prompt = ra_battles_prompt(battles, item->id, item->turns[0]),
                   .model_a = ra_battles_model(battles, j->strong),
                   .model_b = ra_battles_model(battles, j->weak),
                   .outcome = strong > weak   ? 1
                              : strong < weak ? 0
                                              : 0.5,
                   .weight = weight};
    ra_battles_add(battles, b);
}

static void read_text(ra_readable_texts *r, ra_arena *arena, size_t *room, const char *text)
{
    if (r->count == *room) {
        *room = *room ? 2 * *room : 1024;
        const char **more = ra_arena_alloc(arena, *room, sizeof *more);
        if (r->count > 0)
            memcpy(more, r->texts, r->count * sizeof *more);
        r->texts = more;
    }
    r->texts[r->count++] = text;
}

static bool add_gold(const ra_train_job *j, ra_battles *battles, ra_readable_texts *readable,
                     size_t *room, ra_error *err)
{
    for (size_t g = 0; g < j->r->gold_count; g++) {
        const ra_gold *gold = &j->r->gold[g];
        const ra_assay *a = &j->gold[g];
        size_t count;
        candidate *list = list_candidates(j, a, &count);
        size_t labels =
            gold->labels && !(gold->at_most && gold->labels > count) ? gold->labels : count;
        j->labelled[g] = labels;
        for (size_t i = 0; i < count; i++) {
            if (i < labels)
                add_label(j, a, list[i].item, gold->weight, battles);
            else
                read_text(readable, &battles->arena, room, item_of(a, list[i].item)->turns[0]);
        }
        free(list);
        if (labels > count)
            return ra_failf(err, RA_ERR_INPUT, gold->request.recordings, 0,
                            "%zu labels asked for, %zu items of '%s' can be learned from", labels,
                            count, a->benchmark->name);
    }
    return true;
}

bool ra_train_collect(const ra_train_job *j, ra_battles *battles, ra_readable_texts *readable,
                      ra_error *err)
{
    size_t room = 0;
    battles->keep_out = &j->keep_out;
    for (size_t i = 0; i < j->r->data_count; i++)
        if (!ra_battles_read(battles, j->r->data[i].path, j->r->data[i].weight, err))
            return false;
    if (!add_gold(j, battles, readable, &room, err))
        return false;
    for (size_t p = 0; p < battles->prompt_count; p++)
        read_text(readable, &battles->arena, &room, battles->prompts[p]);
    return true;
}
