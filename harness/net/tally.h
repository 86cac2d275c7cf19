/* What calls came to: counts, tokens, dollars, and who served. */
#ifndef RA_NET_TALLY_H
#define RA_NET_TALLY_H

#include "net/calls.h"

/* A model that was asked for, and the one that answered. */
typedef struct ra_served {
    const char *requested, *served;
    size_t calls;
} ra_served;

/* Zero-initialise. */
typedef struct ra_tally {
    size_t asked, stored, planned;     /* answered by the network, by the store; to be asked */
    double tokens_in, tokens_out;      /* of asked ones, as the servers say */
    double planned_in, planned_out;    /* estimates */
    double usd, planned_usd;           /* dollars of asked and of planned ones */
    size_t unpriced, planned_unpriced; /* calls whose dollars nobody knows */
    ra_served *served;
    size_t served_count, served_capacity;
    ra_map pairs;
    ra_arena arena;
} ra_tally;

void ra_tally_add(ra_tally *tally, const ra_call_answer *answer);
/* Dollars of a call, as soon as they are spent; NaN = nobody knows. */
void ra_tally_spend(ra_tally *tally, double usd);
void ra_tally_plan(ra_tally *tally, const ra_call *call, double usd);
void ra_tally_print(const ra_tally *tally, bool dry, FILE *out);
void ra_tally_release(ra_tally *tally);

#endif
