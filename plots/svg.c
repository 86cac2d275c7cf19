#include "plots/svg.h"

#include <string.h>

static const char *const before_ids[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};

/* Copies one tag; attributes of gnuplot hold no text of ours, so quotes need no care. */
static void put_tag(ra_buf *out, const char *tag, size_t length, const char *name)
{
    for (size_t at = 0; at < length;) {
        size_t skipped = 0;
        for (size_t i = 0; i < sizeof before_ids / sizeof *before_ids && !skipped; i++) {
            size_t n = strlen(before_ids[i]);
            if (n <= length - at && memcmp(tag + at, before_ids[i], n) == 0)
                skipped = n;
        }
        if (skipped == 0) {
            ra_buf_putc(out, tag[at++]);
            continue;
        }
        ra_buf_add(out, tag + at, skipped);
        ra_buf_printf(out, "%s-", name);
        at += skipped;
    }
}

static bool starts(const char *at, const char *end, const char *text)
{
    size_t n = strlen(text);
    return n <= (size_t)(end - at) && memcmp(at, text, n) == 0;
}

void ra_svg_tidy(ra_buf *out, const char *svg, size_t length, const char *name)
{
    static const char title_end[] = "</title>";
    const char *at = svg, *end = svg + length;
    bool titled = false;
    while (at < end) {
        const char *tag = memchr(at, '<', (size_t)(end - at));
        tag = tag ? tag : end;
        ra_buf_add(out, at, (size_t)(tag - at));
        const char *after = tag < end ? memchr(tag, '>', (size_t)(end - tag)) : NULL;
        after = after ? after + 1 : end;
        const char *close = NULL;
        if (starts(tag, end, "<title>"))
            close = memmem(after, (size_t)(end - after), title_end, sizeof title_end - 1);
        if (close)
            after = close + sizeof title_end - 1;
        else
            put_tag(out, tag, (size_t)(after - tag), name);
        if (close && !titled)
            ra_buf_printf(out, "<title>%s</title>", name);
        titled = titled || close;
        at = after;
    }
}
