/* What a causal_llm router is told: routers/causal_llm.c says how the fields are written. */
#ifndef RA_ROUTERS_CAUSAL_CONFIG_H
#define RA_ROUTERS_CAUSAL_CONFIG_H

#include "data/json.h"
#include "routers/labels.h"

typedef struct ra_causal_config {
    ra_endpoint endpoint;
    const char *prompt; /* NULL = messages */
    ra_message *messages;
    size_t message_count;
    ra_labels labels;
    size_t threshold, alternatives;
    double unreadable; /* NaN = an error */
    double budget;     /* dollars; NaN = no limit */
} ra_causal_config;

/* Reads the file `path`, then `object`, whose fields count; either may be NULL. Texts are in the
 * arena. */
RA_MUST_CHECK bool ra_causal_config_read(ra_causal_config *config, const char *path,
                                         const ra_json *object, ra_arena *arena, ra_error *err);
/* A prompt or message with the question in it, in the arena. NULL and an error when it cannot be
 * filled, which ra_causal_config_read has ruled out. */
const char *ra_causal_fill(const char *text, const char *question, ra_arena *arena, ra_error *err);

#endif
