/* How often intervals cover the truth: a simulation on data like the three benchmarks.
 *
 *     bench_coverage [STUDIES] [REPLICATES]
 *
 * Each study draws items from a population whose figures are known from 4 million items (figures of
 * the population's curve), gives intervals for a router that knows a little, and counts how often
 * they hold the truth. Prints the Markdown table of docs/intervals.md. */
#include "measure/resample.h"

#include "base/parallel.h"
#include "base/rng.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { METHODS = 2, SHOWN = 6 };

typedef struct population {
    const char *name;
    size_t items;
    bool judged;         /* two turns of 1 to 10, else 0/1 grades */
    double strong, weak; /* rate of right answers, or mean of the judge's scores */
    double skill;        /* how well the router's score follows the gain; 0 = random */
} population;

static const population populations[] = {
    {"n = 14037, gap 0.125", 14037, false, 0.806, 0.681, 0.35},
    {"n = 1307, gap 0.22", 1307, false, 0.86, 0.64, 0.35},
    {"n = 1307, gap 0.22, random router", 1307, false, 0.86, 0.64, 0},
    {"n = 72, two turns of 1-10", 72, true, 9.2, 8.3, 0.35},
    {"n = 72, two turns of 1-10, random router", 72, true, 9.2, 8.3, 0},
    {"n = 300, gap 0.05", 300, false, 0.75, 0.70, 0.35},
};
enum { POPULATIONS = sizeof populations / sizeof *populations };

static const struct {
    const char *name;
    int figure;
} shown[SHOWN] = {
    {"APGR", RA_FIGURE_APGR},
    {"CPT 50", RA_FIGURE_CPT + 1},
    {"CPT 80", RA_FIGURE_CPT + 2},
    {"sustained 50", RA_FIGURE_SUSTAINED + 1},
    {"sustained 80", RA_FIGURE_SUSTAINED + 2},
    {"PGR at 50 %", RA_FIGURE_PGR + 1},
};

/* --- data --- */

typedef struct stream {
    uint64_t id, counter;
} stream;

static double uniform(stream *s)
{
    return ra_rng_uniform(11, s->id, s->counter++);
}

static double normal(stream *s)
{
    double u = uniform(s);
    return ra_normal_quantile(u > 0 ? u : 0x1p-54);
}

static double rating(double mean, double spread, stream *s)
{
    double x = round(mean + spread * normal(s));
    return x < 1 ? 1 : x > 10 ? 10 : x;
}

/* Items differ in difficulty, which both models feel: their grades are correlated. */
static void draw_item(const population *p, stream *s, double grade[2], double *score)
{
    grade[0] = grade[1] = 0;
    if (p->judged) {
        double hard = normal(s);
        for (int turn = 0; turn < 2; turn++) {
            grade[0] += rating(p->strong - 0.3 * hard, 0.8, s);
            grade[1] += rating(p->weak - 0.8 * hard, 1.2, s);
        }
    } else {
        double z = normal(s), sides[2] = {p->strong, p->weak};
        for (int m = 0; m < 2; m++)
            grade[m] = 0.6 * z + 0.8 * normal(s) < ra_normal_quantile(sides[m]);
    }
    double gain = (grade[0] - grade[1]) / (p->judged ? 3 : 1);
    *score = p->skill * gain + normal(s);
}

typedef struct sample {
    ra_arena arena;
    ra_outcomes outcomes;
    double *score;
} sample;

static void draw(const population *p, size_t n, uint64_t id, sample *out)
{
    *out = (sample){.outcomes = {.count = n}};
    ra_outcomes *o = &out->outcomes;
    double **columns[] = {&o->strong, &o->weak, &o->strong_turns, &o->weak_turns, &out->score};
    for (int c = 0; c < 5; c++)
        *columns[c] = ra_arena_alloc(&out->arena, n, sizeof(double));
    stream s = {ra_rng_stream("coverage", id), 0};
    for (size_t i = 0; i < n; i++) {
        double grade[2];
        draw_item(p, &s, grade, &out->score[i]);
        o->strong[i] = grade[0];
        o->weak[i] = grade[1];
        o->strong_turns[i] = o->weak_turns[i] = p->judged ? 2 : 1;
    }
}

/* --- the truth: the curve of a very large sample, read where noise cannot cross it --- */

static void find_truth(const population *p, size_t index, double truth[RA_FIGURES])
{
    enum { MANY = 4000000 };
    sample all;
    ra_error err;
    draw(p, MANY, 1000000 + index, &all);
    size_t *order = ra_alloc(MANY, sizeof *order);
    ra_order(all.score, MANY, order);
    ra_curve curve;
    if (!ra_curve_make(&all.arena, &all.outcomes, all.score, order, MANY, &curve, &err))
        exit(5);
    truth[RA_FIGURE_APGR] = ra_curve_apgr(&curve);
    for (int t = 0; t < RA_TARGETS; t++) {
        truth[RA_FIGURE_CPT + t] = ra_curve_cpt(&curve, ra_targets[t]);
        truth[RA_FIGURE_SUSTAINED + t] = ra_curve_cpt_sustained(&curve, ra_targets[t]);
        truth[RA_FIGURE_PGR + t] = ra_curve_pgr(&curve, ra_shares[t]);
    }
    free(order);
    ra_arena_release(&all.arena);
}

/* --- studies --- */

typedef struct tally {
    bool used;
    bool below[METHODS][SHOWN], above[METHODS][SHOWN]; /* the interval misses the truth */
    double without_gap;
} tally;

typedef struct job {
    const population *population;
    size_t index, replicates;
    double truth[RA_FIGURES];
    tally *tallies;
} job;

static void judge(const job *j, const ra_replicates *drawn, const ra_replicates *left_out,
                  tally *out)
{
    double *copy = ra_alloc(drawn->count, sizeof *copy);
    size_t last = left_out->count - 1;
    for (int f = 0; f < SHOWN; f++)
        for (int m = 0; m < METHODS; m++) {
            const double *values = ra_replicates_of(drawn, 0, shown[f].figure);
            const double *jack = ra_replicates_of(left_out, 0, shown[f].figure);
            for (size_t i = 0; i < drawn->count; i++)
                copy[i] = values[i];
            ra_range range = ra_interval((ra_interval_method)m, 0.95, jack[last],
                                         ra_acceleration(jack, last), copy, drawn->count);
            out->below[m][f] = j->truth[shown[f].figure] < range.lo;
            out->above[m][f] = j->truth[shown[f].figure] > range.hi;
        }
    free(copy);
}

static void study(size_t index, void *context)
{
    job *j = context;
    sample s;
    draw(j->population, j->population->items, j->index * 100000 + index, &s);
    ra_resampling how = RA_RESAMPLING_DEFAULT;
    how.replicates = j->replicates;
    how.seed = index;
    how.threads = 1;
    ra_replicates drawn, left_out;
    const double *score = s.score;
    ra_resample(&s.arena, &s.outcomes, &score, 1, &how, &drawn);
    ra_jackknife(&s.arena, &s.outcomes, &score, 1, &how, &left_out);
    tally *t = &j->tallies[index];
    t->used = left_out.strong[left_out.count - 1] > left_out.weak[left_out.count - 1];
    t->without_gap = (double)drawn.without_gap / (double)drawn.count;
    if (t->used)
        judge(j, &drawn, &left_out, t);
    ra_arena_release(&s.arena);
}

static void print_row(const job *j, size_t studies, int m)
{
    size_t used = 0;
    double without_gap = 0;
    for (size_t i = 0; i < studies; i++) {
        used += j->tallies[i].used;
        without_gap += j->tallies[i].without_gap / (double)studies;
    }
    printf("| %s | %s |", j->population->name, ra_interval_names[m]);
    for (int f = 0; f < SHOWN; f++) {
        size_t below = 0, above = 0;
        for (size_t i = 0; i < studies; i++) {
            below += j->tallies[i].below[m][f];
            above += j->tallies[i].above[m][f];
        }
        double share = 100.0 / (double)used;
        printf(" %.1f (%.1f, %.1f) |", 100 - (double)(below + above) * share, (double)below * share,
               (double)above * share);
    }
    printf(" %.2g %% |\n", 100 * without_gap);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    uint64_t studies = 1000, replicates = 2000;
    if ((argc > 1 && !ra_parse_count(argv[1], 1000000, &studies)) ||
        (argc > 2 && !ra_parse_count(argv[2], 1000000, &replicates)))
        return 2;
    printf("| data | method |");
    for (int f = 0; f < SHOWN; f++)
        printf(" %s |", shown[f].name);
    printf(" no gap |\n|---|---|");
    for (int f = 0; f < SHOWN; f++)
        printf("---:|");
    printf("---:|\n");
    for (size_t p = 0; p < POPULATIONS; p++) {
        job j = {.population = &populations[p], .index = p, .replicates = replicates};
        find_truth(j.population, p, j.truth);
        j.tallies = ra_alloc(studies, sizeof *j.tallies);
        ra_parallel_for(studies, 0, study, &j);
        for (int m = 0; m < METHODS; m++)
            print_row(&j, studies, m);
        free(j.tallies);
    }
    return 0;
}
