/* What is stored is looked up, what is missing is asked for, what comes is stored. */
#include "net/calls.h"

#include "base/limits.h"
#include "base/sha256.h"
#include "net/http.h"
#include "net/secrets.h"
#include "net/store.h"
#include "net/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct ra_calls {
    ra_calls_options options;
    ra_store *store; /* NULL: there is none, in a dry run */
    ra_secrets secrets;
    ra_tally tally;
    ra_map refreshed; /* names that this object asked for, in refresh mode */
    ra_arena arena;   /* of the object: keys of the map */
};

/* A call with secrets left out. */
typedef struct named {
    const char *method, *url, *headers, *body;
    const char *request; /* its name */
    const char *key;     /* name and repetition */
} named;

/* One ra_calls_make. */
typedef struct batch {
    ra_calls *calls;
    const ra_call *list;
    named *names;
    size_t count;
    ra_arena *arena;
    ra_call_answer *answers;
    size_t *same; /* the first call of the same name, itself if there is none before */
    size_t *missing, missing_count;
    size_t *fresh, fresh_count; /* answered, not yet committed */
    double reserved;            /* dollars of what is under way, about */
    ra_error failure;           /* of the first that was given up */
    size_t failures;
} batch;

static const ra_call_answer no_answer = {
    .latency_ms = NAN, .usage = {NAN, NAN, NAN, NAN}, .usd = NAN};

/* --- options --- */

static const char *const mode_names[] = {"record", "replay", "refresh"};

bool ra_calls_mode_parse(const char *name, ra_calls_mode *out, ra_error *err)
{
    for (size_t i = 0; i < sizeof mode_names / sizeof *mode_names; i++)
        if (strcmp(name, mode_names[i]) == 0) {
            *out = (ra_calls_mode)i;
            return true;
        }
    return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                    "mode '%s' is unknown: record, replay or refresh expected", name);
}

ra_calls_options ra_calls_defaults(void)
{
    const char *path = getenv("ROUTEASSAY_CALLS");
    return (ra_calls_options){
        .path = path && *path ? path : "out/calls.sqlite",
        .mode_name = getenv("ROUTEASSAY_MODE"),
        .budget = NAN,
        .ca_file = getenv("SSL_CERT_FILE"),
    };
}

void ra_calls_only_sum(ra_calls_options *options, ra_call_sums *sums)
{
    if (!sums)
        return;
    options->sums = sums;
    options->mode = RA_CALLS_REPLAY;
    options->mode_name = NULL;
}

static bool open_store(ra_calls *c, ra_error *err)
{
    bool absent_is_fine = c->options.dry_run;
    if (absent_is_fine && !ra_file_exists(c->options.path))
        return true;
    bool reads = c->options.dry_run || c->options.mode == RA_CALLS_REPLAY;
    c->store = ra_store_open(c->options.path, reads ? RA_STORE_READ : RA_STORE_RECORD, err);
    if (!c->store && c->options.mode == RA_CALLS_REPLAY && !err->hint[0])
        ra_hintf(err, "replay needs a store that was recorded: --calls FILE");
    return c->store;
}

ra_calls *ra_calls_open(const ra_calls_options *options, ra_error *err)
{
    ra_calls *c = ra_alloc(1, sizeof *c);
    c->options = *options;
    const char *mode = options->mode_name;
    if ((!mode || !*mode || ra_calls_mode_parse(mode, &c->options.mode, err)) && open_store(c, err))
        return c;
    ra_calls_close(c);
    return NULL;
}

void ra_calls_close(ra_calls *c)
{
    if (!c)
        return;
    ra_store_close(c->store);
    ra_secrets_release(&c->secrets);
    ra_tally_release(&c->tally);
    ra_map_release(&c->refreshed);
    ra_arena_release(&c->arena);
    free(c);
}

bool ra_calls_is_dry(const ra_calls *c)
{
    return c->options.dry_run;
}

bool ra_calls_key_check(const char *key_env, ra_error *err)
{
    ra_secrets secrets = {0};
    bool ok = !key_env || ra_secrets_get(&secrets, key_env, err);
    ra_secrets_release(&secrets);
    return ok;
}

/* --- names --- */

static const char *join_headers(const ra_calls *c, ra_arena *arena, const char *const *headers)
{
    ra_buf lines = {0};
    for (; headers && *headers; headers++)
        ra_buf_printf(&lines, "%s\n", *headers);
    const char *joined = ra_arena_strdup(arena, lines.text ? lines.text : "");
    ra_buf_release(&lines);
    return ra_secrets_hidden(&c->secrets, arena, joined);
}

static bool check_call(const ra_call *call, ra_error *err)
{
    const ra_endpoint where = {.url = call->url, .key_env = call->key_env};
    if (!ra_endpoint_check(&where, err))
        return false;
    for (const char *const *h = call->headers; h && *h; h++)
        if (!strchr(*h, ':') || (*h)[strcspn(*h, "\r\n")])
            return ra_fail(err, RA_ERR_INPUT, NULL, 0, "a header is 'Name: value' in one line",
                           NULL);
    if (call->repetition > RA_MAX_REPETITION)
        return ra_failf(err, RA_ERR_INPUT, NULL, 0, "repetition %u: at most %d expected",
                        call->repetition, RA_MAX_REPETITION);
    return true;
}

static bool name_call(ra_calls *c, const ra_call *call, ra_arena *arena, named *out, ra_error *err)
{
    ra_digest request;
    if (!check_call(call, err))
        return false;
    out->method = call->method ? call->method : "POST";
    out->url = ra_secrets_hidden(&c->secrets, arena, call->url);
    out->headers = join_headers(c, arena, call->headers);
    out->body = ra_secrets_hidden(&c->secrets, arena, call->body ? call->body : "");
    ra_store_name(out->method, out->url, out->headers, out->body, request);
    out->request = ra_arena_strdup(arena, request);
    out->key = ra_arena_printf(arena, "%s-%u", request, call->repetition);
    return true;
}

/* Values of keys, where they can be had: what is stored must not hold them, and who replays or
 * makes a dry run need not have them. */
static bool take_keys(ra_calls *c, const ra_call *list, size_t count, ra_error *err)
{
    bool needed = !c->options.dry_run && c->options.mode != RA_CALLS_REPLAY;
    const char *last = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name = list[i].key_env;
        ra_error absent = {0};
        if (!name || (last && strcmp(last, name) == 0))
            continue;
        last = name;
        if (!ra_secrets_get(&c->secrets, name, needed ? err : &absent) && needed)
            return false;
    }
    return true;
}

/* --- answers from the store --- */

static void fill_answer(ra_call_answer *a, const ra_store_row *row)
{
    *a = (ra_call_answer){
        .status = row->status,
        .body = row->answer,
        .length = strlen(row->answer),
        .headers = row->answer_headers,
        .latency_ms = row->latency_ms,
        .request = row->request,
        .requested_model = row->requested_model,
        .served_model = row->served_model,
        .fingerprint = row->fingerprint,
        .usage = {row->prompt_tokens, row->completion_tokens, row->cached_tokens,
                  row->reasoning_tokens},
        .usd = row->usd,
    };
}

/* Dollars as recorded; where no price was known then, at that of the call now. */
static void add_to_sums(ra_call_sums *sums, const ra_call *call, const ra_call_answer *a)
{
    sums->calls++;
    sums->ms += a->latency_ms;
    sums->usd += isnan(a->usd) ? ra_openai_usd(&call->price, &a->usage) : a->usd;
}

static bool look_up(batch *b, size_t i, bool *found, ra_error *err)
{
    ra_calls *c = b->calls;
    ra_store_row row;
    *found = false;
    if (!c->store || (c->options.mode == RA_CALLS_REFRESH &&
                      ra_map_get(&c->refreshed, b->names[i].key) == RA_MAP_NONE))
        return true;
    if (!ra_store_find(c->store, b->names[i].request, b->list[i].repetition, b->arena, &row, found,
                       err))
        return false;
    if (*found) {
        fill_answer(&b->answers[i], &row);
        b->answers[i].from_store = true;
        ra_tally_add(&c->tally, &b->answers[i]);
        if (c->options.sums)
            add_to_sums(c->options.sums, &b->list[i], &b->answers[i]);
    }
    return true;
}

static bool absent_in_replay(const batch *b, ra_error *err)
{
    size_t i = b->missing[0];
    char url[256];
    ra_http_show_url(b->list[i].url, url, sizeof url);
    ra_failf(err, RA_ERR_INPUT, b->calls->options.path, 0,
             "no answer is stored for request %.16s, repetition %u (%s, %s)%s", b->names[i].request,
             b->list[i].repetition, b->list[i].purpose, url,
             b->missing_count > 1 ? ", among others" : "");
    return ra_hintf(err, "%zu of %zu calls are absent; --mode record asks for them",
                    b->missing_count, b->count);
}

/* Names all calls and looks each up once. */
static bool find_stored(batch *b, ra_error *err)
{
    ra_map seen = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < b->count; i++) {
        bool found = true;
        ok = name_call(b->calls, &b->list[i], b->arena, &b->names[i], err);
        if (!ok)
            break;
        b->answers[i].request = b->names[i].request;
        size_t before = ra_map_add(&seen, b->names[i].key, i);
        b->same[i] = before == RA_MAP_NONE ? i : before;
        if (before == RA_MAP_NONE)
            ok = look_up(b, i, &found, err);
        if (!found)
            b->missing[b->missing_count++] = i;
    }
    ra_map_release(&seen);
    return ok;
}

/* --- money --- */

static double estimate(const ra_call *call)
{
    const ra_usage usage = {call->tokens_in, call->tokens_out, NAN, NAN};
    return ra_openai_usd(&call->price, &usage);
}

static bool check_prices(const batch *b, ra_error *err)
{
    if (isnan(b->calls->options.budget))
        return true;
    for (size_t i = 0; i < b->missing_count; i++) {
        const ra_call *call = &b->list[b->missing[i]];
        if (call->price.known)
            continue;
        char url[256];
        ra_http_show_url(call->url, url, sizeof url);
        return ra_fail(err, RA_ERR_USAGE, url, 0, "a budget needs the price of this endpoint",
                       "--price IN/OUT in dollars per million tokens, 0/0 if it is free");
    }
    return true;
}

static bool may_start(void *context, size_t index)
{
    batch *b = context;
    const ra_calls *c = b->calls;
    if (isnan(c->options.budget))
        return true;
    double usd = estimate(&b->list[b->missing[index]]);
    if (c->tally.usd + b->reserved + usd > c->options.budget)
        return false;
    b->reserved += usd;
    return true;
}

static void release(batch *b, size_t i)
{
    if (!isnan(b->calls->options.budget))
        b->reserved -= estimate(&b->list[i]);
}

/* --- answers from the network --- */

/* Header lines without secrets and cookies, printable. */
static const char *clean_headers(const ra_calls *c, ra_arena *arena, const char *headers)
{
    ra_buf out = {0};
    for (const char *line = headers; *line;) {
        size_t n = strcspn(line, "\n");
        if (strncasecmp(line, "set-cookie:", 11) != 0) {
            char *copy = ra_arena_strndup(arena, line, n);
            char *shown = ra_arena_alloc(arena, 4 * n + 1, 1);
            ra_printable(shown, 4 * n + 1, copy);
            ra_buf_printf(&out, "%s\n", shown);
        }
        line += n + (line[n] == '\n');
    }
    const char *text = ra_arena_strdup(arena, out.text ? out.text : "");
    ra_buf_release(&out);
    return ra_secrets_hidden(&c->secrets, arena, text);
}

static const char *now_text(ra_arena *arena)
{
    char text[32];
    struct tm tm;
    time_t now = time(NULL);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return ra_arena_strdup(arena, text);
}

static ra_store_row make_row(const named *name, const ra_call *call, const char *answer,
                             const ra_answer_facts *facts, ra_arena *arena)
{
    ra_answer_facts asked;
    (void)ra_openai_facts(name->body, strlen(name->body), arena, &asked);
    return (ra_store_row){
        .request = name->request,
        .repetition = call->repetition,
        .purpose = call->purpose,
        .method = name->method,
        .url = name->url,
        .request_headers = name->headers,
        .body = name->body,
        .answer = answer,
        .requested_model = asked.model,
        .served_model = facts->model,
        .fingerprint = facts->fingerprint,
        .prompt_tokens = facts->usage.prompt,
        .completion_tokens = facts->usage.completion,
        .cached_tokens = facts->usage.cached,
        .reasoning_tokens = facts->usage.reasoning,
        .price_input = call->price.known ? call->price.input : (double)NAN,
        .price_output = call->price.known ? call->price.output : (double)NAN,
        .usd = ra_openai_usd(&call->price, &facts->usage),
        .time = now_text(arena),
    };
}

/* Codes of a 429 that waiting does not mend. */
static bool is_out_of_money(const ra_answer_facts *facts)
{
    static const char *const codes[] = {"insufficient_quota", "billing_hard_limit_reached",
                                        "billing_not_active", NULL};
    for (const char *const *c = codes; facts->error_code && *c; c++)
        if (strcmp(facts->error_code, *c) == 0)
            return true;
    return false;
}

/* What an answer is worth; err says what is wrong with it, in the server's own words. */
static ra_http_verdict weigh(const batch *b, size_t i, const ra_http_answer *answer, bool readable,
                             const ra_answer_facts *facts, ra_error *err)
{
    long status = answer->status;
    ra_http_verdict verdict = ra_http_verdict_of(status);
    char url[256], said[300] = "";
    ra_http_show_url(b->list[i].url, url, sizeof url);
    if (verdict == RA_HTTP_KEEP && !readable) {
        ra_fail(err, RA_ERR_REMOTE, url, 0, "the answer is no JSON object", NULL);
        return RA_HTTP_AGAIN;
    }
    if (verdict == RA_HTTP_KEEP && !facts->is_error)
        return RA_HTTP_KEEP;
    if (verdict == RA_HTTP_KEEP) {
        status = facts->error_status ? facts->error_status : 500;
        verdict = ra_http_verdict_of(status) == RA_HTTP_STOP ? RA_HTTP_STOP : RA_HTTP_AGAIN;
    }
    if (is_out_of_money(facts))
        verdict = RA_HTTP_STOP;
    const char *words = facts->error ? facts->error : readable ? "" : answer->body;
    ra_printable(said, sizeof said, ra_secrets_hidden(&b->calls->secrets, b->arena, words));
    ra_failf(err, RA_ERR_REMOTE, url, 0, "the server answered %ld%s%s", status, *said ? ": " : "",
             said);
    if (status == 401 || status == 403)
        ra_hintf(err, b->list[i].key_env ? "is the key in %s right?" : "is a key needed? --key-env",
                 b->list[i].key_env);
    return verdict;
}

/* What the store lost the caller does not see. */
static void drop_fresh(batch *b)
{
    for (size_t k = 0; k < b->fresh_count; k++) {
        size_t i = b->fresh[k];
        b->answers[i] = no_answer;
        b->answers[i].request = b->names[i].request;
    }
    b->fresh_count = 0;
}

static bool keep(batch *b, size_t i, const ra_http_answer *answer, const char *text,
                 const ra_answer_facts *facts, ra_error *err)
{
    ra_calls *c = b->calls;
    ra_store_row row = make_row(&b->names[i], &b->list[i], text, facts, b->arena);
    row.status = answer->status;
    row.answer_headers = clean_headers(c, b->arena, answer->headers);
    row.latency_ms = answer->latency_ms;
    row.attempts = answer->attempts;
    if (!ra_store_put(c->store, &row, err)) {
        drop_fresh(b); /* they were in the same commit */
        return false;
    }
    fill_answer(&b->answers[i], &row);
    b->answers[i].attempts = answer->attempts;
    b->fresh[b->fresh_count++] = i;
    /* what a server does not say counts as estimated */
    double usd = isnan(row.usd) ? estimate(&b->list[i]) : row.usd;
    ra_tally_spend(&c->tally, usd);
    release(b, i);
    return true;
}

static ra_http_verdict answered(void *context, size_t index, const ra_http_answer *answer,
                                ra_error *err)
{
    batch *b = context;
    size_t i = b->missing[index];
    ra_answer_facts facts;
    ra_buf clean = {0};
    bool hid = ra_secrets_hide(&b->calls->secrets, answer->body, answer->length, &clean);
    const char *body = hid ? clean.text : answer->body;
    size_t length = hid ? clean.length : answer->length;
    bool readable = ra_openai_facts(body, length, b->arena, &facts);
    ra_http_verdict verdict = weigh(b, i, answer, readable, &facts, err);
    if (verdict == RA_HTTP_KEEP &&
        !keep(b, i, answer, ra_arena_strndup(b->arena, body, length), &facts, err))
        verdict = RA_HTTP_STOP;
    ra_buf_release(&clean);
    ra_secrets_clean(&b->calls->secrets, err);
    return verdict;
}

static void failed(void *context, size_t index, const ra_error *why)
{
    batch *b = context;
    release(b, b->missing[index]);
    if (b->failures++ == 0)
        b->failure = *why;
}

/* One commit for all that came together. */
static bool settled(void *context, ra_error *err)
{
    batch *b = context;
    ra_calls *c = b->calls;
    bool ok = ra_store_commit(c->store, err);
    if (!ok)
        drop_fresh(b);
    for (size_t k = 0; k < b->fresh_count; k++) {
        size_t i = b->fresh[k];
        ra_tally_add(&c->tally, &b->answers[i]);
        if (c->options.mode == RA_CALLS_REFRESH)
            ra_map_add(&c->refreshed, ra_arena_strdup(&c->arena, b->names[i].key), 1);
    }
    b->fresh_count = 0;
    return ok;
}

/* --- asking --- */

static const char *const *request_headers(const batch *b, size_t i)
{
    const ra_call *call = &b->list[i];
    size_t given = 0, n = 0;
    while (call->headers && call->headers[given])
        given++;
    const char **list = ra_arena_alloc(b->arena, given + 4, sizeof *list);
    if (call->body)
        list[n++] = "Content-Type: application/json";
    list[n++] = "Accept: application/json";
    /* a second opinion must not be the first one again */
    if (b->calls->options.mode == RA_CALLS_REFRESH)
        list[n++] = ra_arena_printf(b->arena, "Idempotency-Key: %s-%lld", b->names[i].key,
                                    (long long)time(NULL));
    else
        list[n++] = ra_arena_printf(b->arena, "Idempotency-Key: %s", b->names[i].key);
    for (size_t k = 0; k < given; k++)
        list[n++] = call->headers[k];
    return list;
}

static const char *secret_header(batch *b, const ra_call *call, ra_error *err)
{
    const char *value = ra_secrets_get(&b->calls->secrets, call->key_env, err);
    if (!value)
        return NULL;
    if (call->key_header)
        return ra_arena_printf(b->arena, "%s: %s", call->key_header, value);
    return ra_arena_printf(b->arena, "Authorization: Bearer %s", value);
}

static bool make_request(batch *b, size_t i, ra_http_request *out, ra_error *err)
{
    const ra_call *call = &b->list[i];
    *out = (ra_http_request){
        .method = b->names[i].method,
        .url = call->url,
        .headers = request_headers(b, i),
        .body = call->body,
        .length = call->body ? strlen(call->body) : 0,
        .tokens = call->tokens_in + call->tokens_out,
    };
    if (!call->key_env)
        return true;
    out->secret_header = secret_header(b, call, err);
    return out->secret_header;
}

static size_t unanswered(const batch *b)
{
    size_t count = 0;
    for (size_t k = 0; k < b->missing_count; k++)
        count += b->answers[b->missing[k]].status == 0;
    return count;
}

/* What the run left undone. */
static bool conclude(const batch *b, ra_error *err)
{
    size_t left = unanswered(b);
    if (left == 0)
        return true;
    if (b->failures > 0) {
        *err = b->failure;
        return ra_hintf(err, "%zu of %zu calls have no answer; run it again: it goes on there",
                        left, b->count);
    }
    ra_failf(err, RA_ERR_CHECK, NULL, 0,
             "the budget of $%g is reached: %zu of %zu calls have no answer",
             b->calls->options.budget, left, b->count);
    return ra_hintf(err, "what was paid is stored; run it again to spend as much again");
}

static bool ask(batch *b, ra_error *err)
{
    const ra_calls_options *o = &b->calls->options;
    const ra_http_options http = {
        .what = o->what ? o->what : b->list[b->missing[0]].purpose,
        .concurrency = o->concurrency,
        .requests_per_minute = o->requests_per_minute,
        .tokens_per_minute = o->tokens_per_minute,
        .attempts = o->attempts,
        .total_s = o->timeout_s,
        .ca_file = o->ca_file,
    };
    const ra_http_hooks hooks = {.context = b,
                                 .may_start = may_start,
                                 .answered = answered,
                                 .failed = failed,
                                 .settled = settled};
    ra_http_request *requests = ra_alloc(b->missing_count, sizeof *requests);
    bool ok = check_prices(b, err);
    for (size_t k = 0; ok && k < b->missing_count; k++)
        ok = make_request(b, b->missing[k], &requests[k], err);
    ok = ok && ra_http_run(requests, b->missing_count, &http, &hooks, err);
    ra_error late = {0};
    if (!ra_store_sync(b->calls->store, ok ? err : &late))
        ok = false;
    ra_secrets_clean(&b->calls->secrets, err);
    free(requests);
    return ok && conclude(b, err);
}

static void plan(batch *b)
{
    for (size_t k = 0; k < b->missing_count; k++) {
        const ra_call *call = &b->list[b->missing[k]];
        ra_tally_plan(&b->calls->tally, call, estimate(call));
    }
}

bool ra_calls_make(ra_calls *c, const ra_call *list, size_t count, ra_arena *arena,
                   ra_call_answer *answers, ra_error *err)
{
    batch b = {
        .calls = c,
        .list = list,
        .names = ra_alloc(count, sizeof *b.names),
        .count = count,
        .arena = arena,
        .answers = answers,
        .same = ra_alloc(count, sizeof *b.same),
        .missing = ra_alloc(count, sizeof *b.missing),
        .fresh = ra_alloc(count, sizeof *b.fresh),
    };
    for (size_t i = 0; i < count; i++)
        answers[i] = no_answer;
    bool ok = take_keys(c, list, count, err) && find_stored(&b, err);
    if (ok && b.missing_count > 0) {
        if (c->options.dry_run)
            plan(&b);
        else if (c->options.mode == RA_CALLS_REPLAY)
            ok = absent_in_replay(&b, err);
        else
            ok = ask(&b, err);
    }
    for (size_t i = 0; i < count; i++)
        if (b.names[i].key && b.same[i] != i)
            answers[i] = answers[b.same[i]];
    free(b.names);
    free(b.same);
    free(b.missing);
    free(b.fresh);
    return ok;
}

static bool put_one(ra_calls *c, const ra_call *call, const char *body, ra_error *err)
{
    ra_arena arena = {0};
    named name;
    ra_store_row stored;
    bool found = false;
    bool ok = name_call(c, call, &arena, &name, err) &&
              ra_store_find(c->store, name.request, call->repetition, &arena, &stored, &found, err);
    ra_answer_facts facts;
    const char *clean = ra_secrets_hidden(&c->secrets, &arena, body);
    if (ok && !ra_openai_facts(clean, strlen(clean), &arena, &facts))
        ok = ra_failf(err, RA_ERR_INPUT, call->url, 0, "an answer to put is no JSON object");
    if (ok && !found) {
        ra_store_row row = make_row(&name, call, clean, &facts, &arena);
        row.status = 200;
        row.answer_headers = "";
        row.latency_ms = NAN;
        ok = ra_store_put(c->store, &row, err);
    }
    ra_arena_release(&arena);
    return ok;
}

bool ra_calls_put(ra_calls *c, const ra_call *list, const char *const *bodies, size_t count,
                  ra_error *err)
{
    if (c->options.dry_run || c->options.mode != RA_CALLS_RECORD)
        return ra_fail(err, RA_ERR_USAGE, c->options.path, 0,
                       "answers are put into a store in record mode only", NULL);
    for (size_t i = 0; i < count; i++)
        if (!put_one(c, &list[i], bodies[i], err))
            return false;
    return ra_store_commit(c->store, err) && ra_store_sync(c->store, err);
}

void ra_calls_report(const ra_calls *c, FILE *out)
{
    ra_tally_print(&c->tally, c->options.dry_run, out);
}
