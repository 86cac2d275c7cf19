/* Memory: allocation that cannot fail, and arenas.
 *
 * ra_alloc and friends end the process with exit code 5 when memory runs out, so that no caller
 * has a path that cannot be tested. An arena owns everything allocated from it; results that live
 * together are allocated together and released at once:
 *
 *     ra_arena arena = {0};
 *     char *name = ra_arena_strdup(&arena, text);
 *     ...
 *     ra_arena_release(&arena);
 */
#ifndef RA_BASE_MEMORY_H
#define RA_BASE_MEMORY_H

#include "base/error.h"

#include <stddef.h>

/* Zeroed memory for count elements; the caller frees it with free(). Never NULL. */
void *ra_alloc(size_t count, size_t size);
/* realloc of count elements (new part not zeroed). Never NULL. */
void *ra_realloc(void *old, size_t count, size_t size);
char *ra_strdup(const char *text);

/* Grows *array (elements of `size` bytes, *capacity of them) so that it holds at least `need`. */
void ra_grow(void *array, size_t *capacity, size_t need, size_t size);

typedef struct ra_arena {
    struct ra_arena_block *blocks; /* newest first; zero-initialise */
} ra_arena;

/* Zeroed memory, aligned to 16 bytes, owned by the arena. Not thread-safe: one thread an arena. */
void *ra_arena_alloc(ra_arena *arena, size_t count, size_t size);
char *ra_arena_strdup(ra_arena *arena, const char *text);
char *ra_arena_strndup(ra_arena *arena, const char *text, size_t length);
char *ra_arena_printf(ra_arena *arena, const char *fmt, ...) RA_PRINTF(2, 3);
/* Hands all blocks of `from` to `to`; `from` is empty afterwards. For arenas filled by threads. */
void ra_arena_take(ra_arena *to, ra_arena *from);
void ra_arena_release(ra_arena *arena);

#endif
