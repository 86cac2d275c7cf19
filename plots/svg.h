/* gnuplot's SVG made fit to stand with others in one page: its ids get the figure's name in front,
 * since all figures have the same ones, and its titles, which browsers show as tooltips, go; but
 * for the first, which becomes the figure's name. */
#ifndef RA_PLOTS_SVG_H
#define RA_PLOTS_SVG_H

#include "base/text.h"

/* Appends the SVG. `name` is of the letters that ra_buf_file_part leaves. */
void ra_svg_tidy(ra_buf *out, const char *svg, size_t length, const char *name);

#endif
