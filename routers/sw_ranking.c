/* sw_ranking:MODEL - similarity-weighted ranking, see sw_ranking.h. */
#include "routers/sw_ranking.h"

#include "base/matrix.h"
#include "base/panels.h"
#include "base/parallel.h"
#include "routers/bradley_terry.h"
#include "routers/model.h"
#include "routers/sw_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
    ra_model model;
    const float *vectors, *weight;
    const ra_sw_cell *cells;
    const uint64_t *start; /* of each cell's entries: cell_count + 1 */
    const uint32_t *row;   /* of each entry */
    size_t rows, cell_count, entries, tiers, strong, weak;
    bool *is_run; /* the cell's rows follow one another and all have weight 1 */
    bool in[RA_TIERS_MOST], released;
    double start_rating[RA_TIERS_MOST]; /* without weights: where every query begins */
    float *similarity;                  /* scratch of a batch */
    size_t room;
} state;

static void close_sw(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    free(s->is_run);
    free(s->similarity);
    free(s);
}

static bool damaged(const state *s, const char *what, ra_error *err)
{
    ra_failf(err, RA_ERR_INPUT, s->model.file.path, 0, "tensor '%s' does not fit the others", what);
    return ra_hintf(err, "the model is damaged; train it again");
}

static bool read_tensors(state *s, ra_error *err)
{
    const ra_safetensors *f = &s->model.file;
    size_t cells[2] = {0, 4}, three = 3, starts = 0;
    const void *cell_data, *start, *row, *tiers;
    if (!ra_model_stored(&s->model, &s->rows, &s->vectors, err) ||
        !ra_safetensors_get(f, "cells", RA_I32, 2, cells, &cell_data, err) ||
        !ra_safetensors_get(f, "cell_start", RA_U64, 1, &starts, &start, err) ||
        !ra_safetensors_get(f, "row", RA_U32, 1, &s->entries, &row, err) ||
        !ra_safetensors_floats(f, "weight", 1, &s->entries, &s->weight, err) ||
        !ra_safetensors_get(f, "tiers", RA_I32, 1, &three, &tiers, err))
        return false;
    const int32_t *pair = tiers;
    s->cells = cell_data;
    s->cell_count = cells[0];
    s->start = start;
    s->row = row;
    if (starts != s->cell_count + 1)
        return damaged(s, "cell_start", err);
    if (pair[2] < 2 || pair[2] > RA_TIERS_MOST || pair[0] < 0 || pair[0] >= pair[2] ||
        pair[1] < 0 || pair[1] >= pair[2] || pair[0] == pair[1])
        return damaged(s, "tiers", err);
    s->strong = (size_t)pair[0];
    s->weak = (size_t)pair[1];
    s->tiers = (size_t)pair[2];
    return true;
}

static bool check_tensors(const state *s, ra_error *err)
{
    if (s->start[0] != 0 || s->start[s->cell_count] != s->entries)
        return damaged(s, "cell_start", err);
    for (size_t c = 0; c < s->cell_count; c++) {
        const ra_sw_cell *x = &s->cells[c];
        if (s->start[c] > s->start[c + 1] || s->start[c + 1] > s->entries)
            return damaged(s, "cell_start", err);
        if (x->winner < 0 || x->loser < 0 || (size_t)x->winner >= s->tiers ||
            (size_t)x->loser >= s->tiers || (!x->lone && x->winner == x->loser) || x->tie < 0 ||
            x->tie > 2)
            return damaged(s, "cells", err);
    }
    for (size_t i = 0; i < s->entries; i++) {
        if (s->row[i] >= s->rows)
            return damaged(s, "row", err);
        if (!(s->weight[i] > 0))
            return damaged(s, "weight", err);
    }
    return true;
}

/* Wins between tiers, and outcomes inside one, from the sums of weights of the cells. */
static void fill_wins(const state *s, const double *sum, double *won, double *lone)
{
    size_t n = s->tiers;
    memset(won, 0, n * n * sizeof *won);
    memset(lone, 0, 2 * n * sizeof *lone);
    for (size_t c = 0; c < s->cell_count; c++) {
        const ra_sw_cell *x = &s->cells[c];
        size_t i = (size_t)x->winner, j = (size_t)x->loser;
        if (x->lone) {
            lone[2 * j] += x->tie == 1 ? sum[c] : x->tie == 2 ? sum[c] / 2 : 0;
            lone[2 * j + 1] += x->tie == 0 ? sum[c] : x->tie == 2 ? sum[c] / 2 : 0;
        } else if (x->tie) {
            won[i * n + j] += sum[c] / 2;
            won[j * n + i] += sum[c] / 2;
        } else {
            won[i * n + j] += sum[c];
        }
    }
}

static bool fit(const state *s, const double *won, const double *lone, double *rating)
{
    return ra_bradley_terry_fit(won, s->released ? lone : NULL, s->tiers, s->in,
                                s->released ? s->tiers : s->weak, rating);
}

/* Weights are above 0, so that which tiers can be rated does not depend on the query. */
static bool prepare(state *s, ra_error *err)
{
    double won[RA_TIERS_MOST * RA_TIERS_MOST], lone[2 * RA_TIERS_MOST];
    double *ones = ra_alloc(s->cell_count, sizeof *ones);
    s->is_run = ra_alloc(s->cell_count + 1, sizeof *s->is_run);
    for (size_t c = 0; c < s->cell_count; c++) {
        ones[c] = 1;
        s->is_run[c] = true;
        for (size_t i = s->start[c]; i < s->start[c + 1]; i++)
            s->is_run[c] = s->is_run[c] && s->row[i] == s->row[s->start[c]] + (i - s->start[c]) &&
                           !(s->weight[i] < 1 || s->weight[i] > 1);
    }
    fill_wins(s, ones, won, lone);
    free(ones);
    ra_bradley_terry_connected(won, s->tiers, s->strong, s->in);
    for (size_t i = 0; i < 2 * s->tiers; i++)
        s->released = s->released || lone[i] > 0;
    if (s->in[s->weak]) {
        if (!fit(s, won, lone, s->start_rating))
            memset(s->start_rating, 0, sizeof s->start_rating);
        return true;
    }
    ra_fail(err, RA_ERR_INPUT, s->model.file.path, 0,
            "the tier of the strong model has only won, or only lost: ratings have no maximum "
            "(separation)",
            "train on more battles, or with fewer tiers");
    return false;
}

static bool open_sw(void **out, const ra_router_options *options, ra_error *err)
{
    state *s = ra_alloc(1, sizeof *s);
    if (!ra_model_open(&s->model, "sw_ranking", options, err) || !read_tensors(s, err) ||
        !check_tensors(s, err) || !prepare(s, err)) {
        close_sw(s);
        return false;
    }
    *out = s;
    return true;
}

/* --- one query: bound by reading the vectors once --- */

/* Win rate from the sums of weights of all cells. */
static bool solve(const state *s, const double *sum, double *score)
{
    double won[RA_TIERS_MOST * RA_TIERS_MOST], lone[2 * RA_TIERS_MOST], rating[RA_TIERS_MOST];
    fill_wins(s, sum, won, lone);
    memcpy(rating, s->start_rating, sizeof rating);
    if (!fit(s, won, lone, rating))
        return false;
    *score = 1 / (1 + exp(rating[s->weak] - rating[s->strong]));
    return true;
}

static double sum_cell(const state *s, size_t c, const float *weight)
{
    size_t from = s->start[c], to = s->start[c + 1];
    if (s->is_run[c])
        return ra_sw_sum(weight + s->row[from], to - from);
    double sum = 0;
    for (size_t i = from; i < to; i++)
        sum += (double)s->weight[i] * (double)weight[s->row[i]];
    return sum;
}

static bool score_one(const state *s, const float *vector, double *score)
{
    float *weight = ra_alloc(s->rows, sizeof *weight);
    double *sum = ra_alloc(s->cell_count, sizeof *sum);
    ra_matrix_vector(s->vectors, s->rows, s->model.embedder.dimension, vector, weight, 0);
    ra_sw_weights(weight, s->rows, weight);
    for (size_t c = 0; c < s->cell_count; c++)
        sum[c] = sum_cell(s, c, weight);
    bool ok = solve(s, sum, score);
    free(weight);
    free(sum);
    return ok;
}

/* --- a batch: bound by the products. Panels of 16 queries side by side (base/panels.h) --- */

typedef struct batch {
    const state *s;
    size_t count;      /* queries */
    float *similarity; /* (panels, rows, RA_PANEL); becomes weights */
    const float *most; /* (panels, RA_PANEL) */
    double *score;
    bool *ok;
} batch;

/* Adds the weights of a cell's battles. Similarities become weights in the order of the rows, just
 * before they are used: *ready rows are. */
static void sum_panel_cell(const state *s, size_t c, float *panel, const float *factor,
                           size_t *ready, double sum[RA_PANEL])
{
    enum { RUN = 128 };
    size_t from = s->start[c], to = s->start[c + 1];
    for (size_t i = from, next; i < to; i = next) {
        size_t row = s->row[i];
        next = !s->is_run[c] ? i + 1 : to - i < RUN ? to : i + RUN;
        if (*ready < row + (next - i)) {
            ra_sw_panel_weights(panel + *ready * RA_PANEL, row + (next - i) - *ready, factor);
            *ready = row + (next - i);
        }
        ra_sw_panel_sum(panel + row * RA_PANEL, next - i, (double)s->weight[i], sum);
    }
}

static void score_panel(size_t index, void *context)
{
    const batch *b = context;
    const state *s = b->s;
    float *panel = b->similarity + index * s->rows * RA_PANEL, factor[RA_PANEL];
    double *lanes = ra_alloc(s->cell_count * (RA_PANEL + 1), sizeof *lanes);
    double *sum = lanes + s->cell_count * RA_PANEL;
    size_t ready = 0;
    for (size_t v = 0; v < RA_PANEL; v++)
        factor[v] = ra_sw_factor(b->most[index * RA_PANEL + v]);
    for (size_t c = 0; c < s->cell_count; c++)
        sum_panel_cell(s, c, panel, factor, &ready, lanes + c * RA_PANEL);
    for (size_t v = 0; v < RA_PANEL && index * RA_PANEL + v < b->count; v++) {
        for (size_t c = 0; c < s->cell_count; c++)
            sum[c] = lanes[c * RA_PANEL + v];
        b->ok[index * RA_PANEL + v] = solve(s, sum, &b->score[index * RA_PANEL + v]);
    }
    free(lanes);
}

static void score_batch(state *s, const float *vectors, size_t count, double *score, bool *ok)
{
    ra_panels panels;
    ra_panels_pack(&panels, vectors, count, s->model.embedder.dimension);
    float *most = ra_alloc(panels.count * RA_PANEL, sizeof *most);
    ra_grow(&s->similarity, &s->room, panels.count * s->rows * RA_PANEL, sizeof *s->similarity);
    ra_panels_multiply(&panels, s->vectors, s->rows, s->similarity, most, 0);
    batch b = {s, count, s->similarity, most, score, ok};
    ra_parallel_for(panels.count, 0, score_panel, &b);
    ra_panels_release(&panels);
    free(most);
}

static bool score_sw(void *context, const ra_prompt *prompts, size_t count, double *score,
                     ra_error *err)
{
    enum { BATCH = 8 * RA_PANEL, FEW = 2 };
    state *s = context;
    float *vectors;
    size_t d = s->model.embedder.dimension;
    if (!ra_model_vectors(&s->model, prompts, count, &vectors, err))
        return false;
    bool *rated = ra_alloc(count, sizeof *rated), ok = true;
    for (size_t from = 0; count > FEW && from < count; from += BATCH)
        score_batch(s, vectors + from * d, count - from < BATCH ? count - from : BATCH,
                    score + from, rated + from);
    for (size_t i = 0; count <= FEW && i < count; i++)
        rated[i] = score_one(s, vectors + i * d, &score[i]);
    for (size_t i = 0; ok && i < count; i++)
        ok = rated[i] || ra_failf(err, RA_ERR_INTERNAL, s->model.file.path, 0,
                                  "ratings for item '%s' did not converge", prompts[i].id);
    free(rated);
    free(vectors);
    return ok;
}

extern const ra_router_kind ra_router_sw_ranking;
const ra_router_kind ra_router_sw_ranking = {
    .name = "sw_ranking",
    .summary = "sw_ranking:MODEL, Bradley-Terry on battles weighted by similarity",
    .flags = RA_ROUTER_EMBEDS,
    .open = open_sw,
    .score = score_sw,
    .close = close_sw,
    .train = ra_sw_train};
