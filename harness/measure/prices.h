/* Prices of models, and what requests cost ("routeassay.prices/1"):
 *
 *   {"schema","as_of":"2024-07-01",
 *    "assumed_tokens":{"input":95,"output":264,"source":"...","characters_per_token":4},
 *    "prices":[{"model","input","output","source","date"}],      dollars per million tokens
 *    "embeddings":[{"model","input","source","date"}]}           may be absent
 *
 * A model may have several prices, of different dates: the newest that is not after the day asked
 * for counts. A model that is not listed is an error: nothing is free by omission.
 *
 * Tokens are the recorded ones where both models have them for every measured turn; else, with
 * characters_per_token, those of the recorded texts; else the assumed means. Input and output are
 * looked at apart, and results say which it was. */
#ifndef RA_MEASURE_PRICES_H
#define RA_MEASURE_PRICES_H

#include "measure/results.h"
#include "measure/usage.h"
#include "measure/walk.h"

typedef struct ra_price {
    const char *model, *source, *date;
    double input, output; /* dollars per million tokens; an embedding has no output */
} ra_price;

typedef struct ra_prices {
    const char *path, *as_of;             /* the day that is asked for */
    double assumed_input, assumed_output; /* tokens of a request where none are recorded */
    double characters_per_token;          /* NaN = characters say nothing about tokens */
    ra_price *prices;
    size_t count;
    ra_price *embeddings;
    size_t embedding_count;
    ra_arena arena; /* owns all of the above */
} ra_prices;

/* as_of: "YYYY-MM-DD", or NULL for the file's own. */
RA_MUST_CHECK bool ra_prices_read(ra_prices *prices, const char *path, const char *as_of,
                                  ra_error *err);
void ra_prices_release(ra_prices *prices);

/* The price of a model on the day; NULL and an error if there is none. */
const ra_price *ra_prices_find(const ra_prices *prices, const char *model, ra_error *err);

/* Dollars per million requests over all items of the usage, when one model answers all, and the
 * terms they were worked out by. Texts are copied into the arena. */
RA_MUST_CHECK bool ra_prices_money(ra_arena *arena, const ra_prices *prices,
                                   const ra_item_usage *usage, const char *const models[RA_SIDES],
                                   ra_money *out, ra_error *err);

/* Dollars per million requests of each item with either model, and the items' requests as weights:
 * the means of these are what a million requests cost. In the arena. */
void ra_money_sums(ra_arena *arena, const ra_money *money, const ra_item_usage *usage,
                   ra_sums *out);

#endif
