#include "reports/format.h"

void ra_format_document(const ra_format *format, ra_buf *out, const ra_document *d)
{
    format->begin(out, d);
    for (size_t i = 0; i < d->section_count; i++) {
        const ra_section *s = &d->sections[i];
        format->section(out, s);
        for (size_t k = 0; k < s->table_count; k++)
            format->table(out, &s->tables[k]);
        for (size_t k = 0; k < s->figure_count; k++)
            format->figure(out, &s->figures[k]);
    }
    format->end(out, d);
}

static const char *instead_of(char c, const ra_special *specials, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (specials[i].c == c)
            return specials[i].instead;
    return NULL;
}

void ra_escape(ra_buf *out, const char *text, const ra_special *specials, size_t count)
{
    for (; *text; text++) {
        const char *instead = instead_of(*text, specials, count);
        if (instead)
            ra_buf_puts(out, instead);
        else
            ra_buf_putc(out, *text);
    }
}
