#include "study/stage.h"

#include "base/file.h"
#include "base/progress.h"
#include "base/sha256.h"
#include "ra_config.h"

#include <stdlib.h>
#include <string.h>

void ra_stage_begin(ra_stage *stage, const char *out, const char *name, const char *output)
{
    *stage = (ra_stage){0};
    stage->name = ra_arena_strdup(&stage->arena, name);
    stage->output = ra_arena_strdup(&stage->arena, output);
    char *file = ra_arena_strdup(&stage->arena, name);
    for (char *c = file; *c; c++)
        if (*c == '/' || *c == ' ')
            *c = '-';
    stage->stamp = ra_arena_printf(&stage->arena, "%s/.stages/%s", out, file);
    ra_stage_text(stage, "stage", name);
    ra_stage_text(stage, "version", RA_VERSION " " RA_COMMIT);
}

void ra_stage_text(ra_stage *stage, const char *what, const char *text)
{
    ra_buf_printf(&stage->key, "%s %zu %s\n", what, strlen(text), text);
}

/* Appends "PATH SHA256" of a file, or of all files below a folder in the order of their names. */
static bool describe(ra_arena *arena, const char *path, const char *shown, ra_buf *out,
                     ra_error *err)
{
    if (!ra_folder_exists(path)) {
        ra_digest digest;
        if (!ra_sha256_file(path, digest, err))
            return false;
        ra_buf_printf(out, "file %s %s\n", shown, digest);
        return true;
    }
    char **names;
    size_t count;
    if (!ra_folder_list(arena, path, &names, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (names[i][0] != '.' && !describe(arena, ra_path_join(arena, path, names[i]),
                                            ra_path_join(arena, shown, names[i]), out, err))
            return false;
    return true;
}

bool ra_stage_file(ra_stage *stage, const char *path, ra_error *err)
{
    return describe(&stage->arena, path, "", &stage->key, err);
}

static bool stamp_text(ra_stage *stage, ra_buf *out, ra_error *err)
{
    ra_digest key, made;
    ra_buf output = {0};
    bool ok = describe(&stage->arena, stage->output, "", &output, err);
    if (ok) {
        ra_sha256_bytes(stage->key.text, stage->key.length, key);
        ra_sha256_bytes(output.text ? output.text : "", output.length, made);
        ra_buf_printf(out, "in %s\nout %s\n", key, made);
    }
    ra_buf_release(&output);
    return ok;
}

static bool is_fresh(ra_stage *stage)
{
    ra_error ignored;
    ra_text old;
    if (!ra_file_exists(stage->stamp) || !ra_file_read(stage->stamp, &old, &ignored))
        return false;
    ra_buf now = {0};
    bool same = stamp_text(stage, &now, &ignored) && strcmp(now.text, old.text) == 0;
    ra_buf_release(&now);
    free(old.text);
    return same;
}

static bool write_stamp(ra_stage *stage, ra_error *err)
{
    ra_buf now = {0};
    bool ok =
        stamp_text(stage, &now, err) && ra_file_write(stage->stamp, now.text, now.length, err);
    ra_buf_release(&now);
    return ok;
}

bool ra_stage_run(ra_stage *stage, bool (*make)(void *context, ra_error *err), void *context,
                  ra_error *err)
{
    double start = ra_now_s();
    if (is_fresh(stage)) {
        fprintf(stderr, "%s: up to date, skipped\n", stage->name);
        return true;
    }
    if (!make(context, err) || !write_stamp(stage, err))
        return false;
    fprintf(stderr, "%s: done in %.2f s\n", stage->name, ra_now_s() - start);
    return true;
}

void ra_stage_release(ra_stage *stage)
{
    ra_buf_release(&stage->key);
    ra_arena_release(&stage->arena);
}
