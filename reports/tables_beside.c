/* A document's table of routers with those measured here beside its rows: the same kind, trained
 * on what was at hand. */
#include "reports/tables.h"
#include "verify/claims.h"

#include <string.h>

static const ra_column columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},     {"from", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"trained on", RA_COLUMN_TEXT, RA_BEST_NONE}, {"embedder", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"CPT(50%)", RA_COLUMN_NUMBER, RA_BEST_NONE}, {"CPT(80%)", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"APGR", RA_COLUMN_NUMBER, RA_BEST_NONE},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void published_figure(ra_table *t, const ra_claim *claim)
{
    double value;
    ra_cell *cell = ra_table_text(t, claim->published);
    cell->id = ra_printable_text(t->arena, claim->id);
    if (ra_parse_number(claim->published, &value))
        cell->sort = value;
}

static void published_row(ra_table *t, const ra_published_row *row)
{
    ra_table_text(t, row->router);
    ra_table_text(t, "the document");
    ra_table_text(t, row->trained_on);
    ra_table_text(t, strcmp(row->trained_on, "none") == 0 ? "none" : "see below");
    published_figure(t, row->cpt50);
    published_figure(t, row->cpt80);
    published_figure(t, row->apgr);
}

/* "805 battles, 1500 labels of mmlu" */
static const char *learned_from(ra_arena *arena, const ra_trained_on *on)
{
    size_t battles = on->battles - on->labels;
    const char *first = battles > 0 ? ra_arena_printf(arena, "%zu battles", battles) : "";
    if (on->labels == 0)
        return first;
    return ra_arena_printf(arena, "%s%s%zu labels of %s", first, battles > 0 ? ", " : "",
                           on->labels, on->gold);
}

static void measured_row(ra_table *t, const ra_benchmark_result *b, const ra_router_result *r)
{
    const ra_trained_on *on = &r->trained;
    const char *untold = strcmp(r->router, "random") == 0 ? "none" : "unknown";
    ra_table_text(t, r->name);
    ra_table_text(t, "this study");
    ra_table_text(t, on->kind ? learned_from(t->arena, on) : untold);
    ra_table_text(t, on->embedder ? on->embedder : on->kind ? "none" : untold);
    ra_table_estimate(t, &r->cpt[1].at, 100, 0, 2)->id = ra_cell_id(t->arena, b, r->name, "cpt50");
    ra_table_estimate(t, &r->cpt[2].at, 100, 0, 2)->id = ra_cell_id(t->arena, b, r->name, "cpt80");
    ra_table_estimate(t, &r->apgr, 1, 0, 3)->id = ra_cell_id(t->arena, b, r->name, "apgr");
}

/* Trained here, or opened as that kind: "mf:FILE". */
static bool is_of_kind(const ra_router_result *r, const char *kind)
{
    size_t length = strlen(kind);
    return r->trained.kind ? strcmp(r->trained.kind, kind) == 0
                           : strncmp(r->router, kind, length) == 0 &&
                                 (r->router[length] == '\0' || r->router[length] == ':');
}

static bool in_document(const ra_published_table *published, const ra_router_result *r)
{
    for (size_t i = 0; i < published->row_count; i++)
        if (is_of_kind(r, published->rows[i].kind))
            return true;
    return false;
}

/* Rows of a kind stand together: published ones first, then those of this study. */
static void rows_of_kind(ra_table *t, const ra_benchmark_result *b,
                         const ra_published_table *published, const char *kind)
{
    for (size_t i = 0; i < published->row_count; i++)
        if (strcmp(published->rows[i].kind, kind) == 0)
            published_row(t, &published->rows[i]);
    for (size_t i = 0; i < b->router_count; i++)
        if (is_of_kind(&b->routers[i], kind))
            measured_row(t, b, &b->routers[i]);
}

static bool seen_kind(const ra_published_table *published, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(published->rows[i].kind, published->rows[index].kind) == 0)
            return true;
    return false;
}

ra_table *ra_table_beside(ra_arena *arena, const ra_benchmark_result *b,
                          const ra_published_table *published)
{
    ra_table *t = ra_table_new(arena, ra_arena_printf(arena, "beside-%s", published->name),
                               ra_arena_printf(arena, "%s, and this study's routers beside it",
                                               ra_printable_text(arena, published->title)),
                               columns, COLUMNS, published->row_count + b->router_count);
    for (size_t i = 0; i < published->row_count; i++)
        if (!seen_kind(published, i))
            rows_of_kind(t, b, published, published->rows[i].kind);
    for (size_t i = 0; i < b->router_count; i++)
        if (b->routers[i].trained.kind && !in_document(published, &b->routers[i]))
            measured_row(t, b, &b->routers[i]);
    ra_table_note(t, "CPT in %%. What differs: %s", published->differs);
    return t;
}
