/* GSM8K: grade-school word problems with one number as the answer (arXiv 2110.14168).
 *
 * Rules met in the wild, each a grader under its own name, so that their effect can be seen. All
 * get the model's output and the item's reference ("derivation\n#### 18").
 */
#include "benchmarks/benchmark.h"
#include "benchmarks/pattern.h"

#include <math.h>
#include <string.h>

/* Copy without any of the bytes in `drop`. */
static char *without(ra_arena *arena, const char *text, size_t length, const char *drop)
{
    char *copy = ra_arena_alloc(arena, length + 1, 1);
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        if (!strchr(drop, text[i]))
            copy[n++] = text[i];
    copy[n] = '\0';
    return copy;
}

static char *cut(ra_arena *arena, const char *text, ra_span span)
{
    return ra_arena_strndup(arena, text + span.start, span.end - span.start);
}

static const char *reference(const ra_item *item)
{
    return item->reference_count > 0 ? item->reference[0] : "";
}

/* What stands after the last "####" of the reference, without spaces around it. */
static char *target(const ra_item *item, ra_arena *arena)
{
    const char *text = reference(item), *at = text;
    for (const char *next; (next = strstr(at, "####"));)
        at = next + 4;
    at += strspn(at, " \t\n");
    size_t length = strlen(at);
    while (length > 0 && strchr(" \t\n\r", at[length - 1]))
        length--;
    return ra_arena_strndup(arena, at, length);
}

static void unparsed(ra_verdict *out, bool limited)
{
    out->score = 0;
    out->reason = limited ? "match limit reached" : "unparsed";
}

static void decide(ra_verdict *out, const char *extracted, const char *expected, ra_span at)
{
    *out =
        (ra_verdict){strcmp(extracted, expected) == 0 ? 1 : 0, extracted, NULL, at.start, at.end};
}

/* --- routellm: commas deleted, the last run of digits, read as a Python integer --- */

/* NULL where Python would not read the run as an integer literal. */
static const char *python_integer(ra_arena *arena, const char *text, ra_span span)
{
    const char *run = cut(arena, text, span);
    if (strspn(run, "0123456789") != strlen(run))
        return NULL; /* digits of another script match \d but are no literal */
    size_t zeros = strspn(run, "0");
    if (run[zeros] == '\0')
        return "0";
    return zeros == 0 ? run : NULL;
}

static const char *routellm_value(ra_arena *arena, const char *text, ra_span *at, bool *limited)
{
    static ra_pattern digits = {"\\d+", NULL};
    char *plain = without(arena, text, strlen(text), ",");
    if (!ra_pattern_last(&digits, plain, 0, at, limited))
        return NULL;
    return python_integer(arena, plain, *at);
}

/* A position in the text without commas, in the text with them. */
static size_t with_commas(const char *text, size_t position)
{
    size_t i = 0;
    for (size_t left = position; text[i] && (left > 0 || text[i] == ','); i++)
        left -= text[i] != ',';
    return i;
}

static void grade_routellm(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out)
{
    ra_span at, ignored;
    bool limited = false;
    const char *expected = routellm_value(arena, reference(item), &ignored, &limited);
    const char *found = routellm_value(arena, text, &at, &limited);
    if (!found || !expected) {
        unparsed(out, limited);
        return;
    }
    at.start = with_commas(text, at.start);
    decide(out, found, expected, (ra_span){at.start, at.start + strlen(found)});
}

/* --- lm-eval: both filters compare after the same deletions --- */

static const char *lm_eval_clean(ra_arena *arena, const char *text)
{
    const char *at = text;
    for (const char *next; (next = strstr(at, "#### "));)
        at = next + 5;
    char *clean = without(arena, at, strlen(at), ",$");
    size_t length = strlen(clean);
    if (length > 0 && clean[length - 1] == '.')
        clean[length - 1] = '\0';
    return clean;
}

static void grade_lm_eval_strict(const ra_item *item, const char *text, ra_arena *arena,
                                 ra_verdict *out)
{
    static ra_pattern rule = {"#### (\\-?[0-9\\.\\,]+)", NULL};
    ra_span at;
    bool limited = false;
    if (ra_pattern_first(&rule, text, 0, 1, &at, &limited))
        decide(out, lm_eval_clean(arena, cut(arena, text, at)),
               lm_eval_clean(arena, reference(item)), at);
    else
        unparsed(out, limited);
}

static void grade_lm_eval_flexible(const ra_item *item, const char *text, ra_arena *arena,
                                   ra_verdict *out)
{
    static ra_pattern rule = {"(-?[$0-9.,]{2,})|(-?[0-9]+)", NULL};
    ra_span at;
    bool limited = false;
    if (ra_pattern_last(&rule, text, 0, &at, &limited))
        decide(out, lm_eval_clean(arena, cut(arena, text, at)),
               lm_eval_clean(arena, reference(item)), at);
    else
        unparsed(out, limited);
}

/* --- helm, simple-evals, llmrouter --- */

static const char *helm_value(ra_arena *arena, const char *text, ra_span *at, bool *limited)
{
    static ra_pattern rule = {"-?[\\d,]+(?:.\\d+)?", NULL};
    if (!ra_pattern_last(&rule, text, 0, at, limited))
        return NULL;
    return without(arena, text + at->start, at->end - at->start, ",");
}

static void grade_helm(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out)
{
    ra_span at, ignored;
    bool limited = false;
    const char *expected = helm_value(arena, reference(item), &ignored, &limited);
    const char *found = helm_value(arena, text, &at, &limited);
    if (found && expected)
        decide(out, found, expected, at);
    else
        unparsed(out, limited);
}

static void grade_simple_evals(const ra_item *item, const char *text, ra_arena *arena,
                               ra_verdict *out)
{
    static ra_pattern rule = {"\\d+\\.?\\d*", NULL};
    ra_span at;
    bool limited = false;
    char *plain = without(arena, text, strlen(text), ",");
    if (!ra_pattern_last(&rule, plain, 0, &at, &limited)) {
        unparsed(out, limited);
        return;
    }
    char *found = cut(arena, plain, at);
    size_t length = strlen(found);
    if (strchr(found, '.')) {
        while (found[length - 1] == '0')
            length--;
        if (found[length - 1] == '.')
            length--;
        found[length] = '\0';
    }
    char *expected = target(item, arena);
    at.start = with_commas(text, at.start);
    decide(out, found, without(arena, expected, strlen(expected), ","),
           (ra_span){at.start, with_commas(text, at.end)});
}

static void grade_llmrouter(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out)
{
    static ra_pattern rule = {"(\\-?[0-9\\.\\,]+)", NULL};
    ra_span at;
    bool limited = false;
    if (!ra_pattern_last(&rule, text, 1, &at, &limited)) {
        unparsed(out, limited);
        return;
    }
    const char *expected = target(item, arena);
    decide(out, without(arena, text + at.start, at.end - at.start, ",$."),
           without(arena, expected, strlen(expected), ",$."), at);
}

/* --- numeric: ours --- */

/* A decimal without sign +, leading and trailing zeros: "-1,250.50" -> "-1250.5", "-0" -> "0". */
static const char *decimal(ra_arena *arena, const char *text, size_t length)
{
    ra_buf out = {0};
    bool negative = false, digits_begun = false;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '-' || (c == 0xe2 && i + 2 < length && (unsigned char)text[i + 1] == 0x88 &&
                         (unsigned char)text[i + 2] == 0x92)) /* U+2212, the minus sign */
            negative = true;
        if (c == '.' && out.length == 0)
            ra_buf_putc(&out, '0');
        if (c == '.' || (c >= '1' && c <= '9') || (c == '0' && (digits_begun || out.length > 0)))
            ra_buf_putc(&out, (char)c);
        digits_begun = digits_begun || (c >= '1' && c <= '9');
    }
    if (out.length == 0)
        ra_buf_putc(&out, '0');
    if (strchr(out.text, '.'))
        while (out.text[out.length - 1] == '0' || out.text[out.length - 1] == '.') {
            bool point = out.text[--out.length] == '.';
            out.text[out.length] = '\0';
            if (point)
                break;
        }
    bool zero = strcmp(out.text, "0") == 0 || out.length == 0;
    const char *kept = zero       ? "0"
                       : negative ? ra_arena_printf(arena, "-%s", out.text)
                                  : ra_arena_strdup(arena, out.text);
    ra_buf_release(&out);
    return kept;
}

static const char *numeric_value(ra_arena *arena, const char *text, ra_span *at, bool *limited)
{
    /* sign (not the minus of "10 - 4" or "5-7"), currency, digits with or without commas, decimals
     */
    static ra_pattern number = {"(?:(?<![\\w)\\]%])[-\\x{2212}](?=[$\\x{20ac}\\x{a3}\\x{a5}\\d.]))?"
                                "(?:[$\\x{20ac}\\x{a3}\\x{a5}][-\\x{2212}]?)?(?:\\d{1,3}(?:,\\d{3})"
                                "+(?!\\d)|\\d+)(?:\\.\\d+)?"
                                "|(?<![\\d.])\\.\\d+",
                                NULL};
    const char *from = NULL;
    for (const char *next = text; (next = strstr(next, "####"));)
        from = next += 4;
    if (from && ra_pattern_first(&number, text, (size_t)(from - text), 0, at, limited))
        return decimal(arena, text + at->start, at->end - at->start);
    if (ra_pattern_last(&number, text, 0, at, limited))
        return decimal(arena, text + at->start, at->end - at->start);
    return NULL;
}

static void grade_numeric(const ra_item *item, const char *text, ra_arena *arena, ra_verdict *out)
{
    ra_span at, ignored;
    bool limited = false;
    const char *expected = numeric_value(arena, reference(item), &ignored, &limited);
    const char *found = numeric_value(arena, text, &at, &limited);
    if (found && expected)
        decide(out, found, expected, at);
    else
        unparsed(out, limited);
}

static const ra_grader numeric = {
    "numeric",
    "number after the last ####, else the last number; signs, commas, currency and decimals "
    "understood; compared as decimals (20.00 equals 20)",
    RA_READS_OUTPUT, grade_numeric};
static const ra_grader recorded = {"recorded", "the labels that the recordings came with",
                                   RA_READS_LABEL, NULL};
static const ra_grader routellm = {
    "routellm", "commas deleted, last run of digits, compared as Python integers", RA_READS_OUTPUT,
    grade_routellm};
static const ra_grader lm_eval_strict = {"lm-eval-strict",
                                         "first '#### NUMBER', compared as a string",
                                         RA_READS_OUTPUT, grade_lm_eval_strict};
static const ra_grader lm_eval_flexible = {
    "lm-eval-flexible", "last number-like run; commas, $ and a final full stop deleted",
    RA_READS_OUTPUT, grade_lm_eval_flexible};
static const ra_grader helm = {"helm",
                               "last -?[\\d,]+(?:.\\d+)?, commas deleted, compared as a string",
                               RA_READS_OUTPUT, grade_helm};
static const ra_grader simple_evals = {
    "simple-evals", "last \\d+\\.?\\d* after deleting commas; trailing zeros and point stripped",
    RA_READS_OUTPUT, grade_simple_evals};
static const ra_grader llmrouter = {
    "llmrouter", "last number-like run; commas, $ and points deleted on both sides (7.0 is 70)",
    RA_READS_OUTPUT, grade_llmrouter};

static const ra_grader *const graders[] = {&numeric,        &recorded,         &routellm,
                                           &lm_eval_strict, &lm_eval_flexible, &helm,
                                           &simple_evals,   &llmrouter,        NULL};

extern const ra_benchmark ra_gsm8k;
const ra_benchmark ra_gsm8k = {"gsm8k", "GSM8K", "accuracy",
                               1,       graders, {"gsm8k.json", 512, 150, NULL}};
