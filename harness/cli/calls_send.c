/* routeassay calls send: any list of calls through the store. */
#include "cli/calls_options.h"
#include "cli/commands.h"
#include "data/json.h"
#include "net/call_list.h"

#include <math.h>
#include <stdlib.h>

static const ra_help help = {
    "calls send", "CALLS.jsonl",
    "Answers every call of a file from the store, or asks for it and stores the answer, and "
    "prints\n"
    "the answers, one JSON object a line. A line of the file is one call:\n"
    "  {\"url\" or \"path\", \"method\", \"body\", \"headers\", \"purpose\", \"repetition\", "
    "\"tokens_in\",\n"
    "   \"tokens_out\"}\n"
    "all optional; path is put behind --endpoint and is chat/completions if not given. Where the\n"
    "file names other URLs, the key is sent to those.",
    "routeassay calls send questions.jsonl --endpoint http://127.0.0.1:8080/v1 --price 0/0"};

static void print_answer(size_t line, const ra_call *call, const ra_call_answer *a)
{
    ra_json *object = ra_json_new_object();
    ra_json_put_number(object, "call", (double)line);
    ra_json_put_string(object, "request", a->request);
    ra_json_put_number(object, "repetition", call->repetition);
    ra_json_put_number(object, "status", (double)a->status);
    ra_json_put_bool(object, "from_store", a->from_store);
    ra_json_put_number(object, "attempts", a->attempts);
    ra_json_put_number(object, "latency_ms", a->latency_ms);
    ra_json_put_string(object, "served_model", a->served_model);
    ra_json_put_number(object, "usd", a->usd);
    ra_json_put_string(object, "answer", a->body);
    ra_buf text = {0};
    ra_json_print(object, &text);
    puts(text.text);
    ra_buf_release(&text);
    ra_json_free(object);
}

/* The answers that came are printed also when others did not. */
static bool send_all(ra_calls *calls, const ra_call *list, size_t count, bool quiet,
                     ra_arena *arena, ra_error *err)
{
    ra_call_answer *answers = ra_alloc(count, sizeof *answers);
    bool ok = ra_calls_make(calls, list, count, arena, answers, err);
    for (size_t i = 0; i < count && !quiet; i++)
        if (answers[i].status)
            print_answer(i + 1, &list[i], &answers[i]);
    ra_calls_report(calls, ra_calls_is_dry(calls) ? stdout : stderr);
    free(answers);
    return ok;
}

static bool run(const ra_calls_cli *net, const char *path, bool quiet, ra_error *err)
{
    ra_arena arena = {0};
    ra_call *list = NULL;
    size_t count = 0;
    ra_calls *calls = NULL;
    bool ok = ra_call_list_read(path, &net->endpoint, &arena, &list, &count, err) &&
              (calls = ra_calls_open(&net->calls, err)) &&
              send_all(calls, list, count, quiet || net->calls.dry_run, &arena, err);
    ra_calls_close(calls);
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_calls_send(int argc, char **argv, ra_error *err)
{
    ra_calls_cli net = ra_calls_cli_default();
    bool quiet = false;
    const ra_option options[] = {RA_ENDPOINT_OPTIONS(net),
                                 RA_CALLS_OPTIONS(net),
                                 {"quiet", RA_FLAG, &quiet, NULL, "do not print the answers"},
                                 {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    return ra_one_operand(&operands, &help, "file of calls", err) &&
           ra_calls_cli_check(&net, err) && run(&net, operands.items[0], quiet, err);
}
