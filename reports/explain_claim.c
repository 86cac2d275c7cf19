#include "reports/explain_claim.h"

#include "measure/cells.h"
#include "reports/table.h"

#include <math.h>
#include <string.h>

typedef struct explaining {
    const ra_claims *claims;
    const ra_results *results;
    ra_arena arena;
    ra_buf *out;
} explaining;

static void line(explaining *e, const char *label, const char *text)
{
    if (text && *text)
        ra_buf_printf(e->out, "%-12s %s\n", label, ra_printable_text(&e->arena, text));
}

static void explain_published(explaining *e, const char *name)
{
    size_t found = ra_map_get(&e->claims->by_name, name);
    ra_buf_printf(
        e->out, "  {%s} = %s, as the document prints it\n", ra_printable_text(&e->arena, name),
        found == RA_MAP_NONE ? "unknown"
                             : ra_printable_text(&e->arena, e->claims->values[found].printed));
}

static void explain_measured(explaining *e, const char *name)
{
    ra_estimate cell;
    ra_error why;
    const char *shown = ra_printable_text(&e->arena, name);
    if (!e->results || !ra_cell_find(e->results, name, &cell, &why)) {
        ra_buf_printf(e->out, "  [%s] is not known: %s\n", shown,
                      e->results ? ra_printable_text(&e->arena, why.message)
                                 : "no results were given");
        return;
    }
    ra_buf_printf(e->out, "  [%s] = ", shown);
    ra_buf_number(e->out, cell.value);
    if (isfinite(cell.lo) && isfinite(cell.hi) && cell.lo < cell.hi)
        ra_buf_printf(e->out, ", from %.6g to %.6g", cell.lo, cell.hi);
    ra_buf_puts(e->out, ", measured\n");
}

/* Each name in the quantity, in order; the quantity was read without errors. */
static void explain_names(explaining *e, const char *quantity)
{
    for (const char *at = strpbrk(quantity, "{["); at; at = strpbrk(at + 1, "{[")) {
        size_t length = strcspn(at + 1, *at == '{' ? "}" : "]");
        const char *name = ra_arena_strndup(&e->arena, at + 1, length);
        if (*at == '{')
            explain_published(e, name);
        else
            explain_measured(e, name);
    }
}

static const char *rule_of(const ra_judged *j)
{
    if (j->verdict == RA_NOT_TESTABLE)
        return "what a test would take is missing";
    if (strcmp(j->claim->relation, "=") != 0)
        return "the inequality holds (reproduced), may hold within what is possible (consistent), "
               "or does not";
    if (j->claim->tolerance)
        return "equal within the document's own tolerance, or within what is possible, or neither";
    return "equal at the printed precision (reproduced), within what is possible (consistent), or "
           "neither";
}

static void explain(explaining *e, const ra_judged *j)
{
    const ra_claim *c = j->claim;
    line(e, "claim", c->id);
    line(e, "statement", c->statement);
    line(e, "source", c->source);
    line(e, "document", e->claims->title);
    ra_buf_printf(e->out, "%-12s %s %s", "published", c->relation,
                  ra_printable_text(&e->arena, c->published));
    if (c->tolerance)
        ra_buf_printf(e->out, " +- %s", ra_printable_text(&e->arena, c->tolerance));
    ra_buf_puts(e->out, "\n");
    line(e, "quantity", c->quantity);
    if (c->quantity)
        explain_names(e, c->quantity);
    if (*j->arithmetic) {
        ra_buf_printf(e->out, "%-12s %s = %.6g", "arithmetic",
                      ra_printable_text(&e->arena, j->arithmetic), j->found.value);
        if (j->found.lo < j->found.hi)
            ra_buf_printf(e->out, "; possible: %.6g to %.6g", j->found.lo, j->found.hi);
        ra_buf_puts(e->out, "\n");
    }
    line(e, "verdict", ra_verdict_names[j->verdict]);
    line(e, "because", j->reason);
    for (size_t i = 0; i < j->other_count; i++)
        ra_buf_printf(e->out, "%-12s under grader %s: %s, %.6g\n", "also",
                      ra_printable_text(&e->arena, j->others[i].grader),
                      ra_verdict_names[j->others[i].verdict], j->others[i].found.value);
    line(e, "rule", rule_of(j));
    line(e, "note", c->note);
}

static bool unknown(const ra_claims *claims, const char *id, ra_error *err)
{
    ra_failf(err, RA_ERR_USAGE, claims->path, 0, "no claim '%s'", id);
    return ra_hintf(err, "'routeassay verify --all %s' shows the claims with their ids",
                    claims->path);
}

bool ra_explain_claim(const ra_claims *claims, const ra_results *results, const char *id,
                      ra_buf *out, ra_error *err)
{
    explaining e = {.claims = claims, .results = results, .out = out};
    ra_judged *judged;
    bool ok = ra_claims_judge(claims, results, &e.arena, &judged, err), found = false;
    for (size_t i = 0; ok && !found && i < claims->claim_count; i++) {
        found = strcmp(claims->claims[i].id, id) == 0;
        if (found)
            explain(&e, &judged[i]);
    }
    ra_arena_release(&e.arena);
    return ok && (found || unknown(claims, id, err));
}
