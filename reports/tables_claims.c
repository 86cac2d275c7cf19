/* A document's claims and what became of them. */
#include "reports/tables.h"
#include "verify/claims.h"

#include <string.h>

static const ra_column count_columns[] = {{"verdict", RA_COLUMN_TEXT, RA_BEST_NONE},
                                          {"claims", RA_COLUMN_NUMBER, RA_BEST_NONE},
                                          {"meaning", RA_COLUMN_TEXT, RA_BEST_NONE}};

static const char *const meanings[RA_VERDICTS] = {
    "equal at the printed precision, or the inequality holds",
    "not equal, but within the interval or the rounding of the printed figures",
    "outside of what was measured", "the document's own figures say otherwise",
    "something is missing; verify --all says what for each"};

static ra_table *count_table(ra_arena *arena, const ra_claims *claims, const ra_judged *judged)
{
    size_t counts[RA_VERDICTS];
    ra_verdicts_count(claims, judged, counts);
    ra_table *t = ra_table_new(arena, ra_arena_printf(arena, "%s-verdicts", claims->name),
                               "Verdicts", count_columns, 3, RA_VERDICTS);
    for (int k = 0; k < RA_VERDICTS; k++) {
        ra_table_text(t, ra_verdict_names[ra_verdict_order[k]]);
        ra_table_count(t, counts[ra_verdict_order[k]]);
        ra_table_text(t, meanings[ra_verdict_order[k]]);
    }
    ra_table_note(t, "%s.", claims->title);
    return t;
}

static const ra_column claim_columns[] = {
    {"verdict", RA_COLUMN_TEXT, RA_BEST_NONE},   {"claim", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"source", RA_COLUMN_TEXT, RA_BEST_NONE},    {"published", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"found", RA_COLUMN_NUMBER, RA_BEST_NONE},   {"reason", RA_COLUMN_TEXT, RA_BEST_NONE},
    {"arithmetic", RA_COLUMN_TEXT, RA_BEST_NONE}};
enum { CLAIM_COLUMNS = sizeof claim_columns / sizeof *claim_columns };

/* "; under grader numeric: contradicted, 85.8555" */
static const char *under_graders(ra_arena *arena, const ra_judged *j)
{
    const char *text = "";
    for (size_t i = 0; i < j->other_count; i++)
        text = ra_arena_printf(arena, "%s; under grader %s: %s, %.6g", text, j->others[i].grader,
                               ra_verdict_names[j->others[i].verdict], j->others[i].found.value);
    return text;
}

static void claim_row(ra_table *t, const ra_judged *j)
{
    bool equal = strcmp(j->claim->relation, "=") == 0;
    ra_table_text(t, ra_verdict_names[j->verdict])->sort = (double)j->verdict;
    ra_table_text(t, j->claim->statement)->id = ra_printable_text(t->arena, j->claim->id);
    ra_table_text(t, j->claim->source);
    ra_table_textf(t, "%s%s%s", equal ? "" : j->claim->relation, equal ? "" : " ",
                   j->claim->published);
    ra_table_number(t, j->found.value, 4);
    ra_table_textf(t, "%s%s%s%s", j->reason, under_graders(t->arena, j), j->claim->note ? "; " : "",
                   j->claim->note ? j->claim->note : "");
    ra_table_text(t, j->arithmetic);
}

static ra_table *claim_table(ra_arena *arena, const ra_claims *claims, const ra_judged *judged)
{
    ra_table *t = ra_table_new(arena, ra_arena_printf(arena, "%s-claims", claims->name),
                               "Claims that can be tested", claim_columns, CLAIM_COLUMNS,
                               claims->claim_count);
    for (int k = 0; k < RA_VERDICTS; k++)
        for (size_t i = 0; i < claims->claim_count; i++)
            if (judged[i].verdict == ra_verdict_order[k] && ra_verdict_order[k] != RA_NOT_TESTABLE)
                claim_row(t, &judged[i]);
    return t;
}

/* Tables whose benchmark the results have. */
static void add_beside(ra_document *d, const ra_claims *claims, const ra_results *results)
{
    bool begun = false;
    for (size_t i = 0; i < claims->table_count; i++)
        for (size_t k = 0; k < results->benchmark_count; k++) {
            const ra_benchmark_result *b = &results->benchmarks[k];
            if (!ra_is_main_result(results, b) || strcmp(b->name, claims->tables[i].benchmark) != 0)
                continue;
            if (!begun)
                ra_document_section(d, "Published tables beside this study");
            begun = true;
            ra_section_add(d, ra_table_beside(&d->arena, b, &claims->tables[i]));
        }
}

bool ra_document_add_claims(ra_document *d, const ra_results *results, const char *path,
                            ra_error *err)
{
    ra_claims claims;
    ra_judged *judged;
    if (!ra_claims_read(&claims, path, err))
        return false;
    bool ok = ra_claims_judge(&claims, results, &d->arena, &judged, err);
    if (ok) {
        add_beside(d, &claims, results);
        ra_section *section = ra_document_section(d, "Published claims");
        section->figures_of[0] = ra_file_part(&d->arena, claims.name);
        ra_section_add(d, count_table(&d->arena, &claims, judged));
        ra_section_add(d, claim_table(&d->arena, &claims, judged));
    }
    ra_claims_release(&claims);
    return ok;
}
