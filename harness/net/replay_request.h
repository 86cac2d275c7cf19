/* The bodies of requests to a replay server (net/replay.h): what of them matters. */
#ifndef RA_NET_REPLAY_REQUEST_H
#define RA_NET_REPLAY_REQUEST_H

#include "base/error.h"
#include "base/memory.h"

typedef struct ra_replay_request {
    const char *model;
    const char **texts; /* the user's messages, oldest first; or texts to embed */
    size_t count;
    bool stream, with_usage; /* with_usage: a last event of a stream tells the tokens */
    bool base64;             /* vectors as base64 of float32, little endian */
} ra_replay_request;

/* Texts go to the arena. An error's message is for the client; its code is RA_ERR_INPUT. */
RA_MUST_CHECK bool ra_replay_read_chat(const char *body, size_t length, ra_arena *arena,
                                       ra_replay_request *out, ra_error *err);
RA_MUST_CHECK bool ra_replay_read_completion(const char *body, size_t length, ra_arena *arena,
                                             ra_replay_request *out, ra_error *err);
RA_MUST_CHECK bool ra_replay_read_embedding(const char *body, size_t length, ra_arena *arena,
                                            ra_replay_request *out, ra_error *err);

#endif
