/* For targets whose code reads files: the bytes as a file in a folder of this process. */
#ifndef RA_FUZZ_TEMPORARY_H
#define RA_FUZZ_TEMPORARY_H

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FOLDER/NAME of this process, in static memory. */
static inline const char *temporary(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "/tmp/ra-fuzz-%d/%s", (int)getpid(), name);
    return path;
}

static inline const char *temporary_file(const char *name, const uint8_t *data, size_t size)
{
    static const char nothing[1] = "";
    ra_error err;
    const char *bytes = size ? (const char *)data : nothing;
    if (!ra_file_write(temporary(name), bytes, size, &err))
        abort();
    return temporary(name);
}

static inline void temporary_end(void)
{
    ra_error err;
    if (!ra_folder_remove(temporary(""), &err))
        abort();
}

#endif
