/* Tables that say how sure a difference is, and what scores are worth beyond their curve. */
#include "measure/cells.h"
#include "measure/power.h"
#include "reports/tables.h"

#include <math.h>

/* --- comparisons --- */

static const ra_column comparison_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"against", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"APGR difference", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"p, bootstrap", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"p, sign flips", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"Holm, bootstrap", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"Holm, sign flips", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"detectable difference", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"items to settle it", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { COMPARISON_COLUMNS = sizeof comparison_columns / sizeof *comparison_columns };

static void comparison_row(ra_table *t, const ra_benchmark_result *b, const ra_comparison *c)
{
    ra_table_text(t, c->a);
    ra_table_text(t, c->b);
    ra_table_signed_estimate(t, &c->difference, 3)->id =
        ra_cell_id(t->arena, b, c->a, ra_arena_printf(t->arena, "less/%s", ra_comparison_other(c)));
    ra_table_number(t, c->p.bootstrap, 4);
    ra_table_number(t, c->p.sign_flip, 4);
    ra_table_number(t, c->holm.bootstrap, 4);
    ra_table_number(t, c->holm.sign_flip, 4);
    ra_table_number(t, ra_power_detectable(c->se, 1 - b->intervals.level, RA_POWER), 3);
    ra_table_number(
        t, ra_power_items(b->items, c->se, c->difference.value, 1 - b->intervals.level, RA_POWER),
        0);
}

ra_table *ra_table_comparisons(ra_arena *arena, const ra_benchmark_result *b, ra_family family)
{
    static const char *const names[RA_FAMILIES] = {"against-random", "against-hand-rule", "pairs"};
    static const char *const titles[RA_FAMILIES] = {
        "routers against chance", "routers against the best hand rule", "routers in pairs"};
    ra_table *t = ra_benchmark_table(arena, b, names[family], titles[family], comparison_columns,
                                     COMPARISON_COLUMNS, b->comparison_count);
    for (size_t i = 0; i < b->comparison_count; i++)
        if (b->comparisons[i].family == family)
            comparison_row(t, b, &b->comparisons[i]);
    ra_table_note(
        t,
        "Paired, on the same %zu items. Holm: corrected for the number of rows. Detectable: "
        "the true difference that a test at %.2g finds with a probability of %.2g; items "
        "to settle it: as many would find the difference seen here that surely.",
        b->items, 1 - b->intervals.level, RA_POWER);
    return t;
}

/* --- chance --- */

static const ra_column chance_columns[] = {
    {"random router", RA_COLUMN_TEXT, RA_BEST_NONE}, {"CPT(20%) %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"CPT(50%) %", RA_COLUMN_NUMBER, RA_BEST_NONE},  {"CPT(80%) %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"APGR", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { CHANCE_COLUMNS = sizeof chance_columns / sizeof *chance_columns };

static void spread_cell(ra_table *t, const ra_spread *s, bool runs, double factor, int decimals)
{
    const ra_range *range = runs ? &s->runs : &s->draw;
    ra_estimate e = {s->mean, range->lo, range->hi};
    ra_table_estimate(t, &e, factor, 0, decimals);
}

static void chance_row(ra_table *t, const ra_chance *c, bool runs)
{
    for (int k = 0; k < RA_TARGETS; k++)
        spread_cell(t, &c->cpt[k], runs, 100, 2);
    spread_cell(t, &c->apgr, runs, 1, 3);
}

ra_table *ra_table_chance(ra_arena *arena, const ra_benchmark_result *b)
{
    const ra_chance *c = &b->chance;
    ra_table *t = ra_benchmark_table(arena, b, "chance", "what chance does on these items",
                                     chance_columns, CHANCE_COLUMNS, 2);
    ra_table_text(t, "one draw");
    chance_row(t, c, false);
    ra_table_textf(t, "mean of %zu runs", c->runs);
    chance_row(t, c, true);
    ra_table_note(
        t,
        "Means over %zu simulated random routers; in brackets, where %.3g %% of single "
        "draws fall, and of means of %zu runs. A paper's \"random\" with an interval is the "
        "latter; one router is to be held against the former.",
        c->draws, 100 * b->intervals.level, c->runs);
    return t;
}

/* --- scores --- */

static const ra_column score_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"rank by APGR", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"ROC AUC", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"AIQ", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"distinct scores", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"entropy, bits", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"calibration error", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
};
enum { SCORE_COLUMNS = sizeof score_columns / sizeof *score_columns };

static void score_row(ra_table *t, const ra_benchmark_result *b, const ra_router_result *r)
{
    const ra_diagnostics *d = &r->diagnostics;
    t->group = r->bound ? 0 : 1;
    ra_table_textf(t, "%s%s", r->name, r->bound ? " (bound, not a router)" : "");
    ra_table_estimate(t, &r->rank, 1, 0, 1)->id = ra_cell_id(t->arena, b, r->name, "rank");
    ra_table_estimate(t, &d->auc, 1, 0, 3)->id = ra_cell_id(t->arena, b, r->name, "auc");
    ra_table_estimate(t, &r->aiq, 1, 0, 4)->id = ra_cell_id(t->arena, b, r->name, "aiq");
    ra_table_count(t, d->distinct);
    ra_table_number(t, d->entropy, 2);
    ra_table_number(t, d->calibration_error, 3);
}

ra_table *ra_table_scores(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_table *t = ra_benchmark_table(arena, b, "scores", "what the scores are worth", score_columns,
                                     SCORE_COLUMNS, b->router_count);
    for (size_t i = 0; i < b->router_count; i++)
        score_row(t, b, &b->routers[i]);
    ra_table_mark_best(t);
    ra_table_note(
        t,
        "ROC AUC and calibration are for \"strong needed\": the strong model's answer is "
        "better. AIQ is RouterBench's, over dollars, in the unit of the scores. Entropy is "
        "at most %.2f bits here, when all scores differ.",
        log2((double)b->items));
    return t;
}

/* --- oracles --- */

static const ra_column oracle_columns[] = {
    {"oracle of", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"score", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"strong calls %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per million requests", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"rule", RA_COLUMN_TEXT, RA_BEST_NONE},
};
enum { ORACLE_COLUMNS = sizeof oracle_columns / sizeof *oracle_columns };

ra_table *ra_table_oracles(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_table *t = ra_benchmark_table(arena, b, "oracles", "the oracle, by three conventions",
                                     oracle_columns, ORACLE_COLUMNS, b->oracle_count);
    for (size_t i = 0; i < b->oracle_count; i++) {
        const ra_oracle_result *o = &b->oracles[i];
        ra_table_text(t, o->name);
        ra_table_number(t, o->score, 6);
        ra_table_number(t, 100 * o->strong_calls, 2);
        ra_table_number(t, o->usd, 2);
        ra_table_text(t, o->rule);
    }
    ra_table_note(t, "Each knows the grades: what no router can do. %zu items.", b->items);
    return t;
}

/* --- routed calls --- */

ra_table *ra_table_calls(ra_arena *arena, const ra_benchmark_result *b)
{
    enum { FIXED = 3, AT = 1 }; /* of ra_shares */
    ra_column *columns = ra_arena_alloc(arena, FIXED + b->router_count, sizeof *columns);
    columns[0] = (ra_column){"category", RA_COLUMN_TEXT, RA_BEST_NONE};
    columns[1] = (ra_column){"items", RA_COLUMN_NUMBER, RA_BEST_NONE};
    columns[2] = (ra_column){"gap", RA_COLUMN_NUMBER, RA_BEST_NONE};
    for (size_t i = 0; i < b->router_count; i++)
        columns[FIXED + i] = (ra_column){b->routers[i].name, RA_COLUMN_NUMBER, RA_BEST_NONE};
    ra_table *t = ra_benchmark_table(arena, b, "calls", "who is sent to the strong model, %",
                                     columns, FIXED + b->router_count, b->category_count);
    for (size_t i = 0; i < b->category_count; i++) {
        const ra_category_result *c = &b->categories[i];
        ra_table_text(t, c->name);
        ra_table_count(t, c->items);
        ra_table_signed(t, c->strong - c->weak, 3);
        for (size_t r = 0; r < b->router_count; r++)
            ra_table_number(t, 100 * c->routers[r].calls[AT], 1);
    }
    ra_table_note(t,
                  "Share of each category's calls that a router sends to the strong model when it "
                  "sends %.3g %% of all.",
                  100 * ra_shares[AT]);
    return t;
}
