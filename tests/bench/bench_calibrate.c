/* How often the intervals of calibrated thresholds hold what the threshold gives on the population
 * that the sample was drawn from.
 *
 *     bench_calibrate [STUDIES] [REPLICATES]
 *
 * Each study draws items, chooses a threshold on them, and looks up the share of strong calls and
 * the share of the strong score that it gives on 4 million items. Prints the Markdown table of
 * docs/money.md. */
#include "measure/share.h"
#include "measure/threshold.h"

#include "base/parallel.h"
#include "base/rng.h"
#include "base/text.h"
#include "measure/curve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MANY = 4000000, FIGURES = 3 };

typedef struct population {
    const char *name;
    size_t items;
    double strong, weak, skill;
    double rounding; /* scores are multiples of it; 0 = all differ */
} population;

static const population populations[] = {
    {"n = 7000, gap 0.125", 7000, 0.806, 0.681, 0.35, 0},
    {"n = 650, gap 0.22", 650, 0.86, 0.64, 0.35, 0},
    {"n = 650, gap 0.22, random router", 650, 0.86, 0.64, 0, 0},
    {"n = 650, gap 0.22, scores tied", 650, 0.86, 0.64, 0.35, 0.1},
    {"n = 72, gap 0.22", 72, 0.86, 0.64, 0.35, 0},
};
enum { POPULATIONS = sizeof populations / sizeof *populations };

static const char *const names[FIGURES] = {"share, wanted 30 %", "share, 95 % of the score kept",
                                           "score kept, wanted 95 %"};

typedef struct sample {
    size_t count;
    double *score, *strong, *weak, *one;
    ra_arena arena;
} sample;

static double normal(uint64_t stream, uint64_t counter)
{
    double u = ra_rng_uniform(17, stream, counter);
    return ra_normal_quantile(u > 0 ? u : 0x1p-54);
}

static void draw(const population *p, size_t n, uint64_t id, sample *out)
{
    *out = (sample){.count = n};
    double **columns[] = {&out->score, &out->strong, &out->weak, &out->one};
    for (int c = 0; c < 4; c++)
        *columns[c] = ra_arena_alloc(&out->arena, n, sizeof(double));
    uint64_t stream = ra_rng_stream("calibrate", id);
    for (size_t i = 0; i < n; i++) {
        double z = normal(stream, 4 * i);
        out->strong[i] = 0.6 * z + 0.8 * normal(stream, 4 * i + 1) < ra_normal_quantile(p->strong);
        out->weak[i] = 0.6 * z + 0.8 * normal(stream, 4 * i + 2) < ra_normal_quantile(p->weak);
        double s = p->skill * (out->strong[i] - out->weak[i]) + normal(stream, 4 * i + 3);
        s = erfc(-s / sqrt(2)) / 2;
        out->score[i] = p->rounding > 0 ? p->rounding * round(s / p->rounding) : s;
        out->one[i] = 1;
    }
}

/* --- the truth --- */

typedef struct truth {
    double *falling, *kept; /* scores; share of the strong score with that many strong calls */
    sample all;
} truth;

static void find_truth(const population *p, size_t index, truth *t)
{
    draw(p, MANY, 1000000 + index, &t->all);
    size_t *order = ra_alloc(MANY, sizeof *order);
    ra_order(t->all.score, MANY, order);
    t->falling = ra_alloc(MANY, sizeof *t->falling);
    t->kept = ra_alloc(MANY + 1, sizeof *t->kept);
    double strong = 0, now = 0;
    for (size_t i = 0; i < MANY; i++) {
        strong += t->all.strong[i];
        now += t->all.weak[i];
    }
    for (size_t k = 0; k < MANY; k++) {
        size_t i = order[k];
        t->falling[k] = t->all.score[i];
        t->kept[k] = now / strong;
        now += t->all.strong[i] - t->all.weak[i];
    }
    t->kept[MANY] = 1;
    free(order);
}

static size_t reached(const truth *t, double threshold)
{
    size_t low = 0, high = MANY;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->falling[middle] >= threshold)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- studies --- */

typedef struct outcome {
    bool below[FIGURES], above[FIGURES];
} outcome;

typedef struct work {
    const population *p;
    const truth *truth;
    ra_resampling how;
    outcome *outcomes;
} work;

static void judge(outcome *o, int figure, double true_value, double lo, double hi)
{
    o->below[figure] = true_value < lo;
    o->above[figure] = true_value > hi;
}

static void study(size_t index, void *context)
{
    work *w = context;
    outcome *o = &w->outcomes[index];
    sample s;
    draw(w->p, w->p->items, index, &s);
    size_t *order = ra_alloc(s.count, sizeof *order), tied;
    ra_order(s.score, s.count, order);
    double threshold = ra_share_threshold(s.score, order, s.count, 0.3);
    ra_range share = ra_share_interval(ra_share_reached(s.score, s.count, threshold, &tied),
                                       s.count, w->how.level);
    judge(o, 0, (double)reached(w->truth, threshold) / MANY, share.lo, share.hi);
    ra_threshold_goal goal = {RA_AT_LEAST, true, 0.95, {s.strong, s.weak, s.one, s.one}};
    ra_threshold_choice choice;
    ra_threshold_choose(&goal, s.score, s.count, &w->how, &choice);
    size_t k = reached(w->truth, choice.threshold);
    judge(o, 1, (double)k / MANY, choice.share.lo, choice.share.hi);
    judge(o, 2, w->truth->kept[k], choice.value.lo, choice.value.hi);
    free(order);
    ra_arena_release(&s.arena);
}

static void run(const population *p, size_t index, size_t studies, size_t replicates)
{
    truth t = {0};
    find_truth(p, index, &t);
    work w = {p, &t, RA_RESAMPLING_DEFAULT, ra_alloc(studies, sizeof(outcome))};
    w.how.replicates = replicates;
    w.how.threads = 1;
    ra_parallel_for(studies, 0, study, &w);
    printf("| %s ", p->name);
    for (int f = 0; f < FIGURES; f++) {
        size_t below = 0, above = 0;
        for (size_t i = 0; i < studies; i++) {
            below += w.outcomes[i].below[f];
            above += w.outcomes[i].above[f];
        }
        printf("| %.1f (%.1f, %.1f) ", 100 - 100 * (double)(below + above) / (double)studies,
               100 * (double)below / (double)studies, 100 * (double)above / (double)studies);
    }
    printf("|\n");
    fflush(stdout);
    free(w.outcomes);
    free(t.falling);
    free(t.kept);
    ra_arena_release(&t.all.arena);
}

int main(int argc, char **argv)
{
    uint64_t studies = 2000, replicates = 2000;
    if ((argc > 1 && !ra_parse_count(argv[1], 1000000, &studies)) ||
        (argc > 2 && !ra_parse_count(argv[2], 1000000, &replicates)) || studies == 0)
        return 2;
    printf("| sample |");
    for (int f = 0; f < FIGURES; f++)
        printf(" %s |", names[f]);
    printf("\n|---|---|---|---|\n");
    for (size_t i = 0; i < POPULATIONS; i++)
        run(&populations[i], i, (size_t)studies, (size_t)replicates);
    return 0;
}
