/* A model file: tensors, and metadata that say what it was made of. */
#include "base/sha256.h"
#include "study/train_parts.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void add_trained_prompts(const ra_battles *battles, ra_model_parts *model)
{
    uint64_t *hash = ra_alloc(battles->prompt_count, sizeof *hash);
    size_t n = 0;
    for (size_t p = 0; p < battles->prompt_count; p++)
        hash[p] = ra_prompt_hash(battles->prompts[p]);
    qsort(hash, battles->prompt_count, sizeof *hash, by_value);
    for (size_t p = 0; p < battles->prompt_count; p++)
        if (n == 0 || hash[p] != hash[n - 1])
            hash[n++] = hash[p];
    ra_model_add(model, "trained_prompts", RA_U64, n, 0, hash);
    free(hash);
}

static bool describe_data(const ra_train_job *j, ra_json *about, ra_error *err)
{
    ra_json *list = ra_json_new_array();
    ra_json_put(about, "data", list);
    for (size_t i = 0; i < j->r->data_count; i++) {
        const ra_battle_file *file = &j->r->data[i];
        ra_digest digest;
        if (!ra_sha256_file(file->path, digest, err))
            return false;
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "path", file->shown);
        ra_json_put_string(o, "sha256", digest);
        ra_json_put_number(o, "weight", file->weight);
        ra_json_add(list, o);
    }
    return true;
}

static ra_json *gold_names(const ra_train_job *j)
{
    ra_json *list = ra_json_new_array();
    for (size_t g = 0; g < j->r->gold_count; g++) {
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "benchmark", j->gold[g].benchmark->name);
        ra_json_put_string(o, "grader", j->gold[g].grader->name);
        ra_json_put_number(o, "labels", (double)j->labelled[g]);
        ra_json_put_number(o, "weight", j->r->gold[g].weight);
        ra_json_add(list, o);
    }
    return list;
}

static ra_json *describe(const ra_train_job *j, const ra_battles *battles,
                         const ra_model_parts *model, ra_error *err)
{
    const ra_train_request *r = j->r;
    ra_json *about = ra_json_new_object();
    ra_json_put_string(about, "schema", RA_MODEL_SCHEMA);
    ra_json_put_string(about, "kind", r->kind);
    ra_json_put_string(about, "strong", j->strong);
    ra_json_put_string(about, "weak", j->weak);
    ra_json_put_string(about, "embedder", j->has_embedder ? j->embedder->spec : NULL);
    ra_json_put_string(about, "identity", j->has_embedder ? j->embedder->identity : NULL);
    ra_json_put(about, "settings", ra_json_copy(model->settings));
    ra_json_put(about, "gold", gold_names(j));
    ra_json_put_number(about, "prompts", (double)battles->prompt_count);
    ra_json_put_number(about, "battles", (double)battles->count);
    size_t labels = 0;
    for (size_t g = 0; g < r->gold_count; g++)
        labels += j->labelled[g];
    ra_json_put_number(about, "labels", (double)labels);
    ra_json_put_number(about, "unreadable", (double)battles->unreadable);
    ra_json_put_number(about, "kept_out", (double)battles->kept_out);
    ra_json_put_number(about, "folds", j->fold == RA_MAP_NONE ? 0 : (double)r->folds);
    ra_json_put_number(about, "fold", j->fold == RA_MAP_NONE ? 0 : (double)j->fold);
    ra_json_put_number(about, "split_seed", (double)r->seed);
    if (describe_data(j, about, err))
        return about;
    ra_json_free(about);
    return NULL;
}

bool ra_train_write(const ra_train_job *j, const ra_battles *battles, ra_model_parts *model,
                    const char *path, ra_error *err)
{
    ra_json *about = describe(j, battles, model, err);
    if (!about)
        return false;
    ra_buf text = {0};
    ra_json_print(about, &text);
    ra_json *metadata = ra_json_new_object();
    ra_json_put_string(metadata, "routeassay", text.text);
    add_trained_prompts(battles, model);
    bool ok = ra_safetensors_write(path, model->tensors, model->count, metadata, err);
    ra_buf_release(&text);
    ra_json_free(metadata);
    ra_json_free(about);
    return ok;
}
