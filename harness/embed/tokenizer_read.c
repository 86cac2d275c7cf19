/* Opening a tokenizer: from tokenizer.json or vocab.txt. */
#include "embed/tokenizer_read.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

/* --- added tokens --- */

static void build_set(ra_tokenizer *t, bool normalized, ra_added_set *set)
{
    ra_trie_key *keys = ra_alloc(t->added_count + 1, sizeof *keys);
    size_t n = 0;
    for (size_t i = 0; i < t->added_count; i++) {
        const char *content = t->added[i].content;
        if (t->added[i].normalized != normalized || !*content)
            continue;
        keys[n++] = (ra_trie_key){content, strlen(content), (int32_t)i};
        set->first[(unsigned char)*content] = true;
    }
    set->any = n > 0;
    /* two that are one when normalized: the first counts */
    const ra_trie_key *twice;
    while ((twice = ra_trie_build(&set->trie, keys, n)))
        keys[twice - keys] = keys[--n];
    free(keys);
}

/* Makes t->added searchable. */
static void added_build(ra_tokenizer *t)
{
    build_set(t, false, &t->raw);
    build_set(t, true, &t->normalized);
}

static const char *normalized(ra_tokenizer *t, const char *content)
{
    ra_buf buf = {0};
    ra_normal_apply(t->normal, t->normal_count, content, strlen(content), &buf);
    const char *kept = ra_arena_strndup(&t->arena, buf.length ? buf.text : "", buf.length);
    ra_buf_release(&buf);
    return kept;
}

static bool read_one(ra_tokenizer *t, const ra_json *e, ra_json_at at, ra_map *ids, ra_error *err)
{
    ra_added *a = &t->added[t->added_count];
    uint64_t id;
    a->normalized = true;
    if (!ra_json_string(e, "content", at, &a->content, err) ||
        !ra_json_count(e, "id", at, RA_MAX_VOCABULARY - 1, &id, err) ||
        !ra_json_maybe_bool(e, "single_word", at, &a->single_word, err) ||
        !ra_json_maybe_bool(e, "lstrip", at, &a->strip_left, err) ||
        !ra_json_maybe_bool(e, "rstrip", at, &a->strip_right, err) ||
        !ra_json_maybe_bool(e, "normalized", at, &a->normalized, err))
        return false;
    a->id = (int32_t)id;
    if (!*a->content || strlen(a->content) > RA_MAX_TOKEN)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "added token %zu has %zu bytes, 1 to %d expected", (size_t)id,
                        strlen(a->content), RA_MAX_TOKEN);
    for (size_t i = 0; i < t->added_count; i++)
        if (t->added[i].id == a->id)
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                            "added token '%s': another has its id, %zu", a->content, (size_t)id);
    size_t known = ra_map_add(ids, a->content, id);
    if (known != RA_MAP_NONE && known != id)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "added token '%s' has the id %zu, elsewhere in the file %zu", a->content,
                        (size_t)id, known);
    a->content = a->normalized ? normalized(t, a->content) : ra_arena_strdup(&t->arena, a->content);
    t->size = id + 1 > t->size ? id + 1 : t->size;
    t->added_count++;
    return true;
}

/* "added_tokens", to `ids` too. The normalizer has been read. */
static bool read_added(ra_tokenizer *t, const ra_json *doc, ra_json_at at, ra_map *ids,
                       ra_error *err)
{
    const ra_json *list = NULL;
    if (!ra_json_maybe_array(doc, "added_tokens", at, &list, err))
        return false;
    size_t count = list ? ra_json_size(list) : 0;
    if (count > RA_MAX_ADDED_TOKENS)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "%zu added tokens, at most %d expected", count, RA_MAX_ADDED_TOKENS);
    t->added = ra_arena_alloc(&t->arena, count + 1, sizeof *t->added);
    for (const ra_json *e = list ? ra_json_first(list) : NULL; e; e = ra_json_next(e))
        if (!read_one(t, e, at, ids, err))
            return false;
    added_build(t);
    return true;
}

/* --- special tokens round a text --- */

static bool special_id(const char *token, ra_json_at at, const ra_map *ids, int32_t *id,
                       ra_error *err)
{
    size_t found = ra_map_get(ids, token);
    if (found == RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "special token '%s' is not in the vocabulary", token);
    *id = (int32_t)found;
    return true;
}

/* {"cls": ["<s>", 0], "sep": ["</s>", 2]} */
static bool read_pair(ra_tokenizer *t, const ra_json *j, ra_json_at at, const ra_map *ids,
                      ra_error *err)
{
    static const char *const keys[] = {"cls", "sep"};
    for (size_t i = 0; i < 2; i++) {
        const ra_json *entry;
        int32_t *id = ra_arena_alloc(&t->arena, 1, sizeof *id);
        if (!ra_json_array(j, keys[i], at, &entry, err))
            return false;
        const char *token = ra_json_size(entry) ? ra_json_text(ra_json_first(entry)) : NULL;
        if (!token)
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "field '%s': [token, id] expected",
                            keys[i]);
        if (!special_id(token, at, ids, id, err))
            return false;
        *(i ? &t->after : &t->before) = id;
        *(i ? &t->after_count : &t->before_count) = 1;
    }
    return true;
}

/* [{"SpecialToken": {"id": "[CLS]"}}, {"Sequence": {"id": "A"}}, ...] */
static bool read_single(ra_tokenizer *t, const ra_json *j, ra_json_at at, const ra_map *ids,
                        ra_error *err)
{
    const ra_json *single;
    bool text_seen = false;
    if (!ra_json_array(j, "single", at, &single, err))
        return false;
    size_t n = ra_json_size(single);
    t->before = ra_arena_alloc(&t->arena, n + 1, sizeof *t->before);
    t->after = ra_arena_alloc(&t->arena, n + 1, sizeof *t->after);
    t->before_count = t->after_count = 0;
    for (const ra_json *e = ra_json_first(single); e; e = ra_json_next(e)) {
        const ra_json *special = ra_json_get(e, "SpecialToken");
        const char *token = NULL;
        if (special && !ra_json_string(special, "id", at, &token, err))
            return false;
        int32_t *to = text_seen ? &t->after[t->after_count] : &t->before[t->before_count];
        if (special && !special_id(token, at, ids, to, err))
            return false;
        if (special)
            *(text_seen ? &t->after_count : &t->before_count) += 1;
        else if (text_seen || !ra_json_get(e, "Sequence"))
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                            "field 'single': special tokens and one sequence expected");
        else
            text_seen = true;
    }
    return text_seen ||
           ra_failf(err, RA_ERR_INPUT, at.file, at.line, "field 'single': no place for the text");
}

/* "post_processor" */
static bool read_template(ra_tokenizer *t, const ra_json *j, ra_json_at at, const ra_map *ids,
                          ra_error *err)
{
    const char *type;
    const ra_json *list;
    if (!j || ra_json_is_null(j))
        return true;
    if (!ra_json_string(j, "type", at, &type, err))
        return false;
    if (strcmp(type, "ByteLevel") == 0) /* offsets only */
        return true;
    if (strcmp(type, "TemplateProcessing") == 0)
        return read_single(t, j, at, ids, err);
    if (strcmp(type, "BertProcessing") == 0 || strcmp(type, "RobertaProcessing") == 0)
        return read_pair(t, j, at, ids, err);
    if (strcmp(type, "Sequence") != 0) {
        ra_failf(err, RA_ERR_INPUT, at.file, at.line, "post_processor '%s' is not supported", type);
        return ra_hintf(err, "known: TemplateProcessing, BertProcessing, RobertaProcessing, "
                             "ByteLevel, Sequence");
    }
    if (!ra_json_array(j, "processors", at, &list, err))
        return false;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (!read_template(t, e, at, ids, err))
            return false;
    return true;
}

/* --- tokenizer.json --- */

static bool read_padding(ra_tokenizer *t, const ra_json *doc, ra_json_at at, const ra_map *ids,
                         ra_error *err)
{
    const ra_json *padding = NULL;
    size_t pad = ra_map_get(ids, "[PAD]");
    pad = pad == RA_MAP_NONE ? ra_map_get(ids, "<pad>") : pad;
    uint64_t given = pad == RA_MAP_NONE ? 0 : pad;
    if (!ra_json_maybe_object(doc, "padding", at, &padding, err) ||
        (padding && !ra_json_count(padding, "pad_id", at, t->size - 1, &given, err)))
        return false;
    t->pad = (int32_t)given;
    return true;
}

static bool read_document(ra_tokenizer *t, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const ra_json *model;
    ra_map ids = {0};
    bool ok = ra_json_object(doc, "model", at, &model, err) &&
              ra_read_normalizer(t, ra_json_get(doc, "normalizer"), at, err) &&
              ra_read_pre_tokenizer(t, ra_json_get(doc, "pre_tokenizer"), at, err) &&
              ra_read_model(t, model, at, &ids, err);
    if (ok)
        t->size = t->vocabulary.size;
    ok = ok && read_added(t, doc, at, &ids, err) &&
         read_template(t, ra_json_get(doc, "post_processor"), at, &ids, err) &&
         read_padding(t, doc, at, &ids, err);
    ra_map_release(&ids);
    return ok;
}

static bool read_json(ra_tokenizer *t, const char *path, ra_error *err)
{
    ra_json *doc = ra_json_read(path, err);
    if (!doc)
        return false;
    bool ok = ra_json_is_object(doc)
                  ? read_document(t, doc, (ra_json_at){path, 0}, err)
                  : ra_fail(err, RA_ERR_INPUT, path, 0, "a JSON object expected", NULL);
    ra_json_free(doc);
    return ok;
}

/* --- vocab.txt --- */

/* BERT's steps, as tokenizer_config.json has them. */
static bool read_config(ra_tokenizer *t, const char *folder, ra_error *err)
{
    const char *path = ra_path_join(&t->arena, folder, "tokenizer_config.json");
    ra_json_at at = {path, 0};
    t->normal = ra_arena_alloc(&t->arena, 1, sizeof *t->normal);
    t->split = ra_arena_alloc(&t->arena, 1, sizeof *t->split);
    t->normal_count = t->split_count = 1;
    ra_normal_step *step = t->normal;
    *step = (ra_normal_step){
        .kind = RA_NORMAL_BERT, .clean = true, .chinese = true, .accents = true, .lower = true};
    if (!ra_file_exists(path))
        return true;
    ra_json *doc = ra_json_read(path, err);
    if (!doc)
        return false;
    bool ok = ra_json_maybe_bool(doc, "do_lower_case", at, &step->lower, err) &&
              ra_json_maybe_bool(doc, "tokenize_chinese_chars", at, &step->chinese, err);
    step->accents = step->lower;
    ok = ok && ra_json_maybe_bool(doc, "strip_accents", at, &step->accents, err);
    ra_json_free(doc);
    return ok;
}

static size_t split_lines(ra_arena *arena, ra_text *text, const char ***lines)
{
    size_t count = 0, n = 0;
    for (size_t i = 0; i < text->length; i++)
        count += text->text[i] == '\n';
    *lines = ra_arena_alloc(arena, count + 1, sizeof **lines);
    for (char *at = text->text, *end = text->text + text->length; at < end;) {
        char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        size_t length = (size_t)(stop - at);
        length -= length > 0 && at[length - 1] == '\r';
        (*lines)[n++] = ra_arena_strndup(arena, at, length);
        at = stop + 1;
    }
    return n;
}

static bool add_bert_tokens(ra_tokenizer *t, const char *const *lines, size_t count,
                            const char *path, ra_error *err)
{
    static const char *const names[] = {"[CLS]", "[SEP]", "[UNK]", "[PAD]", "[MASK]"};
    enum { NAMES = sizeof names / sizeof *names };
    t->added = ra_arena_alloc(&t->arena, NAMES, sizeof *t->added);
    t->before = ra_arena_alloc(&t->arena, 2, sizeof *t->before);
    t->after = t->before + 1;
    t->before_count = t->after_count = 1;
    for (size_t n = 0; n < NAMES; n++) {
        size_t id = 0;
        while (id < count && strcmp(lines[id], names[n]) != 0)
            id++;
        if (id == count && n < 2)
            return ra_failf(err, RA_ERR_INPUT, path, 0,
                            "special token '%s' is not in the vocabulary", names[n]);
        if (id == count)
            continue;
        t->added[t->added_count++] = (ra_added){.content = names[n], .id = (int32_t)id};
        if (n < 2)
            t->before[n] = (int32_t)id;
        t->pad = n == 3 ? (int32_t)id : t->pad;
    }
    added_build(t);
    return true;
}

static bool read_vocabulary(ra_tokenizer *t, const char *folder, const char *path, ra_error *err)
{
    ra_text text;
    ra_arena arena = {0};
    const char **lines;
    if (!read_config(t, folder, err) || !ra_file_read(path, &text, err))
        return false;
    size_t valid = ra_utf8_check(text.text, text.length);
    bool ok = valid == text.length && !memchr(text.text, '\0', text.length);
    if (!ok)
        ra_fail(err, RA_ERR_INPUT, path, 0, "not UTF-8 text", "one token a line");
    size_t count = ok ? split_lines(&arena, &text, &lines) : 0;
    ok = ok && ra_wordpiece_build(&t->vocabulary, lines, count, "##", "[UNK]", path, err) &&
         add_bert_tokens(t, lines, count, path, err);
    t->size = t->vocabulary.size;
    free(text.text);
    ra_arena_release(&arena);
    return ok;
}

bool ra_tokenizer_open(ra_tokenizer **tokenizer, const char *folder, ra_error *err)
{
    ra_tokenizer *t = ra_alloc(1, sizeof *t);
    const char *json = ra_path_join(&t->arena, folder, "tokenizer.json");
    const char *vocab = ra_path_join(&t->arena, folder, "vocab.txt");
    bool ok = ra_file_exists(json)    ? read_json(t, json, err)
              : ra_file_exists(vocab) ? read_vocabulary(t, folder, vocab, err)
                                      : ra_fail(err, RA_ERR_INPUT, folder, 0,
                                                "neither 'tokenizer.json' nor 'vocab.txt' is there",
                                                "name the folder of a published model");
    if (!ok) {
        ra_tokenizer_free(t);
        t = NULL;
    }
    *tokenizer = t;
    return ok;
}
