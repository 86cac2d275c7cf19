#include "benchmarks/pattern.h"

#include "base/error.h"
#include "base/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct compiled {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
} compiled;

static compiled *compile(ra_pattern *pattern)
{
    if (pattern->code)
        return pattern->code;
    int number = 0;
    PCRE2_SIZE at = 0;
    compiled *c = calloc(1, sizeof *c);
    if (c)
        c->code = pcre2_compile((PCRE2_SPTR)pattern->text, PCRE2_ZERO_TERMINATED,
                                PCRE2_UTF | PCRE2_UCP, &number, &at, NULL);
    if (!c || !c->code) {
        fprintf(stderr, "routeassay: pattern '%s' does not compile\n", pattern->text);
        exit(RA_ERR_INTERNAL);
    }
    pcre2_jit_compile(c->code, PCRE2_JIT_COMPLETE); /* without JIT it is slower, not wrong */
    c->match = pcre2_match_data_create_from_pattern(c->code, NULL);
    c->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(c->context, RA_MAX_MATCH_STEPS);
    pattern->code = c;
    return c;
}

static bool match(compiled *c, const char *subject, size_t length, size_t from, int group,
                  ra_span *out, ra_span *whole, bool *limited)
{
    int found = pcre2_match(c->code, (PCRE2_SPTR)subject, length, from, PCRE2_NO_UTF_CHECK,
                            c->match, c->context);
    if (found < 1) {
        if (found != PCRE2_ERROR_NOMATCH && limited)
            *limited = true;
        return false;
    }
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(c->match);
    *whole = (ra_span){spans[0], spans[1]};
    *out = *whole;
    size_t g = 2 * (size_t)group;
    if (group < found && spans[g] != PCRE2_UNSET)
        *out = (ra_span){spans[g], spans[g + 1]};
    return true;
}

bool ra_pattern_first(ra_pattern *pattern, const char *subject, size_t from, int group,
                      ra_span *out, bool *limited)
{
    ra_span whole;
    return match(compile(pattern), subject, strlen(subject), from, group, out, &whole, limited);
}

bool ra_pattern_last(ra_pattern *pattern, const char *subject, int group, ra_span *out,
                     bool *limited)
{
    compiled *c = compile(pattern);
    size_t length = strlen(subject), from = 0;
    ra_span span, whole;
    bool any = false;
    while (from <= length && match(c, subject, length, from, group, &span, &whole, limited)) {
        *out = span;
        any = true;
        from = whole.end > whole.start ? whole.end : whole.end + 1;
    }
    return any;
}
