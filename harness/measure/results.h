/* results.json ("routeassay.results/1"): everything measured in one study, as plain numbers.
 *
 *   {"schema","tool":{"version","commit"},"study":{"name","title","seed"},
 *    "inputs":[{"path","sha256"}],
 *    "benchmarks":[{"name","title","unit","full_score","grader","default_grader",
 *      "strong":{"model","score","lo","hi","graded","missing"},"weak":{...},
 *      "gap":{"value","lo","hi"},
 *      "intervals":{"method","level","replicates","without_gap","strata","seed"} | null,
 *      "all":{"items","strong","weak"},                      before exclusion
 *      "items","excluded","missing",
 *      "money":{...},"charges":{...},"per_item":{...},      measure/results_cost.h, measure/kept.h
 *      "routers":[{"name","router","bound","hand_rule","items","apgr":{"value","lo","hi"},
 *                  "cpt":{"20":{"value","lo","hi","sustained","sustained_lo","sustained_hi"},
 *                         "50","80"},
 *                  "pgr":{"20":{"value","lo","hi"},"50","80"},        at that share of calls
 *                  "saving":{"50":{"versus_random","money","versus_random_lo",
 *                                  "versus_random_hi","money_lo","money_hi"},...},
 *                  "aiq":{"value","lo","hi"},                          measure/aiq.h
 *                  "rank":{"value","lo","hi"},                         by APGR, 1 = best
 *                  "diagnostics":{"auc":{"value","lo","hi"},"distinct","entropy",
 *                                 "calibration_error",
 *                                 "bins":[{"items","lowest","highest","score","needed"}]},
 *                  "routellm":{"apgr","cpt":{"20","50","80"}} | {"error"},
 *                  "trained":{"kind","embedder","data","gold","battles","labels","folds","seen"},
 *                  "learning":[{"labels","apgr":{"value","lo","hi"}}],   trained routers alone
 *                  "cost":{...},                                       measure/results_cost.h
 *                  "curve":[[c,pgr],...],
 *                  "places":[...]}],                                   measure/kept.h
 *      "points":[{"name","model","score","all_score","graded","missing","strong_calls","all_strong_calls",
 *                 "strong_calls_source","unmapped","lo","hi","calls_lo","calls_hi",
 *                 "pgr":{"value","lo","hi"},
 *                 "same":[{"router","calls":{"value","lo","hi"}}]}],      measure/points.h
 *      "categories":[{"name","items","excluded","missing","strong","weak",
 *                     "routers":[{"name","apgr","calls":{"20","50","80"}}]}],
 *      "chance":{"draws","runs",                                         measure/chance.h
 *                "apgr":{"mean","lo","hi","runs_lo","runs_hi"},"cpt":{"20":{...},"50","80"}} |
 * null, "comparisons":[{"family","a","b","difference":{"value","lo","hi"},"se",
 *                      "p":{"bootstrap","sign_flip"},"holm":{...}}],      measure/compare.h
 *      "oracles":[{"name","rule","score","strong_calls","usd"}],          measure/oracles.h
 *      "graders":[{"grader","rule","strong","weak","missing","strong_up","strong_down","weak_up",
 *                  "weak_down"}]}]}
 *
 * Intervals (measure/resample.h) came with "gap", "intervals", "pgr" and the fields that end in
 * lo and hi; without them those are null or, in files written before, absent. So are "aiq", "rank",
 * "diagnostics", "calls", "chance", "comparisons", "oracles", "trained" and "learning", which came
 * later still, and what points have from "unmapped" on.
 *
 * Fractions lie in [0,1], never percent; what is unknown is null here and NaN in memory. A
 * benchmark may appear more than once, under different graders; then `name` and `grader` together
 * identify it. No time stamps: the same inputs give the same bytes.
 */
#ifndef RA_MEASURE_RESULTS_H
#define RA_MEASURE_RESULTS_H

#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "data/json.h"
#include "measure/usage.h"

#include <stddef.h>
#include <stdint.h>

#define RA_RESULTS_SCHEMA "routeassay.results/1"

/* The shares of the gap that CPT is given for: 20, 50 and 80 %. */
enum { RA_TARGETS = 3 };
extern const double ra_targets[RA_TARGETS];
extern const char *const ra_target_names[RA_TARGETS]; /* "20", "50", "80" */

/* The shares of strong calls that PGR is given for. */
enum { RA_SHARES = 3 };
extern const double ra_shares[RA_SHARES];
extern const char *const ra_share_names[RA_SHARES]; /* "20", "50", "80" */

typedef struct ra_range {
    double lo, hi; /* NaN where none was computed */
} ra_range;

typedef struct ra_estimate {
    double value, lo, hi; /* interval; lo and hi NaN where none was computed */
} ra_estimate;

typedef struct ra_point {
    double c, pgr; /* share of strong calls, performance gap recovered */
} ra_point;

typedef struct ra_cpt {
    ra_estimate at;   /* smallest c at which the curve first reaches the target; NaN = never */
    double sustained; /* smallest c from which it stays there */
    ra_range sustained_range;
} ra_cpt;

typedef struct ra_saving {
    double versus_random; /* CPT of the random router over this router's: 2 = half the calls */
    double money;         /* share of the dollars of always calling the strong model */
    ra_range versus_random_range, money_range;
} ra_saving;

/* RouteLLM's own procedure on the same scores; `error` says why it has no figures, else NULL. */
typedef struct ra_routellm_figures {
    const char *error;
    double apgr, cpt[RA_TARGETS];
} ra_routellm_figures;

/* Items of neighbouring scores: what the router said, and what was true. */
typedef struct ra_calibration_bin {
    size_t items;
    double lowest, highest, score; /* scores of the items: extremes and mean */
    double needed;                 /* share of them on which the strong model is better */
} ra_calibration_bin;

/* What the scores are worth as a statement about each item (measure/diagnostics.h). */
typedef struct ra_diagnostics {
    ra_estimate auc; /* ROC, for "strong needed"; NaN when it is needed always or never */
    size_t distinct; /* scores that differ: thresholds there are */
    double entropy;  /* bits, of the distribution over distinct scores */
    double calibration_error;
    ra_calibration_bin *bins;
    size_t bin_count;
} ra_diagnostics;

/* What a trained router learned from, as its model file says. */
typedef struct ra_trained_on {
    const char *kind;       /* "mf"; NULL = the router was not trained by us */
    const char *embedder;   /* NULL: it reads the text itself */
    const char *data;       /* files of battles, ", " between them; NULL = none */
    const char *gold;       /* benchmarks whose grades were labels, likewise */
    size_t battles, labels; /* all battles, and the gold labels among them; of the first fold */
    size_t folds;           /* of the cross-validation; 0 = one model */
    size_t seen;            /* items scored by a model that was trained on them: should be 0 */
} ra_trained_on;

/* The same router trained on fewer gold labels. */
typedef struct ra_learning_point {
    size_t labels;
    ra_estimate apgr;
} ra_learning_point;

/* Shares of the strong model's score that the cheapest point is sought for. */
enum { RA_KEPT_TARGETS = 3, RA_COST_MARKS = 11 };
extern const double ra_kept_targets[RA_KEPT_TARGETS];
extern const char *const ra_kept_names[RA_KEPT_TARGETS]; /* "90", "95", "99" */

/* Everything that is billed, in dollars per million requests. */
typedef struct ra_cost_parts {
    double strong, weak, router, embedding, judge, fixed;
} ra_cost_parts;

/* The cheapest point of a router's curve that keeps a share of the strong model's score. */
typedef struct ra_cost_target {
    ra_estimate calls; /* share of strong calls */
    ra_estimate usd;   /* dollars per million requests, all parts */
    ra_estimate saved_usd,
        saved; /* against always calling the strong model; share of its dollars */
    ra_cost_parts parts;
    double score;
    /* where, with this share of strong calls, nothing is saved any more; NaN = nowhere */
    double ratio_even;   /* dollars of a strong request over those of a weak one */
    double router_even;  /* dollars of the router per million requests */
    double traffic_even; /* requests per month */
} ra_cost_target;

/* A point of the curve in dollars. */
typedef struct ra_cost_mark {
    double calls, score, usd;
} ra_cost_mark;

/* What the saving at 95 % of the strong score would be if one assumption were another. */
typedef struct ra_tornado_bar {
    const char *assumption, *low, *high; /* what is varied, from where to where */
    double saved_low, saved_high;        /* dollars per million requests */
} ra_tornado_bar;

typedef struct ra_router_cost {
    ra_cost_target target[RA_KEPT_TARGETS];
    ra_cost_mark mark[RA_COST_MARKS]; /* at 0, 10, ... 100 % strong calls */
    ra_tornado_bar *bars;             /* the widest first */
    size_t bar_count;
} ra_router_cost;

typedef struct ra_router_result {
    const char *name;   /* as the study calls it */
    const char *router; /* "KIND[:ARGUMENT]" */
    bool bound;         /* knows the grades: the best possible, not a router */
    bool hand_rule;     /* written down, not learned: what a learned router must beat */
    bool has_own_usd;   /* own_usd is there */
    size_t items;
    ra_estimate apgr;
    ra_cpt cpt[RA_TARGETS];
    ra_estimate pgr[RA_SHARES];
    ra_saving saving[RA_TARGETS];
    ra_estimate aiq;  /* RouterBench's, in the unit of the scores; NaN without prices */
    ra_estimate rank; /* by APGR among the routers that are not bounds; 1 = best */
    ra_diagnostics diagnostics;
    ra_routellm_figures routellm;
    ra_trained_on trained;
    ra_learning_point *learning; /* by rising number of labels, the router itself last */
    size_t learning_count;
    ra_point *curve; /* breakpoints of the exact curve, from (0,0) to (1,1) */
    size_t points;
    ra_router_cost *cost; /* NULL without prices */
    double own_usd;       /* its overhead, where it is not that of the benchmark's charges */
    size_t *place;        /* of each kept item: distinct scores that are higher; NULL = not kept */
} ra_router_result;

typedef struct ra_model_result {
    const char *model;
    double score;           /* mean over the graded turns of the measured items */
    size_t graded, missing; /* turns of items that are kept */
    ra_range range;         /* of score */
} ra_model_result;

/* How the intervals of a benchmark were made. */
typedef struct ra_intervals {
    const char *method; /* "percentile", "bca"; NULL = there are none */
    double level;
    size_t replicates;
    size_t without_gap; /* replicates without a gap: no figures of routers */
    const char *strata; /* "category": each keeps its number of items; NULL = none */
    uint64_t seed;
} ra_intervals;

/* The smallest share of strong calls at which a router reaches the score of a point; NaN = never.
 */
typedef struct ra_same_score {
    const char *router;
    ra_estimate calls;
} ra_same_score;

/* A router that is a point, not a curve: recorded as one set of answers, or by what it chose. */
typedef struct ra_recorded_point {
    const char *name, *model; /* the recorded model, or "KIND:ARGUMENT" of a router that chooses */
    double score;             /* mean over the graded turns of the kept items */
    double all_score;         /* of all items, as published figures often have it */
    size_t graded, missing;   /* turns of kept items */
    size_t unmapped;          /* measured items for which it chose neither model: left out */
    double strong_calls;      /* share of the kept items, NaN = unknown */
    double all_strong_calls;  /* share of all items */
    const char *strong_calls_source;
    ra_range range, calls_range; /* of score and strong_calls, over the measured items */
    ra_estimate pgr;
    ra_same_score *same; /* of each router that is a curve */
    size_t same_count;
} ra_recorded_point;

typedef struct ra_category_router {
    const char *name;
    double apgr;             /* NaN: no gap in this category */
    double calls[RA_SHARES]; /* share of strong calls here when overall it is that of ra_shares */
} ra_category_router;

typedef struct ra_category_result {
    const char *name;
    size_t items, excluded, missing;
    double strong, weak;         /* mean scores; NaN = no items */
    ra_category_router *routers; /* router_count of the benchmark */
} ra_category_result;

/* What one grader makes of the same answers, on kept items; "up" and "down" count the turns that it
 * scores higher and lower than the main grader does. */
typedef struct ra_grader_result {
    const char *grader, *rule;
    double strong, weak; /* mean scores over graded turns */
    size_t missing;      /* turns of both models without a score */
    size_t strong_up, strong_down, weak_up, weak_down;
} ra_grader_result;

/* A model's price on the day, and what a request to it is on average. */
typedef struct ra_priced_model {
    double input, output;         /* dollars per million tokens; NaN = unknown */
    double tokens_in, tokens_out; /* mean of a request */
    const char *date, *source;
} ra_priced_model;

/* What a million requests cost when one model answers all of them. */
typedef struct ra_money {
    double strong_usd, weak_usd; /* per million requests; NaN = no prices asked for */
    const char *tokens;          /* "recorded", or what was assumed */
    const char *as_of;           /* the day whose prices these are */
    ra_priced_model model[RA_SIDES];
    double assumed_input, assumed_output, characters_per_token; /* measure/prices.h */
} ra_money;

/* What is billed besides the models' tokens; dollars per million requests unless said. */
typedef struct ra_charges {
    double router, embedding, judge;
    double fixed;   /* dollars per month */
    double traffic; /* requests per month; NaN = not said */
} ra_charges;

/* The measured items, from which costs are worked out again at other prices. */
typedef struct ra_kept_items {
    double *strong, *weak, *strong_turns, *weak_turns; /* as in ra_outcomes */
    size_t *stratum;                                   /* NULL = replicates have no strata */
    ra_item_usage usage;                               /* its count is 0 where nothing is kept */
} ra_kept_items;

/* How a figure of a random router spreads: one draw, and the mean of several. */
typedef struct ra_spread {
    double mean;
    ra_range draw, runs;
} ra_spread;

typedef struct ra_chance {
    size_t draws; /* simulated; 0 = none */
    size_t runs;  /* whose mean the second range is about */
    ra_spread apgr, cpt[RA_TARGETS];
} ra_chance;

typedef struct ra_p_values {
    double bootstrap, sign_flip;
} ra_p_values;

typedef enum ra_family { RA_AGAINST_RANDOM, RA_AGAINST_HAND_RULE, RA_PAIRS, RA_FAMILIES } ra_family;
extern const char *const ra_family_names[RA_FAMILIES]; /* "random", "hand rule", "pairs" */

/* Two routers on the same items; `b` is "random, exact" where a is compared with chance. */
typedef struct ra_comparison {
    ra_family family;
    const char *a, *b;
    ra_estimate difference; /* APGR of a less that of b */
    double se;              /* its standard error */
    ra_p_values p, holm;    /* two-sided; holm: corrected for the whole family */
} ra_comparison;

/* What choosing the better answer would give, by one convention. */
typedef struct ra_oracle_result {
    const char *name, *rule;
    double score, strong_calls;
    double usd; /* per million requests; NaN without prices */
} ra_oracle_result;

typedef struct ra_benchmark_result {
    const char *name, *title, *unit;
    double full_score;
    const char *grader;
    bool default_grader; /* the benchmark's main result; false = shown beside it */
    ra_model_result strong, weak;
    ra_estimate gap; /* strong less weak */
    ra_intervals intervals;
    size_t items;    /* measured: kept, and graded for both models */
    size_t excluded; /* left out on purpose */
    size_t missing;  /* kept, but without a grade on one side */
    size_t all_items;
    double all_strong, all_weak; /* mean scores over all items, excluded ones too */
    ra_money money;
    ra_charges charges;
    ra_kept_items kept;
    ra_router_result *routers;
    size_t router_count;
    ra_recorded_point *points;
    size_t point_count;
    ra_category_result *categories; /* sorted by name */
    size_t category_count;
    ra_grader_result *graders; /* of the main result; none when one grader alone can read the set */
    size_t grader_count;
    ra_chance chance;
    ra_comparison *comparisons;
    size_t comparison_count;
    ra_oracle_result *oracles;
    size_t oracle_count;
} ra_benchmark_result;

typedef struct ra_result_input {
    const char *path;
    ra_digest sha256;
} ra_result_input;

typedef struct ra_results {
    const char *tool_version, *tool_commit;
    const char *study_name, *study_title;
    uint64_t seed;
    ra_result_input *inputs;
    size_t input_count;
    ra_benchmark_result *benchmarks;
    size_t benchmark_count;
    ra_arena arena; /* owns all of the above */
} ra_results;

/* Copies inputs that are not listed yet. */
void ra_results_add_inputs(ra_results *results, const ra_result_input *inputs, size_t count);
/* The document; ra_results_write prints it. The caller frees it. */
ra_json *ra_results_json(const ra_results *results);
RA_MUST_CHECK bool ra_results_read(ra_results *results, const char *path, ra_error *err);
RA_MUST_CHECK bool ra_results_write(const ra_results *results, const char *path, ra_error *err);
void ra_results_release(ra_results *results);

#endif
