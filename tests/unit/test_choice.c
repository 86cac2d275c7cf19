/* Which model a router's answer chose: names, patterns, headers, prices; what is sent to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "routers/choice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define START                                                                                   \
    "{\"schema\":\"routeassay.http-router/1\",\"endpoint\":{\"url\":\"http://h/v1\"},\"body\":" \
    "{\"m\":\"{prompt}\"}"

/* Reads START and more fields; NULL when that is refused, and then err says why. */
static ra_json *read_rules(const char *more, ra_arena *arena, ra_choice_rules *rules, ra_error *err)
{
    const char *text = ra_arena_printf(arena, START "%s}", more);
    ra_json *doc = ra_json_parse(text, strlen(text), (ra_json_at){"t", 1}, err);
    if (doc && ra_choice_read(doc, (ra_json_at){"t", 1}, "large", "small", arena, rules, err))
        return doc;
    ra_json_free(doc);
    return NULL;
}

typedef struct row {
    const char *fields, *body, *headers;
    double prompt, completion; /* tokens */
    ra_choice choice;
    bool inferred;
} row;

#define PRICES                                                                               \
    ",\"infer\":{\"cost\":\"/usage/cost\",\"strong\":{\"input\":10,\"output\":30},\"weak\":" \
    "{\"input\":1,\"output\":2}}"

static const row rows[] = {
    {"", "{\"model\":\"large\"}", "", 0, 0, RA_CHOICE_STRONG, false},
    {"", "{\"model\":\"weak\"}", "", 0, 0, RA_CHOICE_WEAK, false},
    {"", "{\"model\":\"larger\"}", "", 0, 0, RA_CHOICE_NONE, false},
    {"", "{\"model\":7}", "", 0, 0, RA_CHOICE_NONE, false},
    {",\"strong\":[\"gpt-4*\"],\"weak\":[\"gpt-4o-mini*\"]", "{\"model\":\"gpt-4o-mini-2\"}", "", 0,
     0, RA_CHOICE_WEAK, false}, /* the longer pattern */
    {",\"strong\":[\"gpt-4*\"],\"weak\":[\"gpt-4o-mini*\"]", "{\"model\":\"gpt-4-1106\"}", "", 0, 0,
     RA_CHOICE_STRONG, false},
    {",\"strong\":[\"*gpt*long*\"],\"weak\":[\"gpt-5\"]", "{\"model\":\"gpt-5\"}", "", 0, 0,
     RA_CHOICE_WEAK, false},
    {",\"strong\":[\"*a\"],\"weak\":[\"a*\"]", "{\"model\":\"aa\"}", "", 0, 0, RA_CHOICE_NONE,
     false}, /* as much for one as for the other */
    {",\"choice\":{\"pointer\":\"/a~1b/1/~0\"}", "{\"a/b\":[0,{\"~\":\"small\"}]}", "", 0, 0,
     RA_CHOICE_WEAK, false},
    {",\"choice\":{\"pointer\":\"/a/01\"}", "{\"a\":[0,\"small\"]}", "", 0, 0, RA_CHOICE_NONE,
     false},
    {",\"choice\":{\"header\":\"X-Model\"}", "{}", "a: large\nx-model:  small \nb: large\n", 0, 0,
     RA_CHOICE_WEAK, false},
    {",\"choice\":{\"header\":\"X-Model\"}", "{\"model\":\"large\"}", "x-models: large\n", 0, 0,
     RA_CHOICE_NONE, false},
    {PRICES, "{\"model\":\"?\",\"usage\":{\"cost\":0.004}}", "", 100, 100, RA_CHOICE_STRONG, true},
    {PRICES, "{\"model\":\"?\",\"usage\":{\"cost\":0.000301}}", "", 100, 100, RA_CHOICE_WEAK, true},
    {PRICES, "{\"model\":\"?\",\"usage\":{\"cost\":0.002}}", "", 100, 100, RA_CHOICE_NONE, false},
    {PRICES, "{\"model\":\"?\",\"usage\":{\"cost\":0}}", "", 0, 0, RA_CHOICE_NONE, false},
    {PRICES, "{\"model\":\"?\",\"usage\":{\"cost\":0.004}}", "", NAN, NAN, RA_CHOICE_NONE, false},
    {PRICES, "{\"model\":\"small\",\"usage\":{\"cost\":0.004}}", "", 100, 100, RA_CHOICE_WEAK,
     false}, /* a name goes before a price */
};

static void choices(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        ra_arena arena = {0};
        ra_choice_rules rules;
        ra_error err = {0};
        ra_json *doc = read_rules(rows[r].fields, &arena, &rules, &err);
        if (!doc)
            fail_msg("row %zu: %s", r, err.message);
        ra_call_answer answer = {.body = rows[r].body,
                                 .length = strlen(rows[r].body),
                                 .headers = rows[r].headers,
                                 .usage = {rows[r].prompt, rows[r].completion, 0, 0}};
        bool inferred;
        const char *name;
        ra_choice choice = ra_choice_of(&rules, &answer, &arena, &inferred, &name);
        if (choice != rows[r].choice || inferred != rows[r].inferred)
            fail_msg("row %zu: choice %d, inferred %d", r, (int)choice, inferred);
        ra_json_free(doc);
        ra_arena_release(&arena);
    }
}

/* Marks are replaced once: what a prompt holds is text. */
static void bodies(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_error err = {0};
    const char text[] =
        "{\"a\":[\"{prompt}\",{\"b\":\"x {knob}{knob} {prompt}\"},\"{knob}\",1.50,null]}";
    ra_json *body = ra_json_parse(text, strlen(text), (ra_json_at){"t", 1}, &err);
    ra_json *knob = ra_json_parse("0.25", 4, (ra_json_at){"t", 1}, &err);
    ra_choice_rules rules = {.body = body};
    assert_string_equal(ra_choice_body(&rules, "say \"{knob}\" {prompt}\n", knob, &arena),
                        "{\"a\":[\"say \\\"{knob}\\\" {prompt}\\n\",{\"b\":\"x 0.250.25 say "
                        "\\\"{knob}\\\" {prompt}\\n\"},0.25,1.5,null]}");
    ra_json_free(body);
    ra_json_free(knob);
    ra_arena_release(&arena);
}

static void refused(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {",\"choice\":{}", "either 'pointer' or 'header'"},
        {",\"choice\":{\"pointer\":\"/a\",\"header\":\"b\"}", "either 'pointer' or 'header'"},
        {",\"knob\":[1]", "no {knob}"},
        {",\"knob\":[true]", "strings or numbers"},
        {",\"unmapped\":\"strong\"", "'error' or 'count'"},
        {",\"infer\":{\"cost\":\"/c\"}", "'strong' missing"},
        {",\"strong\":\"a\"", "an array"},
        {",\"calls\":{\"key\":1}", "unknown field 'key'"},
        {",\"budget\":1", "unknown field 'budget'"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ra_arena arena = {0};
        ra_choice_rules rules;
        ra_error err = {0};
        ra_json *doc = read_rules(wrong[i][0], &arena, &rules, &err);
        if (doc || err.code != RA_ERR_INPUT || !strstr(err.message, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], err.message);
        ra_arena_release(&arena);
    }
}

/* The configurations that come with the program. */
static void examples(void **state)
{
    (void)state;
    static const char *const names[] = {"routellm-server", "unify",       "martian",
                                        "openrouter",      "not-diamond", "header"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ra_arena arena = {0};
        ra_choice_rules rules;
        ra_error err = {0};
        const char *path =
            ra_arena_printf(&arena, "%s/golden/routers/%s.json", getenv("SOURCE_DIR"), names[i]);
        ra_json *doc = ra_json_read(path, &err);
        if (!doc || !ra_choice_read(doc, (ra_json_at){path, 1}, NULL, NULL, &arena, &rules, &err))
            fail_msg("%s: %s", names[i], err.message);
        ra_json_free(doc);
        ra_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(choices), cmocka_unit_test(bodies),
                                       cmocka_unit_test(refused), cmocka_unit_test(examples)};
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
