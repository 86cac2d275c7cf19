/* MMLU: multiple-choice questions over 57 subjects (arXiv 2009.03300).
 *
 * RouteLLM's recordings hold labels only, so `recorded` is the default; `letter` reads the choice
 * out of free text where there is some. */
#include "benchmarks/benchmark.h"
#include "benchmarks/pattern.h"

#include <string.h>

/* Tried in this order; the first that matches decides. */
static bool find_letter(const char *text, ra_span *at, bool *limited)
{
    static ra_pattern alone = {"\\A[\\s(*\"'\\[]*([A-J])[\\s).*:\"'\\]]*\\z", NULL};
    static ra_pattern stated = {
        "(?i:answer|option|choice)(?:\\s+is)?\\s*[:=]?\\s*[(*\\[\"']*([A-J])(?![\\w'])", NULL};
    static ra_pattern leading = {"\\A[\\s(*\\[\"']*([A-J])[).:*\\]]", NULL};
    return ra_pattern_first(&alone, text, 0, 1, at, limited) ||
           ra_pattern_last(&stated, text, 1, at, limited) ||
           ra_pattern_first(&leading, text, 0, 1, at, limited);
}

static void grade_letter(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out)
{
    ra_span at;
    bool limited = false;
    if (!find_letter(text, &at, &limited)) {
        *out = (ra_verdict){0, NULL, limited ? "match limit reached" : "unparsed", 0, 0};
        return;
    }
    const char *expected = item->reference_count > 0 ? item->reference[0] : "";
    const char *found = ra_arena_strndup(arena, text + at.start, at.end - at.start);
    *out = (ra_verdict){strcmp(found, expected) == 0 ? 1 : 0, found, NULL, at.start, at.end};
}

static const ra_grader recorded = {"recorded", "the labels that the recordings came with",
                                   RA_READS_LABEL, NULL};
static const ra_grader letter = {
    "letter", "the letter alone, else after 'answer is', else at the start of the output",
    RA_READS_OUTPUT, grade_letter};
static const ra_grader *const graders[] = {&recorded, &letter, NULL};

extern const ra_benchmark ra_mmlu;
const ra_benchmark ra_mmlu = {"mmlu", "MMLU", "accuracy", 1, graders, {"mmlu.json", 16, 2, NULL}};
