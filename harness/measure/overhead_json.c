/* Writing and reading overhead.json, in the order of the fields in overhead.h. */
#include "measure/overhead.h"

#include <math.h>
#include <string.h>

/* --- a block --- */

/* The numbers of a block and what they are called. */
typedef struct field {
    const char *name;
    size_t offset;
} field;

#define FIELD(name, member)                       \
    {                                             \
        name, offsetof(ra_overhead_block, member) \
    }
static const field block_fields[] = {
    FIELD("clock_s", clock_s),    FIELD("load_s", load_s),     FIELD("first_s", first_s),
    FIELD("mean_s", single.mean), FIELD("p50_s", single.p50),  FIELD("p90_s", single.p90),
    FIELD("p99_s", single.p99),   FIELD("batch_s", batch_s),   FIELD("user_s", user_s),
    FIELD("system_s", system_s),  FIELD("peak_mib", peak_mib),
};
enum { BLOCK_FIELDS = sizeof block_fields / sizeof *block_fields };

ra_json *ra_overhead_block_json(const ra_overhead_block *b)
{
    ra_json *o = ra_json_new_object();
    for (size_t i = 0; i < BLOCK_FIELDS; i++)
        ra_json_put_number(
            o, block_fields[i].name,
            *(const double *)(const void *)((const char *)b + block_fields[i].offset));
    ra_json_put_number(o, "queries", (double)b->single.count);
    ra_json_put_number(o, "far_out", (double)b->single.far_out);
    ra_json_put_number(o, "batch_requests", (double)b->batch_requests);
    return o;
}

static bool read_size(const ra_json *o, const char *key, ra_json_at at, size_t *out, ra_error *err)
{
    uint64_t n;
    if (!ra_json_count(o, key, at, 1ULL << 52, &n, err))
        return false;
    *out = (size_t)n;
    return true;
}

bool ra_overhead_block_read(const ra_json *o, ra_json_at at, ra_overhead_block *out, ra_error *err)
{
    for (size_t i = 0; i < BLOCK_FIELDS; i++) {
        double *to = (double *)(void *)((char *)out + block_fields[i].offset);
        *to = NAN;
        if (!ra_json_maybe_number(o, block_fields[i].name, at, to, err))
            return false;
    }
    return read_size(o, "queries", at, &out->single.count, err) &&
           read_size(o, "far_out", at, &out->single.far_out, err) &&
           read_size(o, "batch_requests", at, &out->batch_requests, err);
}

/* --- writing --- */

static void put_estimate(ra_json *o, const char *key, const ra_estimate *e)
{
    ra_json *own = ra_json_new_object();
    ra_json_put_number(own, "value", e->value);
    ra_json_put_number(own, "lo", e->lo);
    ra_json_put_number(own, "hi", e->hi);
    ra_json_put(o, key, own);
}

static ra_json *machine_json(const ra_machine *m)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "cpu", m->cpu);
    ra_json_put_string(o, "flags", m->flags);
    ra_json_put_number(o, "cores", m->cores);
    ra_json_put_number(o, "memory_mib", m->memory_mib);
    ra_json_put_string(o, "governor", m->governor);
    ra_json_put_string(o, "system", m->system);
    ra_json_put_string(o, "compiler", m->compiler);
    ra_json_put_string(o, "blas", m->blas);
    ra_json_put_number(o, "load", m->load);
    return o;
}

static ra_json *method_json(const ra_overhead *x)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "level", x->level);
    ra_json_put_number(o, "half_width", x->half_width);
    ra_json_put_number(o, "time_limit_s", x->time_limit_s);
    ra_json_put_number(o, "block_s", x->block_s);
    ra_json_put_number(o, "batch", (double)x->batch);
    ra_json_put_number(o, "seed", (double)x->seed);
    ra_json_put_string(o, "stopped", x->stopped);
    ra_json_put_string(o, "far_out_rule", RA_FAR_OUT_RULE);
    return o;
}

static ra_json *blocks_json(const ra_overhead_router *r)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < r->block_count; i++)
        ra_json_add(list, ra_overhead_block_json(&r->blocks[i]));
    return list;
}

static ra_json *usd_json(const ra_overhead_router *r)
{
    ra_json *o = ra_json_new_object();
    put_estimate(o, "single", &r->single_usd);
    put_estimate(o, "batch", &r->batch_usd);
    put_estimate(o, "processor", &r->processor_usd);
    put_estimate(o, "total", &r->total_usd);
    put_estimate(o, "share_of_strong", &r->share_of_strong);
    return o;
}

static ra_json *stored_json(const ra_overhead_stored *s)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "from", RA_OVERHEAD_STORED);
    ra_json_put_number(o, "prompts", (double)s->prompts);
    ra_json_put_number(o, "calls", (double)s->calls);
    ra_json_put_number(o, "settings", (double)s->settings);
    ra_json_put_number(o, "untimed", (double)s->untimed);
    ra_json_put_number(o, "unpriced", (double)s->unpriced);
    ra_json_put_bool(o, "answers", s->answers);
    ra_json_put_number(o, "mean_s", s->request.mean);
    ra_json_put_number(o, "p50_s", s->request.p50);
    ra_json_put_number(o, "p90_s", s->request.p90);
    ra_json_put_number(o, "p99_s", s->request.p99);
    ra_json_put_number(o, "usd_per_million", s->usd);
    return o;
}

static ra_json *router_json(const ra_overhead_router *r)
{
    ra_json *o = ra_json_new_object(), *single = ra_json_new_object();
    ra_json *batch = ra_json_new_object();
    ra_json_put_string(o, "name", r->name);
    ra_json_put_string(o, "router", r->router);
    ra_json_put_string(o, "kind", r->kind);
    ra_json_put_number(o, "threads", r->threads);
    ra_json_put_bool(o, "buys_vectors", r->buys_vectors);
    ra_json_put(o, "blocks", blocks_json(r));
    ra_json_put_number(o, "far_out_blocks", (double)r->far_out_blocks);
    put_estimate(single, "mean_s", &r->mean_s);
    put_estimate(single, "p50_s", &r->p50_s);
    put_estimate(single, "p90_s", &r->p90_s);
    put_estimate(single, "p99_s", &r->p99_s);
    ra_json_put(o, "single", single);
    put_estimate(batch, "request_s", &r->batch_s);
    put_estimate(batch, "requests_per_s", &r->requests_per_s);
    ra_json_put(o, "batch", batch);
    put_estimate(o, "load_s", &r->load_s);
    put_estimate(o, "first_s", &r->first_s);
    put_estimate(o, "cpu_s", &r->cpu_s);
    put_estimate(o, "peak_mib", &r->peak_mib);
    ra_json_put(o, "usd", usd_json(r));
    ra_json_put_number(o, "usd_embedding", r->embedding_usd);
    if (r->stored)
        ra_json_put(o, "stored", stored_json(r->stored));
    else
        ra_json_put_null(o, "stored");
    return o;
}

static ra_json *published_json(const ra_overhead *x)
{
    ra_json *o = ra_json_new_object(), *rows = ra_json_new_array();
    ra_json_put_string(o, "title", x->published_title);
    ra_json_put_string(o, "source", x->published_source);
    for (size_t i = 0; i < x->published_count; i++) {
        const ra_overhead_published *p = &x->published[i];
        ra_json *row = ra_json_new_object();
        ra_json_put_string(row, "router", p->router);
        ra_json_put_string(row, "kind", p->kind);
        ra_json_put_number(row, "requests_per_s", p->requests_per_s);
        ra_json_put_number(row, "usd_per_hour", p->usd_per_hour);
        ra_json_put_number(row, "usd_per_million", p->usd_per_million);
        ra_json_put_number(row, "usd_embedding", p->embedding_usd);
        ra_json_put_string(row, "machine", p->machine);
        ra_json_add(rows, row);
    }
    ra_json_put(o, "rows", rows);
    return o;
}

static void put_prices(ra_json *doc, const ra_overhead *x)
{
    ra_json_put_number(doc, "usd_per_hour", x->usd_per_hour);
    if (x->strong_model) {
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "model", x->strong_model);
        ra_json_put_number(o, "usd_per_million", x->strong_usd);
        ra_json_put_string(o, "tokens", x->strong_tokens);
        ra_json_put(doc, "strong", o);
    } else {
        ra_json_put_null(doc, "strong");
    }
    if (x->embedding_model) {
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "model", x->embedding_model);
        ra_json_put_number(o, "usd_per_million", x->embedding_usd);
        ra_json_put(doc, "embedding", o);
    } else {
        ra_json_put_null(doc, "embedding");
    }
}

static void put_measured(ra_json *doc, const ra_overhead *x)
{
    ra_json *harness = ra_json_new_array(), *routers = ra_json_new_array();
    for (size_t i = 0; i < x->harness_count; i++) {
        ra_json *o = ra_json_new_object();
        ra_json_put_number(o, "threads", x->harness[i].threads);
        ra_json_put(o, "blocks", blocks_json(&x->harness[i]));
        ra_json_add(harness, o);
    }
    for (size_t i = 0; i < x->router_count; i++)
        ra_json_add(routers, router_json(&x->routers[i]));
    ra_json_put(doc, "harness", harness);
    ra_json_put(doc, "routers", routers);
}

ra_json *ra_overhead_json(const ra_overhead *x)
{
    ra_json *doc = ra_json_new_object(), *tool = ra_json_new_object();
    ra_json *bytes = ra_json_new_object();
    ra_json_put_string(doc, "schema", RA_OVERHEAD_SCHEMA);
    ra_json_put_string(tool, "version", x->tool_version);
    ra_json_put_string(tool, "commit", x->tool_commit);
    ra_json_put(doc, "tool", tool);
    ra_json_put(doc, "machine", machine_json(&x->machine));
    ra_json_put(doc, "method", method_json(x));
    ra_json_put_string(doc, "benchmark", x->benchmark);
    ra_json_put_number(doc, "prompts", (double)x->prompts);
    ra_json_put_number(bytes, "mean", x->prompt_bytes.mean);
    ra_json_put_number(bytes, "p50", x->prompt_bytes.p50);
    ra_json_put_number(bytes, "p90", x->prompt_bytes.p90);
    ra_json_put_number(bytes, "p99", x->prompt_bytes.p99);
    ra_json_put(doc, "prompt_bytes", bytes);
    put_prices(doc, x);
    put_measured(doc, x);
    if (x->published_title)
        ra_json_put(doc, "published", published_json(x));
    else
        ra_json_put_null(doc, "published");
    return doc;
}

bool ra_overhead_write(const ra_overhead *overhead, const char *path, ra_error *err)
{
    ra_json *doc = ra_overhead_json(overhead);
    bool ok = ra_json_write(path, doc, err);
    ra_json_free(doc);
    return ok;
}

/* --- reading --- */

typedef struct reader {
    ra_overhead *x;
    ra_json_at at;
    ra_error *err;
} reader;

static bool text(reader *r, const ra_json *o, const char *key, const char **out)
{
    const char *found = NULL;
    if (!ra_json_maybe_string(o, key, r->at, &found, r->err))
        return false;
    *out = found ? ra_arena_strdup(&r->x->arena, found) : NULL;
    return true;
}

static bool needed(reader *r, const ra_json *o, const char *key, const char **out)
{
    const char *found;
    if (!ra_json_string(o, key, r->at, &found, r->err))
        return false;
    *out = ra_arena_strdup(&r->x->arena, found);
    return true;
}

static bool number(reader *r, const ra_json *o, const char *key, double *out)
{
    *out = NAN;
    return ra_json_maybe_number(o, key, r->at, out, r->err);
}

static bool threads(reader *r, const ra_json *o, int *out)
{
    uint64_t n;
    if (!ra_json_count(o, "threads", r->at, 1 << 20, &n, r->err))
        return false;
    *out = (int)n;
    return true;
}

static bool read_machine(reader *r, const ra_json *doc)
{
    ra_machine *m = &r->x->machine;
    const ra_json *o;
    uint64_t cores;
    if (!ra_json_object(doc, "machine", r->at, &o, r->err) || !text(r, o, "cpu", &m->cpu) ||
        !text(r, o, "flags", &m->flags) ||
        !ra_json_count(o, "cores", r->at, 1 << 20, &cores, r->err))
        return false;
    m->cores = (int)cores;
    return number(r, o, "memory_mib", &m->memory_mib) && text(r, o, "governor", &m->governor) &&
           text(r, o, "system", &m->system) && text(r, o, "compiler", &m->compiler) &&
           text(r, o, "blas", &m->blas) && number(r, o, "load", &m->load);
}

static bool read_method(reader *r, const ra_json *doc)
{
    ra_overhead *x = r->x;
    const ra_json *o, *bytes;
    return ra_json_object(doc, "method", r->at, &o, r->err) &&
           ra_json_number(o, "level", r->at, &x->level, r->err) &&
           number(r, o, "half_width", &x->half_width) &&
           number(r, o, "time_limit_s", &x->time_limit_s) && number(r, o, "block_s", &x->block_s) &&
           read_size(o, "batch", r->at, &x->batch, r->err) &&
           ra_json_count(o, "seed", r->at, 1ULL << 53, &x->seed, r->err) &&
           needed(r, o, "stopped", &x->stopped) && needed(r, doc, "benchmark", &x->benchmark) &&
           read_size(doc, "prompts", r->at, &x->prompts, r->err) &&
           ra_json_object(doc, "prompt_bytes", r->at, &bytes, r->err) &&
           number(r, bytes, "mean", &x->prompt_bytes.mean) &&
           number(r, bytes, "p50", &x->prompt_bytes.p50) &&
           number(r, bytes, "p90", &x->prompt_bytes.p90) &&
           number(r, bytes, "p99", &x->prompt_bytes.p99);
}

static bool read_prices(reader *r, const ra_json *doc)
{
    ra_overhead *x = r->x;
    const ra_json *strong = NULL, *embedding = NULL;
    return ra_json_number(doc, "usd_per_hour", r->at, &x->usd_per_hour, r->err) &&
           ra_json_maybe_object(doc, "strong", r->at, &strong, r->err) &&
           (!strong || (needed(r, strong, "model", &x->strong_model) &&
                        ra_json_number(strong, "usd_per_million", r->at, &x->strong_usd, r->err) &&
                        text(r, strong, "tokens", &x->strong_tokens))) &&
           ra_json_maybe_object(doc, "embedding", r->at, &embedding, r->err) &&
           (!embedding ||
            (needed(r, embedding, "model", &x->embedding_model) &&
             ra_json_number(embedding, "usd_per_million", r->at, &x->embedding_usd, r->err)));
}

static bool read_blocks(reader *r, const ra_json *o, ra_overhead_router *out)
{
    const ra_json *list;
    if (!ra_json_array(o, "blocks", r->at, &list, r->err))
        return false;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        ra_overhead_block block = {0};
        if (!ra_overhead_block_read(e, r->at, &block, r->err))
            return false;
        ra_overhead_add(out, &block);
    }
    return true;
}

static bool read_stored(reader *r, const ra_json *router, ra_overhead_router *out)
{
    const ra_json *o = NULL;
    if (!ra_json_maybe_object(router, "stored", r->at, &o, r->err))
        return false;
    if (!o)
        return true;
    ra_overhead_stored *s = ra_arena_alloc(&r->x->arena, 1, sizeof *s);
    out->stored = s;
    return read_size(o, "prompts", r->at, &s->prompts, r->err) &&
           read_size(o, "calls", r->at, &s->calls, r->err) &&
           read_size(o, "settings", r->at, &s->settings, r->err) &&
           read_size(o, "untimed", r->at, &s->untimed, r->err) &&
           read_size(o, "unpriced", r->at, &s->unpriced, r->err) &&
           ra_json_bool(o, "answers", r->at, &s->answers, r->err) &&
           number(r, o, "mean_s", &s->request.mean) && number(r, o, "p50_s", &s->request.p50) &&
           number(r, o, "p90_s", &s->request.p90) && number(r, o, "p99_s", &s->request.p99) &&
           number(r, o, "usd_per_million", &s->usd);
}

static bool read_router(reader *r, const ra_json *o, ra_overhead_router *out)
{
    return needed(r, o, "name", &out->name) && needed(r, o, "router", &out->router) &&
           needed(r, o, "kind", &out->kind) && threads(r, o, &out->threads) &&
           ra_json_bool(o, "buys_vectors", r->at, &out->buys_vectors, r->err) &&
           read_blocks(r, o, out) && read_stored(r, o, out);
}

static bool read_harness(reader *r, const ra_json *o, ra_overhead_router *out)
{
    return threads(r, o, &out->threads) && read_blocks(r, o, out);
}

static bool read_list(reader *r, const ra_json *doc, const char *key, ra_overhead_router **out,
                      size_t *count, bool (*each)(reader *, const ra_json *, ra_overhead_router *))
{
    const ra_json *list;
    if (!ra_json_array(doc, key, r->at, &list, r->err))
        return false;
    *out = ra_arena_alloc(&r->x->arena, ra_json_size(list), sizeof **out);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (!each(r, e, &(*out)[(*count)++]))
            return false;
    return true;
}

/* Each router, but of stored calls, is measured against a harness of as many threads and blocks. */
static bool check_harness(reader *r)
{
    const ra_overhead *x = r->x;
    for (size_t i = 0; i < x->router_count; i++) {
        const ra_overhead_router *router = &x->routers[i];
        bool found = router->stored;
        for (size_t k = 0; k < x->harness_count; k++)
            found |= x->harness[k].threads == router->threads &&
                     x->harness[k].block_count == router->block_count;
        if (!found || (router->block_count == 0) != (router->stored != NULL))
            return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0,
                            "router '%s': no harness of as many threads and blocks", router->name);
    }
    return true;
}

static bool read_published(reader *r, const ra_json *o)
{
    ra_overhead *x = r->x;
    const ra_json *list;
    if (!needed(r, o, "title", &x->published_title) ||
        !needed(r, o, "source", &x->published_source) ||
        !ra_json_array(o, "rows", r->at, &list, r->err))
        return false;
    x->published = ra_arena_alloc(&x->arena, ra_json_size(list), sizeof *x->published);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        ra_overhead_published *p = &x->published[x->published_count++];
        if (!needed(r, e, "router", &p->router) || !text(r, e, "kind", &p->kind) ||
            !number(r, e, "requests_per_s", &p->requests_per_s) ||
            !number(r, e, "usd_per_hour", &p->usd_per_hour) ||
            !number(r, e, "usd_per_million", &p->usd_per_million) ||
            !number(r, e, "usd_embedding", &p->embedding_usd) ||
            !text(r, e, "machine", &p->machine))
            return false;
    }
    return true;
}

static bool check_schema(reader *r, const ra_json *doc, const char *wanted)
{
    const char *schema;
    if (!ra_json_string(doc, "schema", r->at, &schema, r->err))
        return false;
    return strcmp(schema, wanted) == 0 ||
           ra_failf(r->err, RA_ERR_INPUT, r->at.file, 1, "schema '%s' expected, found '%s'", wanted,
                    schema);
}

static bool read_document(reader *r, const ra_json *doc)
{
    const ra_json *tool, *published = NULL;
    return check_schema(r, doc, RA_OVERHEAD_SCHEMA) &&
           ra_json_object(doc, "tool", r->at, &tool, r->err) &&
           needed(r, tool, "version", &r->x->tool_version) &&
           needed(r, tool, "commit", &r->x->tool_commit) && read_machine(r, doc) &&
           read_method(r, doc) && read_prices(r, doc) &&
           read_list(r, doc, "harness", &r->x->harness, &r->x->harness_count, read_harness) &&
           read_list(r, doc, "routers", &r->x->routers, &r->x->router_count, read_router) &&
           check_harness(r) && ra_json_maybe_object(doc, "published", r->at, &published, r->err) &&
           (!published || read_published(r, published));
}

bool ra_overhead_read(ra_overhead *overhead, const char *path, ra_error *err)
{
    *overhead = (ra_overhead){0};
    reader r = {overhead, {path, 1}, err};
    ra_json *doc = ra_json_read(path, err);
    bool ok = doc && read_document(&r, doc);
    ra_json_free(doc);
    if (ok)
        ra_overhead_derive(overhead);
    else
        ra_overhead_release(overhead);
    return ok;
}

bool ra_overhead_read_published(ra_overhead *overhead, const char *path, ra_error *err)
{
    reader r = {overhead, {path, 1}, err};
    ra_json *doc = ra_json_read(path, err);
    bool ok =
        doc && check_schema(&r, doc, "routeassay.overhead-table/1") && read_published(&r, doc);
    ra_json_free(doc);
    return ok;
}
