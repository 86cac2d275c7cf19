#include "net/call_list.h"

#include "base/limits.h"
#include "data/jsonl.h"

#include <stdlib.h>
#include <string.h>

static bool read_body(const ra_jsonl *in, ra_arena *arena, ra_call *call, ra_error *err)
{
    const ra_json *body = ra_json_get(in->object, "body");
    if (!body || ra_json_is_null(body))
        return true;
    const char *text = ra_json_text(body);
    if (text) {
        call->body = ra_arena_strdup(arena, text);
        return true;
    }
    if (!ra_json_is_object(body))
        return ra_fail(err, RA_ERR_INPUT, in->at.file, in->at.line,
                       "field 'body': an object or a text expected", NULL);
    ra_buf compact = {0};
    ra_json_print(body, &compact);
    call->body = ra_arena_strndup(arena, compact.text, compact.length);
    ra_buf_release(&compact);
    static const char *const limits[] = {"max_tokens", "max_completion_tokens", NULL};
    for (const char *const *l = limits; *l; l++)
        (void)ra_json_value(ra_json_get(body, *l), &call->tokens_out);
    return true;
}

static bool read_headers(const ra_jsonl *in, const ra_endpoint *endpoint, ra_arena *arena,
                         ra_call *call, ra_error *err)
{
    const char **list;
    size_t count;
    call->headers = endpoint->headers;
    if (!ra_json_get(in->object, "headers"))
        return true;
    if (!ra_json_strings(in->object, "headers", in->at, arena, &list, &count, err))
        return false;
    const char **terminated = ra_arena_alloc(arena, count + 1, sizeof *terminated);
    if (count > 0)
        memcpy(terminated, list, count * sizeof *terminated);
    call->headers = terminated;
    return true;
}

static bool read_repetition(const ra_jsonl *in, ra_call *call, ra_error *err)
{
    uint64_t repetition = 0;
    if (ra_json_get(in->object, "repetition") &&
        !ra_json_count(in->object, "repetition", in->at, RA_MAX_REPETITION, &repetition, err))
        return false;
    call->repetition = (unsigned)repetition;
    return true;
}

static bool read_call(const ra_jsonl *in, const ra_endpoint *endpoint, ra_arena *arena,
                      ra_call *call, ra_error *err)
{
    static const char *const keys[] = {"url",        "path",    "method",     "body",
                                       "headers",    "purpose", "repetition", "tokens_in",
                                       "tokens_out", NULL};
    const char *url = NULL, *path = "chat/completions", *method = NULL, *purpose = "send";
    ra_json_at at = in->at;
    *call = (ra_call){
        .key_env = endpoint->key_env, .key_header = endpoint->key_header, .price = endpoint->price};
    if (!ra_json_only(in->object, keys, at, err) ||
        !ra_json_maybe_string(in->object, "url", at, &url, err) ||
        !ra_json_maybe_string(in->object, "path", at, &path, err) ||
        !ra_json_maybe_string(in->object, "method", at, &method, err) ||
        !ra_json_maybe_string(in->object, "purpose", at, &purpose, err) ||
        !read_body(in, arena, call, err) || !read_headers(in, endpoint, arena, call, err) ||
        !read_repetition(in, call, err))
        return false;
    call->tokens_in = call->body ? (double)strlen(call->body) / 4 : 0;
    call->url = url ? ra_arena_strdup(arena, url) : ra_openai_url(arena, endpoint, path);
    call->method = method ? ra_arena_strdup(arena, method) : call->body ? "POST" : "GET";
    call->purpose = ra_arena_strdup(arena, purpose);
    return ra_json_maybe_number(in->object, "tokens_in", at, &call->tokens_in, err) &&
           ra_json_maybe_number(in->object, "tokens_out", at, &call->tokens_out, err);
}

bool ra_call_list_read(const char *path, const ra_endpoint *endpoint, ra_arena *arena,
                       ra_call **calls, size_t *count, ra_error *err)
{
    ra_jsonl in;
    ra_call *list = NULL;
    size_t n = 0, capacity = 0;
    if (!ra_jsonl_open(&in, path, err))
        return false;
    bool ok = true;
    while (ok && ra_jsonl_next(&in, err)) {
        ra_grow(&list, &capacity, n + 1, sizeof *list);
        ok = read_call(&in, endpoint, arena, &list[n++], err);
    }
    ok = ra_jsonl_close(&in) && ok;
    if (ok && n == 0)
        ok = ra_fail(err, RA_ERR_INPUT, path, 0, "no calls", NULL);
    if (ok && list) {
        *count = n;
        *calls = ra_arena_alloc(arena, n, sizeof **calls);
        memcpy(*calls, list, n * sizeof *list);
    }
    free(list);
    return ok;
}
