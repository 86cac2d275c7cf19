/* Training of similarity-weighted ranking: tiers, and battles in the order of their cells. */
#include "routers/bradley_terry.h"
#include "routers/sw_ranking.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
    ra_sw_cell cell;
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

static ra_sw_cell cell_of(const trainer *w, const ra_battle *b)
{
    int32_t a = (int32_t)w->tier[b->model_a], z = (int32_t)w->tier[b->model_b];
    bool tie = b->outcome > 0 && b->outcome < 1, won = b->outcome >= 1;
    if (a == z)
        return (ra_sw_cell){0, a, tie ? 2 : won, 1};
    if (tie)
        return (ra_sw_cell){a < z ? a : z, a < z ? z : a, 1, 0};
    return won ? (ra_sw_cell){a, z, 0, 0} : (ra_sw_cell){z, a, 0, 0};
}

static int by_cell(const ra_sw_cell *x, const ra_sw_cell *y)
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
    size_t n = t->battles->prompt_count, rows = 0, cells = 0;
    size_t *row_of = ra_alloc(n, sizeof *row_of);
    size_t *prompt_of = ra_alloc(n, sizeof *prompt_of);
    float *weight = ra_alloc(w->count, sizeof *weight);
    uint32_t *row = ra_alloc(w->count, sizeof *row);
    uint64_t *start = ra_alloc(w->count + 1, sizeof *start);
    ra_sw_cell *cell_list = ra_alloc(w->count + 1, sizeof *cell_list);
    memset(row_of, 0xff, n * sizeof *row_of);
    for (size_t i = 0; i < w->count; i++) {
        const entry *e = &w->entries[i];
        if (i == 0 || by_cell(&w->entries[i - 1].cell, &e->cell) != 0) {
            start[cells] = i;
            cell_list[cells++] = e->cell;
        }
        if (row_of[e->prompt] == RA_MAP_NONE) {
            prompt_of[rows] = e->prompt;
            row_of[e->prompt] = rows++;
        }
        row[i] = (uint32_t)row_of[e->prompt];
        weight[i] = (float)e->weight;
    }
    start[cells] = w->count;
    const int32_t pair[3] = {(int32_t)w->tier[t->strong], (int32_t)w->tier[t->weak],
                             (int32_t)w->tier_count};
    ra_training_keep(t, prompt_of, rows, model);
    ra_model_add(model, "cells", RA_I32, cells, 4, cell_list);
    ra_model_add(model, "cell_start", RA_U64, cells + 1, 0, start);
    ra_model_add(model, "row", RA_U32, w->count, 0, row);
    ra_model_add(model, "weight", RA_F32, w->count, 0, weight);
    ra_model_add(model, "tiers", RA_I32, 3, 0, pair);
    free(row_of);
    free(prompt_of);
    free(weight);
    free(row);
    free(start);
    free(cell_list);
}

static const char *const same_tier[] = {"left out", "as released", NULL};

bool ra_sw_train(const ra_training *t, ra_model_parts *model, ra_error *err)
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
