#include "base/mapping.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool map(ra_mapping *mapping, int file, const char *path, ra_error *err)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return ra_fail_errno(err, path, "read");
    if (!S_ISREG(status.st_mode))
        return ra_fail(err, RA_ERR_INPUT, path, 0, "not a regular file", NULL);
    if (status.st_size == 0)
        return true;
    void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        return ra_fail_errno(err, path, "map");
    mapping->bytes = bytes;
    mapping->size = (size_t)status.st_size;
    return true;
}

bool ra_mapping_open(ra_mapping *mapping, const char *path, ra_error *err)
{
    *mapping = (ra_mapping){0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return ra_fail_errno(err, path, "open");
    bool ok = map(mapping, file, path, err);
    close(file);
    return ok;
}

void ra_mapping_close(ra_mapping *mapping)
{
    if (mapping->bytes)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
    *mapping = (ra_mapping){0};
}
