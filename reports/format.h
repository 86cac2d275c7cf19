/* What a report format is: how it begins, shows a section, a table and a figure, and ends.
 * ra_format_document walks a document once for all of them.
 *
 * Adding one: a file that defines its ra_format, a line here, and a line in the table of report.c.
 * tests/unit/test_reports.c tries its escaping with hostile names. */
#ifndef RA_REPORTS_FORMAT_H
#define RA_REPORTS_FORMAT_H

#include "reports/table.h"

typedef struct ra_format {
    const char *name;        /* as --format calls it */
    const char *file;        /* in the report's folder */
    const char *part_ending; /* of the file per table, if there is one */
    void (*begin)(ra_buf *out, const ra_document *d);
    void (*section)(ra_buf *out, const ra_section *s);
    void (*table)(ra_buf *out, const ra_table *t);
    void (*figure)(ra_buf *out, const ra_figure *f);
    void (*end)(ra_buf *out, const ra_document *d);
    void (*part)(ra_buf *out, const ra_table *t);  /* the file per table */
    void (*escape)(ra_buf *out, const char *text); /* one printable line */
} ra_format;

extern const ra_format ra_markdown, ra_latex, ra_html;

void ra_format_document(const ra_format *format, ra_buf *out, const ra_document *d);

/* Appends text; characters that have an entry in `specials` are replaced. */
typedef struct ra_special {
    char c;
    const char *instead;
} ra_special;
void ra_escape(ra_buf *out, const char *text, const ra_special *specials, size_t count);

#endif
