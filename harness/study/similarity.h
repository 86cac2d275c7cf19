/* How near a benchmark is to training data (the RouteLLM paper's Table 5), and which of its items
 * were as good as in it.
 *
 * Similarity = the mean over the benchmark's items of the highest cosine between the item's vector
 * and that of a training prompt. An item whose highest cosine reaches the threshold counts as
 * contaminated. Items that their set excludes already are left out of both. */
#ifndef RA_STUDY_SIMILARITY_H
#define RA_STUDY_SIMILARITY_H

#include "data/json.h"
#include "embed/nearest.h"
#include "study/corpus.h"

typedef struct ra_similarity_request {
    const char *recordings; /* of the benchmarks: a set, or a folder of sets */
    const char *const *benchmarks;
    size_t benchmark_count;  /* 0 = all that are there */
    const char *const *data; /* training data: files of battles, */
    size_t data_count;
    const char *const *trained; /* and recording sets, or folders of them */
    size_t trained_count;
    const char *embedder;      /* one that learns (ngrams) learns from the training prompts */
    const char *data_embedder; /* for training prompts; NULL = the same */
    const char *cache;         /* folder for embeddings, or NULL */
    double threshold;
    int threads;
} ra_similarity_request;

/* One benchmark against the training prompts. */
typedef struct ra_similarity {
    const char *benchmark;
    ra_corpus items;
    size_t excluded;       /* items that the set excludes */
    ra_neighbour *nearest; /* of each item, by training prompt */
    size_t *order;         /* items, the nearest to the training data first */
    double mean, greatest; /* NaN without items */
    size_t contaminated;   /* the first so many in the order */
} ra_similarity;

typedef struct ra_similarities {
    ra_corpus trained;
    ra_similarity *list;
    size_t count;
    double threshold;
    const char *embedder; /* its identity */
    ra_arena arena;
} ra_similarities;

RA_MUST_CHECK bool ra_similarities_find(const ra_similarity_request *request, ra_similarities *out,
                                        ra_error *err);
void ra_similarities_release(ra_similarities *similarities);

/* The list of contaminated items: id, excluded, cosine, nearest and prompt, as CSV, or as JSON
 * lines when the path ends in .jsonl. `routeassay import --exclude` takes both. */
RA_MUST_CHECK bool ra_similarities_write(const ra_similarities *similarities, const char *path,
                                         ra_error *err);
/* "routeassay.similarity/1", with the `show` nearest pairs of each benchmark. */
ra_json *ra_similarities_json(const ra_similarities *similarities, size_t show);

#endif
