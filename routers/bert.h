/* The router bert: a classifier on a transformer encoder. Three forms:
 *
 *   bert:FOLDER   a published checkpoint: sequence classification of the BERT family with its
 *                 tokenizer (routers/classifier.h); what it was trained on is unknown
 *   tune=head     trained: logistic regression on the vectors of an embedder, which stays as it is:
 *                 of an encoder:FOLDER, or of n-grams where there is none. Tensors weight
 *                 (dimension), intercept (1)
 *   tune=full     trained: all tensors of the encoder and of the classifier, named as in the
 *                 checkpoint that training began with; its folder has the tokenizer
 */
#ifndef RA_ROUTERS_BERT_H
#define RA_ROUTERS_BERT_H

#include "embed/encoder.h"
#include "routers/classifier.h"
#include "routers/training.h"

typedef struct ra_bert_settings {
    size_t preset, tune;
    double lambda; /* of the head alone */
    double classes, longest, steps, batch, rate, decay, warm_up, clip;
    double held_out, every, patience; /* early stopping, held_out 0 = none */
} ra_bert_settings;

/* tune=full */
RA_MUST_CHECK bool ra_bert_tune(const ra_training *training, const ra_bert_settings *settings,
                                ra_model_parts *model, ra_error *err);

#endif
