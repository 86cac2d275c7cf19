/* The files of golden/sources.json (data/sources.h): from the network (data/download.h), out of a
 * Python package (data/package.h), or from a mirror folder.
 *
 * Both ways end in the same folder layout, OWNER/REPO/COMMIT/PATH below `out`, so the folder that
 * one run filled can be the mirror of the next. Nothing is trusted: every file is verified against
 * its size and SHA-256 before it is renamed into place, and one that is there and right is kept.
 */
#ifndef RA_DATA_FETCH_H
#define RA_DATA_FETCH_H

#include "data/sources.h"

typedef struct ra_fetch_options {
    const char *mirror; /* folder laid out as OWNER/REPO/COMMIT/PATH; NULL = the network */
    const char *out;    /* folder the same layout is written to */
    const char
        *base_url; /* ra_url_is_plain; stands in for https://HOST of every URL; NULL = none */
    unsigned concurrency; /* transfers at once; 0 = 8 */
    unsigned attempts;    /* per file, with back-off between; 0 = 5 */
} ra_fetch_options;

typedef struct ra_fetch_counts {
    size_t kept, fetched; /* already right; downloaded or copied */
    uint64_t bytes;       /* of the latter */
} ra_fetch_counts;

/* Fetches the files of one source; counts are set whatever happens. Errors:
 * an unknown name (exit 2), a network failure or a server's refusal (4), wrong content (4 from the
 * network, 3 from a mirror; both hashes are named, nothing is left behind), a missing file in the
 * mirror or a full disk (3). */
RA_MUST_CHECK bool ra_fetch(const ra_sources *sources, const char *name,
                            const ra_fetch_options *options, ra_fetch_counts *counts,
                            ra_error *err);

#endif
