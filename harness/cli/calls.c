/* routeassay calls VERB: what is in the store of paid calls. */
#include "net/calls.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "data/json.h"
#include "net/call_stats.h"
#include "net/exchange.h"
#include "net/http.h"

#include <math.h>
#include <string.h>

/* What the verbs share. */
typedef struct request {
    const char *store, *purpose;
    bool json;
} request;

#define STORE_OPTION(r)                                                 \
    {                                                                   \
        "calls", RA_TEXT, &(r).store, "FILE", "the store of paid calls" \
    }

/* --- list --- */

typedef struct listing {
    const request *request;
    ra_json *list;
} listing;

static bool list_row(void *context, const ra_store_row *row, ra_error *err)
{
    (void)err;
    const listing *l = context;
    char url[200], purpose[64], model[128];
    if (l->request->json) {
        ra_json *entry = ra_json_new_object();
        ra_json_put_string(entry, "request", row->request);
        ra_json_put_number(entry, "repetition", (double)row->repetition);
        ra_json_put_string(entry, "purpose", row->purpose);
        ra_json_put_string(entry, "url", row->url);
        ra_json_put_string(entry, "requested_model", row->requested_model);
        ra_json_put_string(entry, "served_model", row->served_model);
        ra_json_put_number(entry, "usd", row->usd);
        ra_json_put_number(entry, "latency_ms", row->latency_ms);
        ra_json_put_string(entry, "time", row->time);
        ra_json_add(l->list, entry);
        return true;
    }
    ra_http_show_url(row->url, url, sizeof url);
    ra_printable(purpose, sizeof purpose, row->purpose);
    ra_printable(model, sizeof model, row->requested_model ? row->requested_model : "-");
    printf("%.16s %3llu  %s  %-10s %-24s %s\n", row->request, (unsigned long long)row->repetition,
           row->time, purpose, model, url);
    return true;
}

static bool list(const request *r, const ra_operands *operands, ra_store *store, ra_error *err)
{
    listing l = {r, r->json ? ra_json_new_array() : NULL};
    bool ok =
        ra_no_operands(operands, err) && ra_store_each(store, r->purpose, "", list_row, &l, err);
    if (ok && r->json)
        ra_json_show(l.list, stdout);
    ra_json_free(l.list);
    return ok;
}

/* --- show --- */

static bool show_row(void *context, const ra_store_row *row, ra_error *err)
{
    (void)err;
    size_t *shown = context;
    ra_json *call = ra_exchange_json(row);
    ra_json_show(call, stdout);
    ra_json_free(call);
    ++*shown;
    return true;
}

static bool show(const request *r, const ra_operands *operands, ra_store *store, ra_error *err)
{
    static const ra_help naming = {"calls show", "", "", ""};
    size_t shown = 0;
    if (!ra_one_operand(operands, &naming, "request (or the beginning of one)", err) ||
        !ra_store_each(store, r->purpose, operands->items[0], show_row, &shown, err))
        return false;
    if (shown > 0)
        return true;
    ra_failf(err, RA_ERR_INPUT, r->store, 0, "no request begins with '%s'", operands->items[0]);
    return ra_hintf(err, "'routeassay calls list' names them");
}

/* --- stats --- */

static ra_json *group_json(const ra_call_group *g)
{
    ra_json *entry = ra_json_new_object();
    ra_json_put_string(entry, "purpose", g->purpose);
    ra_json_put_string(entry, "model", g->model);
    ra_json_put_number(entry, "calls", (double)g->calls);
    ra_json_put_number(entry, "prompt_tokens", g->prompt_tokens);
    ra_json_put_number(entry, "completion_tokens", g->completion_tokens);
    ra_json_put_number(entry, "cached_tokens", g->cached_tokens);
    ra_json_put_number(entry, "reasoning_tokens", g->reasoning_tokens);
    ra_json_put_number(entry, "usd", g->usd);
    ra_json_put_number(entry, "unpriced", (double)g->unpriced);
    ra_json_put_number(entry, "p50_ms", g->p50_ms);
    ra_json_put_number(entry, "p90_ms", g->p90_ms);
    ra_json_put_number(entry, "p99_ms", g->p99_ms);
    return entry;
}

static void print_group(const ra_call_group *g)
{
    char purpose[64], model[128];
    ra_printable(purpose, sizeof purpose, g->purpose);
    ra_printable(model, sizeof model, g->model);
    printf("%-10s %-24s %7zu %10.0f %10.0f %10.4f %9.1f %9.1f %9.1f\n", purpose, model, g->calls,
           g->prompt_tokens, g->completion_tokens, g->usd, g->p50_ms, g->p90_ms, g->p99_ms);
    if (g->unpriced > 0)
        printf("%-10s %zu of unknown price\n", "", g->unpriced);
}

static bool stats(const request *r, const ra_operands *operands, ra_store *store, ra_error *err)
{
    ra_arena arena = {0};
    ra_call_group *groups;
    size_t count;
    bool ok = ra_no_operands(operands, err) && ra_call_stats(store, &arena, &groups, &count, err);
    ra_json *list = ra_json_new_array();
    if (ok && !r->json)
        printf("%-10s %-24s %7s %10s %10s %10s %9s %9s %9s\n", "purpose", "model", "calls",
               "tokens in", "out", "dollars", "p50 ms", "p90 ms", "p99 ms");
    for (size_t i = 0; ok && i < count; i++) {
        if (r->json)
            ra_json_add(list, group_json(&groups[i]));
        else
            print_group(&groups[i]);
    }
    if (ok && r->json)
        ra_json_show(list, stdout);
    ra_json_free(list);
    ra_arena_release(&arena);
    return ok;
}

/* --- the verbs that only read --- */

typedef bool verb(const request *, const ra_operands *, ra_store *, ra_error *);

static bool read_with(verb *what, const ra_help *help, int argc, char **argv, ra_error *err)
{
    request r = {.store = ra_calls_defaults().path};
    const ra_option options[] = {STORE_OPTION(r),
                                 {"purpose", RA_TEXT, &r.purpose, "NAME", "only these calls"},
                                 {"json", RA_FLAG, &r.json, NULL, "as JSON"},
                                 {0}};
    ra_operands operands;
    if (!ra_options_parse(help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    ra_store *store = ra_store_open(r.store, RA_STORE_READ, err);
    bool ok = store && what(&r, &operands, store, err);
    ra_store_close(store);
    return ok;
}

static bool run_list(int argc, char **argv, ra_error *err)
{
    static const ra_help help = {"calls list", "", "One line for each stored call.",
                                 "routeassay calls list --purpose judge"};
    return read_with(list, &help, argc, argv, err);
}

static bool run_show(int argc, char **argv, ra_error *err)
{
    static const ra_help help = {"calls show", "REQUEST",
                                 "A stored call with its answer, as JSON: REQUEST is its name as\n"
                                 "'calls list' gives it, or how that begins.",
                                 "routeassay calls show 3fa94c"};
    return read_with(show, &help, argc, argv, err);
}

static bool run_stats(int argc, char **argv, ra_error *err)
{
    static const ra_help help = {"calls stats", "",
                                 "Calls, tokens, dollars and latency per purpose and model.",
                                 "routeassay calls stats --calls out/calls.sqlite"};
    return read_with(stats, &help, argc, argv, err);
}

/* --- files --- */

static void print_exchange(const char *what, const char *path, const ra_exchange *e)
{
    printf("%s: %zu calls %s, head %s\n", path, e->calls, what, e->head);
}

static bool run_export(int argc, char **argv, ra_error *err)
{
    static const ra_help help = {
        "calls export", "FILE.jsonl",
        "Writes the store as JSONL in which each line holds the hash of the one before. The hash "
        "of\n"
        "the last line, the head, is printed: published, it vouches for the whole file.",
        "routeassay calls export calls.jsonl --purpose judge"};
    request r = {.store = ra_calls_defaults().path};
    const ra_option options[] = {
        STORE_OPTION(r), {"purpose", RA_TEXT, &r.purpose, "NAME", "only these calls"}, {0}};
    ra_operands operands;
    ra_exchange e;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!ra_one_operand(&operands, &help, "file to write", err))
        return false;
    ra_store *store = ra_store_open(r.store, RA_STORE_READ, err);
    bool ok = store && ra_exchange_export(store, r.purpose, operands.items[0], &e, err);
    ra_store_close(store);
    if (ok)
        print_exchange("written", operands.items[0], &e);
    return ok;
}

static bool run_import(int argc, char **argv, ra_error *err)
{
    static const ra_help help = {
        "calls import", "FILE.jsonl",
        "Verifies an exported file and adds its calls to the store, all or none. A call that the\n"
        "store answers otherwise is an error.",
        "routeassay calls import calls.jsonl --calls out/calls.sqlite"};
    request r = {.store = ra_calls_defaults().path};
    const ra_option options[] = {STORE_OPTION(r), {0}};
    ra_operands operands;
    ra_exchange e;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!ra_one_operand(&operands, &help, "exported file", err))
        return false;
    ra_store *store = ra_store_open(r.store, RA_STORE_RECORD, err);
    bool ok = store && ra_exchange_import(store, operands.items[0], &e, err);
    ra_store_close(store);
    if (ok)
        printf("%s: %zu calls, %zu of them new, head %s\n", operands.items[0], e.calls, e.added,
               e.head);
    return ok;
}

static bool verify_store(const char *path, ra_error *err)
{
    size_t calls = 0;
    ra_store *store = ra_store_open(path, RA_STORE_READ, err);
    bool ok = store && ra_exchange_verify_store(store, path, &calls, err);
    ra_store_close(store);
    if (ok)
        printf("%s: %zu calls, sound\n", path, calls);
    return ok;
}

static bool run_verify(int argc, char **argv, ra_error *err)
{
    static const ra_help help = {
        "calls verify", "[FILE.jsonl]",
        "Checks an exported file: nothing changed, missing, added or moved; or, without a file, "
        "the\n"
        "store: SQLite's own check, and that every request is what its name stands for.",
        "routeassay calls verify calls.jsonl --head 9f2c..."};
    request r = {.store = ra_calls_defaults().path};
    const char *head = NULL;
    const ra_option options[] = {
        STORE_OPTION(r),
        {"head", RA_TEXT, &head, "HASH", "the published hash of the file's last line"},
        {0}};
    ra_operands operands;
    ra_exchange e;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (operands.count == 0)
        return verify_store(r.store, err);
    if (!ra_one_operand(&operands, &help, "exported file", err) ||
        !ra_exchange_verify(operands.items[0], head, &e, err))
        return false;
    print_exchange("unchanged", operands.items[0], &e);
    return true;
}

static const struct {
    const char *name, *summary;
    ra_command_run *run;
} verbs[] = {
    {"list", "one line a call", run_list},
    {"show", "a call with its answer", run_show},
    {"stats", "tokens, dollars and latency", run_stats},
    {"export", "as JSONL that vouches for itself", run_export},
    {"import", "what was exported", run_import},
    {"verify", "an exported file, or the store", run_verify},
    {"send", "make a list of calls", ra_cmd_calls_send},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static void usage(void)
{
    fputs("usage: routeassay calls VERB [options]\n\nThe store of calls that were paid for: each "
          "is asked once and kept.\n\nverbs:\n",
          stdout);
    for (size_t i = 0; i < VERBS; i++)
        printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
    fputs("\nexample:\n  routeassay calls stats --calls out/calls.sqlite\n\n'routeassay calls VERB "
          "--help' shows the options of each.\n",
          stdout);
}

bool ra_cmd_calls(int argc, char **argv, ra_error *err)
{
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        usage();
        return true;
    }
    for (size_t i = 0; argc >= 2 && i < VERBS; i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1, err);
    if (argc < 2)
        ra_fail(err, RA_ERR_USAGE, NULL, 0, "a verb is needed", NULL);
    else
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown verb '%s'", argv[1]);
    return ra_hintf(err, "list, show, stats, export, import, verify or send");
}
