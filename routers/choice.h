/* Routers behind HTTP that answer themselves: what is sent to them, and which model they chose.
 *
 * A configuration (a JSON file, or "config" of a study's router):
 *
 *   {"schema": "routeassay.http-router/1",
 *    "about": "...",                            for people
 *    "endpoint": {...},                         url, key_env, price ...: net/openai.h
 *    "path": "chat/completions",                below the endpoint's URL (this, if absent)
 *    "body": {"model": "router-mf-{knob}",      any JSON; in its strings {prompt} and {knob} stand
 *             "messages": [{"role": "user",     for the text and the setting. A string that is
 *                           "content": "{prompt}"}]},    {knob} alone becomes the setting itself
 *    "knob": [0.1, 0.2, "high"],                settings to try, from most to fewest strong calls
 *    "tokens_out": 256,                         expected, for the budget
 *    "choice": {"pointer": "/model"},           where the chosen model's name is: a JSON pointer
 *              {"header": "x-model"},           (RFC 6901) into the answer, or a header of it
 *    "strong": ["gpt-4*"], "weak": [...],       names of the two, or patterns of the shell (* ?
 * [a-z]) "infer": {"cost": "/usage/cost",           where no name decides: the dollars that the
 * answer "strong": {"input": 10, "output": 30}, "weak": {...},     names against these prices
 *              "within": 0.02},                 per million tokens; so near must they come
 *    "unmapped": "error" | "count",             what to do about an answer that is neither's
 *    "calls": {"path", "mode", "budget", "concurrency", "requests_per_minute", "timeout_s"}}
 *
 * The names of the measured models are the strong and the weak one's without being listed, and so
 * are "strong" and "weak". A name decides before any pattern, a longer pattern before a shorter
 * one; two of one length that disagree decide nothing.
 */
#ifndef RA_ROUTERS_CHOICE_H
#define RA_ROUTERS_CHOICE_H

#include "data/json.h"
#include "net/calls.h"

typedef enum ra_choice { RA_CHOICE_NONE, RA_CHOICE_STRONG, RA_CHOICE_WEAK } ra_choice;

typedef struct ra_choice_name {
    const char *name;
    bool pattern;
    ra_choice choice;
} ra_choice_name;

typedef struct ra_choice_rules {
    ra_endpoint endpoint;
    ra_calls_options calls;
    const char *path;
    const ra_json *body;
    const ra_json **knobs; /* settings; one NULL when there is no knob */
    size_t knob_count;
    double tokens_out;
    const char *pointer, *header; /* one of them */
    ra_choice_name *names;
    size_t name_count;
    const char *cost; /* NULL = nothing is inferred */
    ra_price_per_million strong_price, weak_price;
    double within;
    bool count_unmapped;
} ra_choice_rules;

/* `config` must outlive the rules; texts in the arena. strong and weak: the measured models' names,
 * or NULL. */
RA_MUST_CHECK bool ra_choice_read(const ra_json *config, ra_json_at at, const char *strong,
                                  const char *weak, ra_arena *arena, ra_choice_rules *out,
                                  ra_error *err);
/* The body for a prompt at one of the settings, in the arena. */
const char *ra_choice_body(const ra_choice_rules *rules, const char *prompt, const ra_json *knob,
                           ra_arena *arena);
/* Which model answered. *inferred: by its price. *name: what the answer called it, NULL if nothing;
 * in the arena. */
ra_choice ra_choice_of(const ra_choice_rules *rules, const ra_call_answer *answer, ra_arena *arena,
                       bool *inferred, const char **name);

#endif
