#include "routers/causal_config.h"

#include "base/file.h"
#include "base/installed.h"
#include "data/template.h"

#include <math.h>
#include <string.h>

#define SCHEMA "routeassay.causal-llm/1"

typedef struct reader {
    ra_causal_config *to;
    ra_arena *arena;
} reader;

static bool read_messages(reader *r, const ra_json *list, ra_json_at at, ra_error *err)
{
    static const char *const keys[] = {"role", "content", NULL};
    r->to->messages = ra_arena_alloc(r->arena, ra_json_size(list), sizeof *r->to->messages);
    r->to->message_count = 0;
    for (const ra_json *o = ra_json_first(list); o; o = ra_json_next(o)) {
        ra_message *message = &r->to->messages[r->to->message_count++];
        if (!ra_json_only(o, keys, at, err) ||
            !ra_json_string(o, "role", at, &message->role, err) ||
            !ra_json_string(o, "content", at, &message->content, err))
            return false;
        message->role = ra_arena_strdup(r->arena, message->role);
        message->content = ra_arena_strdup(r->arena, message->content);
    }
    r->to->prompt = NULL;
    return true;
}

static bool read_labels(reader *r, const ra_json *object, ra_json_at at, ra_error *err)
{
    if (!ra_json_strings(object, "labels", at, r->arena, &r->to->labels.text, &r->to->labels.count,
                         err))
        return false;
    if (r->to->labels.count < 2 || r->to->labels.count > RA_MAX_LABELS)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "field 'labels': 2 to %d expected",
                        RA_MAX_LABELS);
    for (size_t i = 0; i < r->to->labels.count; i++) {
        if (!*r->to->labels.text[i] || strpbrk(r->to->labels.text[i], " \t\r\n"))
            return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                           "field 'labels': text without white space expected", NULL);
        for (size_t j = 0; j < i; j++)
            if (strcmp(r->to->labels.text[i], r->to->labels.text[j]) == 0)
                return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                                "field 'labels': '%s' is there twice", r->to->labels.text[i]);
    }
    return true;
}

static bool read_file(reader *r, const char *path, unsigned depth, ra_error *err);

static bool read_numbers(reader *r, const ra_json *object, ra_json_at at, ra_error *err)
{
    uint64_t threshold = r->to->threshold, alternatives = r->to->alternatives;
    if ((ra_json_get(object, "threshold") &&
         !ra_json_count(object, "threshold", at, RA_MAX_LABELS, &threshold, err)) ||
        (ra_json_get(object, "alternatives") &&
         !ra_json_count(object, "alternatives", at, RA_MAX_ALTERNATIVES, &alternatives, err)) ||
        !ra_json_maybe_number(object, "unreadable", at, &r->to->unreadable, err) ||
        !ra_json_maybe_number(object, "budget", at, &r->to->budget, err))
        return false;
    r->to->threshold = threshold;
    r->to->alternatives = alternatives;
    if (r->to->unreadable < 0 || r->to->unreadable > 1)
        return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                       "field 'unreadable': a win rate in [0,1] expected", NULL);
    return true;
}

static bool read_object(reader *r, const ra_json *object, ra_json_at at, unsigned depth,
                        ra_error *err)
{
    static const char *const keys[] = {"schema",       "name",       "endpoint", "format",
                                       "prompt",       "messages",   "labels",   "threshold",
                                       "alternatives", "unreadable", "budget",   NULL};
    const char *format = NULL, *prompt = NULL;
    const ra_json *endpoint = NULL, *messages = NULL;
    if (!ra_json_only(object, keys, at, err) ||
        !ra_json_maybe_string(object, "format", at, &format, err) ||
        (format && !read_file(r, format, depth + 1, err)) ||
        !ra_json_maybe_object(object, "endpoint", at, &endpoint, err) ||
        (endpoint && !ra_endpoint_read(endpoint, at, r->arena, &r->to->endpoint, err)) ||
        !ra_json_maybe_string(object, "prompt", at, &prompt, err) ||
        !ra_json_maybe_array(object, "messages", at, &messages, err) ||
        (messages && !read_messages(r, messages, at, err)) ||
        (ra_json_get(object, "labels") && !read_labels(r, object, at, err)))
        return false;
    if (prompt && messages)
        return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                       "'prompt' and 'messages' are both given",
                       "'prompt' is for /v1/completions, 'messages' for /v1/chat/completions");
    if (prompt)
        r->to->prompt = ra_arena_strdup(r->arena, prompt);
    return read_numbers(r, object, at, err);
}

static bool read_file(reader *r, const char *path, unsigned depth, ra_error *err)
{
    const char *schema;
    if (depth > 2)
        return ra_fail(err, RA_ERR_INPUT, path, 0, "field 'format': a file that names no other",
                       NULL);
    const char *installed = ra_installed_file(r->arena, path);
    ra_json *doc =
        ra_json_read(!ra_file_exists(path) && ra_file_exists(installed) ? installed : path, err);
    ra_json_at at = {path, 0};
    bool ok = doc && ra_json_string(doc, "schema", at, &schema, err) &&
              (strcmp(schema, SCHEMA) == 0 ||
               ra_failf(err, RA_ERR_INPUT, path, 0,
                        "field 'schema': '" SCHEMA "' expected, found '%s'", schema)) &&
              read_object(r, doc, at, depth, err);
    ra_json_free(doc);
    return ok;
}

const char *ra_causal_fill(const char *text, const char *question, ra_arena *arena, ra_error *err)
{
    const ra_field fields[] = {{"question", question}};
    ra_buf out = {0};
    const char *copy = NULL;
    if (ra_template_fill(text, fields, 1, (ra_json_at){"causal_llm", 0}, &out, err))
        copy = ra_arena_strndup(arena, out.text ? out.text : "", out.length);
    ra_buf_release(&out);
    return copy;
}

static bool check(reader *r, ra_error *err)
{
    const char *hint = "see golden/prompts/causal-llm-llama3.json";
    if (!r->to->prompt && r->to->message_count == 0)
        return ra_fail(err, RA_ERR_INPUT, "causal_llm", 0, "no prompt: 'prompt' or 'messages'",
                       hint);
    if (r->to->labels.count == 0)
        return ra_fail(err, RA_ERR_INPUT, "causal_llm", 0, "field 'labels' missing", hint);
    if (r->to->threshold < 2 || r->to->threshold > r->to->labels.count)
        return ra_failf(err, RA_ERR_INPUT, "causal_llm", 0,
                        "field 'threshold': 2 to %zu expected, found %zu", r->to->labels.count,
                        r->to->threshold);
    if (!r->to->endpoint.model)
        return ra_fail(err, RA_ERR_INPUT, "causal_llm", 0, "field 'endpoint': 'model' missing",
                       "the model's name at the server");
    if (r->to->prompt)
        return ra_causal_fill(r->to->prompt, "", r->arena, err) != NULL;
    for (size_t i = 0; i < r->to->message_count; i++)
        if (!ra_causal_fill(r->to->messages[i].content, "", r->arena, err))
            return false;
    return true;
}

bool ra_causal_config_read(ra_causal_config *config, const char *path, const ra_json *object,
                           ra_arena *arena, ra_error *err)
{
    *config = (ra_causal_config){.endpoint = ra_endpoint_default(),
                                 .threshold = 4,
                                 .alternatives = 20,
                                 .unreadable = NAN,
                                 .budget = NAN};
    reader r = {config, arena};
    return (!path || read_file(&r, path, 0, err)) &&
           (!object || read_object(&r, object, (ra_json_at){"study", 0}, 0, err)) &&
           check(&r, err) && ra_endpoint_check(&config->endpoint, err);
}
