#include "benchmarks/audit.h"

#include <math.h>
#include <string.h>

enum { CONTEXT = 48 }; /* bytes shown on each side */

/* One grader's view of both models: [0] strong, [1] weak. */
typedef struct view {
    const ra_grader *grader;
    ra_grade *grades[2];
    ra_verdict *verdicts[2];
    const char **texts[2];
} view;

static bool look(ra_set *set, const char *const models[2], const char *judge, view *out,
                 ra_error *err)
{
    for (int m = 0; m < 2; m++)
        if (!ra_grade_model(set, out->grader, models[m], judge, &out->grades[m], &out->verdicts[m],
                            &out->texts[m], err))
            return false;
    return true;
}

/* --- one row --- */

typedef struct tally {
    double sum;
    size_t graded, missing, up, down;
} tally;

static void add_turn(tally *t, double score, double before)
{
    if (isnan(score)) {
        t->missing++;
        return;
    }
    t->sum += score;
    t->graded++;
    t->up += score > before;
    t->down += score < before;
}

static ra_audit_row make_row(const ra_set *set, const view *v, const view *against)
{
    tally t[2] = {{0}};
    ra_audit_row row = {.grader = v->grader->name, .rule = v->grader->rule};
    for (size_t i = 0; i < set->item_count; i++) {
        const ra_item *item = &set->items[i];
        for (size_t s = item->first_slot;
             !item->excluded && s < item->first_slot + item->turn_count; s++) {
            for (int m = 0; m < 2; m++)
                add_turn(&t[m], v->verdicts[m][s].score, against->verdicts[m][s].score);
            double strong = v->verdicts[0][s].score, weak = v->verdicts[1][s].score;
            row.strong_better += strong > weak;
            row.weak_better += strong < weak;
            row.equal += strong <= weak && strong >= weak;
        }
    }
    row.strong = t[0].sum / (double)t[0].graded;
    row.weak = t[1].sum / (double)t[1].graded;
    row.strong_graded = t[0].graded;
    row.strong_missing = t[0].missing;
    row.weak_graded = t[1].graded;
    row.weak_missing = t[1].missing;
    row.strong_up = t[0].up;
    row.strong_down = t[0].down;
    row.weak_up = t[1].up;
    row.weak_down = t[1].down;
    return row;
}

/* --- flips --- */

static bool differ(double a, double b)
{
    return isnan(a) != isnan(b) || a < b || a > b;
}

static const char *why(const view *from, const view *to, const ra_verdict *a, const ra_verdict *b)
{
    double x, y;
    if (from->grader->input == RA_READS_LABEL || to->grader->input == RA_READS_LABEL)
        return b->reason || a->reason ? "no answer found" : "the label says otherwise";
    if (!a->extracted || !b->extracted)
        return "no answer found by one of them";
    if (strcmp(a->extracted, b->extracted) == 0)
        return "the same text, compared otherwise";
    if (ra_parse_number(a->extracted, &x) && ra_parse_number(b->extracted, &y) && !differ(x, y))
        return "the same number, written otherwise";
    return "another answer taken";
}

/* Moves a position to the start of the UTF-8 sequence it lies in. */
static size_t boundary(const char *text, size_t at)
{
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static const char *context(ra_arena *arena, const char *text, const ra_verdict *v)
{
    if (!text)
        return NULL;
    size_t length = strlen(text);
    size_t start = v->end ? v->start : length, end = v->end ? v->end : length;
    size_t from = boundary(text, start > CONTEXT ? start - CONTEXT : 0);
    size_t to = end + CONTEXT < length ? boundary(text, end + CONTEXT) : length;
    return ra_arena_printf(arena, "%s%.*s\xc2\xab%.*s\xc2\xbb%.*s%s", from > 0 ? "..." : "",
                           (int)(start - from), text + from, (int)(end - start), text + start,
                           (int)(to - end), text + end, to < length ? "..." : "");
}

static void add_flip(ra_audit *audit, const view *from, const view *to, int m, const ra_item *item,
                     size_t turn)
{
    size_t slot = item->first_slot + turn;
    const ra_verdict *a = &from->verdicts[m][slot], *b = &to->verdicts[m][slot];
    /* show where the grader that has a place took its answer */
    const view *shown = b->end || !a->end ? to : from;
    audit->flips[audit->flip_count++] = (ra_flip){
        .grader = to->grader->name,
        .id = ra_arena_strdup(&audit->arena, item->id),
        .model = m == 0 ? audit->strong_model : audit->weak_model,
        .turn = turn + 1,
        .from = a->score,
        .to = b->score,
        .from_text = a->extracted ? ra_arena_strdup(&audit->arena, a->extracted) : NULL,
        .to_text = b->extracted ? ra_arena_strdup(&audit->arena, b->extracted) : NULL,
        .why = why(from, to, a, b),
        .context = context(&audit->arena, shown->texts[m][slot], &shown->verdicts[m][slot])};
}

static void find_flips(ra_audit *audit, const ra_set *set, const view *against, const view *v)
{
    for (int m = 0; m < 2; m++)
        for (size_t i = 0; i < set->item_count; i++)
            for (size_t t = 0; !set->items[i].excluded && t < set->items[i].turn_count; t++) {
                size_t slot = set->items[i].first_slot + t;
                if (differ(against->verdicts[m][slot].score, v->verdicts[m][slot].score))
                    add_flip(audit, against, v, m, &set->items[i], t);
            }
}

/* --- all graders --- */

static size_t choose(ra_set *set, const ra_benchmark *benchmark, const char *strong,
                     const char *const *names, size_t count, view *out, ra_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!(out[n++].grader = ra_grader_find(benchmark, names[i], err)))
            return 0;
    for (const ra_grader *const *g = benchmark->graders; count == 0 && *g; g++)
        if (ra_grader_has_input(set, *g, strong))
            out[n++].grader = *g;
    if (n == 0 && count == 0)
        ra_fail(err, RA_ERR_INPUT, set->path, 0,
                "nothing to grade: no outputs, judgments or labels", NULL);
    return n;
}

static const ra_grader *reference(ra_set *set, const ra_benchmark *benchmark, const char *strong,
                                  const char *name, ra_error *err)
{
    if (name)
        return ra_grader_find(benchmark, name, err);
    for (const ra_grader *const *g = benchmark->graders; *g; g++)
        if ((*g)->input == RA_READS_LABEL && ra_grader_has_input(set, *g, strong))
            return *g;
    return ra_grader_default(benchmark, set);
}

bool ra_audit_run(ra_audit *audit, ra_set *set, const ra_benchmark *benchmark, const char *strong,
                  const char *weak, const char *judge, const char *against,
                  const char *const *graders, size_t count, ra_error *err)
{
    *audit = (ra_audit){.benchmark = benchmark->name};
    audit->strong_model = ra_arena_strdup(&audit->arena, strong);
    audit->weak_model = ra_arena_strdup(&audit->arena, weak);
    const char *const models[2] = {strong, weak};
    size_t most = count;
    for (const ra_grader *const *g = benchmark->graders; *g; g++)
        most++;
    view *views = ra_arena_alloc(&audit->arena, most, sizeof *views);
    view from = {.grader = reference(set, benchmark, strong, against, err)};
    size_t n = from.grader ? choose(set, benchmark, strong, graders, count, views, err) : 0;
    if (n == 0 || !look(set, models, judge, &from, err)) {
        ra_audit_release(audit);
        return false;
    }
    audit->against = from.grader->name;
    audit->rows = ra_arena_alloc(&audit->arena, n, sizeof *audit->rows);
    audit->flips = ra_arena_alloc(&audit->arena, 2 * n * set->slot_count, sizeof *audit->flips);
    for (size_t i = 0; i < n; i++) {
        if (!look(set, models, judge, &views[i], err)) {
            ra_audit_release(audit);
            return false;
        }
        audit->rows[audit->row_count++] = make_row(set, &views[i], &from);
        find_flips(audit, set, &from, &views[i]);
    }
    return true;
}

void ra_audit_release(ra_audit *audit)
{
    ra_arena_release(&audit->arena);
    *audit = (ra_audit){0};
}

/* --- JSON --- */

static ra_json *row_json(const ra_audit_row *r)
{
    ra_json *o = ra_json_new_object();
    const struct {
        const char *key;
        size_t value;
    } counts[] = {{"strong_graded", r->strong_graded},
                  {"strong_missing", r->strong_missing},
                  {"weak_graded", r->weak_graded},
                  {"weak_missing", r->weak_missing},
                  {"strong_up", r->strong_up},
                  {"strong_down", r->strong_down},
                  {"weak_up", r->weak_up},
                  {"weak_down", r->weak_down},
                  {"strong_better", r->strong_better},
                  {"equal", r->equal},
                  {"weak_better", r->weak_better}};
    ra_json_put_string(o, "grader", r->grader);
    ra_json_put_string(o, "rule", r->rule);
    ra_json_put_number(o, "strong", r->strong);
    ra_json_put_number(o, "weak", r->weak);
    ra_json_put_number(o, "gap", r->strong - r->weak);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        ra_json_put_number(o, counts[i].key, (double)counts[i].value);
    return o;
}

static ra_json *flip_json(const ra_flip *f)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "grader", f->grader);
    ra_json_put_string(o, "id", f->id);
    ra_json_put_string(o, "model", f->model);
    ra_json_put_number(o, "turn", (double)f->turn);
    ra_json_put_number(o, "from", f->from);
    ra_json_put_number(o, "to", f->to);
    ra_json_put_string(o, "from_text", f->from_text);
    ra_json_put_string(o, "to_text", f->to_text);
    ra_json_put_string(o, "why", f->why);
    ra_json_put_string(o, "context", f->context);
    return o;
}

ra_json *ra_audit_json(const ra_audit *audit)
{
    ra_json *doc = ra_json_new_object(), *rows = ra_json_new_array(), *flips = ra_json_new_array();
    ra_json_put_string(doc, "schema", "routeassay.audit/1");
    ra_json_put_string(doc, "benchmark", audit->benchmark);
    ra_json_put_string(doc, "strong", audit->strong_model);
    ra_json_put_string(doc, "weak", audit->weak_model);
    ra_json_put_string(doc, "against", audit->against);
    for (size_t i = 0; i < audit->row_count; i++)
        ra_json_add(rows, row_json(&audit->rows[i]));
    for (size_t i = 0; i < audit->flip_count; i++)
        ra_json_add(flips, flip_json(&audit->flips[i]));
    ra_json_put(doc, "graders", rows);
    ra_json_put(doc, "flips", flips);
    return doc;
}
