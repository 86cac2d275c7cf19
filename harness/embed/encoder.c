#include "embed/encoder.h"

#include "base/file.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Texts made into tokens at a time; tokens that go through the transformer at a time, few enough
 * that what lies between the layers is small (28 MB of all-MiniLM-L6-v2). */
enum { TEXTS = 512, TOKENS = 1024 };

/* --- opening --- */

static bool read_optional(const char *path, ra_json **doc, ra_error *err)
{
    *doc = NULL;
    return !ra_file_exists(path) || (*doc = ra_json_read(path, err)) != NULL;
}

/* The field as a number of tokens, if the file and the field are there; else *out stays. */
static bool read_length(const char *path, const char *field, size_t *out, bool *found,
                        ra_error *err)
{
    ra_json *doc;
    double value = INFINITY;
    if (!read_optional(path, &doc, err))
        return false;
    bool ok = !doc || ra_json_maybe_number(doc, field, (ra_json_at){path, 0}, &value, err);
    ra_json_free(doc);
    if (ok && !(value >= 3))
        return ra_failf(err, RA_ERR_INPUT, path, 0, "'%s': at least 3 tokens expected", field);
    *found = isfinite(value);
    if (*found && value < (double)*out) /* "no limit" is a huge number */
        *out = (size_t)value;
    return ok;
}

static bool read_longest(ra_encoder *e, const char *folder, ra_error *err)
{
    ra_arena *arena = &e->bert.arena;
    bool found = false;
    e->longest = ra_bert_longest(&e->bert.config);
    return read_length(ra_path_join(arena, folder, "sentence_bert_config.json"), "max_seq_length",
                       &e->longest, &found, err) &&
           (found || read_length(ra_path_join(arena, folder, "tokenizer_config.json"),
                                 "model_max_length", &e->longest, &found, err));
}

static bool pooling_by_flags(const ra_json *doc, ra_json_at at, ra_pooling *out, ra_error *err)
{
    bool first = false, mean = false;
    if (!ra_json_maybe_bool(doc, "pooling_mode_cls_token", at, &first, err) ||
        !ra_json_maybe_bool(doc, "pooling_mode_mean_tokens", at, &mean, err))
        return false;
    *out = first ? RA_POOL_FIRST : RA_POOL_MEAN;
    return first != mean ||
           ra_fail(err, RA_ERR_INPUT, at.file, 0, "this kind of pooling is not supported",
                   "known: the mean of the tokens, or the first token");
}

static bool read_pooling(const char *path, ra_pooling *out, ra_error *err)
{
    ra_json *doc = ra_json_read(path, err);
    ra_json_at at = {path, 0};
    const char *mode = NULL;
    if (!doc)
        return false;
    bool ok = ra_json_maybe_string(doc, "pooling_mode", at, &mode, err);
    if (ok && mode) {
        *out = strcmp(mode, "cls") == 0 ? RA_POOL_FIRST : RA_POOL_MEAN;
        if (*out == RA_POOL_MEAN && strcmp(mode, "mean") != 0)
            ok = ra_failf(err, RA_ERR_INPUT, path, 0, "pooling '%s' is not supported", mode);
    } else if (ok) {
        ok = pooling_by_flags(doc, at, out, err);
    }
    ra_json_free(doc);
    return ok;
}

static bool read_module(ra_encoder *e, const char *folder, const ra_json *module, ra_json_at at,
                        ra_error *err)
{
    const char *type, *path;
    if (!ra_json_string(module, "type", at, &type, err) ||
        !ra_json_string(module, "path", at, &path, err))
        return false;
    const char *dot = strrchr(type, '.'), *name = dot ? dot + 1 : type;
    if (strcmp(name, "Normalize") == 0 || (strcmp(name, "Transformer") == 0 && !*path))
        return true;
    if (strcmp(name, "Pooling") != 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, 0, "module '%s' at '%s' is not supported", type,
                        path);
    ra_arena *arena = &e->bert.arena;
    return read_pooling(ra_path_join(arena, ra_path_join(arena, folder, path), "config.json"),
                        &e->pooling, err);
}

static bool read_modules(ra_encoder *e, const char *folder, ra_error *err)
{
    const char *path = ra_path_join(&e->bert.arena, folder, "modules.json");
    ra_json *doc;
    bool ok = read_optional(path, &doc, err);
    if (ok && doc && !ra_json_is_array(doc))
        ok = ra_fail(err, RA_ERR_INPUT, path, 0, "a list expected", NULL);
    for (const ra_json *m = ok && doc ? ra_json_first(doc) : NULL; ok && m; m = ra_json_next(m))
        ok = read_module(e, folder, m, (ra_json_at){path, 0}, err);
    ra_json_free(doc);
    return ok;
}

/* Of the files and of what was read from the others. */
static bool digest_of(ra_encoder *e, const char *folder, ra_error *err)
{
    static const char *const files[] = {"config.json", "model.safetensors", "tokenizer.json",
                                        "vocab.txt", "tokenizer_config.json"};
    ra_buf all = {0};
    bool ok = true;
    ra_buf_printf(&all, "%d %zu", (int)e->pooling, e->longest);
    for (size_t i = 0; ok && i < sizeof files / sizeof *files; i++) {
        const char *path = ra_path_join(&e->bert.arena, folder, files[i]);
        ra_digest digest;
        if (!ra_file_exists(path))
            continue;
        ok = ra_sha256_file(path, digest, err);
        ra_buf_printf(&all, " %s %s", files[i], ok ? digest : "");
    }
    ra_sha256_bytes(all.text, all.length, e->digest);
    ra_buf_release(&all);
    return ok;
}

bool ra_encoder_open(ra_encoder *encoder, const char *folder, ra_error *err)
{
    *encoder = (ra_encoder){0};
    if (!ra_bert_open(&encoder->bert, folder, err))
        return false;
    bool ok = ra_tokenizer_open(&encoder->tokenizer, folder, err) &&
              read_longest(encoder, folder, err) && read_modules(encoder, folder, err) &&
              digest_of(encoder, folder, err);
    if (ok && ra_tokenizer_size(encoder->tokenizer) > encoder->bert.config.vocabulary)
        ok = ra_failf(err, RA_ERR_INPUT, folder, 0,
                      "its tokenizer has %zu tokens, its model knows %zu",
                      ra_tokenizer_size(encoder->tokenizer), encoder->bert.config.vocabulary);
    if (!ok)
        ra_encoder_close(encoder);
    return ok;
}

void ra_encoder_close(ra_encoder *encoder)
{
    ra_tokenizer_free(encoder->tokenizer);
    ra_bert_close(&encoder->bert);
    *encoder = (ra_encoder){0};
}

/* --- tokens --- */

typedef struct tokenizing {
    const ra_encoder *encoder;
    const char *const *texts;
    size_t longest, *length;
    int32_t *ids; /* (texts, longest) */
} tokenizing;

static void tokenize(size_t i, void *context)
{
    const tokenizing *t = context;
    t->length[i] = ra_tokenizer_encode(t->encoder->tokenizer, t->texts[i], strlen(t->texts[i]),
                                       t->longest, t->ids + i * t->longest);
}

bool ra_encoder_tokens(const ra_encoder *encoder, const char *const *texts, size_t count,
                       size_t longest, int threads, ra_tokens *out, ra_error *err)
{
    tokenizing t = {encoder, texts, longest < encoder->longest ? longest : encoder->longest,
                    ra_alloc(count + 1, sizeof *t.length), NULL};
    t.ids = ra_alloc(count * t.longest, sizeof *t.ids);
    ra_parallel_for(count, threads, tokenize, &t);
    *out = (ra_tokens){count, ra_alloc(count + 1, sizeof *out->start), t.ids};
    for (size_t i = 0; i < count; i++) { /* close ranks */
        memmove(t.ids + out->start[i], t.ids + i * t.longest, t.length[i] * sizeof *t.ids);
        out->start[i + 1] = out->start[i] + t.length[i];
    }
    free(t.length);
    if (ra_bert_check(&encoder->bert, &(ra_bert_batch){count, out->start, out->ids}, err))
        return true;
    ra_tokens_release(out);
    return false;
}

void ra_tokens_release(ra_tokens *tokens)
{
    free(tokens->start);
    free(tokens->ids);
    *tokens = (ra_tokens){0};
}

/* --- encoding --- */

static void pool(const float *hidden, size_t tokens, size_t width, ra_pooling pooling,
                 float *vector)
{
    memcpy(vector, hidden, width * sizeof *vector);
    if (pooling == RA_POOL_FIRST)
        return;
    for (size_t t = 1; t < tokens; t++)
        for (size_t j = 0; j < width; j++)
            vector[j] += hidden[t * width + j];
    for (size_t j = 0; j < width; j++)
        vector[j] /= (float)tokens;
}

/* As many texts from `from` on as have no more than TOKENS tokens, and at least one. */
static size_t group_end(const ra_tokens *t, size_t from)
{
    size_t end = from + 1;
    while (end < t->texts && t->start[end + 1] - t->start[from] <= TOKENS)
        end++;
    return end;
}

void ra_encoder_encode_tokens(const ra_encoder *e, const ra_tokens *t, ra_pooling pooling,
                              int threads, float *vectors)
{
    size_t width = e->bert.config.hidden, most = TOKENS > e->longest ? TOKENS : e->longest;
    size_t all = t->start[t->texts], *start = ra_alloc(t->texts + 1, sizeof *start);
    ra_bert_trace trace;
    ra_bert_trace_init(&trace, &e->bert.config, all < most ? all : most, false);
    for (size_t from = 0, end; from < t->texts; from = end) {
        end = group_end(t, from);
        for (size_t i = from; i <= end; i++)
            start[i - from] = t->start[i] - t->start[from];
        ra_bert_batch batch = {end - from, start, t->ids + t->start[from]};
        ra_bert_forward(&e->bert, &batch, &trace, threads);
        for (size_t i = from; i < end; i++)
            pool(trace.output + start[i - from] * width, t->start[i + 1] - t->start[i], width,
                 pooling, vectors + i * width);
    }
    ra_bert_trace_release(&trace);
    free(start);
}

bool ra_encoder_encode(const ra_encoder *encoder, const char *const *texts, size_t count,
                       ra_pooling pooling, int threads, float *vectors, ra_error *err)
{
    for (size_t from = 0; from < count; from += TEXTS) {
        size_t n = count - from < TEXTS ? count - from : TEXTS;
        ra_tokens tokens;
        if (!ra_encoder_tokens(encoder, texts + from, n, encoder->longest, threads, &tokens, err))
            return false;
        ra_encoder_encode_tokens(encoder, &tokens, pooling, threads,
                                 vectors + from * encoder->bert.config.hidden);
        ra_tokens_release(&tokens);
    }
    return true;
}
