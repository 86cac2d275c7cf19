#include "cli/options.h"

#include "base/memory.h"
#include "base/text.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 48 };

static void print_default(const ra_option *o)
{
    switch (o->kind) {
    case RA_TEXT:
        if (*(const char **)o->value)
            printf(" (%s)", *(const char **)o->value);
        break;
    case RA_COUNT:
        printf(" (%llu)", (unsigned long long)*(uint64_t *)o->value);
        break;
    case RA_NUMBER:
        if (!isnan(*(double *)o->value)) /* NaN: none unless given */
            printf(" (%g)", *(double *)o->value);
        break;
    case RA_TEXTS:
    case RA_NAMES:
        printf("; may be repeated");
        break;
    case RA_FLAG:
        break;
    }
}

static void print_help(const ra_help *help, const ra_option *options)
{
    printf("usage: routeassay %s [options]%s%s\n\n%s\n\noptions:\n", help->name,
           *help->operands ? " " : "", help->operands, help->summary);
    for (const ra_option *o = options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        printf("  %-24s %s", left, o->help);
        print_default(o);
        putchar('\n');
    }
    printf("  %-24s %s\n\nexample:\n  %s\n", "--help", "this text", help->example);
}

/* Arguments live as long as the process; so do the lists made of them. */
static ra_arena lists;

static void append(ra_list *list, const char *text)
{
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 8;
        const char **more = ra_arena_alloc(&lists, list->capacity, sizeof *more);
        if (list->count > 0)
            memcpy(more, list->items, list->count * sizeof *more);
        list->items = more;
    }
    list->items[list->count++] = text;
}

static void append_names(ra_list *list, char *text)
{
    for (char *comma; (comma = strchr(text, ',')); text = comma + 1) {
        *comma = '\0';
        append(list, text);
    }
    append(list, text);
}

static bool store(const ra_option *o, char *text, ra_error *err)
{
    switch (o->kind) {
    case RA_FLAG:
        *(bool *)o->value = true;
        return true;
    case RA_TEXT:
        *(const char **)o->value = text;
        return true;
    case RA_TEXTS:
        append(o->value, text);
        return true;
    case RA_NAMES:
        append_names(o->value, text);
        return true;
    case RA_COUNT:
        if (ra_parse_count(text, UINT64_MAX >> 1, o->value))
            return true;
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s: a whole number expected, found '%s'",
                        o->name, text);
    case RA_NUMBER:
        break;
    }
    if (ra_parse_number(text, o->value))
        return true;
    return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s: a number expected, found '%s'", o->name,
                    text);
}

/* getopt_long accepts any unambiguous beginning of a name; scripts written so break later. */
static bool exact(const ra_option *o, char *const *argv, int index)
{
    for (int i = index - 1; i >= index - 2 && i > 0; i--) {
        size_t length = strcspn(argv[i], "=");
        if (ra_has_prefix(argv[i], "--") && length == strlen(o->name) + 2 &&
            strncmp(argv[i] + 2, o->name, length - 2) == 0)
            return true;
    }
    return false;
}

static bool complain(const ra_help *help, int found, char *const *argv, int index, ra_error *err)
{
    if (found == ':')
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "option '%s' needs a value", argv[index - 1]);
    else
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown option '%s'", argv[index - 1]);
    return ra_hintf(err, "see 'routeassay %s --help'", help->name);
}

bool ra_options_parse(const ra_help *help, const ra_option *options, int argc, char **argv,
                      ra_operands *operands, ra_error *err)
{
    struct option table[MAX_OPTIONS] = {{0}};
    int count = 0;
    for (; options[count].name && count < MAX_OPTIONS - 2; count++)
        table[count] = (struct option){
            options[count].name, options[count].kind == RA_FLAG ? no_argument : required_argument,
            NULL, 256 + count};
    table[count] = (struct option){"help", no_argument, NULL, 'h'};
    *operands = (ra_operands){0};
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    for (int found; (found = getopt_long(argc, argv, ":h", table, NULL)) != -1;) {
        if (found == 'h') {
            print_help(help, options);
            operands->helped = true;
            return true;
        }
        if (found < 256 || !exact(&options[found - 256], argv, optind))
            return complain(help, found, argv, optind, err);
        if (!store(&options[found - 256], optarg, err))
            return false;
    }
    operands->items = argv + optind;
    operands->count = argc - optind;
    return true;
}

bool ra_option_needed(const void *value, const char *name, ra_error *err)
{
    return value || ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s is needed", name);
}

bool ra_one_operand(const ra_operands *operands, const ra_help *help, const char *what,
                    ra_error *err)
{
    if (operands->count == 1)
        return true;
    ra_failf(err, RA_ERR_USAGE, NULL, 0, "one %s expected, found %d arguments", what,
             operands->count);
    return ra_hintf(err, "%s", help->example);
}

bool ra_no_operands(const ra_operands *operands, ra_error *err)
{
    return operands->count == 0 ||
           ra_failf(err, RA_ERR_USAGE, NULL, 0, "unexpected argument '%s'", operands->items[0]);
}
