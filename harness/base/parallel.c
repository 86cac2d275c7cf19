#include "base/parallel.h"

#include <omp.h>

int ra_parallel_cores(void)
{
    return omp_get_num_procs();
}

void ra_parallel_for(size_t count, int threads, ra_parallel_body *body, void *context)
{
    int wanted = threads > 0 ? threads : ra_parallel_cores();
    if (wanted == 1 || count < 2) {
        for (size_t i = 0; i < count; i++)
            body(i, context);
        return;
    }
#pragma omp parallel for num_threads(wanted) schedule(dynamic, 1)
    for (size_t i = 0; i < count; i++)
        body(i, context);
}
