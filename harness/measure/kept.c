#include "measure/kept.h"

#include "base/limits.h"
#include "measure/walk.h"

#include <math.h>
#include <string.h>

static double *copy(ra_arena *arena, const double *from, size_t count)
{
    if (!from)
        return NULL;
    double *to = ra_arena_alloc(arena, count, sizeof *to);
    memcpy(to, from, count * sizeof *to);
    return to;
}

void ra_kept_make(ra_arena *arena, const ra_outcomes *outcomes, const ra_item_usage *usage,
                  const size_t *stratum_of, ra_kept_items *out)
{
    size_t n = outcomes->count;
    *out = (ra_kept_items){.strong = copy(arena, outcomes->strong, n),
                           .weak = copy(arena, outcomes->weak, n),
                           .strong_turns = copy(arena, outcomes->strong_turns, n),
                           .weak_turns = copy(arena, outcomes->weak_turns, n),
                           .usage = {.count = n, .requests = copy(arena, usage->requests, n)}};
    for (int side = 0; side < RA_SIDES; side++)
        for (int f = 0; f < RA_USAGE_FACTS; f++)
            out->usage.fact[side][f] = copy(arena, usage->fact[side][f], n);
    if (stratum_of) {
        out->stratum = ra_arena_alloc(arena, n, sizeof *out->stratum);
        memcpy(out->stratum, stratum_of, n * sizeof *out->stratum);
    }
}

ra_outcomes ra_kept_outcomes(const ra_kept_items *kept)
{
    return (ra_outcomes){.count = kept->usage.count,
                         .strong = kept->strong,
                         .weak = kept->weak,
                         .strong_turns = kept->strong_turns,
                         .weak_turns = kept->weak_turns};
}

size_t *ra_places_make(ra_arena *arena, const double *score, size_t count)
{
    ra_arena scratch = {0};
    ra_steps steps;
    size_t *place = ra_arena_alloc(arena, count, sizeof *place);
    ra_steps_make(&scratch, score, count, &steps);
    for (size_t g = 1; g < steps.count; g++)
        for (size_t k = steps.end[g - 1]; k < steps.end[g]; k++)
            place[steps.order[k]] = g - 1;
    ra_arena_release(&scratch);
    return place;
}

double *ra_places_score(ra_arena *arena, const size_t *place, size_t count)
{
    double *score = ra_arena_alloc(arena, count, sizeof *score);
    for (size_t i = 0; i < count; i++)
        score[i] = -(double)place[i];
    return score;
}

/* --- writing --- */

static bool all_equal(const double *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (values[i] < values[0] || values[i] > values[0])
            return false;
    return true;
}

static void put(ra_json *o, const char *key, const double *values, size_t count)
{
    if (!values) {
        ra_json_put_null(o, key);
    } else if (all_equal(values, count)) {
        ra_json_put_number(o, key, values[0]);
    } else {
        ra_json *list = ra_json_new_array();
        for (size_t i = 0; i < count; i++)
            ra_json_add_number(list, values[i]);
        ra_json_put(o, key, list);
    }
}

ra_json *ra_places_json(const size_t *place, size_t count)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < count; i++)
        ra_json_add_number(list, (double)place[i]);
    return list;
}

ra_json *ra_kept_json(const ra_kept_items *kept)
{
    ra_json *o = ra_json_new_object(), *usage = ra_json_new_object();
    size_t n = kept->usage.count;
    put(o, "strong", kept->strong, n);
    put(o, "weak", kept->weak, n);
    put(o, "strong_turns", kept->strong_turns, n);
    put(o, "weak_turns", kept->weak_turns, n);
    put(o, "requests", kept->usage.requests, n);
    if (kept->stratum)
        ra_json_put(o, "stratum", ra_places_json(kept->stratum, n));
    for (int side = 0; side < RA_SIDES; side++) {
        ra_json *facts = ra_json_new_object();
        for (int f = 0; f < RA_USAGE_FACTS; f++)
            put(facts, ra_usage_names[f], kept->usage.fact[side][f], n);
        ra_json_put(usage, ra_side_names[side], facts);
    }
    ra_json_put(o, "usage", usage);
    return o;
}

/* --- reading --- */

typedef struct reader {
    ra_arena *arena;
    ra_json_at at;
    size_t count;
    double least, most;
    ra_error *err;
} reader;

static bool wrong(const reader *r, const char *key)
{
    return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                    "field '%s': %zu numbers from %g to %g expected, or one for all", key, r->count,
                    r->least, r->most);
}

/* NULL where it is null or absent. */
static bool get(const reader *r, const ra_json *o, const char *key, double **out)
{
    const ra_json *value = ra_json_get(o, key);
    *out = NULL;
    if (!value || ra_json_is_null(value))
        return true;
    bool list = ra_json_is_array(value);
    if (list && ra_json_size(value) != r->count)
        return wrong(r, key);
    const ra_json *e = list ? ra_json_first(value) : value;
    double *values = ra_arena_alloc(r->arena, r->count, sizeof *values);
    for (size_t i = 0; i < r->count; i++, e = list ? ra_json_next(e) : e)
        if (!ra_json_value(e, &values[i]) || !(values[i] >= r->least && values[i] <= r->most))
            return wrong(r, key);
    *out = values;
    return true;
}

static bool need(const reader *r, const ra_json *o, const char *key, double **out)
{
    return get(r, o, key, out) && (*out || wrong(r, key));
}

static bool get_whole(const reader *r, const ra_json *o, const char *key, size_t **out)
{
    double *values;
    reader whole = *r;
    whole.most = (double)r->count;
    *out = NULL;
    if (!get(&whole, o, key, &values))
        return false;
    if (!values)
        return true;
    *out = ra_arena_alloc(r->arena, r->count, sizeof **out);
    for (size_t i = 0; i < r->count; i++) {
        (*out)[i] = (size_t)values[i];
        if ((double)(*out)[i] < values[i])
            return wrong(r, key);
    }
    return true;
}

bool ra_places_read(ra_arena *arena, const ra_json *router, ra_json_at at, size_t count,
                    size_t **out, ra_error *err)
{
    reader r = {arena, at, count, 0, 0, err};
    return get_whole(&r, router, "places", out);
}

static bool read_usage(const reader *r, const ra_json *o, ra_item_usage *out)
{
    const ra_json *usage, *side;
    if (!ra_json_object(o, "usage", r->at, &usage, r->err))
        return false;
    for (int s = 0; s < RA_SIDES; s++) {
        if (!ra_json_object(usage, ra_side_names[s], r->at, &side, r->err))
            return false;
        for (int f = 0; f < RA_USAGE_FACTS; f++)
            if (!get(r, side, ra_usage_names[f], &out->fact[s][f]))
                return false;
    }
    return true;
}

bool ra_kept_read(ra_arena *arena, const ra_json *o, ra_json_at at, size_t count,
                  ra_kept_items *out, ra_error *err)
{
    reader r = {arena, at, count, 0, 1e15, err}, score = {arena, at, count, -1e15, 1e15, err};
    if (count == 0 || count > RA_MAX_KEPT_ITEMS)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'per_item': 1 to %d items expected, found %zu", RA_MAX_KEPT_ITEMS,
                        count);
    out->usage.count = count;
    return need(&score, o, "strong", &out->strong) && need(&score, o, "weak", &out->weak) &&
           need(&r, o, "strong_turns", &out->strong_turns) &&
           need(&r, o, "weak_turns", &out->weak_turns) &&
           need(&r, o, "requests", &out->usage.requests) &&
           get_whole(&r, o, "stratum", &out->stratum) && read_usage(&r, o, &out->usage);
}
