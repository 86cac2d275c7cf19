/* A report before it has a format: sections of tables and figures.
 *
 * Text in a table is one printable line (control characters and broken UTF-8 show as \xNN), so a
 * writer has only its own special characters to escape. Cells are appended row after row:
 *
 *     ra_table *t = ra_table_new(arena, "gsm8k-routers", "GSM8K: routers", columns, 2, rows);
 *     ra_table_text(t, "random");
 *     ra_table_number(t, 0.5, 3);
 *     ra_table_mark_best(t);
 */
#ifndef RA_REPORTS_TABLE_H
#define RA_REPORTS_TABLE_H

#include "base/memory.h"
#include "base/text.h"
#include "measure/results.h"

typedef enum ra_best { RA_BEST_NONE, RA_BEST_HIGHEST, RA_BEST_LOWEST } ra_best;

typedef enum ra_column_kind {
    RA_COLUMN_TEXT,
    RA_COLUMN_NUMBER,
    RA_COLUMN_CODE, /* paths and digests: fixed width */
} ra_column_kind;

typedef struct ra_column {
    const char *heading;
    ra_column_kind kind;
    ra_best best; /* which value of a group is shown bold */
} ra_column;

typedef struct ra_cell {
    const char *text;
    double sort;    /* NaN: by text */
    const char *id; /* what `routeassay explain` calls it, or NULL */
    int group;      /* cells of one group compete for being the best; 0 = none */
    bool bold;
} ra_cell;

typedef struct ra_table {
    const char *name; /* fit for a file name */
    const char *title, *note;
    ra_column *columns;
    size_t column_count;
    ra_cell *cells; /* row after row */
    size_t filled, capacity;
    int group; /* of the cells that are appended next */
    ra_arena *arena;
} ra_table;

typedef struct ra_figure {
    const char *name;    /* NAME-KIND, of file name characters */
    const char *caption; /* printable */
    const char *image;   /* path from the report to the SVG file */
    const char *drawing; /* path from the report to the PDF file, NULL if there is none */
    const char *svg;     /* the SVG's text, from its <svg on; NULL unless it was asked for */
} ra_figure;

typedef struct ra_section {
    const char *name; /* its number, for links */
    const char *title;
    const char *figures_of[2]; /* NAME and NAME@GRADER of the figures that belong here, or NULL */
    ra_table *tables;
    size_t table_count, table_capacity;
    ra_figure *figures;
    size_t figure_count;
} ra_section;

typedef struct ra_document {
    const char *title, *subtitle;
    ra_section *sections;
    size_t section_count, section_capacity;
    ra_arena arena; /* owns all of the above */
} ra_document;

/* A table for at most `rows` rows. Title and headings are made printable. */
ra_table *ra_table_new(ra_arena *arena, const char *name, const char *title,
                       const ra_column *columns, size_t column_count, size_t rows);
void ra_table_note(ra_table *t, const char *fmt, ...) RA_PRINTF(2, 3);
/* Appending a cell; the cell may be completed by the caller. */
ra_cell *ra_table_text(ra_table *t, const char *text);
ra_cell *ra_table_textf(ra_table *t, const char *fmt, ...) RA_PRINTF(2, 3);
ra_cell *ra_table_count(ra_table *t, size_t value);
/* A dash when the value is not finite. */
ra_cell *ra_table_number(ra_table *t, double value, int decimals);
ra_cell *ra_table_signed(ra_table *t, double value, int decimals);
/* "0.602 [0.590, 0.613]", without the interval where there is none; times `factor`, and less
 * `offset`. */
ra_cell *ra_table_estimate(ra_table *t, const ra_estimate *e, double factor, double offset,
                           int decimals);
/* The same with a sign on every number. */
ra_cell *ra_table_signed_estimate(ra_table *t, const ra_estimate *e, int decimals);
size_t ra_table_rows(const ra_table *t);
const ra_cell *ra_table_cell(const ra_table *t, size_t row, size_t column);
/* Cells that show the same as the best one of their group are bold too. */
void ra_table_mark_best(ra_table *t);

ra_section *ra_document_section(ra_document *d, const char *title);
void ra_section_add(ra_document *d, const ra_table *table); /* to the last section */

/* One printable line, in the arena. */
const char *ra_printable_text(ra_arena *arena, const char *text);
/* Part of a file name (ra_buf_file_part). */
const char *ra_file_part(ra_arena *arena, const char *text);

#endif
