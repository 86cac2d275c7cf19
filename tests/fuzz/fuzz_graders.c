/* Property: every grader gives any text a verdict whose place lies in the text; no crash. */
#include "benchmarks/benchmark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void grade(const ra_grader *grader, const char *text)
{
    const char *reference = "2 + 2 = 4\n#### 1,234.50";
    ra_item item = {.reference = &reference, .reference_count = 1};
    ra_arena arena = {0};
    ra_verdict v = {.score = (double)NAN};
    grader->grade(&item, text, &arena, &v);
    if (v.start > v.end || v.end > strlen(text) || (isnan(v.score) && !v.reason))
        abort();
    ra_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    /* recordings are valid UTF-8 when they come to a grader */
    if (ra_utf8_check(text, strlen(text)) == strlen(text))
        for (const ra_benchmark *const *b = ra_benchmarks; *b; b++)
            for (const ra_grader *const *g = (*b)->graders; *g; g++)
                if ((*g)->grade)
                    grade(*g, text);
    free(text);
    return 0;
}
