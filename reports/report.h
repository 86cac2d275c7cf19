/* Documents from results: OUT/report.md, report.html, report.tex (and OUT/tables/NAME.tex, a file
 * for each table to \input elsewhere) and report.json, which is the results unchanged.
 *
 * Figures are those that `routeassay plot` left in a folder, NAME-KIND.svg. Markdown links to them,
 * HTML holds them, LaTeX includes the PDF beside them. Text from results is hostile; each format
 * escapes it (format.h). The same results and figures give the same bytes. */
#ifndef RA_REPORTS_REPORT_H
#define RA_REPORTS_REPORT_H

#include "measure/overhead.h"
#include "measure/results.h"

#include <stdio.h>

enum { RA_REPORT_MD = 1, RA_REPORT_HTML = 2, RA_REPORT_LATEX = 4, RA_REPORT_JSON = 8 };

typedef struct ra_report_options {
    const char *figures_dir;   /* NULL or missing folder = no figures */
    const char *const *claims; /* claim files (verify/claims.h) to be held against the results */
    size_t claim_count;
    const char *overhead; /* overhead.json, NULL or missing file = none */
    const char *out_dir;
    unsigned formats; /* of RA_REPORT_*, 0 = all */
} ra_report_options;

RA_MUST_CHECK bool ra_report_write(const ra_results *results, const ra_report_options *options,
                                   ra_error *err);

/* RA_REPORT_* of "md", "html", "latex" or "json"; 0 if it is none of them. */
unsigned ra_report_format(const char *name);

/* The tables of what routers cost to run, as Markdown for a terminal. */
void ra_report_print_overhead(const ra_overhead *overhead, FILE *out);
/* The tables as Markdown, for a terminal. */
void ra_report_print_tables(const ra_results *results, FILE *out);

/* Those of costs alone. */
void ra_report_print_costs(const ra_results *results, FILE *out);

#endif
