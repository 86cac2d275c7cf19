/* CSV per RFC 4180, through libcsv in strict mode: quoted newlines, CRLF or LF, a BOM is skipped,
 * spaces belong to the field, blank lines are skipped. The first row is the header. A row with
 * another number of fields, a stray or unterminated quote, invalid UTF-8 or a NUL is an error that
 * names the line. */
#ifndef RA_DATA_CSV_H
#define RA_DATA_CSV_H

#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"

#include <stddef.h>

typedef struct ra_csv {
    const char *path; /* the caller's */
    char **header;    /* columns names */
    char **cells;     /* rows x columns, row-major */
    long *lines;      /* line in which each row starts, 1-based */
    size_t rows, columns;
    ra_arena arena; /* owns all of the above */
} ra_csv;

#define RA_CSV_NONE ((size_t)-1)

RA_MUST_CHECK bool ra_csv_read(ra_csv *csv, const char *path, ra_error *err);
void ra_csv_release(ra_csv *csv);

/* Index of a column by its exact name, RA_CSV_NONE if absent. */
size_t ra_csv_column(const ra_csv *csv, const char *name);
/* The same, but absent is an error that lists the columns there are. */
RA_MUST_CHECK bool ra_csv_need(const ra_csv *csv, const char *name, size_t *column, ra_error *err);
const char *ra_csv_cell(const ra_csv *csv, size_t row, size_t column);

/* Appends a field, quoted when it must be. */
void ra_csv_quote(ra_buf *out, const char *text);

#endif
