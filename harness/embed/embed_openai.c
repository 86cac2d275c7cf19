/* openai:MODEL: vectors from an OpenAI-compatible /v1/embeddings.
 *
 * The server is OPENAI_BASE_URL, the key OPENAI_API_KEY (net/openai.h); the calls go through the
 * store of ROUTEASSAY_CALLS in the mode of ROUTEASSAY_MODE (net/calls.h), which is open only while
 * texts are embedded. Each text is a call of its own: texts come in ever other companies (folds,
 * benchmarks, gold labels), and a text that was paid for once must be found again in any of them.
 * An empty text is the zero vector, as servers refuse it. */
#include "embed/embed.h"
#include "net/calls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct state {
    ra_endpoint endpoint; /* texts in the embedder's arena */
    size_t dimension;
} state;

static ra_call make_call(const state *s, ra_arena *arena, const char *text)
{
    return (ra_call){
        .url = ra_openai_url(arena, &s->endpoint, "embeddings"),
        .body = ra_openai_embeddings(arena, s->endpoint.model, &text, 1),
        .purpose = "embedding",
        .key_env = s->endpoint.key_env,
        .tokens_in = (double)strlen(text) / 4,
    };
}

static bool make_all(const ra_call *list, size_t count, ra_arena *arena, ra_call_answer *answers,
                     ra_error *err)
{
    ra_calls_options options = ra_calls_defaults();
    ra_calls *calls = ra_calls_open(&options, err);
    bool ok = calls && ra_calls_make(calls, list, count, arena, answers, err);
    ra_calls_close(calls);
    return ok;
}

/* Vectors of texts that are not empty, into the places that `where` says. */
static bool fetch(state *s, const char *const *texts, const size_t *where, size_t count,
                  float *vectors, ra_error *err)
{
    ra_arena arena = {0};
    ra_call *list = ra_arena_alloc(&arena, count + 1, sizeof *list);
    ra_call_answer *answers = ra_arena_alloc(&arena, count + 1, sizeof *answers);
    for (size_t i = 0; i < count; i++)
        list[i] = make_call(s, &arena, texts[i]);
    bool ok = count == 0 || make_all(list, count, &arena, answers, err);
    for (size_t i = 0; ok && i < count; i++) {
        float *vector;
        ra_arena one = {0};
        ok = ra_openai_read_embeddings(answers[i].body, answers[i].length, s->endpoint.model, 1,
                                       &s->dimension, &one, &vector, err);
        if (ok && vectors)
            memcpy(vectors + where[i] * s->dimension, vector, s->dimension * sizeof *vector);
        ra_arena_release(&one);
    }
    ra_arena_release(&arena);
    return ok;
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    state *s = context;
    const char **full = ra_alloc(count, sizeof *full);
    size_t *where = ra_alloc(count, sizeof *where), n = 0;
    memset(vectors, 0, count * s->dimension * sizeof *vectors);
    for (size_t i = 0; i < count; i++)
        if (*texts[i].text) {
            full[n] = texts[i].text;
            where[n++] = i;
        }
    bool ok = fetch(s, full, where, n, vectors, err);
    free(full);
    free(where);
    return ok;
}

static void close_openai(void *context)
{
    free(context);
}

/* How long vectors are only the server knows: one word is embedded to learn it. */
static bool open_openai(void **out, const char *argument, ra_arena *arena, size_t *dimension,
                        const char **identity, ra_error *err)
{
    static const char *const word[] = {"dimension"};
    if (!argument || !*argument)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "embedder 'openai': needs a model",
                       "openai:text-embedding-3-small; OPENAI_BASE_URL names another server");
    state *s = ra_alloc(1, sizeof *s);
    s->endpoint = ra_endpoint_default();
    s->endpoint.model = ra_arena_strdup(arena, argument);
    if (!ra_endpoint_check(&s->endpoint, err) || !fetch(s, word, NULL, 1, NULL, err)) {
        free(s);
        return false;
    }
    *dimension = s->dimension;
    *identity = ra_arena_printf(arena, "openai:%s:%s", s->endpoint.url, argument);
    *out = s;
    return true;
}

extern const ra_embedder_kind ra_embedder_openai;
const ra_embedder_kind ra_embedder_openai = {
    .name = "openai",
    .summary = "an OpenAI-compatible server (OPENAI_BASE_URL, OPENAI_API_KEY): openai:MODEL",
    .slow = true,
    .open = open_openai,
    .embed = embed,
    .close = close_openai,
};
