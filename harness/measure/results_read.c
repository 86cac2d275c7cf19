/* Reading results.json, in the order of the fields in results.h. */
#include "data/json.h"
#include "measure/fields.h"
#include "measure/kept.h"
#include "measure/results_cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* False when absent. */
static bool flag(ra_fields *r, const ra_json *o, const char *key, bool *out)
{
    *out = false;
    return !ra_json_get(o, key) || ra_json_bool(o, key, r->at, out, r->err);
}

static bool object(ra_fields *r, const ra_json *o, const char *key, const ra_json **out)
{
    return ra_json_object(o, key, r->at, out, r->err);
}

/* Reads the array `key` of objects into *array, an element at a time. */
static bool objects(ra_fields *r, const ra_json *o, const char *key, size_t size, void *array,
                    size_t *n, bool (*each)(ra_fields *, const ra_json *, void *))
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

/* The same for an array that older files do not have. */
static bool maybe_objects(ra_fields *r, const ra_json *o, const char *key, size_t size, void *array,
                          size_t *n, bool (*each)(ra_fields *, const ra_json *, void *))
{
    return !ra_json_get(o, key) || objects(r, o, key, size, array, n, each);
}

static bool read_estimate(ra_fields *r, const ra_json *o, ra_estimate *e)
{
    return ra_field_number(r, o, "value", &e->value) && ra_field_number(r, o, "lo", &e->lo) &&
           ra_field_number(r, o, "hi", &e->hi);
}

static bool read_range(ra_fields *r, const ra_json *o, const char *lo, const char *hi,
                       ra_range *out)
{
    return ra_field_number(r, o, lo, &out->lo) && ra_field_number(r, o, hi, &out->hi);
}

static bool read_pgr(ra_fields *r, const ra_json *o, ra_estimate *pgr)
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

/* An estimate that older files do not have. */
static bool maybe_estimate(ra_fields *r, const ra_json *o, const char *key, ra_estimate *out)
{
    const ra_json *own = NULL;
    *out = (ra_estimate){NAN, NAN, NAN};
    return ra_json_maybe_object(o, key, r->at, &own, r->err) &&
           (!own || read_estimate(r, own, out));
}

static bool read_intervals(ra_fields *r, const ra_json *o, ra_intervals *i)
{
    const ra_json *own = NULL;
    double seed = 0;
    if (!ra_json_maybe_object(o, "intervals", r->at, &own, r->err))
        return false;
    if (!own)
        return true;
    if (!ra_field_needed(r, own, "method", &i->method) ||
        !ra_field_number(r, own, "level", &i->level) ||
        !ra_field_count(r, own, "replicates", &i->replicates) ||
        !ra_field_count(r, own, "without_gap", &i->without_gap) ||
        !ra_field_text(r, own, "strata", &i->strata) ||
        !ra_json_number(own, "seed", r->at, &seed, r->err))
        return false;
    i->seed = (uint64_t)seed;
    return true;
}

static bool read_bin(ra_fields *r, const ra_json *o, void *out)
{
    ra_calibration_bin *b = out;
    return ra_field_count(r, o, "items", &b->items) &&
           ra_field_number(r, o, "lowest", &b->lowest) &&
           ra_field_number(r, o, "highest", &b->highest) &&
           ra_field_number(r, o, "score", &b->score) && ra_field_number(r, o, "needed", &b->needed);
}

static bool read_diagnostics(ra_fields *r, const ra_json *o, ra_diagnostics *d)
{
    const ra_json *own = NULL, *auc;
    d->auc = (ra_estimate){NAN, NAN, NAN};
    if (!ra_json_maybe_object(o, "diagnostics", r->at, &own, r->err))
        return false;
    return !own || (object(r, own, "auc", &auc) && read_estimate(r, auc, &d->auc) &&
                    ra_field_count(r, own, "distinct", &d->distinct) &&
                    ra_field_number(r, own, "entropy", &d->entropy) &&
                    ra_field_number(r, own, "calibration_error", &d->calibration_error) &&
                    objects(r, own, "bins", sizeof *d->bins, &d->bins, &d->bin_count, read_bin));
}

static bool read_curve(ra_fields *r, const ra_json *o, ra_router_result *out)
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

static bool read_routellm(ra_fields *r, const ra_json *o, ra_routellm_figures *f)
{
    const ra_json *own, *cpt = NULL;
    if (!object(r, o, "routellm", &own) || !ra_field_text(r, own, "error", &f->error) ||
        !ra_field_number(r, own, "apgr", &f->apgr) ||
        !ra_json_maybe_object(own, "cpt", r->at, &cpt, r->err))
        return false;
    for (int t = 0; t < RA_TARGETS; t++) {
        f->cpt[t] = NAN;
        if (cpt && !ra_field_number(r, cpt, ra_target_names[t], &f->cpt[t]))
            return false;
    }
    return true;
}

static bool read_trained(ra_fields *r, const ra_json *o, ra_trained_on *t)
{
    const ra_json *own = NULL;
    if (!ra_json_maybe_object(o, "trained", r->at, &own, r->err))
        return false;
    return !own ||
           (ra_field_needed(r, own, "kind", &t->kind) &&
            ra_field_text(r, own, "embedder", &t->embedder) &&
            ra_field_text(r, own, "data", &t->data) && ra_field_text(r, own, "gold", &t->gold) &&
            ra_field_count(r, own, "battles", &t->battles) &&
            ra_field_count(r, own, "labels", &t->labels) &&
            ra_field_count(r, own, "folds", &t->folds) && ra_field_count(r, own, "seen", &t->seen));
}

static bool read_learning_point(ra_fields *r, const ra_json *o, void *out)
{
    ra_learning_point *p = out;
    const ra_json *apgr;
    return ra_field_count(r, o, "labels", &p->labels) && object(r, o, "apgr", &apgr) &&
           read_estimate(r, apgr, &p->apgr);
}

static bool read_router(ra_fields *r, const ra_json *o, void *out)
{
    ra_router_result *to = out;
    const ra_json *apgr, *cpt, *saving, *at;
    if (!ra_field_needed(r, o, "name", &to->name) ||
        !ra_field_needed(r, o, "router", &to->router) ||
        !ra_json_bool(o, "bound", r->at, &to->bound, r->err) ||
        !ra_field_count(r, o, "items", &to->items) || !object(r, o, "apgr", &apgr) ||
        !read_estimate(r, apgr, &to->apgr) || !object(r, o, "cpt", &cpt) ||
        !object(r, o, "saving", &saving))
        return false;
    for (int t = 0; t < RA_TARGETS; t++)
        if (!object(r, cpt, ra_target_names[t], &at) || !read_estimate(r, at, &to->cpt[t].at) ||
            !ra_field_number(r, at, "sustained", &to->cpt[t].sustained) ||
            !read_range(r, at, "sustained_lo", "sustained_hi", &to->cpt[t].sustained_range) ||
            !object(r, saving, ra_target_names[t], &at) ||
            !ra_field_number(r, at, "versus_random", &to->saving[t].versus_random) ||
            !ra_field_number(r, at, "money", &to->saving[t].money) ||
            !read_range(r, at, "versus_random_lo", "versus_random_hi",
                        &to->saving[t].versus_random_range) ||
            !read_range(r, at, "money_lo", "money_hi", &to->saving[t].money_range))
            return false;
    return flag(r, o, "hand_rule", &to->hand_rule) && read_pgr(r, o, to->pgr) &&
           maybe_estimate(r, o, "aiq", &to->aiq) && maybe_estimate(r, o, "rank", &to->rank) &&
           read_diagnostics(r, o, &to->diagnostics) && read_routellm(r, o, &to->routellm) &&
           read_trained(r, o, &to->trained) &&
           maybe_objects(r, o, "learning", sizeof *to->learning, &to->learning, &to->learning_count,
                         read_learning_point) &&
           ra_cost_read(r->arena, o, r->at, &to->cost, r->err) &&
           ra_places_read(r->arena, o, r->at, to->items, &to->place, r->err) &&
           read_curve(r, o, to);
}

static bool read_model(ra_fields *r, const ra_json *o, const char *key, ra_model_result *m)
{
    const ra_json *own;
    return object(r, o, key, &own) && ra_field_needed(r, own, "model", &m->model) &&
           ra_field_number(r, own, "score", &m->score) &&
           read_range(r, own, "lo", "hi", &m->range) &&
           ra_field_count(r, own, "graded", &m->graded) &&
           ra_field_count(r, own, "missing", &m->missing);
}

static bool read_same(ra_fields *r, const ra_json *o, void *out)
{
    ra_same_score *s = out;
    return ra_field_needed(r, o, "router", &s->router) && maybe_estimate(r, o, "calls", &s->calls);
}

static bool read_point(ra_fields *r, const ra_json *o, void *out)
{
    ra_recorded_point *p = out;
    return ra_field_needed(r, o, "name", &p->name) && ra_field_needed(r, o, "model", &p->model) &&
           ra_field_number(r, o, "score", &p->score) &&
           ra_field_number(r, o, "all_score", &p->all_score) &&
           ra_field_count(r, o, "graded", &p->graded) &&
           ra_field_count(r, o, "missing", &p->missing) &&
           ra_field_number(r, o, "strong_calls", &p->strong_calls) &&
           ra_field_number(r, o, "all_strong_calls", &p->all_strong_calls) &&
           ra_field_text(r, o, "strong_calls_source", &p->strong_calls_source) &&
           (!ra_json_get(o, "unmapped") || ra_field_count(r, o, "unmapped", &p->unmapped)) &&
           read_range(r, o, "lo", "hi", &p->range) &&
           read_range(r, o, "calls_lo", "calls_hi", &p->calls_range) &&
           maybe_estimate(r, o, "pgr", &p->pgr) &&
           maybe_objects(r, o, "same", sizeof *p->same, &p->same, &p->same_count, read_same);
}

static bool read_category_router(ra_fields *r, const ra_json *o, void *out)
{
    ra_category_router *c = out;
    const ra_json *calls = NULL;
    if (!ra_field_needed(r, o, "name", &c->name) || !ra_field_number(r, o, "apgr", &c->apgr) ||
        !ra_json_maybe_object(o, "calls", r->at, &calls, r->err))
        return false;
    for (int s = 0; s < RA_SHARES; s++) {
        c->calls[s] = NAN;
        if (calls && !ra_field_number(r, calls, ra_share_names[s], &c->calls[s]))
            return false;
    }
    return true;
}

static bool read_category(ra_fields *r, const ra_json *o, void *out)
{
    ra_category_result *c = out;
    size_t routers;
    return ra_field_needed(r, o, "name", &c->name) && ra_field_count(r, o, "items", &c->items) &&
           ra_field_count(r, o, "excluded", &c->excluded) &&
           ra_field_count(r, o, "missing", &c->missing) &&
           ra_field_number(r, o, "strong", &c->strong) && ra_field_number(r, o, "weak", &c->weak) &&
           objects(r, o, "routers", sizeof *c->routers, &c->routers, &routers,
                   read_category_router);
}

static bool read_grader(ra_fields *r, const ra_json *o, void *out)
{
    ra_grader_result *g = out;
    return ra_field_needed(r, o, "grader", &g->grader) && ra_field_needed(r, o, "rule", &g->rule) &&
           ra_field_number(r, o, "strong", &g->strong) && ra_field_number(r, o, "weak", &g->weak) &&
           ra_field_count(r, o, "missing", &g->missing) &&
           ra_field_count(r, o, "strong_up", &g->strong_up) &&
           ra_field_count(r, o, "strong_down", &g->strong_down) &&
           ra_field_count(r, o, "weak_up", &g->weak_up) &&
           ra_field_count(r, o, "weak_down", &g->weak_down);
}

static bool read_money(ra_fields *r, const ra_json *o, ra_benchmark_result *b)
{
    const ra_json *money, *charges = NULL, *items = NULL;
    return object(r, o, "money", &money) &&
           ra_money_read(r->arena, money, r->at, &b->money, r->err) &&
           ra_json_maybe_object(o, "charges", r->at, &charges, r->err) &&
           (!charges || ra_charges_read(charges, r->at, &b->charges, r->err)) &&
           ra_json_maybe_object(o, "per_item", r->at, &items, r->err) &&
           (!items || ra_kept_read(r->arena, items, r->at, b->items, &b->kept, r->err));
}

static bool read_spread(ra_fields *r, const ra_json *o, const char *key, ra_spread *s)
{
    const ra_json *own;
    return object(r, o, key, &own) && ra_field_number(r, own, "mean", &s->mean) &&
           read_range(r, own, "lo", "hi", &s->draw) &&
           read_range(r, own, "runs_lo", "runs_hi", &s->runs);
}

static bool read_chance(ra_fields *r, const ra_json *o, ra_chance *c)
{
    const ra_json *own = NULL, *cpt;
    if (!ra_json_maybe_object(o, "chance", r->at, &own, r->err))
        return false;
    if (!own)
        return true;
    if (!ra_field_count(r, own, "draws", &c->draws) || !ra_field_count(r, own, "runs", &c->runs) ||
        !read_spread(r, own, "apgr", &c->apgr) || !object(r, own, "cpt", &cpt))
        return false;
    for (int t = 0; t < RA_TARGETS; t++)
        if (!read_spread(r, cpt, ra_target_names[t], &c->cpt[t]))
            return false;
    return true;
}

static bool read_p(ra_fields *r, const ra_json *o, const char *key, ra_p_values *p)
{
    const ra_json *own;
    return object(r, o, key, &own) && ra_field_number(r, own, "bootstrap", &p->bootstrap) &&
           ra_field_number(r, own, "sign_flip", &p->sign_flip);
}

static bool read_family(ra_fields *r, const ra_json *o, ra_family *family)
{
    const char *name;
    if (!ra_field_needed(r, o, "family", &name))
        return false;
    for (int f = 0; f < RA_FAMILIES; f++)
        if (strcmp(name, ra_family_names[f]) == 0) {
            *family = (ra_family)f;
            return true;
        }
    return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                    "field 'family': 'random', 'hand rule' or 'pairs' expected, found '%s'", name);
}

static bool read_comparison(ra_fields *r, const ra_json *o, void *out)
{
    ra_comparison *c = out;
    const ra_json *difference;
    return read_family(r, o, &c->family) && ra_field_needed(r, o, "a", &c->a) &&
           ra_field_needed(r, o, "b", &c->b) && object(r, o, "difference", &difference) &&
           read_estimate(r, difference, &c->difference) && ra_field_number(r, o, "se", &c->se) &&
           read_p(r, o, "p", &c->p) && read_p(r, o, "holm", &c->holm);
}

static bool read_oracle(ra_fields *r, const ra_json *o, void *out)
{
    ra_oracle_result *to = out;
    return ra_field_needed(r, o, "name", &to->name) && ra_field_needed(r, o, "rule", &to->rule) &&
           ra_field_number(r, o, "score", &to->score) &&
           ra_field_number(r, o, "strong_calls", &to->strong_calls) &&
           ra_field_number(r, o, "usd", &to->usd);
}

/* Places are of the kept items, strata are categories. */
static bool check_kept(ra_fields *r, const ra_benchmark_result *b)
{
    for (size_t i = 0; b->kept.stratum && i < b->kept.usage.count; i++)
        if (b->kept.stratum[i] >= b->category_count)
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                            "field 'stratum': categories of benchmark '%s' expected", b->name);
    for (size_t i = 0; i < b->router_count; i++)
        if (b->routers[i].place && b->routers[i].items != b->kept.usage.count)
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                            "field 'places' of router '%s': no such items in 'per_item'",
                            b->routers[i].name);
    return true;
}

/* Every category names the routers in the order of the benchmark. */
static bool check_categories(ra_fields *r, const ra_benchmark_result *b, const ra_json *o)
{
    for (const ra_json *c = ra_json_first(ra_json_get(o, "categories")); c; c = ra_json_next(c))
        if (ra_json_size(ra_json_get(c, "routers")) != b->router_count)
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                            "a category of benchmark '%s' has not %zu routers", b->name,
                            b->router_count);
    return true;
}

static bool read_benchmark(ra_fields *r, const ra_json *o, void *out)
{
    ra_benchmark_result *b = out;
    const ra_json *all;
    return ra_field_needed(r, o, "name", &b->name) && ra_field_needed(r, o, "title", &b->title) &&
           ra_field_needed(r, o, "unit", &b->unit) &&
           ra_field_number(r, o, "full_score", &b->full_score) &&
           ra_field_needed(r, o, "grader", &b->grader) &&
           ra_json_bool(o, "default_grader", r->at, &b->default_grader, r->err) &&
           read_model(r, o, "strong", &b->strong) && read_model(r, o, "weak", &b->weak) &&
           maybe_estimate(r, o, "gap", &b->gap) && read_intervals(r, o, &b->intervals) &&
           ra_field_count(r, o, "items", &b->items) &&
           ra_field_count(r, o, "excluded", &b->excluded) &&
           ra_field_count(r, o, "missing", &b->missing) && object(r, o, "all", &all) &&
           ra_field_count(r, all, "items", &b->all_items) &&
           ra_field_number(r, all, "strong", &b->all_strong) &&
           ra_field_number(r, all, "weak", &b->all_weak) && read_money(r, o, b) &&
           objects(r, o, "routers", sizeof *b->routers, &b->routers, &b->router_count,
                   read_router) &&
           objects(r, o, "points", sizeof *b->points, &b->points, &b->point_count, read_point) &&
           objects(r, o, "categories", sizeof *b->categories, &b->categories, &b->category_count,
                   read_category) &&
           check_categories(r, b, o) && check_kept(r, b) &&
           objects(r, o, "graders", sizeof *b->graders, &b->graders, &b->grader_count,
                   read_grader) &&
           read_chance(r, o, &b->chance) &&
           maybe_objects(r, o, "comparisons", sizeof *b->comparisons, &b->comparisons,
                         &b->comparison_count, read_comparison) &&
           maybe_objects(r, o, "oracles", sizeof *b->oracles, &b->oracles, &b->oracle_count,
                         read_oracle);
}

static bool read_input(ra_fields *r, const ra_json *o, void *out)
{
    ra_result_input *input = out;
    const char *digest;
    if (!ra_field_needed(r, o, "path", &input->path) || !ra_field_needed(r, o, "sha256", &digest))
        return false;
    snprintf(input->sha256, sizeof input->sha256, "%s", digest);
    return true;
}

static bool read_document(ra_fields *r, const ra_json *doc, ra_results *out)
{
    const char *schema;
    const ra_json *tool, *study;
    double seed;
    if (!ra_field_needed(r, doc, "schema", &schema))
        return false;
    if (strcmp(schema, RA_RESULTS_SCHEMA) != 0)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                        "field 'schema': '" RA_RESULTS_SCHEMA "' expected, found '%s'", schema);
    if (!object(r, doc, "tool", &tool) ||
        !ra_field_needed(r, tool, "version", &out->tool_version) ||
        !ra_field_needed(r, tool, "commit", &out->tool_commit) ||
        !object(r, doc, "study", &study) || !ra_field_needed(r, study, "name", &out->study_name) ||
        !ra_field_needed(r, study, "title", &out->study_title) ||
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
    ra_fields r = {&results->arena, {path, 1}, err};
    bool ok = doc && read_document(&r, doc, results);
    ra_json_free(doc);
    if (!ok)
        ra_results_release(results);
    return ok;
}
