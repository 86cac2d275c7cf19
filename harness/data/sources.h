/* golden/sources.json ("routeassay.sources/1"): the public files that recordings are made from, by
 * URL, commit, size and SHA-256. */
#ifndef RA_DATA_SOURCES_H
#define RA_DATA_SOURCES_H

#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ra_source_file {
    const char *source; /* name of the source it belongs to: "routellm" */
    const char *path;   /* OWNER/REPO/COMMIT/PATH: below a mirror, and below downloads/ */
    const char *url;    /* https://... */
    const char *commit; /* of the repository */
    uint64_t size;      /* bytes */
    ra_digest sha256;
} ra_source_file;

typedef struct ra_sources {
    const char **names; /* of the sources, in the order of the file */
    size_t name_count;
    ra_source_file *files;
    size_t file_count;
    ra_arena arena; /* owns all of the above */
} ra_sources;

RA_MUST_CHECK bool ra_sources_read(ra_sources *sources, const char *path, ra_error *err);
void ra_sources_release(ra_sources *sources);
/* The file with this content, or NULL. */
const ra_source_file *ra_sources_by_hash(const ra_sources *sources, const char *sha256);

#endif
