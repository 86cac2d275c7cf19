/* One page that needs nothing else: style, script and figures are inside, no address is outside.
 * Without JavaScript it is the same page, but for tables that do not sort. */
#include "reports/format.h"

#include <math.h>
#include <string.h>

static const ra_special specials[] = {
    {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"},
};

static void escape(ra_buf *out, const char *text)
{
    ra_escape(out, text, specials, sizeof specials / sizeof *specials);
}

/* isolate: text that turns the writing direction turns only itself */
static const char style[] =
    ":root{--ink:#1c2430;--soft:#5b6675;--line:#dfe4ea;--head:#f3f5f8;--accent:#0b5cad}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:80rem;padding:2rem 1.25rem 4rem;color:var(--ink);background:#fff;"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}\n"
    "h1{font-size:1.7rem;line-height:1.25;margin:0 0 .25rem}\n"
    "h2{font-size:1.3rem;margin:3rem 0 1rem;padding-bottom:.3rem;border-bottom:2px solid "
    "var(--accent)}\n"
    "h1,h2,caption,td,th,figcaption,.note{unicode-bidi:isolate;overflow-wrap:break-word}\n"
    ".subtitle{color:var(--soft);margin:0 0 1.25rem}\n"
    "nav{display:flex;flex-wrap:wrap;gap:.4rem 1.1rem;font-size:.93rem}\n"
    "a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}\n"
    ".scroll{overflow-x:auto;margin:1.5rem 0 .4rem}\n"
    "table{border-collapse:collapse;font-size:.87rem;font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;font-weight:600;font-size:1rem;padding:0 0 .5rem}\n"
    "th,td{padding:.32rem .42rem;border-bottom:1px solid var(--line);text-align:left;"
    "vertical-align:baseline}\n"
    "thead th{background:var(--head);border-bottom:1.5px solid #b9c2cd;vertical-align:bottom;"
    "font-weight:600;line-height:1.3}\n"
    "tbody th{font-weight:400;min-width:9rem}\n"
    "tbody tr:hover>*{background:#f8fafc}\n"
    ".n{text-align:right}td.n{white-space:nowrap}td small{display:block;font-weight:400}\n"
    ".s{white-space:nowrap}\n"
    "code{font:.8rem ui-monospace,'DejaVu Sans Mono','Liberation Mono',monospace}\n"
    ".note{color:var(--soft);font-size:.85rem;margin:.3rem 0 0;max-width:62rem}\n"
    "figure{margin:1.75rem 0;max-width:56rem}figure svg{display:block;width:100%;height:auto}\n"
    "figcaption{color:var(--soft);font-size:.85rem;margin-top:.3rem}\n"
    "th button{all:unset;cursor:pointer;font:inherit}\n"
    "th button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}\n"
    "th[aria-sort=ascending] button::after{content:' \\25b2';font-size:.7em}\n"
    "th[aria-sort=descending] button::after{content:' \\25bc';font-size:.7em}\n"
    "@media print{body{max-width:none;padding:0;font-size:10pt}nav{display:none}"
    ".scroll{overflow:visible}h2{break-after:avoid}figure,tr{break-inside:avoid}"
    "thead{display:table-header-group}table{font-size:7.5pt}th,td{padding:.2rem .35rem}"
    "tbody th{min-width:0}.s{white-space:normal}.note,figcaption{font-size:8pt}"
    "code{font-size:6.5pt;overflow-wrap:anywhere}}\n";

/* Numbers sort by data-sort, text as text; what has no number stays below. */
static const char script[] =
    "'use strict';\n"
    "for (const table of document.querySelectorAll('table')) {\n"
    "  const heads = [...table.tHead.rows[0].cells];\n"
    "  heads.forEach((head, column) => {\n"
    "    const button = document.createElement('button');\n"
    "    button.append(...head.childNodes);\n"
    "    button.title = 'sort';\n"
    "    head.append(button);\n"
    "    button.addEventListener('click', () => {\n"
    "      const rising = head.getAttribute('aria-sort') !== 'ascending';\n"
    "      const numeric = head.classList.contains('n');\n"
    "      const key = row => row.cells[column].dataset.sort;\n"
    "      const compare = (a, b) => {\n"
    "        if (!numeric) {\n"
    "          const order = row => row.cells[column].textContent;\n"
    "          return (rising ? 1 : -1) * order(a).localeCompare(order(b));\n"
    "        }\n"
    "        if (key(a) === undefined || key(b) === undefined)\n"
    "          return (key(a) === undefined) - (key(b) === undefined);\n"
    "        return (rising ? 1 : -1) * (key(a) - key(b));\n"
    "      };\n"
    "      heads.forEach(other => other.removeAttribute('aria-sort'));\n"
    "      head.setAttribute('aria-sort', rising ? 'ascending' : 'descending');\n"
    "      const body = table.tBodies[0];\n"
    "      body.append(...[...body.rows].sort(compare));\n"
    "    });\n"
    "  });\n"
    "}\n";

static void element(ra_buf *out, const char *tag, const char *text)
{
    ra_buf_printf(out, "<%s>", tag);
    escape(out, text);
    ra_buf_printf(out, "</%s>", tag);
}

static void begin(ra_buf *out, const ra_document *d)
{
    ra_buf_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    element(out, "title", d->title);
    ra_buf_printf(out, "\n<style>\n%s</style>\n</head>\n<body>\n<header>\n", style);
    element(out, "h1", d->title);
    ra_buf_puts(out, "\n<p class=\"subtitle\">");
    escape(out, d->subtitle);
    ra_buf_puts(out, "</p>\n<nav aria-label=\"Sections\">\n");
    for (size_t i = 0; i < d->section_count; i++) {
        ra_buf_printf(out, "<a href=\"#section-%s\">", d->sections[i].name);
        escape(out, d->sections[i].title);
        ra_buf_puts(out, "</a>\n");
    }
    ra_buf_puts(out, "</nav>\n</header>\n<main>\n");
}

static void section(ra_buf *out, const ra_section *s)
{
    ra_buf_printf(out, "<h2 id=\"section-%s\">", s->name);
    escape(out, s->title);
    ra_buf_puts(out, "</h2>\n");
}

static const char *css_class(ra_column_kind kind)
{
    return kind == RA_COLUMN_NUMBER ? " class=\"n\"" : "";
}

static void headings(ra_buf *out, const ra_table *t)
{
    ra_buf_puts(out, "<thead>\n<tr>");
    for (size_t c = 0; c < t->column_count; c++) {
        ra_buf_printf(out, "<th scope=\"col\"%s>", css_class(t->columns[c].kind));
        escape(out, t->columns[c].heading);
        ra_buf_puts(out, "</th>");
    }
    ra_buf_puts(out, "</tr>\n</thead>\n");
}

/* An interval stands below its value: side by side they make a table too wide for a page. */
static void number_text(ra_buf *out, const char *text)
{
    const char *interval = strstr(text, " [");
    if (!interval) {
        escape(out, text);
        return;
    }
    ra_buf_printf(out, "%.*s", (int)(interval - text), text);
    element(out, "small", interval);
}

static void cell_text(ra_buf *out, ra_column_kind kind, const ra_cell *cell)
{
    if (cell->bold)
        ra_buf_puts(out, "<strong>");
    if (kind == RA_COLUMN_NUMBER)
        number_text(out, cell->text);
    else if (kind == RA_COLUMN_CODE)
        element(out, "code", cell->text);
    else
        escape(out, cell->text);
    if (cell->bold)
        ra_buf_puts(out, "</strong>");
}

/* A short text stays on one line; a long one may be broken. */
static const char *cell_class(const ra_column *column, const ra_cell *cell)
{
    enum { SHORT = 28 };
    if (column->kind != RA_COLUMN_TEXT)
        return css_class(column->kind);
    return strlen(cell->text) <= SHORT ? " class=\"s\"" : "";
}

/* The first column names its row. */
static void put_cell(ra_buf *out, const ra_column *column, const ra_cell *cell, bool first)
{
    const char *tag = first ? "th" : "td";
    ra_buf_printf(out, "<%s%s%s", tag, first ? " scope=\"row\"" : "", cell_class(column, cell));
    if (isfinite(cell->sort)) {
        ra_buf_puts(out, " data-sort=\"");
        ra_buf_number(out, cell->sort);
        ra_buf_puts(out, "\"");
    }
    if (cell->id) {
        ra_buf_puts(out, " title=\"");
        escape(out, cell->id);
        ra_buf_puts(out, "\"");
    }
    ra_buf_puts(out, ">");
    cell_text(out, column->kind, cell);
    ra_buf_printf(out, "</%s>", tag);
}

static void table(ra_buf *out, const ra_table *t)
{
    ra_buf_printf(out, "<div class=\"scroll\">\n<table id=\"table-%s\">\n", t->name);
    element(out, "caption", t->title);
    ra_buf_puts(out, "\n");
    headings(out, t);
    ra_buf_puts(out, "<tbody>\n");
    for (size_t row = 0; row < ra_table_rows(t); row++) {
        ra_buf_puts(out, "<tr>");
        for (size_t c = 0; c < t->column_count; c++)
            put_cell(out, &t->columns[c], ra_table_cell(t, row, c), c == 0);
        ra_buf_puts(out, "</tr>\n");
    }
    ra_buf_puts(out, "</tbody>\n</table>\n</div>\n");
    if (*t->note) {
        ra_buf_puts(out, "<p class=\"note\">");
        escape(out, t->note);
        ra_buf_puts(out, "</p>\n");
    }
}

static void figure(ra_buf *out, const ra_figure *f)
{
    ra_buf_printf(out, "<figure>\n%s\n", f->svg);
    element(out, "figcaption", f->caption);
    ra_buf_puts(out, "\n</figure>\n");
}

static void end(ra_buf *out, const ra_document *d)
{
    (void)d;
    ra_buf_printf(out, "</main>\n<script>\n%s</script>\n</body>\n</html>\n", script);
}

const ra_format ra_html = {.name = "html",
                           .file = "report.html",
                           .begin = begin,
                           .section = section,
                           .table = table,
                           .figure = figure,
                           .end = end,
                           .escape = escape};
