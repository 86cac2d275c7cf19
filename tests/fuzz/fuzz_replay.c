/* Property: any bytes as the body of any request to a replay server give an answer that is JSON (or
 * a stream), the same one twice; an error has a message. The first byte picks the path. */
#include "data/json.h"
#include "net/replay.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_text(const char *name, const char *text)
{
    temporary_file(name, (const uint8_t *)text, strlen(text));
}

static bool embed(void *context, const char *const *ids, const char *const *texts, size_t count,
                  float *vectors, ra_error *err)
{
    (void)context, (void)err;
    for (size_t i = 0; i < count; i++)
        vectors[i] = ids[i] ? 1 : (float)strlen(texts[i]);
    return true;
}

static ra_replay *recordings(void)
{
    static ra_replay replay;
    if (replay.set_count > 0)
        return &replay;
    write_text("set/set.json", "{\"schema\":\"routeassay.set/1\",\"name\":\"f\",\"benchmark\":"
                               "\"mt-bench\",\"models\":[\"a\",\"b\"],\"sources\":[]}");
    write_text("set/items.jsonl",
               "{\"id\":\"1\",\"turns\":[\"What is the first question?\",\"And what, please, is "
               "the second?\"]}\n{\"id\":\"2\",\"turns\":[\"Q: What is the first question? It is "
               "long.\"]}\n{\"id\":\"3\",\"turns\":[\"hi\"]}\n"
               "{\"id\":\"4\",\"turns\":[\"What is the first question?\"]}\n");
    write_text("set/outputs/a.jsonl",
               "{\"id\":\"1\",\"turn\":1,\"output\":\"one two\\nthree\",\"prompt_tokens\":3,"
               "\"completion_tokens\":4}\n{\"id\":\"3\",\"output\":null}\n");
    ra_error err;
    if (!ra_replay_add(&replay, temporary("set"), "a", "b", &err))
        abort();
    temporary_end();
    replay.embedder = (ra_replay_embedder){"e", 1, embed, NULL};
    return &replay;
}

static void check(const ra_replay_reply *reply)
{
    ra_error err = {0};
    bool stream = reply->status == 200 && strcmp(reply->type, "text/event-stream") == 0;
    ra_json *doc = stream ? NULL
                          : ra_json_parse(reply->body.text, reply->body.length,
                                          (ra_json_at){"reply", 1}, &err);
    if (!doc && !stream)
        abort();
    const ra_json *error = ra_json_get(doc, "error");
    if ((reply->status == 200) != (error == NULL) ||
        (error && !*ra_json_text(ra_json_get(error, "message"))))
        abort();
    if (stream && !ra_has_suffix(reply->body.text, "data: [DONE]\n\n"))
        abort();
    ra_json_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[] = {"/v1/chat/completions", "/v1/completions",
                                        "/v1/embeddings"};
    if (size == 0)
        return 0;
    ra_replay_call call = {"POST", paths[data[0] % 3], (const char *)data + 1, size - 1};
    ra_replay_reply once, twice;
    ra_replay_answer(recordings(), &call, &once);
    ra_replay_answer(recordings(), &call, &twice);
    check(&once);
    if (once.body.length != twice.body.length ||
        memcmp(once.body.text, twice.body.text, once.body.length) != 0)
        abort();
    ra_replay_reply_release(&once);
    ra_replay_reply_release(&twice);
    return 0;
}
