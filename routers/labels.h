/* Probabilities of labels ("1" to "5", "[[1]]" to "[[5]]", "good" and "bad") from the
 * log-probabilities that servers send of single tokens.
 *
 * Tokens and labels need not agree. A token may
 *
 *     be a label, or a label with white space before it or anything but a letter or digit behind it
 *     be the beginning of one label only, which then counts as that label
 *     be the beginning of several, as white space is: open, the next token must say
 *     be something else
 *
 * and a label may not be among the tokens that the server lists. Then it is at most as likely as
 * the last one listed, and as all that is not listed: `unseen` adds up these bounds. */
#ifndef RA_ROUTERS_LABELS_H
#define RA_ROUTERS_LABELS_H

#include "base/limits.h"
#include "net/openai.h"

typedef struct ra_labels {
    const char **text; /* from the worst to the best */
    size_t count;      /* 2 to RA_MAX_LABELS */
} ra_labels;

enum { RA_LABEL_NONE = -1, RA_LABEL_OPEN = -2 };

/* What a text that is being written says: the index of a label, or one of the above. `ended`: no
 * more text follows. */
int ra_label_of(const ra_labels *labels, const char *text, bool ended);

/* Zero-initialise; grows with each place that is read. */
typedef struct ra_label_reading {
    double mass[RA_MAX_LABELS];   /* probability of each label, as far as it was listed */
    double unseen[RA_MAX_LABELS]; /* at most so much more, where it was not */
} ra_label_reading;

/* A beginning that must be followed. */
typedef struct ra_label_open {
    const char *text; /* in the arena */
    double weight;    /* its probability */
} ra_label_open;

/* Adds what is known of the token that follows `before`, a beginning of probability `weight`.
 * Beginnings to follow go to `open`, which has room for token->count + 1. Returns their number. */
size_t ra_labels_read(const ra_labels *labels, const char *before, double weight,
                      const ra_token *token, ra_arena *arena, ra_label_reading *reading,
                      ra_label_open *open);

/* Where in a text that a model wrote freely its label stands: index of the token with which the
 * first label begins, or count when there is none. */
size_t ra_labels_find(const ra_labels *labels, const ra_token *tokens, size_t count,
                      ra_arena *arena);

/* P(label >= threshold), labels counted from 1, among all labels; with the bounds that the unseen
 * mass leaves. False when no label was seen at all. */
bool ra_labels_share(const ra_labels *labels, const ra_label_reading *reading, size_t threshold,
                     double *share, double *least, double *most);

#endif
