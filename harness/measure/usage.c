#include "measure/usage.h"

#include <math.h>

const char *const ra_side_names[RA_SIDES] = {"strong", "weak"};
const char *const ra_usage_names[RA_USAGE_FACTS] = {"tokens_in", "tokens_out", "characters_in",
                                                    "characters_out"};

double ra_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return (double)count;
}

/* NaN where something is not known. outputs may be NULL. */
static void add_up(const ra_item *item, const ra_output *outputs, double sum[RA_USAGE_FACTS])
{
    double before = 0;
    for (size_t t = 0; t < item->turn_count; t++) {
        const ra_output *o = outputs ? &outputs[item->first_slot + t] : NULL;
        bool present = o && o->present;
        double answer = present && o->text ? ra_characters(o->text) : (double)NAN;
        sum[RA_TOKENS_IN] += present ? o->prompt_tokens : (double)NAN;
        sum[RA_TOKENS_OUT] += present ? o->completion_tokens : (double)NAN;
        before += ra_characters(item->turns[t]);
        sum[RA_CHARACTERS_IN] += before;
        sum[RA_CHARACTERS_OUT] += answer;
        before += answer;
    }
}

static void make_side(ra_arena *arena, const ra_set *set, const ra_outcomes *o,
                      const ra_output *outputs, double *fact[RA_USAGE_FACTS])
{
    bool known[RA_USAGE_FACTS];
    for (int f = 0; f < RA_USAGE_FACTS; f++) {
        fact[f] = ra_arena_alloc(arena, o->count, sizeof(double));
        known[f] = true;
    }
    for (size_t k = 0; k < o->count; k++) {
        double sum[RA_USAGE_FACTS] = {0};
        add_up(&set->items[o->item[k]], outputs, sum);
        for (int f = 0; f < RA_USAGE_FACTS; f++) {
            fact[f][k] = sum[f];
            known[f] = known[f] && isfinite(sum[f]) && sum[f] >= 0;
        }
    }
    for (int f = 0; f < RA_USAGE_FACTS; f++)
        fact[f] = known[f] ? fact[f] : NULL;
}

bool ra_usage_make(ra_arena *arena, ra_set *set, const ra_outcomes *outcomes,
                   const char *const models[RA_SIDES], ra_item_usage *out, ra_error *err)
{
    *out =
        (ra_item_usage){.count = outcomes->count,
                        .requests = ra_arena_alloc(arena, outcomes->count, sizeof *out->requests)};
    for (size_t k = 0; k < outcomes->count; k++)
        out->requests[k] = (double)set->items[outcomes->item[k]].turn_count;
    for (int side = 0; side < RA_SIDES; side++) {
        ra_output *outputs = NULL;
        if (ra_set_has(set, "outputs", models[side], NULL) &&
            !ra_set_outputs(set, models[side], &outputs, err))
            return false;
        make_side(arena, set, outcomes, outputs, out->fact[side]);
    }
    return true;
}
