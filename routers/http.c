/* http:CONFIG.json - a router that answers itself, behind an HTTP endpoint (routers/choice.h).
 *
 * Every prompt is sent to it once, or once at each setting of its knob; answers come from the call
 * store or go there. Without a knob the scores are 1 (strong) and 0 (weak): a point. With a knob of
 * K settings the score is the share of settings at which the prompt reached the strong model, so
 * that thresholds give the settings again: a curve. That takes a router whose settings are ordered:
 * what reaches the strong model at one setting does so at all settings before it. */
#include "routers/choice.h"
#include "routers/router.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct http {
    ra_json *doc; /* of the file; NULL when the study holds the configuration */
    ra_choice_rules rules;
    ra_calls *calls;
    size_t asked, inferred, unmapped;
    const char *shown; /* the configuration, for errors */
    ra_arena arena;
} http;

static void http_close(void *state)
{
    http *h = state;
    ra_calls_close(h->calls);
    ra_json_free(h->doc);
    ra_arena_release(&h->arena);
    free(h);
}

static bool open_rules(http *h, const ra_router_options *options, ra_error *err)
{
    if (!options->argument && !options->config)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "http: needs a configuration",
                       "http:FILE.json, as in golden/routers/");
    h->shown = ra_arena_strdup(&h->arena, options->argument ? options->argument : "study");
    if (options->argument && !(h->doc = ra_json_read(options->argument, err)))
        return false;
    if (!ra_choice_read(h->doc ? h->doc : options->config, (ra_json_at){h->shown, 1},
                        options->strong, options->weak, &h->arena, &h->rules, err))
        return false;
    ra_calls_only_sum(&h->rules.calls, options->stored);
    if (options->stored)
        options->stored->settings = h->rules.knob_count;
    return (options->stored || ra_calls_key_check(h->rules.endpoint.key_env, err)) &&
           (h->calls = ra_calls_open(&h->rules.calls, err));
}

static bool http_open(void **state, const ra_router_options *options, ra_error *err)
{
    http *h = ra_alloc(1, sizeof *h);
    if (!open_rules(h, options, err)) {
        http_close(h);
        return false;
    }
    *state = h;
    return true;
}

static ra_call call_for(http *h, const ra_prompt *prompt, size_t knob, ra_arena *arena)
{
    const ra_choice_rules *r = &h->rules;
    return (ra_call){.url = ra_openai_url(arena, &r->endpoint, r->path),
                     .body = ra_choice_body(r, prompt->text, r->knobs[knob], arena),
                     .headers = r->endpoint.headers,
                     .purpose = "router",
                     .key_env = r->endpoint.key_env,
                     .key_header = r->endpoint.key_header,
                     .tokens_in = (double)strlen(prompt->text) / 4,
                     .tokens_out = r->tokens_out,
                     .price = r->endpoint.price};
}

static bool refuse_unmapped(http *h, const ra_prompt *prompt, const char *name, ra_error *err)
{
    char shown[128];
    ra_printable(shown, sizeof shown, name ? name : "");
    if (name)
        ra_failf(err, RA_ERR_INPUT, h->shown, 0,
                 "item '%s' was answered by '%s', which is neither the strong nor the weak model",
                 prompt->id, shown);
    else
        ra_failf(err, RA_ERR_INPUT, h->shown, 0,
                 "the answer to item '%s' does not say which model gave it", prompt->id);
    return ra_hintf(err, "add the name to 'strong' or 'weak', mend 'choice', or count such answers "
                         "with \"unmapped\": \"count\"");
}

static bool read_choice(http *h, const ra_prompt *prompt, const ra_call_answer *answer,
                        ra_arena *arena, ra_choice *out, ra_error *err)
{
    bool inferred;
    const char *name;
    if (!answer->body) /* a dry run: nobody was asked */
        return ra_failf(err, RA_ERR_CHECK, h->shown, 0, "item '%s' has no answer in the call store",
                        prompt->id);
    *out = ra_choice_of(&h->rules, answer, arena, &inferred, &name);
    h->asked++;
    h->inferred += inferred;
    h->unmapped += *out == RA_CHOICE_NONE;
    return *out != RA_CHOICE_NONE || h->rules.count_unmapped ||
           refuse_unmapped(h, prompt, name, err);
}

/* The score of one prompt from its choices at every setting. */
static bool score_one(const http *h, const ra_prompt *prompt, const ra_choice *choice,
                      double *score, ra_error *err)
{
    size_t strong = 0, count = h->rules.knob_count;
    *score = NAN;
    for (size_t k = 0; k < count; k++) {
        if (choice[k] == RA_CHOICE_NONE)
            return true;
        if (choice[k] == RA_CHOICE_STRONG && strong < k) {
            ra_failf(err, RA_ERR_INPUT, h->shown, 0,
                     "item '%s' goes to the strong model at setting %zu of the knob, but not at "
                     "every one before it",
                     prompt->id, k + 1);
            return ra_hintf(err, "list the settings from most to fewest strong calls; if the "
                                 "router is not of that kind, measure each setting by itself");
        }
        strong += choice[k] == RA_CHOICE_STRONG;
    }
    *score = (double)strong / (double)count;
    return true;
}

static bool http_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                       ra_error *err)
{
    http *h = state;
    size_t knobs = h->rules.knob_count;
    ra_arena scratch = {0};
    ra_call *calls = ra_arena_alloc(&scratch, count * knobs, sizeof *calls);
    ra_call_answer *answers = ra_arena_alloc(&scratch, count * knobs, sizeof *answers);
    ra_choice *choice = ra_arena_alloc(&scratch, count * knobs, sizeof *choice);
    for (size_t i = 0; i < count * knobs; i++)
        calls[i] = call_for(h, &prompts[i / knobs], i % knobs, &scratch);
    bool ok = ra_calls_make(h->calls, calls, count * knobs, &scratch, answers, err);
    bool chosen = ok && !h->rules.calls.sums; /* else which model answered is nobody's question */
    for (size_t i = 0; ok && chosen && i < count * knobs; i++)
        ok = read_choice(h, &prompts[i / knobs], &answers[i], &scratch, &choice[i], err);
    for (size_t i = 0; ok && chosen && i < count; i++)
        ok = score_one(h, &prompts[i], choice + i * knobs, &score[i], err);
    ra_arena_release(&scratch);
    return ok;
}

static bool http_finish(void *state, ra_error *err)
{
    (void)err;
    http *h = state;
    ra_calls_report(h->calls, stderr);
    return true;
}

static const char *http_describe(void *state, ra_arena *arena)
{
    const http *h = state;
    const char *where = h->rules.header ? ra_arena_printf(arena, "header '%s'", h->rules.header)
                                        : ra_arena_printf(arena, "field '%s'", h->rules.pointer);
    const char *said = ra_arena_printf(arena, "%s of each of %zu answers", where, h->asked);
    if (h->inferred > 0)
        said = ra_arena_printf(arena, "%s; %zu of them inferred from the price", said, h->inferred);
    if (h->unmapped > 0)
        said = ra_arena_printf(arena, "%s; %zu chose neither model", said, h->unmapped);
    return said;
}

extern const ra_router_kind ra_router_http;
const ra_router_kind ra_router_http = {
    .name = "http",
    .summary = "http:CONFIG.json, a router that answers itself behind an HTTP endpoint",
    .flags = RA_ROUTER_CHOOSES | RA_ROUTER_CALLS,
    .open = http_open,
    .score = http_score,
    .close = http_close,
    .finish = http_finish,
    .describe = http_describe};
