#include "study/overhead.h"

#include "base/parallel.h"
#include "base/progress.h"
#include "base/rng.h"
#include "ra_config.h"
#include "routers/folds.h"
#include "study/probe.h"
#include "study/stored_calls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS_LEAST = 3,  /* whatever the time limit is */
    BLOCKS_ENOUGH = 5, /* fewer may agree by accident */
    BLOCKS_MOST = 1000,
};

/* --- what is asked for --- */

static bool check_numbers(const ra_overhead_request *r, ra_error *err)
{
    const char *wrong = NULL;
    if (r->prompts == 0 || r->batch == 0)
        wrong = "--prompts and --batch: at least 1 expected";
    else if (!(r->block_s > 0) || !(r->time_limit_s >= 0))
        wrong = "--block-time: more than 0 seconds expected, and --time-limit: not less than 0";
    else if (!(r->half_width >= 0) || !(r->level > 0 && r->level < 1))
        wrong = "--half-width: not less than 0 expected, and --level: between 0 and 1";
    else if (!(r->usd_per_hour > 0))
        wrong = "--usd-per-hour: more than 0 expected";
    return !wrong || ra_fail(err, RA_ERR_USAGE, NULL, 0, wrong, NULL);
}

static bool asks_server(const ra_contender *c)
{
    return ra_contender_flags(c) & RA_ROUTER_CALLS;
}

static bool check_contender(const ra_contender *c, ra_error *err)
{
    unsigned flags = ra_contender_flags(c);
    if (asks_server(c) || !(flags & RA_OVERHEAD_NONE))
        return true;
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "router '%s' %s", c->name,
             flags & RA_ROUTER_REPLAYS   ? "replays scores: it costs nothing to run"
             : flags & RA_ROUTER_CHOOSES ? "runs elsewhere: only its choices come here"
                                         : "knows the grades: it cannot serve");
    return ra_hintf(err, "measure the router that made the scores, as exec:COMMAND or plugin:FILE");
}

static bool check_threads(const ra_overhead_request *r, ra_error *err)
{
    uint64_t cores = (uint64_t)ra_parallel_cores();
    for (size_t i = 0; i < r->thread_count; i++) {
        if (r->threads[i] < 1 || r->threads[i] > cores)
            return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                            "--threads: 1 to %llu expected, the cores that there are",
                            (unsigned long long)cores);
        for (size_t k = 0; k < i; k++)
            if (r->threads[k] == r->threads[i])
                return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--threads: a number given twice", NULL);
    }
    return true;
}

/* --- prompts --- */

typedef struct candidate {
    const ra_item *item;
    uint64_t order;
} candidate;

static int by_order(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->item->id, y->item->id);
}

/* Kept items in random order: the first are a sample with the benchmark's mix of lengths. */
static ra_prompt *draw_prompts(ra_arena *arena, const ra_set *set, const ra_overhead_request *r,
                               size_t *count)
{
    candidate *all = ra_arena_alloc(arena, set->item_count, sizeof *all);
    uint64_t stream = ra_rng_stream("overhead", 0);
    size_t n = 0;
    for (size_t i = 0; i < set->item_count; i++)
        if (!set->items[i].excluded) {
            const ra_item *item = &set->items[i];
            all[n++] = (candidate){item, ra_rng_bits(r->seed, stream, ra_rng_stream(item->id, 0))};
        }
    if (n > 0)
        qsort(all, n, sizeof *all, by_order);
    *count = n < r->prompts ? n : (size_t)r->prompts;
    ra_prompt *prompts = ra_arena_alloc(arena, *count, sizeof *prompts);
    for (size_t i = 0; i < *count; i++)
        prompts[i] = (ra_prompt){all[i].item->id, all[i].item->turns[0], NAN, NAN};
    return prompts;
}

static void describe_lengths(const ra_prompt *prompts, size_t count, ra_timing *out)
{
    double *bytes = ra_alloc(count, sizeof *bytes);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (double)strlen(prompts[i].text);
    ra_timing_summarize(bytes, count, out);
    free(bytes);
}

/* --- money --- */

static bool find_embedding(const ra_overhead_request *r, const ra_prices *prices, ra_overhead *out,
                           ra_error *err)
{
    const ra_price *found = NULL;
    for (size_t i = 0; i < prices->embedding_count; i++)
        if (!r->embedding || strcmp(prices->embeddings[i].model, r->embedding) == 0)
            found = &prices->embeddings[i];
    if (!found && r->embedding)
        return ra_failf(err, RA_ERR_INPUT, prices->path, 0, "no price for the embedding model '%s'",
                        r->embedding);
    if (!found || (prices->embedding_count > 1 && !r->embedding))
        return true;
    out->embedding_model = ra_arena_strdup(&out->arena, found->model);
    out->embedding_usd = prices->assumed_input * found->input;
    return true;
}

static bool add_prices(const ra_overhead_request *r, ra_overhead *out, ra_error *err)
{
    ra_prices prices;
    ra_assay assay;
    if (!r->prices)
        return true;
    if (!ra_prices_read(&prices, r->prices, NULL, err))
        return false;
    bool ok =
        find_embedding(r, &prices, out, err) && ra_assay_open(&assay, &r->assay, &prices, err);
    if (ok) {
        out->strong_model = ra_arena_strdup(&out->arena, assay.strong_model);
        out->strong_usd = assay.money.strong_usd;
        out->strong_tokens = ra_arena_strdup(&out->arena, assay.money.tokens);
        ra_assay_close(&assay);
    }
    ra_prices_release(&prices);
    return ok;
}

/* --- routers --- */

/* By itself, or as a part of a concat:A+B. */
static bool is_npy(const char *embedder)
{
    return ra_has_prefix(embedder, "npy:") || ra_has_prefix(embedder, "concat:npy:") ||
           (ra_has_prefix(embedder, "concat:") && strstr(embedder, "+npy:"));
}

/* Does the model read vectors that were computed elsewhere? */
static bool buys_vectors(const ra_contender *c, const char *spec, bool *out, ra_error *err)
{
    const char *colon = strchr(spec, ':'), *embedder = NULL;
    const ra_router_kind *kind =
        ra_router_find(spec, colon ? (size_t)(colon - spec) : strlen(spec), err);
    *out = false;
    if (!kind || !kind->train || !colon)
        return kind != NULL;
    ra_json *about;
    size_t seen;
    if (!ra_trained_inspect(colon + 1, NULL, 0, &about, &seen, err))
        return false;
    ra_json_at at = {colon + 1, 0};
    bool ok = (!about || ra_json_maybe_string(about, "embedder", at, &embedder, err)) &&
              (!c->config || ra_json_maybe_string(c->config, "embedder", at, &embedder, err));
    *out = ok && embedder && is_npy(embedder);
    ra_json_free(about);
    return ok;
}

typedef struct job {
    ra_probe probe;
    ra_overhead_router *to;
} job;

typedef struct session {
    const ra_overhead_request *request;
    ra_overhead *out;
    ra_prompt *prompts;
    size_t prompt_count;
    job *jobs; /* the harness and every router, each on each number of threads */
    size_t job_count;
    ra_arena arena;
} session;

static void add_job(session *s, ra_overhead_router *to, const char *spec, const ra_json *config)
{
    const ra_overhead_request *r = s->request;
    s->jobs[s->job_count++] = (job){{.router = spec,
                                     .config = config,
                                     .seed = r->seed,
                                     .threads = to->threads,
                                     .block_s = r->block_s,
                                     .batch = s->out->batch,
                                     .prompts = s->prompts,
                                     .count = s->prompt_count},
                                    to};
}

static bool add_router(session *s, const ra_contender *c, const int *threads, size_t thread_count,
                       ra_error *err)
{
    ra_arena *arena = &s->out->arena;
    const char *spec = ra_contender_spec(&s->arena, c, s->request->assay.benchmark);
    bool buys;
    if (!buys_vectors(c, spec, &buys, err))
        return false;
    for (size_t t = 0; t < thread_count; t++) {
        ra_overhead_router *to = &s->out->routers[s->out->router_count++];
        *to = (ra_overhead_router){.name = ra_arena_strdup(arena, c->name),
                                   .router = ra_arena_strdup(arena, c->router),
                                   .kind = ra_arena_strndup(arena, spec, strcspn(spec, ":")),
                                   .threads = threads[t],
                                   .buys_vectors = buys};
        add_job(s, to, spec, c->config);
    }
    return true;
}

static bool add_stored(session *s, const ra_contender *c, ra_error *err)
{
    ra_arena *arena = &s->out->arena;
    const ra_assay_request *assay = &s->request->assay;
    const char *spec = ra_contender_spec(&s->arena, c, assay->benchmark);
    ra_overhead_stored *stored = ra_arena_alloc(arena, 1, sizeof *stored);
    s->out->routers[s->out->router_count++] =
        (ra_overhead_router){.name = ra_arena_strdup(arena, c->name),
                             .router = ra_arena_strdup(arena, c->router),
                             .kind = ra_arena_strndup(arena, spec, strcspn(spec, ":")),
                             .stored = stored};
    return ra_stored_calls_read(c, spec, assay, s->prompts, s->prompt_count, stored, err);
}

static void add_harness(session *s, const int *threads, size_t thread_count)
{
    for (size_t i = 0; i < thread_count; i++) {
        ra_overhead_router *harness = &s->out->harness[s->out->harness_count++];
        harness->threads = threads[i];
        add_job(s, harness, "always-weak", NULL);
    }
}

static bool add_routers(session *s, ra_error *err)
{
    const ra_overhead_request *r = s->request;
    ra_overhead *out = s->out;
    const int cores = ra_parallel_cores();
    size_t n = r->thread_count > 0 ? r->thread_count : cores > 1 ? 2 : 1;
    int *threads = ra_arena_alloc(&s->arena, n, sizeof *threads);
    for (size_t i = 0; i < n; i++)
        threads[i] = r->thread_count > 0 ? (int)r->threads[i] : i == 0 ? 1 : cores;
    out->harness = ra_arena_alloc(&out->arena, n, sizeof *out->harness);
    out->routers = ra_arena_alloc(&out->arena, n * r->count, sizeof *out->routers);
    s->jobs = ra_arena_alloc(&s->arena, n * (r->count + 1), sizeof *s->jobs);
    for (size_t i = 0; i < r->count; i++) {
        const ra_contender *c = &r->contenders[i];
        if (!check_contender(c, err))
            return false;
        if (!asks_server(c) && out->harness_count == 0)
            add_harness(s, threads, n);
        if (!(asks_server(c) ? add_stored(s, c, err) : add_router(s, c, threads, n, err)))
            return false;
    }
    return true;
}

/* --- blocks --- */

static bool run_block(session *s, size_t block, ra_error *err)
{
    for (size_t i = 0; i < s->job_count; i++) {
        job *j = &s->jobs[(block + i) % s->job_count];
        ra_overhead_block measured;
        j->probe.first = block * 37;
        if (!ra_probe_run(&j->probe, &measured, err))
            return false;
        ra_overhead_add(j->to, &measured);
    }
    return true;
}

static bool run_blocks(session *s, ra_error *err)
{
    const ra_overhead_request *r = s->request;
    ra_progress progress;
    double start = ra_now_s();
    ra_progress_start(&progress, "overhead", "blocks", 0);
    bool ok = true;
    if (s->job_count == 0)
        s->out->stopped = "nothing was measured here";
    for (size_t block = 0; ok && !s->out->stopped; block++) {
        ra_progress_update(&progress, block);
        ok = run_block(s, block, err);
        if (!ok || block + 1 < BLOCKS_LEAST)
            continue;
        if (block + 1 >= BLOCKS_ENOUGH && ra_overhead_half_width(s->out) <= r->half_width)
            s->out->stopped = "every interval is narrow enough";
        else if (ra_now_s() - start >= r->time_limit_s)
            s->out->stopped = "the time limit is reached";
        else if (block + 1 == BLOCKS_MOST)
            s->out->stopped = "there are as many blocks as there may be";
    }
    ra_progress_end(&progress);
    return ok;
}

static bool measure(session *s, const ra_set *set, ra_error *err)
{
    const ra_overhead_request *r = s->request;
    ra_overhead *out = s->out;
    s->prompts = draw_prompts(&s->arena, set, r, &s->prompt_count);
    if (s->prompt_count == 0)
        return ra_fail(err, RA_ERR_INPUT, set->path, 0, "no items that are kept", NULL);
    out->prompts = s->prompt_count;
    out->batch = r->batch < s->prompt_count ? (size_t)r->batch : s->prompt_count;
    describe_lengths(s->prompts, s->prompt_count, &out->prompt_bytes);
    ra_machine_describe(&out->arena, &out->machine);
    if (!add_routers(s, err) || !run_blocks(s, err))
        return false;
    ra_overhead_derive(out);
    return true;
}

static bool open_and_measure(session *s, ra_error *err)
{
    const ra_overhead_request *r = s->request;
    const char *folder;
    ra_set set;
    if (!check_numbers(r, err) || !check_threads(r, err) || !add_prices(r, s->out, err) ||
        (r->published && !ra_overhead_read_published(s->out, r->published, err)) ||
        !ra_set_find(&s->arena, r->assay.recordings, r->assay.benchmark, &folder, err) ||
        !ra_set_open(&set, folder, err))
        return false;
    bool ok = measure(s, &set, err);
    ra_set_release(&set);
    return ok;
}

bool ra_overhead_measure(const ra_overhead_request *request, ra_overhead *out, ra_error *err)
{
    *out = (ra_overhead){.tool_version = RA_VERSION,
                         .tool_commit = RA_COMMIT,
                         .level = request->level,
                         .half_width = request->half_width,
                         .time_limit_s = request->time_limit_s,
                         .block_s = request->block_s,
                         .seed = request->seed,
                         .usd_per_hour = request->usd_per_hour};
    out->benchmark = ra_arena_strdup(&out->arena, request->assay.benchmark);
    session s = {.request = request, .out = out};
    bool ok = open_and_measure(&s, err);
    ra_arena_release(&s.arena);
    if (!ok)
        ra_overhead_release(out);
    return ok;
}
