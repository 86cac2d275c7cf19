#include "study/study.h"

#include "base/file.h"
#include "routers/folds.h"

#include <math.h>
#include <string.h>

#define SCHEMA "routeassay.study/1"

typedef struct reader {
    ra_study *study;
    ra_json_at at;
    ra_error *err;
} reader;

static bool only(reader *r, const ra_json *o, const char *const *keys)
{
    if (!ra_json_is_object(o))
        return ra_fail(r->err, RA_ERR_INPUT, r->at.file, r->at.line, "an object expected", NULL);
    return ra_json_only(o, keys, r->at, r->err);
}

static bool text(reader *r, const ra_json *o, const char *key, const char **out)
{
    *out = NULL;
    return ra_json_maybe_string(o, key, r->at, out, r->err);
}

static bool needed(reader *r, const ra_json *o, const char *key, const char **out)
{
    return ra_json_string(o, key, r->at, out, r->err);
}

static bool texts(reader *r, const ra_json *o, const char *key, const char ***out, size_t *count)
{
    *out = NULL;
    *count = 0;
    return !ra_json_get(o, key) ||
           ra_json_strings(o, key, r->at, &r->study->arena, out, count, r->err);
}

static const char *below(const ra_study *study, ra_arena *arena, const char *path)
{
    return path[0] == '/' ? path : ra_path_join(arena, study->folder, path);
}

static bool path(reader *r, const ra_json *o, const char *key, const char **out)
{
    if (!text(r, o, key, out))
        return false;
    if (*out)
        *out = below(r->study, &r->study->arena, *out);
    return true;
}

/* Reads the array `key` of objects into *array; absent = empty. */
static bool objects(reader *r, const ra_json *o, const char *key, size_t size, void *array,
                    size_t *count, bool (*each)(reader *, const ra_json *, void *))
{
    const ra_json *list = NULL;
    if (!ra_json_maybe_array(o, key, r->at, &list, r->err))
        return false;
    char *elements = ra_arena_alloc(&r->study->arena, ra_json_size(list), size);
    *(void **)array = elements;
    *count = 0;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e), ++*count)
        if (!each(r, e, elements + *count * size))
            return false;
    return true;
}

static bool read_point(reader *r, const ra_json *o, void *out)
{
    static const char *const keys[] = {"name",   "model",         "strong_calls",
                                       "source", "strong_served", NULL};
    ra_study_point *p = out;
    p->strong_calls = NAN;
    return only(r, o, keys) && needed(r, o, "name", &p->name) && needed(r, o, "model", &p->model) &&
           text(r, o, "source", &p->source) &&
           ra_json_maybe_number(o, "strong_calls", r->at, &p->strong_calls, r->err) &&
           texts(r, o, "strong_served", &p->served, &p->served_count);
}

static bool read_import(reader *r, const ra_json *o, ra_study_benchmark *b)
{
    static const char *const keys[] = {"format", "inputs", NULL};
    const ra_json *import = NULL;
    if (!ra_json_maybe_object(o, "import", r->at, &import, r->err))
        return false;
    if (!import)
        return true;
    return only(r, import, keys) && needed(r, import, "format", &b->format) &&
           texts(r, import, "inputs", &b->inputs, &b->input_count);
}

static bool read_benchmark(reader *r, const ra_json *o, void *out)
{
    static const char *const keys[] = {"name", "fetch",   "import", "recordings", "strong",
                                       "weak", "graders", "judge",  "points",     NULL};
    ra_study_benchmark *b = out;
    if (!only(r, o, keys) || !needed(r, o, "name", &b->name) || !text(r, o, "fetch", &b->fetch) ||
        !read_import(r, o, b) || !path(r, o, "recordings", &b->recordings) ||
        !text(r, o, "strong", &b->strong) || !text(r, o, "weak", &b->weak) ||
        !text(r, o, "judge", &b->judge) || !texts(r, o, "graders", &b->graders, &b->grader_count) ||
        !objects(r, o, "points", sizeof *b->points, &b->points, &b->point_count, read_point))
        return false;
    if (!b->recordings == !b->format)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "benchmark '%s': either 'import' or 'recordings' expected", b->name);
    if (b->fetch && !r->study->sources)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "benchmark '%s': 'fetch' needs the study's 'sources'", b->name);
    if (b->grader_count == 0) {
        b->graders = ra_arena_alloc(&r->study->arena, 1, sizeof *b->graders);
        b->grader_count = 1;
    }
    return true;
}

/* Files of routers are named relative to the study. */
static void resolve(ra_study *study, ra_contender *c)
{
    const char *colon = strchr(c->router, ':');
    if (!ra_contender_reads_file(c->router))
        return;
    c->shown = colon + 1;
    c->run = ra_arena_printf(&study->arena, "%.*s%s", (int)(colon + 1 - c->router), c->router,
                             below(study, &study->arena, colon + 1));
}

static bool read_preferences(reader *r, const ra_json *o, void *out)
{
    static const char *const keys[] = {"name", "path", "fetch", "weight", NULL};
    ra_study_data *d = out;
    d->weight = 1;
    if (!only(r, o, keys) || !needed(r, o, "name", &d->name) || !needed(r, o, "path", &d->path) ||
        !text(r, o, "fetch", &d->fetch) ||
        !ra_json_maybe_number(o, "weight", r->at, &d->weight, r->err))
        return false;
    if (!(d->weight > 0))
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "preferences '%s': a weight above 0 expected", d->name);
    if (d->fetch && !r->study->sources)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "preferences '%s': 'fetch' needs the study's 'sources'", d->name);
    if (!d->fetch)
        d->path = below(r->study, &r->study->arena, d->path);
    return true;
}

/* "data": names of the study's preferences. */
static bool find_data(reader *r, const ra_json *o, ra_study_training *t)
{
    const ra_study *study = r->study;
    const char **names = NULL;
    if (!texts(r, o, "data", &names, &t->data_count))
        return false;
    t->data = ra_arena_alloc(&r->study->arena, t->data_count, sizeof(const ra_study_data *));
    for (size_t i = 0; i < t->data_count; i++) {
        for (size_t k = 0; k < study->preference_count; k++)
            if (strcmp(study->preferences[k].name, names[i]) == 0)
                t->data[i] = &study->preferences[k];
        if (!t->data[i])
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                            "field 'data': no preferences '%s' in the study", names[i]);
    }
    return true;
}

static bool read_labels(reader *r, const ra_json *o, ra_study_training *t)
{
    const ra_json *list = NULL;
    if (!ra_json_maybe_array(o, "labels", r->at, &list, r->err))
        return false;
    t->labels = ra_arena_alloc(&r->study->arena, ra_json_size(list), sizeof *t->labels);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        double value;
        if (!ra_json_value(e, &value) || value < 0 || value > 1e9 || value > floor(value) ||
            (t->label_count > 0 && value <= (double)t->labels[t->label_count - 1]) ||
            (value < 1 && t->data_count == 0))
            return ra_fail(r->err, RA_ERR_INPUT, r->at.file, 0,
                           "field 'labels': rising whole numbers expected, 0 only with 'data'",
                           NULL);
        t->labels[t->label_count++] = (uint64_t)value;
    }
    return true;
}

static bool read_training(reader *r, const ra_json *o, ra_study_router *to)
{
    static const char *const keys[] = {"data",  "gold",     "labels",   "gold_weight",
                                       "folds", "embedder", "settings", NULL};
    const ra_json *own = NULL;
    if (!ra_json_maybe_object(o, "train", r->at, &own, r->err) || !own)
        return !ra_json_get(o, "train");
    ra_study_training *t = ra_arena_alloc(&r->study->arena, 1, sizeof *t);
    t->gold_weight = 1;
    t->folds = 5;
    to->train = t;
    if (!only(r, own, keys) || !find_data(r, own, t) ||
        !texts(r, own, "gold", &t->gold, &t->gold_count) || !read_labels(r, own, t) ||
        !ra_json_maybe_number(own, "gold_weight", r->at, &t->gold_weight, r->err) ||
        (ra_json_get(own, "folds") &&
         !ra_json_count(own, "folds", r->at, RA_MAX_FOLDS, &t->folds, r->err)) ||
        !text(r, own, "embedder", &t->embedder) ||
        !ra_json_maybe_object(own, "settings", r->at, &t->settings, r->err))
        return false;
    if (t->data_count + t->gold_count == 0 || t->folds < 2 || !(t->gold_weight > 0))
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "router '%s': 'train' needs 'data' or 'gold', at least 2 folds and a "
                        "'gold_weight' above 0",
                        to->contender.name);
    return true;
}

static bool read_router(reader *r, const ra_json *o, void *out)
{
    static const char *const keys[] = {"name", "router", "benchmarks", "config", "train", NULL};
    ra_study_router *to = out;
    if (!only(r, o, keys) || !needed(r, o, "name", &to->contender.name) ||
        !needed(r, o, "router", &to->contender.router) ||
        !ra_json_maybe_object(o, "config", r->at, &to->contender.config, r->err) ||
        !texts(r, o, "benchmarks", &to->benchmarks, &to->benchmark_count) ||
        !read_training(r, o, to))
        return false;
    if (strpbrk(to->contender.name, "/\\") || to->contender.name[0] == '.')
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                        "router name '%s': it names a file, so no '/' and no leading '.'",
                        to->contender.name);
    for (const ra_study_router *before = r->study->routers; before && before < to; before++)
        if (strcmp(before->contender.name, to->contender.name) == 0)
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0, "router '%s' appears twice",
                            to->contender.name);
    resolve(r->study, &to->contender);
    return true;
}

static bool read_resampling(reader *r, const ra_json *doc, ra_study *s)
{
    uint64_t replicates = s->resampling.replicates;
    const char *interval = NULL;
    if ((ra_json_get(doc, "replicates") &&
         !ra_json_count(doc, "replicates", r->at, RA_REPLICATES_MOST, &replicates, r->err)) ||
        !ra_json_maybe_number(doc, "level", r->at, &s->resampling.level, r->err) ||
        !text(r, doc, "interval", &interval) ||
        (ra_json_get(doc, "by_category") &&
         !ra_json_bool(doc, "by_category", r->at, &s->resampling.by_category, r->err)))
        return false;
    s->resampling.replicates = (size_t)replicates;
    s->resampling.seed = s->seed;
    return ra_resampling_check(&s->resampling, interval, RA_ERR_INPUT, r->at.file, r->err);
}

static bool read_threads(reader *r, const ra_json *o, ra_overhead_request *to)
{
    const ra_json *list = NULL;
    if (!ra_json_maybe_array(o, "threads", r->at, &list, r->err))
        return false;
    uint64_t *threads = ra_arena_alloc(&r->study->arena, ra_json_size(list), sizeof *threads);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        double value;
        if (!ra_json_value(e, &value) || !(value >= 1 && value <= 1 << 20) || value > floor(value))
            return ra_fail(r->err, RA_ERR_INPUT, r->at.file, 0,
                           "field 'threads': numbers of cores expected", NULL);
        threads[to->thread_count++] = (uint64_t)value;
    }
    to->threads = threads;
    return true;
}

static bool check_names(reader *r, const ra_study_overhead *o)
{
    for (size_t i = 0; i < o->router_count; i++) {
        bool found = false;
        for (size_t k = 0; k < r->study->router_count; k++)
            found |= strcmp(r->study->routers[k].contender.name, o->routers[i]) == 0;
        if (!found)
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                            "field 'overhead': no router '%s' in the study", o->routers[i]);
    }
    return true;
}

static bool read_overhead(reader *r, const ra_json *doc)
{
    static const char *const keys[] = {"benchmark",    "routers",   "threads",      "prompts",
                                       "batch",        "block_s",   "time_limit_s", "half_width",
                                       "usd_per_hour", "embedding", "published",    NULL};
    const ra_json *own = NULL;
    if (!ra_json_maybe_object(doc, "overhead", r->at, &own, r->err) || !own)
        return !ra_json_get(doc, "overhead");
    ra_study_overhead *o = ra_arena_alloc(&r->study->arena, 1, sizeof *o);
    *o = (ra_study_overhead){.request = RA_OVERHEAD_DEFAULT};
    ra_overhead_request *to = &o->request;
    r->study->overhead = o;
    return only(r, own, keys) && needed(r, own, "benchmark", &o->benchmark) &&
           texts(r, own, "routers", &o->routers, &o->router_count) && read_threads(r, own, to) &&
           (!ra_json_get(own, "prompts") ||
            ra_json_count(own, "prompts", r->at, 1 << 30, &to->prompts, r->err)) &&
           (!ra_json_get(own, "batch") ||
            ra_json_count(own, "batch", r->at, 1 << 30, &to->batch, r->err)) &&
           ra_json_maybe_number(own, "block_s", r->at, &to->block_s, r->err) &&
           ra_json_maybe_number(own, "time_limit_s", r->at, &to->time_limit_s, r->err) &&
           ra_json_maybe_number(own, "half_width", r->at, &to->half_width, r->err) &&
           ra_json_maybe_number(own, "usd_per_hour", r->at, &to->usd_per_hour, r->err) &&
           text(r, own, "embedding", &to->embedding) && path(r, own, "published", &to->published) &&
           check_names(r, o);
}

static bool read_document(reader *r, const ra_json *doc)
{
    static const char *const keys[] = {"schema",      "name",     "title",       "seed",
                                       "sources",     "prices",   "claims",      "replicates",
                                       "level",       "interval", "by_category", "benchmarks",
                                       "preferences", "routers",  "overhead",    NULL};
    ra_study *s = r->study;
    const char *schema;
    s->seed = 1;
    s->resampling = (ra_resampling)RA_RESAMPLING_DEFAULT;
    if (!only(r, doc, keys) || !needed(r, doc, "schema", &schema))
        return false;
    if (strcmp(schema, SCHEMA) != 0)
        return ra_failf(r->err, RA_ERR_INPUT, r->at.file, r->at.line,
                        "field 'schema': '" SCHEMA "' expected, found '%s'", schema);
    if (!needed(r, doc, "name", &s->name) || !needed(r, doc, "title", &s->title) ||
        (ra_json_get(doc, "seed") &&
         !ra_json_count(doc, "seed", r->at, 1ULL << 53, &s->seed, r->err)) ||
        !read_resampling(r, doc, s) || !path(r, doc, "sources", &s->sources) ||
        !path(r, doc, "prices", &s->prices) ||
        !objects(r, doc, "benchmarks", sizeof *s->benchmarks, &s->benchmarks, &s->benchmark_count,
                 read_benchmark) ||
        !objects(r, doc, "preferences", sizeof *s->preferences, &s->preferences,
                 &s->preference_count, read_preferences) ||
        !objects(r, doc, "routers", sizeof *s->routers, &s->routers, &s->router_count,
                 read_router) ||
        !read_overhead(r, doc))
        return false;
    if (!texts(r, doc, "claims", &s->claims, &s->claim_count))
        return false;
    for (size_t i = 0; i < s->claim_count; i++)
        s->claims[i] = below(s, &s->arena, s->claims[i]);
    if (s->benchmark_count == 0 || s->router_count == 0)
        return ra_fail(r->err, RA_ERR_INPUT, r->at.file, 0,
                       "at least one benchmark and one router expected", NULL);
    return true;
}

bool ra_study_read(ra_study *study, const char *file, ra_error *err)
{
    *study = (ra_study){0};
    study->path = ra_arena_strdup(&study->arena, file);
    const char *slash = strrchr(study->path, '/');
    study->folder =
        slash ? ra_arena_strndup(&study->arena, study->path, (size_t)(slash - study->path)) : ".";
    study->doc = ra_json_read(file, err);
    reader r = {study, {study->path, 1}, err};
    if (study->doc && read_document(&r, study->doc))
        return true;
    ra_study_release(study);
    return false;
}

void ra_study_release(ra_study *study)
{
    ra_json_free(study->doc);
    ra_arena_release(&study->arena);
    *study = (ra_study){0};
}
