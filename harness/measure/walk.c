#include "measure/walk.h"

#include "measure/curve.h"

void ra_steps_make(ra_arena *arena, const double *score, size_t items, ra_steps *out)
{
    *out = (ra_steps){.items = items,
                      .count = 1,
                      .order = ra_arena_alloc(arena, items, sizeof *out->order),
                      .end = ra_arena_alloc(arena, items + 1, sizeof *out->end)};
    ra_order(score, items, out->order);
    for (size_t k = 0; k < items; k++)
        if (k + 1 == items || score[out->order[k + 1]] < score[out->order[k]])
            out->end[out->count++] = k + 1;
}

double ra_copies_of(const ra_copies *copies, size_t item)
{
    return copies->rows ? (double)copies->rows[copies->item_row[item] * RA_LANES + copies->lane]
                        : 1;
}

ra_mean ra_mean_begin(const ra_sums *sums, size_t items, const ra_copies *copies, double *strong)
{
    ra_mean weak = {0}, all = {0};
    for (size_t i = 0; i < items; i++) {
        double n = ra_copies_of(copies, i);
        weak.sum += n * sums->weak[i];
        weak.weight += n * sums->weak_weight[i];
        all.sum += n * sums->strong[i];
        all.weight += n * sums->strong_weight[i];
    }
    *strong = all.sum / all.weight;
    return weak;
}

void ra_mean_move(const ra_sums *sums, size_t item, double copies, ra_mean *mean)
{
    mean->sum += copies * (sums->strong[item] - sums->weak[item]);
    mean->weight += copies * (sums->strong_weight[item] - sums->weak_weight[item]);
}
