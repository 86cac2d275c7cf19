/* SVG that may stand in a page as it is: it draws, and neither runs nor fetches anything. */
#ifndef RA_REPORTS_PASSIVE_H
#define RA_REPORTS_PASSIVE_H

#include <stdbool.h>

/* `svg` begins with "<svg". Elements must be known; of attributes, handlers (on...) and style are
 * refused, and references must be to the same figure. Text between tags may be anything. */
bool ra_svg_is_passive(const char *svg);

#endif
