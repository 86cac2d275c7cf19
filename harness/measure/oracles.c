#include "measure/oracles.h"

/* What one convention makes of an item. */
typedef struct choice {
    bool strong, free; /* takes the strong model; costs nothing */
} choice;

typedef struct item_scores {
    double strong, weak;
} item_scores;

static choice best_answer(item_scores s)
{
    return (choice){s.strong > s.weak, false};
}

static choice router_bench(item_scores s)
{
    return (choice){s.strong > s.weak, !(s.strong > 0) && !(s.weak > 0)};
}

static choice llm_router_bench(item_scores s)
{
    return (choice){s.strong > 0 && !(s.weak > 0), false};
}

static const struct convention {
    const char *name, *rule;
    choice (*choose)(item_scores s);
    bool any_is_right;
} conventions[] = {
    {"best answer", "the better answer, the weak model's when equal", best_answer, false},
    {"RouterBench", "the better answer; nothing is paid where neither model gets a point",
     router_bench, false},
    {"LLMRouterBench", "any score above 0 is right; the cheapest model that is right",
     llm_router_bench, true},
};
enum { CONVENTIONS = sizeof conventions / sizeof *conventions };

static ra_oracle_result measure(const struct convention *how, const ra_outcomes *o,
                                const ra_benchmark_result *b)
{
    double sum = 0, turns = 0, strong = 0, usd = 0, n = (double)o->count;
    for (size_t i = 0; i < o->count; i++) {
        item_scores s = {o->strong[i] / o->strong_turns[i], o->weak[i] / o->weak_turns[i]};
        choice c = how->choose(s);
        double score = c.strong ? o->strong[i] : o->weak[i];
        double graded = c.strong ? o->strong_turns[i] : o->weak_turns[i];
        sum += how->any_is_right ? (score > 0 ? b->full_score : 0) * graded : score;
        turns += graded;
        strong += c.strong;
        if (!c.free)
            usd += c.strong ? b->money.strong_usd : b->money.weak_usd;
    }
    /* no prices, no costs, even where nothing was paid */
    usd += 0 * (b->money.strong_usd + b->money.weak_usd);
    return (ra_oracle_result){how->name, how->rule, sum / turns, strong / n, usd / n};
}

void ra_oracles_measure(ra_arena *arena, const ra_outcomes *outcomes, ra_benchmark_result *out)
{
    out->oracles = ra_arena_alloc(arena, CONVENTIONS, sizeof *out->oracles);
    out->oracle_count = CONVENTIONS;
    for (size_t i = 0; i < CONVENTIONS; i++)
        out->oracles[i] = measure(&conventions[i], outcomes, out);
}
