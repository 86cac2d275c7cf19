#include "embed/cache.h"

#include "base/file.h"
#include "base/progress.h"
#include "base/sha256.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY = 32 }; /* bytes of a SHA-256 */

struct ra_embed_cache {
    int file;
    char *path;
    size_t dimension, record; /* bytes of a record */
    unsigned char *records;   /* as they stand in the file */
    size_t count, room;
    ra_map index; /* hex digest -> record */
    ra_arena arena;
};

static void remember(struct ra_embed_cache *c, const unsigned char *record, const char *digest)
{
    ra_grow(&c->records, &c->room, (c->count + 1) * c->record, 1);
    memcpy(c->records + c->count * c->record, record, c->record);
    ra_map_add(&c->index, ra_arena_strdup(&c->arena, digest), c->count++);
}

static void to_hex(const unsigned char *key, ra_digest out)
{
    for (size_t i = 0; i < KEY; i++)
        snprintf(out + 2 * i, 3, "%02x", key[i]);
}

static void from_hex(const ra_digest digest, unsigned char *key)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < KEY; i++)
        key[i] = (unsigned char)((strchr(digits, digest[2 * i]) - digits) << 4 |
                                 (strchr(digits, digest[2 * i + 1]) - digits));
}

/* A record whose numbers are no vector of length 0 or 1 was damaged, and is made again. */
static bool is_sound(const struct ra_embed_cache *c, const unsigned char *record)
{
    double sum = 0;
    for (size_t i = 0; i < c->dimension; i++) {
        float x;
        memcpy(&x, record + KEY + i * sizeof x, sizeof x);
        sum += (double)x * (double)x;
    }
    return !(sum > 0) ? isfinite(sum) : fabs(sum - 1) < 1e-3;
}

static bool load(struct ra_embed_cache *c, ra_error *err)
{
    ra_text all;
    if (!ra_file_read(c->path, &all, err))
        return false;
    for (size_t at = 0; at + c->record <= all.length; at += c->record) {
        const unsigned char *record = (const unsigned char *)all.text + at;
        ra_digest digest;
        if (!is_sound(c, record))
            continue;
        to_hex(record, digest);
        if (ra_map_get(&c->index, digest) == RA_MAP_NONE)
            remember(c, record, digest);
    }
    free(all.text);
    return true;
}

void ra_embed_cache_close(struct ra_embed_cache *c)
{
    if (!c)
        return;
    if (c->file >= 0)
        close(c->file);
    ra_map_release(&c->index);
    ra_arena_release(&c->arena);
    free(c->records);
    free(c->path);
    free(c);
}

static struct ra_embed_cache *open_cache(const ra_embedder *e, const char *folder, ra_error *err)
{
    struct ra_embed_cache *c = ra_alloc(1, sizeof *c);
    ra_digest key;
    ra_sha256_bytes(e->identity, strlen(e->identity), key);
    c->path = ra_strdup(ra_arena_printf(&c->arena, "%s/%.16s.vectors", folder, key));
    c->dimension = e->dimension;
    c->record = KEY + e->dimension * sizeof(float);
    c->file = -1;
    if (ra_folder_make(folder, err)) {
        c->file = open(c->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (c->file >= 0 && load(c, err))
            return c;
        if (c->file < 0)
            ra_fail_errno(err, c->path, "open");
    }
    ra_embed_cache_close(c);
    return NULL;
}

static bool write_all(int file, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(file, bytes, length);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
    return true;
}

/* Appends whole records; what a crash left half-written at the end goes first. */
static bool append(struct ra_embed_cache *c, size_t from, ra_error *err)
{
    struct stat status;
    bool ok = flock(c->file, LOCK_EX) == 0 && fstat(c->file, &status) == 0;
    if (ok && (size_t)status.st_size % c->record != 0)
        ok = ftruncate(c->file, status.st_size - status.st_size % (off_t)c->record) == 0;
    ok = ok && write_all(c->file, c->records + from * c->record, (c->count - from) * c->record);
    if (!ok)
        ra_fail_errno(err, c->path, "write");
    flock(c->file, LOCK_UN);
    return ok;
}

/* Made at a time, so that a process that is killed loses no more than these. */
enum { AT_A_TIME = 256 };

/* Makes the vectors of texts[missing[..]] and puts them where they belong. */
static bool make(ra_embedder *e, const ra_embed_text *texts, const size_t *missing, size_t count,
                 float *vectors, ra_error *err)
{
    size_t d = e->dimension;
    ra_embed_text *some = ra_alloc(count, sizeof *some);
    float *made = ra_alloc(count * d, sizeof *made);
    for (size_t i = 0; i < count; i++)
        some[i] = texts[missing[i]];
    bool ok = ra_embedder_embed(e, some, count, made, err);
    for (size_t i = 0; ok && i < count; i++)
        memcpy(vectors + missing[i] * d, made + i * d, d * sizeof *vectors);
    free(some);
    free(made);
    return ok;
}

static bool add_made(ra_embedder *e, ra_digest *digests, const size_t *missing, size_t count,
                     const float *vectors, ra_error *err)
{
    struct ra_embed_cache *c = e->cache;
    size_t from = c->count;
    unsigned char *record = ra_alloc(c->record, 1);
    for (size_t i = 0; i < count; i++) {
        const char *digest = digests[missing[i]];
        if (ra_map_get(&c->index, digest) != RA_MAP_NONE)
            continue; /* the same text twice */
        from_hex(digest, record);
        memcpy(record + KEY, vectors + missing[i] * c->dimension, c->record - KEY);
        remember(c, record, digest);
    }
    free(record);
    return append(c, from, err);
}

static bool embed_through(ra_embedder *e, const ra_embed_text *texts, size_t count, float *vectors,
                          ra_error *err)
{
    struct ra_embed_cache *c = e->cache;
    ra_digest *digests = ra_alloc(count, sizeof *digests);
    size_t *missing = ra_alloc(count, sizeof *missing), n = 0;
    for (size_t i = 0; i < count; i++) {
        ra_sha256_bytes(texts[i].text, strlen(texts[i].text), digests[i]);
        size_t record = ra_map_get(&c->index, digests[i]);
        if (record == RA_MAP_NONE)
            missing[n++] = i;
        else
            memcpy(vectors + i * c->dimension, c->records + record * c->record + KEY,
                   c->record - KEY);
    }
    ra_progress progress;
    bool ok = true;
    ra_progress_start(&progress, "embed", "texts", n);
    for (size_t from = 0; ok && from < n; from += AT_A_TIME) {
        size_t some = n - from < AT_A_TIME ? n - from : AT_A_TIME;
        ok = make(e, texts, missing + from, some, vectors, err) &&
             add_made(e, digests, missing + from, some, vectors, err);
        ra_progress_update(&progress, from + some);
    }
    ra_progress_end(&progress);
    free(digests);
    free(missing);
    return ok;
}

bool ra_embed_cached(ra_embedder *embedder, const char *folder, const ra_embed_text *texts,
                     size_t count, float *vectors, ra_error *err)
{
    if (embedder->kind->keep_in)
        embedder->kind->keep_in(embedder->state, folder);
    if (!folder || !embedder->kind->slow)
        return ra_embedder_embed(embedder, texts, count, vectors, err);
    if (!embedder->cache && !(embedder->cache = open_cache(embedder, folder, err)))
        return false;
    return embed_through(embedder, texts, count, vectors, err);
}
