#include "benchmarks/prompts.h"

#include "base/limits.h"
#include "data/template.h"

#include <string.h>

#define SCHEMA "routeassay.prompts/1"

static bool fill_question(const ra_prompts *p, const char *question, ra_arena *arena,
                          const char **out, ra_error *err)
{
    const ra_field fields[] = {{"question", question}};
    ra_buf text = {0};
    bool ok = ra_template_fill(p->question, fields, 1, (ra_json_at){p->path, 0}, &text, err);
    if (ok)
        *out = ra_arena_strndup(arena, text.text ? text.text : "", text.length);
    ra_buf_release(&text);
    return ok;
}

static bool read_shots(ra_prompts *p, const ra_json *list, ra_json_at at, ra_error *err)
{
    static const char *const keys[] = {"question", "answer", NULL};
    p->shots = ra_arena_alloc(&p->arena, 2 * ra_json_size(list), sizeof *p->shots);
    for (const ra_json *shot = ra_json_first(list); shot; shot = ra_json_next(shot)) {
        const char *question, *answer;
        if (!ra_json_only(shot, keys, at, err) ||
            !ra_json_string(shot, "question", at, &question, err) ||
            !ra_json_string(shot, "answer", at, &answer, err) ||
            !fill_question(p, question, &p->arena, &question, err))
            return false;
        p->shots[p->shot_count++] = (ra_message){"user", question};
        p->shots[p->shot_count++] = (ra_message){"assistant", ra_arena_strdup(&p->arena, answer)};
    }
    return true;
}

static bool read_fields(ra_prompts *p, const ra_json *doc, ra_error *err)
{
    static const char *const keys[] = {"schema", "name", "system",     "question",
                                       "shots",  "stop", "max_tokens", NULL};
    ra_json_at at = {p->path, 0};
    const ra_json *shots = NULL, *stop = NULL;
    const char *schema;
    size_t stops = 0;
    if (!ra_json_only(doc, keys, at, err) || !ra_json_string(doc, "schema", at, &schema, err))
        return false;
    if (strcmp(schema, SCHEMA) != 0)
        return ra_failf(err, RA_ERR_INPUT, p->path, 0,
                        "field 'schema': '" SCHEMA "' expected, found '%s'", schema);
    if (!ra_json_string(doc, "name", at, &p->name, err) ||
        !ra_json_maybe_string(doc, "system", at, &p->system, err) ||
        !ra_json_maybe_string(doc, "question", at, &p->question, err) ||
        !ra_json_maybe_array(doc, "shots", at, &shots, err) ||
        !ra_json_maybe_array(doc, "stop", at, &stop, err) ||
        (ra_json_get(doc, "max_tokens") &&
         !ra_json_count(doc, "max_tokens", at, RA_MAX_TOKENS, &p->max_tokens, err)))
        return false;
    p->name = ra_arena_strdup(&p->arena, p->name);
    p->question = ra_arena_strdup(&p->arena, p->question);
    p->system = p->system ? ra_arena_strdup(&p->arena, p->system) : NULL;
    const char *ignored;
    if (!fill_question(p, "", &p->arena, &ignored, err) ||
        (shots && !read_shots(p, shots, at, err)) ||
        (stop && !ra_json_strings(doc, "stop", at, &p->arena, &p->stop, &stops, err)))
        return false;
    if (stops > 0) {
        const char **ended = ra_arena_alloc(&p->arena, stops + 1, sizeof *ended);
        memcpy(ended, p->stop, stops * sizeof *ended);
        p->stop = ended;
    } else {
        p->stop = NULL;
    }
    return true;
}

bool ra_prompts_read(ra_prompts *prompts, const char *path, ra_error *err)
{
    *prompts = (ra_prompts){.name = "as they are", .question = "{question}"};
    if (!path)
        return true;
    prompts->path = ra_arena_strdup(&prompts->arena, path);
    ra_json *doc = ra_json_read(path, err);
    bool ok = doc && read_fields(prompts, doc, err);
    ra_json_free(doc);
    if (!ok)
        ra_prompts_release(prompts);
    return ok;
}

void ra_prompts_release(ra_prompts *prompts)
{
    ra_arena_release(&prompts->arena);
    *prompts = (ra_prompts){0};
}

bool ra_prompts_messages(const ra_prompts *prompts, const ra_item *item, size_t turn,
                         const char *const *answers, ra_arena *arena, ra_message **messages,
                         size_t *count, ra_error *err)
{
    ra_message *list = ra_arena_alloc(arena, 1 + prompts->shot_count + 2 * turn, sizeof *list);
    size_t n = 0;
    if (prompts->system)
        list[n++] = (ra_message){"system", prompts->system};
    if (prompts->shot_count > 0)
        memcpy(list + n, prompts->shots, prompts->shot_count * sizeof *list);
    n += prompts->shot_count;
    for (size_t t = 0; t < turn; t++) {
        const char *question = item->turns[t];
        if (t == 0 && !fill_question(prompts, question, arena, &question, err))
            return false;
        list[n++] = (ra_message){"user", question};
        if (t + 1 < turn)
            list[n++] = (ra_message){"assistant", answers[t]};
    }
    *messages = list;
    *count = n;
    return true;
}

const char *ra_prompts_text(ra_arena *arena, const ra_message *messages, size_t count)
{
    ra_buf text = {0};
    for (size_t i = 0; i < count; i++) {
        bool answer = strcmp(messages[i].role, "assistant") == 0;
        if (i > 0)
            ra_buf_puts(&text, answer ? " " : "\n\n");
        ra_buf_puts(&text, messages[i].content);
    }
    const char *out = ra_arena_strndup(arena, text.text ? text.text : "", text.length);
    ra_buf_release(&text);
    return out;
}
