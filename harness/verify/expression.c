#include "verify/expression.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DEPTH = 64, MAX_NAME = 256 };

typedef struct parser {
    const char *text, *at;
    const ra_names *names;
    ra_buf *arithmetic;
    bool measured;
    int depth;
    ra_evaluated state;
    ra_error *err;
} parser;

static bool parse_sum(parser *p, ra_estimate *out);

static bool wrong(parser *p, const char *what)
{
    p->state = RA_EVALUATED_WRONG;
    ra_failf(p->err, RA_ERR_INPUT, NULL, 0, "expression '%s': %s at byte %zu", p->text, what,
             (size_t)(p->at - p->text) + 1);
    return false;
}

static void echo(parser *p, const char *text, size_t length)
{
    if (p->arithmetic)
        ra_buf_add(p->arithmetic, text, length);
}

static void skip_spaces(parser *p)
{
    size_t n = strspn(p->at, " \n\t");
    echo(p, " ", n > 0);
    p->at += n;
}

static bool take(parser *p, char c)
{
    skip_spaces(p);
    if (*p->at != c)
        return false;
    echo(p, p->at++, 1);
    return true;
}

/* The character taken, or 0. */
static char take_one_of(parser *p, const char *characters)
{
    for (; *characters; characters++)
        if (take(p, *characters))
            return *characters;
    return '\0';
}

static double least(const double *v, int n)
{
    double least = v[0];
    for (int i = 1; i < n; i++)
        least = fmin(least, v[i]);
    return least;
}

static double greatest(const double *v, int n)
{
    double greatest = v[0];
    for (int i = 1; i < n; i++)
        greatest = fmax(greatest, v[i]);
    return greatest;
}

static double apply(char operation, double a, double b)
{
    switch (operation) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    default:
        return a / b;
    }
}

/* The extremes of a monotone operation lie in the corners. */
static bool combine(parser *p, char operation, ra_estimate *a, const ra_estimate *b)
{
    if (operation == '/' && b->lo <= 0 && b->hi >= 0)
        return wrong(p, "division by a range that holds 0");
    double corners[4] = {apply(operation, a->lo, b->lo), apply(operation, a->lo, b->hi),
                         apply(operation, a->hi, b->lo), apply(operation, a->hi, b->hi)};
    a->value = apply(operation, a->value, b->value);
    a->lo = least(corners, 4);
    a->hi = greatest(corners, 4);
    return true;
}

static bool parse_name(parser *p, char close, ra_estimate *out)
{
    char name[MAX_NAME];
    const char *end = strchr(p->at + 1, close);
    if (!end || end - p->at - 1 >= MAX_NAME)
        return wrong(p, "a name that does not end");
    snprintf(name, sizeof name, "%.*s", (int)(end - p->at - 1), p->at + 1);
    bool measured = close == ']';
    if (!p->names->find(p->names->context, name, measured, out, p->err)) {
        p->state = measured ? RA_EVALUATED_MISSING : RA_EVALUATED_WRONG;
        return false;
    }
    p->measured = p->measured || measured;
    p->at = end + 1;
    if (p->arithmetic)
        ra_buf_printf(p->arithmetic, "%.10g", out->value);
    return true;
}

static bool parse_number(parser *p, ra_estimate *out)
{
    char digits[64];
    size_t n = strspn(p->at, "0123456789.");
    snprintf(digits, sizeof digits, "%.*s", (int)(n < 63 ? n : 63), p->at);
    double value;
    if (n == 0 || !ra_parse_number(digits, &value))
        return wrong(p, "a number, {name}, [name] or '(' expected");
    echo(p, p->at, n);
    p->at += n;
    *out = (ra_estimate){value, value, value};
    return true;
}

/* min(...) or max(...), behind its name */
static bool parse_extreme(parser *p, bool maximum, ra_estimate *out)
{
    echo(p, p->at, 3);
    p->at += 3;
    if (!take(p, '(') || !parse_sum(p, out))
        return p->state == RA_EVALUATED ? wrong(p, "'(' expected") : false;
    while (take(p, ',')) {
        ra_estimate next;
        if (!parse_sum(p, &next))
            return false;
        double (*pick)(const double *, int) = maximum ? greatest : least;
        out->value = pick((const double[]){out->value, next.value}, 2);
        out->lo = pick((const double[]){out->lo, next.lo}, 2);
        out->hi = pick((const double[]){out->hi, next.hi}, 2);
    }
    return take(p, ')') || wrong(p, "')' expected");
}

static bool parse_term(parser *p, ra_estimate *out)
{
    skip_spaces(p);
    if (*p->at == '{')
        return parse_name(p, '}', out);
    if (*p->at == '[')
        return parse_name(p, ']', out);
    if (ra_has_prefix(p->at, "min") || ra_has_prefix(p->at, "max"))
        return parse_extreme(p, p->at[1] == 'a', out);
    if (*p->at != '(')
        return parse_number(p, out);
    if (++p->depth > MAX_DEPTH)
        return wrong(p, "nested too deeply");
    bool ok = take(p, '(') && parse_sum(p, out) && (take(p, ')') || wrong(p, "')' expected"));
    p->depth--;
    return ok;
}

static bool parse_product(parser *p, ra_estimate *out)
{
    if (!parse_term(p, out))
        return false;
    for (;;) {
        ra_estimate next;
        char operation = take_one_of(p, "*/");
        if (!operation)
            return true;
        if (!parse_term(p, &next) || !combine(p, operation, out, &next))
            return false;
    }
}

static bool parse_sum(parser *p, ra_estimate *out)
{
    if (!parse_product(p, out))
        return false;
    for (;;) {
        ra_estimate next;
        char operation = take_one_of(p, "+-");
        if (!operation)
            return true;
        if (!parse_product(p, &next) || !combine(p, operation, out, &next))
            return false;
    }
}

ra_evaluated ra_expression_evaluate(const char *text, const ra_names *names, ra_estimate *out,
                                    bool *measured, ra_buf *arithmetic, ra_error *err)
{
    parser p = {.text = text,
                .at = text,
                .names = names,
                .arithmetic = arithmetic,
                .state = RA_EVALUATED,
                .err = err};
    if (parse_sum(&p, out)) {
        skip_spaces(&p);
        if (*p.at)
            wrong(&p, "something left over");
    }
    *measured = p.measured;
    return p.state;
}
