/* overhead.json ("routeassay.overhead/1"): what routers cost to run, measured on one machine.
 *
 *   {"schema","tool":{"version","commit"},
 *    "machine":{"cpu","flags","cores","memory_mib","governor","system","compiler","blas","load"},
 *    "method":{"level","half_width","time_limit_s","block_s","batch","seed","stopped","far_out_rule"},
 *    "benchmark","prompts","prompt_bytes":{"mean","p50","p90","p99"},
 *    "usd_per_hour",
 *    "strong":{"model","usd_per_million","tokens"} | null,     a million answers of the strong
 * model "embedding":{"model","usd_per_million"} | null,           of requests that buy their vector
 *    "harness":[{"threads","blocks":[BLOCK]}],
 *    "routers":[{"name","router","kind","threads","buys_vectors",
 *        "blocks":[BLOCK],"far_out_blocks",
 *        "single":{"mean_s","p50_s","p90_s","p99_s"},          one request at a time; each and all
 *        "batch":{"request_s","requests_per_s"},               below are {"value","lo","hi"}
 *        "load_s","first_s","cpu_s","peak_mib",
 *        "usd":{"single","batch","processor","total","share_of_strong"},"usd_embedding",
 *        "stored":{"from","prompts","calls","settings","untimed","unpriced","answers","mean_s",
 *                  "p50_s","p90_s","p99_s","usd_per_million"} | null}],
 *    "published":{"title","source","rows":[{"router","kind","requests_per_s","usd_per_hour",
 *        "usd_per_million","usd_embedding","machine"}]} | null}
 *
 *   BLOCK = {"clock_s","load_s","first_s","mean_s","p50_s","p90_s","p99_s","queries","far_out",
 *            "batch_s","batch_requests","user_s","system_s","peak_mib"}
 *
 * A block is one fresh process with one router on `threads` cores. It opens the router (load_s),
 * asks one prompt (first_s: with load_s, the cold start), asks one after the other for block_s
 * seconds (mean_s .. far_out, measure/timing.h), then batches of `batch` prompts for as long
 * (batch_s a request). user_s and system_s are processor time a request in batches. All are what
 * the clock said. Blocks of all routers and of the harness take turns.
 *
 * The harness is a router that costs nothing (always-weak), measured the same way. What is reported
 * is less what it took in the same block: seconds minus its median, its time in batches, its
 * memory. Figures are means over blocks with the interval of measure/timing.h; those of single
 * requests are wider by clock_s on both sides, the smallest step that the clock was seen to make.
 *
 *   usd = usd_per_hour / 3600 * seconds a request * 10^6         dollars per million requests
 *   processor = usd_per_hour / 3600 * cpu_s / machine.cores * 10^6     the same if every core were
 *                                                  kept busy: others on the machine do not count
 *   total = usd.batch + usd_embedding                            null when vectors are bought at an
 *   share_of_strong = total / strong.usd_per_million             unknown price
 *
 * A router that asks a server was not measured here: "stored" is what the answers in the call store
 * took and cost when they were recorded, wherever that was. It has no blocks, 0 threads, and of the
 * figures only those of single requests, usd.total and share_of_strong, each the value alone. A
 * request is all calls that a prompt took, one after the other; with a knob, of all settings the
 * mean. Where the router answers itself ("answers"), the answer is in it.
 *
 * Everything below "blocks" but "stored" follows from the rest: reading computes it anew. Times
 * differ from run to run, so nothing of this is in results.json.
 */
#ifndef RA_MEASURE_OVERHEAD_H
#define RA_MEASURE_OVERHEAD_H

#include "base/machine.h"
#include "measure/timing.h"

#define RA_OVERHEAD_SCHEMA "routeassay.overhead/1"
/* The figure is called this with "-overhead" behind. */
#define RA_OVERHEAD_FIGURE "routers"

typedef struct ra_overhead_block {
    double clock_s; /* smallest step of the clock */
    double load_s, first_s;
    ra_timing single;        /* seconds a request, one at a time */
    double batch_s;          /* seconds a request, in batches */
    size_t batch_requests;   /* how many were timed */
    double user_s, system_s; /* processor time a request, in batches */
    double peak_mib;
} ra_overhead_block;

/* What stored calls say; figures leave out the prompts of which they do not say it. */
typedef struct ra_overhead_stored {
    size_t prompts, calls;    /* asked, and made for all of them */
    size_t settings;          /* of the knob; 1 without */
    size_t untimed, unpriced; /* prompts */
    bool answers;             /* the router answers itself: that is in all figures */
    ra_timing request;        /* seconds; its count and far_out are not kept */
    double usd;               /* dollars per million requests; NaN = unknown */
} ra_overhead_stored;

#define RA_OVERHEAD_STORED "from stored calls, recorded elsewhere"

/* One router, or the harness, on so many cores. */
typedef struct ra_overhead_router {
    const char *name, *router, *kind;
    int threads;
    bool buys_vectors; /* its embedding comes from elsewhere, at a price */
    ra_overhead_block *blocks;
    size_t block_count, block_room;
    const ra_overhead_stored *stored; /* instead of blocks; NULL = measured here */
    /* derived */
    size_t far_out_blocks; /* by seconds a request, in batches or one at a time */
    ra_estimate mean_s, p50_s, p90_s, p99_s, batch_s, requests_per_s;
    ra_estimate load_s, first_s, cpu_s, peak_mib;
    ra_estimate single_usd, batch_usd, processor_usd, total_usd, share_of_strong;
    double embedding_usd; /* 0 = buys none; NaN = at an unknown price */
} ra_overhead_router;

/* A row of a published table; what it does not say is NaN or NULL. */
typedef struct ra_overhead_published {
    const char *router, *kind; /* "SW ranking"; the kind of ours that it is compared with */
    double requests_per_s, usd_per_hour, usd_per_million, embedding_usd;
    const char *machine;
} ra_overhead_published;

typedef struct ra_overhead {
    const char *tool_version, *tool_commit;
    ra_machine machine;
    double level, half_width, time_limit_s, block_s; /* half_width: of the value, when to stop */
    size_t batch;
    uint64_t seed;
    const char *stopped; /* why the last block was the last */
    const char *benchmark;
    size_t prompts;
    ra_timing prompt_bytes;
    double usd_per_hour;
    const char *strong_model, *strong_tokens; /* NULL = no price was asked for */
    double strong_usd;
    const char *embedding_model; /* NULL = no price */
    double embedding_usd;        /* dollars per million requests */
    ra_overhead_router *harness; /* for each number of threads */
    size_t harness_count;
    ra_overhead_router *routers;
    size_t router_count;
    const char *published_title, *published_source; /* NULL = nothing to compare with */
    ra_overhead_published *published;
    size_t published_count;
    ra_arena arena; /* owns all of the above but blocks */
} ra_overhead;

/* Appends a block. */
void ra_overhead_add(ra_overhead_router *router, const ra_overhead_block *block);
/* Computes what is derived. Every router that was measured here needs a harness of as many threads
 * and blocks. */
void ra_overhead_derive(ra_overhead *overhead);
/* The largest half width of the interval of a router's seconds a request, one at a time or in
 * batches, as a share of what the clock said; infinite with fewer than two blocks. */
double ra_overhead_half_width(const ra_overhead *overhead);
void ra_overhead_release(ra_overhead *overhead);

/* overhead.json. The caller frees it. */
ra_json *ra_overhead_json(const ra_overhead *overhead);
RA_MUST_CHECK bool ra_overhead_write(const ra_overhead *overhead, const char *path, ra_error *err);
RA_MUST_CHECK bool ra_overhead_read(ra_overhead *overhead, const char *path, ra_error *err);

/* A block alone. */
ra_json *ra_overhead_block_json(const ra_overhead_block *block);
RA_MUST_CHECK bool ra_overhead_block_read(const ra_json *object, ra_json_at at,
                                          ra_overhead_block *out, ra_error *err);

/* Reads a published table into overhead->published: the object "published" above, with the schema
 * "routeassay.overhead-table/1". */
RA_MUST_CHECK bool ra_overhead_read_published(ra_overhead *overhead, const char *path,
                                              ra_error *err);

/* The blocks in the format of hyperfine's --export-json: a result for each router, number of
 * threads and way of asking, whose times are seconds a request, a run each block. */
ra_json *ra_overhead_hyperfine(const ra_overhead *overhead);

#endif
