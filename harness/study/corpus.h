/* Prompts to be embedded: of recording sets and of battles. Of several turns the first counts. */
#ifndef RA_STUDY_CORPUS_H
#define RA_STUDY_CORPUS_H

#include "data/battles.h"
#include "data/recording.h"
#include "embed/embed.h"

/* Zero-initialise. Everything lives in the arena. */
typedef struct ra_corpus {
    ra_embed_text *texts;
    size_t count, room;
    ra_arena arena;
} ra_corpus;

/* Adds the items of a set that are not excluded. */
void ra_corpus_add_set(ra_corpus *prompts, const ra_set *set);
/* Adds the prompts of a file of battles (data/battles.h), each text once. */
RA_MUST_CHECK bool ra_corpus_add_battles(ra_corpus *prompts, const char *path, ra_error *err);
void ra_corpus_release(ra_corpus *prompts);

/* Folders of sets in the arena: of the benchmarks named, or of all that `recordings` (a set, or a
 * folder of sets) has when none is named. None at all is an error. */
RA_MUST_CHECK bool ra_sets_find(ra_arena *arena, const char *recordings,
                                const char *const *benchmarks, size_t benchmark_count,
                                const char ***folders, size_t *count, ra_error *err);

/* Vectors (count, dimension) that the caller frees, NULL after an error. An embedder that learns
 * learns from these prompts if `fit`. */
float *ra_corpus_embed(const ra_corpus *prompts, ra_embedder *embedder, bool fit, const char *cache,
                       ra_error *err);

#endif
