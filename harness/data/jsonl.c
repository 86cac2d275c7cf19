#include "data/jsonl.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

bool ra_jsonl_open(ra_jsonl *in, const char *path, ra_error *err)
{
    *in = (ra_jsonl){.at = {path, 0}};
    if (!ra_file_read(path, &in->file, err)) {
        in->failed = true;
        return false;
    }
    if (ra_has_prefix(in->file.text, "\xef\xbb\xbf"))
        in->next = 3;
    return true;
}

static bool failed(ra_jsonl *in)
{
    in->failed = true;
    return false;
}

bool ra_jsonl_next(ra_jsonl *in, ra_error *err)
{
    ra_json_free(in->doc);
    in->doc = NULL;
    in->object = NULL;
    while (in->next < in->file.length) {
        const char *start = in->file.text + in->next;
        const char *end = memchr(start, '\n', in->file.length - in->next);
        size_t length = end ? (size_t)(end - start) : in->file.length - in->next;
        in->offset = in->next;
        in->next += length + (end != NULL);
        in->at.line = ++in->line;
        if (strspn(start, " \t\r") >= length)
            continue;
        if (length > RA_MAX_LINE) {
            ra_failf(err, RA_ERR_INPUT, in->at.file, in->line, "line longer than %lu bytes",
                     RA_MAX_LINE);
            return failed(in);
        }
        in->doc = ra_json_parse(start, length, in->at, err);
        if (!in->doc) {
            if (!err->hint[0])
                ra_hintf(err, "line %ld starts at byte %zu of the file", in->line, in->offset);
            return failed(in);
        }
        if (!ra_json_is_object(in->doc)) {
            ra_failf(err, RA_ERR_INPUT, in->at.file, in->line, "not a JSON object");
            return failed(in);
        }
        in->object = in->doc;
        return true;
    }
    return false;
}

bool ra_jsonl_close(ra_jsonl *in)
{
    ra_json_free(in->doc);
    free(in->file.text);
    bool ok = !in->failed;
    *in = (ra_jsonl){.failed = !ok};
    return ok;
}
