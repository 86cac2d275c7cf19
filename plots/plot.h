/* Figures of a study, drawn by gnuplot from text results.
 *
 * Every figure is one script (plots/KIND.gp, on top of plots/style.gp) and one data file that this
 * code writes and leaves beside the figure, so that a reader can draw it again or otherwise:
 *
 *     OUT/NAME-KIND.dat  .png  .svg  .pdf            gnuplot -c plots/pgr.gp OUT/NAME-pgr png
 *
 *   call-performance   score against the share of strong calls: each router, the bound, the random
 *                      router, both models and the recorded points
 *   pgr                the same curves as share of the gap recovered, with the 50 and 80 % targets
 *   categories         gap between the models per category
 *   calibration        mean score of a tenth of the items against the share of them that needed the
 *                      strong model, for each router
 *   learning           APGR against the number of gold labels, of routers trained in several steps
 *   tornado            dollars saved at 95 % of the strong score by the router that saves most, if
 *                      one assumption were another; needs prices
 *   graders            score of both models, and the gap, under every grader that the results have
 *
 *   claims             of a file of claims: what was found against what is published, with ranges
 *   overhead     dollars per million requests of each router, ours and published: routers-overhead
 *
 * NAME is the benchmark, or the document that makes the claims; a benchmark that occurs under
 * several graders is told apart by NAME@GRADER, but for its `graders`. What is not a letter, digit,
 * '.', '_' or '-' becomes '_'. A benchmark without categories, without a gap to recover or with one
 * grader has no such figure.
 *
 * Adding one: write plots/KIND.gp, a function that fills its data (figures.h), and a line in the
 * table of plot.c. tests/unit/test_plots.c draws every kind.
 *
 * The same results give the same bytes, on any number of threads, with the same gnuplot and fonts.
 * Text from results reaches gnuplot as data only (label.h).
 */
#ifndef RA_PLOTS_PLOT_H
#define RA_PLOTS_PLOT_H

#include "measure/results.h"

#include <stdio.h>

enum { RA_PLOT_PNG = 1, RA_PLOT_SVG = 2, RA_PLOT_PDF = 4, RA_PLOT_ALL = 7 };

typedef struct ra_plot_options {
    const char *out_dir;
    unsigned formats;          /* of RA_PLOT_*, 0 = all */
    int threads;               /* figures drawn at a time, 0 = all cores */
    const char *const *claims; /* files */
    size_t claim_count;
    const char *overhead; /* overhead.json, NULL or missing file = none */
    FILE *list;           /* receives the path of each file written, a line each; may be NULL */
} ra_plot_options;

/* Draws all figures. Without gnuplot: exit 5, and a hint to install it. */
RA_MUST_CHECK bool ra_plots_write(const ra_results *results, const ra_plot_options *options,
                                  ra_error *err);

/* RA_PLOT_* of "png", "svg" or "pdf"; 0 if it is none of them. */
unsigned ra_plot_format(const char *name);

#endif
