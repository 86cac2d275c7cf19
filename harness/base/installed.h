/* The files that come with the program: golden/, plots/, reports/. */
#ifndef RA_BASE_INSTALLED_H
#define RA_BASE_INSTALLED_H

#include "base/memory.h"

/* Path of "golden/prices.json" and the like, in the arena: below the folder ROUTEASSAY_DATA if that
 * is set, else where it was installed, else in the source tree. The file need not exist. */
const char *ra_installed_file(ra_arena *arena, const char *name);

#endif
