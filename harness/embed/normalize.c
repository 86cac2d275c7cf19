/* Normalizer steps. */
#include "embed/tokenizer_parts.h"
#include "embed/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* --- BERT --- */

/* Characters that stand between two starters, sorted by combining class before they are written. */
typedef struct pending {
    uint32_t *codes;
    int *classes;
    size_t count, codes_room, classes_room;
} pending;

static void put_lower(const ra_normal_step *step, uint32_t code, ra_buf *out)
{
    uint32_t lower[2] = {code, 0};
    size_t n = step->lower ? ra_unicode_lower(code, lower) : 1;
    for (size_t i = 0; i < n; i++)
        ra_unicode_put(out, lower[i]);
}

static void flush(const ra_normal_step *step, pending *p, ra_buf *out)
{
    for (size_t i = 0; i < p->count; i++)
        put_lower(step, p->codes[i], out);
    p->count = 0;
}

/* Behind the last one of its class or a lower one. */
static void insert(pending *p, uint32_t code, int class)
{
    ra_grow(&p->codes, &p->codes_room, p->count + 1, sizeof *p->codes);
    ra_grow(&p->classes, &p->classes_room, p->count + 1, sizeof *p->classes);
    size_t at = p->count++;
    for (; at > 0 && p->classes[at - 1] > class; at--) {
        p->codes[at] = p->codes[at - 1];
        p->classes[at] = p->classes[at - 1];
    }
    p->codes[at] = code;
    p->classes[at] = class;
}

/* Decomposes, drops accents, and keeps what is left in canonical order. */
static void put_stripped(const ra_normal_step *step, uint32_t code, pending *p, ra_buf *out)
{
    uint32_t parts[4];
    size_t n = ra_unicode_decompose(code, parts);
    for (size_t i = 0; i < n; i++) {
        int class = ra_unicode_combining(parts[i]);
        if (class == 0)
            flush(step, p, out);
        if (ra_unicode_is_mark(parts[i]))
            continue;
        if (class == 0)
            put_lower(step, parts[i], out);
        else
            insert(p, parts[i], class);
    }
}

static void put_wide(const ra_normal_step *step, uint32_t code, pending *p, ra_buf *out)
{
    if (step->clean && (code == 0xfffd || ra_unicode_is_control(code)))
        return;
    if (step->clean && ra_unicode_is_space(code))
        code = ' ';
    bool spaced = step->chinese && ra_unicode_is_chinese(code);
    if (spaced || code == ' ') {
        flush(step, p, out);
        ra_buf_putc(out, ' ');
    }
    if (code != ' ' && step->accents)
        put_stripped(step, code, p, out);
    else if (code != ' ')
        put_lower(step, code, out);
    if (spaced) {
        flush(step, p, out);
        ra_buf_putc(out, ' ');
    }
}

/* What becomes of an ASCII character: 0 = removed. */
static void ascii_table(const ra_normal_step *step, char table[128])
{
    for (int c = 0; c < 128; c++) {
        bool space = step->clean && (c == '\t' || c == '\n' || c == '\r');
        bool gone = step->clean && !space && (c < 0x20 || c == 0x7f);
        bool upper = step->lower && c >= 'A' && c <= 'Z';
        table[c] = (char)(gone ? 0 : space ? ' ' : upper ? c + 32 : c);
    }
}

static void normal_bert(const ra_normal_step *step, const char *text, size_t length, ra_buf *out)
{
    char table[128], run[256];
    size_t filled = 0;
    pending p = {0};
    ascii_table(step, table);
    for (size_t at = 0; at < length;) {
        unsigned char c = (unsigned char)text[at];
        if (c < 0x80) {
            if (p.count)
                flush(step, &p, out);
            run[filled] = table[c];
            filled += table[c] || (!step->clean && c == 0);
            at++;
        }
        if (filled > 0 && (c >= 0x80 || filled == sizeof run || at == length)) {
            ra_buf_add(out, run, filled);
            filled = 0;
        }
        if (c >= 0x80) {
            size_t bytes;
            uint32_t code = ra_unicode_at(text + at, &bytes);
            put_wide(step, code, &p, out);
            at += bytes;
        }
    }
    flush(step, &p, out);
    free(p.codes);
    free(p.classes);
}

/* --- the others --- */

static void lower_case(const char *text, size_t length, ra_buf *out)
{
    for (size_t at = 0, bytes; at < length; at += bytes) {
        uint32_t lower[2], code = ra_unicode_at(text + at, &bytes);
        size_t n = ra_unicode_lower(code, lower);
        for (size_t i = 0; i < n; i++)
            ra_unicode_put(out, lower[i]);
    }
}

static void to_form(int form, const char *text, size_t length, ra_buf *out)
{
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length,
                                      &made, (utf8proc_option_t)form);
    if (n > 0)
        ra_buf_add(out, (const char *)made, (size_t)n);
    free(made);
}

static void replace(const ra_normal_step *step, const char *text, size_t length, ra_buf *out)
{
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(step->pattern, NULL);
    size_t done = 0;
    for (size_t at = 0; at < length;) {
        if (pcre2_match(step->pattern, (PCRE2_SPTR)text, length, at, PCRE2_NO_UTF_CHECK, match,
                        NULL) < 1)
            break;
        const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match);
        ra_buf_add(out, text + done, span[0] - done);
        ra_buf_puts(out, step->content);
        done = at = span[1];
        if (span[0] == span[1]) { /* nothing matched: go on behind the next character */
            size_t bytes;
            if (at >= length)
                break;
            ra_unicode_at(text + at, &bytes);
            at += bytes;
        }
    }
    ra_buf_add(out, text + done, length - done);
    pcre2_match_data_free(match);
}

static void apply(const ra_normal_step *step, const char *text, size_t length, ra_buf *out)
{
    switch (step->kind) {
    case RA_NORMAL_BERT:
        normal_bert(step, text, length, out);
        break;
    case RA_NORMAL_CHARSMAP:
        ra_charsmap_apply(&step->charsmap, text, length, out);
        break;
    case RA_NORMAL_FORM:
        to_form(step->form, text, length, out);
        break;
    case RA_NORMAL_LOWER:
        lower_case(text, length, out);
        break;
    case RA_NORMAL_REPLACE:
        replace(step, text, length, out);
        break;
    }
}

void ra_normal_apply(const ra_normal_step *steps, size_t count, const char *text, size_t length,
                     ra_buf *out)
{
    ra_buf from = {0};
    if (count == 0)
        ra_buf_add(out, text, length);
    for (size_t i = 0; i < count; i++) {
        ra_buf to = {0};
        bool last = i + 1 == count;
        apply(&steps[i], i ? (from.text ? from.text : "") : text, i ? from.length : length,
              last ? out : &to);
        ra_buf_release(&from);
        from = to;
    }
}
