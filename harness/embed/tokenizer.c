/* Encoding: added tokens are found, what is between them goes through the tokenizer's steps. */
#include "embed/tokenizer.h"

#include "embed/tokenizer_parts.h"
#include "embed/unicode.h"

#include <stdlib.h>
#include <string.h>

/* Where the white space at the end of the text begins. */
static size_t trailing_space(const char *text, size_t length)
{
    while (length > 0) {
        size_t at = length - 1, bytes;
        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
            at--;
        if (!ra_unicode_is_space(ra_unicode_at(text + at, &bytes)))
            break;
        length = at;
    }
    return length;
}

static size_t leading_space(const char *text, size_t length)
{
    size_t at = 0, bytes;
    while (at < length && ra_unicode_is_space(ra_unicode_at(text + at, &bytes)))
        at += bytes;
    return at;
}

static bool is_single_word(const char *text, size_t length, size_t begin, size_t end)
{
    size_t before = begin, bytes;
    while (before > 0 && ((unsigned char)text[--before] & 0xc0) == 0x80)
        ;
    return (begin == 0 || !ra_unicode_is_word(ra_unicode_at(text + before, &bytes))) &&
           (end == length || !ra_unicode_is_word(ra_unicode_at(text + end, &bytes)));
}

/* The next added token of the set in text[*from ..): its span and itself, NULL if none is left.
 * Leftmost, then longest; spans do not overlap. */
static const ra_added *next_added(const ra_tokenizer *t, const ra_added_set *set, const char *text,
                                  size_t length, size_t *from, size_t *begin, size_t *end)
{
    for (size_t at = *from; set->any && at < length; at++) {
        size_t bytes;
        if (!set->first[(unsigned char)text[at]])
            continue;
        int32_t found = ra_trie_longest(&set->trie, RA_TRIE_ROOT, text + at, length - at, &bytes);
        if (found < 0)
            continue;
        const ra_added *a = &t->added[found];
        *from = *end = at + bytes;
        *begin = at;
        if (!a->single_word || is_single_word(text, length, *begin, *end))
            return a;
        at = *end - 1;
    }
    return NULL;
}

typedef struct run {
    const ra_tokenizer *tokenizer;
    ra_scratch *scratch;
    ra_ids *out;
} run;

typedef void on_text(const run *r, const char *text, size_t length, bool first);

/* Hands the text between the added tokens of the set to `between`, and adds their ids. */
static void round_added(const run *r, const ra_added_set *set, const char *text, size_t length,
                        bool first, on_text *between)
{
    size_t from = 0, done = 0, begin, end;
    const ra_added *a;
    while (r->out->count < r->out->room &&
           (a = next_added(r->tokenizer, set, text, length, &from, &begin, &end))) {
        if (a->strip_left) {
            size_t stripped = trailing_space(text, begin);
            begin = stripped > done ? stripped : done;
        }
        if (begin > done)
            between(r, text + done, begin - done, first && done == 0);
        ra_ids_add(r->out, a->id);
        done = a->strip_right ? end + leading_space(text + end, length - end) : end;
    }
    if (done < length && r->out->count < r->out->room)
        between(r, text + done, length - done, first && done == 0);
}

static void pieces(const run *r, const char *text, size_t length, bool first)
{
    const ra_tokenizer *t = r->tokenizer;
    ra_splitter s = {.steps = t->split,
                     .count = t->split_count,
                     .vocabulary = &t->vocabulary,
                     .scratch = r->scratch,
                     .out = r->out};
    ra_split(&s, 0, text, length, first);
}

static void normalize(const run *r, const char *text, size_t length, bool first)
{
    const ra_tokenizer *t = r->tokenizer;
    ra_buf *normal = &r->scratch->normal;
    if (t->normal_count > 0) {
        normal->length = 0;
        ra_normal_apply(t->normal, t->normal_count, text, length, normal);
        text = normal->text;
        length = normal->length;
    }
    if (length > 0)
        round_added(r, &t->normalized, text, length, first, pieces);
}

static void encode_text(const ra_tokenizer *t, const char *text, size_t length, ra_ids *out)
{
    ra_scratch scratch = {0};
    ra_buf repaired = {0};
    if (ra_utf8_check(text, length) < length) {
        ra_unicode_repair(&repaired, text, length);
        text = repaired.text;
        length = repaired.length;
    }
    run r = {t, &scratch, out};
    round_added(&r, &t->raw, text, length, true, normalize);
    ra_buf_release(&repaired);
    ra_buf_release(&scratch.normal);
    ra_buf_release(&scratch.meta);
    free(scratch.best);
    free(scratch.merge.symbols);
    free(scratch.merge.heap);
}

static size_t put(const int32_t *from, size_t count, int32_t *ids, size_t at, size_t max)
{
    for (size_t i = 0; i < count && at < max; i++)
        ids[at++] = from[i];
    return at;
}

size_t ra_tokenizer_encode(const ra_tokenizer *t, const char *text, size_t length,
                           size_t max_tokens, int32_t *ids)
{
    size_t special = t->before_count + t->after_count;
    size_t n = put(t->before, t->before_count, ids, 0, max_tokens);
    ra_ids out = {.ids = ids + n, .room = max_tokens > special ? max_tokens - special : 0};
    if (out.room > 0)
        encode_text(t, text, length, &out);
    return put(t->after, t->after_count, ids, n + out.count, max_tokens);
}

size_t ra_tokenizer_size(const ra_tokenizer *tokenizer)
{
    return tokenizer->size;
}

int32_t ra_tokenizer_pad(const ra_tokenizer *tokenizer)
{
    return tokenizer->pad;
}

void ra_tokenizer_free(ra_tokenizer *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->normal_count; i++) {
        ra_charsmap_release(&t->normal[i].charsmap);
        ra_pattern_free(t->normal[i].pattern);
    }
    ra_trie_release(&t->vocabulary.trie);
    ra_trie_release(&t->raw.trie);
    ra_trie_release(&t->normalized.trie);
    ra_merges_release(&t->vocabulary.merges);
    free(t->vocabulary.scores);
    ra_arena_release(&t->arena);
    free(t);
}
