/* Calibrating a router: which threshold gives a wanted share of strong calls, quality or budget on
 * a sample, and what that threshold gives elsewhere.
 *
 *     ra_calibration c = {.goal = RA_GOAL_SHARE, .wanted = 0.3, .prompts = "prompts.txt", ...};
 *     if (!ra_calibrate(&c, err)) ...
 *     c.sample, c.threshold, c.checks[i]
 *     ra_calibration_release(&c);
 *
 * A sample is a file of prompts, or the measured items of a benchmark, which have grades too. */
#ifndef RA_STUDY_CALIBRATE_H
#define RA_STUDY_CALIBRATE_H

#include "measure/threshold.h"
#include "study/assay.h"

typedef enum ra_goal { RA_GOAL_SHARE, RA_GOAL_QUALITY, RA_GOAL_BUDGET, RA_GOALS } ra_goal;
extern const char *const ra_goal_names[RA_GOALS]; /* "strong-calls", "quality", "budget" */

/* What the threshold gives on one sample. */
typedef struct ra_calibration_sample {
    const char *name; /* of the file or benchmark */
    size_t items;
    size_t reached, tied; /* scores at or above the threshold, and equal to it */
    double share;         /* of strong calls */
    ra_range share_range; /* sample: of all prompts; check: where the share should lie here */
    bool shifted;         /* a check whose share lies outside that range */
    ra_estimate quality;  /* share of the strong model's score that is kept; NaN without grades */
    ra_estimate usd;      /* per million requests; NaN without prices */
} ra_calibration_sample;

typedef struct ra_calibration {
    /* wanted; the caller's */
    ra_goal goal;
    double wanted;
    const char *prompts;      /* JSONL or lines of text; NULL: assay.benchmark */
    ra_assay_request assay;   /* recordings are needed for benchmarks alone */
    double hold_out;          /* share of the sample that is set aside and checked; 0 = none */
    const char *const *check; /* benchmarks */
    size_t check_count;
    const ra_prices *prices; /* NULL = no money */
    ra_contender contender;
    ra_resampling how;
    /* found */
    double threshold;
    ra_range threshold_range; /* of the one that gives the share on all prompts; NaN otherwise */
    ra_calibration_sample sample;
    ra_calibration_sample *checks; /* the part held out first */
    size_t checks_made;
    ra_arena arena;
} ra_calibration;

/* A goal that no threshold reaches is bad input. */
RA_MUST_CHECK bool ra_calibrate(ra_calibration *c, ra_error *err);
void ra_calibration_release(ra_calibration *c);
ra_json *ra_calibration_json(const ra_calibration *c);

#endif
