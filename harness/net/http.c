#include "net/http.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/rng.h"
#include "data/retry.h"
#include "net/http_place.h"

#include <curl/curl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    UNREACHED = 3, /* attempts, while nobody was ever reached */
    MOST_REDIRECTS = 5,
    SETTLED_AT_ONCE = 32, /* answers, before the places they leave are filled again */
};
static const double credit_s = 0.1; /* of starts that were due and could not be made */

/* A request as the run sees it. */
typedef struct job {
    double ready_s;    /* the next attempt starts then or later */
    unsigned attempts; /* made */
    unsigned tries;    /* those that count against the limit */
    double since_s;    /* the first of them failed */
} job;

typedef ra_http_place place;

typedef struct run {
    const ra_http_request *requests;
    size_t count, next, left, running; /* next: first that was never started */
    ra_http_options options;
    const ra_http_hooks *hooks;
    CURLM *multi;
    job *jobs;
    size_t *waiting, waiting_count; /* requests that will be tried again */
    place *places;
    size_t *idle, idle_count; /* places */
    double pause_s;           /* nothing starts before */
    double rate_s;            /* nothing starts before: requests or tokens per minute */
    double kept_s;            /* a request was last kept */
    bool reached;             /* a server answered */
    bool held;                /* may_start said no, and nothing came since */
    bool stopping;
    bool settle;     /* answers came since the hook was told */
    bool more;       /* answers are there that were not looked at */
    uint64_t seed;   /* of the jitter, which must differ between processes */
    ra_error *error; /* that ended the run */
} run;

/* --- starting and ending an attempt --- */

/* The first error counts; what is under way is still waited for. */
static void stop_run(run *r, const ra_error *why)
{
    if (!r->stopping)
        *r->error = *why;
    r->stopping = true;
}

static void launch(place *p)
{
    run *r = p->run;
    if (ra_http_prepare(p, &r->requests[p->index], &r->options) &&
        curl_multi_add_handle(r->multi, p->easy) == CURLM_OK) {
        p->busy = true;
        r->running++;
        return;
    }
    ra_error err = {0};
    ra_fail(&err, RA_ERR_INTERNAL, NULL, 0, "libcurl cannot start a request", NULL);
    stop_run(r, &err);
}

static void take_off(place *p)
{
    curl_multi_remove_handle(p->run->multi, p->easy);
    curl_slist_free_all(p->headers);
    p->headers = NULL;
    p->busy = false;
    p->run->running--;
}

static void make_idle(place *p)
{
    free(p->redirected);
    p->redirected = NULL;
    p->redirects = 0;
    p->run->idle[p->run->idle_count++] = (size_t)(p - p->run->places);
}

/* --- what an attempt means --- */

ra_http_verdict ra_http_verdict_of(long status)
{
    if (status >= 200 && status < 300)
        return RA_HTTP_KEEP;
    return ra_retry_status(status) ? RA_HTTP_AGAIN : RA_HTTP_STOP;
}

static bool remote(const place *p, ra_error *err, const char *message)
{
    char url[256];
    ra_http_show_url(p->run->requests[p->index].url, url, sizeof url);
    return ra_fail(err, RA_ERR_REMOTE, url, 0, message, NULL);
}

static void give_up(place *p, const ra_error *why)
{
    run *r = p->run;
    r->left--;
    if (r->hooks->failed)
        r->hooks->failed(r->hooks->context, p->index, why);
}

/* A server that turns some away but serves others is only busy: such attempts do not count. */
static void count_try(const run *r, job *j, long status, double now)
{
    if (j->tries == 0 || (status == 429 && r->kept_s >= j->since_s)) {
        j->tries = 0;
        j->since_s = now;
    }
    j->tries++;
}

/* Nobody there at all is found out early. */
static bool is_hopeless(const run *r, const job *j, CURLcode result)
{
    return !r->reached && ra_retry_is_unreachable(result) && j->tries >= UNREACHED;
}

/* When the next attempt may start; a busy server holds up everyone. */
static void wait_after(run *r, size_t index, long status, double now, double asked_s)
{
    job *j = &r->jobs[index];
    uint64_t stream = ra_rng_stream("http/back-off", index);
    double wait_s = ra_retry_back_off_s(r->seed, stream, j->tries);
    j->ready_s = now + fmax(wait_s, asked_s);
    if (asked_s > 0)
        r->pause_s = fmax(r->pause_s, now + asked_s);
    else if (status == 429)
        r->pause_s = fmax(r->pause_s, j->ready_s);
    r->waiting[r->waiting_count++] = index;
}

static void try_again(place *p, CURLcode result, long status, ra_error *why)
{
    run *r = p->run;
    job *j = &r->jobs[p->index];
    double now = ra_now_s();
    curl_off_t asked_s = 0;
    curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &asked_s);
    count_try(r, j, status, now);
    if ((double)asked_s > r->options.patience_s) {
        ra_hintf(why, "it asks to wait %lld s; run the command again after that",
                 (long long)asked_s);
        give_up(p, why);
        stop_run(r, why);
    } else if (is_hopeless(r, j, result)) {
        ra_hintf(why, "is the server running, and is there a connection?");
        give_up(p, why);
        stop_run(r, why);
    } else if (j->tries >= r->options.attempts) {
        ra_hintf(why, "gave up after %u attempts; run the command again to go on", j->attempts);
        give_up(p, why);
    } else {
        wait_after(r, p->index, status, now, (double)asked_s);
    }
}

/* A redirect is followed to the same scheme, host and port alone, with the same method and body. */
static bool redirect(place *p, long status)
{
    const ra_http_request *request = &p->run->requests[p->index];
    const char *to = NULL;
    bool keeps_method = status == 307 || status == 308 || !request->body;
    curl_easy_getinfo(p->easy, CURLINFO_REDIRECT_URL, &to);
    if (!to || !keeps_method || p->redirects >= MOST_REDIRECTS ||
        !ra_http_same_origin(request->url, to))
        return false;
    char *copy = ra_strdup(to);
    p->redirects++;
    free(p->redirected);
    p->redirected = copy;
    return true;
}

static void refuse_redirect(place *p, ra_error *err)
{
    const char *to = NULL;
    char shown[256], text[400];
    curl_easy_getinfo(p->easy, CURLINFO_REDIRECT_URL, &to);
    ra_http_show_url(to ? to : "", shown, sizeof shown);
    snprintf(text, sizeof text, "the server redirects to '%s', which is not followed", shown);
    remote(p, err, text);
    ra_hintf(err, "if that is where it should go, give that address");
}

/* The attempt did not end with an answer. */
static void settle_failure(place *p, CURLcode result)
{
    ra_error why = {0};
    if (p->too_long) {
        char text[128];
        snprintf(text, sizeof text, "the answer is longer than %zu bytes",
                 p->run->options.most_bytes);
        remote(p, &why, text);
        give_up(p, &why);
        return;
    }
    char text[CURL_ERROR_SIZE];
    ra_printable(text, sizeof text, p->reason[0] ? p->reason : curl_easy_strerror(result));
    remote(p, &why, text);
    /* what is no HTTP is what a former answer left in the connection, or a server gone mad */
    if (ra_retry_transport(result) || result == CURLE_UNSUPPORTED_PROTOCOL ||
        result == CURLE_BAD_CONTENT_ENCODING) {
        try_again(p, result, 0, &why);
        return;
    }
    if (result == CURLE_PEER_FAILED_VERIFICATION)
        ra_hintf(&why, "--ca-file names a file of certificates to trust");
    give_up(p, &why);
    stop_run(p->run, &why);
}

static void settle_answer(place *p, long status)
{
    run *r = p->run;
    curl_off_t total_us = 0, before_us = 0;
    curl_easy_getinfo(p->easy, CURLINFO_TOTAL_TIME_T, &total_us);
    curl_easy_getinfo(p->easy, CURLINFO_PRETRANSFER_TIME_T, &before_us);
    ra_buf_add(&p->answer, "", 0); /* terminated even when empty */
    ra_buf_add(&p->answer_headers, "", 0);
    const ra_http_answer answer = {
        .status = status,
        .body = p->answer.text,
        .length = p->answer.length,
        .headers = p->answer_headers.text,
        .latency_ms = (double)(total_us - before_us) / 1000,
        .attempts = r->jobs[p->index].attempts,
    };
    ra_error why = {0};
    r->reached = true;
    switch (r->hooks->answered(r->hooks->context, p->index, &answer, &why)) {
    case RA_HTTP_KEEP:
        r->kept_s = ra_now_s();
        r->left--;
        break;
    case RA_HTTP_AGAIN:
        try_again(p, CURLE_OK, status, &why);
        break;
    case RA_HTTP_STOP:
        give_up(p, &why);
        stop_run(r, &why);
        break;
    }
}

static void settle(place *p, CURLcode result)
{
    run *r = p->run;
    long status = 0;
    curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
    take_off(p);
    r->held = false;
    r->settle = true;
    if (result != CURLE_OK) {
        settle_failure(p, result);
    } else if (status >= 300 && status < 400) {
        if (redirect(p, status) && !r->stopping) {
            launch(p);
            return;
        }
        ra_error why = {0};
        refuse_redirect(p, &why);
        give_up(p, &why);
        stop_run(r, &why);
    } else {
        settle_answer(p, status);
    }
    make_idle(p);
}

/* --- the run --- */

/* One that waits and is due, else the first that was never started; none = count. */
static size_t choose(run *r, double now)
{
    for (size_t i = 0; i < r->waiting_count; i++) {
        size_t index = r->waiting[i];
        if (r->jobs[index].ready_s > now)
            continue;
        r->waiting[i] = r->waiting[--r->waiting_count];
        return index;
    }
    if (r->next == r->count || r->held)
        return r->count;
    r->held = r->hooks->may_start && !r->hooks->may_start(r->hooks->context, r->next);
    return r->held ? r->count : r->next++;
}

static void count_rate(run *r, size_t index, double now)
{
    const ra_http_options *o = &r->options;
    double interval_s = 0;
    if (o->requests_per_minute > 0)
        interval_s = 60 / o->requests_per_minute;
    if (o->tokens_per_minute > 0)
        interval_s = fmax(interval_s, 60 * r->requests[index].tokens / o->tokens_per_minute);
    r->rate_s = fmax(r->rate_s, now - credit_s) + interval_s;
}

static void start_ready(run *r)
{
    double now = ra_now_s();
    while (!r->stopping && r->idle_count > 0 && now >= r->pause_s && now >= r->rate_s) {
        size_t index = choose(r, now);
        if (index == r->count)
            return;
        count_rate(r, index, now);
        place *p = &r->places[r->idle[--r->idle_count]];
        p->index = index;
        r->jobs[index].attempts++;
        launch(p);
    }
}

static void settle_finished(run *r)
{
    int queued = 0, settled = 0;
    for (CURLMsg *m; settled < SETTLED_AT_ONCE && (m = curl_multi_info_read(r->multi, &queued));) {
        if (m->msg != CURLMSG_DONE)
            continue;
        settled++;
        CURLcode result = m->data.result; /* the message goes with the handle */
        place *p = NULL;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &p);
        settle(p, result);
    }
    r->more = queued > 0;
    ra_error err = {0};
    if (r->settle && r->hooks->settled && !r->hooks->settled(r->hooks->context, &err))
        stop_run(r, &err);
    r->settle = false;
}

/* Until a socket is ready or the next start is due; awake often enough for the progress line. */
static void wait_for_more(run *r)
{
    double now = ra_now_s(), sleep_s = r->more ? 0 : 0.2, due_s = INFINITY;
    for (size_t i = 0; i < r->waiting_count; i++)
        due_s = fmin(due_s, r->jobs[r->waiting[i]].ready_s);
    if (r->next < r->count && !r->held)
        due_s = 0;
    if (r->idle_count > 0 && !r->stopping)
        sleep_s = fmin(sleep_s, fmax(due_s, fmax(r->pause_s, r->rate_s)) - now);
    curl_multi_poll(r->multi, NULL, 0, (int)ceil(1000 * fmax(sleep_s, 0)), NULL);
}

static bool goes_on(const run *r)
{
    if (r->running > 0)
        return true;
    return !r->stopping && r->left > 0 && (r->waiting_count > 0 || !r->held);
}

static void loop(run *r)
{
    ra_progress progress = {0};
    if (r->options.what)
        ra_progress_start(&progress, r->options.what, "calls", r->count);
    while (goes_on(r)) {
        int still;
        start_ready(r);
        curl_multi_perform(r->multi, &still);
        settle_finished(r);
        if (r->options.what)
            ra_progress_update(&progress, r->count - r->left);
        if (goes_on(r))
            wait_for_more(r);
    }
    if (r->options.what)
        ra_progress_end(&progress);
}

static ra_http_options with_defaults(const ra_http_options *given, size_t count)
{
    ra_http_options o = *given;
    o.concurrency = o.concurrency ? o.concurrency : 32;
    if (o.concurrency > RA_MAX_CONCURRENCY)
        o.concurrency = RA_MAX_CONCURRENCY;
    if (o.concurrency > count)
        o.concurrency = (unsigned)count;
    o.attempts = o.attempts ? o.attempts : 6;
    o.connect_s = o.connect_s > 0 ? o.connect_s : 10;
    o.total_s = o.total_s > 0 ? o.total_s : 600;
    o.patience_s = o.patience_s > 0 ? o.patience_s : 120;
    o.most_bytes = o.most_bytes ? o.most_bytes : RA_MAX_ANSWER;
    return o;
}

static bool open_places(run *r)
{
    bool ok = true;
    for (size_t i = 0; i < r->options.concurrency; i++) {
        place *p = &r->places[i];
        *p = (place){.run = r, .most_bytes = r->options.most_bytes, .easy = curl_easy_init()};
        ok = ok && p->easy;
        r->idle[r->idle_count++] = i;
    }
    long connections = (long)r->options.concurrency;
    return ok && curl_multi_setopt(r->multi, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK &&
           curl_multi_setopt(r->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections) == CURLM_OK;
}

static void close_places(run *r)
{
    for (size_t i = 0; i < r->options.concurrency; i++) {
        place *p = &r->places[i];
        if (p->busy)
            take_off(p);
        curl_easy_cleanup(p->easy);
        ra_buf_release(&p->answer);
        ra_buf_release(&p->answer_headers);
        free(p->redirected);
    }
}

bool ra_http_run(const ra_http_request *requests, size_t count, const ra_http_options *options,
                 const ra_http_hooks *hooks, ra_error *err)
{
    if (count == 0)
        return true;
    CURLM *multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
    if (!multi)
        return ra_fail(err, RA_ERR_INTERNAL, NULL, 0, "libcurl cannot be initialised", NULL);
    run r = {
        .requests = requests,
        .count = count,
        .left = count,
        .options = with_defaults(options, count),
        .hooks = hooks,
        .multi = multi,
        .jobs = ra_alloc(count, sizeof *r.jobs),
        .waiting = ra_alloc(count, sizeof *r.waiting),
        .kept_s = -1,
        .seed = (uint64_t)getpid(),
        .error = err,
    };
    r.places = ra_alloc(r.options.concurrency, sizeof *r.places);
    r.idle = ra_alloc(r.options.concurrency, sizeof *r.idle);
    bool ok = open_places(&r) ||
              ra_fail(err, RA_ERR_INTERNAL, NULL, 0, "libcurl cannot make its handles", NULL);
    if (ok)
        loop(&r);
    close_places(&r);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    free(r.jobs);
    free(r.waiting);
    free(r.places);
    free(r.idle);
    return ok && !r.stopping;
}
