/* What a router is trained on, and the parts of the model that it makes of it. */
#ifndef RA_ROUTERS_TRAINING_H
#define RA_ROUTERS_TRAINING_H

#include "data/battles.h"
#include "data/json.h"
#include "data/safetensors.h"

#include <stdint.h>

typedef struct ra_training {
    const ra_battles *battles;
    size_t strong, weak;  /* indices of the two models to choose between */
    const float *vectors; /* (prompt_count, dimension), unit; NULL for kinds that read text */
    size_t dimension;
    bool keep_texts; /* the vectors can be made again of the texts and what the model holds */
    struct ra_ngram_memo *memo; /* counts of n-grams that several models share, or NULL */
    const char *embedder;       /* its spec, "" without vectors */
    /* all prompts that may be read, the labelled ones among them: an idf may be counted over more
     * texts than have labels */
    const char *const *texts;
    size_t text_count;
    const ra_json *settings; /* an object of the kind's own settings, or NULL: defaults */
    const char *settings_at; /* where the settings stand, for messages */
    uint64_t seed;
    int threads;            /* 0 = all cores */
    bool quiet;             /* no progress: others train at the same time */
    const char *checkpoint; /* file for routers/checkpoint.h, NULL = none is kept */
    double checkpoint_s;    /* seconds from one to the next */
    bool resume;            /* begin with it */
} ra_training;

/* Tensors and metadata of a model file. Zero-initialise; everything lives in the arena, apart
 * from the settings. */
typedef struct ra_model_parts {
    ra_tensor *tensors;
    size_t count, room;
    ra_json *settings; /* as used, with defaults filled in: goes into the metadata */
    ra_arena arena;
} ra_model_parts;

/* Adds a copy of a tensor. rank 1: columns = 0. */
void ra_model_add(ra_model_parts *parts, const char *name, ra_dtype dtype, size_t rows,
                  size_t columns, const void *data);
/* A vector of numbers as float32. */
void ra_model_add_floats(ra_model_parts *parts, const char *name, const double *values,
                         size_t count);
void ra_model_parts_release(ra_model_parts *parts);

/* Adds the vectors of some prompts, by index: routers/model.h reads them again. */
void ra_training_keep(const ra_training *training, const size_t *prompts, size_t count,
                      ra_model_parts *parts);

/* The settings of a kind: reads numbers and names from `settings` (NULL = defaults), refuses what
 * the kind does not know, and notes every value in parts->settings. Rows end with name NULL. */
typedef struct ra_setting {
    const char *name;
    double *number; /* or NULL: then a text, one of `names` (NULL-terminated) */
    double least, most;
    const char *const *names;
    size_t *chosen;
} ra_setting;

RA_MUST_CHECK bool ra_settings_read(const ra_training *training, const ra_setting *rows,
                                    ra_model_parts *parts, ra_error *err);

/* The battle's outcome as the strong model's share of wins, when it is between the strong and the
 * weak model; NaN else. */
double ra_training_label(const ra_training *training, const ra_battle *battle);
/* Mean label of every prompt, weighted; NaN where no battle of the two models is. weight gets the
 * sum of weights. Returns how many have one; 0 and an error if none has, or if all are the same. */
RA_MUST_CHECK size_t ra_training_labels(const ra_training *training, double *label, double *weight,
                                        ra_error *err);

#endif
