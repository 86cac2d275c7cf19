#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ra_arena_block {
    struct ra_arena_block *next;
    size_t used, size;
    _Alignas(16) unsigned char data[];
};

enum { BLOCK = 1 << 18 };

static void *must(void *p)
{
    if (!p) {
        fputs("routeassay: out of memory\n", stderr);
        exit(RA_ERR_INTERNAL);
    }
    return p;
}

void *ra_alloc(size_t count, size_t size)
{
    return must(calloc(count ? count : 1, size ? size : 1));
}

void *ra_realloc(void *old, size_t count, size_t size)
{
    return must(reallocarray(old, count ? count : 1, size ? size : 1));
}

char *ra_strdup(const char *text)
{
    return must(strdup(text));
}

void ra_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return;
    size_t wanted = *capacity < 16 ? 16 : *capacity + *capacity / 2;
    if (wanted < need)
        wanted = need;
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = ra_realloc(old, wanted, size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
}

void *ra_arena_alloc(ra_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        must(NULL);
    bytes = (bytes + 15) & ~(size_t)15;
    struct ra_arena_block *top = arena->blocks;
    if (!top || top->size - top->used < bytes) {
        size_t room = bytes > BLOCK ? bytes : BLOCK;
        struct ra_arena_block *fresh = must(calloc(1, sizeof *fresh + room));
        fresh->size = room;
        fresh->next = top;
        arena->blocks = top = fresh;
    }
    void *p = top->data + top->used;
    top->used += bytes;
    return p;
}

char *ra_arena_strndup(ra_arena *arena, const char *text, size_t length)
{
    char *copy = ra_arena_alloc(arena, length + 1, 1);
    memcpy(copy, text, length);
    return copy;
}

char *ra_arena_strdup(ra_arena *arena, const char *text)
{
    return ra_arena_strndup(arena, text, strlen(text));
}

char *ra_arena_printf(ra_arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *text = ra_arena_alloc(arena, (size_t)(length < 0 ? 0 : length) + 1, 1);
    if (length > 0)
        vsnprintf(text, (size_t)length + 1, fmt, again);
    va_end(again);
    return text;
}

void ra_arena_take(ra_arena *to, ra_arena *from)
{
    struct ra_arena_block **end = &to->blocks;
    while (*end)
        end = &(*end)->next;
    *end = from->blocks;
    from->blocks = NULL;
}

void ra_arena_release(ra_arena *arena)
{
    while (arena->blocks) {
        struct ra_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}
