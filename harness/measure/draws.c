#include "measure/draws.h"

#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SUMMED = 1024 }; /* rows of at most 31 copies, whose sum fits 16 bits */

/* --- Poisson tables --- */

/* exp(-x) for x in [0,1]: by its series, as a library's last bit differs between machines. */
static double exp_minus(double x)
{
    double term = 1, sum = 1;
    for (int k = 1; k < 24; k++) {
        term *= -x / k;
        sum += term;
    }
    return sum;
}

/* Splits each probability into whole 65536ths, which the limits decide, and the rest. */
static void make_table(ra_stratum *s)
{
    double mean = 1 - 1 / sqrt((double)s->count), rest[RA_DRAWS_TAIL], all = 0;
    mean = mean > 0 ? mean : 0;
    double p = exp_minus(mean);
    int whole = 0;
    for (int k = 0; k < RA_DRAWS_TAIL; k++) {
        int here = k < RA_LANE_LIMITS ? (int)floor(p * 65536) : 0;
        here = here < 65535 - whole ? here : 65535 - whole;
        whole += here;
        if (k < RA_LANE_LIMITS)
            s->limits[k] = (int16_t)(whole - 1 - 0x8000);
        rest[k] = p * 65536 - here;
        all += rest[k];
        p *= mean / (k + 1);
    }
    double sum = 0;
    for (int k = 0; k < RA_DRAWS_TAIL; k++) {
        sum += rest[k];
        s->beyond[k] = sum / all;
    }
}

void ra_draws_init(ra_draws *draws, ra_arena *arena, size_t items, const size_t *stratum_of,
                   size_t strata, uint64_t seed)
{
    size_t count = stratum_of ? strata : 1, used = 0;
    *draws = (ra_draws){.items = items, .seed = seed};
    draws->row_item = ra_arena_alloc(arena, items, sizeof *draws->row_item);
    draws->item_row = ra_arena_alloc(arena, items, sizeof *draws->item_row);
    draws->strata = ra_arena_alloc(arena, count, sizeof *draws->strata);
    for (size_t h = 0; h < count; h++) {
        ra_stratum *s = &draws->strata[draws->stratum_count];
        s->begin = used;
        for (size_t i = 0; i < items; i++)
            if (!stratum_of || stratum_of[i] == h) {
                draws->item_row[i] = used;
                draws->row_item[used++] = i;
            }
        s->count = used - s->begin;
        if (s->count == 0)
            continue;
        make_table(s);
        draws->stratum_count++;
    }
}

/* --- single numbers of one replicate: for what the table leaves over --- */

/* xoshiro128++ again, one generator for each replicate. */
typedef struct source {
    uint32_t s[4];
} source;

static uint32_t turn(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t next(source *g)
{
    uint32_t *s = g->s, out = turn(s[0] + s[3], 7) + s[0], t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = turn(s[3], 11);
    return out;
}

/* The state for a stream, never all zeros. */
static void seed_state(uint64_t seed, uint64_t stream, uint32_t s[4])
{
    uint64_t a = ra_rng_bits(seed, stream, 0), b = ra_rng_bits(seed, stream, 1);
    s[0] = (uint32_t)a;
    s[1] = (uint32_t)(a >> 32);
    s[2] = (uint32_t)b;
    s[3] = (uint32_t)(b >> 32);
    s[0] |= a == 0 && b == 0;
}

static double uniform(source *s)
{
    uint64_t high = next(s), low = next(s);
    return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

/* Uniform in 0 .. n-1, without bias (Lemire's multiplication with rejection). */
static size_t below(source *s, size_t n)
{
    uint32_t size = (uint32_t)n, reject = -size % size;
    uint64_t product;
    do {
        product = (uint64_t)next(s) * size;
    } while ((uint32_t)product < reject);
    return (size_t)(product >> 32);
}

static void decide(const ra_stratum *s, source *lanes, uint8_t *rows)
{
    uint8_t *end = rows + s->count * RA_LANES, *at = rows;
    while (at < end && (at = memchr(at, RA_LANE_UNDECIDED, (size_t)(end - at)))) {
        double u = uniform(&lanes[(at - rows) % RA_LANES]);
        uint8_t k = 0;
        while (k < RA_DRAWS_TAIL - 1 && u >= s->beyond[k])
            k++;
        *at++ = k;
    }
}

static unsigned add_draws(const ra_stratum *s, source *from, size_t missing, uint8_t *lane)
{
    unsigned most = 0;
    for (; missing > 0; missing--) {
        uint8_t *count = lane + below(from, s->count) * RA_LANES;
        ++*count;
        most = *count > most ? *count : most;
    }
    return most;
}

/* Each draw is equally likely to go: an item is chosen by its count, by rejection. */
static void remove_draws(const ra_stratum *s, source *from, size_t surplus, uint8_t *lane)
{
    while (surplus > 0) {
        uint8_t *count = lane + below(from, s->count) * RA_LANES;
        if (below(from, RA_LANE_MOST + 1) >= *count)
            continue;
        --*count;
        surplus--;
    }
}

static void sum_lanes(const ra_lane_kernel *kernel, const uint8_t *rows, size_t count,
                      uint32_t sum[RA_LANES])
{
    memset(sum, 0, RA_LANES * sizeof *sum);
    for (size_t begin = 0; begin < count; begin += SUMMED) {
        int16_t part[RA_LANES];
        size_t size = count - begin < SUMMED ? count - begin : SUMMED;
        kernel->sum(rows + begin * RA_LANES, NULL, size, part);
        for (int j = 0; j < RA_LANES; j++)
            sum[j] += (uint16_t)part[j];
    }
}

static unsigned draw_stratum(const ra_stratum *s, const ra_lane_kernel *kernel, ra_lane_rng *rng,
                             source *lanes, uint8_t *rows)
{
    uint32_t sum[RA_LANES];
    unsigned most = RA_DRAWS_TAIL;
    kernel->poisson(rng, s->limits, s->count, rows);
    decide(s, lanes, rows);
    sum_lanes(kernel, rows, s->count, sum);
    for (int j = 0; j < RA_LANES; j++) {
        unsigned here = 0;
        if (sum[j] < s->count)
            here = add_draws(s, &lanes[j], s->count - sum[j], rows + j);
        else
            remove_draws(s, &lanes[j], sum[j] - s->count, rows + j);
        most = here > most ? here : most;
    }
    return most;
}

static void seed_lanes(const ra_draws *draws, size_t tile, ra_lane_rng *rng, source lanes[RA_LANES])
{
    for (size_t i = 0; i < RA_LANES / 2; i++) {
        uint32_t state[4];
        seed_state(draws->seed, ra_rng_stream("resample/poisson", tile * RA_LANES + i), state);
        for (int word = 0; word < 4; word++)
            rng->s[word][i] = state[word];
    }
    for (size_t j = 0; j < RA_LANES; j++)
        seed_state(draws->seed, ra_rng_stream("resample/rest", tile * RA_LANES + j), lanes[j].s);
}

unsigned ra_draws_tile(const ra_draws *draws, const ra_lane_kernel *kernel, size_t tile,
                       uint8_t *rows)
{
    ra_lane_rng rng;
    source lanes[RA_LANES];
    unsigned most = 0;
    seed_lanes(draws, tile, &rng, lanes);
    for (size_t h = 0; h < draws->stratum_count; h++) {
        const ra_stratum *s = &draws->strata[h];
        unsigned here = draw_stratum(s, kernel, &rng, lanes, rows + s->begin * RA_LANES);
        most = here > most ? here : most;
    }
    return most;
}
