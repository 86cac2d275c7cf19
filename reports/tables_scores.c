/* Tables about scores, items, graders and where all of it comes from. */
#include "reports/tables.h"

#include <math.h>
#include <string.h>

/* --- items --- */

static const ra_column item_columns[] = {
    {"benchmark", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"grader", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"items measured", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"excluded", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"missing", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"all items", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"strong score", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"weak score", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"gap", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { ITEM_COLUMNS = sizeof item_columns / sizeof *item_columns };

ra_table *ra_table_items(ra_arena *arena, const ra_results *results)
{
    ra_table *t = ra_table_new(arena, "items", "Items and the gap between the models", item_columns,
                               ITEM_COLUMNS, results->benchmark_count);
    for (size_t i = 0; i < results->benchmark_count; i++) {
        const ra_benchmark_result *b = &results->benchmarks[i];
        ra_table_text(t, b->title);
        ra_table_text(t, b->grader);
        ra_table_count(t, b->items);
        ra_table_count(t, b->excluded);
        ra_table_count(t, b->missing);
        ra_table_count(t, b->all_items);
        ra_table_number(t, b->strong.score, 6)->id = ra_cell_id(arena, b, NULL, "strong");
        ra_table_number(t, b->weak.score, 6)->id = ra_cell_id(arena, b, NULL, "weak");
        ra_table_signed(t, b->strong.score - b->weak.score, 6)->id =
            ra_cell_id(arena, b, NULL, "gap");
    }
    ra_table_note(t, "Measured: kept, and graded for both models. Excluded: left out on purpose. "
                     "Missing: kept, but without a grade on one side.");
    return t;
}

/* --- models --- */

static const ra_column model_columns[] = {
    {"benchmark", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"grader", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"side", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"model", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"score, kept items", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"score, all items", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"turns graded", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"turns missing", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per million requests", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"tokens", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"prices as of", RA_COLUMN_TEXT, RA_BEST_NONE},
};
enum { MODEL_COLUMNS = sizeof model_columns / sizeof *model_columns };

static void model_row(ra_table *t, const ra_benchmark_result *b, bool strong)
{
    const ra_model_result *m = strong ? &b->strong : &b->weak;
    double usd = strong ? b->money.strong_usd : b->money.weak_usd;
    const char *none = isfinite(usd) ? "unknown" : "\u2013";
    ra_table_text(t, b->title);
    ra_table_text(t, b->grader);
    ra_table_text(t, strong ? "strong" : "weak");
    ra_table_text(t, m->model);
    ra_table_number(t, m->score, 6)->id = ra_cell_id(t->arena, b, NULL, strong ? "strong" : "weak");
    ra_table_number(t, strong ? b->all_strong : b->all_weak, 6);
    ra_table_count(t, m->graded);
    ra_table_count(t, m->missing);
    ra_table_number(t, usd, 2);
    ra_table_text(t, isfinite(usd) && b->money.tokens ? b->money.tokens : none);
    ra_table_text(t, isfinite(usd) && b->money.as_of ? b->money.as_of : none);
}

ra_table *ra_table_models(ra_arena *arena, const ra_results *results)
{
    ra_table *t = ra_table_new(arena, "models", "Models: scores and prices", model_columns,
                               MODEL_COLUMNS, 2 * results->benchmark_count);
    for (size_t i = 0; i < results->benchmark_count; i++) {
        model_row(t, &results->benchmarks[i], true);
        model_row(t, &results->benchmarks[i], false);
    }
    ra_table_note(t, "Scores are means over graded turns: of the measured items, and of all items, "
                     "excluded ones too. Turns are those of kept items. Dollars: one model answers "
                     "a million requests.");
    return t;
}

/* --- graders, side by side --- */

typedef struct side_by_side {
    ra_benchmark_result *results; /* copies, one per grader */
    size_t count;
} side_by_side;

static side_by_side same_benchmark(ra_arena *arena, const ra_results *results, const char *name)
{
    side_by_side s = {ra_arena_alloc(arena, results->benchmark_count, sizeof *s.results), 0};
    for (size_t i = 0; i < results->benchmark_count; i++)
        if (strcmp(results->benchmarks[i].name, name) == 0)
            s.results[s.count++] = results->benchmarks[i];
    return s;
}

static const ra_router_result *router_named(const ra_benchmark_result *b, const char *name)
{
    for (size_t i = 0; i < b->router_count; i++)
        if (strcmp(b->routers[i].name, name) == 0)
            return &b->routers[i];
    return NULL;
}

static void score_rows(ra_table *t, const side_by_side *s)
{
    ra_table_text(t, "strong score");
    for (size_t i = 0; i < s->count; i++)
        ra_table_number(t, s->results[i].strong.score, 6)->id =
            ra_cell_id(t->arena, &s->results[i], NULL, "strong");
    ra_table_text(t, "weak score");
    for (size_t i = 0; i < s->count; i++)
        ra_table_number(t, s->results[i].weak.score, 6)->id =
            ra_cell_id(t->arena, &s->results[i], NULL, "weak");
    ra_table_text(t, "gap");
    for (size_t i = 0; i < s->count; i++)
        ra_table_signed(t, s->results[i].strong.score - s->results[i].weak.score, 6)->id =
            ra_cell_id(t->arena, &s->results[i], NULL, "gap");
}

/* APGR and CPT(50%) of one router, under each grader. */
static void router_rows(ra_table *t, const side_by_side *s, const ra_router_result *first)
{
    const char *bound = first->bound ? " (bound)" : "";
    ra_table_textf(t, "%s%s: APGR", first->name, bound);
    for (size_t i = 0; i < s->count; i++) {
        const ra_router_result *r = router_named(&s->results[i], first->name);
        ra_cell *cell = ra_table_number(t, r ? r->apgr.value : (double)NAN, 3);
        cell->id = r ? ra_cell_id(t->arena, &s->results[i], r->name, "apgr") : NULL;
    }
    ra_table_textf(t, "%s%s: CPT(50%%) %%", first->name, bound);
    for (size_t i = 0; i < s->count; i++) {
        const ra_router_result *r = router_named(&s->results[i], first->name);
        ra_cell *cell = ra_table_number(t, r ? 100 * r->cpt[1].at.value : (double)NAN, 2);
        cell->id = r ? ra_cell_id(t->arena, &s->results[i], r->name, "cpt50") : NULL;
    }
}

ra_table *ra_table_graders(ra_arena *arena, const ra_results *results, const char *benchmark)
{
    side_by_side s = same_benchmark(arena, results, benchmark);
    const ra_benchmark_result *first = &s.results[0];
    ra_column *columns = ra_arena_alloc(arena, s.count + 1, sizeof *columns);
    columns[0] = (ra_column){"figure", RA_COLUMN_TEXT, RA_BEST_NONE};
    for (size_t i = 0; i < s.count; i++)
        columns[i + 1] = (ra_column){s.results[i].grader, RA_COLUMN_NUMBER, RA_BEST_NONE};
    ra_table *t = ra_table_new(arena, ra_arena_printf(arena, "%s-graders", benchmark),
                               ra_arena_printf(arena, "%s under several graders", first->title),
                               columns, s.count + 1, 3 + 2 * first->router_count);
    score_rows(t, &s);
    for (size_t i = 0; i < first->router_count; i++)
        router_rows(t, &s, &first->routers[i]);
    for (size_t i = 0; i < s.count; i++)
        ra_table_note(t, "%s: %zu items measured, %zu excluded, %zu missing.", s.results[i].grader,
                      s.results[i].items, s.results[i].excluded, s.results[i].missing);
    return t;
}

static const ra_column rule_columns[] = {{"grader", RA_COLUMN_TEXT, RA_BEST_NONE},
                                         {"strong", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"weak", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"gap", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"gap, relative", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"strong up", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"strong down", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"weak up", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"weak down", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"missing", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                         {"rule", RA_COLUMN_TEXT, RA_BEST_NONE}};
enum { RULE_COLUMNS = sizeof rule_columns / sizeof *rule_columns };

/* The gap under the benchmark's own grader, over the same answers as the table's other rows: the
 * measured gap may rest on fewer, for a routed item needs both models' grades. */
static double own_gap(const ra_benchmark_result *b)
{
    for (size_t i = 0; i < b->grader_count; i++)
        if (strcmp(b->graders[i].grader, b->grader) == 0)
            return b->graders[i].strong - b->graders[i].weak;
    return (double)NAN;
}

ra_table *ra_table_rules(ra_arena *arena, const ra_benchmark_result *b)
{
    ra_table *t =
        ra_table_new(arena, ra_arena_printf(arena, "%s-rules", b->name),
                     ra_arena_printf(arena, "%s: the same answers under other rules", b->title),
                     rule_columns, RULE_COLUMNS, b->grader_count);
    double gap = own_gap(b);
    for (size_t i = 0; i < b->grader_count; i++) {
        const ra_grader_result *g = &b->graders[i];
        ra_table_text(t, g->grader);
        ra_table_number(t, g->strong, 6);
        ra_table_number(t, g->weak, 6);
        ra_table_signed(t, g->strong - g->weak, 6);
        ra_table_number(t, (g->strong - g->weak) / gap, 3);
        ra_table_count(t, g->strong_up);
        ra_table_count(t, g->strong_down);
        ra_table_count(t, g->weak_up);
        ra_table_count(t, g->weak_down);
        ra_table_count(t, g->missing);
        ra_table_text(t, g->rule);
    }
    ra_table_note(t,
                  "Up and down count the answers that a rule scores higher and lower than '%s'. "
                  "Every PGR is a gain divided by the gap.",
                  b->grader);
    ra_table_note(t, "%zu items measured, %zu excluded, %zu missing.", b->items, b->excluded,
                  b->missing);
    return t;
}

/* --- provenance --- */

static const ra_column study_columns[] = {{"what", RA_COLUMN_TEXT, RA_BEST_NONE},
                                          {"value", RA_COLUMN_TEXT, RA_BEST_NONE}};

ra_table *ra_table_study(ra_arena *arena, const ra_results *results)
{
    const char *rows[][2] = {
        {"study", results->study_name},
        {"title", results->study_title},
        {"seed", ra_arena_printf(arena, "%llu", (unsigned long long)results->seed)},
        {"routeassay version", results->tool_version},
        {"routeassay commit", results->tool_commit},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    ra_table *t = ra_table_new(arena, "study", "Study and program", study_columns, 2, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        ra_table_text(t, rows[i][0]);
        ra_table_text(t, rows[i][1]);
    }
    return t;
}

static const ra_column input_columns[] = {{"input", RA_COLUMN_CODE, RA_BEST_NONE},
                                          {"SHA-256", RA_COLUMN_CODE, RA_BEST_NONE}};

ra_table *ra_table_inputs(ra_arena *arena, const ra_results *results)
{
    ra_table *t = ra_table_new(arena, "inputs", "Inputs", input_columns, 2, results->input_count);
    for (size_t i = 0; i < results->input_count; i++) {
        ra_table_text(t, results->inputs[i].path);
        ra_table_text(t, results->inputs[i].sha256);
    }
    ra_table_note(t, "%zu files were read.", results->input_count);
    return t;
}
