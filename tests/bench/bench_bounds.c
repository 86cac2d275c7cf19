/* What this machine can do at best, for the bounds in tests/bench/run.py:
 *
 *     bench_bounds
 *
 * Prints a JSON object: bytes a second read from memory by one thread and by all (sums over 256
 * MiB, far more than a cache holds; the best of ten), and single-precision operations a second of
 * square matrix products (1536 by 1536; the best of ten). */
#include "base/matrix.h"
#include "base/parallel.h"
#include "base/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 10, SLICES = 64, ORDER = 1536 };
static const size_t slice = (256UL << 20) / SLICES / sizeof(uint64_t);

typedef struct reading {
    const uint64_t *words;
    uint64_t sum[SLICES];
} reading;

/* Eight sums that do not wait for each other. */
static void read_slice(size_t index, void *context)
{
    reading *r = context;
    const uint64_t *from = r->words + index * slice;
    uint64_t sum[8] = {0};
    for (size_t i = 0; i < slice; i += 8)
        for (size_t k = 0; k < 8; k++)
            sum[k] += from[i + k];
    for (size_t k = 0; k < 8; k++)
        r->sum[index] += sum[k];
}

static double read_bytes_s(int threads)
{
    uint64_t *words = ra_alloc(SLICES * slice, sizeof *words), sum = 0;
    memset(words, 1, SLICES * slice * sizeof *words);
    reading r = {.words = words};
    double best = INFINITY;
    for (int run = 0; run < RUNS; run++) {
        double start = ra_now_s();
        ra_parallel_for(SLICES, threads, read_slice, &r);
        best = fmin(best, ra_now_s() - start);
    }
    for (size_t i = 0; i < SLICES; i++)
        sum += r.sum[i];
    free(words);
    return sum > 0 ? (double)(SLICES * slice * sizeof *words) / best : 0;
}

static double flop_s(int threads)
{
    const size_t n = ORDER;
    float *a = ra_alloc(3 * n * n, sizeof *a);
    double best = INFINITY;
    for (size_t i = 0; i < 2 * n * n; i++)
        a[i] = (float)(i % 7) - 3;
    for (int run = 0; run < RUNS; run++) {
        double start = ra_now_s();
        ra_matrix_rows_by_rows(a, n, a + n * n, n, n, a + 2 * n * n, threads);
        best = fmin(best, ra_now_s() - start);
    }
    free(a);
    return 2 * (double)n * (double)n * (double)n / best;
}

int main(void)
{
    printf("{\"cores\": %d, \"read_bytes_s\": [%.4g, %.4g], \"flop_s\": [%.4g, %.4g]}\n",
           ra_parallel_cores(), read_bytes_s(1), read_bytes_s(0), flop_s(1), flop_s(0));
    return 0;
}
