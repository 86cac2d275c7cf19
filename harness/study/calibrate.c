#include "study/calibrate.h"

#include "measure/fields.h"
#include "measure/share.h"
#include "study/sample.h"

#include <math.h>
#include <string.h>

const char *const ra_goal_names[RA_GOALS] = {"strong-calls", "quality", "budget"};

static const ra_estimate unknown = {NAN, NAN, NAN};

static ra_threshold_goal quality_goal(const ra_sample *s, double wanted)
{
    return (ra_threshold_goal){RA_AT_LEAST, true, wanted, s->grades};
}

static ra_threshold_goal budget_goal(const ra_sample *s, double wanted)
{
    return (ra_threshold_goal){RA_AT_MOST, false, wanted, s->costs};
}

/* What the threshold gives on the sample, by itself. */
static ra_calibration_sample look(const ra_calibration *c, const ra_sample *s)
{
    ra_calibration_sample to = {
        .name = s->name, .items = s->count, .quality = unknown, .usd = unknown};
    to.reached = ra_share_reached(s->score, s->count, c->threshold, &to.tied);
    to.share = (double)to.reached / (double)s->count;
    ra_threshold_goal quality = quality_goal(s, 0), budget = budget_goal(s, 0);
    if (s->grades.strong)
        to.quality = ra_threshold_value(&quality, s->score, s->count, c->threshold, &c->how);
    if (s->costs.strong)
        to.usd = ra_threshold_value(&budget, s->score, s->count, c->threshold, &c->how);
    return to;
}

static void calibrate_share(ra_calibration *c, const ra_sample *s)
{
    size_t *order = ra_arena_alloc(&c->arena, s->count, sizeof *order);
    ra_order(s->score, s->count, order);
    c->threshold = ra_share_threshold(s->score, order, s->count, c->wanted);
    c->threshold_range =
        ra_share_threshold_interval(s->score, order, s->count, c->wanted, c->how.level);
    c->sample = look(c, s);
    c->sample.share_range = ra_share_interval(c->sample.reached, s->count, c->how.level);
}

static bool impossible(const ra_calibration *c, const ra_sample *s, ra_error *err)
{
    if (c->goal == RA_GOAL_QUALITY)
        return ra_failf(err, RA_ERR_INPUT, s->name, 0,
                        "no threshold of '%s' keeps %g of the strong model's score",
                        c->contender.name, c->wanted);
    ra_failf(err, RA_ERR_INPUT, s->name, 0, "%g dollars per million requests are too little",
             c->wanted);
    return ra_hintf(err, "the weak model alone costs more");
}

static bool calibrate_goal(ra_calibration *c, const ra_sample *s, ra_error *err)
{
    bool quality = c->goal == RA_GOAL_QUALITY;
    const char *lacks = quality && !s->grades.strong   ? "grades"
                        : !quality && !s->costs.strong ? "prices"
                                                       : NULL;
    if (lacks)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s needs %s", ra_goal_names[c->goal],
                        quality ? "grades: use --benchmark" : "--prices");
    ra_threshold_goal goal = quality ? quality_goal(s, c->wanted) : budget_goal(s, c->wanted);
    ra_threshold_choice choice;
    ra_threshold_choose(&goal, s->score, s->count, &c->how, &choice);
    if (!choice.possible)
        return impossible(c, s, err);
    c->threshold = choice.threshold;
    c->sample = look(c, s);
    c->sample.share_range = (ra_range){choice.share.lo, choice.share.hi};
    *(quality ? &c->sample.quality : &c->sample.usd) = choice.value; /* honest about the choice */
    return true;
}

static void check(ra_calibration *c, const ra_sample *s)
{
    ra_calibration_sample *to = &c->checks[c->checks_made++];
    *to = look(c, s);
    to->share_range =
        ra_share_prediction(c->sample.reached, c->sample.items, s->count, c->how.level);
    to->shifted = to->share < to->share_range.lo || to->share > to->share_range.hi;
}

static bool check_benchmark(ra_calibration *c, const char *name, ra_error *err)
{
    ra_assay_request request = c->assay;
    ra_sample s;
    request.benchmark = name;
    if (!ra_sample_benchmark(&c->arena, &request, c->prices, &c->contender, c->how.seed, &s, err))
        return false;
    check(c, &s);
    return true;
}

bool ra_calibrate(ra_calibration *c, ra_error *err)
{
    ra_sample s, aside;
    ra_arena *a = &c->arena;
    c->threshold_range = (ra_range){NAN, NAN};
    c->checks = ra_arena_alloc(a, c->check_count + 1, sizeof *c->checks);
    bool held_out = c->hold_out > 0;
    const char *const models[RA_SIDES] = {c->assay.strong, c->assay.weak};
    if (!(c->prompts ? ra_sample_prompts(a, c->prompts, c->prices, models, &c->contender,
                                         c->how.seed, &s, err)
                     : ra_sample_benchmark(a, &c->assay, c->prices, &c->contender, c->how.seed, &s,
                                           err)) ||
        (held_out && !ra_sample_split(a, &s, c->hold_out, c->how.seed, &aside, err)))
        return false;
    if (c->goal == RA_GOAL_SHARE)
        calibrate_share(c, &s);
    else if (!calibrate_goal(c, &s, err))
        return false;
    if (held_out)
        check(c, &aside);
    for (size_t i = 0; i < c->check_count; i++)
        if (!check_benchmark(c, c->check[i], err))
            return false;
    return true;
}

void ra_calibration_release(ra_calibration *c)
{
    ra_arena_release(&c->arena);
}

/* --- JSON --- */

static ra_json *sample_json(const ra_calibration_sample *s)
{
    ra_json *o = ra_json_new_object();
    ra_estimate share = {s->share, s->share_range.lo, s->share_range.hi};
    ra_json_put_string(o, "name", s->name);
    ra_json_put_number(o, "items", (double)s->items);
    ra_json_put_number(o, "reached", (double)s->reached);
    ra_json_put_number(o, "tied", (double)s->tied);
    ra_json_put(o, "strong_calls", ra_estimate_json(&share));
    ra_json_put(o, "quality", ra_estimate_json(&s->quality));
    ra_json_put(o, "usd_per_million", ra_estimate_json(&s->usd));
    return o;
}

ra_json *ra_calibration_json(const ra_calibration *c)
{
    ra_json *o = ra_json_new_object(), *checks = ra_json_new_array();
    ra_estimate threshold = {c->threshold, c->threshold_range.lo, c->threshold_range.hi};
    ra_json_put_string(o, "router", c->contender.name);
    ra_json_put_string(o, "goal", ra_goal_names[c->goal]);
    ra_json_put_number(o, "wanted", c->wanted);
    ra_json_put_number(o, "level", c->how.level);
    ra_json_put(o, "threshold", ra_estimate_json(&threshold));
    ra_json_put(o, "sample", sample_json(&c->sample));
    for (size_t i = 0; i < c->checks_made; i++) {
        ra_json *each = sample_json(&c->checks[i]);
        ra_json_put_bool(each, "shifted", c->checks[i].shifted);
        ra_json_add(checks, each);
    }
    ra_json_put(o, "checks", checks);
    return o;
}
