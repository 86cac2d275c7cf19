/* A recording set as an OpenAI-compatible service: what the server answers, without the server.
 *
 * A request names a model, by its recorded name or as "strong" or "weak", and holds a conversation.
 * net/replay_index.h finds the item that is asked about; the answer is what the model was recorded
 * to say, always the same bytes. What nobody recorded is an error (404 with a `code`:
 * unknown_model, unknown_prompt; 400 ambiguous_prompt), never an invention:
 *
 *   - a model of which only grades were recorded answers with an empty text, finish_reason "stop"
 *     and the mark "output":"none". Routing can be measured with it, answers cannot;
 *   - tokens that were not recorded are estimated as bytes / 4, and marked "usage":"estimated";
 *   - n > 1, log-probabilities and images are refused; max_tokens, temperature, seed, stop and
 * tools are accepted and change nothing: the answer was given long ago.
 *
 * Marks stand in the answer's field "routeassay" {"item","turn","found","output","usage"} and in
 * headers x-routeassay-output, x-routeassay-usage.
 *
 *   GET  /health  /v1/models  /v1/models/NAME
 *   POST /v1/chat/completions  /v1/completions  (stream: true = server-sent events)
 *   POST /v1/embeddings        of the one embedding model given to ra_replay_open, if any
 */
#ifndef RA_NET_REPLAY_H
#define RA_NET_REPLAY_H

#include "net/replay_index.h"

typedef struct ra_replay_set {
    ra_set set;
    const char *strong, *weak; /* names of models of the set */
    ra_output **outputs;       /* by model, then by slot; NULL = the model has no outputs file */
} ra_replay_set;

/* Vectors of texts; `ids` are items' ids, NULL where a text is no item's. */
typedef struct ra_replay_embedder {
    const char *name; /* as clients ask for it; NULL = there is none */
    size_t dimension;
    bool (*embed)(void *context, const char *const *ids, const char *const *texts, size_t count,
                  float *vectors, ra_error *err); /* any thread, several at a time */
    void *context;
} ra_replay_embedder;

typedef struct ra_replay {
    ra_replay_set *sets;
    size_t set_count;
    ra_replay_embedder embedder;
    ra_replay_index index;
    ra_arena arena;
} ra_replay;

/* Adds the recording set in a folder with the names of its two models. Needs all of them added
 * before the first answer. */
RA_MUST_CHECK bool ra_replay_add(ra_replay *replay, const char *folder, const char *strong,
                                 const char *weak, ra_error *err);
void ra_replay_close(ra_replay *replay);

typedef struct ra_replay_call {
    const char *method, *path;
    const char *body;
    size_t length;
} ra_replay_call;

/* Who was asked for what: a line of the routing log. */
typedef struct ra_routed {
    const char *endpoint; /* "chat", "completions"; NULL = nothing to log */
    const char *asked;    /* the model as the request calls it */
    const char *model;    /* recorded name; NULL = unknown */
    const char *role;     /* "strong", "weak" or NULL */
    const char **items;   /* ids; more than one when their texts are the same */
    size_t item_count, turn;
    const char *found; /* "exact", "contained" or why nothing was found */
} ra_routed;

typedef struct ra_replay_reply {
    unsigned status;
    const char *type;           /* of the body */
    const char *allow;          /* header of a 405, else NULL */
    const char *output, *usage; /* marks, NULL = none */
    double latency_ms;          /* as recorded; NaN = unknown */
    ra_routed routed;
    ra_buf body;
    ra_arena arena;
} ra_replay_reply;

/* Answers a request; any thread, several at a time. Release the reply. */
void ra_replay_answer(const ra_replay *replay, const ra_replay_call *call, ra_replay_reply *reply);
/* Makes an error answer: {"error":{"message","type","param":null,"code"}}. */
void ra_replay_refuse(ra_replay_reply *reply, unsigned status, const char *code,
                      const char *message);
void ra_replay_reply_release(ra_replay_reply *reply);

#endif
