/* Battles: two models answered one prompt, and somebody said which answer is better. This is what
 * routers are trained on.
 *
 * Files that are read, told apart by their ending and first record:
 *   .jsonl  {"prompt" (text or list of turns) or "prompt_id", "model_a", "model_b", "winner"},
 * where winner is model_a, model_b, tie or "tie (bothbad)"; "prompt_id" is looked up in the file
 *           prompts.jsonl {"prompt_id","prompt"} beside it
 *   .csv    model_a, model_b, prompt (a JSON list of turns), winner_model_a, winner_model_b,
 *           winner_tie, as in lmsys-arena-human-preference-55k
 *   .json   a list of {"idx","model_a","model_b","winner"} (RouteLLM's pairwise data; idx names a
 *           row of a matrix of embeddings, see the embedder npy), or of
 *           {"instruction","generator_1","generator_2","preference" 1..2} (alpaca_eval annotations)
 * Of a list of turns the first counts: a router sees no more.
 *
 * Prompts with equal text are one prompt. Model names are brought to one form
 * (ra_model_name_normal).
 */
#ifndef RA_DATA_BATTLES_H
#define RA_DATA_BATTLES_H

#include "base/memory.h"
#include "base/text.h"

typedef struct ra_battle {
    size_t prompt, model_a, model_b; /* indices */
    double outcome;                  /* 1 = model_a wins, 0 = model_b wins, 1/2 = tie */
    double weight;                   /* of its data set; 1 unless mixed */
} ra_battle;

/* Zero-initialise. Everything lives in the arena. */
typedef struct ra_battles {
    const char **ids, **prompts; /* prompt_count: id (a row's number for pairwise data) and text */
    size_t prompt_count, prompt_room;
    const char **models;
    size_t model_count, model_room;
    ra_battle *battles;
    size_t count, room;
    size_t unreadable;      /* records left out because their prompt cannot be read */
    const ra_map *keep_out; /* texts of prompts that files must not bring in; NULL = none. Theirs */
    size_t kept_out;        /* records left out for that */
    ra_map prompt_of, model_of;
    ra_arena arena;
} ra_battles;

/* Adds the battles of a file, each with the given weight. */
RA_MUST_CHECK bool ra_battles_read(ra_battles *battles, const char *path, double weight,
                                   ra_error *err);
void ra_battles_release(ra_battles *battles);

/* For battles that come from elsewhere. Text and names are copied. The index of a prompt by its
 * text (id is kept when it is new), and of a model by its normal name. */
size_t ra_battles_prompt(ra_battles *battles, const char *id, const char *text);
size_t ra_battles_model(ra_battles *battles, const char *name);
void ra_battles_add(ra_battles *battles, ra_battle battle);

/* Index of a model by any of its names, RA_MAP_NONE if it took part in no battle. */
size_t ra_battles_find_model(const ra_battles *battles, const char *name);

/* A model's name in one form, appended to out: lower case, without "ORGANISATION/", '_' as '-',
 * "gpt4" and "gpt35" as "gpt-4" and "gpt-3.5", "claude-v1" as "claude-1". */
void ra_model_name_normal(ra_buf *out, const char *name);

#endif
