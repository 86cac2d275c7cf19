#include "measure/prices.h"

#include "data/json.h"

#include <math.h>
#include <string.h>

#define SCHEMA "routeassay.prices/1"

/* --- dates: "YYYY-MM-DD", which sort as texts --- */

static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

static bool is_date(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    int year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);
    if (year < 0 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap);
}

static bool check_date(const char *date, const char *what, const char *file, ra_error *err)
{
    if (is_date(date))
        return true;
    ra_failf(err, RA_ERR_INPUT, file, 0, "%s: a day like 2024-06-26 expected, found '%s'", what,
             date);
    return false;
}

/* --- reading --- */

static bool check_twice(const ra_price *list, size_t count, const ra_price *price, ra_json_at at,
                        ra_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].model, price->model) == 0 && strcmp(list[i].date, price->date) == 0)
            return ra_failf(err, RA_ERR_INPUT, at.file, 0, "model '%s' has two prices of %s",
                            price->model, price->date);
    return true;
}

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
        !ra_json_string(e, "date", at, &price.date, err) ||
        !check_date(price.date, "field 'date'", at.file, err) ||
        !check_twice(list, *count, &price, at, err))
        return false;
    if (price.input < 0 || price.output < 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, 0, "model '%s' has a price below 0",
                        price.model);
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

static bool read_assumed(ra_prices *p, const ra_json *tokens, ra_json_at at, ra_error *err)
{
    p->characters_per_token = NAN;
    if (!ra_json_number(tokens, "input", at, &p->assumed_input, err) ||
        !ra_json_number(tokens, "output", at, &p->assumed_output, err) ||
        !ra_json_maybe_number(tokens, "characters_per_token", at, &p->characters_per_token, err))
        return false;
    if (p->assumed_input < 0 || p->assumed_output < 0)
        return ra_fail(err, RA_ERR_INPUT, at.file, 0, "field 'assumed_tokens': below 0", NULL);
    if (p->characters_per_token <= 0)
        return ra_fail(err, RA_ERR_INPUT, at.file, 0,
                       "field 'characters_per_token': more than 0 expected", NULL);
    return true;
}

static bool read_document(ra_prices *p, const ra_json *doc, const char *as_of, ra_json_at at,
                          ra_error *err)
{
    const char *schema;
    const ra_json *tokens, *prices, *embeddings = NULL;
    if (!ra_json_string(doc, "schema", at, &schema, err))
        return false;
    if (strcmp(schema, SCHEMA) != 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'schema': '" SCHEMA "' expected, found '%s'", schema);
    if (!ra_json_string(doc, "as_of", at, &p->as_of, err) ||
        !check_date(p->as_of, "field 'as_of'", at.file, err) ||
        (as_of && !check_date(as_of, "the day asked for", NULL, err)) ||
        !ra_json_object(doc, "assumed_tokens", at, &tokens, err) ||
        !read_assumed(p, tokens, at, err) || !ra_json_array(doc, "prices", at, &prices, err) ||
        !ra_json_maybe_array(doc, "embeddings", at, &embeddings, err))
        return false;
    p->as_of = ra_arena_strdup(&p->arena, as_of ? as_of : p->as_of);
    return read_list(p, prices, false, &p->prices, &p->count, at, err) &&
           read_list(p, embeddings, true, &p->embeddings, &p->embedding_count, at, err);
}

bool ra_prices_read(ra_prices *prices, const char *path, const char *as_of, ra_error *err)
{
    *prices = (ra_prices){0};
    prices->path = ra_arena_strdup(&prices->arena, path);
    ra_json *doc = ra_json_read(path, err);
    bool ok = doc && read_document(prices, doc, as_of, (ra_json_at){path, 1}, err);
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

const ra_price *ra_prices_find(const ra_prices *prices, const char *model, ra_error *err)
{
    const ra_price *newest = NULL, *first = NULL;
    for (size_t i = 0; i < prices->count; i++) {
        const ra_price *p = &prices->prices[i];
        if (strcmp(p->model, model) != 0)
            continue;
        first = !first || strcmp(p->date, first->date) < 0 ? p : first;
        if (strcmp(p->date, prices->as_of) <= 0 && (!newest || strcmp(p->date, newest->date) > 0))
            newest = p;
    }
    if (newest)
        return newest;
    if (first) {
        ra_failf(err, RA_ERR_INPUT, prices->path, 0, "no price for model '%s' up to %s", model,
                 prices->as_of);
        ra_hintf(err, "its first one is of %s", first->date);
        return NULL;
    }
    ra_failf(err, RA_ERR_INPUT, prices->path, 0, "no price for model '%s'", model);
    ra_hintf(err, "add it to 'prices' with its source and date, or name another file");
    return NULL;
}

/* --- tokens --- */

static bool known(const ra_item_usage *u, int fact)
{
    return u->fact[RA_STRONG][fact] && u->fact[RA_WEAK][fact];
}

static bool by_characters(const ra_money *m, const ra_item_usage *u, bool out)
{
    return m->characters_per_token > 0 && known(u, out ? RA_CHARACTERS_OUT : RA_CHARACTERS_IN);
}

static double *make_tokens(ra_arena *arena, const ra_money *m, const ra_item_usage *u, int side,
                           bool out)
{
    double *tokens = ra_arena_alloc(arena, u->count, sizeof *tokens);
    int fact = out ? RA_TOKENS_OUT : RA_TOKENS_IN;
    int text = out ? RA_CHARACTERS_OUT : RA_CHARACTERS_IN;
    double assumed = out ? m->assumed_output : m->assumed_input;
    for (size_t i = 0; i < u->count; i++)
        tokens[i] = known(u, fact)             ? u->fact[side][fact][i]
                    : by_characters(m, u, out) ? u->fact[side][text][i] / m->characters_per_token
                                               : assumed * u->requests[i];
    return tokens;
}

/* Tokens of each item for each model. */
typedef struct item_tokens {
    double *in[RA_SIDES], *out[RA_SIDES];
} item_tokens;

/* By the terms of the money: recorded, or of characters, or assumed. */
static void fill_tokens(ra_arena *arena, const ra_money *money, const ra_item_usage *usage,
                        item_tokens *out)
{
    for (int side = 0; side < RA_SIDES; side++) {
        out->in[side] = make_tokens(arena, money, usage, side, false);
        out->out[side] = make_tokens(arena, money, usage, side, true);
    }
}

void ra_money_sums(ra_arena *arena, const ra_money *money, const ra_item_usage *usage, ra_sums *out)
{
    item_tokens t;
    double *usd[RA_SIDES];
    fill_tokens(arena, money, usage, &t);
    for (int side = 0; side < RA_SIDES; side++) {
        const ra_priced_model *p = &money->model[side];
        usd[side] = ra_arena_alloc(arena, usage->count, sizeof(double));
        for (size_t i = 0; i < usage->count; i++)
            usd[side][i] = t.in[side][i] * p->input + t.out[side][i] * p->output;
    }
    *out = (ra_sums){usd[RA_STRONG], usd[RA_WEAK], usage->requests, usage->requests};
}

/* --- money --- */

/* "recorded", or what stands for the tokens in one direction. */
static const char *basis(ra_arena *arena, const ra_money *m, const ra_item_usage *u, bool out)
{
    if (known(u, out ? RA_TOKENS_OUT : RA_TOKENS_IN))
        return "recorded";
    return by_characters(m, u, out)
               ? ra_arena_printf(arena, "characters / %g", m->characters_per_token)
               : ra_arena_printf(arena, "assumed %g", out ? m->assumed_output : m->assumed_input);
}

static const char *describe(ra_arena *arena, const ra_money *m, const ra_item_usage *u)
{
    bool in = known(u, RA_TOKENS_IN), out = known(u, RA_TOKENS_OUT);
    if (in && out)
        return "recorded";
    if (!in && !out && !by_characters(m, u, false) && !by_characters(m, u, true))
        return ra_arena_printf(arena, "assumed: %g in, %g out", m->assumed_input,
                               m->assumed_output);
    return ra_arena_printf(arena, "in: %s, out: %s", basis(arena, m, u, false),
                           basis(arena, m, u, true));
}

static double mean(const double *sums, const ra_item_usage *u)
{
    double sum = 0, requests = 0;
    for (size_t i = 0; i < u->count; i++) {
        sum += sums[i];
        requests += u->requests[i];
    }
    return sum / requests;
}

static void fill_side(ra_arena *arena, const ra_price *price, const item_tokens *t,
                      const ra_item_usage *usage, int side, ra_priced_model *out)
{
    *out = (ra_priced_model){.input = price->input,
                             .output = price->output,
                             .tokens_in = mean(t->in[side], usage),
                             .tokens_out = mean(t->out[side], usage),
                             .date = ra_arena_strdup(arena, price->date),
                             .source = ra_arena_strdup(arena, price->source)};
}

bool ra_prices_money(ra_arena *arena, const ra_prices *prices, const ra_item_usage *usage,
                     const char *const models[RA_SIDES], ra_money *out, ra_error *err)
{
    *out = (ra_money){.as_of = ra_arena_strdup(arena, prices->as_of),
                      .assumed_input = prices->assumed_input,
                      .assumed_output = prices->assumed_output,
                      .characters_per_token = prices->characters_per_token};
    ra_arena scratch = {0};
    item_tokens tokens;
    double *usd[RA_SIDES] = {&out->strong_usd, &out->weak_usd};
    bool ok = true;
    fill_tokens(&scratch, out, usage, &tokens);
    for (int side = 0; ok && side < RA_SIDES; side++) {
        const ra_price *price = ra_prices_find(prices, models[side], err);
        ok = price;
        if (!ok)
            break;
        ra_priced_model *m = &out->model[side];
        fill_side(arena, price, &tokens, usage, side, m);
        *usd[side] = m->tokens_in * m->input + m->tokens_out * m->output;
    }
    out->tokens = describe(arena, out, usage);
    ra_arena_release(&scratch);
    return ok;
}
