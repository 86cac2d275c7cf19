/* routeassay record: run a model over a benchmark, into a recording set. */
#include "study/record.h"
#include "base/file.h"
#include "base/installed.h"
#include "cli/calls_options.h"
#include "cli/commands.h"

#include <math.h>
#include <string.h>

static const ra_help help = {
    "record", "",
    "Asks a model at an OpenAI-compatible endpoint every question of a set and writes\n"
    "outputs/MODEL.jsonl into it: text, tokens, latency, finish reason and the model that served.\n"
    "Every answer is kept in the store of calls before anything else happens: a run that is "
    "killed\n"
    "goes on where it stopped, and pays nothing twice.",
    "routeassay record --recordings recordings --benchmark gsm8k --model gpt-4o-mini --dry-run\n"
    "  routeassay record --recordings recordings --benchmark mt-bench --model qwen \\\n"
    "      --endpoint http://localhost:8000/v1 --as Qwen/Qwen2.5-7B-Instruct\n"
    "  routeassay record --recordings recordings --benchmark mmlu --model base --api completions "
    "\\\n"
    "      --endpoint http://localhost:8000/v1 --first 100"};

typedef struct request {
    const char *recordings, *benchmark, *as, *api, *prompts;
    bool plain;
    uint64_t first;
    ra_record_how how;
    ra_calls_cli net;
} request;

static void show(const request *r, const ra_record_result *s)
{
    printf("%s: %zu of %zu turns answered (%zu items)", r->how.model, s->answered, s->turns,
           s->items);
    if (s->cut > 0)
        printf(", %zu cut off at the most tokens allowed", s->cut);
    if (s->none > 0)
        printf(", %zu without text", s->none);
    if (s->unasked > 0)
        printf(", %zu not asked: the turn before has no answer", s->unasked);
    if (!isnan(s->completion_tokens))
        printf(", %.0f tokens", s->completion_tokens);
    putchar('\n');
}

static bool record(request *r, ra_set *set, const ra_benchmark *benchmark, ra_error *err)
{
    ra_prompts prompts;
    const char *path = r->prompts;
    if (!path && !r->plain && benchmark->asking.prompts)
        path = ra_installed_file(
            &set->arena, ra_path_join(&set->arena, "golden/prompts", benchmark->asking.prompts));
    if (!ra_prompts_read(&prompts, path, err))
        return false;
    r->how.prompts = &prompts;
    ra_calls *calls = ra_calls_open(&r->net.calls, err);
    bool ok = calls != NULL;
    if (ok) {
        ra_record_result result;
        ok = ra_record_run(set, benchmark, &r->how, calls, &result, err);
        if (!ra_calls_is_dry(calls))
            show(r, &result);
        ra_calls_report(calls, stderr);
        ra_calls_close(calls);
    }
    r->how.prompts = NULL;
    ra_prompts_release(&prompts);
    return ok;
}

static bool run(request *r, ra_error *err)
{
    ra_arena arena = {0};
    ra_set set;
    const char *folder;
    const ra_benchmark *benchmark = ra_benchmark_find(r->benchmark, err);
    bool ok = benchmark && ra_set_find(&arena, r->recordings, r->benchmark, &folder, err) &&
              ra_set_open(&set, folder, err);
    if (ok) {
        ok = record(r, &set, benchmark, err);
        ra_set_release(&set);
    }
    ra_arena_release(&arena);
    return ok;
}

static bool check_usage(request *r, ra_error *err)
{
    if (!ra_option_needed(r->recordings, "recordings", err) ||
        !ra_option_needed(r->benchmark, "benchmark", err) ||
        !ra_option_needed(r->how.endpoint.model, "model", err))
        return false;
    r->how.continues = strcmp(r->api, "completions") == 0;
    if (!r->how.continues && strcmp(r->api, "chat") != 0)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                        "--api: chat or completions expected, found '%s'", r->api);
    if (r->plain && r->prompts)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--plain and --prompts exclude each other",
                       NULL);
    const char *model = r->how.endpoint.model;
    if (!ra_calls_cli_check(&r->net, err))
        return false;
    r->how.endpoint = r->net.endpoint;
    r->how.endpoint.model = model;
    r->how.model = r->as ? r->as : model;
    r->how.most_items = (size_t)r->first;
    r->how.replace = r->how.replace || r->net.calls.mode == RA_CALLS_REFRESH;
    return true;
}

bool ra_cmd_record(int argc, char **argv, ra_error *err)
{
    request r = {.api = "chat", .how = {.temperature = NAN}, .net = ra_calls_cli_default()};
    const ra_option options[] = {
        {"recordings", RA_TEXT, &r.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_TEXT, &r.benchmark, "NAME", "mmlu, gsm8k or mt-bench"},
        {"model", RA_TEXT, &r.how.endpoint.model, "MODEL", "the model, as the server calls it"},
        {"as", RA_TEXT, &r.as, "NAME", "what the set calls it; else the same"},
        {"api", RA_TEXT, &r.api, "NAME", "chat, or completions for a model that continues text"},
        {"prompts", RA_TEXT, &r.prompts, "FILE", "wording and examples; else the benchmark's"},
        {"plain", RA_FLAG, &r.plain, NULL, "the questions as they are, without examples"},
        {"temperature", RA_NUMBER, &r.how.temperature, "T", "else as the benchmark has it"},
        {"max-tokens", RA_COUNT, &r.how.max_tokens, "N", "of an answer; 0 = the prompts' own"},
        {"max-completion-tokens", RA_FLAG, &r.how.max_completion_tokens, NULL,
         "send that limit under this name, as some models want it"},
        {"first", RA_COUNT, &r.first, "N", "only so many items; 0 = all"},
        {"replace", RA_FLAG, &r.how.replace, NULL, "replace answers that the set holds"},
        RA_ENDPOINT_OPTIONS(r.net),
        RA_CALLS_OPTIONS(r.net),
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    return operands.helped ||
           (ra_no_operands(&operands, err) && check_usage(&r, err) && run(&r, err));
}
