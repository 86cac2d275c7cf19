/* Cross-validation: a folder of models fold-0.safetensors, fold-1.safetensors, ..., each trained
 * without the items of its own fold, opened as one router. An item is scored by the model that
 * never saw it. Items belong to folds by a hash of their id, so that adding items moves none. */
#ifndef RA_ROUTERS_FOLDS_H
#define RA_ROUTERS_FOLDS_H

#include "routers/router.h"

#define RA_MAX_FOLDS 1000

/* Fold of an item, 0 .. folds-1. */
size_t ra_fold_of(const char *id, uint64_t seed, size_t folds);

/* Is the path a folder of models, and not of a published checkpoint? */
bool ra_folds_are(const char *path);

/* Opens the folder that options name as a router of the given kind. A model that is missing, or
 * that belongs to another split, is an error. */
RA_MUST_CHECK bool ra_folds_open(ra_router *router, const ra_router_kind *kind,
                                 const ra_router_options *options, ra_error *err);

/* What a model says of itself: one JSON object (routers/model.h), of the first fold if `path` is
 * such a folder. The caller frees it. NULL without an error when it was not trained by us.
 * *seen counts the prompts that the model which scores them was trained on. */
RA_MUST_CHECK bool ra_trained_inspect(const char *path, const ra_prompt *prompts, size_t count,
                                      ra_json **about, size_t *seen, ra_error *err);

#endif
