/* The sequence-classification head on a transformer encoder, and what its classes mean.
 *
 *   logits = W_out tanh(W x + b) + b_out,   x the first token's last hidden state
 *
 * BERT calls (W, b) the pooler and (W_out, b_out) the classifier; RoBERTa classifier.dense and
 * classifier.out_proj. Classes are those of RouteLLM's released checkpoint: the strong model wins,
 * a tie, the weak model wins, and P(strong) = 1 - P(tie) - P(weak). Two classes are strong and
 * weak; one is the logit of the strong model winning.
 */
#ifndef RA_ROUTERS_CLASSIFIER_H
#define RA_ROUTERS_CLASSIFIER_H

#include "embed/bert.h"

enum { RA_MOST_CLASSES = 3, RA_HEAD_TENSORS = 4 }; /* W, b, W_out, b_out */

typedef struct ra_head {
    size_t hidden, classes;
    const float *tensors[RA_HEAD_TENSORS];
} ra_head;

/* Name and shape of one of the four (columns 0 = a vector). */
const char *ra_head_tensor(const ra_bert_config *config, size_t classes, size_t number,
                           size_t *rows, size_t *columns);
/* Finds the head in a checkpoint; 1 to 3 classes. */
RA_MUST_CHECK bool ra_head_bind(ra_head *head, const ra_bert_config *config,
                                const ra_safetensors *file, ra_error *err);

/* From x (texts, hidden) to pooled = tanh(...) (texts, hidden) and logits (texts, classes). */
void ra_head_forward(const ra_head *head, const float *x, size_t texts, float *pooled,
                     float *logits);
/* From the gradient of logits to that of x, and, added, to those of the four tensors. */
void ra_head_backward(const ra_head *head, const float *x, size_t texts, const float *pooled,
                      const float *d_logits, float *d_x, float *const *gradient);

/* Win rate of the strong model. */
double ra_head_score(const float *logits, size_t classes);
/* Cross entropy of one text's logits against shares of wins, ties and losses of the strong model,
 * which add up to 1; fills its gradient. With fewer classes a tie is half a win and half a loss. */
double ra_head_loss(const float *logits, size_t classes, const double share[RA_MOST_CLASSES],
                    float *d_logits);

#endif
