/* Costs in results.json:
 *
 *   "money":{"strong_usd","weak_usd","tokens","as_of",
 *            "assumed":{"input","output","characters_per_token"},
 *            "strong":{"input","output","tokens_in","tokens_out","date","source"},"weak":{...}}
 *   "charges":{"router","embedding","judge","fixed","traffic"}
 *   "cost":{"cheapest":{"90":{"calls":{"value","lo","hi"},"usd","saved_usd","saved",
 *                             "parts":{"strong","weak","router","embedding","judge","fixed"},
 *                             "score","ratio_even","router_even","traffic_even"},"95","99"},
 *           "marks":[[calls,score,usd],...],
 *           "tornado":[{"assumption","low","high","saved_low","saved_high"}]}
 */
#ifndef RA_MEASURE_RESULTS_COST_H
#define RA_MEASURE_RESULTS_COST_H

#include "measure/results.h"

ra_json *ra_money_json(const ra_money *money);
ra_json *ra_charges_json(const ra_charges *charges);
ra_json *ra_cost_json(const ra_router_cost *cost);

RA_MUST_CHECK bool ra_money_read(ra_arena *arena, const ra_json *o, ra_json_at at, ra_money *out,
                                 ra_error *err);
RA_MUST_CHECK bool ra_charges_read(const ra_json *o, ra_json_at at, ra_charges *out, ra_error *err);
/* The router's "cost"; *out is NULL where there is none. */
RA_MUST_CHECK bool ra_cost_read(ra_arena *arena, const ra_json *router, ra_json_at at,
                                ra_router_cost **out, ra_error *err);

#endif
