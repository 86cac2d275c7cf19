/* length: a hand rule, to show how low the bar is. The longer the prompt, the harder it is taken to
 * be: win rate = n / (n + 500) for n bytes. */
#include "routers/router.h"

#include <string.h>

static bool length_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    (void)state, (void)err;
    for (size_t i = 0; i < count; i++) {
        double n = (double)strlen(prompts[i].text);
        score[i] = n / (n + 500);
    }
    return true;
}

extern const ra_router_kind ra_router_length;
const ra_router_kind ra_router_length = {
    .name = "length",
    .summary = "a hand rule: the longer the prompt, the stronger the model",
    .flags = RA_ROUTER_HAND_RULE,
    .score = length_score};
