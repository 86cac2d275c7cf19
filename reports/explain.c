#include "reports/explain.h"

#include "measure/cells.h"
#include "measure/cost.h"
#include "reports/explain_kinds.h"
#include "reports/table.h"
#include "reports/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- all cells --- */

/* Receives each cell; false ends the walk. */
typedef bool visitor(const char *id, const ra_explain_kind *kind, const ra_explain_subject *s,
                     void *context);

static bool visit_one(ra_arena *arena, const ra_explain_kind *kind, const ra_explain_subject *s,
                      visitor *visit, void *context)
{
    const char *name = s->router       ? s->router->name
                       : s->point      ? s->point->name
                       : s->comparison ? s->comparison->a
                                       : NULL;
    const char *middle = kind->of == RA_OF_TARGET ? ra_target_names[s->target]
                         : kind->of == RA_OF_KEPT ? ra_kept_names[s->target]
                         : s->comparison          ? ra_comparison_other(s->comparison)
                                                  : "";
    const char *what = ra_arena_printf(arena, "%s%s%s", kind->before, middle, kind->after);
    return visit(ra_cell_id(arena, s->benchmark, name, what), kind, s, context);
}

static size_t subjects(const ra_benchmark_result *b, ra_explain_scope of)
{
    return of == RA_OF_BENCHMARK    ? 1
           : of == RA_OF_POINT      ? b->point_count
           : of == RA_OF_COMPARISON ? b->comparison_count
                                    : b->router_count;
}

static int targets(ra_explain_scope of)
{
    return of == RA_OF_TARGET ? RA_TARGETS : of == RA_OF_KEPT ? RA_KEPT_TARGETS : 1;
}

static bool visit_kind(ra_arena *arena, const ra_benchmark_result *b, const ra_explain_kind *kind,
                       visitor *visit, void *context)
{
    for (size_t i = 0; i < subjects(b, kind->of); i++)
        for (int t = 0; t < targets(kind->of); t++) {
            ra_explain_subject s = {.benchmark = b, .target = t};
            s.point = kind->of == RA_OF_POINT ? &b->points[i] : NULL;
            s.comparison = kind->of == RA_OF_COMPARISON ? &b->comparisons[i] : NULL;
            s.router = kind->of >= RA_OF_ROUTER ? &b->routers[i] : NULL;
            if (!visit_one(arena, kind, &s, visit, context))
                return false;
        }
    return true;
}

static void walk(const ra_results *results, ra_arena *arena, visitor *visit, void *context)
{
    for (size_t i = 0; i < results->benchmark_count; i++)
        for (const ra_explain_kind *k = ra_explain_kinds; k->explain; k++)
            if (!visit_kind(arena, &results->benchmarks[i], k, visit, context))
                return;
}

typedef struct list {
    const char **cells;
    size_t count;
} list;

static bool count_cell(const char *id, const ra_explain_kind *kind, const ra_explain_subject *s,
                       void *context)
{
    list *l = context;
    (void)kind;
    (void)s;
    if (l->cells)
        l->cells[l->count] = id;
    l->count++;
    return true;
}

void ra_explain_list(const ra_results *results, ra_arena *arena, const char ***cells, size_t *count)
{
    list l = {0};
    walk(results, arena, count_cell, &l);
    *cells = ra_arena_alloc(arena, l.count, sizeof **cells);
    l = (list){.cells = *cells};
    walk(results, arena, count_cell, &l);
    *count = l.count;
}

/* --- finding one --- */

typedef struct search {
    const char *wanted, *nearest;
    size_t alike; /* bytes that the nearest has in common, from both ends */
    const ra_explain_kind *kind;
    ra_explain_subject subject;
} search;

static size_t common(const char *a, const char *b)
{
    size_t front = 0, back = 0, la = strlen(a), lb = strlen(b);
    while (a[front] && a[front] == b[front])
        front++;
    while (back + front < la && back + front < lb && a[la - 1 - back] == b[lb - 1 - back])
        back++;
    return front + back;
}

static bool match(const char *id, const ra_explain_kind *kind, const ra_explain_subject *s,
                  void *context)
{
    search *look = context;
    size_t alike = common(id, look->wanted);
    if (!look->nearest || alike > look->alike) {
        look->nearest = id;
        look->alike = alike;
    }
    if (strcmp(id, look->wanted) != 0)
        return true;
    look->kind = kind;
    look->subject = *s;
    return false;
}

/* A path belongs to another benchmark when a folder or file of it has that one's name. */
static bool names(const char *path, const char *benchmark)
{
    size_t length = strlen(benchmark);
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        if (length > 0 && strncmp(part, benchmark, length) == 0 &&
            (part[length] == '/' || part[length] == '.' || !part[length]))
            return true;
    }
    return false;
}

static bool is_of_another(const ra_results *results, const char *path, const char *benchmark)
{
    if (names(path, benchmark))
        return false;
    for (size_t i = 0; i < results->benchmark_count; i++)
        if (names(path, results->benchmarks[i].name))
            return true;
    return false;
}

static void add_inputs(ra_explanation *e, const ra_results *results)
{
    e->inputs = ra_arena_alloc(&e->arena, results->input_count, sizeof *e->inputs);
    for (size_t i = 0; i < results->input_count; i++)
        if (!is_of_another(results, results->inputs[i].path, e->benchmark->name))
            e->inputs[e->input_count++] = results->inputs[i];
}

bool ra_explain(const ra_results *results, const char *cell, ra_explanation *out, ra_error *err)
{
    *out = (ra_explanation){.value = NAN, .recomputed = NAN};
    search look = {.wanted = cell};
    walk(results, &out->arena, match, &look);
    if (!look.kind) {
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "no cell '%s'", cell);
        return ra_hintf(err, "is it '%s'? Without a cell, all of them are listed",
                        look.nearest ? look.nearest : "");
    }
    out->cell = ra_printable_text(&out->arena, cell);
    out->definition = look.kind->definition;
    out->formula = look.kind->formula;
    out->benchmark = look.subject.benchmark;
    out->steps = ra_arena_alloc(&out->arena, RA_EXPLAIN_STEPS, sizeof *out->steps);
    look.kind->explain(out, &look.subject);
    out->differs =
        fabs(out->recomputed - out->value) > 1e-12 * fmax(1, fabs(out->value)); /* false for NaN */
    if (!isfinite(out->value) && !out->unknown)
        out->unknown = "it is not in the results";
    add_inputs(out, results);
    return true;
}

void ra_explanation_release(ra_explanation *e)
{
    ra_arena_release(&e->arena);
    *e = (ra_explanation){0};
}

/* --- output --- */

static void print_items(const ra_explanation *e, ra_arena *scratch, ra_buf *out)
{
    const ra_benchmark_result *b = e->benchmark;
    ra_buf_printf(out, "items\n  %zu measured, %zu excluded, %zu missing, %zu in all; grader %s\n",
                  b->items, b->excluded, b->missing, b->all_items,
                  ra_printable_text(scratch, b->grader));
}

void ra_explanation_print(const ra_explanation *e, ra_buf *out)
{
    ra_arena scratch = {0};
    ra_buf_printf(out, "%s = %s\n", e->cell, ra_explain_number(e->value).text);
    if (e->unknown)
        ra_buf_printf(out, "  unknown: %s\n", ra_printable_text(&scratch, e->unknown));
    ra_buf_printf(out, "\ndefinition\n  %s\n  %s\n", e->definition, e->formula);
    if (e->step_count > 0)
        ra_buf_puts(out, "arithmetic\n");
    for (size_t i = 0; i < e->step_count; i++)
        ra_buf_printf(out, "  %s\n", e->steps[i]);
    if (isfinite(e->recomputed) && isfinite(e->value))
        ra_buf_printf(out, "  recomputed %s, which %s the stored value (to 1e-12)\n",
                      ra_explain_number(e->recomputed).text,
                      e->differs ? "DIFFERS FROM" : "equals");
    print_items(e, &scratch, out);
    ra_buf_puts(out, "inputs (SHA-256)\n");
    for (size_t i = 0; i < e->input_count; i++)
        ra_buf_printf(out, "  %s  %s\n", e->inputs[i].sha256,
                      ra_printable_text(&scratch, e->inputs[i].path));
    ra_arena_release(&scratch);
}

static ra_json *items_json(const ra_benchmark_result *b)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "measured", (double)b->items);
    ra_json_put_number(o, "excluded", (double)b->excluded);
    ra_json_put_number(o, "missing", (double)b->missing);
    ra_json_put_number(o, "all", (double)b->all_items);
    ra_json_put_string(o, "grader", b->grader);
    return o;
}

static ra_json *inputs_json(const ra_explanation *e)
{
    ra_json *all = ra_json_new_array();
    for (size_t i = 0; i < e->input_count; i++) {
        ra_json *input = ra_json_new_object();
        ra_json_put_string(input, "path", e->inputs[i].path);
        ra_json_put_string(input, "sha256", e->inputs[i].sha256);
        ra_json_add(all, input);
    }
    return all;
}

ra_json *ra_explanation_json(const ra_explanation *e)
{
    ra_json *o = ra_json_new_object(), *steps = ra_json_new_array();
    ra_json_put_string(o, "cell", e->cell);
    ra_json_put_number(o, "value", e->value);
    ra_json_put_string(o, "unknown", e->unknown);
    ra_json_put_string(o, "definition", e->definition);
    ra_json_put_string(o, "formula", e->formula);
    for (size_t i = 0; i < e->step_count; i++)
        ra_json_add_string(steps, e->steps[i]);
    ra_json_put(o, "arithmetic", steps);
    ra_json_put_number(o, "recomputed", e->recomputed);
    if (isfinite(e->recomputed) && isfinite(e->value))
        ra_json_put_bool(o, "equal", !e->differs);
    else
        ra_json_put_null(o, "equal");
    ra_json_put(o, "items", items_json(e->benchmark));
    ra_json_put(o, "inputs", inputs_json(e));
    return o;
}
