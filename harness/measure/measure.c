#include "measure/measure.h"

#include "measure/aiq.h"
#include "measure/diagnostics.h"
#include "measure/routellm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const double ra_targets[RA_TARGETS] = {0.2, 0.5, 0.8};
const char *const ra_target_names[RA_TARGETS] = {"20", "50", "80"};
const double ra_shares[RA_SHARES] = {0.2, 0.5, 0.8};
const char *const ra_share_names[RA_SHARES] = {"20", "50", "80"};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *category_of(const ra_item *item)
{
    return item->category ? item->category : "(none)";
}

static size_t position(const ra_categories *c, const char *name)
{
    const char **found = bsearch(&name, c->names, c->count, sizeof *c->names, by_text);
    return (size_t)(found - c->names);
}

static void name_categories(ra_arena *arena, const ra_set *set, ra_categories *out)
{
    ra_map seen = {0};
    out->names = ra_arena_alloc(arena, set->item_count, sizeof *out->names);
    for (size_t i = 0; i < set->item_count; i++) {
        const char *name = category_of(&set->items[i]);
        if (ra_map_add(&seen, name, i) == RA_MAP_NONE)
            out->names[out->count++] = name;
    }
    ra_map_release(&seen);
    qsort(out->names, out->count, sizeof *out->names, by_text);
}

void ra_categories_make(ra_arena *arena, const ra_set *set, const ra_outcomes *outcomes,
                        ra_categories *out)
{
    *out = (ra_categories){0};
    name_categories(arena, set, out);
    out->of = ra_arena_alloc(arena, outcomes->count, sizeof *out->of);
    out->items = ra_arena_alloc(arena, out->count, sizeof *out->items);
    out->excluded = ra_arena_alloc(arena, out->count, sizeof *out->excluded);
    out->missing = ra_arena_alloc(arena, out->count, sizeof *out->missing);
    size_t k = 0;
    for (size_t i = 0; i < set->item_count; i++) {
        size_t category = position(out, category_of(&set->items[i]));
        if (k < outcomes->count && outcomes->item[k] == i) {
            out->of[k++] = category;
            out->items[category]++;
        } else if (set->items[i].excluded) {
            out->excluded[category]++;
        } else {
            out->missing[category]++;
        }
    }
}

/* The order of all items, dealt to the categories, is the order of each category's items. */
static void measure_categories(const ra_outcomes *outcomes, const ra_categories *categories,
                               const double *score, const size_t *order, ra_category_router *out)
{
    ra_arena scratch = {0};
    size_t *dealt = ra_arena_alloc(&scratch, outcomes->count, sizeof *dealt);
    size_t *end = ra_arena_alloc(&scratch, categories->count, sizeof *end);
    for (size_t c = 1; c < categories->count; c++)
        end[c] = end[c - 1] + categories->items[c - 1];
    for (size_t k = 0; k < outcomes->count; k++)
        dealt[end[categories->of[order[k]]]++] = order[k];
    for (size_t c = 0; c < categories->count; c++) {
        ra_curve curve;
        ra_error no_gap;
        out[c].apgr =
            ra_curve_make(&scratch, outcomes, score, dealt + end[c] - categories->items[c],
                          categories->items[c], &curve, &no_gap)
                ? ra_curve_apgr(&curve)
                : (double)NAN;
    }
    ra_arena_release(&scratch);
}

/* Share of each category's items that go to the strong model when a share of all items does; items
 * of equal score share what is left. */
static void count_calls(const ra_outcomes *outcomes, const ra_categories *categories,
                        const double *score, const size_t *order, int share,
                        ra_category_router *out)
{
    double wanted = ra_shares[share] * (double)outcomes->count;
    for (size_t c = 0; c < categories->count; c++)
        out[c].calls[share] = 0;
    for (size_t k = 0, end; k < outcomes->count && (double)k < wanted; k = end) {
        end = k + 1;
        while (end < outcomes->count && !(score[order[end]] < score[order[k]]))
            end++;
        double each = fmin(1, (wanted - (double)k) / (double)(end - k));
        for (size_t m = k; m < end; m++)
            out[categories->of[order[m]]].calls[share] += each;
    }
    for (size_t c = 0; c < categories->count; c++)
        out[c].calls[share] /= (double)categories->items[c];
}

static ra_estimate without_interval(double value)
{
    return (ra_estimate){value, NAN, NAN};
}

ra_saving ra_saving_make(const ra_money *money, double target, double cpt)
{
    double usd = cpt * money->strong_usd + (1 - cpt) * money->weak_usd;
    return (ra_saving){.versus_random = cpt > 0 ? target / cpt : (double)NAN,
                       .money = 1 - usd / money->strong_usd,
                       .versus_random_range = {NAN, NAN},
                       .money_range = {NAN, NAN}};
}

static ra_range range_of(double a, double b)
{
    return a < b ? (ra_range){a, b} : (ra_range){b, a};
}

void ra_saving_ranges(const ra_money *money, double target, const ra_estimate *cpt, ra_saving *out)
{
    ra_saving low = ra_saving_make(money, target, cpt->lo),
              high = ra_saving_make(money, target, cpt->hi);
    out->versus_random_range = range_of(low.versus_random, high.versus_random);
    out->money_range = range_of(low.money, high.money);
}

bool ra_measure_router(ra_arena *arena, const ra_outcomes *outcomes,
                       const ra_categories *categories, const double *score, const ra_money *money,
                       double level, ra_router_result *out, ra_category_router *by_category,
                       ra_error *err)
{
    size_t *order = ra_alloc(outcomes->count, sizeof *order);
    ra_order(score, outcomes->count, order);
    ra_curve curve;
    bool ok = ra_curve_make(arena, outcomes, score, order, outcomes->count, &curve, err);
    if (ok) {
        out->items = outcomes->count;
        out->apgr = without_interval(ra_curve_apgr(&curve));
        for (int t = 0; t < RA_TARGETS; t++) {
            double cpt = ra_curve_cpt(&curve, ra_targets[t]);
            out->cpt[t] = (ra_cpt){
                without_interval(cpt), ra_curve_cpt_sustained(&curve, ra_targets[t]), {NAN, NAN}};
            out->saving[t] = ra_saving_make(money, ra_targets[t], cpt);
        }
        for (int s = 0; s < RA_SHARES; s++) {
            out->pgr[s] = without_interval(ra_curve_pgr(&curve, ra_shares[s]));
            count_calls(outcomes, categories, score, order, s, by_category);
        }
        out->aiq =
            without_interval(ra_aiq(ra_curve_hull_area(&curve), curve.strong, curve.weak, money));
        out->rank = without_interval(NAN);
        ra_diagnose(arena, outcomes, score, order, level, &out->diagnostics);
        ra_routellm_measure(outcomes, score, order, &curve, &out->routellm);
        measure_categories(outcomes, categories, score, order, by_category);
        ra_curve_merge(&curve);
        out->curve = curve.points;
        out->points = curve.count;
    }
    free(order);
    return ok;
}
