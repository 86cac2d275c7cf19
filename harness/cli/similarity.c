/* routeassay similarity: how near benchmarks are to training data, and which items are in it. */
#include "study/similarity.h"
#include "cli/commands.h"
#include "cli/options.h"

#include <stdlib.h>

static const ra_help help = {
    "similarity", "",
    "How near a benchmark is to what a router was trained on: the mean over its items of the\n"
    "highest cosine to a training prompt, and the nearest pairs. --contaminated writes the items\n"
    "whose nearest training prompt reaches --threshold as CSV or, to a name that ends in .jsonl, "
    "as\n"
    "JSON lines (id, excluded, cosine, nearest, prompt); 'routeassay import --exclude' leaves "
    "them\n"
    "out of a set. Cosines depend on the embedder: with ngrams they are lower than with a "
    "language\n"
    "model, and 0.95 means almost the same words.",
    "routeassay similarity --recordings out/recordings --data battles.jsonl\n"
    "  routeassay similarity --recordings out/recordings --benchmark gsm8k \\\n"
    "      --trained out/recordings/mmlu --embedder npy:vectors.npy --contaminated gsm8k.csv"};

static void print_pairs(const ra_similarities *all, const ra_similarity *s, uint64_t show)
{
    for (size_t k = 0; k < show && k < s->items.count; k++) {
        size_t item = s->order[k];
        char id[128], text[100], near_id[128], near[100];
        const ra_embed_text *other = &all->trained.texts[s->nearest[item].row];
        ra_printable(id, sizeof id, s->items.texts[item].id);
        ra_printable(text, sizeof text, s->items.texts[item].text);
        ra_printable(near_id, sizeof near_id, other->id);
        ra_printable(near, sizeof near, other->text);
        printf("%.4f %s  %s\n       %s  %s\n", (double)s->nearest[item].cosine, id, text, near_id,
               near);
    }
}

static void print_all(const ra_similarities *all, uint64_t show)
{
    printf("%-16s %8s %8s %12s %10s %14s\n", "benchmark", "items", "excluded", "similarity",
           "greatest", "contaminated");
    for (size_t i = 0; i < all->count; i++) {
        const ra_similarity *s = &all->list[i];
        printf("%-16s %8zu %8zu %12.4f %10.4f %14zu\n", s->benchmark, s->items.count, s->excluded,
               s->mean, s->greatest, s->contaminated);
    }
    printf("\n%zu training prompts, embedder %s; contaminated: cosine >= %g\n", all->trained.count,
           all->embedder, all->threshold);
    for (size_t i = 0; show > 0 && i < all->count; i++) {
        printf("\n%s: nearest pairs\n", all->list[i].benchmark);
        print_pairs(all, &all->list[i], show);
    }
}

static bool check(const ra_similarity_request *r, ra_error *err)
{
    if (r->data_count + r->trained_count == 0)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--data or --trained is needed",
                       "name what a router was trained on");
    return r->threshold >= -1 ||
           ra_fail(err, RA_ERR_USAGE, NULL, 0, "--threshold: a cosine expected", NULL);
}

static bool run(const ra_similarity_request *r, const char *list, uint64_t show, bool json,
                ra_error *err)
{
    ra_similarities all;
    if (!ra_similarities_find(r, &all, err))
        return false;
    bool ok = !list || ra_similarities_write(&all, list, err);
    if (ok && json) {
        ra_json *doc = ra_similarities_json(&all, show);
        ra_json_show(doc, stdout);
        ra_json_free(doc);
    } else if (ok) {
        print_all(&all, show);
    }
    ra_similarities_release(&all);
    return ok;
}

bool ra_cmd_similarity(int argc, char **argv, ra_error *err)
{
    ra_similarity_request r = {.embedder = "ngrams", .threshold = 0.95};
    ra_list benchmarks = {0}, data = {0}, trained = {0};
    const char *list = NULL;
    uint64_t show = 3, threads = 0;
    bool json = false;
    const ra_option table[] = {
        {"recordings", RA_TEXT, &r.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_NAMES, &benchmarks, "NAME", "which of them; else all"},
        {"data", RA_TEXTS, &data, "FILE", "battles a router was trained on"},
        {"trained", RA_TEXTS, &trained, "DIR", "recordings it was trained on"},
        {"embedder", RA_TEXT, &r.embedder, "KIND[:ARG]", "what makes vectors of prompts"},
        {"data-embedder", RA_TEXT, &r.data_embedder, "KIND[:ARG]",
         "of training prompts, when their vectors are in another file"},
        {"cache", RA_TEXT, &r.cache, "DIR", "keeps embeddings that cost time"},
        {"threshold", RA_NUMBER, &r.threshold, "X", "cosine from which an item is contaminated"},
        {"contaminated", RA_TEXT, &list, "FILE", "where the list of contaminated items goes"},
        {"show", RA_COUNT, &show, "N", "nearest pairs shown of each benchmark"},
        {"threads", RA_COUNT, &threads, "N", "threads, 0 = all cores; results do not depend on it"},
        {"json", RA_FLAG, &json, NULL, "results as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, table, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    r.benchmarks = benchmarks.items;
    r.benchmark_count = benchmarks.count;
    r.data = data.items;
    r.data_count = data.count;
    r.trained = trained.items;
    r.trained_count = trained.count;
    r.threads = (int)threads;
    return ra_no_operands(&operands, err) && ra_option_needed(r.recordings, "recordings", err) &&
           check(&r, err) && run(&r, list, show, json, err);
}
