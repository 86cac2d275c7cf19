/* The kinds of cells that `explain` knows: what each is about, what it means, and how its
 * arithmetic is told. Adding one: a function and a row in explain_kinds.c, and a line in explain.h.
 * Only explain.c includes this. */
#ifndef RA_REPORTS_EXPLAIN_KINDS_H
#define RA_REPORTS_EXPLAIN_KINDS_H

#include "reports/explain.h"

enum { RA_EXPLAIN_STEPS = 8 }; /* at most, of one explanation */

/* What a cell is about: a benchmark and one of its routers, points, or neither. */
typedef struct ra_explain_subject {
    const ra_benchmark_result *benchmark;
    const ra_router_result *router;
    const ra_recorded_point *point;
    const ra_comparison *comparison;
    int target; /* of ra_targets, or of ra_kept_targets */
} ra_explain_subject;

typedef enum ra_explain_scope {
    RA_OF_BENCHMARK,
    RA_OF_POINT,
    RA_OF_COMPARISON,
    RA_OF_ROUTER, /* and those below: of each router */
    RA_OF_TARGET, /* for each of ra_targets */
    RA_OF_KEPT,   /* for each of ra_kept_targets */
} ra_explain_scope;

typedef struct ra_explain_kind {
    ra_explain_scope of;
    const char *before, *after; /* the target, or the router compared with */
    /* Sets value, recomputed or unknown, and adds steps, of which there is room for
     * RA_EXPLAIN_STEPS. */
    void (*explain)(ra_explanation *e, const ra_explain_subject *s);
    const char *definition, *formula;
} ra_explain_kind;

extern const ra_explain_kind ra_explain_kinds[]; /* ends with one whose explain is NULL */

typedef struct ra_shown {
    char text[32];
} ra_shown;
/* "unknown" if it is not finite. */
ra_shown ra_explain_number(double value);

#endif
