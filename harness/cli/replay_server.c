/* routeassay replay-server: recordings as an OpenAI-compatible server. */
#include "base/limits.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "study/replay.h"

#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "replay-server", "",
    "Answers as the recorded models did, over an OpenAI-compatible API: a router proxy can be put\n"
    "between it and a client, and measured without a key and without money. Models are called by\n"
    "their recorded names or 'strong' and 'weak'. A prompt that was not recorded is an error "
    "(404).\n"
    "Prints its base URL when it is ready; SIGTERM and SIGINT end it.\n\n"
    "  GET  /health  /v1/models\n"
    "  POST /v1/chat/completions  /v1/completions  /v1/embeddings",
    "routeassay replay-server --recordings golden/recordings --strong example/large \\\n"
    "      --weak example/small --port 8080 --log routing.jsonl"};

static bool read_latency(const char *text, ra_replay_options *o, ra_error *err)
{
    o->recorded_latency = strcmp(text, "recorded") == 0;
    if (o->recorded_latency || strcmp(text, "none") == 0)
        return true;
    if (ra_parse_number(text, &o->latency_ms) && o->latency_ms >= 0 &&
        o->latency_ms <= RA_MAX_LATENCY_MS)
        return true;
    return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                    "--latency: recorded, none or 0 to %d milliseconds expected, found '%s'",
                    RA_MAX_LATENCY_MS, text);
}

static bool read_token(const char *name, ra_replay_options *o, ra_error *err)
{
    o->token = name ? getenv(name) : NULL;
    if (!name || (o->token && *o->token))
        return true;
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "--token-env: environment variable '%s' is not set", name);
    return ra_hintf(err, "it holds the token that clients must send");
}

static void ready(const char *url)
{
    printf("%s\n", url);
    fflush(stdout);
}

static bool is_loopback(const char *address)
{
    return ra_has_prefix(address, "127.") || strcmp(address, "::1") == 0;
}

bool ra_cmd_replay_server(int argc, char **argv, ra_error *err)
{
    ra_replay_study study = {0};
    ra_replay_options o = {.address = "127.0.0.1", .receive_s = RA_MAX_RECEIVE_S};
    ra_list benchmarks = {0};
    uint64_t port = 8080;
    const char *latency = "none", *token = NULL;
    const ra_option options[] = {
        {"recordings", RA_TEXT, &study.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_NAMES, &benchmarks, "NAME,...", "only these sets of the folder"},
        {"strong", RA_TEXT, &study.strong, "MODEL", "who answers as 'strong'"},
        {"weak", RA_TEXT, &study.weak, "MODEL", "who answers as 'weak'"},
        {"port", RA_COUNT, &port, "N", "0 = any that is free"},
        {"bind", RA_TEXT, &o.address, "ADDRESS", "IP address to listen on"},
        {"token-env", RA_TEXT, &token, "NAME", "ask for the bearer token in this variable"},
        {"latency", RA_TEXT, &latency, "MS",
         "how long an answer takes: milliseconds, none, or recorded"},
        {"log", RA_TEXT, &o.log, "FILE", "append to FILE which model each prompt reached"},
        {"log-time", RA_FLAG, &o.log_time, NULL, "with the time of each request"},
        {"embedder", RA_TEXT, &study.embedder, "[NAME=]SPEC", "vectors: ngrams, npy:FILE, ..."},
        {"cache", RA_TEXT, &study.cache, "DIR", "vectors that were made before"},
        {"time-limit", RA_NUMBER, &o.receive_s, "S", "seconds that a request may take to arrive"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!ra_no_operands(&operands, err) || !ra_option_needed(study.recordings, "recordings", err) ||
        !read_latency(latency, &o, err) || !read_token(token, &o, err))
        return false;
    if (port > UINT16_MAX)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--port: 0 to %d expected", UINT16_MAX);
    if (o.receive_s <= 0)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--time-limit: more than 0 expected", NULL);
    if (!o.token && !is_loopback(o.address))
        fprintf(stderr,
                "replay-server: warning: '%s' is reachable by others, and no --token-env "
                "was given\n",
                o.address);
    o.port = (uint16_t)port;
    study.benchmarks = benchmarks.items;
    study.benchmark_count = benchmarks.count;
    return ra_replay_run(&study, &o, ready, err);
}
