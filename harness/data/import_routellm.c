/* RouteLLM's repository (lm-sys/RouteLLM), checked out or fetched: one folder.
 *
 *   routellm/evals/mmlu/responses/mmlu_SUBJECT.csv     prompt,WEAK,STRONG: labels, no outputs
 *   routellm/evals/gsm8k/gsm8k_responses.csv           prompt,WEAK,STRONG,WEAK_response,...
 *   routellm/evals/gsm8k/test.jsonl                    question, answer, in the same order
 *   routellm/evals/mt_bench/question.jsonl, judgements.jsonl
 *   routellm/evals/BENCHMARK/contaminated_prompts.jsonl
 *   benchmarks/mt-bench/gpt-4_single.jsonl, martian.jsonl, unify.jsonl    commercial routers, if
 *                                                      there: two more models of the mt-bench set
 */
#include "base/file.h"
#include "data/import_parts.h"

#include <stdlib.h>
#include <string.h>

#define EVALS "routellm/evals/"

typedef struct labels {
    const char *models[2];
    double *score[2]; /* by item */
    size_t count, capacity[2];
} labels;

static const char *input_path(const ra_import *import, ra_set *set, const char *name)
{
    return ra_path_join(&set->arena, import->inputs[0], name);
}

/* Reads a file of the repository as CSV and records it as a source. */
static bool read_csv(const ra_import *import, ra_set *set, const char *name, ra_csv *csv,
                     ra_error *err)
{
    const char *path = input_path(import, set, name);
    return ra_import_source(import, set, path, name, err) && ra_csv_read(csv, path, err);
}

static bool read_list(const ra_import *import, ra_set *set, const char *name, ra_prompt_list *list,
                      ra_error *err)
{
    const char *path = input_path(import, set, name);
    return ra_import_source(import, set, path, name, err) && ra_prompt_list_read(list, path, err);
}

/* Columns 1 and 2 are named after the models and hold True or False. */
static bool check_header(const ra_csv *csv, size_t columns, labels *l, ra_set *set, ra_error *err)
{
    if (csv->columns != columns || strcmp(csv->header[0], "prompt") != 0)
        return ra_failf(err, RA_ERR_INPUT, csv->path, 1,
                        "header: prompt, then %zu columns named after the models expected",
                        columns - 1);
    for (size_t m = 0; m < 2; m++) {
        if (!l->models[m]) {
            l->models[m] = ra_arena_strdup(&set->arena, csv->header[m + 1]);
            ra_set_add_model(set, l->models[m]);
        } else if (strcmp(l->models[m], csv->header[m + 1]) != 0) {
            return ra_failf(err, RA_ERR_INPUT, csv->path, 1, "column '%s': '%s' expected",
                            csv->header[m + 1], l->models[m]);
        }
    }
    return true;
}

static bool read_labels(const ra_csv *csv, size_t row, labels *l, ra_error *err)
{
    for (size_t m = 0; m < 2; m++) {
        const char *text = ra_csv_cell(csv, row, m + 1);
        ra_grow(&l->score[m], &l->capacity[m], l->count + 1, sizeof *l->score[m]);
        if (strcmp(text, "True") != 0 && strcmp(text, "False") != 0)
            return ra_failf(err, RA_ERR_INPUT, csv->path, csv->lines[row],
                            "field '%s': True or False expected, found '%s'", l->models[m], text);
        l->score[m][l->count] = strcmp(text, "True") == 0;
    }
    l->count++;
    return true;
}

static bool write_labels(ra_set *set, labels *l, ra_error *err)
{
    for (size_t m = 0; m < 2; m++) {
        ra_grade *grades = ra_import_grades(set);
        for (size_t i = 0; i < l->count; i++)
            grades[set->items[i].first_slot] = (ra_grade){true, l->score[m][i], NULL, NULL};
        if (!ra_set_write_grades(set, l->models[m], "recorded", grades, err))
            return false;
    }
    return true;
}

static void labels_release(labels *l)
{
    free(l->score[0]);
    free(l->score[1]);
}

/* --- MMLU --- */

static bool mmlu_subject(const ra_import *import, ra_set *set, const char *file, labels *l,
                         ra_prompt_list *list, ra_error *err)
{
    ra_csv csv;
    const char *name = ra_arena_printf(&set->arena, EVALS "mmlu/responses/%s", file);
    if (!read_csv(import, set, name, &csv, err))
        return false;
    const char *subject =
        ra_arena_strndup(&set->arena, file + strlen("mmlu_"), strlen(file) - strlen("mmlu_.csv"));
    bool ok = check_header(&csv, 3, l, set, err);
    for (size_t row = 0; ok && row < csv.rows; row++) {
        const char *prompt = ra_csv_cell(&csv, row, 0);
        ra_item item = {.id = ra_arena_printf(&set->arena, "mmlu/%s/%zu", subject, row),
                        .category = subject,
                        .turns = &prompt,
                        .turn_count = 1,
                        .excluded = ra_prompt_list_excludes(list, &prompt, 1)};
        ok = ra_set_add_item(set, &item, csv.path, csv.lines[row], err) &&
             read_labels(&csv, row, l, err);
    }
    ra_csv_release(&csv);
    return ok;
}

static bool build_mmlu(const ra_import *import, ra_set *set, ra_error *err)
{
    char **files;
    size_t count;
    labels l = {0};
    ra_prompt_list list;
    if (!ra_folder_list(&set->arena, input_path(import, set, EVALS "mmlu/responses"), &files,
                        &count, err) ||
        !read_list(import, set, EVALS "mmlu/contaminated_prompts.jsonl", &list, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        if (ra_has_prefix(files[i], "mmlu_") && ra_has_suffix(files[i], ".csv"))
            ok = mmlu_subject(import, set, files[i], &l, &list, err);
    ra_prompt_list_finish(&list, set);
    ok = ok && (set->item_count == 0 || write_labels(set, &l, err));
    labels_release(&l);
    return ok;
}

/* --- GSM8K --- */

/* Questions and answers stand in the order of the responses; row counts are compared by the caller.
 */
static bool read_answers(const ra_csv *csv, const char *path, ra_arena *arena, const char **answer,
                         ra_error *err)
{
    ra_jsonl in;
    size_t row = 0;
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err)) {
        const char *question, *text;
        ok = ra_json_string(in.object, "question", in.at, &question, err) &&
             ra_json_string(in.object, "answer", in.at, &text, err);
        if (!ok)
            break;
        if (row == csv->rows || strcmp(question, ra_csv_cell(csv, row, 0)) != 0) {
            ra_failf(err, RA_ERR_INPUT, in.at.file, in.at.line,
                     "field 'question': not the prompt of row %zu of the responses", row);
            ok = ra_hintf(err, "both files must hold the same questions in the same order");
            break;
        }
        answer[row++] = ra_arena_strdup(arena, text);
    }
    ok = ra_jsonl_close(&in) && ok;
    if (ok && row < csv->rows)
        ok = ra_failf(err, RA_ERR_INPUT, path, 0, "%zu questions, %zu responses", row, csv->rows);
    return ok;
}

static bool gsm8k_items(ra_set *set, const ra_csv *csv, const char **answer, labels *l,
                        ra_prompt_list *list, ra_error *err)
{
    for (size_t row = 0; row < csv->rows; row++) {
        const char *prompt = ra_csv_cell(csv, row, 0);
        ra_item item = {.id = ra_arena_printf(&set->arena, "gsm8k/%zu", row),
                        .turns = &prompt,
                        .turn_count = 1,
                        .reference = &answer[row],
                        .reference_count = 1,
                        .excluded = ra_prompt_list_excludes(list, &prompt, 1)};
        if (!ra_set_add_item(set, &item, csv->path, csv->lines[row], err) ||
            !read_labels(csv, row, l, err))
            return false;
    }
    return true;
}

static bool gsm8k_outputs(ra_set *set, const ra_csv *csv, const labels *l, ra_error *err)
{
    for (size_t m = 0; m < 2; m++) {
        size_t column;
        const char *name = ra_arena_printf(&set->arena, "%s_response", l->models[m]);
        if (!ra_csv_need(csv, name, &column, err))
            return false;
        ra_output *outputs = ra_import_outputs(set);
        for (size_t row = 0; row < csv->rows; row++) {
            outputs[row].present = true;
            outputs[row].text = ra_csv_cell(csv, row, column);
        }
        if (!ra_set_write_outputs(set, l->models[m], outputs, err))
            return false;
    }
    return true;
}

static bool build_gsm8k(const ra_import *import, ra_set *set, ra_error *err)
{
    labels l = {0};
    ra_csv csv;
    ra_prompt_list list;
    if (!read_list(import, set, EVALS "gsm8k/contaminated_prompts.jsonl", &list, err))
        return false;
    bool ok = read_csv(import, set, EVALS "gsm8k/gsm8k_responses.csv", &csv, err);
    if (ok) {
        const char **answer = ra_arena_alloc(&set->arena, csv.rows, sizeof *answer);
        const char *test = input_path(import, set, EVALS "gsm8k/test.jsonl");
        ok = check_header(&csv, 5, &l, set, err) &&
             ra_import_source(import, set, test, EVALS "gsm8k/test.jsonl", err) &&
             read_answers(&csv, test, &set->arena, answer, err) &&
             gsm8k_items(set, &csv, answer, &l, &list, err) && gsm8k_outputs(set, &csv, &l, err) &&
             write_labels(set, &l, err);
        ra_csv_release(&csv);
    }
    ra_prompt_list_finish(&list, set);
    labels_release(&l);
    return ok;
}

/* --- MT Bench --- */

static bool commercial(const ra_import *import, ra_set *set, ra_error *err)
{
    static const char *const models[] = {"martian", "unify"};
    const char *judgments = "benchmarks/mt-bench/gpt-4_single.jsonl";
    const char *path = input_path(import, set, judgments);
    if (!ra_file_exists(path))
        return true;
    if (!ra_import_source(import, set, path, judgments, err) ||
        !ra_fastchat_judgments(set, path, err))
        return false;
    for (size_t i = 0; i < 2; i++) {
        const char *name = ra_arena_printf(&set->arena, "benchmarks/mt-bench/%s.jsonl", models[i]);
        path = input_path(import, set, name);
        if (ra_file_exists(path) && (!ra_import_source(import, set, path, name, err) ||
                                     !ra_fastchat_answers(set, path, models[i], err)))
            return false;
    }
    return true;
}

static bool build_mt_bench(const ra_import *import, ra_set *set, ra_error *err)
{
    const char *questions = EVALS "mt_bench/question.jsonl";
    const char *judgments = EVALS "mt_bench/judgements.jsonl";
    ra_prompt_list list;
    if (!read_list(import, set, EVALS "mt_bench/contaminated_prompts.jsonl", &list, err))
        return false;
    const char *question_path = input_path(import, set, questions);
    const char *judgment_path = input_path(import, set, judgments);
    bool ok = ra_import_source(import, set, question_path, questions, err) &&
              ra_import_source(import, set, judgment_path, judgments, err) &&
              ra_fastchat_questions(set, question_path, NULL, &list, err);
    ra_prompt_list_finish(&list, set);
    return ok && ra_fastchat_judgments(set, judgment_path, err) && commercial(import, set, err);
}

static bool build(const ra_import *import, ra_set *set, ra_error *err)
{
    static const struct {
        const char *benchmark;
        bool (*build)(const ra_import *, ra_set *, ra_error *);
    } parts[] = {{"mmlu", build_mmlu}, {"gsm8k", build_gsm8k}, {"mt-bench", build_mt_bench}};
    if (import->input_count != 1)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0,
                       "one input expected: the folder of the repository", NULL);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(parts[i].benchmark, import->benchmark) == 0)
            return parts[i].build(import, set, err);
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "RouteLLM has no benchmark '%s'", import->benchmark);
    return ra_hintf(err, "it has mmlu, gsm8k and mt-bench");
}

extern const ra_import_format ra_import_routellm;
const ra_import_format ra_import_routellm = {"routellm", "the folder of the repository", build};
