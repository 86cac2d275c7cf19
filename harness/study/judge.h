/* A judge model rates recorded answers, alone or in pairs, through the call store.
 *
 *     ra_judge_job job;
 *     if (!ra_judge_plan(&job, &set, &templates, &how, err)) return false;
 *     bool ok = ra_judge_run(&job, calls, err);      (or ra_judge_check, ra_judge_adopt)
 *     ra_judge_release(&job);
 *
 * A job is a list of rounds: one model judged by one judge once. A round is one file of the set,
 * judgments/MODEL@BY.jsonl, where BY is
 *
 *     JUDGE[-repeat-N][-vs-OTHER-ORDER]        N from 2; ORDER 1: as A and B, 2: exchanged
 *
 * and a pair of rounds in both orders is also grades/MODEL@JUDGE[-repeat-N]-vs-OTHER.jsonl: 1 when
 * both orders prefer MODEL, 0 when both prefer OTHER, else 0.5. */
#ifndef RA_STUDY_JUDGE_H
#define RA_STUDY_JUDGE_H

#include "benchmarks/judge.h"
#include "net/calls.h"

typedef struct ra_judge_how {
    const char *const *models; /* judged */
    size_t model_count;
    const char *against;  /* each model is compared with this one; NULL = rated alone */
    const char *judge;    /* what the judge is called in the set's files */
    unsigned repeats;     /* 1 or more */
    ra_endpoint endpoint; /* its model is the judge's name at the server */
    double temperature;
    uint64_t max_tokens;
    bool max_completion_tokens; /* the name that newer OpenAI models want for it */
    bool replace; /* judgments that the set holds already may be replaced by other ones */
} ra_judge_how;

typedef struct ra_judge_round {
    const char *model, *by;
    const char *grader; /* second round of a pair: writes the grades of both; else NULL */
    bool swapped;       /* the other model is A */
    unsigned repetition;
    ra_judge_question *questions; /* by slot; no template = not asked */
    ra_judgment *judgments;       /* by slot; what came back */
} ra_judge_round;

typedef struct ra_judge_job {
    ra_set *set; /* the caller's */
    const ra_judge_how *how;
    ra_judge_round *rounds;
    size_t round_count;
    size_t questions;  /* in all rounds */
    size_t unanswered; /* turns without an answer to judge, in all rounds */
    ra_arena arena;
} ra_judge_job;

/* Makes all prompts. `set` and `how` must outlive the job. */
RA_MUST_CHECK bool ra_judge_plan(ra_judge_job *job, ra_set *set,
                                 const ra_judge_templates *templates, const ra_judge_how *how,
                                 ra_error *err);
/* Asks, and writes what came back into the set: on an error as well, so that it is not lost. What
 * the set holds of other turns stays; another judgment of the same turn is an error (3) unless
 * `replace`, and then the answers are in the call store all the same. A dry run writes nothing. */
RA_MUST_CHECK bool ra_judge_run(ra_judge_job *job, ra_calls *calls, ra_error *err);

/* A recorded judgment that does not belong to the prompt that we would send. */
typedef struct ra_judge_difference {
    const char *model, *by, *id;
    size_t turn;
    const char *what; /* "no question of ours", "template 'x', recorded with 'y'", "byte 120" */
} ra_judge_difference;

typedef struct ra_judge_comparison {
    size_t recorded, equal;
    ra_judge_difference *differences; /* recorded - equal; in the job's arena */
} ra_judge_comparison;

/* Holds our prompts against those that the set's judgments were recorded with, byte for byte. */
RA_MUST_CHECK bool ra_judge_check(ra_judge_job *job, ra_judge_comparison *out, ra_error *err);
/* Puts the recorded judgments with equal prompts into the call store, as answers to the requests
 * that we would send; they then replay. What is stored already stays. */
RA_MUST_CHECK bool ra_judge_adopt(ra_judge_job *job, ra_calls *calls, size_t *adopted,
                                  ra_error *err);

void ra_judge_release(ra_judge_job *job);

#endif
