#include "study/sample.h"

#include "base/rng.h"
#include "data/jsonl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- prompts --- */

typedef struct prompts {
    ra_prompt *items;
    size_t count, capacity;
    ra_arena *arena;
} prompts;

static void add(prompts *p, const char *id, const char *text)
{
    ra_grow(&p->items, &p->capacity, p->count + 1, sizeof *p->items);
    const char *name =
        id ? ra_arena_strdup(p->arena, id) : ra_arena_printf(p->arena, "prompt/%zu", p->count);
    p->items[p->count++] = (ra_prompt){name, ra_arena_strdup(p->arena, text), NAN, NAN};
}

static bool read_object(prompts *p, const ra_json *o, ra_json_at at, ra_error *err)
{
    const char *id = NULL, *text = NULL;
    const ra_json *turns = NULL;
    if (!ra_json_maybe_string(o, "id", at, &id, err) ||
        !ra_json_maybe_string(o, "prompt", at, &text, err) ||
        !ra_json_maybe_array(o, "turns", at, &turns, err))
        return false;
    if (!text && turns && ra_json_first(turns))
        text = ra_json_text(ra_json_first(turns));
    if (!text)
        return ra_fail(err, RA_ERR_INPUT, at.file, at.line, "no prompt",
                       "a text 'prompt', or 'turns' with a text first, is needed");
    add(p, id, text);
    return true;
}

static bool read_jsonl(prompts *p, const char *path, ra_error *err)
{
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, path, err);
    if (!ok)
        return false;
    while (ok && ra_jsonl_next(&in, err))
        ok = read_object(p, in.object, in.at, err);
    return ra_jsonl_close(&in) && ok;
}

static bool read_lines(prompts *p, const char *path, ra_error *err)
{
    ra_text file;
    if (!ra_file_read(path, &file, err))
        return false;
    bool ok = true;
    long line = 1;
    for (char *at = file.text, *end = file.text + file.length; ok && at < end; line++) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        size_t length = (size_t)(stop - at);
        length -= length > 0 && at[length - 1] == '\r';
        if (ra_utf8_check(at, length) != length || memchr(at, 0, length))
            ok = ra_fail(err, RA_ERR_INPUT, path, line, "not a line of UTF-8 text", NULL);
        at[length] = 0; /* at the end of the file stands a zero already */
        if (ok && length > 0)
            add(p, NULL, at);
        at = stop + 1;
    }
    free(file.text);
    return ok;
}

static bool score_prompts(const prompts *p, const char *path, const ra_contender *contender,
                          uint64_t seed, double *score, ra_error *err)
{
    ra_router router;
    ra_router_options options = {.config = contender->config,
                                 .seed = seed,
                                 .cache = contender->cache,
                                 .allow_trained = contender->allow_trained};
    if (!ra_router_open(&router, contender->router, &options, err))
        return false;
    bool ok = (!(router.kind->flags & RA_ROUTER_KNOWS_GRADES) ||
               ra_failf(err, RA_ERR_USAGE, NULL, 0, "router '%s' needs grades; prompts have none",
                        contender->name)) &&
              ra_router_score(&router, p->items, p->count, score, err);
    ra_router_close(&router);
    for (size_t i = 0; ok && i < p->count; i++)
        ok = !isnan(score[i]) ||
             ra_failf(err, RA_ERR_INPUT, path, 0, "no score for prompt '%s'", p->items[i].id);
    return ok;
}

/* A prompt is one request; its tokens out are assumed, those in too unless characters make them. */
static bool price_prompts(ra_arena *arena, const prompts *p, const ra_prices *prices,
                          const char *const models[RA_SIDES], ra_sums *out, ra_error *err)
{
    ra_item_usage usage = {.count = p->count,
                           .requests = ra_arena_alloc(arena, p->count, sizeof(double))};
    double *characters = ra_arena_alloc(arena, p->count, sizeof *characters);
    ra_money money;
    for (size_t i = 0; i < p->count; i++) {
        usage.requests[i] = 1;
        characters[i] = ra_characters(p->items[i].text);
    }
    for (int side = 0; side < RA_SIDES; side++) {
        usage.fact[side][RA_CHARACTERS_IN] = characters;
        if (!models[side])
            return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s is needed to price prompts",
                            ra_side_names[side]);
    }
    if (!ra_prices_money(arena, prices, &usage, models, &money, err))
        return false;
    ra_money_sums(arena, &money, &usage, out);
    return true;
}

bool ra_sample_prompts(ra_arena *arena, const char *path, const ra_prices *prices,
                       const char *const models[RA_SIDES], const ra_contender *contender,
                       uint64_t seed, ra_sample *out, ra_error *err)
{
    prompts p = {.arena = arena};
    bool ok = ra_has_suffix(path, ".jsonl") ? read_jsonl(&p, path, err) : read_lines(&p, path, err);
    if (ok && p.count == 0)
        ok = ra_fail(err, RA_ERR_INPUT, path, 0, "no prompts", NULL);
    if (ok) {
        *out = (ra_sample){.name = path, .count = p.count};
        out->score = ra_arena_alloc(arena, p.count, sizeof *out->score);
        ok = score_prompts(&p, path, contender, seed, out->score, err) &&
             (!prices || price_prompts(arena, &p, prices, models, &out->costs, err));
    }
    free(p.items);
    return ok;
}

/* --- benchmarks --- */

static const double *copy(ra_arena *arena, const double *from, size_t count)
{
    double *to = ra_arena_alloc(arena, count, sizeof *to);
    memcpy(to, from, count * sizeof *to);
    return to;
}

/* The assay's requests are copied: it is closed before the costs are used. */
static void take_costs(ra_arena *arena, const ra_assay *a, ra_sums *out)
{
    ra_money_sums(arena, &a->money, &a->usage, out);
    out->strong_weight = out->weak_weight = copy(arena, a->usage.requests, a->usage.count);
}

bool ra_sample_benchmark(ra_arena *arena, const ra_assay_request *request, const ra_prices *prices,
                         const ra_contender *contender, uint64_t seed, ra_sample *out,
                         ra_error *err)
{
    ra_assay a;
    if (!ra_assay_open(&a, request, prices, err))
        return false;
    double *all = ra_alloc(a.set.item_count, sizeof *all);
    bool ok = ra_assay_score(&a, contender, seed, all, err);
    if (ok) {
        const ra_outcomes *o = &a.outcomes;
        *out = (ra_sample){.name = a.benchmark->name, .count = o->count};
        out->score = ra_arena_alloc(arena, o->count, sizeof *out->score);
        for (size_t k = 0; k < o->count; k++)
            out->score[k] = all[o->item[k]];
        if (prices)
            take_costs(arena, &a, &out->costs);
        out->grades =
            (ra_sums){copy(arena, o->strong, o->count), copy(arena, o->weak, o->count),
                      copy(arena, o->strong_turns, o->count), copy(arena, o->weak_turns, o->count)};
    }
    free(all);
    ra_assay_close(&a);
    return ok;
}

/* --- splitting --- */

static const double *take(ra_arena *arena, const double *from, const size_t *index, size_t count)
{
    if (!from)
        return NULL;
    double *to = ra_arena_alloc(arena, count, sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = from[index[i]];
    return to;
}

static ra_sums take_sums(ra_arena *arena, const ra_sums *from, const size_t *index, size_t count)
{
    return (ra_sums){take(arena, from->strong, index, count), take(arena, from->weak, index, count),
                     take(arena, from->strong_weight, index, count),
                     take(arena, from->weak_weight, index, count)};
}

static ra_sample part(ra_arena *arena, const ra_sample *from, const char *name, const size_t *index,
                      size_t count)
{
    ra_sample s = {.name = name, .count = count};
    s.score = ra_arena_alloc(arena, count, sizeof *s.score);
    for (size_t i = 0; i < count; i++)
        s.score[i] = from->score[index[i]];
    s.grades = take_sums(arena, &from->grades, index, count);
    s.costs = take_sums(arena, &from->costs, index, count);
    return s;
}

bool ra_sample_split(ra_arena *arena, ra_sample *sample, double share, uint64_t seed,
                     ra_sample *aside, ra_error *err)
{
    size_t n = sample->count, away = (size_t)(share * (double)n + 0.5);
    if (away < 1 || away >= n)
        return ra_failf(err, RA_ERR_INPUT, sample->name, 0,
                        "%zu items cannot be split with %g of them held out", n, share);
    size_t *index = ra_arena_alloc(arena, n, sizeof *index);
    for (size_t i = 0; i < n; i++)
        index[i] = i;
    uint64_t stream = ra_rng_stream("calibrate/hold-out", 0);
    for (size_t i = 0; i < away; i++) { /* the first ones of a shuffle */
        size_t j = i + (size_t)(ra_rng_uniform(seed, stream, i) * (double)(n - i));
        size_t moved = index[i];
        index[i] = index[j];
        index[j] = moved;
    }
    *aside = part(arena, sample, ra_arena_printf(arena, "%s, held out", sample->name), index, away);
    *sample = part(arena, sample, sample->name, index + away, n - away);
    return true;
}
