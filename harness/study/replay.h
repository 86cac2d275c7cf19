/* Serving recordings: which sets, as whom, and vectors by an embedder. */
#ifndef RA_STUDY_REPLAY_H
#define RA_STUDY_REPLAY_H

#include "net/replay_server.h"

typedef struct ra_replay_study {
    const char *recordings;        /* a set, or a folder of sets */
    const char *const *benchmarks; /* NULL: all sets there are */
    size_t benchmark_count;
    const char *strong, *weak; /* NULL: each set's two models, the better one is strong */
    const char *embedder;      /* "[NAME=]SPEC" of embed/embed.h; NULL = no vectors */
    const char *cache;         /* folder of vectors made before; NULL = none */
} ra_replay_study;

/* Reads the recordings and serves them until a signal: net/replay_server.h. */
RA_MUST_CHECK bool ra_replay_run(const ra_replay_study *study, const ra_replay_options *options,
                                 void (*ready)(const char *url), ra_error *err);

#endif
