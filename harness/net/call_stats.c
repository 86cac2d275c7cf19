#include "net/call_stats.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct collecting {
    ra_arena *arena;
    ra_call_group *groups;
    size_t count, capacity;
    ra_map index;
} collecting;

static void add(double *sum, double value)
{
    if (!isnan(value))
        *sum += value;
}

static ra_call_group *group_of(collecting *c, const ra_store_row *row)
{
    const char *model = row->requested_model ? row->requested_model : "-";
    const char *key = ra_arena_printf(c->arena, "%s\n%s", row->purpose, model);
    size_t at = ra_map_add(&c->index, key, c->count);
    if (at != RA_MAP_NONE)
        return &c->groups[at];
    ra_grow(&c->groups, &c->capacity, c->count + 1, sizeof *c->groups);
    c->groups[c->count] = (ra_call_group){.purpose = ra_arena_strdup(c->arena, row->purpose),
                                          .model = ra_arena_strdup(c->arena, model)};
    return &c->groups[c->count++];
}

static bool collect(void *context, const ra_store_row *row, ra_error *err)
{
    (void)err;
    ra_call_group *g = group_of(context, row);
    g->calls++;
    add(&g->prompt_tokens, row->prompt_tokens);
    add(&g->completion_tokens, row->completion_tokens);
    add(&g->cached_tokens, row->cached_tokens);
    add(&g->reasoning_tokens, row->reasoning_tokens);
    add(&g->usd, row->usd);
    g->unpriced += isnan(row->usd) ? 1 : 0;
    if (!isnan(row->latency_ms)) {
        ra_grow(&g->latencies, &g->latency_capacity, g->latency_count + 1, sizeof *g->latencies);
        g->latencies[g->latency_count++] = row->latency_ms;
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double q)
{
    if (count == 0)
        return NAN;
    double place = q * (double)(count - 1);
    size_t below = (size_t)place, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

static void finish(ra_call_group *g)
{
    if (g->latency_count > 0)
        qsort(g->latencies, g->latency_count, sizeof *g->latencies, by_value);
    g->p50_ms = quantile(g->latencies, g->latency_count, 0.5);
    g->p90_ms = quantile(g->latencies, g->latency_count, 0.9);
    g->p99_ms = quantile(g->latencies, g->latency_count, 0.99);
    free(g->latencies);
    g->latencies = NULL;
}

static int by_name(const void *a, const void *b)
{
    const ra_call_group *x = a, *y = b;
    int order = strcmp(x->purpose, y->purpose);
    return order ? order : strcmp(x->model, y->model);
}

bool ra_call_stats(ra_store *store, ra_arena *arena, ra_call_group **groups, size_t *count,
                   ra_error *err)
{
    collecting c = {.arena = arena};
    bool ok = ra_store_each(store, NULL, "", collect, &c, err);
    for (size_t i = 0; i < c.count; i++)
        finish(&c.groups[i]);
    if (c.count > 0)
        qsort(c.groups, c.count, sizeof *c.groups, by_name);
    *count = c.count;
    *groups = ra_arena_alloc(arena, c.count + 1, sizeof **groups);
    if (c.count > 0)
        memcpy(*groups, c.groups, c.count * sizeof **groups);
    free(c.groups);
    ra_map_release(&c.index);
    return ok;
}
