/* The transport: many HTTP requests at once on libcurl's multi interface, from one thread.
 *
 *     static ra_http_verdict keep(void *context, size_t i, const ra_http_answer *a, ra_error *err);
 *     ra_http_options o = {.concurrency = 64, .requests_per_minute = 500};
 *     ra_http_hooks hooks = {.context = &mine, .answered = keep};
 *     bool ok = ra_http_run(requests, count, &o, &hooks, err);
 *
 * What is tried again, with exponential back-off and jitter (data/retry.h): failed connections,
 * answers cut short, and what `answered` wants again, as ra_http_verdict_of does for 408, 409, 425,
 * 429 and 5xx. Retry-After, and the back-off of a 429 without it, hold up the whole run: the server
 * is what is overloaded. A request whose attempts are used up is given up and the others go on.
 * When `answered` stops the run, or nobody was ever reached, nothing new is started, what is under
 * way is waited for and kept, and the run ends with that error.
 *
 * Always: certificates are checked, redirects are followed only within the same scheme, host and
 * port (else the request fails: a key never goes to another host), HTTP/2 where the server speaks
 * it over TLS, libcurl's proxy variables (https_proxy, no_proxy ...), nothing is streamed, and
 * errors show URLs without user, query and fragment. */
#ifndef RA_NET_HTTP_H
#define RA_NET_HTTP_H

#include "base/error.h"

#include <stddef.h>

typedef struct ra_http_request {
    const char *method;         /* "POST", "GET" */
    const char *url;            /* http:// or https:// */
    const char *const *headers; /* "Name: value", NULL-terminated; NULL = none */
    const char *secret_header;  /* one more header, such as the key; NULL = none */
    const char *body;           /* NULL = none */
    size_t length;              /* bytes of body */
    double tokens;              /* what it will count towards tokens per minute, about */
} ra_http_request;

typedef struct ra_http_answer {
    long status;
    const char *body; /* terminated by a zero byte that length does not count */
    size_t length;
    const char *headers; /* "name: value\n" lines as received, of the last answer; never NULL */
    double latency_ms;   /* from the request's first byte to the answer's last, not connecting */
    unsigned attempts;   /* made, this one included */
} ra_http_answer;

typedef enum ra_http_verdict {
    RA_HTTP_KEEP,  /* fine: the request is done */
    RA_HTTP_AGAIN, /* not usable (err says why): to be tried again, or given up with err */
    RA_HTTP_STOP,  /* cannot succeed (err says why), and the others will not either: end the run */
} ra_http_verdict;

/* KEEP 2xx, AGAIN 408, 409, 425, 429 and 5xx but 501, STOP the rest (400, 401, 403, 404 ...). */
ra_http_verdict ra_http_verdict_of(long status);

typedef struct ra_http_hooks {
    void *context;
    /* Asked before a request's first attempt; false = not now: asked again after the next answer,
     * and when nothing is under way any more, the run ends well. NULL = always. */
    bool (*may_start)(void *context, size_t index);
    /* An answer came, of any status, which lives until this returns. */
    ra_http_verdict (*answered)(void *context, size_t index, const ra_http_answer *answer,
                                ra_error *err);
    /* A request was given up. NULL = not interested. */
    void (*failed)(void *context, size_t index, const ra_error *why);
    /* After each round of answers, and at the end: the place for one commit. False = end the run.
     * NULL = nothing to do. */
    bool (*settled)(void *context, ra_error *err);
} ra_http_hooks;

/* 0 (NULL) everywhere = the default. */
typedef struct ra_http_options {
    const char *what;           /* of the progress line: "judge"; NULL = none */
    unsigned concurrency;       /* requests at once; 32, at most RA_MAX_CONCURRENCY */
    double requests_per_minute; /* started; no limit */
    double tokens_per_minute;   /* of the requests' estimates; no limit */
    unsigned attempts;          /* per request; 6 */
    double connect_s;           /* to a connection, name look-up included; 10 */
    double idle_s;              /* without a byte; = total */
    double total_s;             /* of one attempt; 600 */
    double patience_s;          /* the longest Retry-After that is waited for; 120 */
    size_t most_bytes;          /* of one answer; RA_MAX_ANSWER */
    const char *ca_file;        /* PEM roots to trust instead of the system's */
} ra_http_options;

/* True when the run came to its end: every request was kept, given up (`failed` was told) or left
 * because `may_start` said no. Errors: what a hook said, nobody is reached, a certificate that is
 * not trusted, a redirect to another host, a server that asks to wait too long (exit 4). */
RA_MUST_CHECK bool ra_http_run(const ra_http_request *requests, size_t count,
                               const ra_http_options *options, const ra_http_hooks *hooks,
                               ra_error *err);

/* "https://host:port/path" of a URL for messages, printable, without user, query and fragment. */
void ra_http_show_url(const char *url, char *dst, size_t size);

#endif
