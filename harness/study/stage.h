/* Stages of a study: each makes one file or folder, and is skipped when what went in and what came
 * out are as they were. The stamp OUT/.stages/NAME holds both digests.
 *
 *     ra_stage s;
 *     ra_stage_begin(&s, out, "import mmlu", output);
 *     ra_stage_text(&s, "format", "routellm");
 *     if (!ra_stage_file(&s, input, err)) ...
 *     ok = ra_stage_run(&s, make, context, err);
 *     ra_stage_release(&s);
 */
#ifndef RA_STUDY_STAGE_H
#define RA_STUDY_STAGE_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

typedef struct ra_stage {
    const char *name;
    const char *output; /* file or folder */
    const char *stamp;
    ra_buf key; /* everything that decides what comes out, as text */
    ra_arena arena;
} ra_stage;

/* The version and commit of the program are part of every key. */
void ra_stage_begin(ra_stage *stage, const char *out, const char *name, const char *output);
void ra_stage_text(ra_stage *stage, const char *what, const char *text);
/* Content of a file, or of all files below a folder; hidden ones apart. */
RA_MUST_CHECK bool ra_stage_file(ra_stage *stage, const char *path, ra_error *err);
/* Calls make unless key and output are what the stamp says, writes the stamp, and says on stderr
 * which of the two it was. */
RA_MUST_CHECK bool ra_stage_run(ra_stage *stage, bool (*make)(void *context, ra_error *err),
                                void *context, ra_error *err);
void ra_stage_release(ra_stage *stage);

#endif
