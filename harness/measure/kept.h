/* The measured items inside results.json: with them old results are priced anew without their
 * recordings.
 *
 *   "per_item":{"strong","weak","strong_turns","weak_turns","requests","stratum",
 *               "usage":{"strong":{"tokens_in","tokens_out","characters_in","characters_out"},
 *                        "weak":{...}}}
 *
 * Each is an array with a number per item, one number when all are equal, or null when it is not
 * known. A router's "places" say in which order it sends these items to the strong model. */
#ifndef RA_MEASURE_KEPT_H
#define RA_MEASURE_KEPT_H

#include "measure/results.h"

/* Copies into the arena; stratum_of may be NULL. */
void ra_kept_make(ra_arena *arena, const ra_outcomes *outcomes, const ra_item_usage *usage,
                  const size_t *stratum_of, ra_kept_items *out);
/* The outcomes again, of kept items (counts of what is not kept are 0). */
ra_outcomes ra_kept_outcomes(const ra_kept_items *kept);
/* Places from scores, and scores (of the same order) from places. In the arena. */
size_t *ra_places_make(ra_arena *arena, const double *score, size_t count);
double *ra_places_score(ra_arena *arena, const size_t *place, size_t count);

ra_json *ra_kept_json(const ra_kept_items *kept);
RA_MUST_CHECK bool ra_kept_read(ra_arena *arena, const ra_json *o, ra_json_at at, size_t count,
                                ra_kept_items *out, ra_error *err);
ra_json *ra_places_json(const size_t *place, size_t count);
RA_MUST_CHECK bool ra_places_read(ra_arena *arena, const ra_json *router, ra_json_at at,
                                  size_t count, size_t **out, ra_error *err);

#endif
