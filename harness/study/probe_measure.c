/* What a fresh process measures of one router. */
#include "base/file.h"
#include "base/progress.h"
#include "study/probe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    WARM_UP = 3,           /* requests that are asked before the first that counts */
    SINGLE_LEAST = 100,    /* requests, unless they take longer than PATIENCE blocks */
    SINGLE_MOST = 1 << 20, /* whose times are kept */
    PATIENCE = 4,
};

typedef struct bench {
    const ra_probe *probe;
    ra_router router;
    size_t next;   /* prompt of the ring */
    double *score; /* of a batch */
    ra_prompt *batch;
    ra_error *err;
} bench;

/* The smallest step that the clock is seen to make. */
static double clock_step(void)
{
    double step = INFINITY;
    for (int i = 0; i < 100; i++) {
        double from = ra_now_s(), to = from;
        while (!(to > from))
            to = ra_now_s();
        step = fmin(step, to - from);
    }
    return step;
}

/* One request; the clock is read around the router's own call alone. */
static bool ask(bench *b, double *seconds)
{
    const ra_prompt *prompt = &b->probe->prompts[b->next];
    b->next = b->next + 1 < b->probe->count ? b->next + 1 : 0;
    double start = ra_now_s(), score = 0;
    bool ok = b->router.kind->score(b->router.state, prompt, 1, &score, b->err);
    *seconds = ra_now_s() - start;
    if (ok && !(score >= 0 && score <= 1))
        return ra_failf(b->err, RA_ERR_INPUT, b->probe->router, 0,
                        "score of item '%s' is %g, a win rate in [0,1] expected", prompt->id,
                        score);
    return ok;
}

static bool ask_singly(bench *b, ra_timing *out)
{
    double *seconds = NULL, unused;
    size_t count = 0, room = 0;
    for (int i = 0; i < WARM_UP; i++)
        if (!ask(b, &unused))
            return false;
    double start = ra_now_s(), elapsed = 0, block_s = b->probe->block_s;
    bool ok = true;
    while (ok && count < SINGLE_MOST &&
           (elapsed < block_s || (count < SINGLE_LEAST && elapsed < PATIENCE * block_s) ||
            count == 0)) {
        ra_grow(&seconds, &room, count + 1, sizeof *seconds);
        ok = ask(b, &seconds[count++]);
        elapsed = ra_now_s() - start;
    }
    if (ok)
        ra_timing_summarize(seconds, count, out);
    free(seconds);
    return ok;
}

static bool ask_batch(bench *b, double *seconds)
{
    for (size_t i = 0; i < b->probe->batch; i++) {
        b->batch[i] = b->probe->prompts[b->next];
        b->next = b->next + 1 < b->probe->count ? b->next + 1 : 0;
    }
    double start = ra_now_s();
    bool ok = b->router.kind->score(b->router.state, b->batch, b->probe->batch, b->score, b->err);
    *seconds = ra_now_s() - start;
    return ok;
}

typedef struct usage {
    double user, system;
} usage;

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

static usage usage_of(int who)
{
    struct rusage r;
    if (getrusage(who, &r) != 0)
        return (usage){NAN, NAN};
    return (usage){seconds_of(r.ru_utime), seconds_of(r.ru_stime)};
}

/* Batches until block_s is over. The first warms up, unless it alone takes that long. */
static bool ask_in_batches(bench *b, ra_overhead_block *out)
{
    double took, sum = 0;
    size_t batches = 0;
    usage before = usage_of(RUSAGE_SELF);
    if (!ask_batch(b, &took))
        return false;
    if (took >= b->probe->block_s) {
        sum = took;
        batches = 1;
    } else {
        before = usage_of(RUSAGE_SELF);
    }
    while (sum < b->probe->block_s || batches == 0) {
        if (!ask_batch(b, &took))
            return false;
        sum += took;
        batches++;
    }
    usage after = usage_of(RUSAGE_SELF);
    out->batch_requests = batches * b->probe->batch;
    double n = (double)out->batch_requests;
    out->batch_s = sum / n;
    out->user_s = (after.user - before.user) / n;
    out->system_s = (after.system - before.system) / n;
    return true;
}

/* The most memory this process ever held. getrusage's figure will not do: it begins with that of
 * the process that started this one. */
static double peak_mib(void)
{
    ra_text status;
    ra_error unused;
    if (!ra_file_read("/proc/self/status", &status, &unused))
        return NAN;
    const char *line = strstr(status.text, "VmHWM:");
    double kib = NAN;
    char number[32] = "";
    if (line && sscanf(line, "VmHWM: %31[0-9]", number) == 1 && !ra_parse_number(number, &kib))
        kib = NAN;
    free(status.text);
    return kib / 1024;
}

/* A router that is a program of its own has had its processor time when it is closed: that of all
 * requests is shared out among them. */
static void add_program(ra_overhead_block *out)
{
    usage all = usage_of(RUSAGE_CHILDREN);
    double n = (double)(1 + WARM_UP + out->single.count + out->batch_requests);
    out->user_s += all.user / n;
    out->system_s += all.system / n;
}

static bool measure(bench *b, ra_overhead_block *out)
{
    const ra_probe *p = b->probe;
    ra_router_options options = {.config = p->config, .seed = p->seed, .allow_trained = true};
    out->clock_s = clock_step();
    double start = ra_now_s();
    if (!ra_router_open(&b->router, p->router, &options, b->err))
        return false;
    out->load_s = ra_now_s() - start;
    bool ok = ask(b, &out->first_s) && ask_singly(b, &out->single) && ask_in_batches(b, out);
    out->peak_mib = peak_mib();
    ra_router_close(&b->router);
    add_program(out);
    return ok;
}

bool ra_probe_measure(const ra_probe *probe, ra_overhead_block *out, ra_error *err)
{
    bench b = {.probe = probe, .next = probe->first % probe->count, .err = err};
    *out = (ra_overhead_block){0};
    b.score = ra_alloc(probe->batch, sizeof *b.score);
    b.batch = ra_alloc(probe->batch, sizeof *b.batch);
    bool ok = measure(&b, out);
    free(b.score);
    free(b.batch);
    return ok;
}
