#include "net/replay_request.h"

#include "base/limits.h"
#include "data/json.h"

#include <string.h>

static const ra_json_at at = {"request", 1};

static bool refuse(ra_error *err, const char *message)
{
    return ra_fail(err, RA_ERR_INPUT, "request", 0, message, NULL);
}

/* What the recordings cannot give is refused; what changes nothing is let pass. */
static bool check_wishes(const ra_json *doc, ra_error *err)
{
    const char *const sole[] = {"n", "best_of"};
    for (size_t i = 0; i < 2; i++) {
        double wanted = 1;
        if (!ra_json_maybe_number(doc, sole[i], at, &wanted, err))
            return false;
        if (wanted < 1 || wanted > 1)
            return refuse(err, "one answer was recorded, so n and best_of must be 1");
    }
    const ra_json *logprobs = ra_json_get(doc, "logprobs");
    bool chat = false;
    if (logprobs && !ra_json_is_null(logprobs) && !(ra_json_truth(logprobs, &chat) && !chat))
        return refuse(err, "no log-probabilities were recorded");
    return true;
}

static bool read_common(const ra_json *doc, ra_arena *arena, ra_replay_request *out, ra_error *err)
{
    const char *model;
    const ra_json *stream_options = NULL;
    if (!ra_json_string(doc, "model", at, &model, err) ||
        !ra_json_maybe_bool(doc, "stream", at, &out->stream, err) ||
        !ra_json_maybe_object(doc, "stream_options", at, &stream_options, err) ||
        (stream_options &&
         !ra_json_maybe_bool(stream_options, "include_usage", at, &out->with_usage, err)))
        return false;
    out->model = ra_arena_strdup(arena, model);
    return check_wishes(doc, err);
}

/* A message's content: a string, or an array of parts {"type":"text","text"}. */
static bool read_content(const ra_json *message, ra_arena *arena, const char **out, ra_error *err)
{
    const ra_json *content = ra_json_get(message, "content");
    if (content && ra_json_text(content)) {
        *out = ra_arena_strdup(arena, ra_json_text(content));
        return true;
    }
    if (!content || !ra_json_is_array(content))
        return refuse(err, "field 'content': a string or an array of parts expected");
    ra_buf all = {0};
    bool ok = true;
    for (const ra_json *part = ra_json_first(content); ok && part; part = ra_json_next(part)) {
        const char *type, *text;
        ok = ra_json_string(part, "type", at, &type, err);
        if (ok && strcmp(type, "text") != 0)
            ok = refuse(err, "only parts of type 'text' can be looked up in recordings");
        ok = ok && ra_json_string(part, "text", at, &text, err);
        if (ok)
            ra_buf_puts(&all, text);
    }
    *out = ra_arena_strndup(arena, all.text ? all.text : "", all.length);
    ra_buf_release(&all);
    return ok;
}

static bool read_messages(const ra_json *doc, ra_arena *arena, ra_replay_request *out,
                          ra_error *err)
{
    const ra_json *messages;
    const char *role = "";
    if (!ra_json_array(doc, "messages", at, &messages, err))
        return false;
    if (ra_json_size(messages) > RA_MAX_MESSAGES)
        return refuse(err, "too many messages");
    out->texts = ra_arena_alloc(arena, ra_json_size(messages), sizeof *out->texts);
    for (const ra_json *m = ra_json_first(messages); m; m = ra_json_next(m)) {
        if (!ra_json_string(m, "role", at, &role, err))
            return false;
        if (strcmp(role, "user") != 0)
            continue;
        if (!read_content(m, arena, &out->texts[out->count], err))
            return false;
        out->count++;
    }
    if (strcmp(role, "user") != 0)
        return refuse(err, "the last message must be the user's");
    return true;
}

bool ra_replay_read_chat(const char *body, size_t length, ra_arena *arena, ra_replay_request *out,
                         ra_error *err)
{
    *out = (ra_replay_request){0};
    ra_json *doc = ra_json_parse(body, length, at, err);
    bool ok = doc && read_common(doc, arena, out, err) && read_messages(doc, arena, out, err);
    ra_json_free(doc);
    return ok;
}

/* One string, or an array of at most `most` strings. */
static bool read_texts(const ra_json *doc, const char *key, size_t most, ra_arena *arena,
                       ra_replay_request *out, ra_error *err)
{
    const ra_json *value = ra_json_get(doc, key);
    if (value && ra_json_is_array(value)) {
        if (ra_json_size(value) < 1 || ra_json_size(value) > most)
            return ra_failf(err, RA_ERR_INPUT, "request", 0, "field '%s': 1 to %zu texts expected",
                            key, most);
        return ra_json_strings(doc, key, at, arena, &out->texts, &out->count, err);
    }
    const char *text;
    if (!ra_json_string(doc, key, at, &text, err))
        return false;
    out->texts = ra_arena_alloc(arena, 1, sizeof *out->texts);
    out->texts[0] = ra_arena_strdup(arena, text);
    out->count = 1;
    return true;
}

bool ra_replay_read_completion(const char *body, size_t length, ra_arena *arena,
                               ra_replay_request *out, ra_error *err)
{
    *out = (ra_replay_request){0};
    ra_json *doc = ra_json_parse(body, length, at, err);
    bool ok =
        doc && read_common(doc, arena, out, err) && read_texts(doc, "prompt", 1, arena, out, err);
    ra_json_free(doc);
    return ok;
}

bool ra_replay_read_embedding(const char *body, size_t length, ra_arena *arena,
                              ra_replay_request *out, ra_error *err)
{
    *out = (ra_replay_request){0};
    const char *model, *format = "float";
    ra_json *doc = ra_json_parse(body, length, at, err);
    bool ok = doc && ra_json_string(doc, "model", at, &model, err) &&
              ra_json_maybe_string(doc, "encoding_format", at, &format, err) &&
              read_texts(doc, "input", RA_MAX_EMBED_INPUTS, arena, out, err);
    if (ok) {
        out->model = ra_arena_strdup(arena, model);
        out->base64 = strcmp(format, "base64") == 0;
        if (!out->base64 && strcmp(format, "float") != 0)
            ok = refuse(err, "field 'encoding_format': float or base64 expected");
    }
    ra_json_free(doc);
    return ok;
}
