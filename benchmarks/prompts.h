/* How a benchmark's question is put to a model: golden/prompts/NAME, or a file of the user's.
 *
 *   {"schema":"routeassay.prompts/1", "name":"gsm8k-4-shot",
 *    "system": "...",                     said first; may be missing
 *    "question": "Question: {question}",  around each first turn; default {question}
 *    "shots": [{"question","answer"}],    shown before it, as if the model had answered them
 *    "stop": ["..."], "max_tokens": 512}  for the request; may be missing
 *
 * For a chat model the parts are messages. For a model that only continues text they are one text:
 * an answer follows its question after a space, and a blank line follows system text and answers.
 */
#ifndef RA_BENCHMARKS_PROMPTS_H
#define RA_BENCHMARKS_PROMPTS_H

#include "data/recording.h"
#include "net/openai.h"

typedef struct ra_prompts {
    const char *path, *name;
    const char *system, *question; /* system NULL = none */
    ra_message *shots;             /* user and assistant in turn, the template filled in */
    size_t shot_count;             /* messages */
    const char **stop;             /* NULL-terminated; NULL = none */
    uint64_t max_tokens;           /* 0 = not said */
    ra_arena arena;                /* owns all of the above */
} ra_prompts;

/* path NULL: questions as they are. */
RA_MUST_CHECK bool ra_prompts_read(ra_prompts *prompts, const char *path, ra_error *err);
void ra_prompts_release(ra_prompts *prompts);

/* The messages of an item's turn `turn` (from 1): system, shots, and the turns up to this one with
 * `answers` between them. In the arena. */
RA_MUST_CHECK bool ra_prompts_messages(const ra_prompts *prompts, const ra_item *item, size_t turn,
                                       const char *const *answers, ra_arena *arena,
                                       ra_message **messages, size_t *count, ra_error *err);
/* The same messages as one text, for a model that continues it. */
const char *ra_prompts_text(ra_arena *arena, const ra_message *messages, size_t count);

#endif
