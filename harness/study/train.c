#include "study/train.h"

#include "base/file.h"
#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "embed/cache.h"
#include "study/train_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static bool embed(ra_train_job *j, const ra_battles *battles, const ra_readable_texts *readable,
                  float **vectors, ra_model_parts *model, ra_error *err)
{
    ra_embedder *e = j->embedder;
    *vectors = NULL;
    if (!j->has_embedder || (j->kind->reads_texts && j->kind->reads_texts(j->r->settings)))
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

/* The pair must have taken part: its tiers or rows are what is asked for later. */
static bool find_pair(const ra_train_job *j, const ra_battles *battles, ra_training *t,
                      ra_error *err)
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
    ra_train_job j; /* its fold, and its own count of labels */
    ra_battles battles;
    ra_readable_texts readable;
    float *vectors;
    ra_training training;
    ra_model_parts model;
    const char *path;
    bool ok;
    ra_error err;
} piece;

static bool gather(piece *p, ra_error *err)
{
    ra_train_job *j = &p->j;
    if (!ra_train_collect(j, &p->battles, &p->readable, err))
        return false;
    p->training = (ra_training){.battles = &p->battles,
                                .dimension = j->embedder->dimension,
                                .embedder = j->has_embedder ? j->embedder->spec : "",
                                .keep_texts = j->has_embedder && ra_embedder_is_quick(j->embedder),
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
        ok = ok && ra_train_write(&p->j, &p->battles, &p->model, p->path, err);
    }
    for (size_t i = 0; i < count; i++)
        release_piece(&pieces[i]);
    return ok;
}

/* --- all models --- */

static piece new_piece(const ra_train_job *j, size_t fold, const char *path)
{
    piece p = {.j = *j, .path = path};
    p.j.fold = fold;
    p.j.labelled = ra_alloc(j->r->gold_count, sizeof *p.j.labelled);
    return p;
}

static const char *fold_path(ra_train_job *j, size_t fold)
{
    return ra_arena_printf(&j->arena, "%s/fold-%zu.safetensors", j->r->out, fold);
}

/* Of kinds that do not learn by steps, or between two folds. */
static bool stopped(const ra_train_job *j, ra_error *err)
{
    return ra_interrupted() && !ra_fail(err, RA_ERR_INPUT, j->r->out, 0, "interrupted",
                                        "go on with the same command and --resume");
}

/* As many folds at a time as there are cores. */
static bool train_folds(ra_train_job *j, ra_error *err)
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

static bool train_single(ra_train_job *j, ra_error *err)
{
    piece p = new_piece(j, RA_MAP_NONE, j->r->out);
    return train_pieces(&p, 1, j->r->threads, err);
}

/* What was kept for resuming is of no use once all models are written. */
static void remove_checkpoints(ra_train_job *j)
{
    for (size_t k = 0; k == 0 || k < j->r->folds; k++)
        unlink(ra_arena_printf(&j->arena, "%s.checkpoint",
                               j->r->folds > 1 ? fold_path(j, k) : j->r->out));
}

static bool train_all(ra_train_job *j, ra_error *err)
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

static bool open_gold(ra_train_job *j, ra_error *err)
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
static bool read_keep_out(ra_train_job *j, ra_error *err)
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

static void close_gold(ra_train_job *j)
{
    for (size_t g = 0; g < j->r->gold_count; g++)
        ra_assay_close(&j->gold[g]);
}

static bool open_embedder(ra_train_job *j, ra_error *err)
{
    const char *spec = j->r->embedder;
    if (!spec && j->kind->flags & RA_ROUTER_EMBEDS)
        spec = "ngrams";
    j->has_embedder = spec && ra_embedder_open(j->embedder, spec, err);
    if (j->has_embedder)
        ra_embedder_share(j->embedder, j->memo);
    return j->has_embedder || !spec;
}

static bool check(ra_train_job *j, ra_error *err)
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

static bool name_pair(ra_train_job *j, ra_error *err)
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
    ra_train_job j = {.r = request, .embedder = &embedder, .memo = request->memo};
    if (!request->memo)
        j.memo = ra_ngram_memo_new();
    bool ok = check(&j, err) && read_keep_out(&j, err) && open_gold(&j, err);
    if (ok) {
        ok = name_pair(&j, err) && open_embedder(&j, err) && train_all(&j, err);
        close_gold(&j);
    }
    if (j.has_embedder)
        ra_embedder_close(&embedder);
    free(j.gold);
    if (!request->memo)
        ra_ngram_memo_free(j.memo);
    ra_map_release(&j.keep_out);
    ra_arena_release(&j.arena);
    return ok;
}
