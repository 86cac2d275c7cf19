/* Tables about routers: curves' figures, recorded points, categories, savings. */
#include "reports/tables.h"

#include <math.h>
#include <string.h>

enum { AT_50 = 1, AT_80 = 2 }; /* of RA_TARGETS */

static void note_items(ra_table *t, const ra_benchmark_result *b)
{
    ra_table_note(t,
                  "%zu items measured, %zu excluded on purpose, %zu missing a grade, %zu in all; "
                  "grader %s.",
                  b->items, b->excluded, b->missing, b->all_items,
                  b->grader ? b->grader : "unknown");
}

/* --- routers: the layout of the paper's Tables 1-3 --- */

static const ra_column router_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"CPT(50%) %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"CPT(80%) %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"APGR", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"APGR over random %", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"CPT(50%) sustained %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"CPT(80%) sustained %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"RouteLLM's CPT(50%) %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"RouteLLM's CPT(80%) %", RA_COLUMN_NUMBER, RA_BEST_LOWEST},
    {"RouteLLM's APGR", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
};
enum { ROUTER_COLUMNS = sizeof router_columns / sizeof *router_columns };

static void random_row(ra_table *t)
{
    t->group = 0;
    ra_table_text(t, "random, exact");
    for (int part = 0; part < 3; part++) { /* first reached, sustained, RouteLLM's own */
        ra_table_number(t, 50, 2);
        ra_table_number(t, 80, 2);
        if (part != 1)
            ra_table_number(t, 0.5, 3);
        if (part == 0)
            ra_table_signed(t, 0, 1);
    }
}

static void router_name(ra_table *t, const ra_router_result *r)
{
    if (r->bound)
        ra_table_textf(t, "%s (bound, not a router)", r->name);
    else
        ra_table_text(t, r->name);
}

static void router_row(ra_table *t, const ra_benchmark_result *b, const ra_router_result *r)
{
    static const struct {
        const char *cpt, *sustained, *own;
    } ids[RA_TARGETS] = {
        {"cpt20", "cpt20/sustained", "routellm/cpt20"},
        {"cpt50", "cpt50/sustained", "routellm/cpt50"},
        {"cpt80", "cpt80/sustained", "routellm/cpt80"},
    };
    ra_arena *a = t->arena;
    t->group = r->bound ? 0 : 1;
    router_name(t, r);
    for (int k = AT_50; k <= AT_80; k++)
        ra_table_estimate(t, &r->cpt[k].at, 100, 0, 2)->id = ra_cell_id(a, b, r->name, ids[k].cpt);
    const char *apgr = ra_cell_id(a, b, r->name, "apgr");
    ra_table_estimate(t, &r->apgr, 1, 0, 3)->id = apgr;
    ra_table_estimate(t, &r->apgr, 200, 100, 1)->id = apgr; /* (APGR - 0.5) / 0.5 */
    for (int k = AT_50; k <= AT_80; k++)
        ra_table_number(t, 100 * r->cpt[k].sustained, 2)->id =
            ra_cell_id(a, b, r->name, ids[k].sustained);
    const ra_routellm_figures *own = &r->routellm;
    for (int k = AT_50; k <= AT_80; k++)
        ra_table_number(t, own->error ? (double)NAN : 100 * own->cpt[k], 2)->id =
            ra_cell_id(a, b, r->name, ids[k].own);
    ra_table_number(t, own->error ? (double)NAN : own->apgr, 3)->id =
        ra_cell_id(a, b, r->name, "routellm/apgr");
}

static void note_errors(ra_table *t, const ra_benchmark_result *b)
{
    for (size_t i = 0; i < b->router_count; i++)
        if (b->routers[i].routellm.error)
            ra_table_note(t, "RouteLLM's own procedure gives no figures for %s: %s.",
                          b->routers[i].name, b->routers[i].routellm.error);
}

ra_table *ra_table_routers(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_table *t = ra_benchmark_table(arena, b, "routers", "routers", router_columns, ROUTER_COLUMNS,
                                     b->router_count + 1);
    random_row(t);
    for (int bound = 0; bound < 2; bound++) /* bounds come last */
        for (size_t i = 0; i < b->router_count; i++)
            if (b->routers[i].bound == (bound == 1))
                router_row(t, b, &b->routers[i]);
    ra_table_mark_best(t);
    ra_table_note(t, "Share of calls to %s rather than %s. Bold: best of the routers.",
                  b->strong.model, b->weak.model);
    note_items(t, b);
    note_errors(t, b);
    return t;
}

/* --- recorded points --- */

/* Columns that every row has, and one for each router. */
static ra_column *with_routers(ra_arena *arena, const ra_column *fixed, size_t fixed_count,
                               const ra_benchmark_result *b, const char *prefix)
{
    ra_column *columns = ra_arena_alloc(arena, fixed_count + b->router_count, sizeof *columns);
    memcpy(columns, fixed, fixed_count * sizeof *columns);
    for (size_t i = 0; i < b->router_count; i++)
        columns[fixed_count + i] =
            (ra_column){ra_arena_printf(arena, "%s%s%s", prefix, b->routers[i].name,
                                        b->routers[i].bound ? " (bound)" : ""),
                        RA_COLUMN_NUMBER, RA_BEST_NONE};
    return columns;
}

static const ra_column point_columns[] = {
    {"recorded router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"model", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"score", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"turns graded", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"turns missing", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"PGR %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"strong calls %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"source of the share", RA_COLUMN_TEXT, RA_BEST_NONE},
};
enum { POINT_COLUMNS = sizeof point_columns / sizeof *point_columns };

/* Results of earlier versions have no intervals here. */
static ra_estimate same_score(const ra_benchmark_result *b, const ra_recorded_point *p,
                              const ra_router_result *r)
{
    for (size_t i = 0; i < p->same_count; i++)
        if (strcmp(p->same[i].router, r->name) == 0)
            return p->same[i].calls;
    return (ra_estimate){ra_calls_at_score(b, r, p->score), NAN, NAN};
}

/* Calls in %; "never" where so many replicates do not reach the score. */
static const char *calls_text(ra_arena *arena, const ra_estimate *calls)
{
    double value = 100 * calls->value, lo = 100 * calls->lo, hi = 100 * calls->hi;
    if (!isfinite(lo))
        return ra_arena_printf(arena, "%.2f", value);
    return isfinite(hi) ? ra_arena_printf(arena, "%.2f [%.2f, %.2f]", value, lo, hi)
                        : ra_arena_printf(arena, "%.2f [%.2f, never]", value, lo);
}

static void point_row(ra_table *t, const ra_benchmark_result *b, const ra_recorded_point *p)
{
    ra_estimate score = {p->score, p->range.lo, p->range.hi};
    ra_estimate calls = {p->strong_calls, p->calls_range.lo, p->calls_range.hi};
    ra_table_text(t, p->name);
    ra_table_text(t, p->model);
    ra_table_estimate(t, &score, 1, 0, 6)->id = ra_cell_id(t->arena, b, p->name, "score");
    ra_table_count(t, p->graded);
    ra_table_count(t, p->missing);
    ra_table_estimate(t, &p->pgr, 100, 0, 1);
    ra_table_estimate(t, &calls, 100, 0, 3);
    ra_table_text(t, p->strong_calls_source ? p->strong_calls_source : "unknown");
    for (size_t i = 0; i < b->router_count; i++) {
        ra_estimate same = same_score(b, p, &b->routers[i]);
        ra_cell *cell = ra_table_estimate(t, &same, 100, 0, 2);
        if (isfinite(same.value) && isfinite(same.lo) && !isfinite(same.hi))
            cell->text = calls_text(t->arena, &same);
    }
}

/* "Martian: mf reaches the same score with 29.66 % [12.10, 61.00] strong calls" for the router that
 * needs the fewest. */
static void note_best(ra_table *t, const ra_benchmark_result *b, const ra_recorded_point *p)
{
    const ra_router_result *best = NULL;
    ra_estimate fewest = {INFINITY, NAN, NAN};
    for (size_t i = 0; i < b->router_count; i++) {
        ra_estimate same = same_score(b, p, &b->routers[i]);
        if (b->routers[i].bound || !(same.value < fewest.value))
            continue;
        best = &b->routers[i];
        fewest = same;
    }
    if (!best)
        return;
    const char *own = isfinite(p->strong_calls)
                          ? ra_arena_printf(t->arena, ", against %.2f %%", 100 * p->strong_calls)
                          : "";
    ra_table_note(t, "%s: %s reaches the same score with %s %% strong calls%s.", p->name,
                  best->name, calls_text(t->arena, &fewest), own);
}

ra_table *ra_table_points(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_column *columns = with_routers(arena, point_columns, POINT_COLUMNS, b, "same score: ");
    ra_table *t = ra_benchmark_table(arena, b, "points", "recorded routers", columns,
                                     POINT_COLUMNS + b->router_count, b->point_count);
    for (size_t i = 0; i < b->point_count; i++)
        point_row(t, b, &b->points[i]);
    for (size_t i = 0; i < b->point_count; i++)
        note_best(t, b, &b->points[i]);
    ra_table_note(t, "Last columns: share of strong calls in %% at which a router of this study "
                     "first reaches the point's score, from its curve; a dash where it never does, "
                     "'never' where too many replicates never do.");
    size_t unmapped = 0;
    for (size_t i = 0; i < b->point_count; i++)
        unmapped += b->points[i].unmapped;
    if (unmapped > 0)
        ra_table_note(t, "%zu choices were of neither model, and their items left out.", unmapped);
    note_items(t, b);
    return t;
}

/* --- categories --- */

static const ra_column category_columns[] = {
    {"category", RA_COLUMN_TEXT, RA_BEST_NONE},   {"items", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"excluded", RA_COLUMN_NUMBER, RA_BEST_NONE}, {"missing", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"strong", RA_COLUMN_NUMBER, RA_BEST_NONE},   {"weak", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"gap", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { CATEGORY_COLUMNS = sizeof category_columns / sizeof *category_columns };

static void category_row(ra_table *t, const ra_benchmark_result *b, const ra_category_result *c)
{
    ra_table_text(t, c->name);
    ra_table_count(t, c->items);
    ra_table_count(t, c->excluded);
    ra_table_count(t, c->missing);
    ra_table_number(t, c->strong, 3);
    ra_table_number(t, c->weak, 3);
    ra_table_signed(t, c->strong - c->weak, 3);
    for (size_t i = 0; i < b->router_count; i++)
        ra_table_number(t, c->routers[i].apgr, 3);
}

ra_table *ra_table_categories(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_column *columns = with_routers(arena, category_columns, CATEGORY_COLUMNS, b, "APGR ");
    ra_table *t = ra_benchmark_table(arena, b, "categories", "categories", columns,
                                     CATEGORY_COLUMNS + b->router_count, b->category_count);
    for (size_t i = 0; i < b->category_count; i++)
        category_row(t, b, &b->categories[i]);
    ra_table_note(t, "%zu categories. No APGR where the strong model is not better.",
                  b->category_count);
    note_items(t, b);
    return t;
}

/* --- cost saving: the layout of the paper's Table 6, with both meanings --- */

static const ra_column saving_columns[] = {
    {"benchmark", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"calls at CPT(50%), times fewer than random", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"calls at CPT(80%), times fewer than random", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"money saved at CPT(50%) %", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
    {"money saved at CPT(80%) %", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
};
enum { SAVING_COLUMNS = sizeof saving_columns / sizeof *saving_columns };

static void saving_row(ra_table *t, const ra_benchmark_result *b, const ra_router_result *r)
{
    ra_arena *a = t->arena;
    ra_table_text(t, b->title);
    router_name(t, r);
    ra_table_number(t, r->saving[AT_50].versus_random, 2)->id =
        ra_cell_id(a, b, r->name, "saving50/versus_random");
    ra_table_number(t, r->saving[AT_80].versus_random, 2)->id =
        ra_cell_id(a, b, r->name, "saving80/versus_random");
    ra_table_number(t, 100 * r->saving[AT_50].money, 1)->id =
        ra_cell_id(a, b, r->name, "saving50/money");
    ra_table_number(t, 100 * r->saving[AT_80].money, 1)->id =
        ra_cell_id(a, b, r->name, "saving80/money");
}

static size_t all_routers(const ra_results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->benchmark_count; i++)
        count += results->benchmarks[i].router_count;
    return count;
}

ra_table *ra_table_savings(ra_arena *arena, const ra_results *results)
{
    ra_table *t = ra_table_new(arena, "savings", "Cost saving", saving_columns, SAVING_COLUMNS,
                               all_routers(results));
    ra_table_note(t,
                  "Calls: calls of the random router over the router's own for the same share of "
                  "the gap. Money: dollars saved against always calling the strong model, the "
                  "weak model's calls paid for.");
    for (size_t i = 0; i < results->benchmark_count; i++) {
        const ra_benchmark_result *b = &results->benchmarks[i];
        if (!ra_is_main_result(results, b))
            continue;
        for (int bound = 0; bound < 2; bound++)
            for (size_t k = 0; k < b->router_count; k++) {
                t->group = bound ? 0 : (int)i + 1;
                if (b->routers[k].bound == (bound == 1))
                    saving_row(t, b, &b->routers[k]);
            }
        ra_table_note(t, "%s:", b->title);
        note_items(t, b);
    }
    ra_table_mark_best(t);
    return t;
}
