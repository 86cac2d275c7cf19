/* Endpoints, and the bodies of requests. */
#include "net/openai.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char openai_url[] = "https://api.openai.com/v1";

/* --- endpoints --- */

ra_endpoint ra_endpoint_default(void)
{
    const char *url = getenv("OPENAI_BASE_URL");
    const char *key = getenv("OPENAI_API_KEY");
    ra_endpoint e = {.url = url && *url ? url : openai_url};
    if ((key && *key) || e.url == openai_url)
        e.key_env = "OPENAI_API_KEY";
    return e;
}

static bool is_variable_name(const char *name)
{
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] ==
           '\0';
}

bool ra_endpoint_check(const ra_endpoint *endpoint, ra_error *err)
{
    const char *url = endpoint->url, *host = url ? strstr(url, "://") : NULL;
    size_t length = host ? strcspn(host += 3, "/?#") : 0;
    if (length == 0 || (!ra_has_prefix(url, "https://") && !ra_has_prefix(url, "http://")) ||
        memchr(host, '@', length) || strchr(url, '#') ||
        url[strcspn(url, " \t\r\n\"<>")]) /* not shown: it may hold a password */
        return ra_fail(err, RA_ERR_USAGE, NULL, 0,
                       "an endpoint is http:// or https:// and a host, without a user name",
                       "as in https://api.openai.com/v1 or http://127.0.0.1:8080/v1");
    if (endpoint->key_env && !is_variable_name(endpoint->key_env)) /* may be the key itself */
        return ra_fail(err, RA_ERR_USAGE, NULL, 0,
                       "the key's environment variable is given by its name",
                       "as in OPENAI_API_KEY; the key itself belongs into the environment");
    return true;
}

static bool read_price(const ra_json *price, ra_json_at at, ra_price_per_million *out,
                       ra_error *err)
{
    static const char *const keys[] = {"input", "output", "cached_input", "per_call", NULL};
    *out = (ra_price_per_million){.known = true};
    if (!ra_json_only(price, keys, at, err) ||
        !ra_json_maybe_number(price, "input", at, &out->input, err) ||
        !ra_json_maybe_number(price, "output", at, &out->output, err) ||
        !ra_json_maybe_number(price, "cached_input", at, &out->cached_input, err) ||
        !ra_json_maybe_number(price, "per_call", at, &out->per_call, err))
        return false;
    if (out->input >= 0 && out->output >= 0 && out->cached_input >= 0 && out->per_call >= 0)
        return true;
    return ra_fail(err, RA_ERR_INPUT, at.file, at.line, "field 'price': a price is negative", NULL);
}

static void copy_text(ra_arena *arena, const char **text)
{
    if (*text)
        *text = ra_arena_strdup(arena, *text);
}

static bool read_headers(const ra_json *object, ra_json_at at, ra_arena *arena, ra_endpoint *out,
                         ra_error *err)
{
    const char **list;
    size_t count;
    if (!ra_json_get(object, "headers"))
        return true;
    if (!ra_json_strings(object, "headers", at, arena, &list, &count, err))
        return false;
    const char **terminated = ra_arena_alloc(arena, count + 1, sizeof *terminated);
    if (count > 0)
        memcpy(terminated, list, count * sizeof *terminated);
    out->headers = terminated;
    return true;
}

bool ra_endpoint_read(const ra_json *object, ra_json_at at, ra_arena *arena, ra_endpoint *out,
                      ra_error *err)
{
    static const char *const keys[] = {"url",     "model", "key_env", "key_header",
                                       "headers", "price", NULL};
    const ra_json *price = NULL;
    if (!ra_json_only(object, keys, at, err) ||
        !ra_json_maybe_string(object, "url", at, &out->url, err) ||
        !ra_json_maybe_string(object, "model", at, &out->model, err) ||
        !ra_json_maybe_string(object, "key_env", at, &out->key_env, err) ||
        !ra_json_maybe_string(object, "key_header", at, &out->key_header, err) ||
        !ra_json_maybe_object(object, "price", at, &price, err) ||
        !read_headers(object, at, arena, out, err) ||
        (price && !read_price(price, at, &out->price, err)))
        return false;
    copy_text(arena, &out->url);
    copy_text(arena, &out->model);
    copy_text(arena, &out->key_env);
    copy_text(arena, &out->key_header);
    if (ra_endpoint_check(out, err))
        return true;
    err->code = RA_ERR_INPUT;
    snprintf(err->file, sizeof err->file, "%s", at.file);
    err->line = at.line;
    return false;
}

const char *ra_openai_url(ra_arena *arena, const ra_endpoint *endpoint, const char *path)
{
    const char *slash = ra_has_suffix(endpoint->url, "/") ? "" : "/";
    return ra_arena_printf(arena, "%s%s%s", endpoint->url, slash, path);
}

/* --- bodies --- */

ra_sampling ra_sampling_default(void)
{
    return (ra_sampling){.temperature = NAN, .top_p = NAN};
}

static void put_stop(ra_json *body, const char *const *stop)
{
    if (!stop)
        return;
    ra_json *list = ra_json_new_array();
    for (; *stop; stop++)
        ra_json_add_string(list, *stop);
    ra_json_put(body, "stop", list);
}

static void put_sampling(ra_json *body, const ra_sampling *s)
{
    if (!isnan(s->temperature))
        ra_json_put_number(body, "temperature", s->temperature);
    if (!isnan(s->top_p))
        ra_json_put_number(body, "top_p", s->top_p);
    if (s->max_tokens > 0)
        ra_json_put_number(body, s->max_completion_tokens ? "max_completion_tokens" : "max_tokens",
                           (double)s->max_tokens);
    if (s->seeded)
        ra_json_put_number(body, "seed", (double)s->seed);
    put_stop(body, s->stop);
}

/* The text in the arena; the tree is freed. */
static const char *print(ra_arena *arena, ra_json *body)
{
    ra_buf text = {0};
    ra_json_print(body, &text);
    const char *copy = ra_arena_strndup(arena, text.text, text.length);
    ra_buf_release(&text);
    ra_json_free(body);
    return copy;
}

static ra_json *new_body(const char *model)
{
    ra_json *body = ra_json_new_object();
    if (model)
        ra_json_put_string(body, "model", model);
    return body;
}

const char *ra_openai_chat(ra_arena *arena, const char *model, const ra_message *messages,
                           size_t count, const ra_sampling *sampling)
{
    ra_json *body = new_body(model), *list = ra_json_new_array();
    for (size_t i = 0; i < count; i++) {
        ra_json *message = ra_json_new_object();
        ra_json_put_string(message, "role", messages[i].role);
        ra_json_put_string(message, "content", messages[i].content);
        ra_json_add(list, message);
    }
    ra_json_put(body, "messages", list);
    put_sampling(body, sampling);
    if (sampling->logprobs) {
        ra_json_put_bool(body, "logprobs", true);
        ra_json_put_number(body, "top_logprobs", sampling->alternatives);
    }
    return print(arena, body);
}

const char *ra_openai_completion(ra_arena *arena, const char *model, const char *prompt,
                                 const ra_sampling *sampling)
{
    ra_json *body = new_body(model);
    ra_json_put_string(body, "prompt", prompt);
    put_sampling(body, sampling);
    if (sampling->logprobs)
        ra_json_put_number(body, "logprobs", sampling->alternatives);
    return print(arena, body);
}

const char *ra_openai_embeddings(ra_arena *arena, const char *model, const char *const *texts,
                                 size_t count)
{
    ra_json *body = new_body(model), *list = ra_json_new_array();
    for (size_t i = 0; i < count; i++)
        ra_json_add_string(list, texts[i]);
    ra_json_put(body, "input", list);
    ra_json_put_string(body, "encoding_format", "base64");
    return print(arena, body);
}

double ra_openai_usd(const ra_price_per_million *price, const ra_usage *usage)
{
    if (!price->known)
        return NAN;
    double cached = usage->cached > 0 ? usage->cached : 0;
    double cached_price = price->cached_input > 0 ? price->cached_input : price->input;
    double usd = price->per_call;
    if (price->input > 0)
        usd += ((usage->prompt - cached) * price->input + cached * cached_price) / 1e6;
    if (price->output > 0 && !(price->input > 0 && isnan(usage->completion)))
        usd += usage->completion * price->output / 1e6;
    return usd;
}
