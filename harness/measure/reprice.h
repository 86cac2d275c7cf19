/* Old results at other prices: everything in dollars is worked out again from the kept items, and
 * is what measuring with those prices would have given (intervals of AIQ, which are scaled, apart
 * by rounding).
 *
 *     ra_billing billing = {.router_usd = 3.32, .embedding = "text-embedding-3-small"};
 *     if (!ra_reprice(&results, &prices, &billing, 0, err)) ...
 */
#ifndef RA_MEASURE_REPRICE_H
#define RA_MEASURE_REPRICE_H

#include "measure/prices.h"

/* The overhead of one router. */
typedef struct ra_router_usd {
    const char *router; /* NULL = of all that are not named */
    double usd;         /* dollars per million requests */
} ra_router_usd;

/* What is billed besides the models' tokens. Zero-initialise; traffic is NaN or above 0. */
typedef struct ra_billing {
    const ra_router_usd *routers;
    size_t router_count;
    const char *embedding; /* model that embeds every request, NULL = none */
    const char *judge;     /* model that judges judge_share of the requests, NULL = none */
    double judge_in, judge_out, judge_share;
    double fixed;   /* dollars per month */
    double traffic; /* requests per month; needed with fixed */
} ra_billing;

/* Results without kept items, and models without a price, are bad input. */
RA_MUST_CHECK bool ra_reprice(ra_results *results, const ra_prices *prices,
                              const ra_billing *billing, int threads, ra_error *err);

#endif
