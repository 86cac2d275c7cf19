/* One gnuplot process: a script and its data become figure files.
 *
 * gnuplot works in a hidden folder inside the output folder, under names of its own, so that no
 * name of a user reaches a command; finished files are renamed into place. It gets no shell, no
 * start-up file, no secrets of our environment, and a fixed clock where it would write the time.
 */
#ifndef RA_PLOTS_RENDER_H
#define RA_PLOTS_RENDER_H

#include "base/error.h"
#include "base/text.h"

typedef struct ra_rendering {
    const char *script; /* path */
    const char *out_dir, *name;
    unsigned formats; /* of RA_PLOT_* */
    const ra_buf *data;
} ra_rendering;

RA_MUST_CHECK bool ra_render(const ra_rendering *r, ra_error *err);

#endif
