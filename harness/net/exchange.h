/* A call store as JSONL, for papers and archives ("routeassay.calls/1"):
 *
 *   {"schema":"routeassay.calls/1","previous":null}
 *   {"request","repetition","purpose","method","url","request_headers","body","status",
 *    "answer_headers","answer","requested_model","served_model","fingerprint","prompt_tokens",
 *    "completion_tokens","cached_tokens","reasoning_tokens","price_input","price_output","usd",
 *    "latency_ms","attempts","time","previous"}            one a call, as ra_store_row has them
 *   {"end":true,"calls":N,"previous"}
 *
 * "previous" is the SHA-256 of the line before, and the calls stand in the order of request and
 * repetition: a line that is changed, missing, added or moved breaks the chain, and who knows the
 * hash of the last line (the "head", which export and verify print) knows the whole file. The same
 * calls are the same bytes. */
#ifndef RA_NET_EXCHANGE_H
#define RA_NET_EXCHANGE_H

#include "data/json.h"
#include "net/store.h"

typedef struct ra_exchange {
    size_t calls;
    size_t added; /* by import; the others were there */
    ra_digest head;
} ra_exchange;

/* Writes the calls of one purpose (NULL = all), atomically. */
RA_MUST_CHECK bool ra_exchange_export(ra_store *store, const char *purpose, const char *path,
                                      ra_exchange *out, ra_error *err);
/* Checks chain, order, end, and every request's name. head NULL, or what the head must be. A file
 * that fails is RA_ERR_CHECK (exit 1), one that cannot be read is RA_ERR_INPUT. */
RA_MUST_CHECK bool ra_exchange_verify(const char *path, const char *head, ra_exchange *out,
                                      ra_error *err);
/* Verifies, then adds what is absent, all or nothing. A call that the store answers otherwise is an
 * error. */
RA_MUST_CHECK bool ra_exchange_import(ra_store *store, const char *path, ra_exchange *out,
                                      ra_error *err);

/* Checks a store: SQLite's own check, every request's name, every answer readable. */
RA_MUST_CHECK bool ra_exchange_verify_store(ra_store *store, const char *path, size_t *calls,
                                            ra_error *err);

/* A call as JSON, without "previous". */
ra_json *ra_exchange_json(const ra_store_row *row);

#endif
