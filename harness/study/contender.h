/* A router of a study: its name, what is opened for it, and what it reads. */
#ifndef RA_STUDY_CONTENDER_H
#define RA_STUDY_CONTENDER_H

#include "base/memory.h"
#include "data/json.h"
#include "routers/router.h"

typedef struct ra_contender {
    const char *name;
    const char *router;    /* "KIND[:ARGUMENT]"; "{benchmark}" stands for the benchmark's name */
    const ra_json *config; /* may be NULL */
    const char *run;       /* what is opened instead of `router`, when paths differ; or NULL */
    const char *shown;     /* what the file in `run` is called among the inputs; NULL = its path */
    const char *model;     /* of a trained router whose scores `run` replays; NULL = its argument */
    bool allow_trained;    /* items that it was trained on are scored, and counted in the results */
    const char *cache;     /* folder for embeddings; NULL = none */
    struct ra_ngram_memo *memo; /* counts of n-grams that several share, or NULL */
} ra_contender;

/* "NAME=KIND[:ARGUMENT]" or "KIND[:ARGUMENT]", whose name is the file's without folder and ending,
 * else the kind. In the arena. */
void ra_contender_parse(ra_arena *arena, const char *text, ra_contender *out);
/* What is opened for a benchmark: "KIND[:ARGUMENT]", in the arena. */
const char *ra_contender_spec(ra_arena *arena, const ra_contender *contender,
                              const char *benchmark);
/* The score file or plugin that the router reads for a benchmark, in the arena; NULL if none. What
 * an exec: program reads is not known. */
const char *ra_contender_file(ra_arena *arena, const ra_contender *contender,
                              const char *benchmark);
/* True for kinds whose argument is a file. */
bool ra_contender_reads_file(const char *router);
/* "scores:{benchmark}/mf.csv" -> "scores:gsm8k/mf.csv". In the arena if it differs. */
const char *ra_with_benchmark(ra_arena *arena, const char *router, const char *benchmark);
/* NULL if there is none of that name. */
const ra_router_kind *ra_contender_kind(const ra_contender *contender);
/* RA_ROUTER_... of the router's kind. */
unsigned ra_contender_flags(const ra_contender *contender);

#endif
