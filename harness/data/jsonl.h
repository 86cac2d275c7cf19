/* JSONL: one JSON object a line. A BOM, CRLF and blank lines are accepted.
 *
 *     ra_jsonl in;
 *     if (!ra_jsonl_open(&in, path, err)) return false;
 *     while (ra_jsonl_next(&in, err))
 *         use in.object at in.at;
 *     bool ok = ra_jsonl_close(&in);     false if next stopped on an error, which is in err
 */
#ifndef RA_DATA_JSONL_H
#define RA_DATA_JSONL_H

#include "data/json.h"

typedef struct ra_jsonl {
    const ra_json *object; /* of the current line; valid until the next call */
    ra_json_at at;         /* file and line, for getters */
    size_t offset;         /* byte offset of the current line in the file */
    /* private */
    ra_text file;
    ra_json *doc;
    size_t next;
    long line;
    bool failed;
} ra_jsonl;

RA_MUST_CHECK bool ra_jsonl_open(ra_jsonl *in, const char *path, ra_error *err);
/* False at the end or on an error (a line that is no object, too long, not JSON). */
RA_MUST_CHECK bool ra_jsonl_next(ra_jsonl *in, ra_error *err);
/* Also usable early, on the caller's own error path. */
bool ra_jsonl_close(ra_jsonl *in);

#endif
