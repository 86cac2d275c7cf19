/* Routers that need no prompt: always-strong, always-weak, and the oracle, which knows the grades
 * and is a bound, not a router: it sends to the strong model first what only the strong model gets
 * right, last what only the weak model does. */
#include "routers/router.h"

#include <math.h>

static bool strong_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    (void)state, (void)prompts, (void)err;
    for (size_t i = 0; i < count; i++)
        score[i] = 1;
    return true;
}

static bool weak_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                       ra_error *err)
{
    (void)state, (void)prompts, (void)err;
    for (size_t i = 0; i < count; i++)
        score[i] = 0;
    return true;
}

static bool oracle_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    (void)state, (void)err;
    for (size_t i = 0; i < count; i++) {
        double gain = prompts[i].strong_score - prompts[i].weak_score;
        score[i] = isnan(gain) ? 0.5 : 0.5 + gain / (2 * (1 + fabs(gain)));
    }
    return true;
}

extern const ra_router_kind ra_router_always_strong, ra_router_always_weak, ra_router_oracle;
const ra_router_kind ra_router_always_strong = {
    .name = "always-strong", .summary = "every prompt to the strong model", .score = strong_score};
const ra_router_kind ra_router_always_weak = {
    .name = "always-weak", .summary = "every prompt to the weak model", .score = weak_score};
const ra_router_kind ra_router_oracle = {
    .name = "oracle",
    .summary = "knows the grades: the bound no router can pass, not a router",
    .flags = RA_ROUTER_KNOWS_GRADES,
    .score = oracle_score};
