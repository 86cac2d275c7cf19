/* What importers share. Only harness/data/import_*.c include this. */
#ifndef RA_DATA_IMPORT_PARTS_H
#define RA_DATA_IMPORT_PARTS_H

#include "data/csv.h"
#include "data/import.h"
#include "data/jsonl.h"

/* Records a source file: with the path, URL and commit of golden/sources.json when its hash is
 * known there, else as `shown`. */
RA_MUST_CHECK bool ra_import_source(const ra_import *import, ra_set *set, const char *path,
                                    const char *shown, ra_error *err);

/* "MODEL=FILE" -> both; without '=' the model is NULL. In the arena. */
void ra_import_split(ra_arena *arena, const char *input, const char **model, const char **file);

/* A label as a score: true/false in any case, or a number. `field` names it in the error. */
RA_MUST_CHECK bool ra_import_label(const char *text, const char *field, ra_json_at at,
                                   double *score, ra_error *err);

/* slot_count entries; fills the first turn of an item. */
ra_grade *ra_import_grades(ra_set *set);
ra_output *ra_import_outputs(ra_set *set);

/* --- FastChat's files, also used by RouteLLM (harness/data/import_fastchat.c) --- */

/* Prompts on a list, with what was matched; exclusion for items that hold one. */
typedef struct ra_prompt_list {
    ra_map prompts; /* text -> index */
    bool *used;
    size_t count;
    ra_arena arena;
} ra_prompt_list;

/* Reads field `eval_prompt` of each line. */
RA_MUST_CHECK bool ra_prompt_list_read(ra_prompt_list *list, const char *path, ra_error *err);
/* "contaminated" when any turn of the item is on the list, else NULL. */
const char *ra_prompt_list_excludes(ra_prompt_list *list, const char *const *turns, size_t count);
/* Warns of entries that matched no item, and releases the list. */
void ra_prompt_list_finish(ra_prompt_list *list, ra_set *set);

/* question.jsonl -> items BENCHMARK/QUESTION_ID. list may be NULL. */
RA_MUST_CHECK bool ra_fastchat_questions(ra_set *set, const char *path, const char *references,
                                         ra_prompt_list *list, ra_error *err);
/* model_answer file -> outputs of the model (NULL: the file's model_id). */
RA_MUST_CHECK bool ra_fastchat_answers(ra_set *set, const char *path, const char *model,
                                       ra_error *err);
/* JUDGE_single.jsonl -> judgments/MODEL@JUDGE and grades/MODEL@recorded of every model in it. */
RA_MUST_CHECK bool ra_fastchat_judgments(ra_set *set, const char *path, ra_error *err);

#endif
