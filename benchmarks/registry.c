/* The only list of benchmarks. */
#include "benchmarks/benchmark.h"

#include <string.h>

extern const ra_benchmark ra_mmlu, ra_gsm8k, ra_mt_bench;

const ra_benchmark *const ra_benchmarks[] = {&ra_mmlu, &ra_mt_bench, &ra_gsm8k, NULL};

const ra_benchmark *ra_benchmark_find(const char *name, ra_error *err)
{
    ra_buf known = {0};
    for (const ra_benchmark *const *b = ra_benchmarks; *b; b++) {
        if (strcmp((*b)->name, name) == 0) {
            ra_buf_release(&known);
            return *b;
        }
        ra_buf_printf(&known, " %s", (*b)->name);
    }
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown benchmark '%s'", name);
    ra_hintf(err, "known:%s", known.text);
    ra_buf_release(&known);
    return NULL;
}

const ra_grader *ra_grader_find(const ra_benchmark *benchmark, const char *name, ra_error *err)
{
    ra_buf known = {0};
    for (const ra_grader *const *g = benchmark->graders; *g; g++) {
        if (strcmp((*g)->name, name) == 0) {
            ra_buf_release(&known);
            return *g;
        }
        ra_buf_printf(&known, " %s", (*g)->name);
    }
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "benchmark '%s' has no grader '%s'", benchmark->name,
             name);
    ra_hintf(err, "known:%s", known.text);
    ra_buf_release(&known);
    return NULL;
}
