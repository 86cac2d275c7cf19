/* A judge model's protocol (arXiv 2306.05685), as FastChat's llm_judge has it.
 *
 * Templates are lines of JSON in the layout of FastChat's judge_prompts.jsonl:
 *
 *   {"name","type":"single"|"pairwise","system_prompt","prompt_template", ...}
 *
 * golden/judge/templates.jsonl holds some of our own wording under the same names. Which one is
 * taken goes by the item's category and the turn:
 *
 *                                       single               pairwise
 *   first turn                          single-v1            pair-v2
 *   second turn                         single-v1-multi-turn pair-v2-multi-turn
 *   math, reasoning, coding: with       single-math-v1       pair-math-v1
 *   reference answers, second turn      single-math-v1-multi-turn, pair-math-v1-multi-turn
 *
 * The names in a template ({question}, {answer} and so on) are filled from questions, answers and
 * references byte for byte. A pair of answers is judged in both orders; a judge that does not say
 * the same of both has seen a tie. */
#ifndef RA_BENCHMARKS_JUDGE_H
#define RA_BENCHMARKS_JUDGE_H

#include "data/recording.h"

typedef struct ra_judge_template {
    const char *name, *system, *prompt; /* system: "" = no system message */
    bool pairwise;
    long line; /* in the file */
} ra_judge_template;

typedef struct ra_judge_templates {
    const char *path;
    ra_judge_template *list;
    size_t count;
    ra_arena arena; /* owns all of the above */
} ra_judge_templates;

/* path NULL: our own. Two templates of one name, or a name in braces that is not known: errors. */
RA_MUST_CHECK bool ra_judge_templates_read(ra_judge_templates *templates, const char *path,
                                           ra_error *err);
void ra_judge_templates_release(ra_judge_templates *templates);

typedef struct ra_judge_question {
    const ra_judge_template *template_used;
    const char *prompt; /* the user message; in the arena */
} ra_judge_question;

/* The question about turn `turn` (1 or 2) of an item. a: the model's answers to all turns; b: the
 * other model's for a pair, NULL for a single rating. An item of more turns, or without a reference
 * that its category needs: errors. */
RA_MUST_CHECK bool ra_judge_ask(const ra_judge_templates *templates, const ra_item *item,
                                size_t turn, const ra_output *a, const ra_output *b,
                                ra_arena *arena, ra_judge_question *out, ra_error *err);

/* Whether all answers that turn `turn` needs are there. */
bool ra_judge_has_answers(const ra_output *outputs, size_t turn);

/* 'A', 'B', 'C' (tie), or 0 when a pairwise judgment holds no verdict. FastChat looks for [[A]],
 * then [[B]], then [[C]] anywhere in the text. */
char ra_judge_winner(const char *judgment);
/* Of the verdicts in both orders (the second with the answers exchanged): 1 = the first model won,
 * 0 = the second, 0.5 = tie or disagreement, NaN = one is unreadable. */
double ra_judge_pair_score(const char *first, const char *second);

#endif
