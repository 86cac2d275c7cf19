#include "data/part.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void ra_part_init(ra_part *part, ra_arena *arena, const char *path, uint64_t size,
                  const char *sha256)
{
    const char *slash = strrchr(path, '/');
    int dir = slash ? (int)(slash - path + 1) : 0;
    *part = (ra_part){
        .path = path,
        .temporary = ra_arena_printf(arena, "%.*s.%s.part", dir, path, path + dir),
        .size = size,
        .sha256 = sha256,
        .fd = -1,
    };
}

static bool make_parent(const char *path, ra_error *err)
{
    const char *slash = strrchr(path, '/');
    ra_arena arena = {0};
    bool ok = !slash || slash == path ||
              ra_folder_make(ra_arena_strndup(&arena, path, (size_t)(slash - path)), err);
    ra_arena_release(&arena);
    return ok;
}

/* Whether the open file is still the one of that name: its last owner may have renamed it. */
static bool is_named(int fd, const char *path)
{
    struct stat opened, named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

/* A file system that knows no locks is used without. */
static bool open_locked(ra_part *part, ra_error *err)
{
    part->busy = false;
    for (;;) {
        int fd = open(part->temporary, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0)
            return ra_fail_errno(err, part->temporary, "write");
        if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            part->busy = true;
            close(fd);
            return ra_fail(err, RA_ERR_INPUT, part->path, 0,
                           "another process is fetching this file",
                           "wait for it, or use another folder");
        }
        if (is_named(fd, part->temporary)) {
            part->fd = fd;
            return true;
        }
        close(fd);
    }
}

bool ra_part_open(ra_part *part, ra_error *err)
{
    if (!make_parent(part->path, err) || !open_locked(part, err))
        return false;
    off_t end = lseek(part->fd, 0, SEEK_END);
    if (end < 0)
        return ra_fail_errno(err, part->temporary, "read");
    part->have = (uint64_t)end;
    return part->have <= part->size || ra_part_restart(part, err);
}

bool ra_part_restart(ra_part *part, ra_error *err)
{
    if (ftruncate(part->fd, 0) != 0 || lseek(part->fd, 0, SEEK_SET) != 0)
        return ra_fail_errno(err, part->temporary, "write");
    part->have = 0;
    return true;
}

bool ra_part_add(ra_part *part, const void *bytes, size_t length, ra_error *err)
{
    if (length > part->size - part->have)
        return ra_failf(err, RA_ERR_INPUT, part->path, 0, "more than the %llu bytes expected",
                        (unsigned long long)part->size);
    for (size_t done = 0; done < length;) {
        ssize_t n = write(part->fd, (const char *)bytes + done, length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ra_fail_errno(err, part->path, "write");
        done += (size_t)n;
        part->have += (uint64_t)n;
    }
    return true;
}

bool ra_part_wrong(ra_error *err, const char *subject, uint64_t found_size, const char *found,
                   uint64_t size, const char *sha256)
{
    return ra_failf(err, RA_ERR_INPUT, subject, 0,
                    "wrong content: SHA-256 %s (%llu bytes), expected %s (%llu bytes)", found,
                    (unsigned long long)found_size, sha256, (unsigned long long)size);
}

bool ra_part_finish(ra_part *part, bool *right, ra_error *err)
{
    ra_digest found;
    *right = false;
    if (fsync(part->fd) != 0)
        return ra_fail_errno(err, part->path, "write");
    if (!ra_sha256_file(part->temporary, found, err))
        return false;
    if (part->have != part->size || strcmp(found, part->sha256) != 0) {
        ra_part_wrong(err, part->path, part->have, found, part->size, part->sha256);
        return true;
    }
    if (rename(part->temporary, part->path) != 0)
        return ra_fail_errno(err, part->path, "write");
    close(part->fd);
    part->fd = -1;
    *right = true;
    return true;
}

void ra_part_close(ra_part *part)
{
    if (part->fd < 0)
        return;
    if (part->have == 0)
        unlink(part->temporary); /* before the lock goes */
    close(part->fd);
    part->fd = -1;
}

void ra_part_discard(ra_part *part)
{
    unlink(part->temporary);
    if (part->fd >= 0)
        close(part->fd);
    part->fd = -1;
    part->have = 0;
}
