/* Matrix factorization: how well model M answers prompt q is
 *
 *   score(M, q) = w2 . (v_M / |v_M| * (W1 e_q + b)),     * elementwise, b only in the preset
 * "paper"
 *
 * and the win rate of A over B is sigmoid(score(A, q) - score(B, q)) (arXiv 2406.18665, section on
 * matrix factorization; the released code has no b). Tensors are named as in the released
 * checkpoint: P.weight (models, dim), text_proj.0.weight (dim, text dimension),
 * text_proj.0.bias (dim), classifier.0.weight (1, dim).
 *
 * A checkpoint without our metadata is read as the released one: the rows of its P are the 64
 * models below, and the router's configuration names the embedder, {"embedder": "npy:FILE.npy",
 * "strong": "gpt-4-1106-preview", "weak": "mixtral-8x7b-instruct-v0.1"}; the pair may be left out.
 */
#ifndef RA_ROUTERS_MF_H
#define RA_ROUTERS_MF_H

#include "routers/training.h"

/* The 64 models of the released checkpoint, in the order of the rows of its P. */
extern const char *const ra_mf_published_models[64];

/* ra_router_kind.train */
RA_MUST_CHECK bool ra_mf_train(const ra_training *training, ra_model_parts *model, ra_error *err);

#endif
