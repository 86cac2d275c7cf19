/* Answers of OpenAI-compatible servers. */
#include "net/openai.h"

#include "base/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- JSON as servers write it --- */

static const char *after(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 ? p + n : NULL;
}

/* Code unit of "\uXXXX" at p, or -1. */
static long code_unit(const char *p, const char *end)
{
    long value = 0;
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef";
        const char *d = p[i] ? strchr(digits, p[i] | 0x20) : NULL;
        if (!d)
            return -1;
        value = value << 4 | (d - digits);
    }
    return value;
}

/* Writes over what is there, without a terminator. */
static void write_over(char *p, const char *text)
{
    while (*text)
        *p++ = *text++;
}

/* A model may say anything: \u0000 and half surrogates, which no text of ours can hold, become
 * \ufffd. Returns what follows the string; p is after its opening quote. */
static char *mend_string(char *p, const char *end)
{
    while (p < end && *p != '"') {
        if (*p != '\\') {
            p++;
            continue;
        }
        long unit = code_unit(p, end);
        if (unit < 0) {
            p += p + 1 < end ? 2 : 1;
            continue;
        }
        long next = code_unit(p + 6 < end ? p + 6 : end, end);
        if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            p += 12;
            continue;
        }
        if (unit == 0 || (unit >= 0xd800 && unit < 0xe000))
            write_over(p, "\\ufffd");
        p += 6;
    }
    return p < end ? p + 1 : p;
}

/* Python's json module writes infinities, which are no JSON: null in their place. */
static char *mend_word(char *p, const char *end)
{
    static const char *const words[] = {"-Infinity", "Infinity", NULL};
    for (const char *const *w = words; *w; w++)
        if (after(p, end, *w)) {
            size_t n = strlen(*w);
            memset(p, ' ', n);
            write_over(p, "null");
            return p + n;
        }
    if (p[-1] == ' ' && after(p, end, "NaN")) {
        write_over(p - 1, "null");
        return p + 3;
    }
    return p + 1;
}

static ra_json *parse(const char *body, size_t length, const char *name, ra_error *err)
{
    char *copy = ra_alloc(length + 1, 1), *end = copy + length;
    memcpy(copy, body, length);
    for (char *p = copy; p < end;) {
        if (*p == '"')
            p = mend_string(p + 1, end);
        else if (p > copy && (*p == '-' || *p == 'I' || *p == 'N'))
            p = mend_word(p, end);
        else
            p++;
    }
    ra_json *doc = ra_json_parse(copy, length, (ra_json_at){name, 0}, err);
    free(copy);
    if (doc && !ra_json_is_object(doc)) {
        ra_failf(err, RA_ERR_INPUT, name, 0, "the answer is no JSON object");
        ra_json_free(doc);
        return NULL;
    }
    return doc;
}

static const char *text_of(ra_arena *arena, const ra_json *object, const char *key)
{
    const char *text = ra_json_text(ra_json_get(object, key));
    return text ? ra_arena_strdup(arena, text) : NULL;
}

static double number_of(const ra_json *object, const char *key)
{
    double value;
    return ra_json_value(ra_json_get(object, key), &value) ? value : (double)NAN;
}

static double either(double a, double b)
{
    return isnan(a) ? b : a;
}

/* --- what an answer says of itself --- */

static ra_usage usage_of(const ra_json *doc)
{
    const ra_json *usage = ra_json_get(doc, "usage");
    const ra_json *prompt = ra_json_get(usage, "prompt_tokens_details");
    const ra_json *completion = ra_json_get(usage, "completion_tokens_details");
    return (ra_usage){
        .prompt = either(number_of(usage, "prompt_tokens"), number_of(usage, "input_tokens")),
        .completion =
            either(number_of(usage, "completion_tokens"), number_of(usage, "output_tokens")),
        .cached =
            either(number_of(prompt, "cached_tokens"), number_of(usage, "prompt_cache_hit_tokens")),
        .reasoning = number_of(completion, "reasoning_tokens"),
    };
}

/* {"error":{"message","code"}}, {"error":"..."}, {"detail":...}, {"message":"..."} */
static void read_error(const ra_json *doc, ra_arena *arena, ra_answer_facts *out)
{
    const ra_json *error = ra_json_get(doc, "error");
    double code;
    out->error = text_of(arena, error, "message");
    out->error_code = text_of(arena, error, "code");
    if (ra_json_value(ra_json_get(error, "code"), &code) && code >= 100 && code < 600)
        out->error_status = (long)code;
    static const char *const keys[] = {"error", "detail", "message", NULL};
    for (const char *const *k = keys; *k && !out->error; k++)
        out->error = text_of(arena, doc, *k);
    const ra_json *other = error && !ra_json_is_null(error) ? error : ra_json_get(doc, "detail");
    if (out->error || !other || ra_json_is_null(other))
        return;
    ra_buf text = {0};
    ra_json_print(other, &text);
    out->error = ra_arena_strndup(arena, text.text, text.length);
    ra_buf_release(&text);
}

bool ra_openai_facts(const char *body, size_t length, ra_arena *arena, ra_answer_facts *out)
{
    ra_error ignored = {0};
    ra_json *doc = parse(body, length, "", &ignored);
    *out = (ra_answer_facts){.usage = {NAN, NAN, NAN, NAN}};
    if (!doc)
        return false;
    out->model = text_of(arena, doc, "model");
    out->fingerprint = text_of(arena, doc, "system_fingerprint");
    out->usage = usage_of(doc);
    const ra_json *error = ra_json_get(doc, "error");
    out->is_error = error && !ra_json_is_null(error);
    read_error(doc, arena, out);
    ra_json_free(doc);
    return true;
}

/* --- log-probabilities --- */

static int by_logprob(const void *a, const void *b)
{
    const ra_alternative *x = a, *y = b;
    if (x->logprob < y->logprob || x->logprob > y->logprob)
        return x->logprob < y->logprob ? 1 : -1;
    return strcmp(x->token, y->token);
}

/* A token of a list: {token | tok_str | content, logprob | prob}. */
static ra_alternative read_listed(const ra_json *entry, ra_arena *arena)
{
    static const char *const names[] = {"token", "tok_str", "content", NULL};
    ra_alternative a = {.logprob = number_of(entry, "logprob")};
    for (const char *const *n = names; *n && !a.token; n++)
        a.token = text_of(arena, entry, *n);
    if (!a.token)
        a.token = "";
    if (isnan(a.logprob)) {
        double p = number_of(entry, "prob");
        a.logprob = p > 0 ? log(p) : -(double)INFINITY;
    }
    return a;
}

/* Alternatives as a list of objects, or as an object TEXT: logprob. */
static void read_others(const ra_json *list, ra_arena *arena, ra_token *out)
{
    size_t count = list ? ra_json_size(list) : 0;
    if (count == 0)
        return;
    ra_alternative *others = ra_arena_alloc(arena, count, sizeof *others);
    bool keyed = ra_json_is_object(list);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        double logprob;
        if (keyed)
            others[out->count++] = (ra_alternative){
                .token = ra_arena_strdup(arena, ra_json_key(e)),
                .logprob = ra_json_value(e, &logprob) ? logprob : -(double)INFINITY,
            };
        else
            others[out->count++] = read_listed(e, arena);
    }
    qsort(others, count, sizeof *others, by_logprob);
    out->others = others;
}

/* [] {token, logprob, top_logprobs | probs} */
static void read_token_list(const ra_json *list, ra_arena *arena, ra_completion *out)
{
    if (!ra_json_is_array(list) || ra_json_size(list) == 0)
        return;
    ra_token *tokens = ra_arena_alloc(arena, ra_json_size(list), sizeof *tokens);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        ra_token *t = &tokens[out->token_count++];
        ra_alternative self = read_listed(e, arena);
        t->token = self.token;
        const ra_json *others = ra_json_get(e, "top_logprobs");
        read_others(others ? others : ra_json_get(e, "probs"), arena, t);
        t->logprob = number_of(e, "logprob");
        for (size_t i = 0; isnan(t->logprob) && i < t->count; i++)
            if (strcmp(t->others[i].token, t->token) == 0)
                t->logprob = t->others[i].logprob;
    }
    out->tokens = tokens;
}

/* {tokens[], token_logprobs[], top_logprobs[]} */
static void read_parallel_lists(const ra_json *logprobs, ra_arena *arena, ra_completion *out)
{
    const ra_json *list = ra_json_get(logprobs, "tokens");
    if (!ra_json_is_array(list) || ra_json_size(list) == 0)
        return;
    const ra_json *value = ra_json_first(ra_json_get(logprobs, "token_logprobs"));
    const ra_json *others = ra_json_first(ra_json_get(logprobs, "top_logprobs"));
    ra_token *tokens = ra_arena_alloc(arena, ra_json_size(list), sizeof *tokens);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        ra_token *t = &tokens[out->token_count++];
        const char *text = ra_json_text(e);
        t->token = text ? ra_arena_strdup(arena, text) : "";
        t->logprob = NAN;
        if (value && !ra_json_value(value, &t->logprob))
            t->logprob = NAN;
        if (others && !ra_json_is_null(others))
            read_others(others, arena, t);
        value = value ? ra_json_next(value) : NULL;
        others = others ? ra_json_next(others) : NULL;
    }
    out->tokens = tokens;
}

static void read_logprobs(const ra_json *doc, const ra_json *choice, ra_arena *arena,
                          ra_completion *out)
{
    const ra_json *logprobs = ra_json_get(choice, "logprobs");
    read_token_list(ra_json_get(logprobs, "content"), arena, out);
    if (!out->tokens)
        read_parallel_lists(logprobs, arena, out);
    if (!out->tokens)
        read_token_list(ra_json_get(choice, "completion_probabilities"), arena, out);
    if (!out->tokens)
        read_token_list(ra_json_get(doc, "completion_probabilities"), arena, out);
}

/* --- completions --- */

/* A string, or the texts of a list of parts. */
static const char *read_content(const ra_json *content, ra_arena *arena)
{
    const char *text = ra_json_text(content);
    if (text)
        return ra_arena_strdup(arena, text);
    if (!ra_json_is_array(content))
        return NULL;
    ra_buf joined = {0};
    for (const ra_json *part = ra_json_first(content); part; part = ra_json_next(part)) {
        const char *piece = ra_json_text(ra_json_get(part, "text"));
        ra_buf_puts(&joined, piece ? piece : "");
    }
    text = ra_arena_strndup(arena, joined.text ? joined.text : "", joined.length);
    ra_buf_release(&joined);
    return text;
}

static bool read_choice(const ra_json *doc, const char *name, ra_arena *arena, ra_completion *out,
                        ra_error *err)
{
    const ra_json *choice = ra_json_first(ra_json_get(doc, "choices"));
    if (!ra_json_is_object(choice))
        return ra_fail(err, RA_ERR_INPUT, name, 0, "the answer has no choices",
                       "an OpenAI-compatible server answers {\"choices\":[...]}");
    const ra_json *message = ra_json_get(choice, "message");
    out->text = read_content(
        message ? ra_json_get(message, "content") : ra_json_get(choice, "text"), arena);
    out->finish_reason = text_of(arena, choice, "finish_reason");
    read_logprobs(doc, choice, arena, out);
    return true;
}

bool ra_openai_read(const char *body, size_t length, const char *name, ra_arena *arena,
                    ra_completion *out, ra_error *err)
{
    *out = (ra_completion){0};
    ra_json *doc = parse(body, length, name, err);
    if (!doc)
        return false;
    out->model = text_of(arena, doc, "model");
    out->fingerprint = text_of(arena, doc, "system_fingerprint");
    out->usage = usage_of(doc);
    bool ok = read_choice(doc, name, arena, out, err);
    ra_json_free(doc);
    return ok;
}

/* --- embeddings --- */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Number of bytes, or RA_MAP_NONE if it is no base64; out has room for 3/4 of the text. */
static size_t base64_decode(const char *text, unsigned char *out)
{
    size_t n = strlen(text), count = 0;
    while (n > 0 && text[n - 1] == '=')
        n--;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0)
            return RA_MAP_NONE;
        bits = bits << 6 | (unsigned)digit;
        if (i % 4 != 0)
            out[count++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return count;
}

static float little_endian(const unsigned char *b)
{
    uint32_t bits = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The numbers of one vector, in the arena; NULL if it is none. */
static float *read_vector(const ra_json *value, ra_arena *arena, size_t *dimension)
{
    const char *text = ra_json_text(value);
    if (text) {
        unsigned char *bytes = ra_arena_alloc(arena, strlen(text) + 1, 1);
        size_t length = base64_decode(text, bytes);
        if (length == RA_MAP_NONE || length % 4 != 0 || length == 0)
            return NULL;
        *dimension = length / 4;
        float *vector = ra_arena_alloc(arena, *dimension, sizeof *vector);
        for (size_t i = 0; i < *dimension; i++)
            vector[i] = little_endian(bytes + 4 * i);
        return vector;
    }
    *dimension = ra_json_is_array(value) ? ra_json_size(value) : 0;
    if (*dimension == 0 || *dimension > RA_MAX_DIMENSION)
        return NULL;
    float *vector = ra_arena_alloc(arena, *dimension, sizeof *vector), *next = vector;
    for (const ra_json *e = ra_json_first(value); e; e = ra_json_next(e), next++) {
        double number;
        if (!ra_json_value(e, &number))
            return NULL;
        *next = (float)number;
    }
    return vector;
}

typedef struct rows {
    size_t count, dimension;
    float *vectors;
    bool *filled;
} rows;

/* One {"index","embedding"}; `place` is its number in the list, for servers that leave out index.
 */
static bool take_row(rows *r, const ra_json *entry, size_t place, const char *name, ra_arena *arena,
                     ra_error *err)
{
    double index = number_of(entry, "index");
    size_t dimension, row = place;
    if (index >= 0 && index < (double)r->count)
        row = (size_t)index;
    const float *vector = read_vector(ra_json_get(entry, "embedding"), arena, &dimension);
    if (!vector || dimension > RA_MAX_DIMENSION)
        return ra_failf(err, RA_ERR_INPUT, name, 0,
                        "embedding %zu: a list of numbers or base64 of float32 expected", place);
    if (row >= r->count || r->filled[row])
        return ra_failf(err, RA_ERR_INPUT, name, 0, "embedding %zu is there twice", row);
    if (r->dimension == 0)
        r->dimension = dimension;
    if (dimension != r->dimension)
        return ra_failf(err, RA_ERR_INPUT, name, 0, "embedding %zu has %zu numbers, not %zu", place,
                        dimension, r->dimension);
    if (!r->vectors)
        r->vectors = ra_arena_alloc(arena, r->count * dimension, sizeof *r->vectors);
    memcpy(r->vectors + row * dimension, vector, dimension * sizeof *vector);
    r->filled[row] = true;
    return true;
}

bool ra_openai_read_embeddings(const char *body, size_t length, const char *name, size_t count,
                               size_t *dimension, ra_arena *arena, float **vectors, ra_error *err)
{
    ra_json *doc = parse(body, length, name, err);
    if (!doc)
        return false;
    const ra_json *list = ra_json_get(doc, "data");
    rows r = {count, *dimension, NULL, ra_arena_alloc(arena, count + 1, sizeof *r.filled)};
    size_t found = ra_json_is_array(list) ? ra_json_size(list) : 0, place = 0;
    bool ok = found == count ||
              ra_failf(err, RA_ERR_INPUT, name, 0, "%zu embeddings for %zu texts", found, count);
    for (const ra_json *e = ok ? ra_json_first(list) : NULL; ok && e; e = ra_json_next(e))
        ok = take_row(&r, e, place++, name, arena, err);
    ra_json_free(doc);
    if (!ok)
        return false;
    *dimension = r.dimension;
    *vectors = r.vectors;
    return true;
}
