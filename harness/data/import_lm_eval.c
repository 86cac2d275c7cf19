/* lm-eval's samples_TASK_TIME.jsonl (EleutherAI lm-evaluation-harness): MODEL=FILE for each model.
 *
 * One line per document and filter: doc_id, target, arguments, resps, filter, metrics, doc_hash and
 * the value of each metric. Files are joined on doc_hash; where a line has none, on doc_id, which a
 * warning says. One filter's lines are taken (the first line's, or the one asked for), the others
 * counted. The item's prompt is the first argument of the first request, its reference the target;
 * the recorded grade is the first metric's value. Responses that are text become outputs;
 * log-likelihoods do not.
 */
#include "data/import_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct sample {
    const char *key; /* "hash:..." or "id:..." */
    const char *output;
    double score;
} sample;

typedef struct samples {
    const char *model, *path, *filter;
    sample *list;
    size_t count, capacity;
    ra_map by_key;
} samples;

/* The first string found walking down first elements: arguments and resps are nested differently
 * from task to task. */
static const char *first_text(const ra_json *value)
{
    while (value && !ra_json_text(value))
        value = ra_json_first(value);
    return value ? ra_json_text(value) : NULL;
}

static bool read_key(ra_set *set, const ra_jsonl *in, const char **key, ra_error *err)
{
    const char *hash = ra_json_text(ra_json_get(in->object, "doc_hash"));
    uint64_t id;
    if (hash) {
        *key = ra_arena_printf(&set->arena, "hash:%s", hash);
        return true;
    }
    if (!ra_json_count(in->object, "doc_id", in->at, 1ULL << 53, &id, err))
        return false;
    ra_set_warn(set, "lines without doc_hash, joined on doc_id", 1);
    *key = ra_arena_printf(&set->arena, "id:%llu", (unsigned long long)id);
    return true;
}

/* The value of the first metric. */
static bool read_score(ra_set *set, const ra_jsonl *in, double *score, ra_error *err)
{
    const char **metrics;
    size_t count;
    if (!ra_json_strings(in->object, "metrics", in->at, &set->arena, &metrics, &count, err))
        return false;
    if (count == 0)
        return ra_fail(err, RA_ERR_INPUT, in->at.file, in->at.line,
                       "field 'metrics': at least one name expected", NULL);
    bool truth;
    const ra_json *value = ra_json_get(in->object, metrics[0]);
    if (ra_json_truth(value, &truth)) {
        *score = truth;
        return true;
    }
    return ra_json_number(in->object, metrics[0], in->at, score, err);
}

/* True when the line is of the filter that is taken. */
static bool wanted(ra_set *set, samples *s, const ra_jsonl *in, const char *asked)
{
    const char *filter = ra_json_text(ra_json_get(in->object, "filter"));
    filter = filter ? filter : "none";
    if (!s->filter)
        s->filter = ra_arena_strdup(&set->arena, asked ? asked : filter);
    if (strcmp(filter, s->filter) == 0)
        return true;
    ra_set_warn(set, "lines of other filters left out", 1);
    return false;
}

/* What a document asks, once for all models. */
static bool add_item(ra_set *set, const ra_jsonl *in, ra_map *items, const char *key, ra_error *err)
{
    uint64_t id;
    const char *target = ra_json_text(ra_json_get(in->object, "target"));
    const char *prompt = first_text(ra_json_get(in->object, "arguments"));
    if (!ra_json_count(in->object, "doc_id", in->at, 1ULL << 53, &id, err))
        return false;
    if (!prompt)
        return ra_fail(err, RA_ERR_INPUT, in->at.file, in->at.line,
                       "field 'arguments': no prompt found in it", NULL);
    ra_buf number = {0};
    double value;
    if (!target && ra_json_value(ra_json_get(in->object, "target"), &value))
        ra_buf_number(&number, value);
    target = number.text ? number.text : target;
    ra_item item = {
        .id = ra_arena_printf(&set->arena, "%s/%llu", set->benchmark, (unsigned long long)id),
        .turns = &prompt,
        .turn_count = 1,
        .reference = target ? &target : NULL,
        .reference_count = target != NULL};
    bool ok = ra_set_add_item(set, &item, in->at.file, in->at.line, err);
    ra_buf_release(&number);
    if (ok)
        ra_map_add(items, key, set->item_count - 1);
    return ok;
}

static bool add_sample(ra_set *set, samples *s, const ra_jsonl *in, ra_map *items, ra_error *err)
{
    sample new = {0};
    if (!read_key(set, in, &new.key, err) || !read_score(set, in, &new.score, err))
        return false;
    if (ra_map_add(&s->by_key, new.key, s->count) != RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line,
                        "document '%s' appears twice under filter '%s'", new.key, s->filter);
    const char *output = first_text(ra_json_get(in->object, "resps"));
    double likelihood;
    if (output && !ra_parse_number(output, &likelihood))
        new.output = ra_arena_strdup(&set->arena, output);
    else if (output) /* log-likelihoods are written as text, and so are bare answers */
        new.output = ra_json_size(ra_json_get(in->object, "resps")) == 1
                         ? ra_arena_strdup(&set->arena, output)
                         : NULL;
    ra_grow(&s->list, &s->capacity, s->count + 1, sizeof *s->list);
    s->list[s->count++] = new;
    return ra_map_get(items, new.key) != RA_MAP_NONE || add_item(set, in, items, new.key, err);
}

static bool read_samples(ra_set *set, samples *s, const char *filter, ra_map *items, ra_error *err)
{
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, s->path, err);
    while (ok && ra_jsonl_next(&in, err))
        if (wanted(set, s, &in, filter))
            ok = add_sample(set, s, &in, items, err);
    ok = ra_jsonl_close(&in) && ok;
    if (ok && s->count == 0)
        return ra_failf(err, RA_ERR_INPUT, s->path, 0, "no line of filter '%s'",
                        s->filter ? s->filter : "none");
    return ok;
}

static bool write_samples(ra_set *set, const samples *s, const ra_map *items, ra_error *err)
{
    ra_grade *grades = ra_import_grades(set);
    ra_output *outputs = ra_import_outputs(set);
    bool texts = false;
    for (size_t i = 0; i < s->count; i++) {
        size_t slot = set->items[ra_map_get(items, s->list[i].key)].first_slot;
        grades[slot] = (ra_grade){true, s->list[i].score, NULL, NULL};
        outputs[slot].present = s->list[i].output != NULL;
        outputs[slot].text = s->list[i].output;
        texts = texts || s->list[i].output;
    }
    if (s->count < set->item_count)
        ra_set_warn(set, ra_arena_printf(&set->arena, "items that '%s' has not", s->model),
                    (double)(set->item_count - s->count));
    return (!texts || ra_set_write_outputs(set, s->model, outputs, err)) &&
           ra_set_write_grades(set, s->model, "recorded", grades, err);
}

static bool build(const ra_import *import, ra_set *set, ra_error *err)
{
    size_t n = import->input_count;
    samples *all = ra_arena_alloc(&set->arena, n, sizeof *all);
    ra_map items = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        ra_import_split(&set->arena, import->inputs[i], &all[i].model, &all[i].path);
        if (!all[i].model)
            ok = ra_fail(err, RA_ERR_USAGE, all[i].path, 0, "whose samples are these?",
                         "name the model: MODEL=samples_gsm8k_2024.jsonl");
        else if (ra_set_has_model(set, all[i].model))
            ok = ra_failf(err, RA_ERR_USAGE, NULL, 0, "model '%s' is named twice", all[i].model);
        ok = ok && ra_import_source(import, set, all[i].path, all[i].path, err) &&
             read_samples(set, &all[i], import->filter, &items, err);
        if (ok)
            ra_set_add_model(set, all[i].model);
    }
    for (size_t i = 0; ok && i < n; i++)
        ok = write_samples(set, &all[i], &items, err);
    for (size_t i = 0; i < n; i++) {
        ra_map_release(&all[i].by_key);
        free(all[i].list);
    }
    ra_map_release(&items);
    return ok;
}

extern const ra_import_format ra_import_lm_eval;
const ra_import_format ra_import_lm_eval = {"lm-eval",
                                            "MODEL=samples_TASK_TIME.jsonl for each model", build};
