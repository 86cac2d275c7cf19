/* A router plugin to start from: routeassay measure --router plugin:./vowels.so ...
 *
 * It takes the share of vowels in a prompt for the win rate of the strong model, times `scale` from
 * its configuration in the study file. routers/router.h is the contract; a plugin may call whatever
 * the program exports, and is built against its headers:
 *
 *     cc -shared -fPIC -I routeassay -I routeassay/harness vowels.c -o vowels.so
 */
#include "base/memory.h"
#include "routers/router.h"

#include <stdlib.h>
#include <string.h>

/* Whatever the router keeps between calls. */
typedef struct vowels {
    double scale;
} vowels;

/* Once, before anything else: read options->argument and options->config, make the state. */
static bool vowels_open(void **state, const ra_router_options *options, ra_error *err)
{
    vowels *v = ra_alloc(1, sizeof *v);
    v->scale = 1;
    if (options->config && !ra_json_maybe_number(options->config, "scale",
                                                 (ra_json_at){"vowels", 0}, &v->scale, err)) {
        free(v);
        return false;
    }
    *state = v;
    return true;
}

/* For each batch of prompts: one win rate in [0,1] each. */
static bool vowels_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    const vowels *v = state;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(prompts[i].text), found = 0;
        for (size_t k = 0; k < length; k++)
            found += strchr("aeiouAEIOU", prompts[i].text[k]) != NULL;
        score[i] = length ? v->scale * (double)found / (double)length : 0;
    }
    return true;
}

extern const ra_router_kind ra_router_plugin;
const ra_router_kind ra_router_plugin = {
    .name = "vowels",
    .summary = "the share of vowels in the prompt",
    .open = vowels_open,
    .score = vowels_score,
    .close = free,
};
