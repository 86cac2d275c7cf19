#include "net/secrets.h"

#include <stdlib.h>
#include <string.h>

const char *ra_secrets_get(ra_secrets *s, const char *name, ra_error *err)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i].name, name) == 0)
            return s->items[i].value;
    const char *value = getenv(name);
    if (!value || !*value) {
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "the environment variable '%s' is not set", name);
        ra_hintf(err, "it holds the key: export %s=...", name);
        return NULL;
    }
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) {
            ra_failf(err, RA_ERR_USAGE, NULL, 0,
                     "the environment variable '%s' holds a control character", name);
            ra_hintf(err, "a line end at its end, perhaps");
            return NULL;
        }
    ra_grow(&s->items, &s->capacity, s->count + 1, sizeof *s->items);
    s->items[s->count++] = (ra_secret){.name = ra_arena_strdup(&s->arena, name),
                                       .value = ra_arena_strdup(&s->arena, value)};
    return s->items[s->count - 1].value;
}

void ra_secrets_release(ra_secrets *s)
{
    free(s->items);
    ra_arena_release(&s->arena);
    *s = (ra_secrets){0};
}

/* Reads `digits` hex digits at p; -1 if there are not so many. */
static int hex(const char *p, const char *end, int digits)
{
    int value = 0;
    for (int i = 0; i < digits; i++) {
        static const char all[] = "0123456789abcdef";
        const char *d = p + i < end && p[i] ? strchr(all, p[i] | 0x20) : NULL;
        if (!d)
            return -1;
        value = value << 4 | (int)(d - all);
    }
    return value;
}

/* Bytes of text that stand for the character c at p; 0 if they do not. */
static size_t match_character(const char *p, const char *end, unsigned char c)
{
    if (p < end && (unsigned char)*p == c)
        return 1;
    if (end - p >= 2 && p[0] == '\\' && (unsigned char)p[1] == c)
        return 2;
    if (end - p >= 6 && p[0] == '\\' && p[1] == 'u' && hex(p + 2, end, 4) == c)
        return 6;
    if (end - p >= 3 && p[0] == '%' && hex(p + 1, end, 2) == c)
        return 3;
    return 0;
}

static size_t match(const char *p, const char *end, const char *value)
{
    const char *start = p;
    for (; *value; value++) {
        size_t n = match_character(p, end, (unsigned char)*value);
        if (n == 0)
            return 0;
        p += n;
    }
    return (size_t)(p - start);
}

/* The longest secret that begins at p. */
static size_t find(const ra_secrets *s, const char *p, const char *end, const char **name)
{
    size_t longest = 0;
    for (size_t i = 0; i < s->count; i++) {
        size_t n =
            strlen(s->items[i].value) < RA_SECRET_LENGTH ? 0 : match(p, end, s->items[i].value);
        if (n > longest) {
            longest = n;
            *name = s->items[i].name;
        }
    }
    return longest;
}

bool ra_secrets_hide(const ra_secrets *s, const char *text, size_t length, ra_buf *out)
{
    const char *end = text + length, *kept = text, *name = NULL;
    bool any = false;
    for (const char *p = text; p < end;) {
        size_t n = find(s, p, end, &name);
        if (n == 0) {
            p++;
            continue;
        }
        if (!any)
            out->length = 0;
        any = true;
        ra_buf_add(out, kept, (size_t)(p - kept));
        ra_buf_printf(out, "[%s]", name);
        kept = p += n;
    }
    if (any)
        ra_buf_add(out, kept, (size_t)(end - kept));
    return any;
}

const char *ra_secrets_hidden(const ra_secrets *s, ra_arena *arena, const char *text)
{
    ra_buf out = {0};
    if (text && ra_secrets_hide(s, text, strlen(text), &out))
        text = ra_arena_strndup(arena, out.text, out.length);
    ra_buf_release(&out);
    return text;
}

static void clean(const ra_secrets *s, char *text, size_t size)
{
    ra_buf out = {0};
    if (ra_secrets_hide(s, text, strlen(text), &out))
        snprintf(text, size, "%s", out.text);
    ra_buf_release(&out);
}

void ra_secrets_clean(const ra_secrets *s, ra_error *err)
{
    clean(s, err->file, sizeof err->file);
    clean(s, err->message, sizeof err->message);
    clean(s, err->hint, sizeof err->hint);
}
