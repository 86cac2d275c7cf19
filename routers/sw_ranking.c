/* sw_ranking:MODEL - similarity-weighted ranking (arXiv 2406.18665, section on routing approaches;
 * rules of the released code where the paper is silent).
 *
 * Models are put into tiers by their Bradley-Terry ratings. For a query every battle gets a weight
 * from the similarity of its prompt (sw_weights.h), the weighted battles are fitted by
 * Bradley-Terry over tiers, and the win rate is that of the strong model's tier over the weak
 * one's.
 *
 * Weights are needed only in sums over battles of equal (tier, tier, outcome), the cells. Prompts
 * are stored in the order of their cells, so that most cells are runs of rows. */
#include "base/matrix.h"
#include "base/parallel.h"
#include "routers/bradley_terry.h"
#include "routers/model.h"
#include "routers/sw_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct cell {
    int32_t winner, loser; /* tiers */
    int32_t tie;           /* both won half */
    int32_t lone;          /* of a battle inside tier `loser`; tie is its outcome; see released */
} cell;

/* ---------------------------------------------------------------- training --- */

typedef struct entry {
    cell cell;
    size_t prompt;
    double weight;
} entry;

typedef struct trainer {
    const ra_training *t;
    double tiers, shortest;
    size_t released;
    size_t *tier; /* of each model */
    size_t tier_count;
    entry *entries;
    size_t count;
} trainer;

static bool is_used(const trainer *w, const ra_battle *b)
{
    const char *text = w->t->battles->prompts[b->prompt];
    return !text[0] || (double)strlen(text) >= w->shortest;
}

typedef struct rated {
    double rating;
    size_t model;
} rated;

static int by_rating(const void *a, const void *b)
{
    const rated *x = a, *y = b;
    if (x->rating > y->rating || x->rating < y->rating)
        return x->rating > y->rating ? -1 : 1;
    return x->model < y->model ? -1 : x->model > y->model;
}

/* Ratings of all models that took part, with half a win each way added to every pair that met, so
 * that a model which always won or lost gets a place; the paper is silent on that. */
static bool rate(const trainer *w, rated *order, size_t *count)
{
    const ra_battles *b = w->t->battles;
    size_t n = b->model_count;
    double *won = ra_alloc(n * n, sizeof *won), *rating = ra_alloc(n, sizeof *rating);
    bool *in = ra_alloc(n, sizeof *in);
    for (size_t i = 0; i < b->count; i++) {
        const ra_battle *x = &b->battles[i];
        if (!is_used(w, x))
            continue;
        won[x->model_a * n + x->model_b] += x->weight * x->outcome;
        won[x->model_b * n + x->model_a] += x->weight * (1 - x->outcome);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (won[i * n + j] + won[j * n + i] > 0) {
                won[i * n + j] += 0.5;
                won[j * n + i] += 0.5;
            }
    ra_bradley_terry_connected(won, n, w->t->strong, in);
    bool ok = in[w->t->weak] && ra_bradley_terry_fit(won, NULL, n, in, w->t->strong, rating);
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (in[i])
            order[(*count)++] = (rated){rating[i], i};
    qsort(order, *count, sizeof *order, by_rating);
    free(won);
    free(rating);
    free(in);
    return ok;
}

static bool cut_tiers(trainer *w, ra_error *err)
{
    const ra_training *t = w->t;
    size_t n = t->battles->model_count, count;
    rated *order = ra_alloc(n, sizeof *order);
    double *falling = ra_alloc(n, sizeof *falling);
    size_t *cut = ra_alloc(n, sizeof *cut);
    bool ok = rate(w, order, &count);
    w->tier = ra_alloc(n, sizeof *w->tier);
    for (size_t i = 0; i < n; i++)
        w->tier[i] = RA_MAP_NONE;
    if (ok) {
        for (size_t i = 0; i < count; i++)
            falling[i] = order[i].rating;
        w->tier_count = ra_tiers_cut(falling, count, (size_t)w->tiers, cut);
        for (size_t i = 0; i < count; i++)
            w->tier[order[i].model] = cut[i];
    }
    free(order);
    free(falling);
    free(cut);
    if (!ok)
        return ra_fail(err, RA_ERR_INPUT, t->settings_at, 0,
                       "no chain of battles leads from the strong to the weak model",
                       "add battles of models that both of them met");
    if (w->tier[t->strong] != w->tier[t->weak])
        return true;
    ra_fail(err, RA_ERR_INPUT, t->settings_at, 0,
            "the strong and the weak model fall into one tier", "train with more tiers");
    return false;
}

static cell cell_of(const trainer *w, const ra_battle *b)
{
    int32_t a = (int32_t)w->tier[b->model_a], z = (int32_t)w->tier[b->model_b];
    bool tie = b->outcome > 0 && b->outcome < 1, won = b->outcome >= 1;
    if (a == z)
        return (cell){0, a, tie ? 2 : won, 1};
    if (tie)
        return (cell){a < z ? a : z, a < z ? z : a, 1, 0};
    return won ? (cell){a, z, 0, 0} : (cell){z, a, 0, 0};
}

static int by_cell(const cell *x, const cell *y)
{
    return memcmp(x, y, sizeof *x);
}

static int by_cell_and_prompt(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    int order = by_cell(&x->cell, &y->cell);
    if (order != 0)
        return order;
    return x->prompt < y->prompt ? -1 : x->prompt > y->prompt;
}

/* Battles to entries in the order of their cells; those of one prompt and cell are one entry. */
static void make_entries(trainer *w)
{
    const ra_battles *b = w->t->battles;
    w->entries = ra_alloc(b->count, sizeof *w->entries);
    for (size_t i = 0; i < b->count; i++) {
        const ra_battle *x = &b->battles[i];
        if (!is_used(w, x) || w->tier[x->model_a] == RA_MAP_NONE ||
            w->tier[x->model_b] == RA_MAP_NONE)
            continue;
        entry e = {cell_of(w, x), x->prompt, x->weight};
        if (!e.cell.lone || w->released)
            w->entries[w->count++] = e;
    }
    if (w->count > 0)
        qsort(w->entries, w->count, sizeof *w->entries, by_cell_and_prompt);
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        if (n > 0 && by_cell_and_prompt(&w->entries[n - 1], &w->entries[i]) == 0)
            w->entries[n - 1].weight += w->entries[i].weight;
        else
            w->entries[n++] = w->entries[i];
    w->count = n;
}

/* Numbers prompts in the order in which cells first name them, and adds all tensors. */
static void add_tensors(const trainer *w, ra_model_parts *model)
{
    const ra_training *t = w->t;
    size_t n = t->battles->prompt_count, d = t->dimension, rows = 0, cells = 0;
    size_t *row_of = ra_alloc(n, sizeof *row_of);
    float *vectors = ra_alloc(n * d, sizeof *vectors), *weight = ra_alloc(w->count, sizeof *weight);
    uint32_t *row = ra_alloc(w->count, sizeof *row);
    uint64_t *start = ra_alloc(w->count + 1, sizeof *start);
    cell *cell_list = ra_alloc(w->count + 1, sizeof *cell_list);
    memset(row_of, 0xff, n * sizeof *row_of);
    for (size_t i = 0; i < w->count; i++) {
        const entry *e = &w->entries[i];
        if (i == 0 || by_cell(&w->entries[i - 1].cell, &e->cell) != 0) {
            start[cells] = i;
            cell_list[cells++] = e->cell;
        }
        if (row_of[e->prompt] == RA_MAP_NONE) {
            memcpy(vectors + rows * d, t->vectors + e->prompt * d, d * sizeof *vectors);
            row_of[e->prompt] = rows++;
        }
        row[i] = (uint32_t)row_of[e->prompt];
        weight[i] = (float)e->weight;
    }
    start[cells] = w->count;
    const int32_t pair[3] = {(int32_t)w->tier[t->strong], (int32_t)w->tier[t->weak],
                             (int32_t)w->tier_count};
    ra_model_add(model, "vectors", RA_F32, rows, d, vectors);
    ra_model_add(model, "cells", RA_I32, cells, 4, cell_list);
    ra_model_add(model, "cell_start", RA_U64, cells + 1, 0, start);
    ra_model_add(model, "row", RA_U32, w->count, 0, row);
    ra_model_add(model, "weight", RA_F32, w->count, 0, weight);
    ra_model_add(model, "tiers", RA_I32, 3, 0, pair);
    free(row_of);
    free(vectors);
    free(weight);
    free(row);
    free(start);
    free(cell_list);
}

static const char *const same_tier[] = {"left out", "as released", NULL};

static bool train(const ra_training *t, ra_model_parts *model, ra_error *err)
{
    trainer w = {.t = t, .tiers = 10, .shortest = 16};
    const ra_setting rows[] = {
        {.name = "tiers", .number = &w.tiers, .least = 2, .most = RA_TIERS_MOST},
        {.name = "shortest_prompt", .number = &w.shortest, .least = 0, .most = 1e6},
        {.name = "same_tier", .names = same_tier, .chosen = &w.released},
        {0}};
    bool ok = ra_settings_read(t, rows, model, err) && cut_tiers(&w, err);
    if (ok) {
        make_entries(&w);
        add_tensors(&w, model);
        ok = w.count > 0 || ra_fail(err, RA_ERR_INPUT, t->settings_at, 0,
                                    "no battle between models of different tiers", NULL);
    }
    free(w.tier);
    free(w.entries);
    return ok;
}

/* ----------------------------------------------------------------- scoring --- */

typedef struct state {
    ra_model model;
    const float *vectors, *weight;
    const cell *cells;
    const uint64_t *start; /* of each cell's entries: cell_count + 1 */
    const uint32_t *row;   /* of each entry */
    size_t rows, cell_count, entries, tiers, strong, weak;
    bool *is_run; /* the cell's rows follow one another and all have weight 1 */
    bool in[RA_TIERS_MOST], released;
} state;

static void close_sw(void *context)
{
    state *s = context;
    ra_model_close(&s->model);
    free(s->is_run);
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
    size_t vectors[2] = {0, s->model.embedder.dimension}, cells[2] = {0, 4}, three = 3, starts = 0;
    const void *cell_data, *start, *row, *tiers;
    if (!ra_safetensors_floats(f, "vectors", 2, vectors, &s->vectors, err) ||
        !ra_safetensors_get(f, "cells", RA_I32, 2, cells, &cell_data, err) ||
        !ra_safetensors_get(f, "cell_start", RA_U64, 1, &starts, &start, err) ||
        !ra_safetensors_get(f, "row", RA_U32, 1, &s->entries, &row, err) ||
        !ra_safetensors_floats(f, "weight", 1, &s->entries, &s->weight, err) ||
        !ra_safetensors_get(f, "tiers", RA_I32, 1, &three, &tiers, err))
        return false;
    const int32_t *pair = tiers;
    s->rows = vectors[0];
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
        const cell *x = &s->cells[c];
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
        const cell *x = &s->cells[c];
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
    if (s->in[s->weak])
        return true;
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

typedef struct batch {
    const state *s;
    const float *similarity; /* (count, rows) */
    double *score;
    bool *ok;
} batch;

static void score_query(size_t q, void *context)
{
    const batch *b = context;
    const state *s = b->s;
    double won[RA_TIERS_MOST * RA_TIERS_MOST], lone[2 * RA_TIERS_MOST], rating[RA_TIERS_MOST] = {0};
    float *weight = ra_alloc(s->rows, sizeof *weight);
    double *sum = ra_alloc(s->cell_count, sizeof *sum);
    ra_sw_weights(b->similarity + q * s->rows, s->rows, weight);
    for (size_t c = 0; c < s->cell_count; c++)
        sum[c] = sum_cell(s, c, weight);
    fill_wins(s, sum, won, lone);
    b->ok[q] = ra_bradley_terry_fit(won, s->released ? lone : NULL, s->tiers, s->in,
                                    s->released ? s->tiers : s->weak, rating);
    b->score[q] = 1 / (1 + exp(rating[s->weak] - rating[s->strong]));
    free(weight);
    free(sum);
}

static bool score_sw(void *context, const ra_prompt *prompts, size_t count, double *score,
                     ra_error *err)
{
    state *s = context;
    float *vectors;
    size_t d = s->model.embedder.dimension;
    if (!ra_model_vectors(&s->model, prompts, count, &vectors, err))
        return false;
    float *similarity = ra_alloc(count * s->rows, sizeof *similarity);
    if (count == 1)
        ra_matrix_vector(s->vectors, s->rows, d, vectors, similarity, 0);
    else
        ra_matrix_rows_by_rows(vectors, count, s->vectors, s->rows, d, similarity, 0);
    batch b = {s, similarity, score, ra_alloc(count, sizeof *b.ok)};
    ra_parallel_for(count, 0, score_query, &b);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = b.ok[i] || ra_failf(err, RA_ERR_INTERNAL, s->model.file.path, 0,
                                 "ratings for item '%s' did not converge", prompts[i].id);
    free(b.ok);
    free(similarity);
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
    .train = train};
