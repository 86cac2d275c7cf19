/* What each kind of figure draws: functions that write the data file of one benchmark.
 *
 * A data file is blocks of lines with tab-separated fields, a header line first, two blank lines
 * between blocks (gnuplot's `index`). Block 0 holds one line of texts and limits for the drawing.
 * A function returns false when the benchmark has nothing to draw.
 */
#ifndef RA_PLOTS_FIGURES_H
#define RA_PLOTS_FIGURES_H

#include "base/text.h"
#include "measure/overhead.h"
#include "measure/results.h"
#include "verify/claims.h"

enum {
    RA_PLOT_CURVE_POINTS = 600, /* of a curve: two for each step that a printed figure can show */
    RA_PLOT_ROUTERS = 70,       /* as many styles as style.gp has */
    RA_PLOT_POINTS = 26,        /* letters */
    RA_PLOT_BARS = 200,         /* higher pictures are beyond cairo, and readers */
};

bool ra_figure_call_performance(const ra_benchmark_result *b, ra_buf *out);
bool ra_figure_pgr(const ra_benchmark_result *b, ra_buf *out);
bool ra_figure_categories(const ra_benchmark_result *b, ra_buf *out);
bool ra_figure_calibration(const ra_benchmark_result *b, ra_buf *out);
bool ra_figure_learning(const ra_benchmark_result *b, ra_buf *out);
bool ra_figure_tornado(const ra_benchmark_result *b, ra_buf *out);
bool ra_figure_overhead(const ra_overhead *overhead, ra_buf *out);
bool ra_figure_claims(const ra_claims *claims, const ra_judged *judged, ra_buf *out);

/* What one grader makes of both models: mean scores, NaN = none. */
typedef struct ra_grader_scores {
    const char *grader;
    double strong, weak;
} ra_grader_scores;

/* Of a benchmark called `title`, whose scores end at `full_score`; in the order given. */
bool ra_figure_graders(const char *title, const char *unit, double full_score,
                       const ra_grader_scores *rows, size_t count, ra_buf *out);

/* The points of a curve that can be seen: all if there are at most `limit`, else the lowest and the
 * highest of each of limit / 2 - 1 equal steps of c, and both ends. `out` has room for `limit`. */
size_t ra_curve_thin(const ra_point *curve, size_t count, size_t limit, ra_point *out);

/* "Title, grader NAME" and the scale of a benchmark's scores: accuracies are shown in percent. */
void ra_figure_title(ra_buf *out, const ra_benchmark_result *b);
double ra_figure_scale(const ra_benchmark_result *b);
/* "gpt-4 (strong) 85.8 %, mixtral (weak) 63.7 %; 1307 items" */
void ra_figure_subtitle(ra_buf *out, const ra_benchmark_result *b);
/* "Accuracy (%)", "Judge score (of 10)" */
void ra_figure_score_axis(ra_buf *out, const char *unit, double full_score);
/* "; 200 of 570 categories shown" if there are more than are shown. */
void ra_figure_shown(ra_buf *out, size_t shown, size_t all, const char *what);

#endif
