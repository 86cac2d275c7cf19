/* FastChat's llm_judge files (lm-sys/FastChat): any number of files, told apart by their fields.
 *
 *   question.jsonl               question_id, category, turns[, reference]
 *   reference_answer/JUDGE.jsonl as model_answer, in a folder of that name: the items' references
 *   model_answer/MODEL.jsonl     question_id, model_id, choices[{turns}]; MODEL=FILE renames it
 *   JUDGE_single.jsonl           question_id, model, judge, user_prompt, judgment, score, turn
 *   JUDGE_pair.jsonl             question_id, model_1, model_2, g1_winner, g2_winner, ..., turn
 *
 * Reruns append to these files: of several lines for one answer or judgment the last counts, and
 * the set's warnings say how many there were. An answer of $ERROR$ means that the API failed: no
 * output. A score of -1 means that the rating could not be read: no score.
 *
 * A pairwise file becomes judgments of MODEL_1 by the judges JUDGE-vs-MODEL_2-1 and -2 (the two
 * orders), and grades MODEL_1@JUDGE-vs-MODEL_2: 1 when both orders say that MODEL_1 won, 0 when
 * both say that MODEL_2 did, else 0.5: disagreement is a tie.
 */
#include "base/file.h"
#include "base/limits.h"
#include "data/import_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char failed_answer[] = "$ERROR$";

/* --- answers to a question, by its id --- */

static bool question_id(ra_set *set, const ra_jsonl *in, const char **id, ra_error *err)
{
    uint64_t number;
    const char *text = ra_json_text(ra_json_get(in->object, "question_id"));
    if (text) {
        *id = ra_arena_printf(&set->arena, "%s/%s", set->benchmark, text);
        return true;
    }
    if (!ra_json_count(in->object, "question_id", in->at, 1ULL << 53, &number, err))
        return false;
    *id = ra_arena_printf(&set->arena, "%s/%llu", set->benchmark, (unsigned long long)number);
    return true;
}

/* The item that a line speaks of, or NULL and an error. */
static const ra_item *find_item(ra_set *set, const ra_jsonl *in, ra_error *err)
{
    const char *id;
    if (!question_id(set, in, &id, err))
        return NULL;
    size_t found = ra_map_get(&set->by_id, id);
    if (found != RA_MAP_NONE)
        return &set->items[found];
    ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line, "field 'question_id': no question '%s'",
             id);
    return NULL;
}

static bool find_slot(ra_set *set, const ra_jsonl *in, size_t *slot, ra_error *err)
{
    const ra_item *item = find_item(set, in, err);
    uint64_t turn;
    if (!item || !ra_json_count(in->object, "turn", in->at, RA_MAX_TURNS, &turn, err))
        return false;
    if (turn == 0 || turn > item->turn_count) {
        ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line,
                 "field 'turn': '%s' has turns 1 to %zu", item->id, item->turn_count);
        return false;
    }
    *slot = item->first_slot + turn - 1;
    return true;
}

/* choices[0].turns */
static bool answer_turns(const ra_jsonl *in, ra_arena *arena, const char ***turns, size_t *count,
                         ra_error *err)
{
    const ra_json *choices;
    if (!ra_json_array(in->object, "choices", in->at, &choices, err))
        return false;
    const ra_json *first = ra_json_first(choices);
    if (!ra_json_is_object(first)) {
        ra_fail(err, RA_ERR_INPUT, in->at.file, in->at.line,
                "field 'choices': at least one object expected", NULL);
        return false;
    }
    return ra_json_strings(first, "turns", in->at, arena, turns, count, err);
}

/* --- questions --- */

typedef struct reference {
    const char **turns;
    size_t count;
} reference;

typedef struct references {
    ra_map by_id;
    reference *list;
    size_t count, capacity;
} references;

static bool read_references(ra_set *set, const char *path, references *out, ra_error *err)
{
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err)) {
        const char *id;
        reference new;
        ok = question_id(set, &in, &id, err) &&
             answer_turns(&in, &set->arena, &new.turns, &new.count, err);
        if (!ok)
            break;
        if (ra_map_add(&out->by_id, id, out->count) != RA_MAP_NONE)
            ra_set_warn(set, "reference answers given again, the first counts", 1);
        ra_grow(&out->list, &out->capacity, out->count + 1, sizeof *out->list);
        out->list[out->count++] = new;
    }
    return ra_jsonl_close(&in) && ok;
}

static bool add_question(ra_set *set, const ra_jsonl *in, const references *refs,
                         ra_prompt_list *list, ra_error *err)
{
    ra_item item = {0};
    const ra_json *own = NULL;
    if (!question_id(set, in, &item.id, err) ||
        !ra_json_maybe_string(in->object, "category", in->at, &item.category, err) ||
        !ra_json_strings(in->object, "turns", in->at, &set->arena, &item.turns, &item.turn_count,
                         err) ||
        !ra_json_maybe_array(in->object, "reference", in->at, &own, err))
        return false;
    size_t found = ra_map_get(&refs->by_id, item.id);
    if (found < refs->count && refs->list) {
        item.reference = refs->list[found].turns;
        item.reference_count = refs->list[found].count;
    } else if (own && !ra_json_strings(in->object, "reference", in->at, &set->arena,
                                       &item.reference, &item.reference_count, err)) {
        return false;
    }
    if (list)
        item.excluded = ra_prompt_list_excludes(list, item.turns, item.turn_count);
    return ra_set_add_item(set, &item, in->at.file, in->at.line, err);
}

bool ra_fastchat_questions(ra_set *set, const char *path, const char *reference_path,
                           ra_prompt_list *list, ra_error *err)
{
    references refs = {0};
    ra_jsonl in;
    bool ok = !reference_path || read_references(set, reference_path, &refs, err);
    if (ok) {
        ok = ra_jsonl_open(&in, path, err);
        while (ok && ra_jsonl_next(&in, err))
            ok = add_question(set, &in, &refs, list, err);
        ok = ra_jsonl_close(&in) && ok;
    }
    ra_map_release(&refs.by_id);
    free(refs.list);
    return ok;
}

/* --- answers --- */

static bool add_answer(ra_set *set, const ra_jsonl *in, const char *model, const char *served,
                       ra_output *outputs, ra_error *err)
{
    const ra_item *item = find_item(set, in, err);
    const char **turns;
    size_t count;
    if (!item || !answer_turns(in, &set->arena, &turns, &count, err))
        return false;
    if (count > item->turn_count)
        return ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line,
                        "field 'turns': %zu answers to the %zu turns of '%s'", count,
                        item->turn_count, item->id);
    if (count < item->turn_count)
        ra_set_warn(set, "answers with a turn missing", 1);
    if (outputs[item->first_slot].present)
        ra_set_warn(set, "answers given again, the last counts", 1);
    for (size_t t = 0; t < count; t++) {
        ra_output *o = &outputs[item->first_slot + t];
        bool failed = strcmp(turns[t], failed_answer) == 0;
        o->present = true;
        o->text = failed ? NULL : turns[t];
        o->finish_reason = failed ? "error" : NULL;
        o->served_model = strcmp(served, model) != 0 ? ra_arena_strdup(&set->arena, served) : NULL;
    }
    return true;
}

bool ra_fastchat_answers(ra_set *set, const char *path, const char *model, ra_error *err)
{
    ra_jsonl in;
    ra_output *outputs = ra_import_outputs(set);
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err)) {
        const char *served;
        ok = ra_json_string(in.object, "model_id", in.at, &served, err);
        if (ok && !model)
            model = ra_arena_strdup(&set->arena, served);
        ok = ok && add_answer(set, &in, model, served, outputs, err);
    }
    ok = ra_jsonl_close(&in) && ok;
    if (!ok || !model)
        return ok;
    ra_set_add_model(set, model);
    return ra_set_write_outputs(set, model, outputs, err);
}

/* --- judgments --- */

/* What one judge said of one model. */
typedef struct verdicts {
    const char *model, *judge, *grader;
    ra_judgment *judgments;
    ra_grade *grades; /* NULL: none are written */
} verdicts;

typedef struct bench {
    verdicts *list;
    size_t count, capacity;
} bench;

static verdicts *find_verdicts(bench *b, ra_set *set, const char *model, const char *judge,
                               const char *grader)
{
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->list[i].model, model) == 0 && strcmp(b->list[i].judge, judge) == 0)
            return &b->list[i];
    ra_grow(&b->list, &b->capacity, b->count + 1, sizeof *b->list);
    verdicts *v = &b->list[b->count++];
    *v = (verdicts){ra_arena_strdup(&set->arena, model), ra_arena_strdup(&set->arena, judge),
                    grader ? ra_arena_strdup(&set->arena, grader) : NULL,
                    ra_arena_alloc(&set->arena, set->slot_count, sizeof *v->judgments),
                    grader ? ra_import_grades(set) : NULL};
    return v;
}

static bool write_bench(bench *b, ra_set *set, ra_error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < b->count; i++) {
        const verdicts *v = &b->list[i];
        ra_set_add_model(set, v->model);
        ok = ra_set_write_judgments(set, v->model, v->judge, v->judgments, err) &&
             (!v->grades || ra_set_write_grades(set, v->model, v->grader, v->grades, err));
    }
    free(b->list);
    return ok;
}

/* "judge": ["gpt-4", "single-v1"] */
static bool judge_of(ra_set *set, const ra_jsonl *in, const char **judge, const char **template,
                     ra_error *err)
{
    const char **parts;
    size_t count;
    if (!ra_json_strings(in->object, "judge", in->at, &set->arena, &parts, &count, err))
        return false;
    if (count == 0) {
        ra_fail(err, RA_ERR_INPUT, in->at.file, in->at.line,
                "field 'judge': [MODEL, TEMPLATE] expected", NULL);
        return false;
    }
    *judge = parts[0];
    *template = count > 1 ? parts[1] : NULL;
    return true;
}

static void put_judgment(ra_set *set, verdicts *v, size_t slot, const char *template,
                         const char *prompt, const char *judgment)
{
    if (v->judgments[slot].present)
        ra_set_warn(set, "judgments given again, the last counts", 1);
    v->judgments[slot] = (ra_judgment){true, template, ra_arena_strdup(&set->arena, prompt),
                                       ra_arena_strdup(&set->arena, judgment)};
}

static bool add_single(ra_set *set, const ra_jsonl *in, bench *b, ra_error *err)
{
    const char *model, *judge, *template, *prompt, *judgment;
    double score;
    size_t slot;
    if (!ra_json_string(in->object, "model", in->at, &model, err) ||
        !judge_of(set, in, &judge, &template, err) ||
        !ra_json_string(in->object, "user_prompt", in->at, &prompt, err) ||
        !ra_json_string(in->object, "judgment", in->at, &judgment, err) ||
        !ra_json_number(in->object, "score", in->at, &score, err) ||
        !find_slot(set, in, &slot, err))
        return false;
    verdicts *v = find_verdicts(b, set, model, judge, "recorded");
    put_judgment(set, v, slot, template, prompt, judgment);
    bool unread = score < 0;
    v->grades[slot] =
        (ra_grade){true, unread ? (double)NAN : score, NULL, unread ? "unparsed" : NULL};
    return true;
}

bool ra_fastchat_judgments(ra_set *set, const char *path, ra_error *err)
{
    ra_jsonl in;
    bench b = {0};
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err))
        ok = add_single(set, &in, &b, err);
    ok = ra_jsonl_close(&in) && ok;
    for (size_t i = 0; ok && i < b.count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(b.list[i].model, b.list[j].model) == 0)
                ok = ra_failf(err, RA_ERR_INPUT, path, 0,
                              "judges '%s' and '%s' both rate '%s': one file a judge expected",
                              b.list[j].judge, b.list[i].judge, b.list[i].model);
    if (ok)
        return write_bench(&b, set, err);
    free(b.list);
    return false;
}

/* 1 = model_1 won, 0 = model_2, 0.5 = tie; an error or anything else is no verdict. */
static double winner(const char *text)
{
    if (strcmp(text, "model_1") == 0)
        return 1;
    if (strcmp(text, "model_2") == 0)
        return 0;
    return strcmp(text, "tie") == 0 ? 0.5 : (double)NAN;
}

static ra_grade pair_grade(const char *g1, const char *g2)
{
    double a = winner(g1), b = winner(g2);
    if (isnan(a) || isnan(b))
        return (ra_grade){true, NAN, NULL, "unparsed"};
    bool agree = !(a < b) && !(a > b);
    return (ra_grade){true, agree ? a : 0.5, NULL, NULL};
}

static bool add_pair(ra_set *set, const ra_jsonl *in, bench *b, ra_error *err)
{
    const char *model, *other, *g1, *g2, *judge, *template, *text[4];
    static const char *const keys[] = {"g1_user_prompt", "g1_judgment", "g2_user_prompt",
                                       "g2_judgment"};
    size_t slot;
    if (!ra_json_string(in->object, "model_1", in->at, &model, err) ||
        !ra_json_string(in->object, "model_2", in->at, &other, err) ||
        !ra_json_string(in->object, "g1_winner", in->at, &g1, err) ||
        !ra_json_string(in->object, "g2_winner", in->at, &g2, err) ||
        !judge_of(set, in, &judge, &template, err) || !find_slot(set, in, &slot, err))
        return false;
    for (size_t i = 0; i < 4; i++)
        if (!ra_json_string(in->object, keys[i], in->at, &text[i], err))
            return false;
    const char *by = ra_arena_printf(&set->arena, "%s-vs-%s", judge, other);
    verdicts *v = find_verdicts(b, set, model, ra_arena_printf(&set->arena, "%s-1", by), by);
    put_judgment(set, v, slot, template, text[0], text[1]);
    v->grades[slot] = pair_grade(g1, g2);
    v = find_verdicts(b, set, model, ra_arena_printf(&set->arena, "%s-2", by), NULL);
    v->judgments[slot] = (ra_judgment){true, template, ra_arena_strdup(&set->arena, text[2]),
                                       ra_arena_strdup(&set->arena, text[3])};
    ra_set_add_model(set, other);
    return true;
}

static bool read_pairs(ra_set *set, const char *path, ra_error *err)
{
    ra_jsonl in;
    bench b = {0};
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err))
        ok = add_pair(set, &in, &b, err);
    ok = ra_jsonl_close(&in) && ok;
    if (ok)
        return write_bench(&b, set, err);
    free(b.list);
    return false;
}

/* --- any number of files --- */

typedef enum file_kind { QUESTIONS, REFERENCES, ANSWERS, SINGLE, PAIRS } file_kind;

typedef struct input {
    const char *model, *path;
    file_kind kind;
} input;

static bool look(input *file, ra_error *err)
{
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, file->path, err);
    bool any = ok && ra_jsonl_next(&in, err);
    if (any) {
        file->kind = ra_json_get(in.object, "g1_winner")  ? PAIRS
                     : ra_json_get(in.object, "judgment") ? SINGLE
                     : ra_json_get(in.object, "choices")
                         ? (strstr(file->path, "reference_answer/") ? REFERENCES : ANSWERS)
                         : QUESTIONS;
        ok = file->kind != QUESTIONS || ra_json_get(in.object, "turns") ||
             ra_fail(err, RA_ERR_INPUT, in.at.file, in.at.line, "no file of FastChat's llm_judge",
                     "expected: questions, model answers, single or pairwise judgments");
    }
    ok = ra_jsonl_close(&in) && ok;
    return ok && (any || ra_fail(err, RA_ERR_INPUT, file->path, 0, "empty file", NULL));
}

static const char *only_one(const input *files, size_t count, file_kind kind)
{
    for (size_t i = 0; i < count; i++)
        if (files[i].kind == kind)
            return files[i].path;
    return NULL;
}

static bool read_file(ra_set *set, const input *file, ra_error *err)
{
    switch (file->kind) {
    case ANSWERS:
        return ra_fastchat_answers(set, file->path, file->model, err);
    case SINGLE:
        return ra_fastchat_judgments(set, file->path, err);
    case PAIRS:
        return read_pairs(set, file->path, err);
    case QUESTIONS:
    case REFERENCES:
        break;
    }
    return true;
}

static bool build(const ra_import *import, ra_set *set, ra_error *err)
{
    input *files = ra_arena_alloc(&set->arena, import->input_count, sizeof *files);
    for (size_t i = 0; i < import->input_count; i++) {
        ra_import_split(&set->arena, import->inputs[i], &files[i].model, &files[i].path);
        if (!look(&files[i], err) ||
            !ra_import_source(import, set, files[i].path, files[i].path, err))
            return false;
    }
    const char *questions = only_one(files, import->input_count, QUESTIONS);
    if (!questions)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "no file of questions among the inputs",
                       "add FastChat's question.jsonl");
    if (!ra_fastchat_questions(set, questions, only_one(files, import->input_count, REFERENCES),
                               NULL, err))
        return false;
    for (size_t i = 0; i < import->input_count; i++)
        if (!read_file(set, &files[i], err))
            return false;
    return true;
}

extern const ra_import_format ra_import_fastchat;
const ra_import_format ra_import_fastchat = {
    "fastchat", "question.jsonl, then [MODEL=]answers, single and pairwise judgments", build};
