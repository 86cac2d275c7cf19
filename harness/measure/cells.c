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

static bool router_cell(const ra_router_result *r, const char *cell, ra_estimate *out)
{
    path p = split(cell);
    int cpt = target_of(p, "cpt"), saving = target_of(p, "saving");
    if (strcmp(cell, "apgr") == 0)
        *out = r->apgr;
    else if (cpt >= 0 && !*p.rest)
        *out = r->cpt[cpt].at;
    else if (cpt >= 0 && strcmp(p.rest, "sustained") == 0)
        *out = exact(r->cpt[cpt].sustained);
    else if (saving >= 0 && strcmp(p.rest, "versus_random") == 0)
        *out = exact(r->saving[saving].versus_random);
    else if (saving >= 0 && strcmp(p.rest, "money") == 0)
        *out = exact(r->saving[saving].money);
    else if (is(p, "routellm") && strcmp(p.rest, "apgr") == 0)
        *out = exact(r->routellm.apgr);
    else if (is(p, "routellm") && target_of(split(p.rest), "cpt") >= 0)
        *out = exact(r->routellm.cpt[target_of(split(p.rest), "cpt")]);
    else
        return false;
    return true;
}

static bool find(const ra_benchmark_result *b, const char *cell, ra_estimate *out, bool *known)
{
    path p = split(cell);
    if (strcmp(cell, "gap") == 0) {
        *out = exact(b->strong.score - b->weak.score);
        return true;
    }
    for (size_t i = 0; i < b->router_count; i++)
        if (is(p, b->routers[i].name)) {
            *known = true;
            return router_cell(&b->routers[i], p.rest, out);
        }
    for (size_t i = 0; i < b->point_count; i++)
        if (is(p, b->points[i].name)) {
            *known = true;
            return read_field(point_fields, &b->points[i], p.rest, out);
        }
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
