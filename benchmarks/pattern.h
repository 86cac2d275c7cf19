/* Answer patterns: PCRE2 with JIT, Unicode, and a match limit (RA_MAX_MATCH_STEPS). A pattern is
 * compiled once, at first use, and kept for the life of the process. */
#ifndef RA_BENCHMARKS_PATTERN_H
#define RA_BENCHMARKS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ra_span {
    size_t start, end; /* bytes */
} ra_span;

typedef struct ra_pattern {
    const char *text; /* the regular expression */
    void *code;       /* zero-initialise */
} ra_pattern;

/* First (or last) match in the subject from `from` on. group 0 is the whole match; a group that did
 * not take part falls back to the whole match. False when nothing matches, or when the match limit
 * is hit, which *limited (may be NULL) then says. */
bool ra_pattern_first(ra_pattern *pattern, const char *subject, size_t from, int group,
                      ra_span *out, bool *limited);
bool ra_pattern_last(ra_pattern *pattern, const char *subject, int group, ra_span *out,
                     bool *limited);

#endif
