/* The first stages: where the recordings of each benchmark come from. */
#include "study/run.h"

bool ra_run_recordings(ra_run *run, ra_error *err)
{
    const ra_study *study = run->study;
    run->sets = ra_arena_alloc(&run->arena, study->benchmark_count, sizeof *run->sets);
    for (size_t i = 0; i < study->benchmark_count; i++) {
        const ra_study_benchmark *b = &study->benchmarks[i];
        if (!ra_set_find(&run->arena, b->recordings, b->name, &run->sets[i], err))
            return false;
    }
    return true;
}
