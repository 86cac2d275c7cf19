#include "measure/cells.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The part of a path up to the next '/', and what follows. */
typedef struct path {
    const char *text;
    size_t length;
    const char *rest; /* "" at the end */
} path;

static path split(const char *text)
{
    size_t length = strcspn(text, "/");
    return (path){text, length, text[length] ? text + length + 1 : text + length};
}

static bool is(path p, const char *name)
{
    return strlen(name) == p.length && strncmp(p.text, name, p.length) == 0;
}

static ra_estimate exact(double value)
{
    return (ra_estimate){value, value, value};
}

static const ra_benchmark_result *find_benchmark(const ra_results *results, path name)
{
    for (size_t i = 0; i < results->benchmark_count; i++) {
        const ra_benchmark_result *b = &results->benchmarks[i];
        size_t n = strlen(b->name);
        if (n > name.length || strncmp(name.text, b->name, n) != 0)
            continue;
        if (n == name.length && b->default_grader)
            return b;
        if (name.text[n] == '@' && n + 1 + strlen(b->grader) == name.length &&
            strncmp(name.text + n + 1, b->grader, strlen(b->grader)) == 0)
            return b;
    }
    return NULL;
}

typedef struct field {
    const char *name;
    size_t offset;
    bool is_count; /* size_t, else double */
} field;

static const field benchmark_fields[] = {
    {"items", offsetof(ra_benchmark_result, items), true},
    {"excluded", offsetof(ra_benchmark_result, excluded), true},
    {"missing", offsetof(ra_benchmark_result, missing), true},
    {"strong", offsetof(ra_benchmark_result, strong.score), false},
    {"weak", offsetof(ra_benchmark_result, weak.score), false},
    {"all/items", offsetof(ra_benchmark_result, all_items), true},
    {"all/strong", offsetof(ra_benchmark_result, all_strong), false},
    {"all/weak", offsetof(ra_benchmark_result, all_weak), false},
    {"money/strong", offsetof(ra_benchmark_result, money.strong_usd), false},
    {"money/weak", offsetof(ra_benchmark_result, money.weak_usd), false},
    {NULL, 0, false}};

static const field point_fields[] = {
    {"score", offsetof(ra_recorded_point, score), false},
    {"all_score", offsetof(ra_recorded_point, all_score), false},
    {"strong_calls", offsetof(ra_recorded_point, strong_calls), false},
    {"all_strong_calls", offsetof(ra_recorded_point, all_strong_calls), false},
    {"graded", offsetof(ra_recorded_point, graded), true},
    {"missing", offsetof(ra_recorded_point, missing), true},
    {"unmapped", offsetof(ra_recorded_point, unmapped), true},
    {NULL, 0, false}};

static bool read_field(const field *fields, const void *from, const char *name, ra_estimate *out)
{
    for (const field *f = fields; f->name; f++) {
        if (strcmp(f->name, name) != 0)
            continue;
        const char *at = (const char *)from + f->offset;
        double value;
        if (f->is_count) {
            size_t count;
            memcpy(&count, at, sizeof count);
            value = (double)count;
        } else {
            memcpy(&value, at, sizeof value);
        }
        *out = exact(value);
        return true;
    }
    return false;
}

/* "cpt50" after its prefix: index of the target, or -1. */
static int target_of(path p, const char *prefix)
{
    size_t n = strlen(prefix);
    for (int t = 0; t < RA_TARGETS; t++)
        if (p.length > n && strncmp(p.text, prefix, n) == 0 &&
            p.length - n == strlen(ra_target_names[t]) &&
            strncmp(p.text + n, ra_target_names[t], p.length - n) == 0)
            return t;
    return -1;
}

static ra_estimate with_range(double value, ra_range range)
{
    return (ra_estimate){value, range.lo, range.hi};
}

const char *ra_comparison_other(const ra_comparison *c)
{
    return c->family == RA_AGAINST_HAND_RULE ? "best hand rule" : c->b;
}

static bool difference_cell(const ra_benchmark_result *b, const char *router, const char *other,
                            ra_estimate *out)
{
    for (size_t i = 0; i < b->comparison_count; i++) {
        const ra_comparison *c = &b->comparisons[i];
        if (strcmp(c->a, router) != 0 || strcmp(ra_comparison_other(c), other) != 0)
            continue;
        *out = c->difference;
        return true;
    }
    return false;
}

static const field diagnostics_fields[] = {
    {"distinct", offsetof(ra_diagnostics, distinct), true},
    {"entropy", offsetof(ra_diagnostics, entropy), false},
    {"calibration_error", offsetof(ra_diagnostics, calibration_error), false},
    {NULL, 0, false}};

static const field cost_fields[] = {
    {"score", offsetof(ra_cost_target, score), false},
    {"ratio_even", offsetof(ra_cost_target, ratio_even), false},
    {"router_even", offsetof(ra_cost_target, router_even), false},
    {"traffic_even", offsetof(ra_cost_target, traffic_even), false},
    {"parts/strong", offsetof(ra_cost_target, parts.strong), false},
    {"parts/weak", offsetof(ra_cost_target, parts.weak), false},
    {"parts/router", offsetof(ra_cost_target, parts.router), false},
    {"parts/embedding", offsetof(ra_cost_target, parts.embedding), false},
    {"parts/judge", offsetof(ra_cost_target, parts.judge), false},
    {"parts/fixed", offsetof(ra_cost_target, parts.fixed), false},
    {NULL, 0, false}};

/* "cost95/saved_usd" */
static bool cost_cell(const ra_router_cost *cost, path p, ra_estimate *out)
{
    for (int t = 0; cost && t < RA_KEPT_TARGETS; t++) {
        const ra_cost_target *c = &cost->target[t];
        if (p.length != 6 || strncmp(p.text, "cost", 4) != 0 ||
            strncmp(p.text + 4, ra_kept_names[t], 2) != 0)
            continue;
        if (strcmp(p.rest, "calls") == 0)
            *out = c->calls;
        else if (strcmp(p.rest, "usd") == 0)
            *out = c->usd;
        else if (strcmp(p.rest, "saved_usd") == 0)
            *out = c->saved_usd;
        else if (strcmp(p.rest, "saved") == 0)
            *out = c->saved;
        else
            return read_field(cost_fields, c, p.rest, out);
        return true;
    }
    return false;
}

static bool router_cell(const ra_benchmark_result *b, const ra_router_result *r, const char *cell,
                        ra_estimate *out)
{
    path p = split(cell);
    int pgr = target_of(p, "pgr"); /* shares are the targets' numbers */
    int cpt = target_of(p, "cpt"), saving = target_of(p, "saving");
    if (strcmp(cell, "apgr") == 0)
        *out = r->apgr;
    else if (cpt >= 0 && !*p.rest)
        *out = r->cpt[cpt].at;
    else if (cpt >= 0 && strcmp(p.rest, "sustained") == 0)
        *out = with_range(r->cpt[cpt].sustained, r->cpt[cpt].sustained_range);
    else if (saving >= 0 && strcmp(p.rest, "versus_random") == 0)
        *out = with_range(r->saving[saving].versus_random, r->saving[saving].versus_random_range);
    else if (saving >= 0 && strcmp(p.rest, "money") == 0)
        *out = with_range(r->saving[saving].money, r->saving[saving].money_range);
    else if (pgr >= 0 && !*p.rest)
        *out = r->pgr[pgr];
    else if (strcmp(cell, "aiq") == 0)
        *out = r->aiq;
    else if (strcmp(cell, "rank") == 0)
        *out = r->rank;
    else if (strcmp(cell, "auc") == 0)
        *out = r->diagnostics.auc;
    else if (cost_cell(r->cost, p, out))
        return true;
    else if (is(p, "less"))
        return difference_cell(b, r->name, p.rest, out);
    else if (is(p, "routellm") && strcmp(p.rest, "apgr") == 0)
        *out = exact(r->routellm.apgr);
    else if (is(p, "routellm") && target_of(split(p.rest), "cpt") >= 0)
        *out = exact(r->routellm.cpt[target_of(split(p.rest), "cpt")]);
    else
        return read_field(diagnostics_fields, &r->diagnostics, cell, out);
    return true;
}

static bool chance_cell(const ra_chance *c, const char *cell, ra_estimate *out)
{
    path p = split(cell);
    bool runs = is(p, "runs");
    p = runs ? split(p.rest) : p;
    int cpt = target_of(p, "cpt");
    if (c->draws == 0 || *p.rest || (cpt < 0 && !is(p, "apgr")))
        return false;
    const ra_spread *s = cpt < 0 ? &c->apgr : &c->cpt[cpt];
    *out = with_range(s->mean, runs ? s->runs : s->draw);
    return true;
}

static const field oracle_fields[] = {
    {"score", offsetof(ra_oracle_result, score), false},
    {"strong_calls", offsetof(ra_oracle_result, strong_calls), false},
    {"usd", offsetof(ra_oracle_result, usd), false},
    {NULL, 0, false}};

static bool oracle_cell(const ra_benchmark_result *b, const char *cell, ra_estimate *out)
{
    path p = split(cell);
    for (size_t i = 0; i < b->oracle_count; i++)
        if (is(p, b->oracles[i].name))
            return read_field(oracle_fields, &b->oracles[i], p.rest, out);
    return false;
}

static bool find(const ra_benchmark_result *b, const char *cell, ra_estimate *out, bool *known)
{
    path p = split(cell);
    if (strcmp(cell, "gap") == 0) {
        *out = (ra_estimate){b->strong.score - b->weak.score, b->gap.lo, b->gap.hi};
        return true;
    }
    for (size_t i = 0; i < b->router_count; i++)
        if (is(p, b->routers[i].name)) {
            *known = true;
            return router_cell(b, &b->routers[i], p.rest, out);
        }
    for (size_t i = 0; i < b->point_count; i++)
        if (is(p, b->points[i].name)) {
            *known = true;
            return read_field(point_fields, &b->points[i], p.rest, out);
        }
    if (is(p, "chance"))
        return chance_cell(&b->chance, p.rest, out);
    if (is(p, "oracles"))
        return oracle_cell(b, p.rest, out);
    return read_field(benchmark_fields, b, cell, out);
}

bool ra_cell_find(const ra_results *results, const char *cell, ra_estimate *out, ra_error *why)
{
    ra_error ignored;
    why = why ? why : &ignored;
    path p = split(cell), q = split(p.rest);
    const ra_benchmark_result *b = find_benchmark(results, p);
    bool known = false;
    if (!b)
        return ra_failf(why, RA_ERR_USAGE, NULL, 0, "no benchmark '%.*s'", (int)p.length, p.text);
    if (!find(b, p.rest, out, &known)) {
        if (!known && *q.rest)
            return ra_failf(why, RA_ERR_USAGE, NULL, 0, "no router '%.*s' on '%.*s'", (int)q.length,
                            q.text, (int)p.length, p.text);
        return ra_failf(why, RA_ERR_USAGE, NULL, 0, "no figure '%s'", cell);
    }
    if (isnan(out->value))
        return ra_failf(why, RA_ERR_USAGE, NULL, 0, "'%s' has no value in these results", cell);
    return true;
}
