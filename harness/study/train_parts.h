/* What the parts of a training share. Only harness/study/train*.c include this. */
#ifndef RA_STUDY_TRAIN_PARTS_H
#define RA_STUDY_TRAIN_PARTS_H

#include "data/battles.h"
#include "embed/embed.h"
#include "embed/ngrams.h"
#include "routers/model.h"
#include "routers/training.h"
#include "study/train.h"

typedef struct ra_train_job {
    const ra_train_request *r;
    const ra_router_kind *kind;
    ra_assay *gold; /* opened: gold_count of them */
    const char *strong, *weak;
    ra_embedder *embedder; /* one for all folds */
    bool has_embedder;
    ra_ngram_memo *memo;
    size_t fold;      /* being trained; RA_MAP_NONE = one model of everything */
    size_t *labelled; /* gold labels that this fold got of each benchmark */
    ra_map keep_out;  /* texts that battles must not have */
    ra_arena arena;   /* those texts */
} ra_train_job;

/* The texts that a fold may read, labelled or not. */
typedef struct ra_readable_texts {
    const char **texts;
    size_t count;
} ra_readable_texts;

/* train_battles.c: the battles of the job's fold, from files and gold labels, and the texts that it
 * may read, which live in the battles' arena. Counts the labels. */
RA_MUST_CHECK bool ra_train_collect(const ra_train_job *j, ra_battles *battles,
                                    ra_readable_texts *readable, ra_error *err);
/* train_write.c: the model with what it was made of. */
RA_MUST_CHECK bool ra_train_write(const ra_train_job *j, const ra_battles *battles,
                                  ra_model_parts *model, const char *path, ra_error *err);

#endif
