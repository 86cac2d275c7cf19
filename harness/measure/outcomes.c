#include "measure/outcomes.h"

#include <math.h>

typedef struct tally {
    double sum, turns;
} tally;

static bool tally_item(const ra_item *item, const ra_grade *grades, const char *path, tally *out,
                       ra_error *err)
{
    *out = (tally){0};
    for (size_t t = 0; t < item->turn_count; t++) {
        const ra_grade *grade = &grades[item->first_slot + t];
        if (!grade->present || isnan(grade->score))
            continue;
        if (isinf(grade->score))
            return ra_failf(err, RA_ERR_INPUT, path, 0, "item '%s' has an infinite score",
                            item->id);
        out->sum += grade->score;
        out->turns += 1;
    }
    return true;
}

static void count_turns(const ra_item *item, tally t, size_t *graded, size_t *missing)
{
    *graded += (size_t)t.turns;
    *missing += item->turn_count - (size_t)t.turns;
}

static void add_item(ra_outcomes *out, size_t index, tally strong, tally weak)
{
    out->item[out->count] = index;
    out->strong[out->count] = strong.sum;
    out->weak[out->count] = weak.sum;
    out->strong_turns[out->count] = strong.turns;
    out->weak_turns[out->count] = weak.turns;
    out->count++;
}

bool ra_outcomes_make(ra_arena *arena, const ra_set *set, const ra_grade *strong,
                      const ra_grade *weak, ra_outcomes *out, ra_error *err)
{
    size_t n = set->item_count;
    *out = (ra_outcomes){.item = ra_arena_alloc(arena, n, sizeof *out->item),
                         .strong = ra_arena_alloc(arena, n, sizeof *out->strong),
                         .weak = ra_arena_alloc(arena, n, sizeof *out->weak),
                         .strong_turns = ra_arena_alloc(arena, n, sizeof *out->strong_turns),
                         .weak_turns = ra_arena_alloc(arena, n, sizeof *out->weak_turns)};
    tally all_strong = {0}, all_weak = {0};
    for (size_t i = 0; i < n; i++) {
        const ra_item *item = &set->items[i];
        tally s, w;
        if (!tally_item(item, strong, set->path, &s, err) ||
            !tally_item(item, weak, set->path, &w, err))
            return false;
        all_strong = (tally){all_strong.sum + s.sum, all_strong.turns + s.turns};
        all_weak = (tally){all_weak.sum + w.sum, all_weak.turns + w.turns};
        if (item->excluded) {
            out->excluded++;
            continue;
        }
        count_turns(item, s, &out->strong_graded, &out->strong_missing);
        count_turns(item, w, &out->weak_graded, &out->weak_missing);
        if (s.turns > 0 && w.turns > 0)
            add_item(out, i, s, w);
        else
            out->missing++;
    }
    out->all_strong = all_strong.sum / all_strong.turns;
    out->all_weak = all_weak.sum / all_weak.turns;
    if (out->count > 0)
        return true;
    ra_fail(err, RA_ERR_INPUT, set->path, 0, "no item is graded for both models", NULL);
    return ra_hintf(err, "%zu items are excluded, %zu lack a grade", out->excluded, out->missing);
}

double ra_outcomes_mean(const double *sums, const double *turns, size_t count)
{
    double sum = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        sum += sums[i];
        n += turns[i];
    }
    return sum / n;
}
