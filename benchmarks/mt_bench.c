/* MT Bench: 80 two-turn questions, each turn rated 1 to 10 by a judge model (arXiv 2306.05685). */
#include "benchmarks/benchmark.h"
#include "benchmarks/pattern.h"

#include <math.h>
#include <string.h>

/* FastChat's rule; where it stores -1 for a rating that cannot be read, the score is missing. */
static void grade_rating(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out)
{
    (void)item;
    static ra_pattern two = {"\\[\\[(\\d+\\.?\\d*)\\]\\]", NULL};
    static ra_pattern one = {"\\[(\\d+\\.?\\d*)\\]", NULL};
    ra_span at;
    bool limited = false;
    double score = NAN;
    const char *found = NULL;
    if (ra_pattern_first(&two, text, 0, 1, &at, &limited) ||
        ra_pattern_first(&one, text, 0, 1, &at, &limited))
        found = ra_arena_strndup(arena, text + at.start, at.end - at.start);
    if (found && ra_parse_number(found, &score))
        *out = (ra_verdict){score, found, NULL, at.start, at.end};
    else
        *out = (ra_verdict){NAN, found, limited ? "match limit reached" : "unparsed", 0, 0};
}

static const ra_grader fastchat = {"fastchat",
                                   "first [[RATING]] of the judgment, else first [RATING]",
                                   RA_READS_JUDGMENT, grade_rating};
static const ra_grader recorded = {"recorded", "the scores that the recordings came with",
                                   RA_READS_LABEL, NULL};
static const ra_grader *const graders[] = {&fastchat, &recorded, NULL};

/* As FastChat asks: some freedom where there is no one right answer. Its temperature of a category
 * that it does not know is 0.7. */
static double temperature(const ra_item *item)
{
    static const struct {
        const char *category;
        double temperature;
    } table[] = {{"writing", 0.7}, {"roleplay", 0.7},   {"extraction", 0},
                 {"math", 0},      {"coding", 0},       {"reasoning", 0},
                 {"stem", 0.1},    {"humanities", 0.1}, {"arena-hard-200", 0}};
    for (size_t i = 0; item->category && i < sizeof table / sizeof *table; i++)
        if (strcmp(item->category, table[i].category) == 0)
            return table[i].temperature;
    return 0.7;
}

extern const ra_benchmark ra_mt_bench;
const ra_benchmark ra_mt_bench = {"mt-bench", "MT Bench", "judge score",
                                  10,         graders,    {NULL, 1024, 300, temperature}};
