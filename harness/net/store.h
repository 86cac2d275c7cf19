/* The file of the call store: SQLite in WAL mode, one row per request and repetition.
 *
 *     ra_store *store = ra_store_open(path, RA_STORE_RECORD, err);
 *     if (!ra_store_put(store, &row, err) || !ra_store_commit(store, err)) ...
 *     ra_store_close(store);
 *
 * What is put is on disk when commit has returned (synchronous = FULL), or not in the file at all.
 * The schema's version is PRAGMA user_version. The name of a request is the SHA-256 of
 *
 *     METHOD "\n" URL "\n" { HEADER "\n" } "\n" BODY
 *
 * with secrets left out. */
#ifndef RA_NET_STORE_H
#define RA_NET_STORE_H

#include "base/memory.h"
#include "base/sha256.h"

#include <stdint.h>

typedef struct ra_store_row {
    const char *request; /* 64 hex digits */
    uint64_t repetition;
    const char *purpose, *method, *url;
    const char *request_headers; /* "Name: value\n" lines, "" if none */
    const char *body;            /* "" if none */
    long status;
    const char *answer_headers;                               /* as request_headers */
    const char *answer;                                       /* the body that came */
    const char *requested_model, *served_model, *fingerprint; /* NULL = not known */
    /* NaN = not known */
    double prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens;
    double price_input, price_output, usd; /* dollars per million tokens; of the call */
    double latency_ms;
    uint64_t attempts; /* 0 = came from elsewhere */
    const char *time;  /* when it was stored, "2024-07-01T12:00:00Z" */
} ra_store_row;

typedef struct ra_store ra_store;

typedef enum ra_store_use {
    RA_STORE_READ,   /* the file must be there */
    RA_STORE_RECORD, /* made when absent; one process at a time */
} ra_store_use;

/* NULL and an error: no file, no store, a later version, recorded into by another process. */
ra_store *ra_store_open(const char *path, ra_store_use use, ra_error *err);
void ra_store_close(ra_store *store); /* NULL is fine; what was not committed is dropped */

/* *found = whether there is such a row; then it is in *row, texts in the arena. */
RA_MUST_CHECK bool ra_store_find(ra_store *store, const char *request, uint64_t repetition,
                                 ra_arena *arena, ra_store_row *row, bool *found, ra_error *err);
/* Adds the row, or puts it in the place of one of that name. */
RA_MUST_CHECK bool ra_store_put(ra_store *store, const ra_store_row *row, ra_error *err);
/* After an error nothing that was put since the last commit is there. */
RA_MUST_CHECK bool ra_store_commit(ra_store *store, ra_error *err);

/* Visits rows in the order of request and repetition, those of one purpose (NULL = all) whose
 * request begins with `prefix` ("" = all). The row's texts live until the visit returns. */
typedef bool ra_store_visit(void *context, const ra_store_row *row, ra_error *err);
RA_MUST_CHECK bool ra_store_each(ra_store *store, const char *purpose, const char *prefix,
                                 ra_store_visit *visit, void *context, ra_error *err);

/* SQLite's own check of the whole file. */
RA_MUST_CHECK bool ra_store_check(ra_store *store, ra_error *err);

/* The name of a request. headers as in the row. */
void ra_store_name(const char *method, const char *url, const char *headers, const char *body,
                   ra_digest out);

#endif
