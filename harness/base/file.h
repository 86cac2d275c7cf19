/* Files: read whole, write atomically.
 *
 * A write goes to a hidden temporary file in the same folder, is flushed to disk and renamed over
 * the target. Until the rename the old file is untouched; on any failure the temporary is removed.
 *
 *     ra_writer w;
 *     if (!ra_writer_open(&w, "out/results.json", err)) return false;
 *     fprintf(w.stream, ...);
 *     return ra_writer_commit(&w, err);         (or ra_writer_abandon(&w) on the error path)
 */
#ifndef RA_BASE_FILE_H
#define RA_BASE_FILE_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

/* Whole file in memory, terminated by a zero byte that length does not count. free() the text. */
typedef struct ra_text {
    char *text;
    size_t length;
} ra_text;

/* Reads a regular file or pipe ("-" is not special). Folders and files over RA_MAX_FILE are errors.
 */
RA_MUST_CHECK bool ra_file_read(const char *path, ra_text *out, ra_error *err);

typedef struct ra_writer {
    FILE *stream;
    char path[4096], temporary[4096];
} ra_writer;

/* Makes the folders of `path` as needed and opens the temporary. */
RA_MUST_CHECK bool ra_writer_open(ra_writer *w, const char *path, ra_error *err);
RA_MUST_CHECK bool ra_writer_commit(ra_writer *w, ra_error *err);
void ra_writer_abandon(ra_writer *w);
/* All of the above for bytes in memory; NULL is good for none. */
RA_MUST_CHECK bool ra_file_write(const char *path, const char *bytes, size_t length, ra_error *err);

/* mkdir -p */
RA_MUST_CHECK bool ra_folder_make(const char *path, ra_error *err);
/* Removes a folder with all that is in it; an absent one is fine. */
RA_MUST_CHECK bool ra_folder_remove(const char *path, ra_error *err);
bool ra_file_exists(const char *path);
bool ra_folder_exists(const char *path);

/* Names in a folder (not . and ..), sorted by bytes, in the arena. */
RA_MUST_CHECK bool ra_folder_list(ra_arena *arena, const char *path, char ***names, size_t *count,
                                  ra_error *err);

/* "dir/name" in the arena; name alone when dir is "" or NULL. */
char *ra_path_join(ra_arena *arena, const char *dir, const char *name);

#endif
