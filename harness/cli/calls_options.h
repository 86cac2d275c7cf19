/* The options of commands that make calls: which endpoint, which store, how fast, how much money.
 *
 *     ra_calls_cli net = ra_calls_cli_default();
 *     const ra_option options[] = {..., RA_ENDPOINT_OPTIONS(net), RA_CALLS_OPTIONS(net), {0}};
 *     ... ra_options_parse(...) ...
 *     if (!ra_calls_cli_check(&net, err)) return false;
 *     net.endpoint.model = model;
 *     ra_calls *calls = ra_calls_open(&net.calls, err);
 */
#ifndef RA_CLI_CALLS_OPTIONS_H
#define RA_CLI_CALLS_OPTIONS_H

#include "cli/options.h"
#include "net/calls.h"

typedef struct ra_calls_cli {
    ra_endpoint endpoint; /* model is for the command to set */
    ra_calls_options calls;
    /* as given; ra_calls_cli_check puts them into the above */
    const char *mode, *price;
    uint64_t concurrency;
} ra_calls_cli;

ra_calls_cli ra_calls_cli_default(void);
/* Checks what was given and fills endpoint and calls. Exit 2. */
RA_MUST_CHECK bool ra_calls_cli_check(ra_calls_cli *net, ra_error *err);

#define RA_ENDPOINT_OPTIONS(o)                                                                  \
    {"endpoint", RA_TEXT, &(o).endpoint.url, "URL", "base URL of an OpenAI-compatible server"}, \
        {"key-env", RA_TEXT, &(o).endpoint.key_env, "NAME",                                     \
         "environment variable that holds its key"},                                            \
    {                                                                                           \
        "price", RA_TEXT, &(o).price, "IN/OUT", "dollars per million tokens, as in 2.50/10"     \
    }

#define RA_CALLS_OPTIONS(o)                                                                      \
    {"calls", RA_TEXT, &(o).calls.path, "FILE", "the store of paid calls"},                      \
        {"mode", RA_TEXT, &(o).mode, "MODE", "record, replay (no network) or refresh"},          \
        {"concurrency", RA_COUNT, &(o).concurrency, "N", "requests at once"},                    \
        {"rpm", RA_NUMBER, &(o).calls.requests_per_minute, "N", "requests per minute, 0 = any"}, \
        {"tpm", RA_NUMBER, &(o).calls.tokens_per_minute, "N", "tokens per minute, 0 = any"},     \
        {"budget", RA_NUMBER, &(o).calls.budget, "DOLLARS", "stop before more is spent"},        \
        {"dry-run", RA_FLAG, &(o).calls.dry_run, NULL, "say what it would cost, ask nobody"},    \
        {"timeout", RA_NUMBER, &(o).calls.timeout_s, "SECONDS", "for one attempt, 0 = 600"},     \
    {                                                                                            \
        "ca-file", RA_TEXT, &(o).calls.ca_file, "FILE", "certificates to trust (PEM)"            \
    }

#endif
