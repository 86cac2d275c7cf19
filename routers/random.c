/* random: a win rate drawn uniformly for each prompt, the same for the same seed and item id. */
#include "base/memory.h"
#include "base/rng.h"
#include "routers/router.h"

#include <stdlib.h>

static bool random_open(void **state, const ra_router_options *options, ra_error *err)
{
    (void)err;
    uint64_t *seed = ra_alloc(1, sizeof *seed);
    *seed = options->seed;
    *state = seed;
    return true;
}

static bool random_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    (void)err;
    const uint64_t *seed = state;
    for (size_t i = 0; i < count; i++)
        score[i] = ra_rng_uniform(*seed, ra_rng_stream(prompts[i].id, 0), 0);
    return true;
}

extern const ra_router_kind ra_router_random;
const ra_router_kind ra_router_random = {.name = "random",
                                         .summary = "a random win rate for each prompt",
                                         .open = random_open,
                                         .score = random_score,
                                         .close = free};
