/* Figures of a folder, dealt to the sections of a document. */
#ifndef RA_REPORTS_FIGURES_H
#define RA_REPORTS_FIGURES_H

#include "reports/table.h"

/* Adds each NAME-KIND.svg to the section of its benchmark, and the others to a section at the end.
 * Paths are made relative to out_dir, which must exist. `read` reads the SVG text too. */
RA_MUST_CHECK bool ra_figures_add(ra_document *d, const char *figures_dir, const char *out_dir,
                                  bool read, ra_error *err);

#endif
