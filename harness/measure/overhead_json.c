/* Writing and reading overhead.json, in the order of the fields in overhead.h. */
#include "measure/overhead.h"

#include "measure/fields.h"

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

bool ra_overhead_block_read(const ra_json *o, ra_json_at at, ra_overhead_block *out, ra_error *err)
{
    ra_fields in = {.at = at, .err = err};
    for (size_t i = 0; i < BLOCK_FIELDS; i++)
        if (!ra_field_number(&in, o, block_fields[i].name,
                             (double *)(void *)((char *)out + block_fields[i].offset)))
            return false;
    return ra_field_count(&in, o, "queries", &out->single.count) &&
           ra_field_count(&in, o, "far_out", &out->single.far_out) &&
           ra_field_count(&in, o, "batch_requests", &out->batch_requests);
}

/* --- writing --- */

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
    ra_json_put(o, "single", ra_estimate_json(&r->single_usd));
    ra_json_put(o, "batch", ra_estimate_json(&r->batch_usd));
    ra_json_put(o, "processor", ra_estimate_json(&r->processor_usd));
    ra_json_put(o, "total", ra_estimate_json(&r->total_usd));
    ra_json_put(o, "share_of_strong", ra_estimate_json(&r->share_of_strong));
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
    ra_json_put(single, "mean_s", ra_estimate_json(&r->mean_s));
    ra_json_put(single, "p50_s", ra_estimate_json(&r->p50_s));
    ra_json_put(single, "p90_s", ra_estimate_json(&r->p90_s));
    ra_json_put(single, "p99_s", ra_estimate_json(&r->p99_s));
    ra_json_put(o, "single", single);
    ra_json_put(batch, "request_s", ra_estimate_json(&r->batch_s));
    ra_json_put(batch, "requests_per_s", ra_estimate_json(&r->requests_per_s));
    ra_json_put(o, "batch", batch);
    ra_json_put(o, "load_s", ra_estimate_json(&r->load_s));
    ra_json_put(o, "first_s", ra_estimate_json(&r->first_s));
    ra_json_put(o, "cpu_s", ra_estimate_json(&r->cpu_s));
    ra_json_put(o, "peak_mib", ra_estimate_json(&r->peak_mib));
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
    ra_fields in;
} reader;

static bool threads(reader *r, const ra_json *o, int *out)
{
    uint64_t n;
    if (!ra_json_count(o, "threads", r->in.at, 1 << 20, &n, r->in.err))
        return false;
    *out = (int)n;
    return true;
}

static bool read_machine(reader *r, const ra_json *doc)
{
    ra_machine *m = &r->x->machine;
    const ra_json *o;
    uint64_t cores;
    if (!ra_json_object(doc, "machine", r->in.at, &o, r->in.err) ||
        !ra_field_text(&r->in, o, "cpu", &m->cpu) ||
        !ra_field_text(&r->in, o, "flags", &m->flags) ||
        !ra_json_count(o, "cores", r->in.at, 1 << 20, &cores, r->in.err))
        return false;
    m->cores = (int)cores;
    return ra_field_number(&r->in, o, "memory_mib", &m->memory_mib) &&
           ra_field_text(&r->in, o, "governor", &m->governor) &&
           ra_field_text(&r->in, o, "system", &m->system) &&
           ra_field_text(&r->in, o, "compiler", &m->compiler) &&
           ra_field_text(&r->in, o, "blas", &m->blas) &&
           ra_field_number(&r->in, o, "load", &m->load);
}

static bool read_method(reader *r, const ra_json *doc)
{
    ra_overhead *x = r->x;
    const ra_json *o, *bytes;
    return ra_json_object(doc, "method", r->in.at, &o, r->in.err) &&
           ra_json_number(o, "level", r->in.at, &x->level, r->in.err) &&
           ra_field_number(&r->in, o, "half_width", &x->half_width) &&
           ra_field_number(&r->in, o, "time_limit_s", &x->time_limit_s) &&
           ra_field_number(&r->in, o, "block_s", &x->block_s) &&
           ra_field_count(&r->in, o, "batch", &x->batch) &&
           ra_json_count(o, "seed", r->in.at, 1ULL << 53, &x->seed, r->in.err) &&
           ra_field_needed(&r->in, o, "stopped", &x->stopped) &&
           ra_field_needed(&r->in, doc, "benchmark", &x->benchmark) &&
           ra_field_count(&r->in, doc, "prompts", &x->prompts) &&
           ra_json_object(doc, "prompt_bytes", r->in.at, &bytes, r->in.err) &&
           ra_field_number(&r->in, bytes, "mean", &x->prompt_bytes.mean) &&
           ra_field_number(&r->in, bytes, "p50", &x->prompt_bytes.p50) &&
           ra_field_number(&r->in, bytes, "p90", &x->prompt_bytes.p90) &&
           ra_field_number(&r->in, bytes, "p99", &x->prompt_bytes.p99);
}

static bool read_prices(reader *r, const ra_json *doc)
{
    ra_overhead *x = r->x;
    const ra_json *strong = NULL, *embedding = NULL;
    return ra_json_number(doc, "usd_per_hour", r->in.at, &x->usd_per_hour, r->in.err) &&
           ra_json_maybe_object(doc, "strong", r->in.at, &strong, r->in.err) &&
           (!strong ||
            (ra_field_needed(&r->in, strong, "model", &x->strong_model) &&
             ra_json_number(strong, "usd_per_million", r->in.at, &x->strong_usd, r->in.err) &&
             ra_field_text(&r->in, strong, "tokens", &x->strong_tokens))) &&
           ra_json_maybe_object(doc, "embedding", r->in.at, &embedding, r->in.err) &&
           (!embedding ||
            (ra_field_needed(&r->in, embedding, "model", &x->embedding_model) &&
             ra_json_number(embedding, "usd_per_million", r->in.at, &x->embedding_usd, r->in.err)));
}

static bool read_blocks(reader *r, const ra_json *o, ra_overhead_router *out)
{
    const ra_json *list;
    if (!ra_json_array(o, "blocks", r->in.at, &list, r->in.err))
        return false;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        ra_overhead_block block = {0};
        if (!ra_overhead_block_read(e, r->in.at, &block, r->in.err))
            return false;
        ra_overhead_add(out, &block);
    }
    return true;
}

static bool read_stored(reader *r, const ra_json *router, ra_overhead_router *out)
{
    const ra_json *o = NULL;
    if (!ra_json_maybe_object(router, "stored", r->in.at, &o, r->in.err))
        return false;
    if (!o)
        return true;
    ra_overhead_stored *s = ra_arena_alloc(r->in.arena, 1, sizeof *s);
    out->stored = s;
    return ra_field_count(&r->in, o, "prompts", &s->prompts) &&
           ra_field_count(&r->in, o, "calls", &s->calls) &&
           ra_field_count(&r->in, o, "settings", &s->settings) &&
           ra_field_count(&r->in, o, "untimed", &s->untimed) &&
           ra_field_count(&r->in, o, "unpriced", &s->unpriced) &&
           ra_json_bool(o, "answers", r->in.at, &s->answers, r->in.err) &&
           ra_field_number(&r->in, o, "mean_s", &s->request.mean) &&
           ra_field_number(&r->in, o, "p50_s", &s->request.p50) &&
           ra_field_number(&r->in, o, "p90_s", &s->request.p90) &&
           ra_field_number(&r->in, o, "p99_s", &s->request.p99) &&
           ra_field_number(&r->in, o, "usd_per_million", &s->usd);
}

static bool read_router(reader *r, const ra_json *o, ra_overhead_router *out)
{
    return ra_field_needed(&r->in, o, "name", &out->name) &&
           ra_field_needed(&r->in, o, "router", &out->router) &&
           ra_field_needed(&r->in, o, "kind", &out->kind) && threads(r, o, &out->threads) &&
           ra_json_bool(o, "buys_vectors", r->in.at, &out->buys_vectors, r->in.err) &&
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
    if (!ra_json_array(doc, key, r->in.at, &list, r->in.err))
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
            return ra_failf(r->in.err, RA_ERR_INPUT, r->in.at.file, 0,
                            "router '%s': no harness of as many threads and blocks", router->name);
    }
    return true;
}

static bool read_published(reader *r, const ra_json *o)
{
    ra_overhead *x = r->x;
    const ra_json *list;
    if (!ra_field_needed(&r->in, o, "title", &x->published_title) ||
        !ra_field_needed(&r->in, o, "source", &x->published_source) ||
        !ra_json_array(o, "rows", r->in.at, &list, r->in.err))
        return false;
    x->published = ra_arena_alloc(&x->arena, ra_json_size(list), sizeof *x->published);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e)) {
        ra_overhead_published *p = &x->published[x->published_count++];
        if (!ra_field_needed(&r->in, e, "router", &p->router) ||
            !ra_field_text(&r->in, e, "kind", &p->kind) ||
            !ra_field_number(&r->in, e, "requests_per_s", &p->requests_per_s) ||
            !ra_field_number(&r->in, e, "usd_per_hour", &p->usd_per_hour) ||
            !ra_field_number(&r->in, e, "usd_per_million", &p->usd_per_million) ||
            !ra_field_number(&r->in, e, "usd_embedding", &p->embedding_usd) ||
            !ra_field_text(&r->in, e, "machine", &p->machine))
            return false;
    }
    return true;
}

static bool check_schema(reader *r, const ra_json *doc, const char *wanted)
{
    const char *schema;
    if (!ra_json_string(doc, "schema", r->in.at, &schema, r->in.err))
        return false;
    return strcmp(schema, wanted) == 0 ||
           ra_failf(r->in.err, RA_ERR_INPUT, r->in.at.file, 1, "schema '%s' expected, found '%s'",
                    wanted, schema);
}

static bool read_document(reader *r, const ra_json *doc)
{
    const ra_json *tool, *published = NULL;
    return check_schema(r, doc, RA_OVERHEAD_SCHEMA) &&
           ra_json_object(doc, "tool", r->in.at, &tool, r->in.err) &&
           ra_field_needed(&r->in, tool, "version", &r->x->tool_version) &&
           ra_field_needed(&r->in, tool, "commit", &r->x->tool_commit) && read_machine(r, doc) &&
           read_method(r, doc) && read_prices(r, doc) &&
           read_list(r, doc, "harness", &r->x->harness, &r->x->harness_count, read_harness) &&
           read_list(r, doc, "routers", &r->x->routers, &r->x->router_count, read_router) &&
           check_harness(r) &&
           ra_json_maybe_object(doc, "published", r->in.at, &published, r->in.err) &&
           (!published || read_published(r, published));
}

bool ra_overhead_read(ra_overhead *overhead, const char *path, ra_error *err)
{
    *overhead = (ra_overhead){0};
    reader r = {overhead, {&overhead->arena, {path, 1}, err}};
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
    reader r = {overhead, {&overhead->arena, {path, 1}, err}};
    ra_json *doc = ra_json_read(path, err);
    bool ok =
        doc && check_schema(&r, doc, "routeassay.overhead-table/1") && read_published(&r, doc);
    ra_json_free(doc);
    return ok;
}
