#include "measure/sign_flip.h"

#include "base/parallel.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

enum {
    WIDE = 4,  /* routers side by side */
    BATCH = 8, /* flips at a time: what they read is in the cache for all but the first */
    WORD = 64, /* items whose signs are the bits of one random number */
    SIGNS = 4, /* of two items: both contributions with either sign, added up beforehand */
    PAIR = SIGNS * WIDE,
};

typedef struct job {
    const float *pairs; /* blocks of WIDE routers, SIGNS sums of WIDE for each two items */
    size_t words, blocks;
    uint64_t seed;
    ra_sign_flips *out;
} job;

/* --- contributions --- */

static double gain_of(const ra_outcomes *o, size_t i)
{
    return o->strong[i] / o->strong_turns[i] - o->weak[i] / o->weak_turns[i];
}

static double mean_gain(const ra_outcomes *o)
{
    double sum = 0;
    for (size_t i = 0; i < o->count; i++)
        sum += gain_of(o, i);
    return sum / (double)o->count;
}

/* y: items. Returns its sum. */
static double contribute(const ra_outcomes *o, const double *score, double mean, double *y)
{
    size_t n = o->count, *order = ra_alloc(n, sizeof *order);
    double sum = 0;
    ra_order(score, n, order);
    for (size_t k = 0, end; k < n; k = end) {
        end = k + 1;
        while (end < n && !(score[order[end]] < score[order[k]]))
            end++;
        double w =
            1 - (double)(k + end) / 2 / (double)n; /* middle of ranks k + 1 .. end, less 1/2 */
        for (size_t m = k; m < end; m++) {
            y[order[m]] = (gain_of(o, order[m]) - mean) * (w - 0.5) / ((double)n * mean);
            sum += y[order[m]];
        }
    }
    free(order);
    return sum;
}

/* y holds zeros beyond the last item. */
static void add_pairs(const double *y, size_t count, float *pairs)
{
    for (size_t k = 0; k < count; k += 2, pairs += PAIR)
        for (size_t signs = 0; signs < SIGNS; signs++)
            pairs[signs * WIDE] =
                (float)((signs & 1 ? y[k] : -y[k]) + (signs & 2 ? y[k + 1] : -y[k + 1]));
}

/* --- flips --- */

/* Adds the sums of one word of items: few enough for single precision. */
static void flip_word(const float *pairs, uint64_t bits, double sum[WIDE])
{
    float even[WIDE] = {0}, odd[WIDE] = {0};
    for (int k = 0; k < WORD / 2; k += 2) {
        const float *a = pairs + (bits & 3) * WIDE;
        const float *b = pairs + (SIGNS + (bits >> 2 & 3)) * WIDE;
        bits >>= 4;
        pairs += 2 * (size_t)PAIR;
        for (int r = 0; r < WIDE; r++)
            even[r] += a[r];
        for (int r = 0; r < WIDE; r++)
            odd[r] += b[r];
    }
    for (int r = 0; r < WIDE; r++)
        sum[r] += (double)(even[r] + odd[r]);
}

static void flip(size_t index, void *context)
{
    const job *j = context;
    ra_sign_flips *out = j->out;
    size_t first = index * BATCH, routers = j->blocks * WIDE;
    uint64_t stream = ra_rng_stream("measure/sign flip", 0);
    double *sums = ra_alloc(BATCH * routers, sizeof *sums);
    for (size_t w = 0; w < j->words; w++)
        for (size_t f = 0; f < BATCH; f++) {
            uint64_t bits = ra_rng_bits(j->seed, stream, (first + f) * j->words + w);
            for (size_t b = 0; b < j->blocks; b++)
                flip_word(j->pairs + (b * j->words + w) * WORD / 2 * PAIR, bits,
                          sums + f * routers + b * WIDE);
        }
    for (size_t f = 0; f < BATCH && first + f < out->flips; f++)
        for (size_t r = 0; r < out->routers; r++)
            out->flipped[(first + f) * out->routers + r] = sums[f * routers + r];
    free(sums);
}

void ra_sign_flips_make(ra_arena *arena, const ra_outcomes *outcomes, const double *const *score,
                        size_t routers, const ra_resampling *how, ra_sign_flips *out)
{
    size_t words = (outcomes->count + WORD - 1) / WORD, blocks = (routers + WIDE - 1) / WIDE;
    size_t block = words * WORD / 2 * PAIR;
    float *pairs = ra_alloc(blocks * block, sizeof *pairs);
    double *y = ra_alloc(words * WORD, sizeof *y), mean = mean_gain(outcomes);
    *out = (ra_sign_flips){
        .routers = routers,
        .flips = how->replicates,
        .observed = ra_arena_alloc(arena, routers, sizeof *out->observed),
        .flipped = ra_arena_alloc(arena, how->replicates * routers, sizeof *out->flipped)};
    for (size_t r = 0; r < routers; r++) {
        out->observed[r] = contribute(outcomes, score[r], mean, y);
        add_pairs(y, words * WORD, pairs + r / WIDE * block + r % WIDE);
    }
    job j = {pairs, words, blocks, how->seed, out};
    ra_parallel_for((out->flips + BATCH - 1) / BATCH, how->threads, flip, &j);
    free(pairs);
    free(y);
}

double ra_sign_flip_p(const ra_sign_flips *flips, size_t a, long b)
{
    double observed = flips->observed[a] - (b < 0 ? 0 : flips->observed[b]);
    double least = fabs(observed) * (1 - 1e-6); /* equal sums differ by rounding */
    size_t extreme = 1;
    for (size_t f = 0; f < flips->flips; f++) {
        const double *sum = flips->flipped + f * flips->routers;
        extreme += fabs(sum[a] - (b < 0 ? 0 : sum[b])) >= least;
    }
    return (double)extreme / (double)(flips->flips + 1);
}
