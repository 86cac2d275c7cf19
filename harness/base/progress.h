/* One progress line with ETA on stderr, only when that is a terminal. */
#ifndef RA_BASE_PROGRESS_H
#define RA_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ra_progress {
    const char *what; /* "fetch" */
    const char *unit; /* "bytes", "items" */
    uint64_t total;   /* 0 = unknown */
    uint64_t skipped; /* done before it started: not counted in the speed */
    char note[40];    /* shown at the end: "loss 0.5312" */
    double start_s, last_s;
    bool shown, enabled;
} ra_progress;

void ra_progress_start(ra_progress *p, const char *what, const char *unit, uint64_t total);
/* Redraws at most ten times a second. */
void ra_progress_update(ra_progress *p, uint64_t done);
/* Erases the line. */
void ra_progress_end(ra_progress *p);

/* Seconds of a monotonic clock. */
double ra_now_s(void);

#endif
