#include "data/csv.h"

#include "base/file.h"
#include "base/limits.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    ra_csv *csv;
    ra_error *err;
    char **row; /* fields of the row being read */
    size_t fields, row_capacity, cells_capacity, lines_capacity;
    long line, row_line;
    bool failed;
} reader;

static int no_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void fail_row(reader *r, const char *message)
{
    if (!r->failed)
        ra_fail(r->err, RA_ERR_INPUT, r->csv->path, r->row_line, message, NULL);
    r->failed = true;
}

static void take_field(void *text, size_t length, void *context)
{
    reader *r = context;
    if (r->failed)
        return;
    if (length > RA_MAX_FIELD) {
        fail_row(r, "field longer than 32 MiB");
        return;
    }
    if (r->fields == RA_MAX_COLUMNS) {
        fail_row(r, "more than 4096 columns");
        return;
    }
    ra_grow(&r->row, &r->row_capacity, r->fields + 1, sizeof *r->row);
    r->row[r->fields++] = ra_arena_strndup(&r->csv->arena, text ? text : "", length);
}

static void take_header(reader *r)
{
    ra_csv *csv = r->csv;
    csv->columns = r->fields;
    csv->header = ra_arena_alloc(&csv->arena, r->fields, sizeof *csv->header);
    memcpy(csv->header, r->row, r->fields * sizeof *csv->header);
    for (size_t i = 0; i < r->fields && !r->failed; i++) {
        if (ra_csv_column(csv, csv->header[i]) < i) {
            ra_failf(r->err, RA_ERR_INPUT, csv->path, r->row_line, "column '%s' appears twice",
                     csv->header[i]);
            r->failed = true;
        }
    }
}

static void take_row(int terminator, void *context)
{
    (void)terminator;
    reader *r = context;
    ra_csv *csv = r->csv;
    if (r->failed)
        return;
    if (!csv->header) {
        take_header(r);
    } else if (r->fields != csv->columns) {
        size_t last = r->fields < csv->columns ? r->fields : csv->columns - 1;
        ra_failf(r->err, RA_ERR_INPUT, csv->path, r->row_line,
                 "field '%s' %s (%zu columns expected, %zu found)", csv->header[last],
                 r->fields < csv->columns ? "missing" : "is followed by more", csv->columns,
                 r->fields);
        r->failed = true;
    } else {
        ra_grow(&csv->cells, &r->cells_capacity, (csv->rows + 1) * csv->columns,
                sizeof *csv->cells);
        memcpy(csv->cells + csv->rows * csv->columns, r->row, r->fields * sizeof *r->row);
        ra_grow(&csv->lines, &r->lines_capacity, csv->rows + 1, sizeof *csv->lines);
        csv->lines[csv->rows++] = r->row_line;
    }
    r->fields = 0;
    r->row_line = r->line + 1;
}

static long line_of(const char *text, size_t offset)
{
    long line = 1;
    for (size_t i = 0; i < offset; i++)
        line += text[i] == '\n';
    return line;
}

static bool check_bytes(const ra_text *file, const char *path, ra_error *err)
{
    size_t bad = ra_utf8_check(file->text, file->length);
    if (bad < file->length) {
        ra_failf(err, RA_ERR_INPUT, path, line_of(file->text, bad), "invalid UTF-8 (byte %zu)",
                 bad + 1);
        return ra_hintf(err, "convert the file to UTF-8, for example with iconv");
    }
    const char *nul = memchr(file->text, '\0', file->length);
    if (nul)
        return ra_fail(err, RA_ERR_INPUT, path, line_of(file->text, (size_t)(nul - file->text)),
                       "NUL byte", "is this a text file?");
    return true;
}

/* Physical line by physical line, so that a row knows where it started. */
static void parse_lines(struct csv_parser *parser, reader *r, const ra_text *file, size_t at)
{
    while (at < file->length && !r->failed) {
        const char *end = memchr(file->text + at, '\n', file->length - at);
        size_t n = end ? (size_t)(end - file->text) - at + 1 : file->length - at;
        r->line++;
        bool blank = strspn(file->text + at, "\r\n") == n;
        if (csv_parse(parser, file->text + at, n, take_field, take_row, r) != n)
            fail_row(r, csv_strerror(csv_error(parser)));
        if (blank && r->fields == 0 && r->row_line == r->line)
            r->row_line = r->line + 1;
        at += n;
    }
    if (!r->failed && csv_fini(parser, take_field, take_row, r) != 0)
        fail_row(r, "unterminated quote: the file ends inside this row");
}

bool ra_csv_read(ra_csv *csv, const char *path, ra_error *err)
{
    *csv = (ra_csv){.path = path};
    ra_text file;
    if (!ra_file_read(path, &file, err))
        return false;
    reader r = {.csv = csv, .err = err, .row_line = 1};
    struct csv_parser parser;
    if (!check_bytes(&file, path, err)) {
        r.failed = true;
    } else if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0) {
        csv_set_space_func(&parser, no_space);
        csv_set_blk_size(&parser, 1 << 20); /* its buffer grows by 128 bytes otherwise */
        parse_lines(&parser, &r, &file, ra_has_prefix(file.text, "\xef\xbb\xbf") ? 3 : 0);
        csv_free(&parser);
        if (!r.failed && !csv->header) {
            ra_fail(err, RA_ERR_INPUT, path, 0, "empty, expected a header row", NULL);
            r.failed = true;
        }
    }
    free(file.text);
    free(r.row);
    if (r.failed)
        ra_csv_release(csv);
    return !r.failed;
}

void ra_csv_release(ra_csv *csv)
{
    free(csv->cells);
    free(csv->lines);
    ra_arena_release(&csv->arena);
    *csv = (ra_csv){0};
}

size_t ra_csv_column(const ra_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (strcmp(csv->header[i], name) == 0)
            return i;
    return RA_CSV_NONE;
}

bool ra_csv_need(const ra_csv *csv, const char *name, size_t *column, ra_error *err)
{
    *column = ra_csv_column(csv, name);
    if (*column != RA_CSV_NONE)
        return true;
    ra_failf(err, RA_ERR_INPUT, csv->path, 1, "column '%s' missing", name);
    ra_buf found = {0};
    for (size_t i = 0; i < csv->columns; i++)
        ra_buf_printf(&found, "%s%s", i ? ", " : "columns found: ", csv->header[i]);
    ra_hintf(err, "%s", found.text);
    ra_buf_release(&found);
    return false;
}

const char *ra_csv_cell(const ra_csv *csv, size_t row, size_t column)
{
    return csv->cells[row * csv->columns + column];
}

void ra_csv_quote(ra_buf *out, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        ra_buf_puts(out, text);
        return;
    }
    ra_buf_putc(out, '"');
    for (; *text; text++) {
        if (*text == '"')
            ra_buf_putc(out, '"');
        ra_buf_putc(out, *text);
    }
    ra_buf_putc(out, '"');
}
