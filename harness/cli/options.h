/* Options of a subcommand: one table drives parsing and --help.
 *
 *     static const ra_help help = {"grade", "SET", "one line", "an example"};
 *     bool json = false;
 *     const char *out = "out";
 *     const ra_option options[] = {
 *         {"json", RA_FLAG, &json, NULL, "results as JSON"},
 *         {"out", RA_TEXT, &out, "DIR", "where results go"},
 *         {0}};
 *     ra_operands operands;
 *     if (!ra_options_parse(&help, options, argc, argv, &operands, err))
 *         return false;
 *     if (operands.helped)
 *         return true;
 *
 * Names must be given in full. The default shown by --help is the value before parsing. Texts are
 * argv's; the arrays of lists live until the process ends and are not freed.
 */
#ifndef RA_CLI_OPTIONS_H
#define RA_CLI_OPTIONS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ra_list {
    const char **items;
    size_t count, capacity;
} ra_list;

typedef enum ra_option_kind {
    RA_FLAG,   /* bool: --json */
    RA_TEXT,   /* const char *: the last one given counts */
    RA_TEXTS,  /* ra_list: may be repeated; each value is kept whole */
    RA_NAMES,  /* ra_list: may be repeated; a value is split at commas */
    RA_COUNT,  /* uint64_t */
    RA_NUMBER, /* double, finite */
} ra_option_kind;

typedef struct ra_option {
    const char *name; /* NULL ends the table */
    ra_option_kind kind;
    void *value;          /* of the type that the kind says */
    const char *argument; /* "DIR"; NULL for a flag */
    const char *help;
} ra_option;

typedef struct ra_help {
    const char *name;     /* "grade" */
    const char *operands; /* "[NAME...]", "" if none */
    const char *summary;  /* what it does, one or more lines */
    const char *example;  /* one or more command lines */
} ra_help;

typedef struct ra_operands {
    char **items; /* what is no option, in order */
    int count;
    bool helped; /* --help was asked for and printed */
} ra_operands;

/* argv[0] is the subcommand's name. Wrong usage (exit 2) names the option and what it wants. */
RA_MUST_CHECK bool ra_options_parse(const ra_help *help, const ra_option *options, int argc,
                                    char **argv, ra_operands *operands, ra_error *err);

/* Fails (exit 2) unless `value` was given: "grade: --recordings is needed". */
RA_MUST_CHECK bool ra_option_needed(const void *value, const char *name, ra_error *err);
/* Fails (exit 2) unless there is one operand: "one results.json expected, found 2 arguments". */
RA_MUST_CHECK bool ra_one_operand(const ra_operands *operands, const ra_help *help,
                                  const char *what, ra_error *err);
/* Fails (exit 2) when there are operands left that the command does not take. */
RA_MUST_CHECK bool ra_no_operands(const ra_operands *operands, ra_error *err);

#endif
