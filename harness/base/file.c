#include "base/file.h"

#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool ra_file_read(const char *path, ra_text *out, ra_error *err)
{
    *out = (ra_text){0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return ra_fail_errno(err, path, "open");
    struct stat info;
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(file);
        return ra_fail(err, RA_ERR_INPUT, path, 0, "is a folder, expected a file", NULL);
    }
    size_t capacity = info.st_size > 0 ? (size_t)info.st_size + 2 : 1 << 16, length = 0;
    char *text = capacity <= RA_MAX_FILE ? ra_realloc(NULL, capacity, 1) : NULL;
    while (text) {
        size_t got = fread(text + length, 1, capacity - length - 1, file);
        length += got;
        if (got == 0)
            break;
        if (length > RA_MAX_FILE) {
            free(text);
            text = NULL;
        } else if (length + 1 == capacity) {
            ra_grow(&text, &capacity, capacity + 1, 1);
        }
    }
    bool bad = text && ferror(file);
    if (!text)
        ra_failf(err, RA_ERR_INPUT, path, 0, "larger than %llu bytes", RA_MAX_FILE);
    else if (bad)
        ra_fail_errno(err, path, "read");
    fclose(file);
    if (!text || bad) {
        free(text);
        return false;
    }
    text[length] = '\0';
    *out = (ra_text){text, length};
    return true;
}

bool ra_folder_make(const char *path, ra_error *err)
{
    char partial[RA_MAX_PATH];
    size_t length = strlen(path);
    if (length >= sizeof partial)
        return ra_fail(err, RA_ERR_INPUT, path, 0, "path too long", NULL);
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        char kept = partial[i];
        partial[i] = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return ra_fail_errno(err, partial, "make folder");
        partial[i] = kept;
    }
    if (!ra_folder_exists(path))
        return ra_fail(err, RA_ERR_INPUT, path, 0, "is a file, expected a folder", NULL);
    return true;
}

static bool make_parent(const char *path, ra_error *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return true;
    char parent[RA_MAX_PATH];
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = '\0';
    return ra_folder_make(parent, err);
}

bool ra_writer_open(ra_writer *w, const char *path, ra_error *err)
{
    w->stream = NULL;
    const char *slash = strrchr(path, '/');
    int dir = slash ? (int)(slash - path + 1) : 0;
    if (strlen(path) + 16 > sizeof w->path)
        return ra_fail(err, RA_ERR_INPUT, path, 0, "path too long", NULL);
    if (ra_folder_exists(path))
        return ra_fail(err, RA_ERR_INPUT, path, 0, "is a folder, expected a file", NULL);
    snprintf(w->path, sizeof w->path, "%s", path);
    snprintf(w->temporary, sizeof w->temporary, "%.*s.%s.XXXXXX", dir, path, path + dir);
    if (!make_parent(path, err))
        return false;
    int fd = mkstemp(w->temporary);
    if (fd < 0)
        return ra_fail_errno(err, path, "write");
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(fd, 0666 & ~mask);
    w->stream = fdopen(fd, "wb");
    if (!w->stream) {
        ra_fail_errno(err, path, "write");
        close(fd);
        unlink(w->temporary);
        return false;
    }
    return true;
}

void ra_writer_abandon(ra_writer *w)
{
    if (!w->stream)
        return;
    fclose(w->stream);
    unlink(w->temporary);
    w->stream = NULL;
}

bool ra_writer_commit(ra_writer *w, ra_error *err)
{
    bool ok = fflush(w->stream) == 0 && !ferror(w->stream) && fsync(fileno(w->stream)) == 0;
    if (!ok) {
        ra_fail_errno(err, w->path, "write");
        ra_writer_abandon(w);
        return false;
    }
    fclose(w->stream);
    w->stream = NULL;
    if (rename(w->temporary, w->path) == 0)
        return true;
    ra_fail_errno(err, w->path, "write");
    unlink(w->temporary);
    return false;
}

bool ra_file_write(const char *path, const char *bytes, size_t length, ra_error *err)
{
    ra_writer w;
    if (!ra_writer_open(&w, path, err))
        return false;
    if (length > 0) /* of none, bytes may be NULL */
        fwrite(bytes, 1, length, w.stream);
    return ra_writer_commit(&w, err);
}

bool ra_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISDIR(info.st_mode);
}

bool ra_folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int by_bytes(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

bool ra_folder_list(ra_arena *arena, const char *path, char ***names, size_t *count, ra_error *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return ra_fail_errno(err, path, "open folder");
    char **found = NULL;
    size_t n = 0, capacity = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        ra_grow(&found, &capacity, n + 1, sizeof *found);
        found[n++] = ra_arena_strdup(arena, entry->d_name);
    }
    closedir(dir);
    if (n > 0)
        qsort(found, n, sizeof *found, by_bytes);
    *names = ra_arena_alloc(arena, n, sizeof **names);
    if (n > 0)
        memcpy(*names, found, n * sizeof **names);
    *count = n;
    free(found);
    return true;
}

char *ra_path_join(ra_arena *arena, const char *dir, const char *name)
{
    if (!dir || !*dir)
        return ra_arena_strdup(arena, name);
    const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";
    return ra_arena_printf(arena, "%s%s%s", dir, slash, name);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

bool ra_folder_remove(const char *path, ra_error *err)
{
    if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return true;
    return ra_fail_errno(err, path, "remove");
}
