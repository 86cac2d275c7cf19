#include "study/stored_calls.h"

#include "net/calls.h"

#include <math.h>
#include <stdlib.h>

typedef struct replay {
    ra_router router;
    ra_call_sums sums; /* of one prompt; the router adds to it */
    double *seconds;   /* of each prompt that says */
    size_t timed, priced;
    double usd; /* of all that say */
} replay;

static bool ask(replay *p, const ra_prompt *prompt, ra_overhead_stored *out, ra_error *err)
{
    double unused;
    p->sums.calls = 0;
    p->sums.ms = p->sums.usd = 0;
    if (!p->router.kind->score(p->router.state, prompt, 1, &unused, err)) {
        if (err->code == RA_ERR_INPUT && p->sums.calls == 0)
            ra_hintf(err,
                     "nothing is stored for item '%s': 'routeassay score' with this router "
                     "asks for all",
                     prompt->id);
        return false;
    }
    out->calls += p->sums.calls;
    if (!isnan(p->sums.ms))
        p->seconds[p->timed++] = p->sums.ms / 1e3 / (double)out->settings;
    if (!isnan(p->sums.usd)) {
        p->usd += p->sums.usd / (double)out->settings;
        p->priced++;
    }
    return true;
}

static void summarize(replay *p, ra_overhead_stored *out)
{
    out->untimed = out->prompts - p->timed;
    out->unpriced = out->prompts - p->priced;
    out->request = (ra_timing){0, 0, NAN, NAN, NAN, NAN};
    if (p->timed > 0)
        ra_timing_summarize(p->seconds, p->timed, &out->request);
    out->usd = p->priced > 0 ? p->usd / (double)p->priced * 1e6 : (double)NAN;
}

bool ra_stored_calls_read(const ra_contender *contender, const char *spec,
                          const ra_assay_request *assay, const ra_prompt *prompts, size_t count,
                          ra_overhead_stored *out, ra_error *err)
{
    replay p = {0};
    const ra_router_options options = {.config = contender->config,
                                       .strong = assay->strong,
                                       .weak = assay->weak,
                                       .stored = &p.sums};
    if (!ra_router_open(&p.router, spec, &options, err))
        return false;
    *out = (ra_overhead_stored){.prompts = count,
                                .settings = p.sums.settings > 0 ? p.sums.settings : 1,
                                .answers = p.router.kind->flags & RA_ROUTER_CHOOSES};
    p.seconds = ra_alloc(count, sizeof *p.seconds);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = ask(&p, &prompts[i], out, err);
    if (ok)
        summarize(&p, out);
    free(p.seconds);
    ra_router_close(&p.router);
    return ok;
}
