/* Property: any bytes give an error with a message, or files that stay below the folder they are
 * joined to, with http(s) URLs; no crash, no leak. */
#include "data/sources.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* Written anew, so that a mistake in sources.c is not repeated here. */
static void check_file(const ra_source_file *file)
{
    char around[8192];
    must(snprintf(around, sizeof around, "/%s/", file->path) < (int)sizeof around);
    must(!strstr(around, "//") && !strstr(around, "/../") && !strstr(around, "/./"));
    must(!file->url != !file->member);
    if (file->url) {
        must(strncmp(file->url, "http://", 7) == 0 || strncmp(file->url, "https://", 8) == 0);
        must(strlen(file->commit) == 40);
    } else {
        must(snprintf(around, sizeof around, "/%s/", file->member) < (int)sizeof around);
        must(!strstr(around, "//") && !strstr(around, "/../") && !strstr(around, "/./"));
        must(strncmp(file->path, "python/", 7) == 0);
    }
    must(strlen(file->sha256) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    ra_error err = {0};
    ra_sources sources;
    if (ra_sources_parse(&sources, text, size, "fuzz", &err)) {
        for (size_t i = 0; i < sources.file_count; i++)
            check_file(&sources.files[i]);
        ra_sources_release(&sources);
    } else {
        must(err.message[0] != '\0');
    }
    free(text);
    return 0;
}
