/* GitHub-flavoured Markdown. Columns are padded, so that the text can be read as it is. */
#include "reports/format.h"

#include <string.h>

/* What could begin emphasis, code, a link, HTML, mathematics, an entity or a heading, or end a
 * cell. */
static const ra_special specials[] = {
    {'\\', "\\\\"}, {'`', "\\`"}, {'*', "\\*"}, {'[', "\\["}, {']', "\\]"},
    {'<', "\\<"},   {'>', "\\>"}, {'|', "\\|"}, {'~', "\\~"}, {'$', "\\$"},
    {'&', "\\&"},   {'#', "\\#"}, {'_', "\\_"},
};

static void escape(ra_buf *out, const char *text)
{
    ra_escape(out, text, specials, sizeof specials / sizeof *specials);
}

/* In code nothing can be escaped, so what has specials of its own is shown as text. */
static bool fit_for_code(const char *text)
{
    return *text && !strpbrk(text, "`|\\");
}

static void put_cell(ra_buf *out, const ra_column *column, const ra_cell *cell)
{
    if (column->kind == RA_COLUMN_CODE && fit_for_code(cell->text)) {
        ra_buf_printf(out, "`%s`", cell->text);
        return;
    }
    ra_buf_puts(out, cell->bold ? "**" : "");
    if (column->kind == RA_COLUMN_NUMBER)
        ra_buf_puts(out, cell->text); /* ours; brackets of intervals read better bare */
    else
        escape(out, cell->text);
    ra_buf_puts(out, cell->bold ? "**" : "");
}

/* Characters, not bytes: close enough to columns for padding. */
static size_t width(const ra_buf *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->length; i++)
        count += ((unsigned char)text->text[i] & 0xc0) != 0x80;
    return count;
}

static void pad(ra_buf *out, const ra_buf *text, size_t to, bool right)
{
    size_t gap = to - width(text);
    for (size_t i = 0; right && i < gap; i++)
        ra_buf_putc(out, ' ');
    ra_buf_add(out, text->text ? text->text : "", text->length);
    for (size_t i = 0; !right && i < gap; i++)
        ra_buf_putc(out, ' ');
}

typedef struct grid {
    ra_buf *cells; /* the headings and then the rows, escaped */
    size_t *widths;
    size_t rows, columns;
    ra_arena arena;
} grid;

static void grid_make(grid *g, const ra_table *t)
{
    *g = (grid){.rows = ra_table_rows(t) + 1, .columns = t->column_count};
    g->cells = ra_arena_alloc(&g->arena, g->rows * g->columns, sizeof *g->cells);
    g->widths = ra_arena_alloc(&g->arena, g->columns, sizeof *g->widths);
    for (size_t i = 0; i < g->rows * g->columns; i++) {
        size_t row = i / g->columns, column = i % g->columns;
        if (row == 0)
            escape(&g->cells[i], t->columns[column].heading);
        else
            put_cell(&g->cells[i], &t->columns[column], ra_table_cell(t, row - 1, column));
        size_t w = width(&g->cells[i]);
        if (w > g->widths[column])
            g->widths[column] = w;
        if (g->widths[column] < 3)
            g->widths[column] = 3;
    }
}

static void grid_release(grid *g)
{
    for (size_t i = 0; i < g->rows * g->columns; i++)
        ra_buf_release(&g->cells[i]);
    ra_arena_release(&g->arena);
}

static void rule(ra_buf *out, const ra_table *t, const grid *g)
{
    for (size_t c = 0; c < g->columns; c++) {
        bool right = t->columns[c].kind == RA_COLUMN_NUMBER;
        ra_buf_puts(out, "| ");
        for (size_t i = right ? 1 : 0; i < g->widths[c]; i++)
            ra_buf_putc(out, '-');
        ra_buf_puts(out, right ? ": " : " ");
    }
    ra_buf_puts(out, "|\n");
}

static void rows(ra_buf *out, const ra_table *t)
{
    grid g;
    grid_make(&g, t);
    for (size_t row = 0; row < g.rows; row++) {
        for (size_t c = 0; c < g.columns; c++) {
            ra_buf_puts(out, "| ");
            pad(out, &g.cells[row * g.columns + c], g.widths[c],
                t->columns[c].kind == RA_COLUMN_NUMBER);
            ra_buf_putc(out, ' ');
        }
        ra_buf_puts(out, "|\n");
        if (row == 0)
            rule(out, t, &g);
    }
    grid_release(&g);
}

static void begin(ra_buf *out, const ra_document *d)
{
    ra_buf_puts(out, "# ");
    escape(out, d->title);
    ra_buf_puts(out, "\n\n");
    escape(out, d->subtitle);
    ra_buf_puts(out, "\n");
}

static void section(ra_buf *out, const ra_section *s)
{
    ra_buf_puts(out, "\n## ");
    escape(out, s->title);
    ra_buf_puts(out, "\n");
}

static void table(ra_buf *out, const ra_table *t)
{
    ra_buf_puts(out, "\n### ");
    escape(out, t->title);
    ra_buf_puts(out, "\n\n");
    rows(out, t);
    if (*t->note) {
        ra_buf_puts(out, "\n");
        escape(out, t->note);
        ra_buf_puts(out, "\n");
    }
}

/* A link's target: everything but plain characters as %NN. */
static void put_target(ra_buf *out, const char *path)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-~/@";
    for (; *path; path++) {
        if (strchr(plain, *path))
            ra_buf_putc(out, *path);
        else
            ra_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
    }
}

static void figure(ra_buf *out, const ra_figure *f)
{
    ra_buf_puts(out, "\n![");
    escape(out, f->caption);
    ra_buf_puts(out, "](");
    put_target(out, f->image);
    ra_buf_puts(out, ")\n");
}

static void end(ra_buf *out, const ra_document *d)
{
    (void)out;
    (void)d;
}

const ra_format ra_markdown = {.name = "md",
                               .file = "report.md",
                               .begin = begin,
                               .section = section,
                               .table = table,
                               .figure = figure,
                               .end = end,
                               .escape = escape};
