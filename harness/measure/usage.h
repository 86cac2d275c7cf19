/* How much text each measured item is for each model: all that its price is worked out from.
 *
 * A request is one turn. Tokens are those that the recordings count; characters are code points of
 * the texts, for prices files that say how many make a token. What the model is sent at a turn is
 * the conversation so far: the user's turns and the model's own answers. */
#ifndef RA_MEASURE_USAGE_H
#define RA_MEASURE_USAGE_H

#include "measure/outcomes.h"

enum { RA_STRONG, RA_WEAK, RA_SIDES };
enum { RA_TOKENS_IN, RA_TOKENS_OUT, RA_CHARACTERS_IN, RA_CHARACTERS_OUT, RA_USAGE_FACTS };
extern const char *const ra_side_names[RA_SIDES];        /* "strong", "weak" */
extern const char *const ra_usage_names[RA_USAGE_FACTS]; /* "tokens_in", ... */

typedef struct ra_item_usage {
    size_t count;
    double *requests;                       /* turns of each item */
    double *fact[RA_SIDES][RA_USAGE_FACTS]; /* sums over them; NULL = unknown for some item */
} ra_item_usage;

/* Code points of a text, which is valid UTF-8. */
double ra_characters(const char *text);

/* Of the measured items, in the order of the outcomes. In the arena. */
RA_MUST_CHECK bool ra_usage_make(ra_arena *arena, ra_set *set, const ra_outcomes *outcomes,
                                 const char *const models[RA_SIDES], ra_item_usage *out,
                                 ra_error *err);

#endif
