/* What the routers learned from, and how that grows with the number of gold labels. */
#include "reports/tables.h"

static const ra_column columns[] = {
    {"router", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"kind", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"embedder", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"preferences", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"gold labels of", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"gold labels", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"folds", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"items seen", RA_COLUMN_NUMBER, RA_BEST_NONE},
    {"APGR", RA_COLUMN_NUMBER, RA_BEST_HIGHEST},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void add_row(ra_table *t, const ra_router_result *r, size_t labels, const ra_estimate *apgr)
{
    const ra_trained_on *on = &r->trained;
    ra_table_text(t, r->name);
    ra_table_text(t, on->kind);
    ra_table_text(t, on->embedder ? on->embedder : "none");
    ra_table_text(t, on->data ? on->data : "none");
    ra_table_text(t, on->gold && labels > 0 ? on->gold : "none");
    ra_table_count(t, labels);
    ra_table_count(t, labels > 0 ? on->folds : 0);
    ra_table_count(t, on->seen);
    ra_table_estimate(t, apgr, 1, 0, 3);
}

ra_table *ra_table_training(ra_arena *arena, const ra_benchmark_result *b)
{
    size_t rows = 0;
    for (size_t i = 0; i < b->router_count; i++)
        rows += 1 + b->routers[i].learning_count;
    ra_table *t = ra_benchmark_table(arena, b, "training", "what the routers learned from", columns,
                                     COLUMNS, rows);
    for (size_t i = 0; i < b->router_count; i++) {
        const ra_router_result *r = &b->routers[i];
        for (size_t k = 0; k + 1 < r->learning_count; k++)
            add_row(t, r, r->learning[k].labels, &r->learning[k].apgr);
        if (r->trained.kind)
            add_row(t, r, r->trained.labels, &r->apgr);
    }
    ra_table_mark_best(t);
    ra_table_note(t, "Gold labels: grades of recorded items. Folds: each item is scored by a model "
                     "that never saw it (0: nothing measured here was learned from). Items seen: "
                     "measured items that their own model was trained on; above 0, the row says "
                     "nothing about new prompts.");
    return t;
}
