#include "routers/choice.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- reading a configuration --- */

static void add_name(ra_choice_rules *rules, const char *name, ra_choice choice, bool listed)
{
    rules->names[rules->name_count++] =
        (ra_choice_name){name, listed && strpbrk(name, "*?[") != NULL, choice};
}

static bool read_names(const ra_json *config, ra_json_at at, const char *const measured[2],
                       ra_arena *arena, ra_choice_rules *rules, ra_error *err)
{
    static const char *const keys[] = {"strong", "weak"};
    const char **lists[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    for (int side = 0; side < 2; side++)
        if (ra_json_get(config, keys[side]) &&
            !ra_json_strings(config, keys[side], at, arena, &lists[side], &counts[side], err))
            return false;
    rules->names = ra_arena_alloc(arena, counts[0] + counts[1] + 4, sizeof *rules->names);
    for (int side = 0; side < 2; side++) {
        ra_choice choice = side == 0 ? RA_CHOICE_STRONG : RA_CHOICE_WEAK;
        add_name(rules, keys[side], choice, false);
        if (measured[side])
            add_name(rules, ra_arena_strdup(arena, measured[side]), choice, false);
        for (size_t i = 0; i < counts[side]; i++)
            add_name(rules, lists[side][i], choice, true);
    }
    return true;
}

static bool read_place(const ra_json *config, ra_json_at at, ra_arena *arena,
                       ra_choice_rules *rules, ra_error *err)
{
    static const char *const keys[] = {"pointer", "header", NULL};
    const ra_json *choice = NULL;
    if (!ra_json_maybe_object(config, "choice", at, &choice, err))
        return false;
    rules->pointer = "/model";
    if (!choice)
        return true;
    rules->pointer = NULL;
    if (!ra_json_only(choice, keys, at, err) ||
        !ra_json_maybe_string(choice, "pointer", at, &rules->pointer, err) ||
        !ra_json_maybe_string(choice, "header", at, &rules->header, err))
        return false;
    if (!rules->pointer == !rules->header)
        return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                       "field 'choice': either 'pointer' or 'header' expected", NULL);
    if (rules->pointer)
        rules->pointer = ra_arena_strdup(arena, rules->pointer);
    if (rules->header)
        rules->header = ra_arena_strdup(arena, rules->header);
    return true;
}

static bool read_price(const ra_json *infer, const char *key, ra_json_at at,
                       ra_price_per_million *out, ra_error *err)
{
    static const char *const keys[] = {"input", "output", NULL};
    const ra_json *price;
    out->known = true;
    return ra_json_object(infer, key, at, &price, err) && ra_json_only(price, keys, at, err) &&
           ra_json_number(price, "input", at, &out->input, err) &&
           ra_json_number(price, "output", at, &out->output, err);
}

static bool read_inference(const ra_json *config, ra_json_at at, ra_arena *arena,
                           ra_choice_rules *rules, ra_error *err)
{
    static const char *const keys[] = {"cost", "strong", "weak", "within", NULL};
    const ra_json *infer = NULL;
    rules->within = 0.02;
    if (!ra_json_maybe_object(config, "infer", at, &infer, err))
        return false;
    if (!infer)
        return true;
    if (!ra_json_only(infer, keys, at, err) ||
        !ra_json_string(infer, "cost", at, &rules->cost, err) ||
        !read_price(infer, "strong", at, &rules->strong_price, err) ||
        !read_price(infer, "weak", at, &rules->weak_price, err) ||
        !ra_json_maybe_number(infer, "within", at, &rules->within, err))
        return false;
    rules->cost = ra_arena_strdup(arena, rules->cost);
    return (rules->within >= 0 && rules->within < 1) ||
           ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                   "field 'within': at least 0 and less than 1 expected", NULL);
}

static bool read_knobs(const ra_json *config, ra_json_at at, ra_arena *arena,
                       ra_choice_rules *rules, ra_error *err)
{
    const ra_json *list = NULL;
    if (!ra_json_maybe_array(config, "knob", at, &list, err))
        return false;
    size_t count = list ? ra_json_size(list) : 0;
    rules->knobs = ra_arena_alloc(arena, count + 1, sizeof *rules->knobs);
    for (const ra_json *k = ra_json_first(list); k; k = ra_json_next(k)) {
        double number;
        if (!ra_json_text(k) && !ra_json_value(k, &number))
            return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                           "field 'knob': strings or numbers expected", NULL);
        rules->knobs[rules->knob_count++] = k;
    }
    rules->knob_count += count == 0;
    return true;
}

static bool read_calls(const ra_json *config, ra_json_at at, ra_arena *arena,
                       ra_choice_rules *rules, ra_error *err)
{
    static const char *const keys[] = {
        "path", "mode", "budget", "concurrency", "requests_per_minute", "timeout_s", NULL};
    const ra_json *own = NULL;
    uint64_t concurrency = 0;
    ra_calls_options *calls = &rules->calls;
    *calls = ra_calls_defaults();
    if (!ra_json_maybe_object(config, "calls", at, &own, err))
        return false;
    if (!own)
        return true;
    if (!ra_json_only(own, keys, at, err) ||
        !ra_json_maybe_string(own, "path", at, &calls->path, err) ||
        !ra_json_maybe_string(own, "mode", at, &calls->mode_name, err) ||
        !ra_json_maybe_number(own, "budget", at, &calls->budget, err) ||
        (ra_json_get(own, "concurrency") &&
         !ra_json_count(own, "concurrency", at, 1024, &concurrency, err)) ||
        !ra_json_maybe_number(own, "requests_per_minute", at, &calls->requests_per_minute, err) ||
        !ra_json_maybe_number(own, "timeout_s", at, &calls->timeout_s, err))
        return false;
    calls->concurrency = (unsigned)concurrency;
    calls->path = ra_arena_strdup(arena, calls->path);
    if (calls->mode_name)
        calls->mode_name = ra_arena_strdup(arena, calls->mode_name);
    return true;
}

static bool read_unmapped(const ra_json *config, ra_json_at at, ra_choice_rules *rules,
                          ra_error *err)
{
    const char *what = "error";
    if (!ra_json_maybe_string(config, "unmapped", at, &what, err))
        return false;
    rules->count_unmapped = strcmp(what, "count") == 0;
    return rules->count_unmapped || strcmp(what, "error") == 0 ||
           ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                    "field 'unmapped': 'error' or 'count' expected, found '%s'", what);
}

static bool mentions(const ra_json *value, const char *what)
{
    const char *text = ra_json_text(value);
    if (text)
        return strstr(text, what) != NULL;
    if (ra_json_is_array(value) || ra_json_is_object(value))
        for (const ra_json *e = ra_json_first(value); e; e = ra_json_next(e))
            if (mentions(e, what))
                return true;
    return false;
}

/* A body without the prompt, or a knob that nothing turns, would measure nonsense. */
static bool check_body(const ra_choice_rules *rules, ra_json_at at, ra_error *err)
{
    if (!mentions(rules->body, "{prompt}"))
        return ra_fail(err, RA_ERR_INPUT, at.file, at.line, "field 'body': no {prompt} in it",
                       "it stands where the prompt's text belongs");
    if (mentions(rules->body, "{knob}") == (rules->knobs[0] != NULL))
        return true;
    return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                   rules->knobs[0] ? "field 'knob': no {knob} in the body"
                                   : "field 'body': {knob}, but the router has no 'knob'",
                   NULL);
}

bool ra_choice_read(const ra_json *config, ra_json_at at, const char *strong, const char *weak,
                    ra_arena *arena, ra_choice_rules *out, ra_error *err)
{
    static const char *const keys[] = {"schema", "about",    "endpoint",   "path", "body",
                                       "knob",   "choice",   "strong",     "weak", "infer",
                                       "calls",  "unmapped", "tokens_out", NULL};
    const ra_json *endpoint;
    const char *schema, *measured[2] = {strong, weak};
    *out = (ra_choice_rules){.path = "chat/completions", .tokens_out = 256};
    if (!ra_json_string(config, "schema", at, &schema, err))
        return false;
    if (strcmp(schema, "routeassay.http-router/1") != 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'schema': 'routeassay.http-router/1' expected, found '%s'", schema);
    if (!ra_json_only(config, keys, at, err) ||
        !ra_json_object(config, "endpoint", at, &endpoint, err) ||
        !ra_endpoint_read(endpoint, at, arena, &out->endpoint, err) ||
        !ra_json_maybe_string(config, "path", at, &out->path, err) ||
        !ra_json_object(config, "body", at, &out->body, err) ||
        !ra_json_maybe_number(config, "tokens_out", at, &out->tokens_out, err) ||
        !read_knobs(config, at, arena, out, err) || !read_place(config, at, arena, out, err) ||
        !read_names(config, at, measured, arena, out, err) ||
        !read_inference(config, at, arena, out, err) || !read_calls(config, at, arena, out, err) ||
        !read_unmapped(config, at, out, err))
        return false;
    out->path = ra_arena_strdup(arena, out->path);
    return check_body(out, at, err);
}

/* --- bodies --- */

/* A setting as text: a string's, or a number as it was written. */
static void add_setting(ra_buf *out, const ra_json *knob)
{
    if (ra_json_text(knob))
        ra_buf_puts(out, ra_json_text(knob));
    else
        ra_json_print(knob, out);
}

/* Puts the prompt and the setting into a string, once: what they contain is left alone. */
static ra_json *filled_text(const char *text, const char *prompt, const ra_json *knob)
{
    static const char prompt_mark[] = "{prompt}", knob_mark[] = "{knob}";
    if (knob && strcmp(text, knob_mark) == 0)
        return ra_json_copy(knob);
    ra_buf out = {0};
    ra_json *list = ra_json_new_array(), *filled;
    while (*text) {
        if (ra_has_prefix(text, prompt_mark)) {
            ra_buf_puts(&out, prompt);
            text += strlen(prompt_mark);
        } else if (knob && ra_has_prefix(text, knob_mark)) {
            add_setting(&out, knob);
            text += strlen(knob_mark);
        } else {
            ra_buf_putc(&out, *text++);
        }
    }
    ra_json_add_string(list, out.text ? out.text : "");
    filled = ra_json_copy(ra_json_first(list));
    ra_json_free(list);
    ra_buf_release(&out);
    return filled;
}

static ra_json *filled(const ra_json *value, const char *prompt, const ra_json *knob)
{
    if (ra_json_text(value))
        return filled_text(ra_json_text(value), prompt, knob);
    if (!ra_json_is_array(value) && !ra_json_is_object(value))
        return ra_json_copy(value);
    bool list = ra_json_is_array(value);
    ra_json *copy = list ? ra_json_new_array() : ra_json_new_object();
    for (const ra_json *e = ra_json_first(value); e; e = ra_json_next(e)) {
        ra_json *own = filled(e, prompt, knob);
        if (list)
            ra_json_add(copy, own);
        else
            ra_json_put(copy, ra_json_key(e), own);
    }
    return copy;
}

const char *ra_choice_body(const ra_choice_rules *rules, const char *prompt, const ra_json *knob,
                           ra_arena *arena)
{
    ra_json *doc = filled(rules->body, prompt, knob);
    ra_buf text = {0};
    ra_json_print(doc, &text);
    ra_json_free(doc);
    const char *kept = ra_arena_strndup(arena, text.text, text.length);
    ra_buf_release(&text);
    return kept;
}

/* --- answers --- */

/* Value of a header in "name: value\n" lines; the last one counts. */
static const char *header_value(const char *headers, const char *name, ra_arena *arena)
{
    const char *found = NULL;
    size_t length = strlen(name);
    for (const char *line = headers; line && *line;) {
        size_t size = strcspn(line, "\n");
        if (size > length && strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1;
            value += strspn(value, " \t");
            size_t left = (size_t)(line + size - value);
            while (left > 0 && strchr(" \t\r", value[left - 1]))
                left--;
            found = ra_arena_strndup(arena, value, left);
        }
        line += size + (line[size] == '\n');
    }
    return found;
}

static ra_choice choice_of_name(const ra_choice_rules *rules, const char *name)
{
    size_t best = 0;
    ra_choice choice = RA_CHOICE_NONE;
    for (size_t i = 0; i < rules->name_count; i++) {
        const ra_choice_name *n = &rules->names[i];
        bool fits = n->pattern ? fnmatch(n->name, name, 0) == 0 : strcmp(n->name, name) == 0;
        size_t weight = n->pattern ? strlen(n->name) : SIZE_MAX;
        if (!fits || weight < best)
            continue;
        choice = weight == best && choice != n->choice ? RA_CHOICE_NONE : n->choice;
        best = weight;
    }
    return choice;
}

static bool near(double cost, double expected, double within)
{
    return expected > 0 && fabs(cost - expected) <= within * expected;
}

/* By the dollars that the answer says it cost, when they fit one of the two models alone. */
static ra_choice choice_of_cost(const ra_choice_rules *rules, const ra_json *doc,
                                const ra_usage *usage)
{
    double cost;
    const ra_json *said = rules->cost ? ra_json_at_pointer(doc, rules->cost) : NULL;
    if (!said || !ra_json_value(said, &cost))
        return RA_CHOICE_NONE;
    bool strong = near(cost, ra_openai_usd(&rules->strong_price, usage), rules->within);
    bool weak = near(cost, ra_openai_usd(&rules->weak_price, usage), rules->within);
    return strong == weak ? RA_CHOICE_NONE : strong ? RA_CHOICE_STRONG : RA_CHOICE_WEAK;
}

ra_choice ra_choice_of(const ra_choice_rules *rules, const ra_call_answer *answer, ra_arena *arena,
                       bool *inferred, const char **name)
{
    ra_error unused = {0};
    *inferred = false;
    *name = NULL;
    ra_json *doc = ra_json_parse(answer->body, answer->length, (ra_json_at){"answer", 1}, &unused);
    const ra_json *at = doc && rules->pointer ? ra_json_at_pointer(doc, rules->pointer) : NULL;
    if (rules->header)
        *name = header_value(answer->headers, rules->header, arena);
    else if (at && ra_json_text(at))
        *name = ra_arena_strdup(arena, ra_json_text(at));
    ra_choice choice = *name ? choice_of_name(rules, *name) : RA_CHOICE_NONE;
    if (choice == RA_CHOICE_NONE && doc) {
        choice = choice_of_cost(rules, doc, &answer->usage);
        *inferred = choice != RA_CHOICE_NONE;
    }
    ra_json_free(doc);
    return choice;
}
