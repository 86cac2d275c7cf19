#include "reports/tables.h"

#include "measure/curve.h"

#include <math.h>
#include <string.h>

/* "gsm8k", or "gsm8k@numeric" for a grader that is not the default: how cells name it. */
static const char *benchmark_id(ra_arena *arena, const ra_benchmark_result *b)
{
    const char *name = b->name ? b->name : "";
    return b->default_grader ? ra_arena_strdup(arena, name)
                             : ra_arena_printf(arena, "%s@%s", name, b->grader ? b->grader : "");
}

const char *ra_cell_id(ra_arena *arena, const ra_benchmark_result *b, const char *name,
                       const char *what)
{
    const char *benchmark = benchmark_id(arena, b);
    const char *id = name ? ra_arena_printf(arena, "%s/%s/%s", benchmark, name, what)
                          : ra_arena_printf(arena, "%s/%s", benchmark, what);
    return ra_printable_text(arena, id);
}

const char *ra_benchmark_title(ra_arena *arena, const ra_benchmark_result *b)
{
    const char *title = b->title ? b->title : b->name;
    return b->default_grader ? title : ra_arena_printf(arena, "%s, grader %s", title, b->grader);
}

ra_table *ra_benchmark_table(ra_arena *arena, const ra_benchmark_result *b, const char *what,
                             const char *title, const ra_column *columns, size_t column_count,
                             size_t rows)
{
    const char *name = b->default_grader
                           ? ra_arena_printf(arena, "%s-%s", b->name, what)
                           : ra_arena_printf(arena, "%s-%s-%s", b->name, b->grader, what);
    return ra_table_new(arena, name,
                        ra_arena_printf(arena, "%s: %s", ra_benchmark_title(arena, b), title),
                        columns, column_count, rows);
}

double ra_calls_at_score(const ra_benchmark_result *b, const ra_router_result *r, double score)
{
    double target = (score - b->weak.score) / (b->strong.score - b->weak.score);
    if (!isfinite(target))
        return NAN;
    if (target <= 0)
        return 0;
    ra_curve curve = {b->weak.score, b->strong.score, r->curve, r->points};
    for (size_t k = 0; k < r->points; k++)
        if (r->curve[k].pgr >= target)
            return ra_curve_cpt(&curve, target);
    return NAN;
}

static bool seen_before(const ra_results *results, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(results->benchmarks[i].name, results->benchmarks[index].name) == 0)
            return true;
    return false;
}

static size_t occurrences(const ra_results *results, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < results->benchmark_count; i++)
        count += strcmp(results->benchmarks[i].name, name) == 0;
    return count;
}

bool ra_is_main_result(const ra_results *results, const ra_benchmark_result *b)
{
    return b->default_grader || occurrences(results, b->name) == 1;
}

static void add_comparisons(ra_document *d, const ra_benchmark_result *b)
{
    if (b->chance.draws > 0)
        ra_section_add(d, ra_table_chance(&d->arena, b));
    for (int family = 0; family < RA_FAMILIES; family++) {
        const ra_table *t = ra_table_comparisons(&d->arena, b, (ra_family)family);
        if (ra_table_rows(t) > 0)
            ra_section_add(d, t);
    }
}

static void add_benchmark(ra_document *d, const ra_benchmark_result *b)
{
    ra_section *section = ra_document_section(d, ra_benchmark_title(&d->arena, b));
    const char *file = ra_file_part(&d->arena, b->name);
    section->figures_of[0] = b->default_grader ? file : NULL;
    section->figures_of[1] =
        ra_arena_printf(&d->arena, "%s@%s", file, ra_file_part(&d->arena, b->grader));
    ra_section_add(d, ra_table_routers(&d->arena, b));
    if (b->point_count > 0)
        ra_section_add(d, ra_table_points(&d->arena, b));
    const ra_table *training = ra_table_training(&d->arena, b);
    if (ra_table_rows(training) > 0)
        ra_section_add(d, training);
    add_comparisons(d, b);
    if (b->router_count > 0)
        ra_section_add(d, ra_table_scores(&d->arena, b));
    if (b->oracle_count > 0)
        ra_section_add(d, ra_table_oracles(&d->arena, b));
    if (b->category_count > 1) {
        ra_section_add(d, ra_table_categories(&d->arena, b));
        ra_section_add(d, ra_table_calls(&d->arena, b));
    }
}

static void add_graders(ra_document *d, const ra_results *results)
{
    bool begun = false;
    for (size_t i = 0; i < results->benchmark_count; i++) {
        const ra_benchmark_result *b = &results->benchmarks[i];
        bool several = !seen_before(results, i) && occurrences(results, b->name) > 1;
        if (!several && b->grader_count == 0)
            continue;
        if (!begun)
            ra_document_section(d, "Sensitivity to the grader");
        begun = true;
        if (b->grader_count > 0)
            ra_section_add(d, ra_table_rules(&d->arena, b));
        if (several)
            ra_section_add(d, ra_table_graders(&d->arena, results, b->name));
    }
    for (size_t i = 0; i < results->benchmark_count; i++)
        if (!ra_is_main_result(results, &results->benchmarks[i]))
            add_benchmark(d, &results->benchmarks[i]);
}

static void add_filled(ra_document *d, const ra_table *table)
{
    if (ra_table_rows(table) > 0)
        ra_section_add(d, table);
}

static void add_costs(ra_document *d, const ra_results *results)
{
    add_filled(d, ra_table_prices(&d->arena, results));
    for (size_t i = 0; i < results->benchmark_count; i++) {
        const ra_benchmark_result *b = &results->benchmarks[i];
        if (!ra_is_main_result(results, b))
            continue;
        add_filled(d, ra_table_ledger(&d->arena, b));
        add_filled(d, ra_table_break_even(&d->arena, b));
        add_filled(d, ra_table_saved(&d->arena, b));
        add_filled(d, ra_table_tornado(&d->arena, b));
    }
}

static void begin(ra_document *d, const ra_results *results)
{
    *d = (ra_document){0};
    d->title = ra_printable_text(&d->arena, results->study_title);
    d->subtitle = ra_printable_text(
        &d->arena, ra_arena_printf(&d->arena, "Study %s, seed %llu; routeassay %s (%s)",
                                   results->study_name, (unsigned long long)results->seed,
                                   results->tool_version, results->tool_commit));
}

void ra_document_make_costs(ra_document *d, const ra_results *results)
{
    begin(d, results);
    ra_document_section(d, "Costs");
    add_costs(d, results);
}

void ra_document_make(ra_document *d, const ra_results *results)
{
    begin(d, results);
    ra_document_section(d, "Models and items");
    ra_section_add(d, ra_table_items(&d->arena, results));
    ra_section_add(d, ra_table_models(&d->arena, results));
    for (size_t i = 0; i < results->benchmark_count; i++)
        if (ra_is_main_result(results, &results->benchmarks[i]))
            add_benchmark(d, &results->benchmarks[i]);
    ra_document_section(d, "Cost saving");
    ra_section_add(d, ra_table_savings(&d->arena, results));
    add_costs(d, results);
    add_graders(d, results);
}

void ra_document_add_provenance(ra_document *d, const ra_results *results)
{
    ra_document_section(d, "Provenance");
    ra_section_add(d, ra_table_study(&d->arena, results));
    ra_section_add(d, ra_table_inputs(&d->arena, results));
}

void ra_document_release(ra_document *d)
{
    ra_arena_release(&d->arena);
    *d = (ra_document){0};
}
