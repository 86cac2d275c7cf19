#include "plots/label.h"

#include <stdint.h>
#include <string.h>

enum { MAX_BYTES = 1024 };

typedef struct glyph {
    const char *bytes;
    uint8_t length, width;
} glyph;

/* Joiners, direction marks, line separators, and what XML forbids. */
static const struct {
    uint32_t first, last;
} dropped[] = {{0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
               {0xfdd0, 0xfdef}, {0xfeff, 0xfeff}, {0xfff0, 0xffff}};

static bool is_dropped(uint32_t code)
{
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        if (code >= dropped[i].first && code <= dropped[i].last)
            return true;
    }
    return (code & 0xfffe) == 0xfffe;
}

/* Roughly: what comes after the alphabets and the symbols is as wide as it is high. */
static uint8_t columns(uint32_t code)
{
    return code >= 0x1100 && (code < 0x1e00 || code > 0x2bff) ? 2 : 1;
}

static size_t split(const char *text, glyph *glyphs, size_t *width)
{
    size_t count = 0;
    *width = 0;
    for (size_t n; *text; text += n) {
        n = ra_utf8_length((const unsigned char *)text, strnlen(text, 4));
        n = n ? n : 1;
        uint32_t code = ra_utf8_code(text, n);
        if (is_dropped(code) || (count == 0 && code == ' '))
            continue;
        glyphs[count] = (glyph){text, (uint8_t)n, columns(code)};
        *width += glyphs[count++].width;
    }
    return count;
}

static void put(ra_buf *out, const glyph *g)
{
    if (*g->bytes == '"')
        ra_buf_puts(out, "\u201d");
    else if (*g->bytes == '\\')
        ra_buf_puts(out, "\\\\");
    else
        ra_buf_add(out, g->bytes, g->length);
}

/* Appends glyphs from `first` on that fit into `width` columns; returns what they take. */
static size_t put_some(ra_buf *out, const glyph *glyphs, size_t count, size_t first, size_t width)
{
    size_t used = 0;
    for (size_t i = first; i < count && used + glyphs[i].width <= width; i++) {
        put(out, &glyphs[i]);
        used += glyphs[i].width;
    }
    return used;
}

size_t ra_label(ra_buf *out, const char *text, size_t width)
{
    static const char nameless[] = "(no name)";
    char plain[MAX_BYTES];
    glyph glyphs[MAX_BYTES];
    size_t whole;
    ra_printable(plain, sizeof plain, text ? text : "");
    size_t count = split(plain, glyphs, &whole);
    if (count == 0) {
        ra_buf_puts(out, nameless);
        return sizeof nameless - 1;
    }
    if (whole <= width)
        return put_some(out, glyphs, count, 0, width);
    size_t head = (width - 1) * 3 / 5, tail = width - 1 - head, first = count, used = 0;
    head = put_some(out, glyphs, count, 0, head);
    while (first > 0 && used + glyphs[first - 1].width <= tail)
        used += glyphs[--first].width;
    ra_buf_puts(out, "\u2026");
    return head + 1 + put_some(out, glyphs, count, first, tail);
}
