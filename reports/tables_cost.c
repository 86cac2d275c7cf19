/* Tables about money: prices, what is billed, what is saved, and what that hangs on. */
#include "reports/tables.h"

#include "measure/cost.h"

#include <math.h>
#include <string.h>

enum { AT_95 = 1 }; /* of ra_kept_targets */

/* --- prices --- */

static const ra_column price_columns[] = {
    {"benchmark", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"model", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"$ per 1M tokens in", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per 1M tokens out", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"price of", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"source", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"tokens in a request", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"tokens out", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"tokens are", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"$ per 1M tokens, mixed", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per 1M requests", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { PRICE_COLUMNS = sizeof price_columns / sizeof *price_columns };

static void price_row(ra_table *t, const ra_benchmark_result *b, int side)
{
    const ra_priced_model *m = &b->money.model[side];
    double usd = side == RA_STRONG ? b->money.strong_usd : b->money.weak_usd;
    ra_table_text(t, ra_benchmark_title(t->arena, b));
    ra_table_text(t, side == RA_STRONG ? b->strong.model : b->weak.model);
    ra_table_number(t, m->input, 2);
    ra_table_number(t, m->output, 2);
    ra_table_text(t, m->date ? m->date : "unknown");
    ra_table_text(t, m->source ? m->source : "unknown");
    ra_table_number(t, m->tokens_in, 1);
    ra_table_number(t, m->tokens_out, 1);
    ra_table_text(t, b->money.tokens ? b->money.tokens : "unknown");
    ra_table_number(t, usd / (m->tokens_in + m->tokens_out), 2);
    ra_table_number(t, usd, 2);
}

ra_table *ra_table_prices(ra_arena *arena, const ra_results *results)
{
    ra_table *t = ra_table_new(arena, "prices", "Prices", price_columns, PRICE_COLUMNS,
                               2 * results->benchmark_count);
    for (size_t i = 0; i < results->benchmark_count; i++)
        for (int side = 0; side < RA_SIDES; side++)
            if (isfinite(results->benchmarks[i].money.model[side].input) &&
                results->benchmarks[i].money.as_of)
                price_row(t, &results->benchmarks[i], side);
    ra_table_note(t, "A request is one turn. Mixed: dollars of all tokens, in and out, over their "
                     "number. Tokens that are not recorded are estimated, as the column says.");
    return t;
}

/* --- the ledger --- */

static const ra_column ledger_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"keeps of the strong score %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"strong calls %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"strong model $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"weak model $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"router $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"embedding $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"judge $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"fixed $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"all $", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"saved $", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"saved %", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
};
enum { LEDGER_COLUMNS = sizeof ledger_columns / sizeof *ledger_columns };

static const char *cost_id(ra_arena *arena, const ra_benchmark_result *b, const char *router,
                           int target, const char *what)
{
    return ra_cell_id(arena, b, router,
                      ra_arena_printf(arena, "cost%s/%s", ra_kept_names[target], what));
}

static void name_cell(ra_table *t, const ra_router_result *r)
{
    ra_table_textf(t, "%s%s", r->name, r->bound ? " (bound, not a router)" : "");
}

static void ledger_row(ra_table *t, const ra_benchmark_result *b, const ra_router_result *r,
                       int target)
{
    const ra_cost_target *c = &r->cost->target[target];
    const double parts[] = {c->parts.strong,    c->parts.weak,  c->parts.router,
                            c->parts.embedding, c->parts.judge, c->parts.fixed};
    t->group = r->bound ? 0 : target + 1;
    name_cell(t, r);
    ra_table_number(t, 100 * ra_kept_targets[target], 0);
    ra_table_estimate(t, &c->calls, 100, 0, 2)->id = cost_id(t->arena, b, r->name, target, "calls");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ra_table_number(t, parts[i], 2);
    ra_table_estimate(t, &c->usd, 1, 0, 2)->id = cost_id(t->arena, b, r->name, target, "usd");
    ra_table_estimate(t, &c->saved_usd, 1, 0, 2)->id =
        cost_id(t->arena, b, r->name, target, "saved_usd");
    ra_table_estimate(t, &c->saved, 100, 0, 1)->id = cost_id(t->arena, b, r->name, target, "saved");
}

static size_t priced_routers(const ra_benchmark_result *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->router_count; i++)
        count += b->routers[i].cost != NULL;
    return count;
}

ra_table *ra_table_ledger(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_table *t =
        ra_benchmark_table(arena, b, "costs", "costs at the cheapest point", ledger_columns,
                           LEDGER_COLUMNS, priced_routers(b) * RA_KEPT_TARGETS);
    for (int target = 0; target < RA_KEPT_TARGETS; target++)
        for (int bound = 0; bound < 2; bound++)
            for (size_t i = 0; i < b->router_count; i++)
                if (b->routers[i].cost && b->routers[i].bound == (bound == 1))
                    ledger_row(t, b, &b->routers[i], target);
    ra_table_mark_best(t);
    ra_table_note(t,
                  "Dollars per million requests, everything billed, at the cheapest point of each "
                  "router's curve that keeps the share of the score of %s; saved: against sending "
                  "everything there, which costs $%.2f. Tokens: %s; prices as of %s.",
                  b->strong.model, b->money.strong_usd,
                  b->money.tokens ? b->money.tokens : "unknown",
                  b->money.as_of ? b->money.as_of : "unknown");
    if (b->intervals.method)
        ra_table_note(t, "Intervals: percentiles of at most 512 of the replicates, each with a "
                         "cheapest point of its own.");
    return t;
}

/* --- where it vanishes --- */

static const ra_column even_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"keeps of the strong score %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"price ratio", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"nothing saved at a price ratio of", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"router $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"nothing saved at a router $ of", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"nothing saved at requests per month", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
};
enum { EVEN_COLUMNS = sizeof even_columns / sizeof *even_columns };

static void even_row(ra_table *t, const ra_benchmark_result *b, const ra_router_result *r,
                     int target)
{
    const ra_cost_target *c = &r->cost->target[target];
    t->group = r->bound ? 0 : target + 1;
    name_cell(t, r);
    ra_table_number(t, 100 * ra_kept_targets[target], 0);
    ra_table_number(t, b->money.strong_usd / b->money.weak_usd, 2);
    ra_table_number(t, c->ratio_even, 3)->id = cost_id(t->arena, b, r->name, target, "ratio_even");
    ra_table_number(t, c->parts.router, 2);
    ra_table_number(t, c->router_even, 2)->id =
        cost_id(t->arena, b, r->name, target, "router_even");
    ra_table_number(t, c->traffic_even, 0)->id =
        cost_id(t->arena, b, r->name, target, "traffic_even");
}

ra_table *ra_table_break_even(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_table *t =
        ra_benchmark_table(arena, b, "break-even", "where the saving vanishes", even_columns,
                           EVEN_COLUMNS, priced_routers(b) * RA_KEPT_TARGETS);
    for (int target = 0; target < RA_KEPT_TARGETS; target++)
        for (size_t i = 0; i < b->router_count; i++)
            if (b->routers[i].cost)
                even_row(t, b, &b->routers[i], target);
    ra_table_mark_best(t);
    ra_table_note(t, "At the same share of strong calls. Price ratio: dollars of a request to the "
                     "strong model over one to the weak model, whose price is varied. Router: "
                     "dollars per million requests. A dash: nothing vanishes it, or there are no "
                     "fixed costs.");
    return t;
}

/* --- the curve in dollars --- */

ra_table *ra_table_saved(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_column *columns = ra_arena_alloc(arena, RA_COST_MARKS + 1, sizeof *columns);
    columns[0] = (ra_column){"router", RA_COLUMN_TEXT, RA_BEST_NONE};
    for (int m = 0; m < RA_COST_MARKS; m++)
        columns[m + 1] = (ra_column){ra_arena_printf(arena, "%d %% strong", 10 * m),
                                     RA_COLUMN_NUMBER, RA_BEST_HIGHEST};
    ra_table *t = ra_benchmark_table(arena, b, "saved", "dollars saved along the curve", columns,
                                     RA_COST_MARKS + 1, priced_routers(b));
    for (size_t i = 0; i < b->router_count; i++) {
        const ra_router_result *r = &b->routers[i];
        if (!r->cost)
            continue;
        t->group = r->bound ? 0 : 1;
        name_cell(t, r);
        for (int m = 0; m < RA_COST_MARKS; m++)
            ra_table_number(t, b->money.strong_usd - r->cost->mark[m].usd, 2);
    }
    ra_table_mark_best(t);
    ra_table_note(t, "Per million requests, against always calling the strong model, at a share of "
                     "strong calls; the items that a router chooses cost what they cost.");
    return t;
}

/* --- what it hangs on --- */

static const ra_column tornado_columns[] = {
    {"assumption", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"from", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"to", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"saved $, from", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"saved $, to", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { TORNADO_COLUMNS = sizeof tornado_columns / sizeof *tornado_columns };

ra_table *ra_table_tornado(ra_arena *arena, const ra_benchmark_result *b)
{
    const ra_router_result *r = ra_saves_most(b);
    size_t rows = r ? r->cost->bar_count : 0;
    ra_table *t = ra_benchmark_table(arena, b, "tornado", "what the saving hangs on",
                                     tornado_columns, TORNADO_COLUMNS, rows);
    for (size_t i = 0; i < rows; i++) {
        const ra_tornado_bar *bar = &r->cost->bars[i];
        ra_table_text(t, bar->assumption);
        ra_table_text(t, bar->low);
        ra_table_text(t, bar->high);
        ra_table_number(t, bar->saved_low, 2);
        ra_table_number(t, bar->saved_high, 2);
    }
    if (r)
        ra_table_note(t,
                      "Dollars that %s, which saves most, saves per million requests at 95 %% of "
                      "the strong score ($%.2f), if one assumption were another.",
                      r->name, r->cost->target[AT_95].saved_usd.value);
    return t;
}
