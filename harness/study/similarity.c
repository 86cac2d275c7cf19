#include "study/similarity.h"

#include "data/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- training prompts --- */

static bool add_sets(ra_similarities *s, const char *recordings, ra_error *err)
{
    const char **folders;
    size_t count;
    if (!ra_sets_find(&s->arena, recordings, NULL, 0, &folders, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        ra_set set;
        if (!ra_set_open(&set, folders[i], err))
            return false;
        ra_corpus_add_set(&s->trained, &set);
        ra_set_release(&set);
    }
    return true;
}

static bool read_trained(ra_similarities *s, const ra_similarity_request *r, ra_error *err)
{
    for (size_t i = 0; i < r->data_count; i++)
        if (!ra_corpus_add_battles(&s->trained, r->data[i], err))
            return false;
    for (size_t i = 0; i < r->trained_count; i++)
        if (!add_sets(s, r->trained[i], err))
            return false;
    return s->trained.count > 0 || ra_fail(err, RA_ERR_INPUT, r->data_count ? r->data[0] : NULL, 0,
                                           "no training prompt to compare with", NULL);
}

/* --- one benchmark --- */

typedef struct ranked {
    size_t item;
    float cosine;
} ranked;

static int by_cosine(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->cosine < y->cosine || x->cosine > y->cosine)
        return x->cosine < y->cosine ? 1 : -1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static void sum_up(ra_similarity *s, double threshold, ra_arena *arena)
{
    size_t n = s->items.count;
    ranked *list = ra_alloc(n + 1, sizeof *list);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        list[i] = (ranked){i, s->nearest[i].cosine};
        sum += (double)s->nearest[i].cosine;
        s->contaminated += (double)s->nearest[i].cosine >= threshold;
    }
    qsort(list, n, sizeof *list, by_cosine);
    s->mean = n ? sum / (double)n : (double)NAN;
    s->greatest = n ? (double)list[0].cosine : (double)NAN;
    s->order = ra_arena_alloc(arena, n + 1, sizeof *s->order);
    for (size_t i = 0; i < n; i++)
        s->order[i] = list[i].item;
    free(list);
}

static bool compare(ra_similarities *all, ra_similarity *s, ra_embedder *e, const float *points,
                    const ra_similarity_request *r, ra_error *err)
{
    float *vectors = ra_corpus_embed(&s->items, e, false, r->cache, err);
    if (!vectors)
        return false;
    s->nearest = ra_arena_alloc(&all->arena, s->items.count + 1, sizeof *s->nearest);
    ra_nearest(vectors, s->items.count, points, all->trained.count, e->dimension, r->threads,
               s->nearest);
    free(vectors);
    sum_up(s, all->threshold, &all->arena);
    return true;
}

static bool read_benchmarks(ra_similarities *all, const ra_similarity_request *r, ra_error *err)
{
    const char **folders;
    size_t count;
    if (!ra_sets_find(&all->arena, r->recordings, r->benchmarks, r->benchmark_count, &folders,
                      &count, err))
        return false;
    all->list = ra_arena_alloc(&all->arena, count, sizeof *all->list);
    for (; all->count < count; all->count++) {
        ra_similarity *s = &all->list[all->count];
        ra_set set;
        if (!ra_set_open(&set, folders[all->count], err))
            return false;
        s->benchmark = ra_arena_strdup(&all->arena, set.benchmark);
        ra_corpus_add_set(&s->items, &set);
        s->excluded = set.item_count - s->items.count;
        ra_set_release(&set);
    }
    return true;
}

/* --- all --- */

/* What the embedder of training prompts learned from them, the other one takes over. */
static float *embed_trained(ra_similarities *all, ra_embedder *e, const ra_similarity_request *r,
                            ra_error *err)
{
    ra_embedder other = {0};
    bool same = !r->data_embedder || strcmp(r->data_embedder, r->embedder) == 0;
    if (same)
        return ra_corpus_embed(&all->trained, e, true, r->cache, err);
    if (!ra_embedder_open(&other, r->data_embedder, err))
        return NULL;
    float *vectors = NULL;
    if (other.dimension != e->dimension)
        ra_failf(err, RA_ERR_INPUT, r->data_embedder, 0,
                 "vectors of %zu numbers, those of the benchmarks have %zu", other.dimension,
                 e->dimension);
    else
        vectors = ra_corpus_embed(&all->trained, &other, true, r->cache, err);
    ra_embedder_close(&other);
    return vectors;
}

static bool compare_all(ra_similarities *all, ra_embedder *e, const ra_similarity_request *r,
                        ra_error *err)
{
    float *points = embed_trained(all, e, r, err);
    bool ok = points != NULL;
    for (size_t i = 0; ok && i < all->count; i++)
        ok = compare(all, &all->list[i], e, points, r, err);
    free(points);
    return ok;
}

bool ra_similarities_find(const ra_similarity_request *request, ra_similarities *out, ra_error *err)
{
    ra_embedder e;
    *out = (ra_similarities){.threshold = request->threshold};
    bool ok = read_benchmarks(out, request, err) && read_trained(out, request, err);
    if (ok && (ok = ra_embedder_open(&e, request->embedder, err))) {
        out->embedder = ra_arena_strdup(&out->arena, e.identity);
        ok = compare_all(out, &e, request, err);
        ra_embedder_close(&e);
    }
    if (!ok)
        ra_similarities_release(out);
    return ok;
}

void ra_similarities_release(ra_similarities *similarities)
{
    for (size_t i = 0; i < similarities->count; i++)
        ra_corpus_release(&similarities->list[i].items);
    ra_corpus_release(&similarities->trained);
    ra_arena_release(&similarities->arena);
    *similarities = (ra_similarities){0};
}

/* --- writing --- */

static void write_csv(const char *id, double cosine, const ra_embed_text *near, ra_buf *out)
{
    ra_csv_quote(out, id);
    ra_buf_puts(out, ",contaminated,");
    ra_buf_number(out, cosine);
    ra_buf_putc(out, ',');
    ra_csv_quote(out, near->id);
    ra_buf_putc(out, ',');
    ra_csv_quote(out, near->text);
    ra_buf_putc(out, '\n');
}

static void write_json(const char *id, double cosine, const ra_embed_text *near, ra_buf *out)
{
    ra_json *line = ra_json_new_object();
    ra_json_put_string(line, "id", id);
    ra_json_put_string(line, "excluded", "contaminated");
    ra_json_put_number(line, "cosine", cosine);
    ra_json_put_string(line, "nearest", near->id);
    ra_json_put_string(line, "prompt", near->text);
    ra_json_print(line, out);
    ra_buf_putc(out, '\n');
    ra_json_free(line);
}

bool ra_similarities_write(const ra_similarities *similarities, const char *path, ra_error *err)
{
    ra_buf out = {0};
    bool jsonl = ra_has_suffix(path, ".jsonl");
    if (!jsonl)
        ra_buf_puts(&out, "id,excluded,cosine,nearest,prompt\n");
    for (size_t i = 0; i < similarities->count; i++) {
        const ra_similarity *s = &similarities->list[i];
        for (size_t k = 0; k < s->contaminated; k++) {
            const ra_neighbour *n = &s->nearest[s->order[k]];
            (jsonl ? write_json : write_csv)(s->items.texts[s->order[k]].id, (double)n->cosine,
                                             &similarities->trained.texts[n->row], &out);
        }
    }
    bool ok = ra_file_write(path, out.text, out.length, err);
    ra_buf_release(&out);
    return ok;
}

static ra_json *pairs(const ra_similarities *all, const ra_similarity *s, size_t show)
{
    ra_json *list = ra_json_new_array();
    for (size_t k = 0; k < show && k < s->items.count; k++) {
        size_t item = s->order[k];
        const ra_embed_text *near = &all->trained.texts[s->nearest[item].row];
        ra_json *pair = ra_json_new_object();
        ra_json_put_string(pair, "id", s->items.texts[item].id);
        ra_json_put_number(pair, "cosine", (double)s->nearest[item].cosine);
        ra_json_put_string(pair, "prompt", s->items.texts[item].text);
        ra_json_put_string(pair, "nearest", near->id);
        ra_json_put_string(pair, "nearest_prompt", near->text);
        ra_json_add(list, pair);
    }
    return list;
}

ra_json *ra_similarities_json(const ra_similarities *similarities, size_t show)
{
    ra_json *doc = ra_json_new_object(), *list = ra_json_new_array();
    ra_json_put_string(doc, "schema", "routeassay.similarity/1");
    ra_json_put_string(doc, "embedder", similarities->embedder);
    ra_json_put_number(doc, "training_prompts", (double)similarities->trained.count);
    ra_json_put_number(doc, "threshold", similarities->threshold);
    for (size_t i = 0; i < similarities->count; i++) {
        const ra_similarity *s = &similarities->list[i];
        ra_json *entry = ra_json_new_object();
        ra_json_put_string(entry, "benchmark", s->benchmark);
        ra_json_put_number(entry, "items", (double)s->items.count);
        ra_json_put_number(entry, "excluded", (double)s->excluded);
        ra_json_put_number(entry, "similarity", s->mean);
        ra_json_put_number(entry, "greatest", s->greatest);
        ra_json_put_number(entry, "contaminated", (double)s->contaminated);
        ra_json_put(entry, "pairs", pairs(similarities, s, show));
        ra_json_add(list, entry);
    }
    ra_json_put(doc, "benchmarks", list);
    return doc;
}
