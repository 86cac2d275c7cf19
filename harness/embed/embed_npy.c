/* npy:FILE.npy: vectors computed elsewhere, found by the item ids in FILE.npy.ids; without that
 * file an id is the row's number, as in RouteLLM's pairwise data. */
#include "base/sha256.h"
#include "base/text.h"
#include "data/npy.h"
#include "embed/embed.h"

#include <stdlib.h>
#include <string.h>

typedef struct state {
    ra_npy npy;
    ra_map rows; /* of the ids */
    char *path;
} state;

static void close_npy(void *context)
{
    state *s = context;
    if (!s)
        return;
    ra_npy_close(&s->npy);
    ra_map_release(&s->rows);
    free(s->path);
    free(s);
}

static bool load(state *s, const char *path, ra_arena *arena, const char **identity, ra_error *err)
{
    ra_digest digest;
    if (!ra_npy_open(&s->npy, path, err))
        return false;
    if (s->npy.ids)
        for (size_t i = 0; i < s->npy.rows; i++)
            ra_map_add(&s->rows, s->npy.ids[i], i);
    if (!ra_sha256_file(path, digest, err))
        return false;
    *identity = ra_arena_printf(arena, "npy:%s", digest);
    return true;
}

static bool open_npy(void **out, const char *argument, ra_arena *arena, size_t *dimension,
                     const char **identity, ra_error *err)
{
    if (!argument)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "embedder 'npy': needs a file",
                       "npy:FILE.npy, with one item id a line in FILE.npy.ids");
    state *s = ra_alloc(1, sizeof *s);
    s->path = ra_strdup(argument);
    if (!load(s, argument, arena, identity, err)) {
        close_npy(s);
        return false;
    }
    *dimension = s->npy.columns;
    *out = s;
    return true;
}

static size_t row_of(const state *s, const char *id)
{
    uint64_t row;
    if (!id || s->npy.ids)
        return id ? ra_map_get(&s->rows, id) : RA_MAP_NONE;
    return ra_parse_count(id, s->npy.rows - 1, &row) ? (size_t)row : RA_MAP_NONE;
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    const state *s = context;
    size_t dimension = s->npy.columns;
    for (size_t i = 0; i < count; i++) {
        size_t row = row_of(s, texts[i].id);
        if (row == RA_MAP_NONE)
            return ra_failf(err, RA_ERR_INPUT, s->path, 0, "no vector for item '%s'",
                            texts[i].id ? texts[i].id : "without an id");
        memcpy(vectors + i * dimension, s->npy.values + row * dimension,
               dimension * sizeof *vectors);
    }
    return true;
}

extern const ra_embedder_kind ra_embedder_npy;
const ra_embedder_kind ra_embedder_npy = {
    .name = "npy",
    .summary =
        "npy:FILE.npy, vectors computed elsewhere; item ids in FILE.npy.ids, else row numbers",
    .open = open_npy,
    .embed = embed,
    .close = close_npy};
