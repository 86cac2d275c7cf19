#include "measure/prices.h"

#include "data/json.h"

#include <math.h>
#include <string.h>

#define SCHEMA "routeassay.prices/1"

/* A price of a model, or of one that makes embeddings. */
static bool read_price(ra_prices *p, const ra_json *e, bool embedding, ra_price *list,
                       size_t *count, ra_json_at at, ra_error *err)
{
    static const char *const keys[] = {"model", "input", "source", "date", "output", NULL};
    static const char *const embedding_keys[] = {"model", "input", "source", "date", NULL};
    ra_price price = {.output = 0};
    if (!ra_json_only(e, embedding ? embedding_keys : keys, at, err) ||
        !ra_json_string(e, "model", at, &price.model, err) ||
        !ra_json_number(e, "input", at, &price.input, err) ||
        (!embedding && !ra_json_number(e, "output", at, &price.output, err)) ||
        !ra_json_string(e, "source", at, &price.source, err) ||
        !ra_json_string(e, "date", at, &price.date, err))
        return false;
    if (price.input < 0 || price.output < 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, 0, "model '%s' has a price below 0",
                        price.model);
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i].model, price.model) == 0)
            return ra_failf(err, RA_ERR_INPUT, at.file, 0, "model '%s' appears twice", price.model);
    price.model = ra_arena_strdup(&p->arena, price.model);
    price.source = ra_arena_strdup(&p->arena, price.source);
    price.date = ra_arena_strdup(&p->arena, price.date);
    list[(*count)++] = price;
    return true;
}

static bool read_list(ra_prices *p, const ra_json *array, bool embedding, ra_price **list,
                      size_t *count, ra_json_at at, ra_error *err)
{
    *list = ra_arena_alloc(&p->arena, ra_json_size(array), sizeof **list);
    for (const ra_json *e = ra_json_first(array); e; e = ra_json_next(e))
        if (!read_price(p, e, embedding, *list, count, at, err))
            return false;
    return true;
}

static bool read_document(ra_prices *p, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const char *schema;
    const ra_json *tokens, *prices, *embeddings = NULL;
    if (!ra_json_string(doc, "schema", at, &schema, err))
        return false;
    if (strcmp(schema, SCHEMA) != 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'schema': '" SCHEMA "' expected, found '%s'", schema);
    if (!ra_json_string(doc, "as_of", at, &p->as_of, err) ||
        !ra_json_object(doc, "assumed_tokens", at, &tokens, err) ||
        !ra_json_number(tokens, "input", at, &p->assumed_input, err) ||
        !ra_json_number(tokens, "output", at, &p->assumed_output, err) ||
        !ra_json_array(doc, "prices", at, &prices, err) ||
        !ra_json_maybe_array(doc, "embeddings", at, &embeddings, err))
        return false;
    p->as_of = ra_arena_strdup(&p->arena, p->as_of);
    return read_list(p, prices, false, &p->prices, &p->count, at, err) &&
           read_list(p, embeddings, true, &p->embeddings, &p->embedding_count, at, err);
}

bool ra_prices_read(ra_prices *prices, const char *path, ra_error *err)
{
    *prices = (ra_prices){0};
    prices->path = ra_arena_strdup(&prices->arena, path);
    ra_json *doc = ra_json_read(path, err);
    bool ok = doc && read_document(prices, doc, (ra_json_at){path, 1}, err);
    ra_json_free(doc);
    if (!ok)
        ra_prices_release(prices);
    return ok;
}

void ra_prices_release(ra_prices *prices)
{
    ra_arena_release(&prices->arena);
    *prices = (ra_prices){0};
}

static const ra_price *find(const ra_prices *prices, const char *model, ra_error *err)
{
    for (size_t i = 0; i < prices->count; i++)
        if (strcmp(prices->prices[i].model, model) == 0)
            return &prices->prices[i];
    ra_failf(err, RA_ERR_INPUT, prices->path, 0, "no price for model '%s'", model);
    ra_hintf(err, "add it to 'prices' with its source and date, or name another file");
    return NULL;
}

/* Tokens per request, a request being one turn. False when a measured turn has no count. */
static bool recorded_tokens(const ra_set *set, const ra_outcomes *o, const ra_output *outputs,
                            double *input, double *output)
{
    double in = 0, out = 0, turns = 0;
    for (size_t k = 0; k < o->count; k++) {
        const ra_item *item = &set->items[o->item[k]];
        for (size_t t = 0; t < item->turn_count; t++) {
            const ra_output *each = &outputs[item->first_slot + t];
            if (!each->present || isnan(each->prompt_tokens) || isnan(each->completion_tokens))
                return false;
            in += each->prompt_tokens;
            out += each->completion_tokens;
            turns += 1;
        }
    }
    *input = in / turns;
    *output = out / turns;
    return true;
}

static bool tokens_of(ra_set *set, const ra_outcomes *outcomes, const char *model, double *input,
                      double *output, bool *recorded, ra_error *err)
{
    ra_output *outputs;
    *recorded = false;
    if (!ra_set_has(set, "outputs", model, NULL))
        return true;
    if (!ra_set_outputs(set, model, &outputs, err))
        return false;
    *recorded = recorded_tokens(set, outcomes, outputs, input, output);
    return true;
}

bool ra_prices_money(ra_arena *arena, const ra_prices *prices, ra_set *set,
                     const ra_outcomes *outcomes, const char *strong, const char *weak,
                     ra_money *out, ra_error *err)
{
    const ra_price *s = find(prices, strong, err), *w = s ? find(prices, weak, err) : NULL;
    double s_in = 0, s_out = 0, w_in = 0, w_out = 0;
    bool s_known, w_known;
    if (!w || !tokens_of(set, outcomes, strong, &s_in, &s_out, &s_known, err) ||
        !tokens_of(set, outcomes, weak, &w_in, &w_out, &w_known, err))
        return false;
    if (!s_known || !w_known) {
        s_in = w_in = prices->assumed_input;
        s_out = w_out = prices->assumed_output;
    }
    out->strong_usd = s_in * s->input + s_out * s->output;
    out->weak_usd = w_in * w->input + w_out * w->output;
    out->tokens = s_known && w_known
                      ? "recorded"
                      : ra_arena_printf(arena, "assumed: %g in, %g out", s_in, s_out);
    out->as_of = ra_arena_strdup(arena, prices->as_of);
    return true;
}
