/* The first stages: public files are fetched, and recording sets made of them. */
#include "base/file.h"
#include "data/fetch.h"
#include "data/import.h"
#include "study/run.h"

#include <string.h>

/* Fetching has no stamp: it looks at every file, and keeps what is right. */
static bool fetch(ra_run *run, const ra_sources *sources, const char *name, ra_error *err)
{
    ra_fetch_options options = {.mirror = run->options->mirror,
                                .out = ra_run_path(run, RA_DOWNLOADS)};
    ra_fetch_counts counts = {0};
    if (!ra_fetch(sources, name, &options, &counts, err))
        return false;
    fprintf(stderr, "fetch %s: %zu files fetched, %zu kept\n", name, counts.fetched, counts.kept);
    return true;
}

/* Fetches a source unless it was fetched before; name may be NULL. */
static bool fetch_once(ra_run *run, const ra_sources *sources, const char *name, ra_map *done,
                       ra_error *err)
{
    return !name || ra_map_add(done, name, 0) != RA_MAP_NONE || fetch(run, sources, name, err);
}

static bool fetch_all(ra_run *run, const ra_sources *sources, ra_error *err)
{
    const ra_study *study = run->study;
    ra_map done = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < study->benchmark_count; i++)
        ok = fetch_once(run, sources, study->benchmarks[i].fetch, &done, err);
    for (size_t i = 0; ok && i < study->preference_count; i++)
        ok = fetch_once(run, sources, study->preferences[i].fetch, &done, err);
    ra_map_release(&done);
    return ok;
}

static bool make_set(void *context, ra_error *err)
{
    return ra_import_run(context, err);
}

/* The inputs' content decides what comes out; those of a fetched source are known by their hashes.
 */
static bool describe(ra_run *run, ra_stage *stage, const ra_study_benchmark *b,
                     const ra_import *import, ra_error *err)
{
    ra_stage_text(stage, "format", import->format);
    for (size_t i = 0; i < import->input_count; i++) {
        const char *equals = strchr(import->inputs[i], '=');
        ra_stage_text(stage, "input", b->inputs[i]);
        if (!ra_stage_file(stage, equals ? equals + 1 : import->inputs[i], err))
            return false;
    }
    return !run->study->sources || ra_stage_file(stage, run->study->sources, err);
}

static bool import(ra_run *run, const ra_study_benchmark *b, const ra_sources *known,
                   const char *set, ra_error *err)
{
    const char *folder = b->fetch ? ra_run_path(run, RA_DOWNLOADS) : run->study->folder;
    ra_import what = {.format = b->format,
                      .benchmark = b->name,
                      .input_count = b->input_count,
                      .out = set,
                      .known = known};
    what.inputs = ra_arena_alloc(&run->arena, b->input_count, sizeof *what.inputs);
    for (size_t i = 0; i < b->input_count; i++)
        what.inputs[i] = ra_path_join(&run->arena, folder, b->inputs[i]);
    ra_stage stage;
    ra_stage_begin(&stage, run->options->out, ra_arena_printf(&run->arena, "import %s", b->name),
                   set);
    bool ok = describe(run, &stage, b, &what, err) && ra_stage_run(&stage, make_set, &what, err);
    ra_stage_release(&stage);
    return ok;
}

static bool find_sets(ra_run *run, const ra_sources *sources, ra_error *err)
{
    const ra_study *study = run->study;
    run->sets = ra_arena_alloc(&run->arena, study->benchmark_count, sizeof *run->sets);
    for (size_t i = 0; i < study->benchmark_count; i++) {
        const ra_study_benchmark *b = &study->benchmarks[i];
        if (b->recordings) {
            if (!ra_set_find(&run->arena, b->recordings, b->name, &run->sets[i], err))
                return false;
            continue;
        }
        run->sets[i] = ra_run_path(run, ra_arena_printf(&run->arena, "recordings/%s", b->name));
        if (!import(run, b, sources, run->sets[i], err))
            return false;
    }
    return true;
}

bool ra_run_recordings(ra_run *run, ra_error *err)
{
    ra_sources sources = {0};
    if (run->study->sources && !ra_sources_read(&sources, run->study->sources, err))
        return false;
    bool ok = fetch_all(run, &sources, err) && find_sets(run, &sources, err);
    ra_sources_release(&sources);
    return ok;
}
