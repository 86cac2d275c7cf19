/* The call store: every HTTP call that could cost money is answered from here, or answered once by
 * the network and kept for ever.
 *
 *     ra_calls_options o = ra_calls_defaults();
 *     o.path = "out/calls.sqlite";
 *     ra_calls *calls = ra_calls_open(&o, err);
 *     if (!calls) return false;
 *     bool ok = ra_calls_make(calls, list, count, &arena, answers, err);
 *     ra_calls_report(calls, stderr);
 *     ra_calls_close(calls);
 *
 * A request is its SHA-256 of method, URL, extra headers and body, each with secrets left out; with
 * a repetition number it names one row, so that k repeats of one question are k answers. An answer
 * is in the store (one commit for all that arrived in the same moment, about a millisecond) before
 * anything is done with it, so a process killed at any instant goes on where it stopped; and on the
 * disk before the caller sees it, so a loss of power costs the last second at most. Each request
 * carries its name as Idempotency-Key: a server that honours it charges once for an answer that was
 * lost on the way. Two processes do not record into one store at the same time.
 *
 *   record   answers that are stored, and asks the network for the others
 *   replay   never touches the network; what is absent is an error that names the request
 *   refresh  asks the network for everything once more (once per ra_calls object) and keeps the new
 *
 * Secrets come from the environment, by name. Their values are taken out of whatever is stored,
 * shown or handed back, even when the server echoes them: "[NAME]" stands in their place.
 *
 * Only 2xx answers with a JSON body are kept. A body that is no JSON, or says {"error":...} in
 * spite of its status, is a failure of the server and tried again. */
#ifndef RA_NET_CALLS_H
#define RA_NET_CALLS_H

#include "base/memory.h"
#include "net/openai.h"

typedef enum ra_calls_mode { RA_CALLS_RECORD, RA_CALLS_REPLAY, RA_CALLS_REFRESH } ra_calls_mode;

/* "record", "replay", "refresh". */
RA_MUST_CHECK bool ra_calls_mode_parse(const char *name, ra_calls_mode *out, ra_error *err);

/* What answers from the store came to when they were recorded. Who reads it sets it to 0 again. */
typedef struct ra_call_sums {
    size_t calls;
    double ms, usd;  /* NaN when one of them is unknown */
    size_t settings; /* of a knob, each of which was asked; 0 = there is none */
} ra_call_sums;

typedef struct ra_calls_options {
    const char *path; /* of the store; made when absent, not in replay */
    ra_calls_mode mode;
    const char *mode_name; /* when not NULL or empty, instead of mode */
    bool dry_run;          /* ask nobody; count what it would cost */
    double budget;         /* dollars that this object may spend; NaN = no limit */
    const char *what;      /* of the progress line; NULL = the first call's purpose */
    unsigned concurrency;  /* this and the rest: see net/http.h; 0 = default */
    double requests_per_minute, tokens_per_minute;
    unsigned attempts;
    double timeout_s; /* of one attempt */
    const char *ca_file;
    ra_call_sums *sums; /* answers from the store are added to it; or NULL */
} ra_calls_options;

/* Path from ROUTEASSAY_CALLS, else "out/calls.sqlite"; mode from ROUTEASSAY_MODE, else record; CA
 * file from SSL_CERT_FILE or none; no budget. For code that gets no options: embedders, routers. An
 * unknown ROUTEASSAY_MODE is an error of ra_calls_open. */
ra_calls_options ra_calls_defaults(void);
/* Never the network, whatever the environment says, and sums of what is answered; NULL changes
 * nothing. */
void ra_calls_only_sum(ra_calls_options *options, ra_call_sums *sums);

/* One call. Zero-initialise; what is not named below as optional must be set. */
typedef struct ra_call {
    const char *method;         /* NULL = "POST" */
    const char *url;            /* ra_openai_url makes one */
    const char *body;           /* JSON text; NULL = none */
    const char *const *headers; /* extra "Name: value" without secrets, NULL-terminated; optional */
    const char *purpose;        /* "judge", "record", "router", "embedding" */
    const char *key_env;        /* environment variable that holds the key; NULL = no key */
    const char *key_header;     /* it is sent in; NULL = "Authorization: Bearer KEY", else e.g.
                                 * "x-api-key" for "x-api-key: KEY" */
    unsigned repetition;        /* 0, 1, 2 ... */
    double tokens_in, tokens_out; /* estimates, for --dry-run, --budget and tokens per minute */
    ra_price_per_million price;   /* of the tokens; not `known` = cannot be budgeted */
} ra_call;

/* Texts are in the caller's arena. */
typedef struct ra_call_answer {
    long status;      /* 0 = no answer (dry run, given up, budget); then body is NULL */
    const char *body; /* terminated, length does not count that */
    size_t length;
    const char *headers; /* "name: value\n" lines of the answer, secrets out */
    double latency_ms;   /* when it was recorded */
    bool from_store;
    unsigned attempts;   /* 0 when from the store */
    const char *request; /* its SHA-256, the name in `calls show` */
    /* as read from body; NULL (NaN for usd) when it does not say */
    const char *requested_model, *served_model, *fingerprint;
    ra_usage usage;
    double usd;
} ra_call_answer;

typedef struct ra_calls ra_calls;

/* NULL on an error: a file that is no store or of a later version, an unwritable folder, another
 * process that records into it. */
ra_calls *ra_calls_open(const ra_calls_options *options, ra_error *err);
void ra_calls_close(ra_calls *calls); /* NULL is fine */
bool ra_calls_is_dry(const ra_calls *calls);

/* Answers all calls, in their order; one that occurs twice is asked once. One thread at a time.
 *
 * Errors (answers that came are in the store all the same, and in `answers`): absent in replay (3),
 * a key's variable not set (2), a refusal or a call given up (4), the budget reached (1), disk (3).
 * In a dry run the absent ones have status 0 and it returns true: the caller goes on with what
 * calls it can foresee, and reports. */
RA_MUST_CHECK bool ra_calls_make(ra_calls *calls, const ra_call *list, size_t count,
                                 ra_arena *arena, ra_call_answer *answers, ra_error *err);

/* Keeps answers that came from elsewhere (published judgments) as if the network had given them:
 * bodies[i] is what the server would have sent to list[i]. What is stored already stays as it is.
 * Latency is unknown, attempts are 0. In record mode only. */
RA_MUST_CHECK bool ra_calls_put(ra_calls *calls, const ra_call *list, const char *const *bodies,
                                size_t count, ra_error *err);

/* What was asked and stored so far, tokens and dollars, and served models that differ from the
 * requested ones: a few lines. In a dry run what it would cost. */
void ra_calls_report(const ra_calls *calls, FILE *out);

/* Refuses a key variable that is named but not set, before any work is done (exit 2). */
RA_MUST_CHECK bool ra_calls_key_check(const char *key_env, ra_error *err);

#endif
