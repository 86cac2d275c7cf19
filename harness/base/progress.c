#include "base/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double ra_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void ra_progress_start(ra_progress *p, const char *what, const char *unit, uint64_t total)
{
    *p = (ra_progress){.what = what,
                       .unit = unit,
                       .total = total,
                       .start_s = ra_now_s(),
                       .enabled = isatty(STDERR_FILENO) != 0};
    p->last_s = p->start_s;
}

void ra_progress_update(ra_progress *p, uint64_t done)
{
    double now = ra_now_s();
    if (!p->enabled || now - p->last_s < 0.1)
        return;
    p->last_s = now;
    p->shown = true;
    double elapsed = now - p->start_s;
    if (p->total > 0 && done > 0) {
        double share = (double)done / (double)p->total;
        double each = elapsed / (double)(done > p->skipped ? done - p->skipped : 1);
        fprintf(stderr, "\r\033[K%s: %llu of %llu %s (%.0f %%), %.0f s left%s%s", p->what,
                (unsigned long long)done, (unsigned long long)p->total, p->unit, 100 * share,
                each * (double)(p->total - done), *p->note ? ", " : "", p->note);
    } else {
        fprintf(stderr, "\r\033[K%s: %llu %s, %.0f s", p->what, (unsigned long long)done, p->unit,
                elapsed);
    }
    fflush(stderr);
}

void ra_progress_end(ra_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
