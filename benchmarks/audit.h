/* Comparing graders: the same recorded outputs under several rules.
 *
 * A rule that misreads answers changes both models' scores, hence the gap, and every PGR is divided
 * by the gap. The audit says by how much, and shows each answer that one rule takes and another
 * does not. Only items that are kept count. */
#ifndef RA_BENCHMARKS_AUDIT_H
#define RA_BENCHMARKS_AUDIT_H

#include "benchmarks/benchmark.h"
#include "data/json.h"

typedef struct ra_audit_row {
    const char *grader, *rule;
    double strong, weak; /* mean scores over graded turns */
    size_t strong_graded, strong_missing, weak_graded, weak_missing; /* turns */
    size_t strong_up, strong_down, weak_up,
        weak_down;                            /* turns scored higher, lower than `against` */
    size_t strong_better, equal, weak_better; /* turns, where both are graded */
} ra_audit_row;

/* An answer that two graders score differently. */
typedef struct ra_flip {
    const char *grader, *id, *model;
    size_t turn;                     /* 1-based */
    double from, to;                 /* score under `against` and under `grader`; NaN = none */
    const char *from_text, *to_text; /* what each took for the answer; NULL = nothing */
    const char *why;                 /* "no answer found", "another number", ... */
    const char *context; /* the answer's text around what was taken, marked with « » */
} ra_flip;

typedef struct ra_audit {
    const char *benchmark, *strong_model, *weak_model;
    const char *against; /* the grader that the others are compared with */
    ra_audit_row *rows;
    size_t row_count;
    ra_flip *flips; /* by grader, then model, then item */
    size_t flip_count;
    ra_arena arena; /* owns all of the above */
} ra_audit;

/* Runs the graders (all the set has input for when count is 0) on both models. `against` NULL =
 * "recorded" when the set has it, else the benchmark's default. */
RA_MUST_CHECK bool ra_audit_run(ra_audit *audit, ra_set *set, const ra_benchmark *benchmark,
                                const char *strong, const char *weak, const char *judge,
                                const char *against, const char *const *graders, size_t count,
                                ra_error *err);
void ra_audit_release(ra_audit *audit);

/* "routeassay.audit/1". The caller frees it. */
ra_json *ra_audit_json(const ra_audit *audit);

#endif
