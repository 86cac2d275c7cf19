#include "data/import_parts.h"

#include <math.h>
#include <string.h>
#include <strings.h>

bool ra_import_source(const ra_import *import, ra_set *set, const char *path, const char *shown,
                      ra_error *err)
{
    if (!ra_set_add_source(set, path, shown, err))
        return false;
    ra_set_source *added = &set->sources[set->source_count - 1];
    const ra_source_file *known =
        import->known ? ra_sources_by_hash(import->known, added->sha256) : NULL;
    if (known) {
        added->path = ra_arena_strdup(&set->arena, known->path);
        added->url = known->url ? ra_arena_strdup(&set->arena, known->url) : NULL;
        added->commit = ra_arena_strdup(&set->arena, known->commit);
    }
    return true;
}

void ra_import_split(ra_arena *arena, const char *input, const char **model, const char **file)
{
    const char *equals = strchr(input, '=');
    *model = equals ? ra_arena_strndup(arena, input, (size_t)(equals - input)) : NULL;
    *file = equals ? equals + 1 : input;
}

bool ra_import_label(const char *text, const char *field, ra_json_at at, double *score,
                     ra_error *err)
{
    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0) {
        *score = strcasecmp(text, "true") == 0;
        return true;
    }
    if (ra_parse_number(text, score))
        return true;
    return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                    "field '%s': True, False or a number expected, found '%s'", field, text);
}

ra_grade *ra_import_grades(ra_set *set)
{
    return ra_arena_alloc(&set->arena, set->slot_count, sizeof(ra_grade));
}

ra_output *ra_import_outputs(ra_set *set)
{
    ra_output *outputs = ra_arena_alloc(&set->arena, set->slot_count, sizeof *outputs);
    for (size_t i = 0; i < set->slot_count; i++)
        outputs[i].prompt_tokens = outputs[i].completion_tokens = outputs[i].latency_ms = NAN;
    return outputs;
}

bool ra_prompt_list_read(ra_prompt_list *list, const char *path, ra_error *err)
{
    *list = (ra_prompt_list){0};
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err)) {
        const char *prompt;
        ok = ra_json_string(in.object, "eval_prompt", in.at, &prompt, err);
        if (ok && ra_map_get(&list->prompts, prompt) == RA_MAP_NONE)
            ra_map_add(&list->prompts, ra_arena_strdup(&list->arena, prompt), list->count++);
    }
    ok = ra_jsonl_close(&in) && ok;
    list->used = ra_arena_alloc(&list->arena, list->count + 1, sizeof *list->used);
    if (!ok) {
        ra_map_release(&list->prompts);
        ra_arena_release(&list->arena);
    }
    return ok;
}

const char *ra_prompt_list_excludes(ra_prompt_list *list, const char *const *turns, size_t count)
{
    const char *why = NULL;
    for (size_t t = 0; t < count; t++) {
        size_t found = ra_map_get(&list->prompts, turns[t]);
        if (found == RA_MAP_NONE)
            continue;
        list->used[found] = true;
        why = "contaminated";
    }
    return why;
}

void ra_prompt_list_finish(ra_prompt_list *list, ra_set *set)
{
    size_t unused = 0;
    for (size_t i = 0; i < list->count; i++)
        unused += !list->used[i];
    if (unused > 0)
        ra_set_warn(set, "contaminated prompts that match no item", (double)unused);
    ra_map_release(&list->prompts);
    ra_arena_release(&list->arena);
}
