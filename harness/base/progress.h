/* One progress line with ETA on stderr, only when that is a terminal. */
#ifndef RA_BASE_PROGRESS_H
#define RA_BASE_PROGRESS_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct ra_progress {
    const char *what; /* "fetch" */
    const char *unit; /* "bytes", "items" */
    uint64_t total;   /* 0 = unknown */
    uint64_t skipped; /* done before it started: not counted in the speed */
    char note[40];    /* shown behind the rest */
    double start_s, last_s;
    bool shown, enabled;
} ra_progress;

void ra_progress_start(ra_progress *p, const char *what, const char *unit, uint64_t total);
/* What else there is to say, such as "loss 0.31", from the next redraw on. */
void ra_progress_note(ra_progress *p, const char *fmt, ...) RA_PRINTF(2, 3);
/* Redraws at most ten times a second. */
void ra_progress_update(ra_progress *p, uint64_t done);
/* Erases the line. */
void ra_progress_end(ra_progress *p);

/* Seconds of a monotonic clock. */
double ra_now_s(void);

#endif
