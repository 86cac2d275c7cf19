/* Claims: what a document states, and whether it holds ("routeassay.claims/1"):
 *
 *   {"schema","document":{"name","title","url"},
 *    "values":{"t1.random.cpt50":"49.03", ...}         as printed: the digits give the precision
 *    "claims":[{"id":"table6.mt_bench.cpt50",
 *               "source":"Table 6, row MT Bench, column CPT(50%)",
 *               "statement":"routing costs 3.66 times less",
 *               "quantity":"{t1.random.cpt50} / {t1.judge.mf.cpt50}",   see verify/expression.h
 *               "relation":"=",                        or >=, <=, >, <; "=" when absent
 *               "published":"3.66",
 *               "tolerance":"0.02",                    the document's own: 3.66 +- 0.02
 *               "needs":"...",                         what a test would take, when it cannot be
 *                                                      made
 *               "note":"..."}],
 *    "tables":[{"name":"table-2","title":"Table 2","benchmark":"mmlu",
 *               "differs":"...",                       what they do otherwise than we
 *               "rows":[{"kind":"mf","router":"MF","trained_on":"D_arena",
 *                        "cpt50":"t2.arena.mf.cpt50","cpt80":"...","apgr":"..."}]}]}
 *
 * The tables are published figures of routers, to be shown beside those measured here; "cpt50",
 * "cpt80" and "apgr" are ids of claims.
 *
 * A claim whose quantity names only published values is about the document itself; one that names a
 * measured value is about the world. Without a quantity it is not testable, and `needs` says why.
 */
#ifndef RA_VERIFY_CLAIMS_H
#define RA_VERIFY_CLAIMS_H

#include "base/text.h"
#include "measure/results.h"

typedef enum ra_verdict_kind {
    RA_REPRODUCED,   /* equal at the printed precision or within the document's tolerance, or the
                        inequality holds */
    RA_CONSISTENT,   /* not equal, but inside the interval or the rounding of what went in */
    RA_CONTRADICTED, /* outside, against measured results */
    RA_INCONSISTENT, /* the document contradicts itself */
    RA_NOT_TESTABLE, /* something is missing; `reason` names it */
    RA_VERDICTS
} ra_verdict_kind;

extern const char *const ra_verdict_names[RA_VERDICTS];
extern const ra_verdict_kind ra_verdict_order[RA_VERDICTS]; /* the worst first */

typedef struct ra_claim {
    const char *id, *source, *statement;
    const char *quantity; /* NULL: not testable */
    const char *relation; /* "=", ">=", "<=", ">", "<" */
    const char *published;
    const char *tolerance;    /* NULL: half a unit of the last digit printed */
    const char *needs, *note; /* may be NULL */
} ra_claim;

typedef struct ra_published {
    const char *name, *printed;
} ra_published;

/* A router of a document's table. The figures are claims, as printed there. */
typedef struct ra_published_row {
    const char *kind; /* of router, as routers/registry.c names it: what is compared with it */
    const char *router, *trained_on;
    const ra_claim *cpt50, *cpt80, *apgr; /* CPTs in percent */
} ra_published_row;

typedef struct ra_published_table {
    const char *name, *title, *benchmark;
    const char *differs; /* between the document's routers and those measured here */
    ra_published_row *rows;
    size_t row_count;
} ra_published_table;

typedef struct ra_claims {
    const char *path, *name, *title, *url;
    ra_published *values;
    size_t value_count;
    ra_map by_name; /* value name -> index */
    ra_claim *claims;
    size_t claim_count;
    ra_map by_id; /* id of a claim -> index */
    ra_published_table *tables;
    size_t table_count;
    ra_arena arena; /* owns all of the above */
} ra_claims;

RA_MUST_CHECK bool ra_claims_read(ra_claims *claims, const char *path, ra_error *err);
void ra_claims_release(ra_claims *claims);

/* The verdict under another grader that the results have for the benchmarks that are named. */
typedef struct ra_other_verdict {
    const char *grader;
    ra_verdict_kind verdict;
    ra_estimate found;
} ra_other_verdict;

typedef struct ra_judged {
    const ra_claim *claim;
    ra_verdict_kind verdict;
    ra_estimate found;        /* the quantity; NaN when not testable */
    const char *reason;       /* one sentence */
    const char *arithmetic;   /* the quantity with its values put in; "" when not testable */
    bool measured;            /* a measured value took part */
    ra_other_verdict *others; /* of a quantity that names no grader */
    size_t other_count;
} ra_judged;

/* Judges every claim; `results` may be NULL: then what needs measured values is not testable. The
 * claim_count judgments and their texts lie in the arena. A wrong expression is an error. */
RA_MUST_CHECK bool ra_claims_judge(const ra_claims *claims, const ra_results *results,
                                   ra_arena *arena, ra_judged **out, ra_error *err);

void ra_verdicts_count(const ra_claims *claims, const ra_judged *judged,
                       size_t counts[RA_VERDICTS]);

/* verdicts.json ("routeassay.verdicts/1"). The caller frees it. */
ra_json *ra_verdicts_json(const ra_claims *claims, const ra_judged *judged);

#endif
