/* A file that is being fetched: bytes gather in a hidden DIR/.NAME.part beside the target, which
 * is renamed into place once size and SHA-256 are right. Until then nothing of that name is there,
 * or the file of before.
 *
 * A part that is closed before it is whole stays, so that a later run, of this process or of the
 * next, goes on where it stopped; an empty one is removed. An open part is locked: a second process
 * that wants the same file is told so.
 *
 *     ra_part part;
 *     ra_part_init(&part, &arena, "downloads/a/b.csv", 12, sha256);
 *     if (!ra_part_open(&part, err)) return false;       (part.have bytes are there already)
 *     ... ra_part_add(&part, bytes, length, err) ...
 *     ... ra_part_finish(&part, &right, err) ...         (closed when right, else still open)
 *     ra_part_close(&part);                              (or ra_part_discard)
 */
#ifndef RA_DATA_PART_H
#define RA_DATA_PART_H

#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ra_part {
    const char *path;      /* where the whole file goes */
    const char *temporary; /* DIR/.NAME.part */
    uint64_t size;         /* bytes that are expected */
    const char *sha256;    /* the hash that is expected */
    uint64_t have;         /* bytes that are there */
    int fd;                /* -1 = not open */
    bool busy;             /* why it could not be opened: another process fetches it */
} ra_part;

/* Touches no file. `path` and `sha256` must outlive the part. */
void ra_part_init(ra_part *part, ra_arena *arena, const char *path, uint64_t size,
                  const char *sha256);
/* Makes the folders, opens and locks. */
RA_MUST_CHECK bool ra_part_open(ra_part *part, ra_error *err);
/* Forgets what is there. */
RA_MUST_CHECK bool ra_part_restart(ra_part *part, ra_error *err);
/* Appends. More than `size` bytes in all is an error. */
RA_MUST_CHECK bool ra_part_add(ra_part *part, const void *bytes, size_t length, ra_error *err);
/* Sets *right and puts the file into place if it is what was expected. If not, the error's text
 * names both hashes (its code is RA_ERR_INPUT) and the part stays open. False = the disk failed. */
RA_MUST_CHECK bool ra_part_finish(ra_part *part, bool *right, ra_error *err);
void ra_part_close(ra_part *part);
/* Closes and removes; also removes what an earlier run left. */
void ra_part_discard(ra_part *part);

/* Fills `err` with the text for content that is not what was expected; returns false. */
bool ra_part_wrong(ra_error *err, const char *subject, uint64_t found_size, const char *found,
                   uint64_t size, const char *sha256);

#endif
