/* The model of a tokenizer.json: its vocabulary, scores and merges. */
#include "embed/tokenizer_read.h"

#include "base/limits.h"
#include "embed/unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The tokens of a vocabulary while it is read. */
typedef struct tokens {
    ra_trie_key *keys;
    size_t count;
    bool *taken; /* by id */
    ra_json_at at;
} tokens;

static bool add_token(tokens *k, const char *text, size_t id, ra_error *err)
{
    size_t length = strlen(text);
    if (length == 0 || length > RA_MAX_TOKEN)
        return ra_failf(err, RA_ERR_INPUT, k->at.file, k->at.line,
                        "token %zu has %zu bytes, 1 to %d expected", id, length, RA_MAX_TOKEN);
    if (k->taken[id])
        return ra_failf(err, RA_ERR_INPUT, k->at.file, k->at.line,
                        "token '%s': another has its id, %zu", text, id);
    k->taken[id] = true;
    k->keys[k->count++] = (ra_trie_key){text, length, (int32_t)id};
    return true;
}

static bool check_count(size_t count, ra_json_at at, ra_error *err)
{
    if (count >= 1 && count <= RA_MAX_VOCABULARY)
        return true;
    return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                    "a vocabulary of %zu tokens, 1 to %d expected", count, RA_MAX_VOCABULARY);
}

/* Turns the tokens into the vocabulary's trie and frees them. */
static bool finish(tokens *k, ra_vocabulary *v, bool ok, ra_error *err)
{
    const ra_trie_key *twice = ok ? ra_trie_build(&v->trie, k->keys, k->count) : NULL;
    if (twice)
        ok = ra_failf(err, RA_ERR_INPUT, k->at.file, k->at.line,
                      "token '%s' is there twice, %d is the second", twice->text, twice->value);
    free(k->keys);
    free(k->taken);
    return ok;
}

static tokens start(size_t count, size_t ids, ra_json_at at)
{
    return (tokens){.keys = ra_alloc(count, sizeof(ra_trie_key)),
                    .taken = ra_alloc(ids, sizeof(bool)),
                    .at = at};
}

/* --- WordPiece and BPE: {"token": id} --- */

static bool read_ids(ra_vocabulary *v, const ra_json *model, ra_json_at at, ra_map *ids,
                     ra_error *err)
{
    const ra_json *vocab;
    if (!ra_json_object(model, "vocab", at, &vocab, err) ||
        !check_count(ra_json_size(vocab), at, err))
        return false;
    tokens k = start(ra_json_size(vocab), RA_MAX_VOCABULARY, at);
    bool ok = true;
    for (const ra_json *e = ra_json_first(vocab); ok && e; e = ra_json_next(e)) {
        double id = -1;
        const char *text = ra_json_key(e);
        if (!ra_json_value(e, &id) || !(id >= 0 && id < RA_MAX_VOCABULARY) || id > floor(id))
            ok = ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                          "token '%s': an id from 0 to %d expected", text, RA_MAX_VOCABULARY - 1);
        else
            ok = add_token(&k, text, (size_t)id, err);
        if (ok) {
            ra_map_add(ids, text, (size_t)id);
            v->size = (size_t)id + 1 > v->size ? (size_t)id + 1 : v->size;
        }
    }
    return finish(&k, v, ok, err);
}

static bool find_token(const ra_vocabulary *v, const char *token, ra_json_at at, int32_t *id,
                       ra_error *err)
{
    size_t length = strlen(token), bytes = 0;
    *id = ra_trie_longest(&v->trie, RA_TRIE_ROOT, token, length, &bytes);
    if (*id >= 0 && bytes == length)
        return true;
    ra_failf(err, RA_ERR_INPUT, at.file, at.line, "token '%s' is not in the vocabulary", token);
    return ra_hintf(err, "the model needs it");
}

static bool find_wordpiece(ra_vocabulary *v, const char *prefix, const char *unknown, ra_json_at at,
                           ra_error *err)
{
    v->kind = RA_WORDPIECE;
    v->inside = ra_trie_walk(&v->trie, RA_TRIE_ROOT, prefix, strlen(prefix));
    return find_token(v, unknown, at, &v->unknown, err);
}

static bool read_wordpiece(ra_vocabulary *v, const ra_json *model, ra_json_at at, ra_map *ids,
                           ra_error *err)
{
    const char *unknown, *prefix = "##";
    double longest = 100;
    if (!read_ids(v, model, at, ids, err) ||
        !ra_json_string(model, "unk_token", at, &unknown, err) ||
        !ra_json_maybe_string(model, "continuing_subword_prefix", at, &prefix, err) ||
        !ra_json_maybe_number(model, "max_input_chars_per_word", at, &longest, err))
        return false;
    if (!(longest >= 1 && longest <= RA_MAX_VOCABULARY))
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'max_input_chars_per_word': a positive number expected");
    v->longest = (size_t)longest;
    return find_wordpiece(v, prefix, unknown, at, err);
}

bool ra_wordpiece_build(ra_vocabulary *v, const char *const *list, size_t count, const char *prefix,
                        const char *unknown, const char *file, ra_error *err)
{
    ra_json_at at = {file, 0};
    if (!check_count(count, at, err))
        return false;
    tokens k = start(count, count, at);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = add_token(&k, list[i], i, err);
    v->size = count;
    v->longest = 100;
    return finish(&k, v, ok, err) && find_wordpiece(v, prefix, unknown, at, err);
}

/* --- BPE --- */

/* GPT-2's characters for bytes: visible ones stand for themselves, the others follow U+0100. */
static void byte_characters(uint32_t characters[256])
{
    uint32_t next = 256;
    for (uint32_t b = 0; b < 256; b++) {
        bool visible = (b >= '!' && b <= '~') || (b >= 0xa1 && b != 0xad);
        characters[b] = visible ? b : next++;
    }
}

static bool find_bytes(ra_vocabulary *v, ra_json_at at, const ra_map *ids, ra_error *err)
{
    uint32_t characters[256];
    byte_characters(characters);
    bool ok = true;
    for (int b = 0; ok && b < 256; b++) {
        ra_buf text = {0};
        ra_unicode_put(&text, characters[b]);
        size_t id = ra_map_get(ids, text.text);
        if (id == RA_MAP_NONE)
            ok = ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                          "no token '%s' for the byte 0x%02x: not a byte-level vocabulary",
                          text.text, (unsigned)b);
        v->merges.bytes[b] = (int32_t)id;
        ra_buf_release(&text);
    }
    return ok;
}

/* The two tokens of a merge: "a b", or ["a","b"]; copied into the buffers. */
static bool merge_sides(const ra_json *e, ra_buf *left, ra_buf *right)
{
    const char *both = ra_json_text(e), *space = both ? strchr(both, ' ') : NULL;
    if (space && !strchr(space + 1, ' ')) {
        ra_buf_add(left, both, (size_t)(space - both));
        ra_buf_puts(right, space + 1);
    } else if (ra_json_is_array(e) && ra_json_size(e) == 2) {
        const ra_json *first = ra_json_first(e);
        const char *a = ra_json_text(first), *b = ra_json_text(ra_json_next(first));
        ra_buf_puts(left, a ? a : "");
        ra_buf_puts(right, b ? b : "");
    }
    return left->length > 0 && right->length > 0;
}

static bool add_merge(ra_vocabulary *v, const ra_json *e, ra_json_at at, const ra_map *ids,
                      ra_error *err)
{
    ra_buf left = {0}, right = {0};
    bool ok = merge_sides(e, &left, &right);
    size_t a = RA_MAP_NONE, b = RA_MAP_NONE, joined = RA_MAP_NONE;
    if (ok) {
        a = ra_map_get(ids, left.text);
        b = ra_map_get(ids, right.text);
        ra_buf_add(&left, right.text, right.length);
        joined = ra_map_get(ids, left.text);
    }
    if (!ok)
        ra_failf(err, RA_ERR_INPUT, at.file, at.line, "merge %zu: two tokens expected",
                 v->merges.count + 1);
    else if (a == RA_MAP_NONE || b == RA_MAP_NONE || joined == RA_MAP_NONE)
        ok = ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                      "merge %zu, to '%s': one of its tokens is not in the vocabulary",
                      v->merges.count + 1, left.text);
    else if (!ra_merges_add(&v->merges, (int32_t)a, (int32_t)b, (int32_t)joined))
        ok = ra_failf(err, RA_ERR_INPUT, at.file, at.line, "merge %zu, to '%s', is there twice",
                      v->merges.count + 1, left.text);
    ra_buf_release(&left);
    ra_buf_release(&right);
    return ok;
}

/* Options that would change ids and that no byte-level model in use sets. */
static bool check_bpe(const ra_json *model, ra_json_at at, ra_error *err)
{
    static const char *const texts[] = {"continuing_subword_prefix", "end_of_word_suffix"};
    static const char *const flags[] = {"byte_fallback", "ignore_merges"};
    const char *asked = NULL;
    double dropout = 0;
    for (size_t i = 0; i < 2; i++) {
        const char *text = "";
        bool on = false;
        if (!ra_json_maybe_string(model, texts[i], at, &text, err) ||
            !ra_json_maybe_bool(model, flags[i], at, &on, err))
            return false;
        asked = *text ? texts[i] : on ? flags[i] : asked;
    }
    if (!ra_json_maybe_number(model, "dropout", at, &dropout, err))
        return false;
    if (dropout > 0)
        asked = "dropout";
    return !asked || ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                              "field '%s' of a BPE model is not supported", asked);
}

static bool read_bpe(ra_tokenizer *t, const ra_json *model, ra_json_at at, ra_map *ids,
                     ra_error *err)
{
    ra_vocabulary *v = &t->vocabulary;
    const ra_json *merges;
    v->kind = RA_BPE;
    if (!check_bpe(model, at, err) || !read_ids(v, model, at, ids, err) ||
        !find_bytes(v, at, ids, err) || !ra_json_array(model, "merges", at, &merges, err))
        return false;
    if (t->split_count == 0 || t->split[t->split_count - 1].kind != RA_SPLIT_BYTES)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "a BPE model without the pre_tokenizer ByteLevel is not supported");
    ra_merges_init(&v->merges, ra_json_size(merges));
    for (const ra_json *e = ra_json_first(merges); e; e = ra_json_next(e))
        if (!add_merge(v, e, at, ids, err))
            return false;
    return true;
}

/* --- Unigram: [["token", score]] --- */

/* The decimal digits of a number, as one whole number, and the power of ten that it lacks. */
static uint64_t shortest_digits(double value, int *exponent)
{
    char text[32];
    uint64_t digits = 0;
    ra_format_number(text, value);
    const char *e = strchr(text, 'e'), *point = strchr(text, '.');
    double power;
    if (!e || !ra_parse_number(e + 1, &power))
        power = 0;
    size_t end = e ? (size_t)(e - text) : strlen(text);
    for (size_t i = 0; i < end; i++)
        if (text[i] >= '0' && text[i] <= '9')
            digits = 10 * digits + (uint64_t)(text[i] - '0');
    *exponent = (int)power - (point ? (int)(text + end - point) - 1 : 0);
    return digits;
}

/* A score as the package `tokenizers` reads it: its digits divided by a power of ten. One in eight
 * differs from the nearest double in the last bit, and that bit decides between two ways to cut a
 * text whose scores have the same sum. Source: serde_json 1 without its feature float_roundtrip. */
static double read_as_reference(double score)
{
    int exponent;
    double ten, digits = (double)shortest_digits(score, &exponent);
    char power[16];
    snprintf(power, sizeof power, "1e%d", abs(exponent));
    if (!isfinite(score) || !ra_parse_number(power, &ten)) /* beyond 1e308 */
        return score;
    return copysign(exponent < 0 ? digits / ten : digits * ten, score);
}

static bool add_piece(ra_vocabulary *v, tokens *k, const ra_json *e, ra_map *ids, ra_error *err)
{
    size_t id = k->count;
    const ra_json *first = ra_json_is_array(e) ? ra_json_first(e) : NULL;
    const char *text = first ? ra_json_text(first) : NULL;
    double score;
    if (!text || ra_json_size(e) != 2 || !ra_json_value(ra_json_next(first), &score) ||
        !isfinite(v->scores[id] = read_as_reference(score)))
        return ra_failf(err, RA_ERR_INPUT, k->at.file, k->at.line,
                        "token %zu: [text, finite score] expected", id);
    ra_map_add(ids, text, id);
    return add_token(k, text, id, err);
}

static bool read_unigram(ra_vocabulary *v, const ra_json *model, ra_json_at at, ra_map *ids,
                         ra_error *err)
{
    enum { PENALTY = 10 }; /* SentencePiece's, below the lowest score */
    const ra_json *vocab;
    uint64_t unknown;
    bool fallback = false;
    v->kind = RA_UNIGRAM;
    if (!ra_json_array(model, "vocab", at, &vocab, err) ||
        !check_count(ra_json_size(vocab), at, err) ||
        !ra_json_count(model, "unk_id", at, ra_json_size(vocab) - 1, &unknown, err) ||
        !ra_json_maybe_bool(model, "byte_fallback", at, &fallback, err))
        return false;
    if (fallback)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'byte_fallback' of a Unigram model is not supported");
    v->size = ra_json_size(vocab);
    v->unknown = (int32_t)unknown;
    v->scores = ra_alloc(v->size, sizeof *v->scores);
    tokens k = start(v->size, v->size, at);
    bool ok = true;
    for (const ra_json *e = ra_json_first(vocab); ok && e; e = ra_json_next(e))
        ok = add_piece(v, &k, e, ids, err);
    double lowest = v->scores[0];
    for (size_t i = 1; i < v->size; i++)
        lowest = v->scores[i] < lowest ? v->scores[i] : lowest;
    v->unknown_score = lowest - PENALTY;
    return finish(&k, v, ok, err);
}

bool ra_read_model(ra_tokenizer *t, const ra_json *model, ra_json_at at, ra_map *ids, ra_error *err)
{
    /* files of before 2021 have no type */
    const char *type = ra_json_get(model, "merges")                    ? "BPE"
                       : ra_json_is_array(ra_json_get(model, "vocab")) ? "Unigram"
                                                                       : "WordPiece";
    if (!ra_json_maybe_string(model, "type", at, &type, err))
        return false;
    if (strcmp(type, "BPE") == 0)
        return read_bpe(t, model, at, ids, err);
    if (t->split_count > 0 && t->split[t->split_count - 1].kind == RA_SPLIT_BYTES)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "pre_tokenizer ByteLevel before a %s model is not supported", type);
    if (strcmp(type, "WordPiece") == 0)
        return read_wordpiece(&t->vocabulary, model, at, ids, err);
    if (strcmp(type, "Unigram") == 0)
        return read_unigram(&t->vocabulary, model, at, ids, err);
    ra_failf(err, RA_ERR_INPUT, at.file, at.line, "model '%s' is not supported", type);
    return ra_hintf(err, "known: WordPiece, Unigram, BPE");
}
