/* Runs a model over a benchmark's items, through the call store, into a recording set.
 *
 * Turn by turn: all first turns at once, then the second turns of the items that got an answer,
 * which see the model's own first answer, and so on. */
#ifndef RA_STUDY_RECORD_H
#define RA_STUDY_RECORD_H

#include "benchmarks/benchmark.h"
#include "benchmarks/prompts.h"
#include "net/calls.h"

typedef struct ra_record_how {
    const char *model; /* what it is called in the set */
    ra_endpoint endpoint;
    const ra_prompts *prompts;
    bool continues;             /* /completions instead of /chat/completions */
    double temperature;         /* NaN = the benchmark's */
    uint64_t max_tokens;        /* 0 = the prompts', else the benchmark's */
    bool max_completion_tokens; /* the name that newer OpenAI models want for it */
    size_t most_items;          /* only the first ones; 0 = all */
    bool replace; /* outputs that the set holds already may be replaced by other ones */
} ra_record_how;

typedef struct ra_record_result {
    size_t items, turns;        /* that were to be answered */
    size_t answered, cut, none; /* turns with an answer; cut off at max_tokens; without text */
    size_t unasked;             /* turns whose turn before got no answer */
    double completion_tokens;   /* NaN when a server did not say */
} ra_record_result;

/* Asks, and writes outputs/MODEL.jsonl and set.json: on an error as well, so that what came is not
 * lost. Outputs of other turns that the set holds stay; another output of the same turn is an error
 * (3) unless `replace`, and then the answers are in the call store all the same. A dry run writes
 * nothing. */
RA_MUST_CHECK bool ra_record_run(ra_set *set, const ra_benchmark *benchmark,
                                 const ra_record_how *how, ra_calls *calls, ra_record_result *out,
                                 ra_error *err);

#endif
