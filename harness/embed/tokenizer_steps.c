/* Normalizer and pre-tokenizer of a tokenizer.json. */
#include "embed/tokenizer_read.h"

#include <string.h>
#include <utf8proc.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MAX_STEPS = 16 };

static bool unknown(ra_json_at at, const char *what, const char *type, const char *known,
                    ra_error *err)
{
    ra_failf(err, RA_ERR_INPUT, at.file, at.line, "%s '%s' is not supported", what, type);
    return ra_hintf(err, "known: %s", known);
}

static bool too_many(ra_json_at at, const char *what, ra_error *err)
{
    return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "more than %d steps in '%s'", MAX_STEPS,
                    what);
}

/* --- normalizer --- */

static bool read_bert(ra_normal_step *step, const ra_json *j, ra_json_at at, ra_error *err)
{
    step->kind = RA_NORMAL_BERT;
    step->clean = step->chinese = step->lower = true;
    if (!ra_json_maybe_bool(j, "clean_text", at, &step->clean, err) ||
        !ra_json_maybe_bool(j, "handle_chinese_chars", at, &step->chinese, err) ||
        !ra_json_maybe_bool(j, "lowercase", at, &step->lower, err))
        return false;
    step->accents = step->lower; /* what null stands for */
    return ra_json_maybe_bool(j, "strip_accents", at, &step->accents, err);
}

static bool read_charsmap(ra_normal_step *step, const ra_json *j, ra_json_at at, ra_error *err)
{
    const char *base64;
    step->kind = RA_NORMAL_CHARSMAP;
    return ra_json_string(j, "precompiled_charsmap", at, &base64, err) &&
           ra_charsmap_read(&step->charsmap, base64, at.file, err);
}

void ra_pattern_free(struct pcre2_real_code_8 *pattern)
{
    pcre2_code_free(pattern);
}

static bool read_replace(ra_tokenizer *t, ra_normal_step *step, const ra_json *j, ra_json_at at,
                         ra_error *err)
{
    const ra_json *pattern;
    const char *content;
    if (!ra_json_object(j, "pattern", at, &pattern, err) ||
        !ra_json_string(j, "content", at, &content, err))
        return false;
    const char *regex = ra_json_text(ra_json_get(pattern, "Regex"));
    const char *plain = ra_json_text(ra_json_get(pattern, "String"));
    if (!regex && !plain)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'pattern': 'Regex' or 'String' expected");
    int code;
    PCRE2_SIZE offset;
    step->kind = RA_NORMAL_REPLACE;
    step->content = ra_arena_strdup(&t->arena, content);
    step->pattern =
        pcre2_compile((PCRE2_SPTR)(regex ? regex : plain), PCRE2_ZERO_TERMINATED,
                      PCRE2_UTF | PCRE2_UCP | (regex ? 0 : PCRE2_LITERAL), &code, &offset, NULL);
    return step->pattern ||
           ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                    "field 'pattern': '%s' is not a regular expression", regex ? regex : plain);
}

static bool read_form(ra_normal_step *step, const char *type)
{
    static const struct {
        const char *name;
        int options;
    } forms[] = {{"NFC", UTF8PROC_STABLE | UTF8PROC_COMPOSE},
                 {"NFD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE},
                 {"NFKC", UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
                 {"NFKD", UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(type, forms[i].name) == 0) {
            step->kind = RA_NORMAL_FORM;
            step->form = forms[i].options;
            return true;
        }
    return false;
}

static bool read_normal_step(ra_tokenizer *t, const ra_json *j, const char *type, ra_json_at at,
                             ra_error *err)
{
    if (t->normal_count == MAX_STEPS)
        return too_many(at, "normalizer", err);
    /* counted at once, so that what it owns is freed whatever happens */
    ra_normal_step *step = &t->normal[t->normal_count++];
    step->kind = RA_NORMAL_LOWER;
    if (strcmp(type, "Lowercase") == 0 || read_form(step, type))
        return true;
    if (strcmp(type, "BertNormalizer") == 0)
        return read_bert(step, j, at, err);
    if (strcmp(type, "Precompiled") == 0)
        return read_charsmap(step, j, at, err);
    if (strcmp(type, "Replace") == 0)
        return read_replace(t, step, j, at, err);
    return unknown(at, "normalizer", type,
                   "BertNormalizer, Precompiled, Lowercase, NFC, NFD, NFKC, NFKD, Replace, "
                   "Sequence",
                   err);
}

static bool read_normal(ra_tokenizer *t, const ra_json *j, ra_json_at at, ra_error *err)
{
    const char *type;
    const ra_json *list;
    if (!ra_json_string(j, "type", at, &type, err))
        return false;
    if (strcmp(type, "Sequence") != 0)
        return read_normal_step(t, j, type, at, err);
    if (!ra_json_array(j, "normalizers", at, &list, err))
        return false;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (!read_normal(t, e, at, err))
            return false;
    return true;
}

bool ra_read_normalizer(ra_tokenizer *t, const ra_json *normalizer, ra_json_at at, ra_error *err)
{
    t->normal = ra_arena_alloc(&t->arena, MAX_STEPS, sizeof *t->normal);
    return !normalizer || ra_json_is_null(normalizer) || read_normal(t, normalizer, at, err);
}

/* --- pre-tokenizer --- */

static bool read_meta(ra_tokenizer *t, ra_split_step *step, const ra_json *j, ra_json_at at,
                      ra_error *err)
{
    const char *replacement, *scheme = NULL;
    bool always = true;
    step->kind = RA_SPLIT_META;
    step->pieces = true;
    if (!ra_json_string(j, "replacement", at, &replacement, err) ||
        !ra_json_maybe_bool(j, "add_prefix_space", at, &always, err) ||
        !ra_json_maybe_string(j, "prepend_scheme", at, &scheme, err) ||
        !ra_json_maybe_bool(j, "split", at, &step->pieces, err))
        return false;
    if (scheme && strcmp(scheme, "always") != 0 && strcmp(scheme, "first") != 0 &&
        strcmp(scheme, "never") != 0)
        return unknown(at, "prepend_scheme", scheme, "always, first, never", err);
    if (!*replacement || ra_utf8_length((const unsigned char *)replacement, strlen(replacement)) !=
                             strlen(replacement))
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'replacement': one character expected, found '%s'", replacement);
    step->replacement = ra_arena_strdup(&t->arena, replacement);
    step->prefix_first = scheme && strcmp(scheme, "first") == 0;
    step->prefix_always = scheme ? strcmp(scheme, "always") == 0 : always;
    return true;
}

static bool read_bytes(ra_split_step *step, const ra_json *j, ra_json_at at, ra_error *err)
{
    step->kind = RA_SPLIT_BYTES;
    step->runs = true;
    return ra_json_maybe_bool(j, "add_prefix_space", at, &step->space_before, err) &&
           ra_json_maybe_bool(j, "use_regex", at, &step->runs, err);
}

static bool read_split_step(ra_tokenizer *t, const ra_json *j, const char *type, ra_json_at at,
                            ra_error *err)
{
    if (t->split_count == MAX_STEPS)
        return too_many(at, "pre_tokenizer", err);
    /* these use one buffer, and nothing that is known goes behind them */
    for (size_t i = 0; i < t->split_count; i++)
        if (t->split[i].kind == RA_SPLIT_META || t->split[i].kind == RA_SPLIT_BYTES)
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                            "pre_tokenizer '%s' behind Metaspace or ByteLevel is not supported",
                            type);
    ra_split_step *step = &t->split[t->split_count++];
    step->kind = strcmp(type, "BertPreTokenizer") == 0 ? RA_SPLIT_BERT : RA_SPLIT_SPACE;
    if (step->kind == RA_SPLIT_BERT || strcmp(type, "WhitespaceSplit") == 0)
        return true;
    if (strcmp(type, "Metaspace") == 0)
        return read_meta(t, step, j, at, err);
    if (strcmp(type, "ByteLevel") == 0)
        return read_bytes(step, j, at, err);
    return unknown(at, "pre_tokenizer", type,
                   "BertPreTokenizer, WhitespaceSplit, Metaspace, ByteLevel, Sequence", err);
}

static bool read_split(ra_tokenizer *t, const ra_json *j, ra_json_at at, ra_error *err)
{
    const char *type;
    const ra_json *list;
    if (!ra_json_string(j, "type", at, &type, err))
        return false;
    if (strcmp(type, "Sequence") != 0)
        return read_split_step(t, j, type, at, err);
    if (!ra_json_array(j, "pretokenizers", at, &list, err))
        return false;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (!read_split(t, e, at, err))
            return false;
    return true;
}

bool ra_read_pre_tokenizer(ra_tokenizer *t, const ra_json *splitter, ra_json_at at, ra_error *err)
{
    t->split = ra_arena_alloc(&t->arena, MAX_STEPS, sizeof *t->split);
    return !splitter || ra_json_is_null(splitter) || read_split(t, splitter, at, err);
}
