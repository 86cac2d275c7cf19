/* routeassay verify: hold a document's claims against its own figures and against results. */
#include "cli/commands.h"
#include "cli/options.h"
#include "verify/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "verify", "CLAIMS.json",
    "Says of each claim whether it is reproduced, consistent, contradicted (by measured results),\n"
    "inconsistent (with the document's own figures) or not testable, and why. Exit 1 if any is\n"
    "contradicted or inconsistent.",
    "routeassay verify golden/claims/routellm.json --results out/results.json"};

typedef struct request {
    const char *claims, *results, *out;
    bool json, all;
} request;

static void print_claim(const ra_judged *j)
{
    printf("%-13s %-28s %s %s\n", ra_verdict_names[j->verdict], j->claim->id, j->claim->relation,
           j->claim->published);
    printf("    %s: %s\n", j->claim->source, j->claim->statement);
    if (*j->arithmetic)
        printf("    %s = %.6g\n", j->arithmetic, j->found.value);
    printf("    %s\n", j->reason);
    for (size_t i = 0; i < j->other_count; i++)
        printf("    under grader %s: %s, %.6g\n", j->others[i].grader,
               ra_verdict_names[j->others[i].verdict], j->others[i].found.value);
    if (j->claim->note)
        printf("    note: %s\n", j->claim->note);
}

/* The worst first; what cannot be tested is only counted unless asked for. */
static void print_all(const request *r, const ra_claims *claims, const ra_judged *judged)
{
    size_t counts[RA_VERDICTS];
    ra_verdicts_count(claims, judged, counts);
    for (size_t k = 0; k < RA_VERDICTS; k++)
        for (size_t i = 0; i < claims->claim_count; i++)
            if (judged[i].verdict == ra_verdict_order[k] &&
                (r->all || ra_verdict_order[k] != RA_NOT_TESTABLE))
                print_claim(&judged[i]);
    printf("%zu claims:", claims->claim_count);
    for (size_t k = 0; k < RA_VERDICTS; k++)
        printf("%s %zu %s", k ? "," : "", counts[ra_verdict_order[k]],
               ra_verdict_names[ra_verdict_order[k]]);
    printf("%s\n", r->all || !counts[RA_NOT_TESTABLE] ? "" : " (--all shows why)");
}

static bool show(const request *r, const ra_claims *claims, const ra_judged *judged, ra_error *err)
{
    ra_json *doc = ra_verdicts_json(claims, judged);
    bool ok = !r->out || ra_json_write(r->out, doc, err);
    if (ok && r->json) {
        ra_json_show(doc, stdout);
    } else if (ok) {
        print_all(r, claims, judged);
    }
    ra_json_free(doc);
    return ok;
}

static bool failed(const ra_claims *claims, const ra_judged *judged, ra_error *err)
{
    size_t counts[RA_VERDICTS];
    ra_verdicts_count(claims, judged, counts);
    if (counts[RA_CONTRADICTED] + counts[RA_INCONSISTENT] == 0)
        return false;
    ra_failf(err, RA_ERR_CHECK, claims->path, 0, "%zu claims contradicted, %zu inconsistent",
             counts[RA_CONTRADICTED], counts[RA_INCONSISTENT]);
    return true;
}

static bool verify(const request *r, ra_error *err)
{
    ra_claims claims;
    ra_results results = {0};
    ra_judged *judged;
    ra_arena arena = {0};
    if (!ra_claims_read(&claims, r->claims, err))
        return false;
    bool ok = (!r->results || ra_results_read(&results, r->results, err)) &&
              ra_claims_judge(&claims, r->results ? &results : NULL, &arena, &judged, err) &&
              show(r, &claims, judged, err) && !failed(&claims, judged, err);
    ra_arena_release(&arena);
    ra_results_release(&results);
    ra_claims_release(&claims);
    return ok;
}

bool ra_cmd_verify(int argc, char **argv, ra_error *err)
{
    request r = {0};
    const ra_option options[] = {{"results", RA_TEXT, &r.results, "FILE",
                                  "results.json; without, only a document's own "
                                  "arithmetic can be tested"},
                                 {"out", RA_TEXT, &r.out, "FILE", "write verdicts.json here"},
                                 {"all", RA_FLAG, &r.all, NULL, "show what is not testable, too"},
                                 {"json", RA_FLAG, &r.json, NULL, "verdicts.json on stdout"},
                                 {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!ra_one_operand(&operands, &help, "file of claims", err))
        return false;
    r.claims = operands.items[0];
    return verify(&r, err);
}
