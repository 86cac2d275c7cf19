/* The recording set: items of one benchmark, and what models, judges and graders said of them.
 *
 * On disk a folder of JSONL files (golden/schemas/recording-set.schema.json is the formal schema):
 *
 *   SET/set.json                        schema, name, benchmark, models, sources, licence, notes
 *   SET/items.jsonl                     {"id","category","turns","reference","excluded"}
 *   SET/outputs/MODEL.jsonl             {"id","turn","output","prompt_tokens","completion_tokens",
 *                                        "latency_ms","served_model","finish_reason"}
 *   SET/judgments/MODEL@JUDGE.jsonl     {"id","turn","template","prompt","judgment"}
 *   SET/grades/MODEL@GRADER.jsonl       {"id","turn","score","extracted","reason"}
 *
 * In memory every (item, turn) has a slot: slot = items[i].first_slot + turn - 1. Outputs,
 * judgments and grades of a model are plain arrays indexed by slot, with `present` false where the
 * file has no line. Everything lives in the set's arena.
 *
 *     ra_set set;
 *     if (!ra_set_open(&set, "recordings/gsm8k", err)) return false;
 *     ra_grade *grades;
 *     if (!ra_set_grades(&set, "gpt-4-1106-preview", "recorded", &grades, err)) ...
 *     ra_set_release(&set);
 */
#ifndef RA_DATA_RECORDING_H
#define RA_DATA_RECORDING_H

#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "base/text.h"

#define RA_SET_SCHEMA "routeassay.set/1"

typedef struct ra_item {
    const char *id;       /* mmlu/SUBJECT/ROW, gsm8k/ROW, mt-bench/QUESTION_ID */
    const char *category; /* NULL if none */
    const char **turns;   /* the user's messages; at least one */
    size_t turn_count;
    const char **reference; /* NULL if none; else reference_count strings */
    size_t reference_count;
    const char *excluded; /* NULL = kept, else why: "contaminated" */
    size_t first_slot;
} ra_item;

/* Unknown numbers are NaN, unknown strings NULL. */
typedef struct ra_output {
    bool present;
    const char *text; /* NULL: the model gave none */
    double prompt_tokens, completion_tokens, latency_ms;
    const char *served_model, *finish_reason;
} ra_output;

typedef struct ra_judgment {
    bool present;
    const char *template_name, *prompt, *judgment;
} ra_judgment;

typedef struct ra_grade {
    bool present;
    double score;          /* NaN = could not be graded; reason says why */
    const char *extracted; /* what was compared, NULL if nothing */
    const char *reason;    /* NULL when score is a number */
} ra_grade;

typedef struct ra_set_source {
    const char *path;         /* as named to the importer, without the machine's folders */
    const char *url, *commit; /* NULL if unknown */
    double size;
    ra_digest sha256;
} ra_set_source;

typedef struct ra_set_warning {
    const char *what;
    double count;
} ra_set_warning;

typedef struct ra_set {
    const char *path; /* folder, NULL while being built */
    const char *name, *benchmark, *license;
    const char **models;
    size_t model_count;
    ra_item *items;
    size_t item_count, slot_count;
    ra_set_source *sources;
    size_t source_count;
    const char **notes;
    size_t note_count;
    ra_set_warning *warnings;
    size_t warning_count;
    ra_map by_id; /* item id -> index */
    ra_arena arena;
} ra_set;

/* Reads set.json and items.jsonl. Duplicate ids, items without turns, a wrong schema: errors. */
RA_MUST_CHECK bool ra_set_open(ra_set *set, const char *path, ra_error *err);
void ra_set_release(ra_set *set);

/* Finds the set of a benchmark: `path` is a set, or a folder of sets. The result is in the arena.
 */
RA_MUST_CHECK bool ra_set_find(ra_arena *arena, const char *path, const char *benchmark,
                               const char **found, ra_error *err);

/* slot_count entries in the set's arena. An unknown model, id or turn, a line twice: errors. */
RA_MUST_CHECK bool ra_set_outputs(ra_set *set, const char *model, ra_output **out, ra_error *err);
RA_MUST_CHECK bool ra_set_judgments(ra_set *set, const char *model, const char *judge,
                                    ra_judgment **out, ra_error *err);
RA_MUST_CHECK bool ra_set_grades(ra_set *set, const char *model, const char *grader, ra_grade **out,
                                 ra_error *err);
bool ra_set_has_model(const ra_set *set, const char *model);
/* Path of one file in the set, in its arena. kind: "outputs", "judgments", "grades"; by: judge or
 * grader, NULL for outputs. Escapes '/' of names as "__". */
const char *ra_set_file(ra_set *set, const char *kind, const char *model, const char *by);
bool ra_set_has(ra_set *set, const char *kind, const char *model, const char *by);
/* Judges (or graders) that the set has a file from for this model, sorted. */
RA_MUST_CHECK bool ra_set_list(ra_set *set, const char *kind, const char *model,
                               const char ***names, size_t *count, ra_error *err);

/* Writes one file atomically; entries that are not present are left out. */
RA_MUST_CHECK bool ra_set_write_outputs(ra_set *set, const char *model, const ra_output *outputs,
                                        ra_error *err);
RA_MUST_CHECK bool ra_set_write_judgments(ra_set *set, const char *model, const char *judge,
                                          const ra_judgment *judgments, ra_error *err);
RA_MUST_CHECK bool ra_set_write_grades(ra_set *set, const char *model, const char *grader,
                                       const ra_grade *grades, ra_error *err);

/* --- building a set: importers --- */

/* Adds an item (strings are copied), assigns its slots. A duplicate id is an error at file:line.
 * After the last item call nothing: slots and by_id are kept up to date. */
RA_MUST_CHECK bool ra_set_add_item(ra_set *set, const ra_item *item, const char *file, long line,
                                   ra_error *err);
/* Index of the model, adding it when new. */
size_t ra_set_add_model(ra_set *set, const char *model);
/* Records a source file with its size and SHA-256; `shown` is the path written to set.json. */
RA_MUST_CHECK bool ra_set_add_source(ra_set *set, const char *path, const char *shown,
                                     ra_error *err);
void ra_set_add_note(ra_set *set, const char *note);
/* Adds to the count of a warning, e.g. "duplicate judgments dropped". */
void ra_set_warn(ra_set *set, const char *what, double count);
/* Writes set.json and items.jsonl into set->path. Write them last: set.json makes a folder a set.
 */
RA_MUST_CHECK bool ra_set_write(ra_set *set, ra_error *err);

#endif
