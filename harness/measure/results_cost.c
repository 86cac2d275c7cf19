/* Costs in results.json: writing and reading, in the order of the fields in results.h. */
#include "measure/results_cost.h"

#include <math.h>
#include <stddef.h>

typedef struct field {
    const char *name;
    size_t offset; /* of a double */
} field;

static const field charge_fields[] = {
    {"router", offsetof(ra_charges, router)},   {"embedding", offsetof(ra_charges, embedding)},
    {"judge", offsetof(ra_charges, judge)},     {"fixed", offsetof(ra_charges, fixed)},
    {"traffic", offsetof(ra_charges, traffic)}, {0}};

static const field part_fields[] = {{"strong", offsetof(ra_cost_parts, strong)},
                                    {"weak", offsetof(ra_cost_parts, weak)},
                                    {"router", offsetof(ra_cost_parts, router)},
                                    {"embedding", offsetof(ra_cost_parts, embedding)},
                                    {"judge", offsetof(ra_cost_parts, judge)},
                                    {"fixed", offsetof(ra_cost_parts, fixed)},
                                    {0}};

static const field target_fields[] = {{"score", offsetof(ra_cost_target, score)},
                                      {"ratio_even", offsetof(ra_cost_target, ratio_even)},
                                      {"router_even", offsetof(ra_cost_target, router_even)},
                                      {"traffic_even", offsetof(ra_cost_target, traffic_even)},
                                      {0}};

static const field estimate_fields[] = {{"value", offsetof(ra_estimate, value)},
                                        {"lo", offsetof(ra_estimate, lo)},
                                        {"hi", offsetof(ra_estimate, hi)},
                                        {0}};

/* Of a target, under these names. */
static const field target_estimates[] = {{"calls", offsetof(ra_cost_target, calls)},
                                         {"usd", offsetof(ra_cost_target, usd)},
                                         {"saved_usd", offsetof(ra_cost_target, saved_usd)},
                                         {"saved", offsetof(ra_cost_target, saved)},
                                         {0}};

static const field model_fields[] = {{"input", offsetof(ra_priced_model, input)},
                                     {"output", offsetof(ra_priced_model, output)},
                                     {"tokens_in", offsetof(ra_priced_model, tokens_in)},
                                     {"tokens_out", offsetof(ra_priced_model, tokens_out)},
                                     {0}};

static const field assumed_fields[] = {
    {"input", offsetof(ra_money, assumed_input)},
    {"output", offsetof(ra_money, assumed_output)},
    {"characters_per_token", offsetof(ra_money, characters_per_token)},
    {0}};

/* --- writing --- */

static const void *at_offset(const void *from, const field *f)
{
    return (const char *)from + f->offset;
}

static void put_fields(ra_json *o, const void *from, const field *fields)
{
    for (const field *f = fields; f->name; f++)
        ra_json_put_number(o, f->name, *(const double *)at_offset(from, f));
}

static ra_json *fields_json(const void *from, const field *fields)
{
    ra_json *o = ra_json_new_object();
    put_fields(o, from, fields);
    return o;
}

ra_json *ra_money_json(const ra_money *m)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "strong_usd", m->strong_usd);
    ra_json_put_number(o, "weak_usd", m->weak_usd);
    ra_json_put_string(o, "tokens", m->tokens);
    ra_json_put_string(o, "as_of", m->as_of);
    if (isnan(m->strong_usd))
        return o;
    ra_json_put(o, "assumed", fields_json(m, assumed_fields));
    for (int side = 0; side < RA_SIDES; side++) {
        ra_json *model = fields_json(&m->model[side], model_fields);
        ra_json_put_string(model, "date", m->model[side].date);
        ra_json_put_string(model, "source", m->model[side].source);
        ra_json_put(o, ra_side_names[side], model);
    }
    return o;
}

ra_json *ra_charges_json(const ra_charges *c)
{
    return fields_json(c, charge_fields);
}

static ra_json *bar_json(const ra_tornado_bar *b)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "assumption", b->assumption);
    ra_json_put_string(o, "low", b->low);
    ra_json_put_string(o, "high", b->high);
    ra_json_put_number(o, "saved_low", b->saved_low);
    ra_json_put_number(o, "saved_high", b->saved_high);
    return o;
}

static ra_json *target_json(const ra_cost_target *t)
{
    ra_json *o = ra_json_new_object();
    for (const field *f = target_estimates; f->name; f++)
        ra_json_put(o, f->name, fields_json(at_offset(t, f), estimate_fields));
    ra_json_put(o, "parts", fields_json(&t->parts, part_fields));
    put_fields(o, t, target_fields);
    return o;
}

ra_json *ra_cost_json(const ra_router_cost *c)
{
    ra_json *o = ra_json_new_object(), *cheapest = ra_json_new_object();
    ra_json *marks = ra_json_new_array(), *bars = ra_json_new_array();
    for (int t = 0; t < RA_KEPT_TARGETS; t++)
        ra_json_put(cheapest, ra_kept_names[t], target_json(&c->target[t]));
    for (int m = 0; m < RA_COST_MARKS; m++) {
        ra_json *mark = ra_json_new_array();
        ra_json_add_number(mark, c->mark[m].calls);
        ra_json_add_number(mark, c->mark[m].score);
        ra_json_add_number(mark, c->mark[m].usd);
        ra_json_add(marks, mark);
    }
    for (size_t i = 0; i < c->bar_count; i++)
        ra_json_add(bars, bar_json(&c->bars[i]));
    ra_json_put(o, "cheapest", cheapest);
    ra_json_put(o, "marks", marks);
    ra_json_put(o, "tornado", bars);
    return o;
}

/* --- reading --- */

static bool read_fields(const ra_json *o, ra_json_at at, const field *fields, void *to,
                        ra_error *err)
{
    for (const field *f = fields; f->name; f++) {
        double *value = (double *)(void *)((char *)to + f->offset);
        *value = NAN;
        if (!ra_json_maybe_number(o, f->name, at, value, err))
            return false;
    }
    return true;
}

static bool read_text(ra_arena *arena, const ra_json *o, const char *key, ra_json_at at,
                      const char **out, ra_error *err)
{
    const char *found = NULL;
    if (!ra_json_maybe_string(o, key, at, &found, err))
        return false;
    *out = found ? ra_arena_strdup(arena, found) : NULL;
    return true;
}

bool ra_money_read(ra_arena *arena, const ra_json *o, ra_json_at at, ra_money *m, ra_error *err)
{
    const ra_json *assumed = NULL, *model;
    m->strong_usd = m->weak_usd = m->characters_per_token = NAN;
    if (!ra_json_maybe_number(o, "strong_usd", at, &m->strong_usd, err) ||
        !ra_json_maybe_number(o, "weak_usd", at, &m->weak_usd, err) ||
        !read_text(arena, o, "tokens", at, &m->tokens, err) ||
        !read_text(arena, o, "as_of", at, &m->as_of, err) ||
        !ra_json_maybe_object(o, "assumed", at, &assumed, err))
        return false;
    if (assumed && !read_fields(assumed, at, assumed_fields, m, err))
        return false;
    for (int side = 0; side < RA_SIDES; side++) {
        model = NULL;
        m->model[side] = (ra_priced_model){NAN, NAN, NAN, NAN, NULL, NULL};
        if (!ra_json_maybe_object(o, ra_side_names[side], at, &model, err))
            return false;
        if (model && (!read_fields(model, at, model_fields, &m->model[side], err) ||
                      !read_text(arena, model, "date", at, &m->model[side].date, err) ||
                      !read_text(arena, model, "source", at, &m->model[side].source, err)))
            return false;
    }
    return true;
}

bool ra_charges_read(const ra_json *o, ra_json_at at, ra_charges *out, ra_error *err)
{
    return read_fields(o, at, charge_fields, out, err);
}

static bool read_target(const ra_json *o, ra_json_at at, ra_cost_target *to, ra_error *err)
{
    const ra_json *own;
    for (const field *f = target_estimates; f->name; f++)
        if (!ra_json_object(o, f->name, at, &own, err) ||
            !read_fields(own, at, estimate_fields, (char *)to + f->offset, err))
            return false;
    return ra_json_object(o, "parts", at, &own, err) &&
           read_fields(own, at, part_fields, &to->parts, err) &&
           read_fields(o, at, target_fields, to, err);
}

static bool read_marks(const ra_json *o, ra_json_at at, ra_cost_mark *out, ra_error *err)
{
    const ra_json *marks;
    if (!ra_json_array(o, "marks", at, &marks, err))
        return false;
    const ra_json *e = ra_json_first(marks);
    for (int m = 0; m < RA_COST_MARKS; m++, e = e ? ra_json_next(e) : NULL) {
        double *to[] = {&out[m].calls, &out[m].score, &out[m].usd};
        const ra_json *value = e && ra_json_is_array(e) ? ra_json_first(e) : NULL;
        for (int i = 0; i < 3; i++, value = value ? ra_json_next(value) : NULL)
            if (!value || !ra_json_value(value, to[i]))
                return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                                "field 'marks': %d triples of numbers expected", RA_COST_MARKS);
    }
    return true;
}

static bool read_bars(ra_arena *arena, const ra_json *o, ra_json_at at, ra_router_cost *out,
                      ra_error *err)
{
    const ra_json *bars;
    if (!ra_json_array(o, "tornado", at, &bars, err))
        return false;
    out->bars = ra_arena_alloc(arena, ra_json_size(bars), sizeof *out->bars);
    for (const ra_json *e = ra_json_first(bars); e; e = ra_json_next(e)) {
        ra_tornado_bar *b = &out->bars[out->bar_count++];
        if (!ra_json_is_object(e))
            return ra_fail(err, RA_ERR_INPUT, at.file, at.line, "field 'tornado': objects expected",
                           NULL);
        if (!read_text(arena, e, "assumption", at, &b->assumption, err) ||
            !read_text(arena, e, "low", at, &b->low, err) ||
            !read_text(arena, e, "high", at, &b->high, err) ||
            !ra_json_number(e, "saved_low", at, &b->saved_low, err) ||
            !ra_json_number(e, "saved_high", at, &b->saved_high, err))
            return false;
        if (!b->assumption || !b->low || !b->high)
            return ra_fail(err, RA_ERR_INPUT, at.file, at.line, "field 'tornado': texts expected",
                           NULL);
    }
    return true;
}

bool ra_cost_read(ra_arena *arena, const ra_json *router, ra_json_at at, ra_router_cost **out,
                  ra_error *err)
{
    const ra_json *o = NULL, *cheapest, *target;
    *out = NULL;
    if (!ra_json_maybe_object(router, "cost", at, &o, err))
        return false;
    if (!o)
        return true;
    ra_router_cost *c = ra_arena_alloc(arena, 1, sizeof *c);
    if (!ra_json_object(o, "cheapest", at, &cheapest, err))
        return false;
    for (int t = 0; t < RA_KEPT_TARGETS; t++)
        if (!ra_json_object(cheapest, ra_kept_names[t], at, &target, err) ||
            !read_target(target, at, &c->target[t], err))
            return false;
    *out = c;
    return read_marks(o, at, c->mark, err) && read_bars(arena, o, at, c, err);
}
