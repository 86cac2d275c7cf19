/* routeassay overhead: what routers cost to run. */
#include "study/overhead.h"
#include "base/installed.h"
#include "cli/assay_options.h"
#include "cli/commands.h"
#include "reports/report.h"
#include "study/probe.h"

#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "overhead", "",
    "Measures each router as it would serve, on prompts of a benchmark: one request at a time "
    "(p50,\n"
    "p90, p99), cold start, throughput in batches, on 1 and on all cores, processor time and "
    "memory;\n"
    "less the cost of a router that does nothing. Of a router that asks a server, latency and "
    "price "
    "are\n"
    "those of the stored calls (ROUTEASSAY_CALLS). Every block is a fresh process, and routers "
    "take\n"
    "turns, until the intervals are narrow or the time is up. Dollars follow from the price of an\n"
    "hour. Writes overhead.json (harness/measure/overhead.h describes it); 'routeassay report'\n"
    "shows the tables when it lies beside results.json.",
    "routeassay overhead --routers length,knn:models/knn --recordings golden/recordings \\\n"
    "      --benchmark gsm8k --prices golden/prices-example.json --out out/overhead.json"};

typedef struct options {
    ra_overhead_request request;
    ra_list router, routers, threads;
    const char *out, *hyperfine;
    bool json;
} options;

static bool read_threads(const ra_list *list, ra_arena *arena, ra_overhead_request *r,
                         ra_error *err)
{
    uint64_t *threads = ra_arena_alloc(arena, list->count, sizeof *threads);
    for (size_t i = 0; i < list->count; i++)
        if (!ra_parse_count(list->items[i], 1 << 20, &threads[i]))
            return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                            "--threads: numbers of cores expected, found '%s'", list->items[i]);
    r->threads = threads;
    r->thread_count = list->count;
    return true;
}

/* Both options, in one list. */
static bool read_routers(const options *o, ra_arena *arena, ra_overhead_request *r, ra_error *err)
{
    ra_assay_options all = {.request = r->assay};
    ra_contender *contenders;
    size_t n = o->router.count + o->routers.count;
    if (n == 0)
        return ra_option_needed(NULL, "router", err);
    all.routers.items = ra_arena_alloc(arena, n, sizeof *all.routers.items);
    for (size_t i = 0; i < o->routers.count; i++)
        all.routers.items[all.routers.count++] = o->routers.items[i];
    for (size_t i = 0; i < o->router.count; i++)
        all.routers.items[all.routers.count++] = o->router.items[i];
    if (!ra_assay_options_check(&all, arena, &contenders, err))
        return false;
    r->contenders = contenders;
    r->count = n;
    return true;
}

static bool write_files(const options *o, const ra_overhead *overhead, ra_error *err)
{
    if (o->out && !ra_overhead_write(overhead, o->out, err))
        return false;
    if (!o->hyperfine)
        return true;
    ra_json *doc = ra_overhead_hyperfine(overhead);
    bool ok = ra_json_write(o->hyperfine, doc, err);
    ra_json_free(doc);
    return ok;
}

static void show(const options *o, const ra_overhead *overhead)
{
    if (!o->json) {
        ra_report_print_overhead(overhead, stdout);
        return;
    }
    ra_json *doc = ra_overhead_json(overhead);
    ra_json_show(doc, stdout);
    ra_json_free(doc);
}

static bool run(options *o, ra_error *err)
{
    ra_arena arena = {0};
    ra_overhead overhead;
    const char *published = ra_installed_file(&arena, "golden/overhead/routellm.json");
    if (!o->request.published && ra_file_exists(published))
        o->request.published = published;
    bool ok = read_threads(&o->threads, &arena, &o->request, err) &&
              read_routers(o, &arena, &o->request, err) &&
              ra_overhead_measure(&o->request, &overhead, err);
    if (ok) {
        ok = write_files(o, &overhead, err);
        if (ok)
            show(o, &overhead);
        ra_overhead_release(&overhead);
    }
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_overhead(int argc, char **argv, ra_error *err)
{
    options o = {.request = RA_OVERHEAD_DEFAULT};
    ra_overhead_request *r = &o.request;
    if (argc == 2 && strcmp(argv[1], "--probe") == 0) /* study/probe.h */
        return ra_probe_serve(err);
    const ra_option table[] = {
        {"recordings", RA_TEXT, &r->assay.recordings, "DIR",
         "a recording set, or a folder of them"},
        {"benchmark", RA_TEXT, &r->assay.benchmark, "NAME", "whose prompts are asked"},
        {"router", RA_TEXTS, &o.router, "[NAME=]KIND[:ARG]", "a router"},
        {"routers", RA_NAMES, &o.routers, "[NAME=]KIND[:ARG],...", "several, in one option"},
        {"threads", RA_NAMES, &o.threads, "N,...",
         "cores a router may use; 1 and all unless given"},
        {"prompts", RA_COUNT, &r->prompts, "N", "prompts, drawn from the kept items"},
        {"batch", RA_COUNT, &r->batch, "N", "prompts of a batch"},
        {"block-time", RA_NUMBER, &r->block_s, "S",
         "seconds of asking one at a time, and of batches, in a block"},
        {"time-limit", RA_NUMBER, &r->time_limit_s, "S", "no block begins after so many seconds"},
        {"half-width", RA_NUMBER, &r->half_width, "X", "of the widest interval, relative: enough"},
        {"level", RA_NUMBER, &r->level, "X", "of the intervals"},
        {"usd-per-hour", RA_NUMBER, &r->usd_per_hour, "USD", "price of the machine"},
        {"prices", RA_TEXT, &r->prices, "FILE", "prices of the strong model and of embeddings"},
        {"embedding", RA_TEXT, &r->embedding, "MODEL", "embedding model that is paid for"},
        {"strong", RA_TEXT, &r->assay.strong, "MODEL", "the strong model"},
        {"weak", RA_TEXT, &r->assay.weak, "MODEL", "the weak model"},
        {"published", RA_TEXT, &r->published, "FILE",
         "table to compare with; golden/overhead/routellm.json unless given"},
        {"seed", RA_COUNT, &r->seed, "N", "of the draw of prompts, and of random routers"},
        {"out", RA_TEXT, &o.out, "FILE", "writes overhead.json"},
        {"export-hyperfine", RA_TEXT, &o.hyperfine, "FILE", "writes hyperfine's format"},
        {"json", RA_FLAG, &o.json, NULL, "results as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, table, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_no_operands(&operands, err) &&
           ra_option_needed(r->assay.benchmark, "benchmark", err) && run(&o, err);
}
