#include "study/train.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/rng.h"
#include "embed/cache.h"
#include "embed/ngrams.h"
#include "routers/folds.h"
#include "routers/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct job {
    const ra_train_request *r;
    const ra_router_kind *kind;
    ra_assay *gold; /* opened: gold_count of them */
    const char *strong, *weak;
    ra_embedder *embedder; /* one for all folds */
    bool has_embedder;
    ra_ngram_memo *memo;
    size_t fold;      /* being trained; RA_MAP_NONE = one model of everything */
    size_t *labelled; /* gold labels that this fold got of each benchmark */
    ra_map keep_out;  /* texts that battles must not have */
    ra_arena arena;   /* those texts */
} job;

/* --- one fold's battles --- */

typedef struct candidate {
    size_t item; /* measured item of the assay */
    uint64_t order;
} candidate;

static int by_order(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static const ra_item *item_of(const ra_assay *a, size_t measured)
{
    return &a->set.items[a->outcomes.item[measured]];
}

static bool is_held_out(const job *j, const ra_item *item)
{
    return j->fold != RA_MAP_NONE && ra_fold_of(item->id, j->r->seed, j->r->folds) == j->fold;
}

/* Items that this fold may learn from, in the order in which they get labels. */
static candidate *list_candidates(const job *j, const ra_assay *a, size_t *count)
{
    ra_map held = {0};
    uint64_t stream = ra_rng_stream("gold", 0);
    candidate *list = ra_alloc(a->outcomes.count, sizeof *list);
    for (size_t i = 0; i < a->set.item_count; i++)
        if (is_held_out(j, &a->set.items[i]))
            ra_map_add(&held, a->set.items[i].turns[0], i);
    *count = 0;
    for (size_t k = 0; k < a->outcomes.count; k++) {
        const ra_item *item = item_of(a, k);
        if (ra_map_get(&held, item->turns[0]) == RA_MAP_NONE)
            list[(*count)++] =
                (candidate){k, ra_rng_bits(j->r->seed, stream, ra_rng_stream(item->id, 2))};
    }
    qsort(list, *count, sizeof *list, by_order);
    ra_map_release(&held);
    return list;
}

static void add_label(const job *j, const ra_assay *a, size_t k, double weight, ra_battles *battles)
{
    const ra_outcomes *o = &a->outcomes;
    const ra_item *item = item_of(a, k);
    double strong = o->strong[k] / o->strong_turns[k], weak = o->weak[k] / o->weak_turns[k];
    ra_battle b = {.prompt = ra_battles_prompt(battles, item->id, item->turns[0]),
                   .model_a = ra_battles_model(battles, j->strong),
                   .model_b = ra_battles_model(battles, j->weak),
                   .outcome = strong > weak   ? 1
                              : strong < weak ? 0
                                              : 0.5,
                   .weight = weight};
    ra_battles_add(battles, b);
}

/* The texts that a fold may read, labelled or not. */
typedef struct readable_texts {
    const char **texts;
    size_t count;
} readable_texts;

static void read_text(readable_texts *r, ra_arena *arena, size_t *room, const char *text)
{
    if (r->count == *room) {
        *room = *room ? 2 * *room : 1024;
        const char **more = ra_arena_alloc(arena, *room, sizeof *more);
        if (r->count > 0)
            memcpy(more, r->texts, r->count * sizeof *more);
        r->texts = more;
    }
    r->texts[r->count++] = text;
}

static bool add_gold(const job *j, ra_battles *battles, readable_texts *readable, size_t *room,
                     ra_error *err)
{
    for (size_t g = 0; g < j->r->gold_count; g++) {
        const ra_gold *gold = &j->r->gold[g];
        const ra_assay *a = &j->gold[g];
        size_t count;
        candidate *list = list_candidates(j, a, &count);
        size_t labels =
            gold->labels && !(gold->at_most && gold->labels > count) ? gold->labels : count;
        j->labelled[g] = labels;
        for (size_t i = 0; i < count; i++) {
            if (i < labels)
                add_label(j, a, list[i].item, gold->weight, battles);
            else
                read_text(readable, &battles->arena, room, item_of(a, list[i].item)->turns[0]);
        }
        free(list);
        if (labels > count)
            return ra_failf(err, RA_ERR_INPUT, gold->request.recordings, 0,
                            "%zu labels asked for, %zu items of '%s' can be learned from", labels,
                            count, a->benchmark->name);
    }
    return true;
}

static bool collect(const job *j, ra_battles *battles, readable_texts *readable, ra_error *err)
{
    size_t room = 0;
    battles->keep_out = &j->keep_out;
    for (size_t i = 0; i < j->r->data_count; i++)
        if (!ra_battles_read(battles, j->r->data[i].path, j->r->data[i].weight, err))
            return false;
    if (!add_gold(j, battles, readable, &room, err))
        return false;
    for (size_t p = 0; p < battles->prompt_count; p++)
        read_text(readable, &battles->arena, &room, battles->prompts[p]);
    return true;
}

/* --- one model --- */

static ra_embed_text *texts_of(const char *const *ids, const char *const *texts, size_t count)
{
    ra_embed_text *all = ra_alloc(count, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (ra_embed_text){ids ? ids[i] : NULL, texts[i]};
    return all;
}

/* Vectors of all prompts; an embedder that learns learns from what may be read, and what it learned
 * becomes part of the model. */
static bool embed(job *j, const ra_battles *battles, const readable_texts *readable,
                  float **vectors, ra_model_parts *model, ra_error *err)
{
    ra_embedder *e = j->embedder;
    *vectors = NULL;
    if (!j->has_embedder)
        return true;
    if (e->kind->fit) {
        ra_buf learned = {0};
        ra_embed_text *all = texts_of(NULL, readable->texts, readable->count);
        e->kind->fit(e->state, all, readable->count, &learned);
        ra_model_add(model, "embedder_learned", RA_U8, learned.length, 0, learned.text);
        free(all);
        ra_buf_release(&learned);
    }
    ra_embed_text *texts = texts_of(battles->ids, battles->prompts, battles->prompt_count);
    *vectors = ra_alloc(battles->prompt_count * e->dimension, sizeof **vectors);
    bool ok = ra_embed_cached(e, j->r->cache, texts, battles->prompt_count, *vectors, err);
    free(texts);
    return ok;
}

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

static bool describe_data(const job *j, ra_json *about, ra_error *err)
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

static ra_json *gold_names(const job *j)
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

static ra_json *describe(const job *j, const ra_battles *battles, const ra_model_parts *model,
                         ra_error *err)
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

static bool write_model(const job *j, const ra_battles *battles, ra_model_parts *model,
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

/* The pair must have taken part: its tiers or rows are what is asked for later. */
static bool find_pair(const job *j, const ra_battles *battles, ra_training *t, ra_error *err)
{
    t->strong = ra_battles_find_model(battles, j->strong);
    t->weak = ra_battles_find_model(battles, j->weak);
    const char *missing = t->strong == RA_MAP_NONE ? j->strong
                          : t->weak == RA_MAP_NONE ? j->weak
                                                   : NULL;
    if (!missing)
        return true;
    ra_failf(err, RA_ERR_INPUT, NULL, 0, "no battle of model '%s' in the training data", missing);
    return ra_hintf(err, "add data, or name another pair with --strong and --weak");
}

/* A model on its way from data to a file. */
typedef struct piece {
    job j; /* its fold, and its own count of labels */
    ra_battles battles;
    readable_texts readable;
    float *vectors;
    ra_training training;
    ra_model_parts model;
    const char *path;
    bool ok;
    ra_error err;
} piece;

static bool gather(piece *p, ra_error *err)
{
    job *j = &p->j;
    if (!collect(j, &p->battles, &p->readable, err))
        return false;
    p->training = (ra_training){.battles = &p->battles,
                                .dimension = j->embedder->dimension,
                                .keep_texts = j->has_embedder && j->embedder->kind->restore,
                                .memo = j->memo,
                                .texts = p->readable.texts,
                                .text_count = p->readable.count,
                                .settings = j->r->settings,
                                .settings_at = j->r->settings_at,
                                .seed = j->r->seed,
                                .threads = j->r->threads,
                                .checkpoint_s = j->r->checkpoint_s,
                                .resume = j->r->resume};
    if (j->r->checkpoints)
        p->training.checkpoint = ra_arena_printf(&p->battles.arena, "%s.checkpoint", p->path);
    bool ok = find_pair(j, &p->battles, &p->training, err) &&
              embed(j, &p->battles, &p->readable, &p->vectors, &p->model, err);
    p->training.vectors = p->vectors;
    return ok;
}

static void learn(size_t index, void *context)
{
    piece *p = (piece *)context + index;
    p->ok = p->j.kind->train(&p->training, &p->model, &p->err);
}

static void release_piece(piece *p)
{
    free(p->vectors);
    free(p->j.labelled);
    ra_model_parts_release(&p->model);
    ra_battles_release(&p->battles);
}

/* Trains several at the same time: no result depends on how many. */
static bool train_pieces(piece *pieces, size_t count, int threads, ra_error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = gather(&pieces[i], err);
        pieces[i].training.quiet = count > 1;
    }
    if (ok)
        ra_parallel_for(count, threads, learn, pieces);
    for (size_t i = 0; ok && i < count; i++) {
        piece *p = &pieces[i];
        ok = p->ok;
        if (!ok)
            *err = p->err;
        ok = ok && write_model(&p->j, &p->battles, &p->model, p->path, err);
    }
    for (size_t i = 0; i < count; i++)
        release_piece(&pieces[i]);
    return ok;
}

/* --- all models --- */

static piece new_piece(const job *j, size_t fold, const char *path)
{
    piece p = {.j = *j, .path = path};
    p.j.fold = fold;
    p.j.labelled = ra_alloc(j->r->gold_count, sizeof *p.j.labelled);
    return p;
}

static const char *fold_path(job *j, size_t fold)
{
    return ra_arena_printf(&j->arena, "%s/fold-%zu.safetensors", j->r->out, fold);
}

/* Of kinds that do not learn by steps, or between two folds. */
static bool stopped(const job *j, ra_error *err)
{
    return ra_interrupted() && !ra_fail(err, RA_ERR_INPUT, j->r->out, 0, "interrupted",
                                        "go on with the same command and --resume");
}

/* As many folds at a time as there are cores. */
static bool train_folds(job *j, ra_error *err)
{
    ra_progress progress;
    size_t folds = j->r->folds;
    size_t side = (size_t)(j->r->threads > 0 ? j->r->threads : ra_parallel_cores()), n;
    piece *pieces = ra_alloc(side, sizeof *pieces);
    bool ok = true;
    ra_progress_start(&progress, "train", "folds", folds);
    for (size_t done = 0; ok && done < folds; done += n) {
        n = folds - done < side ? folds - done : side;
        for (size_t i = 0; i < n; i++)
            pieces[i] = new_piece(j, done + i, fold_path(j, done + i));
        ok = train_pieces(pieces, n, j->r->threads, err) && (done + n == folds || !stopped(j, err));
        ra_progress_update(&progress, done + n);
    }
    ra_progress_end(&progress);
    free(pieces);
    return ok;
}

static bool train_single(job *j, ra_error *err)
{
    piece p = new_piece(j, RA_MAP_NONE, j->r->out);
    return train_pieces(&p, 1, j->r->threads, err);
}

/* What was kept for resuming is of no use once all models are written. */
static void remove_checkpoints(job *j)
{
    for (size_t k = 0; k == 0 || k < j->r->folds; k++)
        unlink(ra_arena_printf(&j->arena, "%s.checkpoint",
                               j->r->folds > 1 ? fold_path(j, k) : j->r->out));
}

static bool train_all(job *j, ra_error *err)
{
    if (j->r->checkpoints)
        ra_interrupt_watch(true);
    bool ok = j->r->folds > 1 ? train_folds(j, err) : train_single(j, err);
    if (j->r->checkpoints)
        ra_interrupt_watch(false);
    if (ok)
        remove_checkpoints(j);
    return ok;
}

static bool open_gold(job *j, ra_error *err)
{
    const ra_train_request *r = j->r;
    ra_assay_request *requests = ra_alloc(r->gold_count, sizeof *requests);
    j->gold = ra_alloc(r->gold_count, sizeof *j->gold);
    for (size_t g = 0; g < r->gold_count; g++)
        requests[g] = r->gold[g].request;
    bool ok = ra_assay_open_all(j->gold, requests, r->gold_count, NULL, r->threads, err);
    free(requests);
    return ok;
}

/* Prompts of the benchmarks that the router will be measured on. */
static bool read_keep_out(job *j, ra_error *err)
{
    for (size_t i = 0; i < j->r->keep_out_count; i++) {
        const ra_assay_request *request = &j->r->keep_out[i];
        const char *folder;
        ra_set set;
        if (!ra_set_find(&j->arena, request->recordings, request->benchmark, &folder, err) ||
            !ra_set_open(&set, folder, err))
            return false;
        for (size_t k = 0; k < set.item_count; k++)
            ra_map_add(&j->keep_out, ra_arena_strdup(&j->arena, set.items[k].turns[0]), k);
        ra_set_release(&set);
    }
    return true;
}

static void close_gold(job *j)
{
    for (size_t g = 0; g < j->r->gold_count; g++)
        ra_assay_close(&j->gold[g]);
}

static bool open_embedder(job *j, ra_error *err)
{
    const char *spec = j->r->embedder;
    if (!spec && j->kind->flags & RA_ROUTER_EMBEDS)
        spec = "ngrams";
    j->has_embedder = spec && ra_embedder_open(j->embedder, spec, err);
    return j->has_embedder || !spec;
}

static bool check(job *j, ra_error *err)
{
    const ra_train_request *r = j->r;
    j->kind = ra_router_find(r->kind, strlen(r->kind), err);
    if (!j->kind)
        return false;
    if (!j->kind->train)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "router '%s' has nothing to learn", r->kind);
    if (r->data_count + r->gold_count == 0)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "nothing to train on",
                       "--data FILE, or --recordings DIR --benchmark NAME, or both");
    if (r->gold_count == 0 && r->folds > 1)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0,
                       "folds are of recorded items, and none are given",
                       "--recordings DIR --benchmark NAME");
    return true;
}

static bool name_pair(job *j, ra_error *err)
{
    j->strong = j->r->strong ? j->r->strong : j->r->gold_count ? j->gold[0].strong_model : NULL;
    j->weak = j->r->weak ? j->r->weak : j->r->gold_count ? j->gold[0].weak_model : NULL;
    return (j->strong && j->weak) ||
           ra_fail(err, RA_ERR_USAGE, NULL, 0, "--strong and --weak are needed with battles alone",
                   "the two models that the router chooses between");
}

bool ra_train(const ra_train_request *request, ra_error *err)
{
    ra_embedder embedder = {0};
    job j = {.r = request, .embedder = &embedder, .memo = ra_ngram_memo_new()};
    bool ok = check(&j, err) && read_keep_out(&j, err) && open_gold(&j, err);
    if (ok) {
        ok = name_pair(&j, err) && open_embedder(&j, err) && train_all(&j, err);
        close_gold(&j);
    }
    if (j.has_embedder)
        ra_embedder_close(&embedder);
    free(j.gold);
    ra_ngram_memo_free(j.memo);
    ra_map_release(&j.keep_out);
    ra_arena_release(&j.arena);
    return ok;
}
