/* encoder:FOLDER - a sentence encoder of the BERT family, see encoder.h. */
#include "embed/embed.h"
#include "embed/encoder.h"

#include <stdlib.h>

static void close_encoder(void *context)
{
    ra_encoder_close(context);
    free(context);
}

static bool open_encoder(void **out, const char *argument, ra_arena *arena, size_t *dimension,
                         const char **identity, ra_error *err)
{
    if (!argument)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "embedder 'encoder': needs a folder",
                       "encoder:FOLDER, with config.json, model.safetensors and a tokenizer");
    ra_encoder *e = ra_alloc(1, sizeof *e);
    if (!ra_encoder_open(e, argument, err)) {
        free(e);
        return false;
    }
    *dimension = e->bert.config.hidden;
    *identity = ra_arena_printf(arena, "encoder/2:%s", e->digest);
    *out = e;
    return true;
}

static bool embed(void *context, const ra_embed_text *texts, size_t count, float *vectors,
                  ra_error *err)
{
    const ra_encoder *e = context;
    const char **plain = ra_alloc(count, sizeof *plain);
    for (size_t i = 0; i < count; i++)
        plain[i] = texts[i].text;
    bool ok = ra_encoder_encode(e, plain, count, e->pooling, 0, vectors, err);
    free(plain);
    return ok;
}

extern const ra_embedder_kind ra_embedder_encoder;
const ra_embedder_kind ra_embedder_encoder = {
    .name = "encoder",
    .summary = "encoder:FOLDER, a sentence encoder of the BERT family",
    .slow = true,
    .open = open_encoder,
    .embed = embed,
    .close = close_encoder};

ra_encoder *ra_encoder_of(const ra_embedder *embedder)
{
    return embedder->kind == &ra_embedder_encoder ? embedder->state : NULL;
}
