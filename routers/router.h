/* The contract of a router: prompts in, win rates of the strong model out.
 *
 * Adding one:
 *   1. write routers/NAME.c with a `const ra_router_kind ra_router_NAME` (length.c is the model);
 *   2. add one line to registry.c;
 *   3. tests/cli/routers.sh lists every kind and scores the golden set with it; one that learns
 *      (`train` is set; knn.c is the model) is trained by tests/cli/train.sh, and one that calls a
 *      server (causal_llm.c is the model) has a test of its own, tests/cli/KIND.sh.
 *
 * A router is named KIND or KIND:ARGUMENT ("scores:FILE", "exec:COMMAND", "plugin:FILE.so"). The
 * harness opens it once with its argument and a JSON configuration, asks for the scores of batches
 * of prompts, and closes it. Plugins export `const ra_router_kind ra_router_plugin`.
 */
#ifndef RA_ROUTERS_ROUTER_H
#define RA_ROUTERS_ROUTER_H

#include "base/error.h"
#include "data/json.h"
#include "routers/training.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ra_prompt {
    const char *id;   /* item id; a router must not decide by it unless it replays scores */
    const char *text; /* first turn: what a router sees when it must decide */
    double strong_score, weak_score; /* the grades; NaN unless the kind knows_grades */
} ra_prompt;

enum {
    RA_ROUTER_KNOWS_GRADES = 1 << 0, /* sees the grades: a bound, not a router */
    RA_ROUTER_REPLAYS = 1 << 1,      /* scores come from a file made elsewhere */
    RA_ROUTER_HAND_RULE = 1 << 2,    /* written down, not learned: the bar for what is learned */
    RA_ROUTER_EMBEDS = 1 << 3,       /* its training needs the prompts' vectors */
    RA_ROUTER_CHOOSES = 1 << 4,      /* says which model, not how sure: scores of 1 and 0 (NaN where
                                      * it said neither) are a point, not a curve */
    RA_ROUTER_CALLS = 1 << 5,        /* asks a server, or the store of what that answered */
};

typedef struct ra_router_options {
    const char *argument;  /* what stands after "KIND:", NULL if nothing */
    const ra_json *config; /* the router's object in the study file, or NULL */
    uint64_t seed;
    const char *cache;         /* folder for embeddings that cost time to make, NULL = keep none */
    bool allow_trained;        /* a prompt that the model was trained on is scored, not refused */
    const char *strong, *weak; /* names of the two models; NULL where they are not known */
    /* Not NULL: of kinds that call, ask nobody and sum up what stored answers came to, whatever
     * they say (net/calls.h). Scores do not count then. */
    struct ra_call_sums *stored;
    struct ra_ngram_memo *memo; /* counts of n-grams that several routers share, or NULL */
} ra_router_options;

typedef struct ra_router_kind {
    const char *name, *summary;
    unsigned flags;
    /* Makes the router; *state is handed to the other functions. */
    bool (*open)(void **state, const ra_router_options *options, ra_error *err);
    /* Fills score[i] in [0,1] for each of count prompts. Called by one thread at a time. */
    bool (*score)(void *state, const ra_prompt *prompts, size_t count, double *score,
                  ra_error *err);
    void (*close)(void *state);
    /* Called once after all prompts of a benchmark: may complain of what was never asked for. NULL
     * = nothing to say. */
    bool (*finish)(void *state, ra_error *err);
    /* Learns from battles and fills `model`, which `open` then reads from a file. NULL = it has
     * nothing to learn. */
    bool (*train)(const ra_training *training, ra_model_parts *model, ra_error *err);
    /* With these settings (or NULL) training reads the prompts themselves: no vectors are made.
     * NULL = never, of kinds that embed. */
    bool (*reads_texts)(const ra_json *settings);
    /* After all prompts: how the choices were learned, in the arena. Of kinds that choose. */
    const char *(*describe)(void *state, ra_arena *arena);
} ra_router_kind;

typedef struct ra_router {
    const ra_router_kind *kind;
    void *state, *library;
} ra_router;

/* NULL-terminated. */
extern const ra_router_kind *const ra_router_kinds[];

/* NULL and an error that lists the kinds. */
const ra_router_kind *ra_router_find(const char *name, size_t length, ra_error *err);
/* Opens "KIND[:ARGUMENT]"; of options the argument is set here. When the argument is a folder of
 * models for cross-validation (routers/folds.h), each prompt is scored by the model of its fold. */
RA_MUST_CHECK bool ra_router_open(ra_router *router, const char *spec,
                                  const ra_router_options *options, ra_error *err);
/* Scores all prompts of a benchmark in batches and checks that every score is a number in [0,1].
 * A kind that replays scores may leave NaN where it has none: not every prompt need be measured. So
 * may one that chooses. */
RA_MUST_CHECK bool ra_router_score(ra_router *router, const ra_prompt *prompts, size_t count,
                                   double *score, ra_error *err);
void ra_router_close(ra_router *router);

#endif
