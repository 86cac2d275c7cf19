#include "benchmarks/pattern.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct compiled {
    pcre2_code *code;
    pcre2_match_context *context;
} compiled;

static compiled *compile_new(const char *text)
{
    int number = 0;
    PCRE2_SIZE at = 0;
    compiled *c = ra_alloc(1, sizeof *c);
    c->code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &number,
                            &at, NULL);
    if (!c->code) {
        fprintf(stderr, "routeassay: pattern '%s' does not compile\n", text);
        exit(RA_ERR_INTERNAL);
    }
    pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE); /* without JIT it is slower, not wrong */
    c->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(c->context, RA_MAX_MATCH_STEPS);
    return c;
}

/* Sets may be graded by several threads at a time. */
static const compiled *compile(ra_pattern *pattern)
{
    compiled *c;
#pragma omp critical(ra_pattern)
    {
        if (!pattern->code)
            pattern->code = compile_new(pattern->text);
        c = pattern->code;
    }
    return c;
}

typedef struct search {
    const compiled *pattern;
    pcre2_match_data *match;
    const char *subject;
    size_t length;
    int group;
    bool limited;
} search;

static void search_begin(search *s, ra_pattern *pattern, const char *subject, int group)
{
    *s = (search){compile(pattern), NULL, subject, strlen(subject), group, false};
    s->match = pcre2_match_data_create_from_pattern(s->pattern->code, NULL);
}

static void search_end(search *s, bool *limited)
{
    pcre2_match_data_free(s->match);
    if (limited && s->limited)
        *limited = true;
}

static bool search_next(search *s, size_t from, ra_span *out, ra_span *whole)
{
    int found = pcre2_match(s->pattern->code, (PCRE2_SPTR)s->subject, s->length, from,
                            PCRE2_NO_UTF_CHECK, s->match, s->pattern->context);
    if (found < 1) {
        s->limited = s->limited || found != PCRE2_ERROR_NOMATCH;
        return false;
    }
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(s->match);
    *whole = (ra_span){spans[0], spans[1]};
    *out = *whole;
    size_t g = 2 * (size_t)s->group;
    if (s->group < found && spans[g] != PCRE2_UNSET)
        *out = (ra_span){spans[g], spans[g + 1]};
    return true;
}

bool ra_pattern_first(ra_pattern *pattern, const char *subject, size_t from, int group,
                      ra_span *out, bool *limited)
{
    search s;
    ra_span whole;
    search_begin(&s, pattern, subject, group);
    bool found = search_next(&s, from, out, &whole);
    search_end(&s, limited);
    return found;
}

bool ra_pattern_last(ra_pattern *pattern, const char *subject, int group, ra_span *out,
                     bool *limited)
{
    search s;
    ra_span span, whole;
    size_t from = 0;
    bool any = false;
    search_begin(&s, pattern, subject, group);
    while (from <= s.length && search_next(&s, from, &span, &whole)) {
        *out = span;
        any = true;
        from = whole.end > whole.start ? whole.end : whole.end + 1;
    }
    search_end(&s, limited);
    return any;
}
