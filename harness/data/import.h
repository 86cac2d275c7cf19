/* Importers: files that people have -> a recording set (data/recording.h).
 *
 * One file an importer; import.c is the only list of formats. A set is built in a temporary folder
 * beside `out` and renamed into place, so `out` is complete or absent. An existing set at `out` is
 * replaced only when it was made by import before (it has a set.json).
 */
#ifndef RA_DATA_IMPORT_H
#define RA_DATA_IMPORT_H

#include "data/recording.h"
#include "data/sources.h"

/* Which column (CSV) or field (JSONL, dots go into objects) holds what; NULL = the default name. */
typedef struct ra_import_columns {
    const char *id, *prompt, *category, *reference, *excluded;
    const char *outputs, *labels; /* "MODEL=COLUMN", comma-separated */
} ra_import_columns;

typedef struct ra_import {
    const char *format;    /* routellm, fastchat, lm-eval, csv, jsonl */
    const char *benchmark; /* mmlu, gsm8k, mt-bench; csv and jsonl: any name */
    const char **inputs;   /* files or folders; the format says which */
    size_t input_count;
    const char *out;           /* folder of the set */
    const char *name;          /* of the set; NULL = FORMAT-BENCHMARK */
    const char *license;       /* NULL = unknown */
    const ra_sources *known;   /* adds URL and commit to sources with a known hash; may be NULL */
    ra_import_columns columns; /* csv and jsonl only */
    const char *exclude;       /* items to leave out and why, NULL = none: CSV id,excluded, or lines
                                  {"id","excluded"} when its name ends in .jsonl */
    const char *filter;        /* lm-eval: which filter's lines are taken; NULL = the first's */
} ra_import;

typedef struct ra_import_format {
    const char *name;
    const char *inputs; /* what the inputs are, for users */
    /* Adds items to the set and writes outputs, judgments and grades; import.c does the rest. */
    bool (*build)(const ra_import *import, ra_set *set, ra_error *err);
} ra_import_format;

/* NULL-terminated. */
extern const ra_import_format *const ra_import_formats[];

/* Makes one set. Whatever the format allows but is odd is counted in the set's warnings. */
RA_MUST_CHECK bool ra_import_run(const ra_import *import, ra_error *err);

#endif
