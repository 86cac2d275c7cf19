/* The options that score and measure share: which recordings, models, grader and routers. */
#ifndef RA_CLI_ASSAY_OPTIONS_H
#define RA_CLI_ASSAY_OPTIONS_H

#include "cli/options.h"
#include "study/assay.h"

typedef struct ra_assay_options {
    ra_assay_request request;
    ra_list routers;
    uint64_t seed, threads;
    bool allow_trained;
    const char *cache;
    const char *prompts; /* given: recordings need not be */
} ra_assay_options;

#define RA_ASSAY_OPTIONS(o)                                                         \
    {"recordings", RA_TEXT, &(o).request.recordings, "DIR",                         \
     "a recording set, or a folder of them"},                                       \
        {"strong", RA_TEXT, &(o).request.strong, "MODEL", "the strong model"},      \
        {"weak", RA_TEXT, &(o).request.weak, "MODEL", "the weak model"},            \
        {"grader", RA_TEXT, &(o).request.grader, "NAME", "how answers are graded"}, \
        {"judge", RA_TEXT, &(o).request.judge, "NAME", "whose judgments are read"}, \
        {"router", RA_TEXTS, &(o).routers, "[NAME=]KIND[:ARG]", "a router"},        \
        {"allow-trained", RA_FLAG, &(o).allow_trained, NULL,                        \
         "score items that a router was trained on, and mark it"},                  \
        {"cache", RA_TEXT, &(o).cache, "DIR", "keeps embeddings that cost time"},   \
        {"seed", RA_COUNT, &(o).seed, "N", "seed of random routers"},               \
    {                                                                               \
        "threads", RA_COUNT, &(o).threads, "N",                                     \
            "threads, 0 = all cores; results do not depend on it"                   \
    }

/* Checks what is needed and names the routers; two routers of one name are an error. */
RA_MUST_CHECK bool ra_assay_options_check(const ra_assay_options *options, ra_arena *arena,
                                          ra_contender **contenders, ra_error *err);

#endif
