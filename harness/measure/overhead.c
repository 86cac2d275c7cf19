#include "measure/overhead.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ra_overhead_add(ra_overhead_router *router, const ra_overhead_block *block)
{
    ra_grow(&router->blocks, &router->block_room, router->block_count + 1, sizeof *block);
    router->blocks[router->block_count++] = *block;
}

void ra_overhead_release(ra_overhead *overhead)
{
    for (size_t i = 0; i < overhead->harness_count; i++)
        free(overhead->harness[i].blocks);
    for (size_t i = 0; i < overhead->router_count; i++)
        free(overhead->routers[i].blocks);
    ra_arena_release(&overhead->arena);
    *overhead = (ra_overhead){0};
}

/* --- deriving --- */

/* Figures of a block; what they are measured against is the same figure of the harness, but for
 * the tail of the requests asked one at a time, which the harness's median is taken off. */
static double mean_of(const ra_overhead_block *b)
{
    return b->single.mean;
}
static double p50_of(const ra_overhead_block *b)
{
    return b->single.p50;
}
static double p90_of(const ra_overhead_block *b)
{
    return b->single.p90;
}
static double p99_of(const ra_overhead_block *b)
{
    return b->single.p99;
}
static double batch_of(const ra_overhead_block *b)
{
    return b->batch_s;
}
static double load_of(const ra_overhead_block *b)
{
    return b->load_s;
}
static double first_of(const ra_overhead_block *b)
{
    return b->first_s;
}
static double cpu_of(const ra_overhead_block *b)
{
    return b->user_s + b->system_s;
}
static double peak_of(const ra_overhead_block *b)
{
    return b->peak_mib;
}

typedef double figure(const ra_overhead_block *block);

static const struct {
    size_t offset; /* of the estimate in a router */
    figure *of, *less;
    bool single; /* of requests timed one by one */
} figures[] = {
    {offsetof(ra_overhead_router, mean_s), mean_of, p50_of, true},
    {offsetof(ra_overhead_router, p50_s), p50_of, p50_of, true},
    {offsetof(ra_overhead_router, p90_s), p90_of, p50_of, true},
    {offsetof(ra_overhead_router, p99_s), p99_of, p50_of, true},
    {offsetof(ra_overhead_router, batch_s), batch_of, batch_of, false},
    {offsetof(ra_overhead_router, load_s), load_of, load_of, false},
    {offsetof(ra_overhead_router, first_s), first_of, first_of, true},
    {offsetof(ra_overhead_router, cpu_s), cpu_of, cpu_of, false},
    {offsetof(ra_overhead_router, peak_mib), peak_of, peak_of, false},
};

static const ra_overhead_router *harness_of(const ra_overhead *o, int threads)
{
    for (size_t i = 0; i < o->harness_count; i++)
        if (o->harness[i].threads == threads)
            return &o->harness[i];
    return NULL;
}

/* The figure over all blocks, less the harness's in the same block; harness NULL: as it is. */
static ra_estimate over_blocks(const ra_overhead_router *r, const ra_overhead_router *harness,
                               figure *of, figure *less, double level)
{
    double *values = ra_alloc(r->block_count, sizeof *values);
    for (size_t i = 0; i < r->block_count; i++)
        values[i] = of(&r->blocks[i]) - (harness ? less(&harness->blocks[i]) : 0);
    ra_estimate e = ra_timing_repeated(values, r->block_count, level);
    free(values);
    return e;
}

static size_t far_out(const ra_overhead_router *r, figure *of)
{
    double *values = ra_alloc(r->block_count, sizeof *values);
    for (size_t i = 0; i < r->block_count; i++)
        values[i] = of(&r->blocks[i]);
    size_t out = ra_far_out(values, r->block_count);
    free(values);
    return out;
}

static ra_estimate times(const ra_estimate *e, double factor)
{
    return (ra_estimate){e->value * factor, e->lo * factor, e->hi * factor};
}

/* What is no more than nothing has no inverse. */
static double inverse(double x)
{
    return x > 0 ? 1 / x : (double)NAN;
}

static void derive_usd(const ra_overhead *o, ra_overhead_router *r)
{
    double per_second = o->usd_per_hour / 3600 * 1e6;
    r->single_usd = times(&r->mean_s, per_second);
    r->batch_usd = times(&r->batch_s, per_second);
    r->processor_usd = times(&r->cpu_s, per_second / (o->machine.cores > 0 ? o->machine.cores : 1));
    r->embedding_usd = !r->buys_vectors ? 0 : o->embedding_model ? o->embedding_usd : (double)NAN;
    r->total_usd = r->batch_usd;
    r->total_usd.value += r->embedding_usd;
    r->total_usd.lo += r->embedding_usd;
    r->total_usd.hi += r->embedding_usd;
    r->share_of_strong = times(&r->total_usd, o->strong_model ? 1 / o->strong_usd : (double)NAN);
}

static double largest_step(const ra_overhead_router *r)
{
    double step = 0;
    for (size_t i = 0; i < r->block_count; i++)
        step = fmax(step, r->blocks[i].clock_s); /* fmax passes over NaN */
    return step;
}

static ra_estimate alone(double value)
{
    return (ra_estimate){value, NAN, NAN};
}

static void derive_stored(const ra_overhead *o, ra_overhead_router *r)
{
    const ra_overhead_stored *s = r->stored;
    r->mean_s = alone(s->request.mean);
    r->p50_s = alone(s->request.p50);
    r->p90_s = alone(s->request.p90);
    r->p99_s = alone(s->request.p99);
    r->batch_s = r->requests_per_s = r->load_s = r->first_s = r->cpu_s = r->peak_mib =
        r->single_usd = r->batch_usd = r->processor_usd = alone(NAN);
    r->total_usd = alone(s->usd);
    r->share_of_strong = alone(o->strong_model ? s->usd / o->strong_usd : (double)NAN);
}

static void derive(const ra_overhead *o, ra_overhead_router *r)
{
    const ra_overhead_router *harness = harness_of(o, r->threads);
    double step = largest_step(r);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        ra_estimate e = over_blocks(r, harness, figures[i].of, figures[i].less, o->level);
        e.lo -= figures[i].single ? step : 0;
        e.hi += figures[i].single ? step : 0;
        *(ra_estimate *)(void *)((char *)r + figures[i].offset) = e;
    }
    r->requests_per_s =
        (ra_estimate){inverse(r->batch_s.value), inverse(r->batch_s.hi), inverse(r->batch_s.lo)};
    size_t single = far_out(r, p50_of), batch = far_out(r, batch_of);
    r->far_out_blocks = single > batch ? single : batch;
    derive_usd(o, r);
}

void ra_overhead_derive(ra_overhead *overhead)
{
    for (size_t i = 0; i < overhead->router_count; i++)
        (overhead->routers[i].stored ? derive_stored : derive)(overhead, &overhead->routers[i]);
}

static double relative_half_width(const ra_overhead *o, const ra_overhead_router *r, figure *of)
{
    ra_estimate net = over_blocks(r, harness_of(o, r->threads), of, of, o->level);
    ra_estimate raw = over_blocks(r, NULL, of, NULL, o->level);
    double half = (net.hi - net.lo) / 2 / raw.value;
    return isfinite(half) ? half : (double)INFINITY;
}

double ra_overhead_half_width(const ra_overhead *overhead)
{
    double widest = 0;
    for (size_t i = 0; i < overhead->router_count; i++) {
        const ra_overhead_router *r = &overhead->routers[i];
        if (r->stored)
            continue;
        widest = fmax(widest, relative_half_width(overhead, r, p50_of));
        widest = fmax(widest, relative_half_width(overhead, r, batch_of));
    }
    return widest;
}
