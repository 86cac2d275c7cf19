/* A file mapped into memory, read-only: for files that are larger than what is needed of them. */
#ifndef RA_BASE_MAPPING_H
#define RA_BASE_MAPPING_H

#include "base/error.h"

#include <stddef.h>

typedef struct ra_mapping {
    const unsigned char *bytes; /* NULL when the file is empty */
    size_t size;
} ra_mapping;

/* Maps a regular file. One that is cut short while it is mapped ends the process with SIGBUS, as
 * for every program that maps files. */
RA_MUST_CHECK bool ra_mapping_open(ra_mapping *mapping, const char *path, ra_error *err);
void ra_mapping_close(ra_mapping *mapping);

#endif
