/* What routers cost to run: the layout of the RouteLLM paper's Table 7, theirs beside ours, and
 * what it leaves out. */
#include "measure/overhead.h"
#include "reports/tables.h"

#include <math.h>
#include <string.h>

static const ra_column cost_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"threads", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per million requests", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"embeddings, $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"together, $", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"of strong generation, %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"requests per second", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per hour", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"published", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"its $ per million", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"of that embeddings", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"its requests per second", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"its $ per hour", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"dearer by, embeddings apart", RA_COLUMN_NUMBER, RA_BEST_NONE},
};

static const ra_column time_columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"threads", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"p50, ms", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"p90, ms", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"p99, ms", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per million, one at a time", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"load, ms", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"first request, ms", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"processor per request, ms", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"$ per million, by processor", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"memory, MiB", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"requests far out, %", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"blocks far out", RA_COLUMN_TEXT, RA_BEST_NONE},
};
enum {
    COST_COLUMNS = sizeof cost_columns / sizeof *cost_columns,
    TIME_COLUMNS = sizeof time_columns / sizeof *time_columns,
};

/* Three digits that count; times and dollars range over ten powers of ten. */
static const char *shown(ra_arena *arena, double value)
{
    return ra_arena_printf(arena, fabs(value) >= 100 ? "%.0f" : "%.3g", value);
}

static void add(ra_table *t, const ra_estimate *e, double factor)
{
    const char *value = shown(t->arena, e->value * factor);
    if (!isfinite(e->value))
        ra_table_number(t, NAN, 0);
    else if (!isfinite(e->lo) || !isfinite(e->hi))
        ra_table_text(t, value);
    else
        ra_table_textf(t, "%s [%s, %s]", value, shown(t->arena, e->lo * factor),
                       shown(t->arena, e->hi * factor));
}

static void add_name(ra_table *t, const ra_overhead_router *r)
{
    ra_table_textf(t, r->stored ? "%s, from stored calls" : "%s", r->name);
    ra_table_number(t, r->stored ? (double)NAN : r->threads, 0);
}

static const ra_overhead_published *published_for(const ra_overhead *o, const char *kind)
{
    for (size_t i = 0; i < o->published_count; i++)
        if (o->published[i].kind && strcmp(o->published[i].kind, kind) == 0)
            return &o->published[i];
    return NULL;
}

static void add_published(ra_table *t, const ra_overhead_published *p, double our_usd)
{
    if (!p) {
        ra_table_text(t, "\u2013");
        for (int i = 0; i < 5; i++)
            ra_table_number(t, NAN, 0);
        return;
    }
    ra_table_text(t, p->router);
    ra_table_number(t, p->usd_per_million, 2);
    ra_table_number(t, p->embedding_usd, 2);
    ra_table_number(t, p->requests_per_s, 2);
    ra_table_number(t, p->usd_per_hour, 2);
    double embedding = isfinite(p->embedding_usd) ? p->embedding_usd : 0;
    double ratio = our_usd > 0 ? (p->usd_per_million - embedding) / our_usd : (double)NAN;
    ra_table_text(t, isfinite(ratio) ? shown(t->arena, ratio) : "\u2013");
}

static void add_missing(ra_table *t, const ra_overhead *o)
{
    for (size_t i = 0; i < o->published_count; i++) {
        const ra_overhead_published *p = &o->published[i];
        bool measured = false;
        for (size_t k = 0; k < o->router_count; k++)
            measured |= p->kind && strcmp(p->kind, o->routers[k].kind) == 0;
        if (measured)
            continue;
        ra_table_text(t, "not measured");
        for (int k = 0; k < 7; k++)
            ra_table_number(t, NAN, 0);
        add_published(t, p, NAN);
    }
}

static void note_prices(ra_table *t, const ra_overhead *o)
{
    ra_table_note(t,
                  "$ per million requests = $ per hour / (requests per second * 3600) * 10^6, for "
                  "the whole machine, with %zu prompts of %s in batches of %zu.",
                  o->prompts, o->benchmark, o->batch);
    if (o->strong_model)
        ra_table_note(t, "Strong generation: %s, $%.2f per million requests (tokens %s).",
                      o->strong_model, o->strong_usd, o->strong_tokens ? o->strong_tokens : "");
    else
        ra_table_note(t, "No price of the strong model was given (--prices).");
    if (o->embedding_model)
        ra_table_note(t, "Embeddings: %s, for routers whose vectors come from elsewhere.",
                      o->embedding_model);
    if (o->published_title)
        ra_table_note(t,
                      "Published: %s (%s). Dearer by: its dollars without embeddings over ours; "
                      "its machine's hour may have another price.",
                      o->published_title, o->published_source);
}

/* What a row of stored calls is, and what it leaves out. */
static void note_stored(ra_table *t, const ra_overhead *o)
{
    for (size_t i = 0; i < o->router_count; i++) {
        const ra_overhead_router *r = &o->routers[i];
        const ra_overhead_stored *s = r->stored;
        if (!s)
            continue;
        ra_table_note(t,
                      "%s: " RA_OVERHEAD_STORED ", not measured here and without throughput: %zu "
                      "calls for %zu prompts%s%s.",
                      r->name, s->calls, s->prompts,
                      s->settings > 1 ? ", the mean over the settings of its knob" : "",
                      s->answers ? "; the answer itself is in time and price" : "");
        if (s->untimed + s->unpriced > 0)
            ra_table_note(t, "%s: %zu prompts of unknown time and %zu of unknown price left out.",
                          r->name, s->untimed, s->unpriced);
    }
}

static ra_table *cost_table(ra_arena *arena, const ra_overhead *o)
{
    ra_table *t = ra_table_new(arena, "overhead-cost", "Router overhead: cost", cost_columns,
                               COST_COLUMNS, o->router_count + o->published_count);
    for (size_t i = 0; i < o->router_count; i++) {
        const ra_overhead_router *r = &o->routers[i];
        const ra_estimate *own = r->stored ? &r->total_usd : &r->batch_usd;
        add_name(t, r);
        add(t, own, 1);
        ra_table_number(t, r->embedding_usd, 2);
        add(t, &r->total_usd, 1);
        add(t, &r->share_of_strong, 100);
        add(t, &r->requests_per_s, 1);
        ra_table_number(t, r->stored ? (double)NAN : o->usd_per_hour, 2);
        add_published(t, published_for(o, r->kind), own->value);
    }
    add_missing(t, o);
    note_prices(t, o);
    note_stored(t, o);
    return t;
}

static double far_out_percent(const ra_overhead_router *r)
{
    double out = 0, all = 0;
    for (size_t i = 0; i < r->block_count; i++) {
        out += (double)r->blocks[i].single.far_out;
        all += (double)r->blocks[i].single.count;
    }
    return 100 * out / all;
}

static void note_machine(ra_table *t, const ra_overhead *o)
{
    const ra_machine *m = &o->machine;
    ra_table_note(t,
                  "One request at a time, in blocks of %g s in fresh processes that take turns; "
                  "less the time of a router that does nothing.",
                  o->block_s);
    ra_table_note(t, "[%g %%: where the mean of as many further blocks falls.] Stopped because %s.",
                  100 * o->level, o->stopped);
    ra_table_note(t,
                  "By processor: what a million requests in batches would cost if every core were "
                  "kept busy; other work on the machine does not count.");
    ra_table_note(t, "Far out: " RA_FAR_OUT_RULE "; none is left out.");
    ra_table_note(t,
                  "Machine: %s (%s), %d cores, %.0f MiB, %s; load %.2f at the start. BLAS: %s. "
                  "Built by %s. routeassay %s (%s).",
                  m->cpu ? m->cpu : "unknown processor", m->flags ? m->flags : "", m->cores,
                  m->memory_mib, m->system ? m->system : "unknown system", m->load,
                  m->blas ? m->blas : "unknown", m->compiler ? m->compiler : "unknown",
                  o->tool_version, o->tool_commit);
}

static ra_table *time_table(ra_arena *arena, const ra_overhead *o)
{
    ra_table *t = ra_table_new(arena, "overhead-latency", "Router overhead: latency and memory",
                               time_columns, TIME_COLUMNS, o->router_count);
    for (size_t i = 0; i < o->router_count; i++) {
        const ra_overhead_router *r = &o->routers[i];
        add_name(t, r);
        add(t, &r->p50_s, 1e3);
        add(t, &r->p90_s, 1e3);
        add(t, &r->p99_s, 1e3);
        add(t, &r->single_usd, 1);
        add(t, &r->load_s, 1e3);
        add(t, &r->first_s, 1e3);
        add(t, &r->cpu_s, 1e3);
        add(t, &r->processor_usd, 1);
        ra_table_number(t, r->peak_mib.value, 1);
        ra_table_number(t, far_out_percent(r), 2);
        if (r->stored)
            ra_table_text(t, "\u2013");
        else
            ra_table_textf(t, "%zu of %zu", r->far_out_blocks, r->block_count);
    }
    note_machine(t, o);
    note_stored(t, o);
    return t;
}

void ra_document_add_overhead(ra_document *d, const ra_overhead *overhead)
{
    ra_section *section = ra_document_section(d, "Router overhead");
    section->figures_of[0] = RA_OVERHEAD_FIGURE;
    ra_section_add(d, cost_table(&d->arena, overhead));
    ra_section_add(d, time_table(&d->arena, overhead));
}
