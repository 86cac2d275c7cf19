#include "study/corpus.h"

#include "base/file.h"
#include "embed/cache.h"

#include <stdlib.h>
#include <string.h>

static void add(ra_corpus *p, const char *id, const char *text)
{
    ra_grow(&p->texts, &p->room, p->count + 1, sizeof *p->texts);
    p->texts[p->count++] =
        (ra_embed_text){ra_arena_strdup(&p->arena, id), ra_arena_strdup(&p->arena, text)};
}

void ra_corpus_add_set(ra_corpus *prompts, const ra_set *set)
{
    for (size_t i = 0; i < set->item_count; i++)
        if (!set->items[i].excluded)
            add(prompts, set->items[i].id, set->items[i].turns[0]);
}

bool ra_corpus_add_battles(ra_corpus *prompts, const char *path, ra_error *err)
{
    ra_battles battles = {0};
    bool ok = ra_battles_read(&battles, path, 1, err);
    for (size_t i = 0; ok && i < battles.prompt_count; i++)
        add(prompts, battles.ids[i], battles.prompts[i]);
    if (ok && battles.unreadable > 0)
        fprintf(stderr, "%s: %zu records left out, their prompt cannot be read\n", path,
                battles.unreadable);
    ra_battles_release(&battles);
    return ok;
}

void ra_corpus_release(ra_corpus *prompts)
{
    free(prompts->texts);
    ra_arena_release(&prompts->arena);
    *prompts = (ra_corpus){0};
}

static bool is_set(ra_arena *arena, const char *folder)
{
    return ra_file_exists(ra_path_join(arena, folder, "set.json"));
}

bool ra_sets_find(ra_arena *arena, const char *recordings, const char *const *benchmarks,
                  size_t benchmark_count, const char ***folders, size_t *count, ra_error *err)
{
    char **names = NULL;
    size_t n = 0;
    *count = 0;
    bool one = benchmark_count == 0 && is_set(arena, recordings);
    if (benchmark_count == 0 && !one && !ra_folder_list(arena, recordings, &names, &n, err))
        return false;
    const char **found = ra_arena_alloc(arena, benchmark_count + n + 1, sizeof *found);
    *folders = found;
    if (one)
        found[(*count)++] = recordings;
    for (size_t i = 0; i < benchmark_count; i++)
        if (!ra_set_find(arena, recordings, benchmarks[i], &found[(*count)++], err))
            return false;
    for (size_t i = 0; i < n; i++) {
        const char *folder = ra_path_join(arena, recordings, names[i]);
        if (names[i][0] != '.' && is_set(arena, folder))
            found[(*count)++] = folder;
    }
    return *count > 0 ||
           ra_fail(err, RA_ERR_INPUT, recordings, 0, "no recording set here",
                   "a set is a folder with a set.json; 'routeassay import' makes one");
}

float *ra_corpus_embed(const ra_corpus *prompts, ra_embedder *embedder, bool fit, const char *cache,
                       ra_error *err)
{
    if (fit && embedder->kind->fit) {
        ra_buf learned = {0};
        embedder->kind->fit(embedder->state, prompts->texts, prompts->count, &learned);
        ra_buf_release(&learned);
    }
    float *vectors = ra_alloc(prompts->count * embedder->dimension + 1, sizeof *vectors);
    if (ra_embed_cached(embedder, cache, prompts->texts, prompts->count, vectors, err))
        return vectors;
    free(vectors);
    return NULL;
}
