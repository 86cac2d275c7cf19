/* Writing results.json, in the order of the fields in results.h. */
#include "measure/results.h"

#include "base/parallel.h"
#include "data/json.h"
#include "measure/fields.h"
#include "measure/kept.h"
#include "measure/results_cost.h"

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

static void put_range(ra_json *o, const char *lo, const char *hi, const ra_range *r)
{
    ra_json_put_number(o, lo, r->lo);
    ra_json_put_number(o, hi, r->hi);
}

static ra_json *pgr_json(const ra_estimate *pgr)
{
    ra_json *o = ra_json_new_object();
    for (int s = 0; s < RA_SHARES; s++)
        ra_json_put(o, ra_share_names[s], ra_estimate_json(&pgr[s]));
    return o;
}

static ra_json *intervals_json(const ra_intervals *i)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "method", i->method);
    ra_json_put_number(o, "level", i->level);
    ra_json_put_number(o, "replicates", (double)i->replicates);
    ra_json_put_number(o, "without_gap", (double)i->without_gap);
    ra_json_put_string(o, "strata", i->strata);
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

static ra_json *diagnostics_json(const ra_diagnostics *d)
{
    ra_json *o = ra_json_new_object(), *bins = ra_json_new_array();
    ra_json_put(o, "auc", ra_estimate_json(&d->auc));
    ra_json_put_number(o, "distinct", (double)d->distinct);
    ra_json_put_number(o, "entropy", d->entropy);
    ra_json_put_number(o, "calibration_error", d->calibration_error);
    for (size_t i = 0; i < d->bin_count; i++) {
        const ra_calibration_bin *b = &d->bins[i];
        ra_json *bin = ra_json_new_object();
        ra_json_put_number(bin, "items", (double)b->items);
        ra_json_put_number(bin, "lowest", b->lowest);
        ra_json_put_number(bin, "highest", b->highest);
        ra_json_put_number(bin, "score", b->score);
        ra_json_put_number(bin, "needed", b->needed);
        ra_json_add(bins, bin);
    }
    ra_json_put(o, "bins", bins);
    return o;
}

static ra_json *trained_json(const ra_trained_on *t)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "kind", t->kind);
    ra_json_put_string(o, "embedder", t->embedder);
    ra_json_put_string(o, "data", t->data);
    ra_json_put_string(o, "gold", t->gold);
    ra_json_put_number(o, "battles", (double)t->battles);
    ra_json_put_number(o, "labels", (double)t->labels);
    ra_json_put_number(o, "folds", (double)t->folds);
    ra_json_put_number(o, "seen", (double)t->seen);
    return o;
}

static ra_json *learning_json(const ra_learning_point *points, size_t count)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < count; i++) {
        ra_json *o = ra_json_new_object();
        ra_json_put_number(o, "labels", (double)points[i].labels);
        ra_json_put(o, "apgr", ra_estimate_json(&points[i].apgr));
        ra_json_add(list, o);
    }
    return list;
}

static ra_json *router_json(const ra_router_result *r)
{
    ra_json *o = ra_json_new_object(), *cpt = ra_json_new_object(), *saving = ra_json_new_object();
    ra_json_put_string(o, "name", r->name);
    ra_json_put_string(o, "router", r->router);
    ra_json_put_bool(o, "bound", r->bound);
    ra_json_put_bool(o, "hand_rule", r->hand_rule);
    ra_json_put_number(o, "items", (double)r->items);
    ra_json_put(o, "apgr", ra_estimate_json(&r->apgr));
    for (int t = 0; t < RA_TARGETS; t++) {
        ra_json *at = ra_estimate_json(&r->cpt[t].at), *s = ra_json_new_object();
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
    ra_json_put(o, "aiq", ra_estimate_json(&r->aiq));
    ra_json_put(o, "rank", ra_estimate_json(&r->rank));
    ra_json_put(o, "diagnostics", diagnostics_json(&r->diagnostics));
    ra_json_put(o, "routellm", routellm_json(&r->routellm));
    if (r->trained.kind) {
        ra_json_put(o, "trained", trained_json(&r->trained));
        ra_json_put(o, "learning", learning_json(r->learning, r->learning_count));
    }
    if (r->cost)
        ra_json_put(o, "cost", ra_cost_json(r->cost));
    ra_json_put(o, "curve", curve_json(r->curve, r->points));
    if (r->place)
        ra_json_put(o, "places", ra_places_json(r->place, r->items));
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
    ra_json_put_number(o, "unmapped", (double)p->unmapped);
    put_range(o, "lo", "hi", &p->range);
    put_range(o, "calls_lo", "calls_hi", &p->calls_range);
    ra_json_put(o, "pgr", ra_estimate_json(&p->pgr));
    ra_json *same = ra_json_new_array();
    for (size_t i = 0; i < p->same_count; i++) {
        ra_json *one = ra_json_new_object();
        ra_json_put_string(one, "router", p->same[i].router);
        ra_json_put(one, "calls", ra_estimate_json(&p->same[i].calls));
        ra_json_add(same, one);
    }
    ra_json_put(o, "same", same);
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
        ra_json *calls = ra_json_new_object();
        for (int s = 0; s < RA_SHARES; s++)
            ra_json_put_number(calls, ra_share_names[s], c->routers[i].calls[s]);
        ra_json_put(r, "calls", calls);
        ra_json_add(list, r);
    }
    ra_json_put(o, "routers", list);
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

static ra_json *spread_json(const ra_spread *s)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "mean", s->mean);
    put_range(o, "lo", "hi", &s->draw);
    put_range(o, "runs_lo", "runs_hi", &s->runs);
    return o;
}

static ra_json *chance_json(const ra_chance *c)
{
    ra_json *o = ra_json_new_object(), *cpt = ra_json_new_object();
    ra_json_put_number(o, "draws", (double)c->draws);
    ra_json_put_number(o, "runs", (double)c->runs);
    ra_json_put(o, "apgr", spread_json(&c->apgr));
    for (int t = 0; t < RA_TARGETS; t++)
        ra_json_put(cpt, ra_target_names[t], spread_json(&c->cpt[t]));
    ra_json_put(o, "cpt", cpt);
    return o;
}

static ra_json *p_json(const ra_p_values *p)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "bootstrap", p->bootstrap);
    ra_json_put_number(o, "sign_flip", p->sign_flip);
    return o;
}

static ra_json *comparison_json(const ra_comparison *c)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "family", ra_family_names[c->family]);
    ra_json_put_string(o, "a", c->a);
    ra_json_put_string(o, "b", c->b);
    ra_json_put(o, "difference", ra_estimate_json(&c->difference));
    ra_json_put_number(o, "se", c->se);
    ra_json_put(o, "p", p_json(&c->p));
    ra_json_put(o, "holm", p_json(&c->holm));
    return o;
}

static ra_json *oracle_json(const ra_oracle_result *r)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "name", r->name);
    ra_json_put_string(o, "rule", r->rule);
    ra_json_put_number(o, "score", r->score);
    ra_json_put_number(o, "strong_calls", r->strong_calls);
    ra_json_put_number(o, "usd", r->usd);
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
    ra_json_put(o, "gap", ra_estimate_json(&b->gap));
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
    ra_json_put(o, "money", ra_money_json(&b->money));
    if (b->kept.usage.count > 0) {
        ra_json_put(o, "charges", ra_charges_json(&b->charges));
        ra_json_put(o, "per_item", ra_kept_json(&b->kept));
    }
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
    if (b->chance.draws > 0)
        ra_json_put(o, "chance", chance_json(&b->chance));
    else
        ra_json_put_string(o, "chance", NULL);
    ra_json *comparisons = ra_json_new_array(), *oracles = ra_json_new_array();
    for (size_t i = 0; i < b->comparison_count; i++)
        ra_json_add(comparisons, comparison_json(&b->comparisons[i]));
    for (size_t i = 0; i < b->oracle_count; i++)
        ra_json_add(oracles, oracle_json(&b->oracles[i]));
    ra_json_put(o, "comparisons", comparisons);
    ra_json_put(o, "oracles", oracles);
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

void ra_results_release(ra_results *results)
{
    ra_arena_release(&results->arena);
    *results = (ra_results){0};
}
