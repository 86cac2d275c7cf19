#include "data/download.h"

#include "base/progress.h"
#include "base/rng.h"
#include "base/text.h"
#include "data/part.h"
#include "data/retry.h"
#include "ra_config.h"

#include <curl/curl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CONNECT_S = 10,       /* to a connection, name look-up included */
    STALLED_S = 30,       /* below STALLED_RATE for so long is a failure */
    STALLED_RATE = 100,   /* bytes per second */
    PATIENCE_S = 9,       /* failures, and nobody answered for so long: there is no network */
    LONGEST_WAIT_S = 120, /* that a server may ask for */
    MOST_REDIRECTS = 5,
    ERROR_PAGE_BYTES = 1 << 20 /* read and ignored, so that the connection can be used again */
};

/* What became of an attempt. */
typedef enum outcome {
    DONE,    /* the file is in place */
    AGAIN,   /* a later attempt may do better */
    WRONG,   /* whole, but not what was expected */
    REFUSED, /* no attempt will do better */
    NO_DISK, /* cannot write */
} outcome;

typedef struct transfer {
    struct run *run;
    ra_download *file;
    ra_part part;
    CURL *easy;     /* NULL = not running */
    bool settled;   /* done or given up */
    bool restarted; /* what was there has been thrown away once */
    unsigned attempts;
    double ready_s;      /* the next attempt starts then or later */
    double unanswered_s; /* first failure without an answer; 0 = none */
    /* of the current attempt: */
    bool resumed;    /* part of the file was there before */
    bool began;      /* its body has begun */
    bool too_long;   /* the body is longer than the file should be */
    bool no_disk;    /* its bytes cannot be written */
    size_t ignored;  /* bytes of an error page */
    double asked_s;  /* Retry-After; 0 = none */
    bool length_set; /* the server said how long the body is */
    char reason[CURL_ERROR_SIZE];
} transfer;

typedef struct run {
    CURLM *multi;
    transfer *transfers;
    size_t count, left, running;
    unsigned concurrency, attempts;
    double heard_s;  /* when a server last answered; at first, the start */
    double pause_s;  /* no transfer starts before: a server asked for it */
    transfer *fatal; /* ended the whole run */
    uint64_t seed;   /* of the jitter, which must differ between processes */
} run;

/* --- one body --- */

static long status_of(CURL *easy)
{
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

/* 200 is the whole file whatever was asked for. 206 should be what is missing; the hash will tell.
 */
static bool begin_body(transfer *t, long status)
{
    t->began = true;
    if (status == 206)
        return true;
    t->resumed = false;
    t->no_disk = !ra_part_restart(&t->part, &t->file->error);
    return !t->no_disk;
}

static size_t receive(char *bytes, size_t one, size_t length, void *context)
{
    (void)one; /* always 1 */
    transfer *t = context;
    long status = status_of(t->easy);
    t->run->heard_s = ra_now_s();
    if (status != 200 && status != 206) {
        t->ignored += length;
        return t->ignored <= ERROR_PAGE_BYTES ? length : CURL_WRITEFUNC_ERROR;
    }
    if (!t->began && !begin_body(t, status))
        return CURL_WRITEFUNC_ERROR;
    t->too_long = length > t->part.size - t->part.have;
    if (t->too_long)
        return CURL_WRITEFUNC_ERROR;
    t->no_disk = !ra_part_add(&t->part, bytes, length, &t->file->error);
    return t->no_disk ? CURL_WRITEFUNC_ERROR : length;
}

/* --- what an answer means --- */

static outcome remote(transfer *t, outcome what, const char *message)
{
    ra_fail(&t->file->error, RA_ERR_REMOTE, t->file->url, 0, message, NULL);
    return what;
}

static outcome judge_status(transfer *t, long status)
{
    char text[128];
    snprintf(text, sizeof text, "the server answered %ld", status);
    if (status == 416 && t->resumed) /* there is no such range: what is there is too much */
        return remote(t, WRONG, text);
    if (!ra_retry_status(status))
        return remote(t, REFUSED, text);
    if (t->asked_s > LONGEST_WAIT_S) {
        snprintf(text, sizeof text, "the server answered %ld and asks to wait %.0f s", status,
                 t->asked_s);
        return remote(t, REFUSED, text);
    }
    return remote(t, AGAIN, text);
}

/* Looks at what has gathered in the part. */
static outcome judge_part(transfer *t)
{
    ra_error *err = &t->file->error;
    bool right;
    if (!ra_part_finish(&t->part, &right, err))
        return NO_DISK;
    if (right)
        return DONE;
    snprintf(err->file, sizeof err->file, "%s", t->file->url);
    err->code = RA_ERR_REMOTE;
    return WRONG;
}

static outcome judge_body(transfer *t)
{
    char text[256];
    const ra_part *part = &t->part;
    if (t->too_long) {
        snprintf(text, sizeof text,
                 "wrong content: more than the %llu bytes expected (of SHA-256 %s)",
                 (unsigned long long)part->size, part->sha256);
        return remote(t, WRONG, text);
    }
    if (part->have < part->size && !t->length_set) {
        snprintf(text, sizeof text, "ended after %llu of %llu bytes",
                 (unsigned long long)part->have, (unsigned long long)part->size);
        return remote(t, AGAIN, text);
    }
    return judge_part(t);
}

static outcome judge(transfer *t, CURLcode result, long status)
{
    if (t->no_disk)
        return NO_DISK;
    if (result != CURLE_OK && result != CURLE_WRITE_ERROR)
        return remote(t, ra_retry_transport(result) ? AGAIN : REFUSED,
                      t->reason[0] ? t->reason : curl_easy_strerror(result));
    if (status != 200 && status != 206)
        return judge_status(t, status);
    return judge_body(t);
}

/* --- what is done about it --- */

static void give_up(transfer *t)
{
    ra_part_close(&t->part);
    t->settled = true;
    t->run->left--;
}

/* Whether an attempt that nobody answered says that there is no network at all. */
static bool is_hopeless(transfer *t, double now)
{
    const run *r = t->run;
    if (t->unanswered_s <= 0)
        t->unanswered_s = now;
    bool tried_all = t->attempts >= r->attempts && r->heard_s < t->unanswered_s;
    return tried_all || now - r->heard_s > PATIENCE_S;
}

static void try_again(transfer *t, bool answered)
{
    run *r = t->run;
    double now = ra_now_s();
    t->attempts++;
    if (!answered && is_hopeless(t, now)) {
        ra_hintf(&t->file->error, "is there a connection? fetch --mirror DIR takes the files from "
                                  "a folder");
        r->fatal = t;
    } else if (t->attempts >= r->attempts) {
        ra_hintf(&t->file->error,
                 "gave up after %u attempts; run the command again: it goes on "
                 "where it stopped",
                 t->attempts);
        give_up(t);
    } else {
        ra_part_close(&t->part);
        uint64_t stream = ra_rng_stream("download/back-off", (uint64_t)(t - r->transfers));
        t->ready_s = now + ra_retry_back_off_s(r->seed, stream, t->attempts);
        if (t->asked_s > 0) /* by the server, which all share */
            r->pause_s = fmax(r->pause_s, now + t->asked_s);
    }
}

static void start_over(transfer *t)
{
    t->restarted = true;
    t->ready_s = 0;
}

static void act(transfer *t, outcome what, bool answered)
{
    switch (what) {
    case DONE:
        t->file->done = true;
        give_up(t);
        break;
    case AGAIN:
        try_again(t, answered);
        break;
    case WRONG:
        ra_part_discard(&t->part);
        if (t->resumed && !t->restarted)
            start_over(t);
        else
            give_up(t);
        break;
    case REFUSED:
        give_up(t);
        break;
    case NO_DISK:
        t->run->fatal = t;
        break;
    }
}

/* --- one attempt --- */

/* Options of a transfer; false when libcurl knows one of them not (it is older than we need). */
static bool configure(transfer *t)
{
    CURL *easy = t->easy;
    const char *redirects = ra_has_prefix(t->file->url, "https:") ? "https" : "http,https";
    int bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_URL, t->file->url) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, t) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, t) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->reason) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "routeassay/" RA_VERSION) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, redirects) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)MOST_REDIRECTS) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALLED_S) != CURLE_OK;
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)STALLED_RATE) != CURLE_OK;
    /* a thread that still waits for a name server must not hold up the others */
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) != CURLE_OK;
    if (t->resumed) {
        /* not CURLOPT_RESUME_FROM: that fails when the server sends the whole file */
        char range[32];
        snprintf(range, sizeof range, "%llu-", (unsigned long long)t->part.have);
        bad |= curl_easy_setopt(easy, CURLOPT_RANGE, range) != CURLE_OK;
    }
    return !bad;
}

static bool launch(transfer *t)
{
    t->easy = curl_easy_init();
    if (t->easy && configure(t) && curl_multi_add_handle(t->run->multi, t->easy) == CURLM_OK) {
        t->run->running++;
        return true;
    }
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    ra_fail(&t->file->error, RA_ERR_INTERNAL, t->file->url, 0, "libcurl cannot start a transfer",
            NULL);
    t->run->fatal = t;
    return false;
}

static void start(transfer *t)
{
    t->began = t->too_long = t->no_disk = t->length_set = false;
    t->ignored = 0;
    t->asked_s = 0;
    t->reason[0] = '\0';
    if (!ra_part_open(&t->part, &t->file->error)) {
        act(t, t->part.busy ? REFUSED : NO_DISK, false);
        return;
    }
    t->resumed = t->part.have > 0;
    if (t->part.have < t->part.size)
        (void)launch(t);
    else /* a run that was killed before it could look at it */
        act(t, judge_part(t), true);
}

static void stop(transfer *t)
{
    curl_multi_remove_handle(t->run->multi, t->easy);
    curl_easy_cleanup(t->easy);
    t->easy = NULL;
    t->run->running--;
}

static void settle(transfer *t, CURLcode result)
{
    long status = status_of(t->easy);
    curl_off_t asked = 0, length = -1;
    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &asked);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    t->asked_s = (double)asked;
    t->length_set = length >= 0;
    if (status > 0)
        t->run->heard_s = ra_now_s();
    stop(t);
    act(t, judge(t, result, status), status > 0);
}

/* --- the run --- */

static void start_ready(run *r)
{
    double now = ra_now_s();
    if (now < r->pause_s)
        return;
    for (size_t i = 0; i < r->count && r->running < r->concurrency && !r->fatal; i++) {
        transfer *t = &r->transfers[i];
        if (!t->settled && !t->easy && t->ready_s <= now)
            start(t);
    }
}

static void settle_finished(run *r)
{
    int queued;
    for (CURLMsg *m; !r->fatal && (m = curl_multi_info_read(r->multi, &queued));) {
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode result = m->data.result; /* the message goes with the handle */
        transfer *t = NULL;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        settle(t, result);
    }
}

/* Sleeps until a socket is ready or the next attempt is due; awake often enough for the progress
 * line. */
static void wait_for_more(run *r)
{
    double now = ra_now_s(), sleep_s = 0.2;
    for (size_t i = 0; i < r->count && r->running < r->concurrency; i++) {
        const transfer *t = &r->transfers[i];
        if (!t->settled && !t->easy)
            sleep_s = fmin(sleep_s, fmax(t->ready_s, r->pause_s) - now);
    }
    curl_multi_poll(r->multi, NULL, 0, (int)(1000 * fmax(sleep_s, 0)), NULL);
}

static uint64_t bytes_there(const run *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->count; i++)
        sum += r->transfers[i].part.have;
    return sum;
}

static void transfer_all(run *r, const char *what)
{
    uint64_t total = 0;
    for (size_t i = 0; i < r->count; i++)
        total += r->transfers[i].part.size;
    ra_progress progress;
    ra_progress_start(&progress, what, "bytes", total);
    while (r->left > 0 && !r->fatal) {
        int still;
        start_ready(r);
        curl_multi_perform(r->multi, &still);
        settle_finished(r);
        ra_progress_update(&progress, bytes_there(r));
        if (r->left > 0 && !r->fatal)
            wait_for_more(r);
    }
    ra_progress_end(&progress);
}

/* After a failed disk, its space is what is needed most. */
static void clean_up(run *r)
{
    bool no_disk = r->fatal && r->fatal->file->error.code == RA_ERR_INPUT;
    for (size_t i = 0; i < r->count; i++) {
        transfer *t = &r->transfers[i];
        if (t->easy)
            stop(t);
        if (no_disk && !t->file->done && (t->part.fd >= 0 || (t->attempts > 0 && !t->part.busy)))
            ra_part_discard(&t->part);
        else
            ra_part_close(&t->part);
    }
}

static bool report(const run *r, ra_error *err)
{
    const transfer *failed = r->fatal;
    size_t missing = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (r->transfers[i].file->done)
            continue;
        missing++;
        if (!failed)
            failed = &r->transfers[i];
    }
    if (!failed)
        return true;
    *err = failed->file->error;
    if (!err->hint[0] && missing > 1)
        ra_hintf(err, "%zu of %zu files are missing", missing, r->count);
    return false;
}

bool ra_downloads_run(ra_download *files, size_t count, const ra_download_options *options,
                      ra_error *err)
{
    CURLM *multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
    if (!multi)
        return ra_fail(err, RA_ERR_INTERNAL, NULL, 0, "libcurl cannot be initialised", NULL);
    ra_arena arena = {0};
    run r = {
        .multi = multi,
        .transfers = ra_alloc(count, sizeof *r.transfers),
        .count = count,
        .left = count,
        .concurrency = options->concurrency ? options->concurrency : 8,
        .attempts = options->attempts ? options->attempts : 5,
        .heard_s = ra_now_s(),
        .seed = (uint64_t)getpid(),
    };
    for (size_t i = 0; i < count; i++) {
        ra_download *file = &files[i];
        file->done = false;
        r.transfers[i] = (transfer){.run = &r, .file = file};
        ra_part_init(&r.transfers[i].part, &arena, file->path, file->size, file->sha256);
    }
    transfer_all(&r, options->what);
    clean_up(&r);
    curl_multi_cleanup(multi);
    curl_global_cleanup();
    bool ok = report(&r, err);
    free(r.transfers);
    ra_arena_release(&arena);
    return ok;
}
