#include "benchmarks/judge.h"

#include "base/installed.h"
#include "data/jsonl.h"
#include "data/template.h"

#include <math.h>
#include <string.h>

/* --- templates --- */

/* The names that a template may use, by what it is for; FastChat's. */
static size_t known_fields(bool pairwise, ra_field fields[16])
{
    static const char *const shared[] = {"question", "question_1", "question_2", "ref_answer_1",
                                         "ref_answer_2"};
    static const char *const single[] = {"answer", "answer_1", "answer_2"};
    static const char *const pair[] = {"answer_a", "answer_a_1", "answer_a_2",
                                       "answer_b", "answer_b_1", "answer_b_2"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        fields[n++] = (ra_field){shared[i], NULL};
    for (size_t i = 0; !pairwise && i < sizeof single / sizeof *single; i++)
        fields[n++] = (ra_field){single[i], NULL};
    for (size_t i = 0; pairwise && i < sizeof pair / sizeof *pair; i++)
        fields[n++] = (ra_field){pair[i], NULL};
    return n;
}

/* A template that would fail for every item fails when it is read. */
static bool check_template(const ra_judge_template *t, ra_json_at at, ra_error *err)
{
    ra_field fields[16];
    size_t count = known_fields(t->pairwise, fields);
    for (size_t i = 0; i < count; i++)
        fields[i].value = "";
    ra_buf ignored = {0};
    bool ok = ra_template_fill(t->prompt, fields, count, at, &ignored, err);
    ra_buf_release(&ignored);
    return ok;
}

static const ra_judge_template *find_template(const ra_judge_templates *templates, const char *name)
{
    for (size_t i = 0; i < templates->count; i++)
        if (strcmp(templates->list[i].name, name) == 0)
            return &templates->list[i];
    return NULL;
}

static bool read_template(const ra_jsonl *in, ra_judge_templates *templates, size_t *capacity,
                          ra_error *err)
{
    ra_judge_template t = {.system = "", .line = in->at.line};
    const char *type;
    if (!ra_json_string(in->object, "name", in->at, &t.name, err) ||
        !ra_json_string(in->object, "type", in->at, &type, err) ||
        !ra_json_maybe_string(in->object, "system_prompt", in->at, &t.system, err) ||
        !ra_json_string(in->object, "prompt_template", in->at, &t.prompt, err))
        return false;
    t.pairwise = strcmp(type, "pairwise") == 0;
    if (!t.pairwise && strcmp(type, "single") != 0)
        return ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line,
                        "field 'type': 'single' or 'pairwise' expected, found '%s'", type);
    if (find_template(templates, t.name))
        return ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line, "template '%s' is there twice",
                        t.name);
    if (!check_template(&t, in->at, err))
        return false;
    t.name = ra_arena_strdup(&templates->arena, t.name);
    t.system = ra_arena_strdup(&templates->arena, t.system);
    t.prompt = ra_arena_strdup(&templates->arena, t.prompt);
    if (templates->count == *capacity) {
        *capacity = 2 * *capacity + 8;
        ra_judge_template *more = ra_arena_alloc(&templates->arena, *capacity, sizeof *more);
        if (templates->count > 0)
            memcpy(more, templates->list, templates->count * sizeof *more);
        templates->list = more;
    }
    templates->list[templates->count++] = t;
    return true;
}

bool ra_judge_templates_read(ra_judge_templates *templates, const char *path, ra_error *err)
{
    *templates = (ra_judge_templates){0};
    templates->path = path ? ra_arena_strdup(&templates->arena, path)
                           : ra_installed_file(&templates->arena, "golden/judge/templates.jsonl");
    ra_jsonl in;
    size_t capacity = 0;
    bool ok = ra_jsonl_open(&in, templates->path, err);
    while (ok && ra_jsonl_next(&in, err))
        ok = read_template(&in, templates, &capacity, err);
    ok = ra_jsonl_close(&in) && ok;
    if (!ok)
        ra_judge_templates_release(templates);
    return ok;
}

void ra_judge_templates_release(ra_judge_templates *templates)
{
    ra_arena_release(&templates->arena);
    *templates = (ra_judge_templates){0};
}

/* --- questions --- */

/* FastChat's NEED_REF_CATS. */
static bool needs_reference(const char *category)
{
    static const char *const categories[] = {"math", "reasoning", "coding", "arena-hard-200"};
    for (size_t i = 0; category && i < sizeof categories / sizeof *categories; i++)
        if (strcmp(category, categories[i]) == 0)
            return true;
    return false;
}

bool ra_judge_has_answers(const ra_output *outputs, size_t turn)
{
    for (size_t t = 0; t < turn; t++)
        if (!outputs[t].present || !outputs[t].text)
            return false;
    return true;
}

/* NULL and an error when the item does not fit the protocol. */
static const ra_judge_template *choose(const ra_judge_templates *templates, const ra_item *item,
                                       size_t turn, bool pairwise, ra_error *err)
{
    bool math = needs_reference(item->category);
    char name[64];
    snprintf(name, sizeof name, "%s%s", pairwise ? "pair" : "single",
             math       ? "-math-v1"
             : pairwise ? "-v2"
                        : "-v1");
    size_t length = strlen(name);
    snprintf(name + length, sizeof name - length, "%s", turn > 1 ? "-multi-turn" : "");
    const ra_judge_template *found = find_template(templates, name);
    if (turn > 2) {
        ra_failf(err, RA_ERR_INPUT, NULL, 0, "item '%s' has a turn %zu: a judge is asked about two",
                 item->id, turn);
        found = NULL;
    } else if (!found || found->pairwise != pairwise) {
        ra_failf(err, RA_ERR_INPUT, templates->path, 0, "no %s template '%s'",
                 pairwise ? "pairwise" : "single", name);
        ra_hintf(err, "item '%s' of category '%s' needs it", item->id,
                 item->category ? item->category : "");
        found = NULL;
    } else if (math && item->reference_count < turn) {
        ra_failf(err, RA_ERR_INPUT, NULL, 0,
                 "item '%s' of category '%s' has no reference answer to turn %zu", item->id,
                 item->category, turn);
        ra_hintf(err, "import the set with FastChat's reference_answer/gpt-4.jsonl");
        found = NULL;
    }
    return found;
}

static const char *value_of(const char *name, const ra_item *item, size_t turn, const ra_output *a,
                            const ra_output *b)
{
    const char *digit = strrchr(name, '_');
    size_t t = digit && digit[1] == '2' ? 1 : 0;
    if (t >= turn)
        return NULL;
    if (ra_has_prefix(name, "question"))
        return item->turns[t];
    if (ra_has_prefix(name, "ref_answer"))
        return t < item->reference_count ? item->reference[t] : NULL;
    return b && ra_has_prefix(name, "answer_b") ? b[t].text : a[t].text;
}

bool ra_judge_ask(const ra_judge_templates *templates, const ra_item *item, size_t turn,
                  const ra_output *a, const ra_output *b, ra_arena *arena, ra_judge_question *out,
                  ra_error *err)
{
    out->template_used = choose(templates, item, turn, b != NULL, err);
    if (!out->template_used)
        return false;
    ra_field fields[16];
    size_t count = known_fields(b != NULL, fields);
    for (size_t i = 0; i < count; i++)
        fields[i].value = value_of(fields[i].name, item, turn, a, b);
    ra_buf prompt = {0};
    bool ok =
        ra_template_fill(out->template_used->prompt, fields, count,
                         (ra_json_at){templates->path, out->template_used->line}, &prompt, err);
    if (ok)
        out->prompt = ra_arena_strndup(arena, prompt.text ? prompt.text : "", prompt.length);
    ra_buf_release(&prompt);
    return ok;
}

/* --- verdicts on pairs --- */

char ra_judge_winner(const char *judgment)
{
    static const char *const marks[] = {"[[A]]", "[[B]]", "[[C]]"};
    for (size_t i = 0; judgment && i < 3; i++)
        if (strstr(judgment, marks[i]))
            return marks[i][2];
    return 0;
}

double ra_judge_pair_score(const char *first, const char *second)
{
    char a = ra_judge_winner(first), b = ra_judge_winner(second);
    if (!a || !b)
        return NAN;
    if (a == 'A' && b == 'B')
        return 1;
    return a == 'B' && b == 'A' ? 0 : 0.5;
}
