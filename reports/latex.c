/* LaTeX with booktabs: report.tex stands alone, tables/NAME.tex is for \input in a paper, which
 * then needs the packages of the preamble below. pdfTeX, XeTeX and LuaTeX take it: characters that
 * pdfTeX may not know are written as [U+4E2D]. */
#include "reports/format.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LONG_ROWS = 30 }; /* more rows than that may need a second page */

/* Hyphens and quotes too, which TeX would join, and brackets, which \\ would take. */
static const ra_special specials[] = {
    {'\\', "\\textbackslash{}"},
    {'{', "\\{"},
    {'}', "\\}"},
    {'$', "\\$"},
    {'&', "\\&"},
    {'#', "\\#"},
    {'%', "\\%"},
    {'_', "\\_\\allowbreak{}"},
    {'/', "/\\allowbreak{}"},
    {'~', "\\textasciitilde{}"},
    {'^', "\\textasciicircum{}"},
    {'<', "\\textless{}"},
    {'>', "\\textgreater{}"},
    {'|', "\\textbar{}"},
    {'"', "\\textquotedbl{}"},
    {'\'', "{'}"},
    {'`', "\\textasciigrave{}"},
    {'-', "{-}"},
    {'[', "{[}"},
    {']', "{]}"},
    {'*', "{*}"},
};

static const struct {
    uint32_t code;
    const char *tex;
} known[] = {
    {0x2013, "--"},           {0x2014, "---"}, {0x00d7, "$\\times$"},
    {0x00b1, "$\\pm$"},       {0x2018, "`"},   {0x2019, "'"},
    {0x201c, "``"},           {0x201d, "''"},  {0x2026, "\\ldots{}"},
    {0x20ac, "\\texteuro{}"}, {0x2212, "$-$"}, {0x00a0, "~"},
};

/* A character that is not ASCII. Latin letters with accents are known to every engine. */
static void put_wide(ra_buf *out, const char *bytes, size_t length)
{
    uint32_t code = ra_utf8_code(bytes, length);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            ra_buf_puts(out, known[i].tex);
            return;
        }
    if (code >= 0xc0 && code <= 0x17f)
        ra_buf_add(out, bytes, length);
    else
        ra_buf_printf(out, "{[}U+%04X{]}", (unsigned)code);
}

static void escape(ra_buf *out, const char *text)
{
    while (*text) {
        size_t length = strnlen(text, 4);
        size_t n = ra_utf8_length((const unsigned char *)text, length);
        if (n > 1) {
            put_wide(out, text, n);
            text += n;
            continue;
        }
        char one[2] = {*text++, 0};
        ra_escape(out, one, specials, sizeof specials / sizeof *specials);
    }
}

static void command(ra_buf *out, const char *name, const char *text)
{
    ra_buf_printf(out, "\\%s{", name);
    escape(out, text);
    ra_buf_puts(out, "}");
}

static const char packages[] = "% \\usepackage{booktabs,longtable,array,graphicx,textcomp}\n";

static void begin(ra_buf *out, const ra_document *d)
{
    ra_buf_puts(out, "\\documentclass[10pt,a4paper]{article}\n"
                     "\\usepackage{iftex}\n"
                     "\\ifpdftex\n"
                     "\\usepackage[T1]{fontenc}\n"
                     "\\usepackage[utf8]{inputenc}\n"
                     "\\fi\n"
                     "\\usepackage[margin=18mm]{geometry}\n"
                     "\\usepackage{booktabs,longtable,array,graphicx,textcomp}\n"
                     "\\setlength{\\parindent}{0pt}\n"
                     "\\begin{document}\n");
    command(out, "section*", d->title);
    ra_buf_puts(out, "\n");
    escape(out, d->subtitle);
    ra_buf_puts(out, "\n\\tableofcontents\n");
}

static void section(ra_buf *out, const ra_section *s)
{
    ra_buf_puts(out, "\n\\clearpage\n");
    command(out, "section", s->title);
    ra_buf_puts(out, "\n");
}

static void table(ra_buf *out, const ra_table *t)
{
    ra_buf_puts(out, "\n");
    command(out, "subsection", t->title);
    ra_buf_printf(out, "\n\\input{tables/%s}\n", t->name);
}

static bool spans_pages(const ra_table *t)
{
    return ra_table_rows(t) > LONG_ROWS;
}

static size_t longest_cell(const ra_table *t, size_t column)
{
    size_t longest = strlen(t->columns[column].heading);
    for (size_t row = 0; row < ra_table_rows(t); row++) {
        size_t length = strlen(ra_table_cell(t, row, column)->text);
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* Tables on one page are shrunk as a whole instead. */
static bool wraps(const ra_table *t, size_t column)
{
    enum { SHORT = 24 };
    return spans_pages(t) && t->columns[column].kind != RA_COLUMN_NUMBER &&
           longest_cell(t, column) > SHORT;
}

/* Share of a column that wraps: text breaks well, paths and digests hardly do. */
static double weight(const ra_table *t, size_t column)
{
    double longest = (double)longest_cell(t, column);
    return t->columns[column].kind == RA_COLUMN_CODE ? longest : sqrt(longest);
}

/* Columns that wrap share what the others leave of the line. */
static void put_columns(ra_buf *out, const ra_table *t)
{
    const double character = 0.0075, gap = 0.025, least = 0.4; /* of the line, in \scriptsize */
    double left = 1, weights = 0;
    for (size_t c = 0; c < t->column_count; c++) {
        left -= gap + (wraps(t, c) ? 0 : character * (double)longest_cell(t, c));
        weights += wraps(t, c) ? weight(t, c) : 0;
    }
    left = left > least ? left : least;
    ra_buf_puts(out, "{@{}");
    for (size_t c = 0; c < t->column_count; c++) {
        if (wraps(t, c))
            ra_buf_printf(out, ">{\\raggedright\\arraybackslash}p{%.3f\\linewidth}",
                          left * weight(t, c) / weights);
        else
            ra_buf_putc(out, t->columns[c].kind == RA_COLUMN_NUMBER ? 'r' : 'l');
    }
    ra_buf_puts(out, "@{}}\n");
}

/* Headings of numbers are wider than the numbers: their words are stacked. */
static void put_stacked(ra_buf *out, const char *heading)
{
    enum { ENOUGH = 4 }; /* characters of a line that takes no more words */
    ra_arena scratch = {0};
    ra_buf_puts(out, "\\shortstack[r]{");
    size_t length = 0;
    for (const char *word = heading; *word;) {
        size_t n = strcspn(word, " ");
        escape(out, ra_arena_strndup(&scratch, word, n));
        length += n;
        word += n;
        word += strspn(word, " ");
        if (*word)
            ra_buf_puts(out, length >= ENOUGH ? "\\\\" : " ");
        length = length >= ENOUGH ? 0 : length;
    }
    ra_buf_puts(out, "}");
    ra_arena_release(&scratch);
}

static void put_headings(ra_buf *out, const ra_table *t)
{
    ra_buf_puts(out, "\\toprule\n");
    for (size_t c = 0; c < t->column_count; c++) {
        ra_buf_puts(out, c ? " & " : "");
        if (t->columns[c].kind == RA_COLUMN_NUMBER)
            put_stacked(out, t->columns[c].heading);
        else
            escape(out, t->columns[c].heading);
    }
    ra_buf_puts(out, " \\\\\n\\midrule\n");
}

static void put_cell(ra_buf *out, const ra_column *column, const ra_cell *cell)
{
    bool minus = column->kind == RA_COLUMN_NUMBER && *cell->text == '-';
    const char *text = cell->text + (minus ? 1 : 0);
    ra_buf_puts(out, minus ? "$-$" : "");
    if (cell->bold)
        command(out, "textbf", text);
    else if (column->kind == RA_COLUMN_CODE)
        command(out, "texttt", text);
    else
        escape(out, text);
}

static void put_rows(ra_buf *out, const ra_table *t)
{
    for (size_t row = 0; row < ra_table_rows(t); row++) {
        for (size_t c = 0; c < t->column_count; c++) {
            ra_buf_puts(out, c ? " & " : "");
            put_cell(out, &t->columns[c], ra_table_cell(t, row, c));
        }
        ra_buf_puts(out, " \\\\\n");
    }
    ra_buf_puts(out, "\\bottomrule\n");
}

/* Tables on one page shrink to the width of the text when they are wider. */
static void part(ra_buf *out, const ra_table *t)
{
    bool pages = spans_pages(t);
    ra_buf_puts(out, packages);
    ra_buf_puts(out, pages ? "{\\scriptsize\n\\begin{longtable}"
                           : "{\\small\n\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else"
                             "\\width\\fi}{!}{%\n\\begin{tabular}");
    put_columns(out, t);
    put_headings(out, t);
    ra_buf_puts(out, pages ? "\\endhead\n" : "");
    put_rows(out, t);
    ra_buf_puts(out, pages ? "\\end{longtable}}\n" : "\\end{tabular}}}\n");
    if (!*t->note)
        return;
    ra_buf_puts(out, "\n\\smallskip\n{\\footnotesize ");
    escape(out, t->note);
    ra_buf_puts(out, "\\par}\n");
}

/* Only paths that TeX reads as they are; others would need quoting that differs by engine. */
static bool fit_for_tex(const char *path)
{
    return !strpbrk(path, " \\{}%#$&~^\"'`") && ra_utf8_check(path, strlen(path)) == strlen(path);
}

static void figure(ra_buf *out, const ra_figure *f)
{
    if (!f->drawing || !fit_for_tex(f->drawing))
        return;
    ra_buf_printf(out,
                  "\n\\begin{center}\n\\includegraphics[width=.85\\linewidth]{%s}\\\\\n{\\small ",
                  f->drawing);
    escape(out, f->caption);
    ra_buf_puts(out, "}\n\\end{center}\n");
}

static void end(ra_buf *out, const ra_document *d)
{
    (void)d;
    ra_buf_puts(out, "\\end{document}\n");
}

const ra_format ra_latex = {.name = "latex",
                            .file = "report.tex",
                            .part_ending = "tex",
                            .begin = begin,
                            .section = section,
                            .table = table,
                            .figure = figure,
                            .end = end,
                            .part = part,
                            .escape = escape};
