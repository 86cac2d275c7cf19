#include "study/judge_audit.h"

#include "benchmarks/judge.h"
#include "measure/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 160 }; /* bytes of an unreadable judgment */

typedef struct auditor {
    ra_set *set;
    const ra_grader *grader;
    ra_judge_audit *out;
    uint64_t seed;
    size_t replicates;
} auditor;

/* --- unreadable judgments --- */

static const char *end_of(ra_arena *arena, const char *text)
{
    if (!text)
        return NULL;
    size_t length = strlen(text), from = length > SHOWN ? length - SHOWN : 0;
    while (from > 0 && ((unsigned char)text[from] & 0xc0) == 0x80)
        from--;
    return ra_arena_printf(arena, "%s%s", from > 0 ? "..." : "", text + from);
}

static void add_unreadable(ra_judge_audit *out, const char *by, const ra_item *item, size_t turn,
                           const char *text)
{
    size_t n = out->unreadable_count;
    if ((n & (n - 1)) == 0) { /* full: 0, 1, 2, 4, 8 ... */
        ra_judge_unreadable *more = ra_arena_alloc(&out->arena, 2 * n + 1, sizeof *more);
        if (n > 0)
            memcpy(more, out->unreadable, n * sizeof *more);
        out->unreadable = more;
    }
    out->unreadable[out->unreadable_count++] = (ra_judge_unreadable){
        ra_arena_strdup(&out->arena, by), ra_arena_strdup(&out->arena, item->id), turn,
        end_of(&out->arena, text)};
}

/* --- ratios: a share or mean whose parts are sums over items --- */

typedef struct ratio {
    double *top, *bottom; /* by item */
} ratio;

static ratio new_ratio(auditor *a)
{
    return (ratio){ra_arena_alloc(&a->out->arena, a->set->item_count, sizeof(double)),
                   ra_arena_alloc(&a->out->arena, a->set->item_count, sizeof(double))};
}

static void add(ratio *r, size_t item, double value)
{
    r->top[item] += value;
    r->bottom[item] += 1;
}

static double ratio_of(const void *context, const size_t *drawn, size_t count)
{
    const ratio *r = context;
    double top = 0, bottom = 0;
    for (size_t i = 0; i < count; i++) {
        top += r->top[drawn[i]];
        bottom += r->bottom[drawn[i]];
    }
    return top / bottom;
}

static ra_estimate estimate(const auditor *a, ra_statistic *statistic, const void *context)
{
    return ra_bootstrap(statistic, context, a->set->item_count, a->replicates, a->seed);
}

/* --- ratings and their repeats --- */

typedef struct round {
    const char *by;
    double *ratings; /* by slot; NaN = none */
} round_of;

static bool read_round(auditor *a, const char *by, round_of *out, ra_error *err)
{
    ra_grade *grades;
    ra_judgment *judgments;
    const ra_set *set = a->set;
    if (!ra_set_judgments(a->set, a->out->model, by, &judgments, err) ||
        !ra_grade_model(a->set, a->grader, a->out->model, by, &grades, NULL, NULL, err))
        return false;
    *out = (round_of){by, ra_arena_alloc(&a->out->arena, set->slot_count, sizeof(double))};
    for (size_t i = 0; i < set->item_count; i++)
        for (size_t t = 0; t < set->items[i].turn_count; t++) {
            size_t s = set->items[i].first_slot + t;
            out->ratings[s] = grades[s].score;
            if (judgments[s].present && isnan(grades[s].score))
                add_unreadable(a->out, by, &set->items[i], t + 1, judgments[s].judgment);
            if (strcmp(by, a->out->judge) == 0)
                a->out->judged += judgments[s].present;
        }
    return true;
}

static double mean_rating(const auditor *a, const round_of *round, size_t *rated)
{
    double sum = 0;
    *rated = 0;
    for (size_t s = 0; s < a->set->slot_count; s++)
        if (!isnan(round->ratings[s])) {
            sum += round->ratings[s];
            ++*rated;
        }
    return sum / (double)*rated;
}

/* One turn over all rounds. */
static void compare_ratings(ra_judge_repeats *out, const round_of *rounds, size_t item, size_t slot,
                            ratio *equal, ratio *spread)
{
    double sum = 0, least = INFINITY, most = -INFINITY, squares = 0;
    size_t n = 0;
    for (size_t r = 0; r < out->rounds; r++) {
        double rating = rounds[r].ratings[slot];
        if (isnan(rating))
            continue;
        sum += rating;
        n++;
        least = fmin(least, rating);
        most = fmax(most, rating);
    }
    if (n < 2)
        return;
    for (size_t r = 0; r < out->rounds; r++)
        if (!isnan(rounds[r].ratings[slot]))
            squares += pow(rounds[r].ratings[slot] - sum / (double)n, 2);
    out->turns++;
    out->widest = fmax(out->widest, most - least);
    add(equal, item, most > least ? 0 : 1);
    add(spread, item, sqrt(squares / (double)(n - 1)));
}

static void compare_rounds(auditor *a, const round_of *rounds)
{
    ra_judge_repeats *out = &a->out->repeats;
    ratio equal = new_ratio(a), spread = new_ratio(a);
    for (size_t i = 0; i < a->set->item_count; i++)
        for (size_t t = 0; t < a->set->items[i].turn_count; t++)
            compare_ratings(out, rounds, i, a->set->items[i].first_slot + t, &equal, &spread);
    out->equal = estimate(a, ratio_of, &equal);
    out->spread = estimate(a, ratio_of, &spread);
}

/* --- length --- */

typedef struct lengths {
    const ra_set *set;
    const double *ratings, *bytes; /* by slot; NaN = none */
    size_t most_turns;
} lengths;

static double length_correlation(const void *context, const size_t *drawn, size_t count)
{
    const lengths *l = context;
    double *x = ra_alloc(2 * count * l->most_turns + 1, sizeof *x), *y = x + count * l->most_turns;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const ra_item *item = &l->set->items[drawn[i]];
        for (size_t s = item->first_slot; s < item->first_slot + item->turn_count; s++) {
            if (isnan(l->ratings[s]) || isnan(l->bytes[s]))
                continue;
            x[n] = l->ratings[s];
            y[n++] = l->bytes[s];
        }
    }
    double out = ra_spearman(x, y, n);
    free(x);
    return out;
}

/* Bytes of each answer, by slot; NaN = not recorded. */
static bool read_lengths(auditor *a, const char *model, double **bytes, ra_error *err)
{
    ra_output *outputs = NULL;
    *bytes = ra_arena_alloc(&a->out->arena, a->set->slot_count, sizeof **bytes);
    if (ra_set_has(a->set, "outputs", model, NULL) && !ra_set_outputs(a->set, model, &outputs, err))
        return false;
    for (size_t s = 0; s < a->set->slot_count; s++)
        (*bytes)[s] = outputs && outputs[s].text ? (double)strlen(outputs[s].text) : (double)NAN;
    return true;
}

static void audit_length(auditor *a, const double *ratings, const double *bytes)
{
    lengths l = {a->set, ratings, bytes, 0};
    for (size_t i = 0; i < a->set->item_count; i++)
        if (a->set->items[i].turn_count > l.most_turns)
            l.most_turns = a->set->items[i].turn_count;
    for (size_t s = 0; s < a->set->slot_count; s++)
        a->out->length_turns += !isnan(ratings[s]) && !isnan(bytes[s]);
    a->out->length = estimate(a, length_correlation, &l);
}

/* --- both orders of a pair --- */

typedef struct orders {
    const ra_judgment *first, *second; /* by slot; in `second` the other model is A */
    const double *own, *other;         /* bytes of answers, by slot */
    ratio agreement, to_first, to_longer;
} orders;

/* A verdict that names a winner: does it go to the first place, and to the longer answer? */
static void add_verdict(orders *o, size_t item, size_t slot, char verdict, bool swapped)
{
    if (verdict == 'C')
        return;
    add(&o->to_first, item, verdict == 'A');
    double a = swapped ? o->other[slot] : o->own[slot], b = swapped ? o->own[slot] : o->other[slot];
    if (a > b || a < b)
        add(&o->to_longer, item, (verdict == 'A') == (a > b));
}

static void add_pair(auditor *a, ra_judge_orders *out, orders *o, size_t item, size_t turn)
{
    size_t slot = a->set->items[item].first_slot + turn;
    const ra_judgment *j[] = {&o->first[slot], &o->second[slot]};
    char verdict[2];
    for (int k = 0; k < 2; k++) {
        verdict[k] = ra_judge_winner(j[k]->present ? j[k]->judgment : NULL);
        if (j[k]->present && !verdict[k])
            add_unreadable(
                a->out,
                ra_arena_printf(&a->out->arena, "%s-vs-%s-%d", a->out->judge, out->against, k + 1),
                &a->set->items[item], turn + 1, j[k]->judgment);
    }
    if (!verdict[0] || !verdict[1])
        return;
    bool tie = verdict[0] == 'C' || verdict[1] == 'C', same = verdict[0] == verdict[1];
    bool consistent = tie ? same : !same;
    out->turns++;
    out->consistent += consistent;
    out->half += tie && !same;
    out->first += same && verdict[0] == 'A';
    out->second += same && verdict[0] == 'B';
    add(&o->agreement, item, consistent);
    add_verdict(o, item, slot, verdict[0], false);
    add_verdict(o, item, slot, verdict[1], true);
}

static bool audit_orders(auditor *a, const char *against, const double *bytes, ra_judge_orders *out,
                         ra_error *err)
{
    orders o = {.own = bytes,
                .agreement = new_ratio(a),
                .to_first = new_ratio(a),
                .to_longer = new_ratio(a)};
    double *other;
    ra_judgment *first, *second;
    const char *by = ra_arena_printf(&a->out->arena, "%s-vs-%s", a->out->judge, against);
    *out = (ra_judge_orders){.against = against};
    if (!ra_set_judgments(a->set, a->out->model, ra_arena_printf(&a->out->arena, "%s-1", by),
                          &first, err) ||
        !ra_set_judgments(a->set, a->out->model, ra_arena_printf(&a->out->arena, "%s-2", by),
                          &second, err) ||
        !read_lengths(a, against, &other, err))
        return false;
    o.first = first;
    o.second = second;
    o.other = other;
    for (size_t i = 0; i < a->set->item_count; i++)
        for (size_t t = 0; t < a->set->items[i].turn_count; t++)
            add_pair(a, out, &o, i, t);
    out->agreement = estimate(a, ratio_of, &o.agreement);
    out->to_first = estimate(a, ratio_of, &o.to_first);
    out->to_longer = estimate(a, ratio_of, &o.to_longer);
    return true;
}

/* --- all --- */

static bool audit_rounds(auditor *a, const double *bytes, ra_error *err)
{
    ra_judge_audit *out = a->out;
    size_t most = 1, rated;
    const char *by = out->judge;
    while (ra_set_has(a->set, "judgments", out->model,
                      ra_arena_printf(&out->arena, "%s-repeat-%zu", out->judge, most + 1)))
        most++;
    if (!ra_set_has(a->set, "judgments", out->model, out->judge))
        return true;
    round_of *rounds = ra_arena_alloc(&out->arena, most, sizeof *rounds);
    out->repeats.means = ra_arena_alloc(&out->arena, most, sizeof *out->repeats.means);
    for (size_t r = 0; r < most; r++) {
        if (r > 0)
            by = ra_arena_printf(&out->arena, "%s-repeat-%zu", out->judge, r + 1);
        if (!read_round(a, by, &rounds[r], err))
            return false;
        out->repeats.means[r] = mean_rating(a, &rounds[r], &rated);
        out->rated = r == 0 ? rated : out->rated;
    }
    out->mean = out->repeats.means[0];
    out->repeats.rounds = most;
    if (most > 1)
        compare_rounds(a, rounds);
    audit_length(a, rounds[0].ratings, bytes);
    return true;
}

static bool audit_pairs(auditor *a, const double *bytes, ra_error *err)
{
    ra_judge_audit *out = a->out;
    out->orders = ra_arena_alloc(&out->arena, a->set->model_count, sizeof *out->orders);
    for (size_t m = 0; m < a->set->model_count; m++) {
        const char *other = ra_arena_strdup(&out->arena, a->set->models[m]);
        const char *by = ra_arena_printf(&out->arena, "%s-vs-%s-2", out->judge, other);
        if (ra_set_has(a->set, "judgments", out->model, by) &&
            !audit_orders(a, other, bytes, &out->orders[out->order_count++], err))
            return false;
    }
    return true;
}

static const ra_grader *rating_grader(const ra_benchmark *benchmark, ra_error *err)
{
    for (const ra_grader *const *g = benchmark->graders; *g; g++)
        if ((*g)->input == RA_READS_JUDGMENT)
            return *g;
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "benchmark '%s' has no judge", benchmark->name);
    return NULL;
}

/* The only judge of the model whose name is not that of a repeat or of a pair. */
static bool only_judge(ra_set *set, const char *model, const char **judge, ra_error *err)
{
    const char **names;
    size_t count, n = 0;
    if (!ra_set_list(set, "judgments", model, &names, &count, err))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!strstr(names[i], "-repeat-") && !strstr(names[i], "-vs-")) {
            *judge = names[i];
            n++;
        }
    if (n == 1)
        return true;
    ra_failf(err, RA_ERR_INPUT, set->path, 0, "model '%s' was rated by %zu judges", model, n);
    return ra_hintf(err, n ? "name one with --judge" : "name the judge of its pairs with --judge");
}

bool ra_judge_audit_run(ra_judge_audit *audit, ra_set *set, const ra_benchmark *benchmark,
                        const char *model, const char *judge, uint64_t seed, size_t replicates,
                        ra_error *err)
{
    *audit = (ra_judge_audit){.mean = NAN, .length = {NAN, NAN, NAN}};
    auditor a = {set, rating_grader(benchmark, err), audit, seed, replicates};
    if (!a.grader || (!judge && !only_judge(set, model, &judge, err)))
        return false;
    audit->model = ra_arena_strdup(&audit->arena, model);
    audit->judge = ra_arena_strdup(&audit->arena, judge);
    double *bytes;
    bool ok = read_lengths(&a, model, &bytes, err) && audit_rounds(&a, bytes, err) &&
              audit_pairs(&a, bytes, err);
    if (ok && audit->repeats.rounds == 0 && audit->order_count == 0)
        ok =
            ra_failf(err, RA_ERR_INPUT, set->path, 0, "no judgments of '%s' by '%s'", model, judge);
    if (!ok)
        ra_judge_audit_release(audit);
    return ok;
}

void ra_judge_audit_release(ra_judge_audit *audit)
{
    ra_arena_release(&audit->arena);
    *audit = (ra_judge_audit){0};
}
