/* Pre-tokenizer steps: text is cut into pieces that a model sees one at a time. */
#include "embed/tokenizer_parts.h"
#include "embed/unicode.h"

#include <string.h>

static void to_model(const ra_splitter *s, const char *text, size_t length)
{
    switch (s->vocabulary->kind) {
    case RA_WORDPIECE:
        ra_wordpiece_encode(s->vocabulary, text, length, s->out);
        break;
    case RA_UNIGRAM:
        ra_unigram_encode(s->vocabulary, text, length, s->scratch, s->out);
        break;
    case RA_BPE:
        ra_merges_encode(&s->vocabulary->merges, text, length, &s->scratch->merge, s->out);
        break;
    }
}

/* White space ends a piece; with `punctuation` each such character is a piece. */
static void at_spaces(const ra_splitter *s, size_t step, const char *text, size_t length,
                      bool punctuation, bool first)
{
    size_t begin = 0;
    for (size_t at = 0, bytes = 0; at <= length && s->out->count < s->out->room; at += bytes) {
        bytes = 1;
        uint32_t code = at < length ? ra_unicode_at(text + at, &bytes) : ' ';
        bool space = ra_unicode_is_space(code);
        bool alone = !space && punctuation && ra_unicode_is_punctuation(code);
        if (!space && !alone)
            continue;
        if (at > begin)
            ra_split(s, step, text + begin, at - begin, first && begin == 0);
        if (alone)
            ra_split(s, step, text + at, bytes, first && at == 0);
        begin = at + bytes;
    }
}

/* Pieces begin with the replacement. */
static void at_replacements(const ra_splitter *s, size_t step, const char *text, size_t length,
                            const char *replacement, bool first)
{
    size_t mark = strlen(replacement);
    while (length > 0 && s->out->count < s->out->room) {
        const char *next = memmem(text + 1, length - 1, replacement, mark);
        size_t piece = next ? (size_t)(next - text) : length;
        ra_split(s, step, text, piece, first);
        first = false;
        text += piece;
        length -= piece;
    }
}

static void meta(const ra_splitter *s, size_t step, const ra_split_step *how, const char *text,
                 size_t length, bool first)
{
    ra_buf *buf = &s->scratch->meta;
    size_t mark = strlen(how->replacement);
    buf->length = 0;
    bool begins = *text == ' ' || (length >= mark && memcmp(text, how->replacement, mark) == 0);
    if (!begins && (how->prefix_always || (how->prefix_first && first)))
        ra_buf_puts(buf, how->replacement);
    for (const char *space; (space = memchr(text, ' ', length)); text = space + 1) {
        size_t before = (size_t)(space - text);
        ra_buf_add(buf, text, before);
        ra_buf_puts(buf, how->replacement);
        length -= before + 1;
    }
    ra_buf_add(buf, text, length);
    if (how->pieces)
        at_replacements(s, step, buf->text, buf->length, how->replacement, first);
    else
        ra_split(s, step, buf->text, buf->length, first);
}

/* --- GPT-2's runs: 's 't 're 've 'm 'll 'd | ?letters | ?digits | ?others | spaces --- */

typedef enum run_kind { LETTERS, DIGITS, OTHERS, SPACES } run_kind;

static run_kind kind_at(const char *text, size_t *bytes)
{
    uint32_t code = ra_unicode_at(text, bytes);
    if (code < 0x80) {
        bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
        return letter                       ? LETTERS
               : code >= '0' && code <= '9' ? DIGITS
               : ra_unicode_is_space(code)  ? SPACES
                                            : OTHERS;
    }
    return ra_unicode_is_letter(code)   ? LETTERS
           : ra_unicode_is_number(code) ? DIGITS
           : ra_unicode_is_space(code)  ? SPACES
                                        : OTHERS;
}

static size_t contraction(const char *text, size_t length)
{
    static const char *const endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (length >= n && memcmp(text, endings[i], n) == 0)
            return n;
    }
    return 0;
}

/* Bytes of the characters of one kind at the start; *last is set to those of the last one. */
static size_t run_length(const char *text, size_t length, run_kind kind, size_t *last)
{
    size_t at = 0, bytes;
    while (at < length && kind_at(text + at, &bytes) == kind) {
        *last = bytes;
        at += bytes;
    }
    return at;
}

static size_t next_run(const char *text, size_t length)
{
    size_t bytes, last = 0, n = *text == '\'' ? contraction(text, length) : 0;
    if (n > 0)
        return n;
    size_t space = *text == ' ' && length > 1 && kind_at(text + 1, &bytes) != SPACES;
    run_kind kind = kind_at(text + space, &bytes);
    n = run_length(text + space, length - space, kind, &last);
    /* of several spaces before something the last one is left to it */
    if (kind == SPACES && n > last && n < length)
        n -= last;
    return space + n;
}

static void at_runs(const ra_splitter *s, size_t step, const char *text, size_t length, bool first)
{
    while (length > 0 && s->out->count < s->out->room) {
        size_t n = next_run(text, length);
        ra_split(s, step, text, n, first);
        first = false;
        text += n;
        length -= n;
    }
}

static void bytes(const ra_splitter *s, size_t step, const ra_split_step *how, const char *text,
                  size_t length, bool first)
{
    ra_buf *buf = &s->scratch->meta;
    if (how->space_before && *text != ' ') {
        buf->length = 0;
        ra_buf_putc(buf, ' ');
        ra_buf_add(buf, text, length);
        text = buf->text;
        length = buf->length;
    }
    if (how->runs)
        at_runs(s, step, text, length, first);
    else
        ra_split(s, step, text, length, first);
}

void ra_split(const ra_splitter *s, size_t step, const char *text, size_t length, bool first)
{
    if (length == 0)
        return;
    if (step == s->count) {
        to_model(s, text, length);
        return;
    }
    const ra_split_step *how = &s->steps[step];
    switch (how->kind) {
    case RA_SPLIT_BERT:
    case RA_SPLIT_SPACE:
        at_spaces(s, step + 1, text, length, how->kind == RA_SPLIT_BERT, first);
        break;
    case RA_SPLIT_META:
        meta(s, step + 1, how, text, length, first);
        break;
    case RA_SPLIT_BYTES:
        bytes(s, step + 1, how, text, length, first);
        break;
    }
}
