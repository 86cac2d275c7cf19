/* Writing and reading results.json. Both follow the order of the fields in results.h. */
#include "measure/results.h"

#include "base/parallel.h"
#include "data/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_listed(const ra_results *r, const char *path)
{
    for (size_t i = 0; i < r->input_count; i++)
        if (strcmp(r->inputs[i].path, path) == 0)
            return true;
    return false;
}

void ra_results_add_inputs(ra_results *results, const ra_result_input *inputs, size_t count)
{
    ra_result_input *all =
        ra_arena_alloc(&results->arena, results->input_count + count, sizeof *all);
    if (results->input_count > 0)
        memcpy(all, results->inputs, results->input_count * sizeof *all);
    results->inputs = all;
    for (size_t i = 0; i < count; i++) {
        if (is_listed(results, inputs[i].path))
            continue;
        all[results->input_count] = inputs[i];
        all[results->input_count++].path = ra_arena_strdup(&results->arena, inputs[i].path);
    }
}

/* --- writing --- */

static ra_json *estimate_json(const ra_estimate *e)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "value", e->value);
    ra_json_put_number(o, "lo", e->lo);
    ra_json_put_number(o, "hi", e->hi);
    return o;
}

static void put_range(ra_json *o, const char *lo, const char *hi, const ra_range *r)
{
    ra_json_put_number(o, lo, r->lo);
    ra_json_put_number(o, hi, r->hi);
}

static ra_json *pgr_json(const ra_estimate *pgr)
{
    ra_json *o = ra_json_new_object();
    for (int s = 0; s < RA_SHARES; s++)
        ra_json_put(o, ra_share_names[s], estimate_json(&pgr[s]));
    return o;
}

static ra_json *intervals_json(const ra_intervals *i)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "method", i->method);
    ra_json_put_number(o, "level", i->level);
    ra_json_put_number(o, "replicates", (double)i->replicates);
    ra_json_put_number(o, "without_gap", (double)i->without_gap);
    ra_json_put_number(o, "seed", (double)i->seed);
    return o;
}

static ra_json *curve_json(const ra_point *points, size_t count)
{
    ra_json *curve = ra_json_new_array();
    for (size_t i = 0; i < count; i++) {
        ra_json *pair = ra_json_new_array();
        ra_json_add_number(pair, points[i].c);
        ra_json_add_number(pair, points[i].pgr);
        ra_json_add(curve, pair);
    }
    return curve;
}

static ra_json *routellm_json(const ra_routellm_figures *f)
{
    ra_json *o = ra_json_new_object();
    if (f->error) {
        ra_json_put_string(o, "error", f->error);
        return o;
    }
    ra_json_put_number(o, "apgr", f->apgr);
    ra_json *cpt = ra_json_new_object();
    for (int t = 0; t < RA_TARGETS; t++)
        ra_json_put_number(cpt, ra_target_names[t], f->cpt[t]);
    ra_json_put(o, "cpt", cpt);
    return o;
}

static ra_json *router_json(const ra_router_result *r)
{
    ra_json *o = ra_json_new_object(), *cpt = ra_json_new_object(), *saving = ra_json_new_object();
    ra_json_put_string(o, "name", r->name);
    ra_json_put_string(o, "router", r->router);
    ra_json_put_bool(o, "bound", r->bound);
    ra_json_put_number(o, "items", (double)r->items);
    ra_json_put(o, "apgr", estimate_json(&r->apgr));
    for (int t = 0; t < RA_TARGETS; t++) {
        ra_json *at = estimate_json(&r->cpt[t].at), *s = ra_json_new_object();
        ra_json_put_number(at, "sustained", r->cpt[t].sustained);
        put_range(at, "sustained_lo", "sustained_hi", &r->cpt[t].sustained_range);
        ra_json_put(cpt, ra_target_names[t], at);
        ra_json_put_number(s, "versus_random", r->saving[t].versus_random);
        ra_json_put_number(s, "money", r->saving[t].money);
        put_range(s, "versus_random_lo", "versus_random_hi", &r->saving[t].versus_random_range);
        put_range(s, "money_lo", "money_hi", &r->saving[t].money_range);
        ra_json_put(saving, ra_target_names[t], s);
    }
    ra_json_put(o, "cpt", cpt);
    ra_json_put(o, "pgr", pgr_json(r->pgr));
    ra_json_put(o, "saving", saving);
    ra_json_put(o, "routellm", routellm_json(&r->routellm));
    ra_json_put(o, "curve", curve_json(r->curve, r->points));
    return o;
}

static ra_json *model_json(const ra_model_result *m)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "model", m->model);
    ra_json_put_number(o, "score", m->score);
    put_range(o, "lo", "hi", &m->range);
    ra_json_put_number(o, "graded", (double)m->graded);
    ra_json_put_number(o, "missing", (double)m->missing);
    return o;
}

static ra_json *point_json(const ra_recorded_point *p)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "name", p->name);
    ra_json_put_string(o, "model", p->model);
    ra_json_put_number(o, "score", p->score);
    ra_json_put_number(o, "all_score", p->all_score);
    ra_json_put_number(o, "graded", (double)p->graded);
    ra_json_put_number(o, "missing", (double)p->missing);
    ra_json_put_number(o, "strong_calls", p->strong_calls);
    ra_json_put_number(o, "all_strong_calls", p->all_strong_calls);
    ra_json_put_string(o, "strong_calls_source", p->strong_calls_source);
    return o;
}

static ra_json *category_json(const ra_category_result *c, size_t routers)
{
    ra_json *o = ra_json_new_object(), *list = ra_json_new_array();
    ra_json_put_string(o, "name", c->name);
    ra_json_put_number(o, "items", (double)c->items);
    ra_json_put_number(o, "excluded", (double)c->excluded);
    ra_json_put_number(o, "missing", (double)c->missing);
    ra_json_put_number(o, "strong", c->strong);
    ra_json_put_number(o, "weak", c->weak);
    for (size_t i = 0; i < routers; i++) {
        ra_json *r = ra_json_new_object();
        ra_json_put_string(r, "name", c->routers[i].name);
        ra_json_put_number(r, "apgr", c->routers[i].apgr);
        ra_json_add(list, r);
    }
    ra_json_put(o, "routers", list);
    return o;
}

static ra_json *money_json(const ra_money *m)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "strong_usd", m->strong_usd);
    ra_json_put_number(o, "weak_usd", m->weak_usd);
    ra_json_put_string(o, "tokens", m->tokens);
    ra_json_put_string(o, "as_of", m->as_of);
    return o;
}

static ra_json *grader_json(const ra_grader_result *g)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "grader", g->grader);
    ra_json_put_string(o, "rule", g->rule);
    ra_json_put_number(o, "strong", g->strong);
    ra_json_put_number(o, "weak", g->weak);
    ra_json_put_number(o, "missing", (double)g->missing);
    ra_json_put_number(o, "strong_up", (double)g->strong_up);
    ra_json_put_number(o, "strong_down", (double)g->strong_down);
    ra_json_put_number(o, "weak_up", (double)g->weak_up);
    ra_json_put_number(o, "weak_down", (double)g->weak_down);
    return o;
}

/* Printing the numbers of curves is most of the work. */
typedef struct router_list {
    const ra_router_result *routers;
    ra_json **documents;
} router_list;

static void make_router(size_t index, void *context)
{
    router_list *list = context;
    list->documents[index] = router_json(&list->routers[index]);
}

static ra_json *routers_json(const ra_router_result *routers, size_t count)
{
    ra_json *array = ra_json_new_array();
    router_list list = {routers, ra_alloc(count, sizeof(void *))};
    ra_parallel_for(count, 0, make_router, &list);
    for (size_t i = 0; i < count; i++)
        ra_json_add(array, list.documents[i]);
    free(list.documents);
    return array;
}

static ra_json *benchmark_json(const ra_benchmark_result *b)
{
    ra_json *o = ra_json_new_object(), *all = ra_json_new_object();
    ra_json *points = ra_json_new_array(), *categories = ra_json_new_array();
    ra_json_put_string(o, "name", b->name);
    ra_json_put_string(o, "title", b->title);
    ra_json_put_string(o, "unit", b->unit);
    ra_json_put_number(o, "full_score", b->full_score);
    ra_json_put_string(o, "grader", b->grader);
    ra_json_put_bool(o, "default_grader", b->default_grader);
    ra_json_put(o, "strong", model_json(&b->strong));
    ra_json_put(o, "weak", model_json(&b->weak));
    ra_json_put(o, "gap", estimate_json(&b->gap));
    if (b->intervals.method)
        ra_json_put(o, "intervals", intervals_json(&b->intervals));
    else
        ra_json_put_string(o, "intervals", NULL);
    ra_json_put_number(o, "items", (double)b->items);
    ra_json_put_number(o, "excluded", (double)b->excluded);
    ra_json_put_number(o, "missing", (double)b->missing);
    ra_json_put_number(all, "items", (double)b->all_items);
    ra_json_put_number(all, "strong", b->all_strong);
    ra_json_put_number(all, "weak", b->all_weak);
    ra_json_put(o, "all", all);
    ra_json_put(o, "money", money_json(&b->money));
    for (size_t i = 0; i < b->point_count; i++)
        ra_json_add(points, point_json(&b->points[i]));
    for (size_t i = 0; i < b->category_count; i++)
        ra_json_add(categories, category_json(&b->categories[i], b->router_count));
    ra_json_put(o, "routers", routers_json(b->routers, b->router_count));
    ra_json_put(o, "points", points);
    ra_json_put(o, "categories", categories);
    ra_json *graders = ra_json_new_array();
    for (size_t i = 0; i < b->grader_count; i++)
        ra_json_add(graders, grader_json(&b->graders[i]));
    ra_json_put(o, "graders", graders);
    return o;
}

ra_json *ra_results_json(const ra_results *r)
{
    ra_json *o = ra_json_new_object(), *tool = ra_json_new_object(), *study = ra_json_new_object();
    ra_json *inputs = ra_json_new_array(), *benchmarks = ra_json_new_array();
    ra_json_put_string(o, "schema", RA_RESULTS_SCHEMA);
    ra_json_put_string(tool, "version", r->tool_version);
    ra_json_put_string(tool, "commit", r->tool_commit);
    ra_json_put(o, "tool", tool);
    ra_json_put_string(study, "name", r->study_name);
    ra_json_put_string(study, "title", r->study_title);
    ra_json_put_number(study, "seed", (double)r->seed);
    ra_json_put(o, "study", study);
    for (size_t i = 0; i < r->input_count; i++) {
        ra_json *input = ra_json_new_object();
        ra_json_put_string(input, "path", r->inputs[i].path);
        ra_json_put_string(input, "sha256", r->inputs[i].sha256);
        ra_json_add(inputs, input);
    }
    ra_json_put(o, "inputs", inputs);
    for (size_t i = 0; i < r->benchmark_count; i++)
        ra_json_add(benchmarks, benchmark_json(&r->benchmarks[i]));
    ra_json_put(o, "benchmarks", benchmarks);
    return o;
}

bool ra_results_write(const ra_results *results, const char *path, ra_error *err)
{
    ra_json *doc = ra_results_json(results);
    bool ok = ra_json_write(path, doc, err);
    ra_json_free(doc);
    return ok;
}

/* --- reading --- */

typedef struct reader {
    ra_arena *arena;
    ra_json_at at;
    ra_error *err;
} reader;

static bool text(reader *r, const ra_json *o, const char *key, const char **out)
{
    const char *found = NULL;
    if (!ra_json_maybe_string(o, key, r->at, &found, r->err))
        return false;
    *out = found ? ra_arena_strdup(r->arena, found) : NULL;
    return true;
}

static bool needed(reader *r, const ra_json *o, const char *key, const char **out)
{
    const char *found;
    if (!ra_json_string(o, key, r->at, &found, r->err))
        return false;
    *out = ra_arena_strdup(r->arena, found);
    return true;
}

static bool number(reader *r, const ra_json *o, const char *key, double *out)
{
    *out = NAN;
    return ra_json_maybe_number(o, key, r->at, out, r->err);
}

static bool count(reader *r, const ra_json *o, const char *key, size_t *out)
{
    uint64_t n;
    if (!ra_json_count(o, key, r->at, 1ULL << 52, &n, r->err))
        return false;
    *out = (size_t)n;
    return true;
}

static bool object(reader *r, const ra_json *o, const char *key, const ra_json **out)
{
    return ra_json_object(o, key, r->at, out, r->err);
}

/* Reads the array `key` of objects into *array, an element at a time. */
static bool objects(reader *r, const ra_json *o, const char *key, size_t size, void *array,
                    size_t *n, bool (*each)(reader *, const ra_json *, void *))
{
    const ra_json *list;
    if (!ra_json_array(o, key, r->at, &list, r->err))
        return false;
    char *elements = ra_arena_alloc(r->arena, ra_json_size(list), size);
    *(void **)array = elements;
    *n = 0;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e), ++*n) {
        if (!ra_json_is_object(e))
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                            "field '%s': objects expected", key);
        if (!each(r, e, elements + *n * size))
            return false;
    }
    return true;
}

static bool read_estimate(reader *r, const ra_json *o, ra_estimate *e)
{
    return number(r, o, "value", &e->value) && number(r, o, "lo", &e->lo) &&
           number(r, o, "hi", &e->hi);
}

static bool read_range(reader *r, const ra_json *o, const char *lo, const char *hi, ra_range *out)
{
    return number(r, o, lo, &out->lo) && number(r, o, hi, &out->hi);
}

static bool read_pgr(reader *r, const ra_json *o, ra_estimate *pgr)
{
    const ra_json *all = NULL, *at;
    if (!ra_json_maybe_object(o, "pgr", r->at, &all, r->err))
        return false;
    for (int s = 0; s < RA_SHARES; s++) {
        pgr[s] = (ra_estimate){NAN, NAN, NAN};
        if (all && (!object(r, all, ra_share_names[s], &at) || !read_estimate(r, at, &pgr[s])))
            return false;
    }
    return true;
}

static bool read_gap(reader *r, const ra_json *o, ra_estimate *gap)
{
    const ra_json *own = NULL;
    *gap = (ra_estimate){NAN, NAN, NAN};
    return ra_json_maybe_object(o, "gap", r->at, &own, r->err) &&
           (!own || read_estimate(r, own, gap));
}

static bool read_intervals(reader *r, const ra_json *o, ra_intervals *i)
{
    const ra_json *own = NULL;
    double seed = 0;
    if (!ra_json_maybe_object(o, "intervals", r->at, &own, r->err))
        return false;
    if (!own)
        return true;
    if (!needed(r, own, "method", &i->method) || !number(r, own, "level", &i->level) ||
        !count(r, own, "replicates", &i->replicates) ||
        !count(r, own, "without_gap", &i->without_gap) ||
        !ra_json_number(own, "seed", r->at, &seed, r->err))
        return false;
    i->seed = (uint64_t)seed;
    return true;
}

static bool read_curve(reader *r, const ra_json *o, ra_router_result *out)
{
    const ra_json *curve;
    if (!ra_json_array(o, "curve", r->at, &curve, r->err))
        return false;
    out->curve = ra_arena_alloc(r->arena, ra_json_size(curve), sizeof *out->curve);
    for (const ra_json *e = ra_json_first(curve); e; e = ra_json_next(e)) {
        const ra_json *c = ra_json_is_array(e) ? ra_json_first(e) : NULL;
        const ra_json *pgr = c ? ra_json_next(c) : NULL;
        ra_point *p = &out->curve[out->points++];
        if (!pgr || !ra_json_value(c, &p->c) || !ra_json_value(pgr, &p->pgr) || p->c < 0 ||
            p->c > 1 || (out->points > 1 && p->c < p[-1].c))
            return ra_fail(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                           "field 'curve': pairs [c, pgr] with rising c in [0,1] expected", NULL);
    }
    if (out->points < 2)
        return ra_fail(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                       "field 'curve': at least two points expected", NULL);
    return true;
}

static bool read_routellm(reader *r, const ra_json *o, ra_routellm_figures *f)
{
    const ra_json *own, *cpt = NULL;
    if (!object(r, o, "routellm", &own) || !text(r, own, "error", &f->error) ||
        !number(r, own, "apgr", &f->apgr) || !ra_json_maybe_object(own, "cpt", r->at, &cpt, r->err))
        return false;
    for (int t = 0; t < RA_TARGETS; t++) {
        f->cpt[t] = NAN;
        if (cpt && !number(r, cpt, ra_target_names[t], &f->cpt[t]))
            return false;
    }
    return true;
}

static bool read_router(reader *r, const ra_json *o, void *out)
{
    ra_router_result *to = out;
    const ra_json *apgr, *cpt, *saving, *at;
    if (!needed(r, o, "name", &to->name) || !needed(r, o, "router", &to->router) ||
        !ra_json_bool(o, "bound", r->at, &to->bound, r->err) || !count(r, o, "items", &to->items) ||
        !object(r, o, "apgr", &apgr) || !read_estimate(r, apgr, &to->apgr) ||
        !object(r, o, "cpt", &cpt) || !object(r, o, "saving", &saving))
        return false;
    for (int t = 0; t < RA_TARGETS; t++)
        if (!object(r, cpt, ra_target_names[t], &at) || !read_estimate(r, at, &to->cpt[t].at) ||
            !number(r, at, "sustained", &to->cpt[t].sustained) ||
            !read_range(r, at, "sustained_lo", "sustained_hi", &to->cpt[t].sustained_range) ||
            !object(r, saving, ra_target_names[t], &at) ||
            !number(r, at, "versus_random", &to->saving[t].versus_random) ||
            !number(r, at, "money", &to->saving[t].money) ||
            !read_range(r, at, "versus_random_lo", "versus_random_hi",
                        &to->saving[t].versus_random_range) ||
            !read_range(r, at, "money_lo", "money_hi", &to->saving[t].money_range))
            return false;
    return read_pgr(r, o, to->pgr) && read_routellm(r, o, &to->routellm) && read_curve(r, o, to);
}

static bool read_model(reader *r, const ra_json *o, const char *key, ra_model_result *m)
{
    const ra_json *own;
    return object(r, o, key, &own) && needed(r, own, "model", &m->model) &&
           number(r, own, "score", &m->score) && read_range(r, own, "lo", "hi", &m->range) &&
           count(r, own, "graded", &m->graded) && count(r, own, "missing", &m->missing);
}

static bool read_point(reader *r, const ra_json *o, void *out)
{
    ra_recorded_point *p = out;
    return needed(r, o, "name", &p->name) && needed(r, o, "model", &p->model) &&
           number(r, o, "score", &p->score) && number(r, o, "all_score", &p->all_score) &&
           count(r, o, "graded", &p->graded) && count(r, o, "missing", &p->missing) &&
           number(r, o, "strong_calls", &p->strong_calls) &&
           number(r, o, "all_strong_calls", &p->all_strong_calls) &&
           text(r, o, "strong_calls_source", &p->strong_calls_source);
}

static bool read_category_router(reader *r, const ra_json *o, void *out)
{
    ra_category_router *c = out;
    return needed(r, o, "name", &c->name) && number(r, o, "apgr", &c->apgr);
}

static bool read_category(reader *r, const ra_json *o, void *out)
{
    ra_category_result *c = out;
    size_t routers;
    return needed(r, o, "name", &c->name) && count(r, o, "items", &c->items) &&
           count(r, o, "excluded", &c->excluded) && count(r, o, "missing", &c->missing) &&
           number(r, o, "strong", &c->strong) && number(r, o, "weak", &c->weak) &&
           objects(r, o, "routers", sizeof *c->routers, &c->routers, &routers,
                   read_category_router);
}

static bool read_grader(reader *r, const ra_json *o, void *out)
{
    ra_grader_result *g = out;
    return needed(r, o, "grader", &g->grader) && needed(r, o, "rule", &g->rule) &&
           number(r, o, "strong", &g->strong) && number(r, o, "weak", &g->weak) &&
           count(r, o, "missing", &g->missing) && count(r, o, "strong_up", &g->strong_up) &&
           count(r, o, "strong_down", &g->strong_down) && count(r, o, "weak_up", &g->weak_up) &&
           count(r, o, "weak_down", &g->weak_down);
}

static bool read_money(reader *r, const ra_json *o, ra_money *m)
{
    const ra_json *own;
    return object(r, o, "money", &own) && number(r, own, "strong_usd", &m->strong_usd) &&
           number(r, own, "weak_usd", &m->weak_usd) && text(r, own, "tokens", &m->tokens) &&
           text(r, own, "as_of", &m->as_of);
}

/* Every category names the routers in the order of the benchmark. */
static bool check_categories(reader *r, const ra_benchmark_result *b, const ra_json *o)
{
    for (const ra_json *c = ra_json_first(ra_json_get(o, "categories")); c; c = ra_json_next(c))
        if (ra_json_size(ra_json_get(c, "routers")) != b->router_count)
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                            "a category of benchmark '%s' has not %zu routers", b->name,
                            b->router_count);
    return true;
}

static bool read_benchmark(reader *r, const ra_json *o, void *out)
{
    ra_benchmark_result *b = out;
    const ra_json *all;
    return needed(r, o, "name", &b->name) && needed(r, o, "title", &b->title) &&
           needed(r, o, "unit", &b->unit) && number(r, o, "full_score", &b->full_score) &&
           needed(r, o, "grader", &b->grader) &&
           ra_json_bool(o, "default_grader", r->at, &b->default_grader, r->err) &&
           read_model(r, o, "strong", &b->strong) && read_model(r, o, "weak", &b->weak) &&
           read_gap(r, o, &b->gap) && read_intervals(r, o, &b->intervals) &&
           count(r, o, "items", &b->items) && count(r, o, "excluded", &b->excluded) &&
           count(r, o, "missing", &b->missing) && object(r, o, "all", &all) &&
           count(r, all, "items", &b->all_items) && number(r, all, "strong", &b->all_strong) &&
           number(r, all, "weak", &b->all_weak) && read_money(r, o, &b->money) &&
           objects(r, o, "routers", sizeof *b->routers, &b->routers, &b->router_count,
                   read_router) &&
           objects(r, o, "points", sizeof *b->points, &b->points, &b->point_count, read_point) &&
           objects(r, o, "categories", sizeof *b->categories, &b->categories, &b->category_count,
                   read_category) &&
           check_categories(r, b, o) &&
           objects(r, o, "graders", sizeof *b->graders, &b->graders, &b->grader_count, read_grader);
}

static bool read_input(reader *r, const ra_json *o, void *out)
{
    ra_result_input *input = out;
    const char *digest;
    if (!needed(r, o, "path", &input->path) || !needed(r, o, "sha256", &digest))
        return false;
    snprintf(input->sha256, sizeof input->sha256, "%s", digest);
    return true;
}

static bool read_document(reader *r, const ra_json *doc, ra_results *out)
{
    const char *schema;
    const ra_json *tool, *study;
    double seed;
    if (!needed(r, doc, "schema", &schema))
        return false;
    if (strcmp(schema, RA_RESULTS_SCHEMA) != 0)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                        "field 'schema': '" RA_RESULTS_SCHEMA "' expected, found '%s'", schema);
    if (!object(r, doc, "tool", &tool) || !needed(r, tool, "version", &out->tool_version) ||
        !needed(r, tool, "commit", &out->tool_commit) || !object(r, doc, "study", &study) ||
        !needed(r, study, "name", &out->study_name) ||
        !needed(r, study, "title", &out->study_title) ||
        !ra_json_number(study, "seed", r->at, &seed, r->err))
        return false;
    out->seed = (uint64_t)seed;
    return objects(r, doc, "inputs", sizeof *out->inputs, &out->inputs, &out->input_count,
                   read_input) &&
           objects(r, doc, "benchmarks", sizeof *out->benchmarks, &out->benchmarks,
                   &out->benchmark_count, read_benchmark);
}

bool ra_results_read(ra_results *results, const char *path, ra_error *err)
{
    *results = (ra_results){0};
    ra_json *doc = ra_json_read(path, err);
    reader r = {&results->arena, {path, 1}, err};
    bool ok = doc && read_document(&r, doc, results);
    ra_json_free(doc);
    if (!ok)
        ra_results_release(results);
    return ok;
}

void ra_results_release(ra_results *results)
{
    ra_arena_release(&results->arena);
    *results = (ra_results){0};
}
