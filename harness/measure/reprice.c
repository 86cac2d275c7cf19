#include "measure/reprice.h"

#include "measure/aiq.h"
#include "measure/cost.h"
#include "measure/kept.h"
#include "measure/measure.h"
#include "measure/oracles.h"

#include <math.h>
#include <string.h>

/* Share of the strong model's dollars that never calling it would save. */
static double most_saved(const ra_money *m)
{
    return (m->strong_usd - m->weak_usd) / m->strong_usd;
}

static void scale(ra_estimate *aiq, const ra_money *before, const ra_money *after)
{
    double by = most_saved(after) / most_saved(before); /* NaN where there were no prices */
    aiq->lo *= by;
    aiq->hi *= by;
}

static void reprice_router(const ra_benchmark_result *b, const ra_money *before,
                           ra_router_result *r)
{
    ra_curve curve = {b->weak.score, b->strong.score, r->curve, r->points};
    r->aiq.value = ra_aiq(ra_curve_hull_area(&curve), curve.strong, curve.weak, &b->money);
    scale(&r->aiq, before, &b->money);
    for (int t = 0; t < RA_TARGETS; t++) {
        r->saving[t] = ra_saving_make(&b->money, ra_targets[t], r->cpt[t].at.value);
        ra_saving_ranges(&b->money, ra_targets[t], &r->cpt[t].at, &r->saving[t]);
    }
}

static bool charge(const ra_benchmark_result *b, const ra_prices *prices, const ra_billing *how,
                   ra_charges *out, ra_error *err)
{
    const ra_price *price;
    *out = (ra_charges){.fixed = how->fixed, .traffic = how->traffic};
    if (how->embedding) {
        if (!(price = ra_prices_find(prices, how->embedding, err)))
            return false;
        out->embedding = price->input * b->money.model[RA_STRONG].tokens_in;
    }
    if (how->judge) {
        if (!(price = ra_prices_find(prices, how->judge, err)))
            return false;
        out->judge =
            how->judge_share * (price->input * how->judge_in + price->output * how->judge_out);
    }
    return true;
}

/* Names that no router has are not noticed here: the caller checks them. */
static void charge_routers(const ra_billing *how, ra_benchmark_result *b)
{
    for (size_t i = 0; i < how->router_count; i++) {
        const ra_router_usd *u = &how->routers[i];
        if (!u->router)
            b->charges.router = u->usd;
        for (size_t r = 0; u->router && r < b->router_count; r++)
            if (strcmp(b->routers[r].name, u->router) == 0) {
                b->routers[r].own_usd = u->usd;
                b->routers[r].has_own_usd = true;
            }
    }
}

static bool reprice_benchmark(ra_arena *arena, const ra_prices *prices, const ra_billing *how,
                              int threads, ra_benchmark_result *b, ra_error *err)
{
    const char *const models[RA_SIDES] = {b->strong.model, b->weak.model};
    ra_money before = b->money;
    if (b->kept.usage.count == 0) {
        ra_failf(err, RA_ERR_INPUT, NULL, 0, "the results of '%s' do not hold their items",
                 b->name);
        return ra_hintf(err, "they were made before costs were; measure again");
    }
    if (!ra_prices_money(arena, prices, &b->kept.usage, models, &b->money, err) ||
        !charge(b, prices, how, &b->charges, err))
        return false;
    charge_routers(how, b);
    for (size_t r = 0; r < b->router_count; r++)
        reprice_router(b, &before, &b->routers[r]);
    ra_outcomes outcomes = ra_kept_outcomes(&b->kept);
    if (b->oracle_count > 0)
        ra_oracles_measure(arena, &outcomes, b);
    ra_cost_measure(arena, threads, b);
    return true;
}

static bool is_router(const ra_results *results, const char *name)
{
    for (size_t i = 0; i < results->benchmark_count; i++)
        for (size_t r = 0; r < results->benchmarks[i].router_count; r++)
            if (strcmp(results->benchmarks[i].routers[r].name, name) == 0)
                return true;
    return false;
}

bool ra_reprice(ra_results *results, const ra_prices *prices, const ra_billing *billing,
                int threads, ra_error *err)
{
    for (size_t i = 0; i < billing->router_count; i++)
        if (billing->routers[i].router && !is_router(results, billing->routers[i].router))
            return ra_failf(err, RA_ERR_INPUT, NULL, 0, "the results have no router '%s'",
                            billing->routers[i].router);
    for (size_t i = 0; i < results->benchmark_count; i++)
        if (!reprice_benchmark(&results->arena, prices, billing, threads, &results->benchmarks[i],
                               err))
            return false;
    return true;
}
