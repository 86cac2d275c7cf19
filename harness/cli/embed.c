/* routeassay embed: prompts -> FILE.npy, one vector a row, and FILE.npy.ids. */
#include "cli/commands.h"
#include "cli/options.h"
#include "data/npy.h"
#include "study/corpus.h"

#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "embed", "",
    "Writes the vectors of prompts as FILE.npy (float32, one row a prompt) and their ids, one a\n"
    "line, as FILE.npy.ids: what the embedder npy:FILE reads. ngrams weighs words by how rare "
    "they\n"
    "are among these prompts.",
    "routeassay embed --recordings out/recordings --benchmark mmlu,gsm8k --out vectors.npy"};

typedef struct options {
    const char *embedder, *recordings, *cache, *out;
    ra_list benchmarks, data;
} options;

static bool read_sets(const options *o, ra_corpus *prompts, ra_error *err)
{
    const char **folders;
    size_t count;
    if (!ra_sets_find(&prompts->arena, o->recordings, o->benchmarks.items, o->benchmarks.count,
                      &folders, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        ra_set set;
        if (!ra_set_open(&set, folders[i], err))
            return false;
        ra_corpus_add_set(prompts, &set);
        ra_set_release(&set);
    }
    return true;
}

/* The ids become lines of a file, and names of rows. */
static bool check_ids(const ra_corpus *prompts, const char **ids, ra_error *err)
{
    ra_map seen = {0};
    bool ok = prompts->count > 0 || ra_fail(err, RA_ERR_INPUT, NULL, 0, "no prompt to embed", NULL);
    for (size_t i = 0; ok && i < prompts->count; i++) {
        ids[i] = prompts->texts[i].id;
        if (strpbrk(ids[i], "\r\n"))
            ok = ra_failf(err, RA_ERR_INPUT, NULL, 0, "id '%s' is more than a line", ids[i]);
        else if (ra_map_add(&seen, ids[i], i) != RA_MAP_NONE)
            ok = ra_failf(err, RA_ERR_INPUT, NULL, 0, "two prompts have the id '%s'", ids[i]);
    }
    ra_map_release(&seen);
    return ok;
}

static bool write(const options *o, const ra_corpus *prompts, const char **ids, ra_error *err)
{
    ra_embedder e;
    if (!ra_embedder_open(&e, o->embedder, err))
        return false;
    float *vectors = ra_corpus_embed(prompts, &e, true, o->cache, err);
    bool ok = vectors && ra_npy_write(o->out, vectors, prompts->count, e.dimension, ids, err);
    if (ok)
        printf("%s: %zu vectors of %zu numbers, embedder %s\n", o->out, prompts->count, e.dimension,
               e.identity);
    free(vectors);
    ra_embedder_close(&e);
    return ok;
}

static bool run(const options *o, ra_error *err)
{
    ra_corpus prompts = {0};
    bool ok = !o->recordings || read_sets(o, &prompts, err);
    for (size_t i = 0; ok && i < o->data.count; i++)
        ok = ra_corpus_add_battles(&prompts, o->data.items[i], err);
    const char **ids = ra_alloc(prompts.count + 1, sizeof *ids);
    ok = ok && check_ids(&prompts, ids, err) && write(o, &prompts, ids, err);
    free(ids);
    ra_corpus_release(&prompts);
    return ok;
}

bool ra_cmd_embed(int argc, char **argv, ra_error *err)
{
    options o = {.embedder = "ngrams"};
    const ra_option table[] = {
        {"recordings", RA_TEXT, &o.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_NAMES, &o.benchmarks, "NAME", "which of them; else all"},
        {"data", RA_TEXTS, &o.data, "FILE", "battles, for their prompts"},
        {"embedder", RA_TEXT, &o.embedder, "KIND[:ARG]", "what makes vectors of prompts"},
        {"cache", RA_TEXT, &o.cache, "DIR", "keeps embeddings that cost time"},
        {"out", RA_TEXT, &o.out, "FILE.npy", "where the vectors go"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, table, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (!o.recordings && o.data.count == 0)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--recordings or --data is needed", NULL);
    return ra_no_operands(&operands, err) && ra_option_needed(o.out, "out", err) && run(&o, err);
}
