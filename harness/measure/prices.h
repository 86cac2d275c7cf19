/* Prices of models, and what a million requests cost ("routeassay.prices/1"):
 *
 *   {"schema","as_of":"2024-07-01",
 *    "assumed_tokens":{"input":95,"output":264,"source":"..."},
 *    "prices":[{"model","input","output","source","date"}],      dollars per million tokens
 *    "embeddings":[{"model","input","source","date"}]}           may be absent
 *
 * A model that is not listed is an error: nothing is free by omission. */
#ifndef RA_MEASURE_PRICES_H
#define RA_MEASURE_PRICES_H

#include "data/recording.h"
#include "measure/outcomes.h"
#include "measure/results.h"

typedef struct ra_price {
    const char *model, *source, *date;
    double input, output; /* dollars per million tokens; an embedding has no output */
} ra_price;

typedef struct ra_prices {
    const char *path, *as_of;
    double assumed_input, assumed_output; /* tokens of a request where none are recorded */
    ra_price *prices;
    size_t count;
    ra_price *embeddings;
    size_t embedding_count;
    ra_arena arena; /* owns all of the above */
} ra_prices;

RA_MUST_CHECK bool ra_prices_read(ra_prices *prices, const char *path, ra_error *err);
void ra_prices_release(ra_prices *prices);

/* Dollars per million requests over the measured items: from the recorded tokens when both models
 * have them for every measured turn, else from the assumed ones, which the result says. Texts are
 * copied into the arena. */
RA_MUST_CHECK bool ra_prices_money(ra_arena *arena, const ra_prices *prices, ra_set *set,
                                   const ra_outcomes *outcomes, const char *strong,
                                   const char *weak, ra_money *out, ra_error *err);

#endif
