#include "routers/checkpoint.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- key --- */

static void add_battles(ra_sha256 *hash, const ra_training *t)
{
    const ra_battles *b = t->battles;
    for (size_t p = 0; p < b->prompt_count; p++)
        ra_sha256_add(hash, b->prompts[p], strlen(b->prompts[p]) + 1);
    for (size_t i = 0; i < b->count; i++) {
        const ra_battle *x = &b->battles[i];
        const size_t whole[] = {x->prompt, x->model_a, x->model_b};
        const double numbers[] = {x->outcome, x->weight};
        ra_sha256_add(hash, whole, sizeof whole);
        ra_sha256_add(hash, numbers, sizeof numbers);
    }
}

static void make_key(const ra_training *t, const ra_json *settings, ra_digest key)
{
    ra_sha256 *hash = ra_sha256_start();
    const uint64_t whole[] = {t->seed, t->strong, t->weak, t->dimension};
    ra_buf text = {0};
    ra_json_print(settings, &text);
    ra_sha256_add(hash, text.text, text.length);
    ra_sha256_add(hash, whole, sizeof whole);
    add_battles(hash, t);
    if (t->vectors)
        ra_sha256_add(hash, t->vectors,
                      t->battles->prompt_count * t->dimension * sizeof *t->vectors);
    ra_sha256_finish(hash, key);
    ra_buf_release(&text);
}

/* --- loading --- */

static bool take_parts(const ra_checkpoint *c, const ra_safetensors *file, ra_error *err)
{
    for (int copy = 0; copy < 2; copy++) /* all are checked before the first is changed */
        for (size_t i = 0; i < c->count; i++) {
            const ra_checkpoint_part *p = &c->parts[i];
            size_t bytes = p->bytes;
            const void *data;
            if (!ra_safetensors_get(file, p->name, RA_U8, 1, &bytes, &data, err))
                return false;
            if (copy)
                memcpy(p->data, data, bytes);
        }
    return true;
}

static bool load(const ra_checkpoint *c, ra_error *err)
{
    ra_safetensors file;
    const char *path = c->training->checkpoint;
    if (!ra_safetensors_open(&file, path, err))
        return false;
    const char *key = ra_safetensors_metadata(&file, "key");
    bool same = key && strcmp(key, c->key) == 0, ok = true;
    if (same)
        ok = take_parts(c, &file, err);
    else
        fprintf(stderr, "%s: of another training, begun anew\n", path);
    ra_safetensors_close(&file);
    return ok;
}

bool ra_checkpoint_begin(ra_checkpoint *c, const ra_training *t, const ra_json *settings,
                         const ra_checkpoint_part *parts, size_t count, ra_error *err)
{
    *c = (ra_checkpoint){.training = t, .parts = parts, .count = count, .saved_s = ra_now_s()};
    if (!t->checkpoint)
        return true;
    make_key(t, settings, c->key);
    return !t->resume || !ra_file_exists(t->checkpoint) || load(c, err);
}

/* --- saving --- */

static bool save(ra_checkpoint *c, ra_error *err)
{
    ra_tensor *tensors = ra_alloc(c->count, sizeof *tensors);
    for (size_t i = 0; i < c->count; i++)
        tensors[i] = (ra_tensor){.name = c->parts[i].name,
                                 .dtype = RA_U8,
                                 .rank = 1,
                                 .shape = {c->parts[i].bytes},
                                 .count = c->parts[i].bytes,
                                 .data = c->parts[i].data};
    ra_json *metadata = ra_json_new_object();
    ra_json_put_string(metadata, "key", c->key);
    bool ok = ra_safetensors_write(c->training->checkpoint, tensors, c->count, metadata, err);
    ra_json_free(metadata);
    free(tensors);
    c->saved_s = ra_now_s();
    return ok;
}

bool ra_checkpoint_step(ra_checkpoint *c, bool last, ra_error *err)
{
    const ra_training *t = c->training;
    if (!t->checkpoint)
        return true;
    bool stop = ra_interrupted() && !last;
    if ((stop || last || ra_now_s() - c->saved_s >= t->checkpoint_s) && !save(c, err))
        return false;
    return !stop || ra_fail(err, RA_ERR_INPUT, t->checkpoint, 0, "interrupted; all is saved",
                            "go on with the same command and --resume");
}
