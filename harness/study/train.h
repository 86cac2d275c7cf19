/* Training: battles and gold labels to model files.
 *
 * Gold labels are battles too: the strong and the weak model answered an item of a recording set,
 * and the grades say which answer is better; equal grades are a tie. With folds, a folder of models
 * is made (routers/folds.h): fold k is trained on `labels` items that are neither of fold k nor
 * have the text of one that is. Which items are labelled follows from a hash of their ids, so that
 * 500 labels are 100 labels and 400 more. */
#ifndef RA_STUDY_TRAIN_H
#define RA_STUDY_TRAIN_H

#include "study/assay.h"

typedef struct ra_gold {
    ra_assay_request request;
    uint64_t labels; /* of this benchmark; 0 = all there are */
    bool at_most;    /* fewer items than labels are no error */
    double weight;
} ra_gold;

typedef struct ra_battle_file {
    const char *path, *shown; /* shown: what the model says it was trained on */
    double weight;
} ra_battle_file;

typedef struct ra_train_request {
    const char *kind;           /* of the router */
    const char *out;            /* a model file, or with folds a folder */
    const ra_battle_file *data; /* battles (data/battles.h) */
    size_t data_count;
    const ra_gold *gold;
    size_t gold_count;
    /* sets whose prompts the data must not bring in: those that the router will be measured on */
    const ra_assay_request *keep_out;
    size_t keep_out_count;
    uint64_t folds;            /* 0 or 1: one model of everything */
    const char *embedder;      /* NULL: "ngrams" for kinds that need vectors, else none */
    const char *strong, *weak; /* NULL: those of the first gold set */
    const ra_json *settings;   /* of the kind, or NULL */
    const char *settings_at;   /* where they stand, for messages */
    uint64_t seed;
    int threads;
    const char *cache;          /* folder for embeddings, or NULL */
    struct ra_ngram_memo *memo; /* counts that several trainings share; NULL: its own */
    /* the state of a training by steps is kept beside the model, until that is whole */
    bool checkpoints;
    double checkpoint_s; /* every so many seconds, and on SIGINT */
    bool resume;         /* go on from them */
} ra_train_request;

RA_MUST_CHECK bool ra_train(const ra_train_request *request, ra_error *err);

#endif
