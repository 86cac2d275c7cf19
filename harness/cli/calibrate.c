/* routeassay calibrate: the threshold for a wanted share of strong calls, quality or budget. */
#include "study/calibrate.h"
#include "cli/assay_options.h"
#include "cli/commands.h"

#include <math.h>
#include <stdlib.h>

static const ra_help help = {
    "calibrate", "",
    "The threshold at which a router gives a wanted share of strong calls (RouteLLM's rule), "
    "keeps\n"
    "a wanted share of the strong model's score, or stays within a budget: on prompts of your own\n"
    "(JSONL with 'prompt', or a prompt a line) or on a benchmark. Says what share the threshold\n"
    "really gives there, where it should lie on other prompts like these, and with --check and\n"
    "--hold-out what it gives elsewhere. A prompt goes to the strong model when its score is not\n"
    "below the threshold.",
    "routeassay calibrate --router length --strong-calls 0.3 --recordings golden/recordings \\\n"
    "      --benchmark gsm8k --hold-out 0.5 --check mmlu\n"
    "  routeassay calibrate --router mf:models/mf --strong-calls 0.3 --prompts prompts.txt"};

typedef struct request {
    ra_assay_options assay;
    ra_list checks;
    const char *prices, *as_of;
    double wanted[RA_GOALS]; /* NaN = not this goal */
    double hold_out;
    uint64_t replicates;
    ra_resampling how;
    bool json;
} request;

static bool choose_goal(const request *r, ra_goal *goal, ra_error *err)
{
    int given = 0;
    for (int g = 0; g < RA_GOALS; g++)
        if (!isnan(r->wanted[g])) {
            *goal = (ra_goal)g;
            given++;
        }
    if (given != 1)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "one of --strong-calls, --quality and --budget is needed, found %d", given);
    double wanted = r->wanted[*goal];
    if (!(wanted > 0 && (*goal == RA_GOAL_BUDGET || wanted <= 1)))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s: more than 0%s expected, found %g",
                        ra_goal_names[*goal], *goal == RA_GOAL_BUDGET ? "" : " and at most 1",
                        wanted);
    return true;
}

static bool check(request *r, ra_error *err)
{
    bool benchmark = r->assay.request.benchmark;
    if (benchmark == (r->assay.prompts != NULL))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "either --prompts or --benchmark is needed");
    if (!(r->hold_out >= 0 && r->hold_out < 1))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "--hold-out: at least 0 and less than 1 expected, found %g", r->hold_out);
    if (r->replicates == 0)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--replicates: at least 1 expected, found 0");
    r->how.replicates = (size_t)r->replicates;
    r->how.seed = r->assay.seed;
    r->how.threads = (int)r->assay.threads;
    return ((!benchmark && r->checks.count == 0) ||
            ra_option_needed(r->assay.request.recordings, "recordings", err)) &&
           ra_resampling_check(&r->how, NULL, RA_ERR_USAGE, NULL, err);
}

static void print_estimate(const char *what, const ra_estimate *e, double factor, const char *unit)
{
    if (isfinite(e->value))
        printf("; %s %.2f%s [%.2f, %.2f]", what, factor * e->value, unit, factor * e->lo,
               factor * e->hi);
}

static void print_values(const ra_calibration_sample *s)
{
    print_estimate("keeps", &s->quality, 100, " % of the strong score");
    print_estimate("costs", &s->usd, 1, " dollars per million requests");
    putchar('\n');
}

static void print_sample(const ra_calibration_sample *s, double level)
{
    printf("  %s, %zu items: %.2f %% strong calls; of all such prompts %.2f to %.2f %% (%g %% "
           "interval)",
           s->name, s->items, 100 * s->share, 100 * s->share_range.lo, 100 * s->share_range.hi,
           100 * level);
    print_values(s);
    if (s->tied > 1)
        printf("    %zu items score exactly the threshold; without them it would be %.2f %%\n",
               s->tied, 100 * (double)(s->reached - s->tied) / (double)s->items);
}

static void print_check(const ra_calibration_sample *s)
{
    printf("  %s, %zu items: %.2f %% strong calls, %.2f to %.2f %% expected: %s", s->name, s->items,
           100 * s->share, 100 * s->share_range.lo, 100 * s->share_range.hi,
           s->shifted ? "SHIFTED" : "as expected");
    print_values(s);
}

static void print(const ra_calibration *c)
{
    char threshold[32];
    ra_format_number(threshold, c->threshold);
    printf("%s, %s %g: threshold %s", c->contender.name, ra_goal_names[c->goal], c->wanted,
           threshold);
    if (isfinite(c->threshold_range.lo) && isfinite(c->threshold_range.hi))
        printf(" [%.5f, %.5f]", c->threshold_range.lo, c->threshold_range.hi);
    putchar('\n');
    print_sample(&c->sample, c->how.level);
    for (size_t i = 0; i < c->checks_made; i++)
        print_check(&c->checks[i]);
}

static bool calibrate(const request *r, const ra_prices *prices, const ra_contender *contender,
                      ra_json *all, ra_error *err)
{
    ra_calibration c = {.prompts = r->assay.prompts,
                        .assay = r->assay.request,
                        .hold_out = r->hold_out,
                        .check = r->checks.items,
                        .check_count = r->checks.count,
                        .prices = prices,
                        .contender = *contender,
                        .how = r->how};
    bool ok = choose_goal(r, &c.goal, err);
    c.wanted = r->wanted[c.goal];
    ok = ok && ra_calibrate(&c, err);
    if (ok && r->json)
        ra_json_add(all, ra_calibration_json(&c));
    else if (ok)
        print(&c);
    ra_calibration_release(&c);
    return ok;
}

static bool calibrate_all(request *r, ra_error *err)
{
    ra_arena arena = {0};
    ra_contender *contenders;
    ra_prices prices = {0};
    ra_json *all = ra_json_new_array();
    bool ok = check(r, err) && ra_assay_options_check(&r->assay, &arena, &contenders, err) &&
              (!r->prices || ra_prices_read(&prices, r->prices, r->as_of, err));
    for (size_t i = 0; ok && i < r->assay.routers.count; i++)
        ok = calibrate(r, r->prices ? &prices : NULL, &contenders[i], all, err);
    if (ok && r->json)
        ra_json_show(all, stdout);
    ra_json_free(all);
    ra_prices_release(&prices);
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_calibrate(int argc, char **argv, ra_error *err)
{
    request r = {.wanted = {NAN, NAN, NAN},
                 .assay.seed = 1,
                 .how = RA_RESAMPLING_DEFAULT,
                 .replicates = 2000};
    const ra_option options[] = {
        {"strong-calls", RA_NUMBER, &r.wanted[RA_GOAL_SHARE], "X", "wanted share of strong calls"},
        {"quality", RA_NUMBER, &r.wanted[RA_GOAL_QUALITY], "X",
         "wanted share of the strong model's score"},
        {"budget", RA_NUMBER, &r.wanted[RA_GOAL_BUDGET], "X", "dollars per million requests"},
        {"prices", RA_TEXT, &r.prices, "FILE", "prices of the models: cost in money too"},
        {"as-of", RA_TEXT, &r.as_of, "DATE", "prices of that day; unless given, the file's"},
        {"prompts", RA_TEXT, &r.assay.prompts, "FILE", "a sample of your own"},
        {"benchmark", RA_TEXT, &r.assay.request.benchmark, "NAME", "mmlu, gsm8k or mt-bench"},
        {"hold-out", RA_NUMBER, &r.hold_out, "X", "share of the sample that is set aside to check"},
        {"check", RA_NAMES, &r.checks, "NAME", "a benchmark to try the threshold on"},
        RA_ASSAY_OPTIONS(r.assay),
        {"replicates", RA_COUNT, &r.replicates, "N", "bootstrap replicates"},
        {"level", RA_NUMBER, &r.how.level, "X", "of the intervals"},
        {"json", RA_FLAG, &r.json, NULL, "as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_no_operands(&operands, err) && calibrate_all(&r, err);
}
