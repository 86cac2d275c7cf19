/* Similarity-weighted ranking (arXiv 2406.18665, section on routing approaches; rules of the
 * released code where the paper is silent).
 *
 * Models are put into tiers by their Bradley-Terry ratings. For a query every battle gets a weight
 * from the similarity of its prompt (sw_weights.h), the weighted battles are fitted by
 * Bradley-Terry over tiers, and the win rate is that of the strong model's tier over the weak
 * one's.
 *
 * Weights are needed only in sums over battles of equal (tier, tier, outcome), the cells. Prompts
 * are stored in the order in which cells first name them, so that most cells are runs of rows.
 *
 * Tensors: vectors or texts, one row a prompt; cells (I32, cells x 4), below;
 * cell_start (U64, cells + 1), the first entry of each cell; row (U32) and weight (F32), the prompt
 * of each entry and how often it counts; tiers (I32, 3): the strong model's, the weak one's, how
 * many. */
#ifndef RA_ROUTERS_SW_RANKING_H
#define RA_ROUTERS_SW_RANKING_H

#include "routers/training.h"

typedef struct ra_sw_cell {
    int32_t winner, loser; /* tiers */
    int32_t tie;           /* both won half */
    int32_t lone;          /* of a battle inside tier `loser`; tie is its outcome: setting "as
                              released" */
} ra_sw_cell;

/* ra_router_kind.train */
RA_MUST_CHECK bool ra_sw_train(const ra_training *training, ra_model_parts *model, ra_error *err);

#endif
