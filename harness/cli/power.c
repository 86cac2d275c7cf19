/* routeassay power: which differences these items can show, and how many items would show more. */
#include "measure/power.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "measure/results.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const ra_help help = {
    "power", "RESULTS.json",
    "For every comparison of routers: the smallest true difference in APGR that so many items "
    "find\n"
    "with the given power, and how many items like them would find the difference that was seen,\n"
    "or --difference. The standard errors are those of the paired replicates.",
    "routeassay power out/results.json --benchmark mt-bench --difference 0.05"};

typedef struct request {
    const char *benchmark;
    double power, level, difference;
    bool json;
} request;

typedef struct answer {
    double detectable, difference, items;
} answer;

static answer answer_for(const request *r, const ra_benchmark_result *b, const ra_comparison *c)
{
    double alpha = 1 - r->level;
    double difference = r->difference > 0 ? r->difference : fabs(c->difference.value);
    return (answer){ra_power_detectable(c->se, alpha, r->power), difference,
                    ra_power_items(b->items, c->se, difference, alpha, r->power)};
}

static void print_heading(const ra_benchmark_result *b)
{
    printf("%s, grader %s: %zu items\n", b->name, b->grader, b->items);
    printf("  %-32s %10s %10s %12s %12s %14s\n", "router less other", "difference", "std error",
           "detectable", "to find", "takes items");
}

static void print_row(const ra_comparison *c, answer a)
{
    char pair[256];
    snprintf(pair, sizeof pair, "%s less %s", c->a, c->b);
    printf("  %-32s %+10.4f %10.4f %12.4f %12.4f ", pair, c->difference.value, c->se, a.detectable,
           a.difference);
    if (isfinite(a.items))
        printf("%14.0f\n", a.items);
    else
        printf("%14s\n", "no number");
}

static ra_json *row_json(const ra_benchmark_result *b, const ra_comparison *c, answer a)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "benchmark", b->name);
    ra_json_put_string(o, "grader", b->grader);
    ra_json_put_number(o, "items", (double)b->items);
    ra_json_put_string(o, "family", ra_family_names[c->family]);
    ra_json_put_string(o, "a", c->a);
    ra_json_put_string(o, "b", c->b);
    ra_json_put_number(o, "difference", c->difference.value);
    ra_json_put_number(o, "se", c->se);
    ra_json_put_number(o, "detectable", a.detectable);
    ra_json_put_number(o, "to_find", a.difference);
    ra_json_put_number(o, "takes_items", a.items);
    return o;
}

static bool is_wanted(const request *r, const ra_benchmark_result *b)
{
    return b->comparison_count > 0 && (!r->benchmark || strcmp(r->benchmark, b->name) == 0);
}

/* Returns the number of rows. A pair is shown once, though two families may hold it. */
static size_t show(const request *r, const ra_results *results, ra_json *rows)
{
    size_t shown = 0;
    for (size_t i = 0; i < results->benchmark_count; i++) {
        const ra_benchmark_result *b = &results->benchmarks[i];
        if (!is_wanted(r, b))
            continue;
        if (!r->json)
            print_heading(b);
        for (size_t k = 0; k < b->comparison_count; k++) {
            const ra_comparison *c = &b->comparisons[k];
            if (c->family == RA_AGAINST_HAND_RULE)
                continue;
            answer a = answer_for(r, b, c);
            if (r->json)
                ra_json_add(rows, row_json(b, c, a));
            else
                print_row(c, a);
            shown++;
        }
    }
    return shown;
}

static bool nothing(const request *r, const char *path, ra_error *err)
{
    if (r->benchmark)
        ra_failf(err, RA_ERR_INPUT, path, 0, "no comparisons on benchmark '%s'", r->benchmark);
    else
        ra_failf(err, RA_ERR_INPUT, path, 0, "no comparisons");
    return ra_hintf(err, "measure with replicates: 'routeassay measure --replicates 10000' makes "
                         "them");
}

static bool check(const request *r, ra_error *err)
{
    if (!(r->power > 0 && r->power < 1))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "--power: more than 0 and less than 1 expected, found %g", r->power);
    if (!(r->level > 0.5 && r->level < 1))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "--level: more than 0.5 and less than 1 expected, found %g", r->level);
    if (!(r->difference >= 0 && r->difference < 2))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "--difference: a difference of APGRs expected, found %g", r->difference);
    return true;
}

static bool run(const request *r, const char *path, ra_error *err)
{
    ra_results results;
    if (!check(r, err) || !ra_results_read(&results, path, err))
        return false;
    ra_json *rows = ra_json_new_array();
    bool ok = show(r, &results, rows) > 0 || nothing(r, path, err);
    if (ok && r->json)
        ra_json_show(rows, stdout);
    ra_json_free(rows);
    ra_results_release(&results);
    return ok;
}

bool ra_cmd_power(int argc, char **argv, ra_error *err)
{
    request r = {.power = RA_POWER, .level = 0.95};
    const ra_option options[] = {
        {"benchmark", RA_TEXT, &r.benchmark, "NAME", "only this one"},
        {"difference", RA_NUMBER, &r.difference, "X", "to find; 0 = the one that was seen"},
        {"power", RA_NUMBER, &r.power, "X", "probability of finding it"},
        {"level", RA_NUMBER, &r.level, "X", "of the test, 1 less its size"},
        {"json", RA_FLAG, &r.json, NULL, "as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_one_operand(&operands, &help, "results.json", err) && run(&r, operands.items[0], err);
}
