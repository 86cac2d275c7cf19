/* How far a judge can be trusted: what its recorded judgments say of the judge itself.
 *
 *   repeats      the same question asked k times: how often all ratings are equal, their spread
 *   order        both orders of a pair: how often the verdict stays with the answer, and how often
 *                with the place
 *   length       rank correlation of a rating with its answer's length
 *   unreadable   judgments without a rating: counted and listed, never dropped in silence
 *
 * Intervals are percentiles of a bootstrap over questions: the turns of one go together. */
#ifndef RA_STUDY_JUDGE_AUDIT_H
#define RA_STUDY_JUDGE_AUDIT_H

#include "benchmarks/benchmark.h"
#include "data/json.h"
#include "measure/results.h"

typedef struct ra_judge_unreadable {
    const char *by, *id;
    size_t turn;
    const char *end; /* the last part of the judgment; NULL = the judge said nothing */
} ra_judge_unreadable;

typedef struct ra_judge_repeats {
    size_t rounds;      /* files: JUDGE, JUDGE-repeat-2, ...; fewer than 2: nothing below is set */
    double *means;      /* of each round */
    size_t turns;       /* rated in two rounds or more */
    ra_estimate equal;  /* share of these where all ratings are the same */
    ra_estimate spread; /* mean over them of the standard deviation (n-1) of a turn's ratings */
    double widest;      /* largest difference between two ratings of one turn */
} ra_judge_repeats;

typedef struct ra_judge_orders {
    const char *against;
    size_t turns;          /* with a readable verdict in both orders; 0: nothing below is set */
    size_t consistent;     /* same winner, or a tie twice */
    size_t first, second;  /* both verdicts for the answer shown first; shown second */
    size_t half;           /* a tie in one order only */
    ra_estimate agreement; /* consistent / turns */
    ra_estimate to_first;  /* share of all verdicts with a winner that went to the first place */
    ra_estimate to_longer; /* the same, to the longer answer */
} ra_judge_orders;

typedef struct ra_judge_audit {
    const char *model, *judge;
    size_t judged, rated; /* turns of the first round */
    double mean;
    ra_judge_unreadable *unreadable; /* of all rounds and orders */
    size_t unreadable_count;
    ra_judge_repeats repeats;
    size_t length_turns; /* rated turns whose answer is recorded */
    ra_estimate length;  /* Spearman's rank correlation of rating and answer's length in bytes */
    ra_judge_orders *orders; /* one for each model that it was compared with */
    size_t order_count;
    ra_arena arena; /* owns all of the above */
} ra_judge_audit;

/* `judge` NULL = the only one that rated the model alone, or else any. replicates 0 = no intervals.
 */
RA_MUST_CHECK bool ra_judge_audit_run(ra_judge_audit *audit, ra_set *set,
                                      const ra_benchmark *benchmark, const char *model,
                                      const char *judge, uint64_t seed, size_t replicates,
                                      ra_error *err);
void ra_judge_audit_release(ra_judge_audit *audit);
/* An element of "routeassay.judge-audit/1". The caller frees it. */
ra_json *ra_judge_audit_json(const ra_judge_audit *audit);

#endif
