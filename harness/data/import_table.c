/* Plain CSV and JSONL with a column mapping: one file, one item a row.
 *
 * Columns (defaults in brackets): prompt, needed; id [BENCHMARK/ROW]; category, reference and
 * excluded, where there is a column of that name; outputs and labels as MODEL=COLUMN,... A JSONL
 * field may lie in an object (a.b), and its prompt may be an array of turns. A label is true, false
 * or a number; empty or null = not graded. */
#include "data/import_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One row, whatever the format. */
typedef struct row {
    ra_json_at at;
    const ra_csv *csv; /* NULL: JSONL */
    size_t index;
    const ra_json *object;
    ra_arena *arena;
} row;

typedef struct mapping {
    const char *model, *column;
} mapping;

typedef struct table {
    const char *id, *prompt, *category, *reference, *excluded;
    mapping *outputs, *labels;
    size_t output_count, label_count;
    /* by item, then by mapping */
    const char **texts;
    double *scores;
    size_t text_capacity, score_capacity;
} table;

/* a.b.c */
static const ra_json *lookup(const ra_json *object, const char *name, ra_arena *arena)
{
    const ra_json *value = ra_json_get(object, name);
    const char *dot = strchr(name, '.');
    if (value || !dot)
        return value;
    const ra_json *inner = ra_json_get(object, ra_arena_strndup(arena, name, (size_t)(dot - name)));
    return ra_json_is_object(inner) ? lookup(inner, dot + 1, arena) : NULL;
}

/* Text of a cell: NULL when it is empty or null. *there says whether the column exists. */
static const char *cell(const row *r, const char *name, bool *there)
{
    if (r->csv) {
        size_t column = ra_csv_column(r->csv, name);
        *there = column != RA_CSV_NONE;
        const char *text = *there ? ra_csv_cell(r->csv, r->index, column) : "";
        return *text ? text : NULL;
    }
    const ra_json *value = lookup(r->object, name, r->arena);
    *there = value != NULL;
    if (!value || ra_json_is_null(value) || ra_json_text(value))
        return value ? ra_json_text(value) : NULL;
    ra_buf text = {0};
    ra_json_print(value, &text);
    const char *kept = ra_arena_strdup(r->arena, text.text);
    ra_buf_release(&text);
    return kept;
}

static bool missing(const row *r, const char *name, ra_error *err)
{
    return ra_failf(err, RA_ERR_INPUT, r->at.file, r->at.line, "field '%s' missing or empty", name);
}

/* An optional column: NULL when it does not exist, unless it was asked for by name. */
static bool optional(const row *r, const char *asked, const char *usual, const char **out,
                     ra_error *err)
{
    bool there;
    *out = cell(r, asked ? asked : usual, &there);
    return there || !asked || missing(r, asked, err);
}

static bool prompts(const row *r, const char *name, ra_item *item, const char **single,
                    ra_error *err)
{
    bool there;
    const ra_json *value = r->csv ? NULL : lookup(r->object, name, r->arena);
    if (ra_json_is_array(value))
        return ra_json_strings(value, NULL, r->at, r->arena, &item->turns, &item->turn_count, err);
    *single = cell(r, name, &there);
    item->turns = single;
    item->turn_count = 1;
    return *single || missing(r, name, err);
}

static bool add_item(const row *r, ra_set *set, const table *t, ra_error *err)
{
    ra_item item = {0};
    const char *single, *reference;
    if (!optional(r, t->id, "id", &item.id, err) ||
        !optional(r, t->category, "category", &item.category, err) ||
        !optional(r, t->reference, "reference", &reference, err) ||
        !optional(r, t->excluded, "excluded", &item.excluded, err) ||
        !prompts(r, t->prompt ? t->prompt : "prompt", &item, &single, err))
        return false;
    if (!item.id)
        item.id = ra_arena_printf(r->arena, "%s/%zu", set->benchmark, r->index);
    if (reference) {
        item.reference = &reference;
        item.reference_count = 1;
    }
    return ra_set_add_item(set, &item, r->at.file, r->at.line, err);
}

static bool add_row(const row *r, ra_set *set, table *t, ra_error *err)
{
    size_t i = set->item_count;
    bool there;
    if (!add_item(r, set, t, err))
        return false;
    ra_grow(&t->texts, &t->text_capacity, (i + 1) * t->output_count + 1, sizeof *t->texts);
    ra_grow(&t->scores, &t->score_capacity, (i + 1) * t->label_count + 1, sizeof *t->scores);
    for (size_t m = 0; m < t->output_count; m++) {
        const char *text = cell(r, t->outputs[m].column, &there);
        if (!there)
            return missing(r, t->outputs[m].column, err);
        t->texts[i * t->output_count + m] = text ? ra_arena_strdup(&set->arena, text) : NULL;
    }
    for (size_t m = 0; m < t->label_count; m++) {
        const char *name = t->labels[m].column, *text = cell(r, name, &there);
        double *score = &t->scores[i * t->label_count + m];
        *score = NAN;
        if (!there)
            return missing(r, name, err);
        if (text && !ra_import_label(text, name, r->at, score, err))
            return false;
    }
    return true;
}

/* "MODEL=COLUMN,MODEL=COLUMN" */
static bool parse_mappings(ra_set *set, const char *text, const char *option, mapping **out,
                           size_t *count, ra_error *err)
{
    *out = ra_arena_alloc(&set->arena, text ? strlen(text) : 0, sizeof **out);
    for (; text && *text; text += *text == ',') {
        size_t length = strcspn(text, ",");
        mapping *m = &(*out)[(*count)++];
        ra_import_split(&set->arena, ra_arena_strndup(&set->arena, text, length), &m->model,
                        &m->column);
        if (!m->model)
            return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s: MODEL=COLUMN expected, found '%s'",
                            option, m->column);
        ra_set_add_model(set, m->model);
        text += length;
    }
    return true;
}

static bool write_models(ra_set *set, const table *t, ra_error *err)
{
    for (size_t m = 0; m < t->output_count; m++) {
        ra_output *outputs = ra_import_outputs(set);
        for (size_t i = 0; i < set->item_count; i++) {
            outputs[set->items[i].first_slot].present = true;
            outputs[set->items[i].first_slot].text = t->texts[i * t->output_count + m];
        }
        if (!ra_set_write_outputs(set, t->outputs[m].model, outputs, err))
            return false;
    }
    for (size_t m = 0; m < t->label_count; m++) {
        ra_grade *grades = ra_import_grades(set);
        for (size_t i = 0; i < set->item_count; i++) {
            double score = t->scores[i * t->label_count + m];
            grades[set->items[i].first_slot] =
                (ra_grade){true, score, NULL, isnan(score) ? "not graded" : NULL};
        }
        if (!ra_set_write_grades(set, t->labels[m].model, "recorded", grades, err))
            return false;
    }
    return true;
}

static bool read_csv(const char *path, ra_set *set, table *t, ra_error *err)
{
    ra_csv csv;
    ra_arena scratch = {0};
    if (!ra_csv_read(&csv, path, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < csv.rows; i++) {
        row r = {{path, csv.lines[i]}, &csv, i, NULL, &scratch};
        ok = add_row(&r, set, t, err);
    }
    ra_arena_release(&scratch);
    ra_csv_release(&csv);
    return ok;
}

static bool read_jsonl(const char *path, ra_set *set, table *t, ra_error *err)
{
    ra_jsonl in;
    ra_arena scratch = {0};
    size_t i = 0;
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err)) {
        row r = {in.at, NULL, i++, in.object, &scratch};
        ok = add_row(&r, set, t, err);
    }
    ok = ra_jsonl_close(&in) && ok;
    ra_arena_release(&scratch);
    return ok;
}

static bool build(const ra_import *import, ra_set *set,
                  bool (*read)(const char *, ra_set *, table *, ra_error *), ra_error *err)
{
    const ra_import_columns *c = &import->columns;
    table t = {.id = c->id,
               .prompt = c->prompt,
               .category = c->category,
               .reference = c->reference,
               .excluded = c->excluded};
    if (import->input_count != 1)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "one input file expected", NULL);
    const char *path = import->inputs[0];
    bool ok = parse_mappings(set, c->outputs, "outputs", &t.outputs, &t.output_count, err) &&
              parse_mappings(set, c->labels, "labels", &t.labels, &t.label_count, err);
    if (ok && set->model_count == 0)
        ok = ra_fail(err, RA_ERR_USAGE, NULL, 0, "no models",
                     "name them: --labels gpt-4=gpt4_right");
    ok = ok && ra_import_source(import, set, path, path, err) && read(path, set, &t, err) &&
         write_models(set, &t, err);
    free(t.texts);
    free(t.scores);
    return ok;
}

static bool build_csv(const ra_import *import, ra_set *set, ra_error *err)
{
    return build(import, set, read_csv, err);
}

static bool build_jsonl(const ra_import *import, ra_set *set, ra_error *err)
{
    return build(import, set, read_jsonl, err);
}

extern const ra_import_format ra_import_csv, ra_import_jsonl;
const ra_import_format ra_import_csv = {"csv", "one file, an item a row", build_csv};
const ra_import_format ra_import_jsonl = {"jsonl", "one file, an item a line", build_jsonl};
