/* routeassay cost: what routing costs and saves, from results.json alone. */
#include "measure/cost.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "data/csv.h"
#include "measure/overhead.h"
#include "measure/reprice.h"
#include "reports/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "cost", "RESULTS.json",
    "What a million requests cost and save at the prices of any day, without measuring again:\n"
    "everything billed, the cheapest point that keeps 90, 95 and 99 % of the strong model's "
    "score,\n"
    "where the saving vanishes, and what it hangs on. Tokens are the recorded ones where there "
    "are\n"
    "any, else estimated as the prices file says. --out keeps the priced results for report, "
    "plot,\n"
    "explain and verify.",
    "routeassay cost out/results.json --prices golden/prices.json --as-of 2024-06-26 \\\n"
    "      --router-usd-per-million 3.32 --fixed-usd-per-month 500 --traffic 2000000"};

typedef struct request {
    const char *prices, *as_of, *benchmark, *embedding, *judge, *judge_tokens, *out, *curve;
    const char *overhead;
    ra_list router_usd;
    double judge_share, fixed, traffic;
    uint64_t threads;
    bool json;
    ra_billing billing;
} request;

static bool bad_charge(const char *text, ra_error *err)
{
    return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                    "--router-usd-per-million: dollars of 0 or more, or ROUTER=DOLLARS, expected, "
                    "found '%s'",
                    text);
}

static bool parse_charges(request *r, ra_arena *arena, ra_error *err)
{
    ra_router_usd *all = ra_arena_alloc(arena, r->router_usd.count, sizeof *all);
    for (size_t i = 0; i < r->router_usd.count; i++) {
        const char *text = r->router_usd.items[i], *equals = strrchr(text, '=');
        if (equals)
            all[i].router = ra_arena_strndup(arena, text, (size_t)(equals - text));
        if (!ra_parse_number(equals ? equals + 1 : text, &all[i].usd) || all[i].usd < 0)
            return bad_charge(text, err);
    }
    r->billing.routers = all;
    r->billing.router_count = r->router_usd.count;
    return true;
}

static bool parse_judge(request *r, ra_arena *arena, ra_error *err)
{
    ra_billing *b = &r->billing;
    b->judge = r->judge;
    b->judge_share = r->judge_share;
    if (!r->judge)
        return true;
    const char *comma = r->judge_tokens ? strchr(r->judge_tokens, ',') : NULL;
    if (!comma ||
        !ra_parse_number(
            ra_arena_strndup(arena, r->judge_tokens, (size_t)(comma - r->judge_tokens)),
            &b->judge_in) ||
        !ra_parse_number(comma + 1, &b->judge_out) || b->judge_in < 0 || b->judge_out < 0)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "--judge-tokens: tokens in and out, like 900,250, expected, found '%s'",
                        r->judge_tokens ? r->judge_tokens : "nothing");
    if (!(b->judge_share >= 0 && b->judge_share <= 1))
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--judge-share: 0 to 1 expected, found %g",
                        b->judge_share);
    return true;
}

static bool check(request *r, ra_arena *arena, ra_error *err)
{
    ra_billing *b = &r->billing;
    if (r->fixed < 0 || r->traffic < 0)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s: 0 or more expected, found %g",
                        r->fixed < 0 ? "fixed-usd-per-month" : "traffic",
                        r->fixed < 0 ? r->fixed : r->traffic);
    if (r->fixed > 0 && !(r->traffic > 0))
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--fixed-usd-per-month needs --traffic",
                       "how many requests a month share these costs?");
    b->embedding = r->embedding;
    b->fixed = r->fixed;
    b->traffic = r->traffic > 0 ? r->traffic : (double)NAN;
    return ra_option_needed(r->prices, "prices", err) && parse_charges(r, arena, err) &&
           parse_judge(r, arena, err);
}

/* Leaves one benchmark. */
static bool choose(ra_results *results, const char *name, ra_error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < results->benchmark_count; i++)
        if (!name || strcmp(results->benchmarks[i].name, name) == 0)
            results->benchmarks[kept++] = results->benchmarks[i];
    results->benchmark_count = kept;
    return kept > 0 || ra_failf(err, RA_ERR_INPUT, NULL, 0, "no benchmark '%s' in the results",
                                name ? name : "");
}

static bool has_router(const ra_results *results, const char *name)
{
    for (size_t i = 0; i < results->benchmark_count; i++)
        for (size_t k = 0; k < results->benchmarks[i].router_count; k++)
            if (strcmp(results->benchmarks[i].routers[k].name, name) == 0)
                return true;
    return false;
}

/* What was measured of the results' routers, in batches on the most cores. What the command line
 * says comes behind it and so counts more. */
static bool charge_overhead(request *r, const ra_results *results, ra_arena *arena, ra_error *err)
{
    ra_overhead overhead;
    if (!r->overhead)
        return true;
    if (!ra_overhead_read(&overhead, r->overhead, err))
        return false;
    size_t said = r->billing.router_count, n = 0;
    ra_router_usd *all = ra_arena_alloc(arena, said + overhead.router_count, sizeof *all);
    for (int threads = 0; threads <= overhead.machine.cores; threads++)
        for (size_t i = 0; i < overhead.router_count; i++) {
            const ra_overhead_router *from = &overhead.routers[i];
            double usd = from->stored ? from->stored->usd : fmax(from->batch_usd.value, 0);
            if (from->threads == threads && has_router(results, from->name) && !isnan(usd) &&
                !(from->stored && from->stored->answers)) /* whose price holds the answers' */
                all[n++] = (ra_router_usd){ra_arena_strdup(arena, from->name), usd};
        }
    for (size_t i = 0; i < said; i++)
        all[n++] = r->billing.routers[i];
    r->billing.routers = all;
    r->billing.router_count = n;
    ra_overhead_release(&overhead);
    return true;
}

/* --- the whole curve as a table for other programs --- */

static void put_point(ra_buf *out, const ra_cost_point *p, double others, double all_strong)
{
    double usd = p->strong_usd + p->weak_usd + others;
    const double values[] = {p->calls, p->score, p->strong_usd, p->weak_usd, usd, all_strong - usd};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        ra_buf_putc(out, ',');
        ra_buf_number(out, values[i]);
    }
    ra_buf_putc(out, '\n');
}

static void put_curve(ra_buf *out, const ra_benchmark_result *b, const ra_router_result *r)
{
    ra_cost_point *points = ra_alloc(b->kept.usage.count + 1, sizeof *points);
    size_t count = ra_cost_trace(b, r, points);
    const ra_cost_parts *parts = &r->cost->target[0].parts;
    double others = parts->router + parts->embedding + parts->judge + parts->fixed;
    for (size_t i = 0; i < count; i++) {
        ra_csv_quote(out, b->name);
        ra_buf_putc(out, ',');
        ra_csv_quote(out, b->grader);
        ra_buf_putc(out, ',');
        ra_csv_quote(out, r->name);
        put_point(out, &points[i], others, b->money.strong_usd);
    }
    free(points);
}

static bool write_curves(const ra_results *results, const char *path, ra_error *err)
{
    ra_buf out = {0};
    ra_buf_puts(&out, "benchmark,grader,router,strong_calls,score,strong_usd,weak_usd,usd,"
                      "saved_usd\n");
    for (size_t i = 0; i < results->benchmark_count; i++)
        for (size_t k = 0; k < results->benchmarks[i].router_count; k++)
            if (results->benchmarks[i].routers[k].cost)
                put_curve(&out, &results->benchmarks[i], &results->benchmarks[i].routers[k]);
    bool ok = ra_file_write(path, out.text, out.length, err);
    ra_buf_release(&out);
    return ok;
}

static bool show(const request *r, const ra_results *results, ra_error *err)
{
    if ((r->out && !ra_results_write(results, r->out, err)) ||
        (r->curve && !write_curves(results, r->curve, err)))
        return false;
    if (r->json) {
        ra_json *doc = ra_results_json(results);
        ra_json_show(doc, stdout);
        ra_json_free(doc);
    } else {
        ra_report_print_costs(results, stdout);
    }
    return true;
}

static bool run(request *r, const char *path, ra_error *err)
{
    ra_results results;
    ra_prices prices;
    ra_arena arena = {0};
    bool ok = check(r, &arena, err) && ra_prices_read(&prices, r->prices, r->as_of, err);
    if (ok) {
        ok = ra_results_read(&results, path, err);
        if (ok) {
            ok = choose(&results, r->benchmark, err) && charge_overhead(r, &results, &arena, err) &&
                 ra_reprice(&results, &prices, &r->billing, (int)r->threads, err) &&
                 show(r, &results, err);
            ra_results_release(&results);
        }
        ra_prices_release(&prices);
    }
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_cost(int argc, char **argv, ra_error *err)
{
    request r = {.judge_share = 1};
    const ra_option options[] = {
        {"prices", RA_TEXT, &r.prices, "FILE", "prices of the models"},
        {"as-of", RA_TEXT, &r.as_of, "DATE", "prices of that day; unless given, the file's"},
        {"benchmark", RA_TEXT, &r.benchmark, "NAME", "only this one"},
        {"router-usd-per-million", RA_TEXTS, &r.router_usd, "[ROUTER=]X",
         "what a million requests cost at the router"},
        {"overhead", RA_TEXT, &r.overhead, "FILE",
         "overhead.json: what its routers cost in batches, on the most cores"},
        {"embedding", RA_TEXT, &r.embedding, "MODEL", "of the prices: embeds every request"},
        {"judge", RA_TEXT, &r.judge, "MODEL", "of the prices: judges answers"},
        {"judge-tokens", RA_TEXT, &r.judge_tokens, "IN,OUT", "of one judgment"},
        {"judge-share", RA_NUMBER, &r.judge_share, "X", "of the requests that are judged"},
        {"fixed-usd-per-month", RA_NUMBER, &r.fixed, "X", "paid however many requests there are"},
        {"traffic", RA_NUMBER, &r.traffic, "N", "requests per month"},
        {"curve", RA_TEXT, &r.curve, "FILE", "write every point of the curves here, as CSV"},
        {"out", RA_TEXT, &r.out, "FILE", "write the priced results.json here"},
        {"threads", RA_COUNT, &r.threads, "N",
         "threads, 0 = all cores; results do not depend on it"},
        {"json", RA_FLAG, &r.json, NULL, "the priced results.json on stdout"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_one_operand(&operands, &help, "results.json", err) && run(&r, operands.items[0], err);
}
