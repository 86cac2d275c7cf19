/* Text from results as gnuplot may show it.
 *
 * Labels travel in data files only, never in commands, and every terminal is set to `noenhanced`,
 * so that back-quotes, @, %, {} and ^ are letters like others. What is left is gnuplot's reading of
 * data files: it stops at tabs and '"' and reads backslash escapes. So a label here is one line of
 * valid XML text without '"' (typographic quotes stand in) and with its backslashes doubled.
 * Control characters and broken UTF-8 show as \xNN; characters that are invisible or turn the
 * writing direction are left out.
 */
#ifndef RA_PLOTS_LABEL_H
#define RA_PLOTS_LABEL_H

#include "base/text.h"

/* Appends at most `width` columns of `text`, and returns how many. The middle of longer ones gives
 * way to an ellipsis, since names often differ only at their end. */
size_t ra_label(ra_buf *out, const char *text, size_t width);

#endif
