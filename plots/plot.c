#include "plots/plot.h"

#include "base/file.h"
#include "base/installed.h"
#include "base/parallel.h"
#include "plots/figures.h"
#include "plots/label.h"
#include "plots/render.h"

#include <stdlib.h>
#include <string.h>

typedef struct kind {
    const char *name, *script;
    bool (*data)(const ra_benchmark_result *b, ra_buf *out);
} kind;

static const kind kinds[] = {
    {"call-performance", "plots/call-performance.gp", ra_figure_call_performance},
    {"pgr", "plots/pgr.gp", ra_figure_pgr},
    {"categories", "plots/categories.gp", ra_figure_categories},
    {"calibration", "plots/calibration.gp", ra_figure_calibration},
    {"learning", "plots/learning.gp", ra_figure_learning},
    {"tornado", "plots/tornado.gp", ra_figure_tornado},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct figure {
    const char *script, *name; /* path; name of the files without ending */
    ra_buf data;
    ra_error error;
    bool failed;
} figure;

typedef struct job {
    const ra_plot_options *options;
    unsigned formats;
    figure *figures;
    size_t count;
    ra_arena arena;
} job;

static size_t occurrences(const ra_results *results, const char *name)
{
    size_t seen = 0;
    for (size_t i = 0; i < results->benchmark_count; i++)
        seen += strcmp(results->benchmarks[i].name, name) == 0;
    return seen;
}

/* Different names may look the same as file names: those that do are numbered. */
static const char *free_name(job *j, const char *base, const char *kind_name)
{
    for (unsigned number = 1;; number++) {
        const char *name = number == 1
                               ? ra_arena_printf(&j->arena, "%s-%s", base, kind_name)
                               : ra_arena_printf(&j->arena, "%s-%u-%s", base, number, kind_name);
        size_t i = 0;
        while (i < j->count && strcasecmp(j->figures[i].name, name) != 0)
            i++;
        if (i == j->count)
            return name;
    }
}

static const char *figure_name(job *j, const char *benchmark, const char *grader,
                               const char *kind_name)
{
    ra_buf base = {0};
    ra_buf_file_part(&base, benchmark);
    if (grader) {
        ra_buf_putc(&base, '@');
        ra_buf_file_part(&base, grader);
    }
    const char *name = free_name(j, base.text, kind_name);
    ra_buf_release(&base);
    return name;
}

/* gnuplot runs in a folder of its own, so its script needs a whole path. */
static bool find_script(job *j, const char *name, const char **path, ra_error *err)
{
    const char *found = ra_installed_file(&j->arena, name);
    char *whole = realpath(found, NULL);
    if (!whole) {
        ra_fail_errno(err, found, "open");
        err->code = RA_ERR_INTERNAL;
        return ra_hintf(err, "install routeassay again, or set ROUTEASSAY_DATA to the folder that "
                             "holds plots/");
    }
    *path = ra_arena_strdup(&j->arena, whole);
    free(whole);
    return true;
}

/* Takes the data. */
static bool add(job *j, const char *name, const char *script, ra_buf data, ra_error *err)
{
    figure *f = &j->figures[j->count++];
    *f = (figure){.name = name, .data = data};
    return find_script(j, script, &f->script, err);
}

static bool add_benchmark(job *j, const ra_results *results, const ra_benchmark_result *b,
                          ra_error *err)
{
    bool several = occurrences(results, b->name) > 1;
    for (size_t k = 0; k < KINDS; k++) {
        ra_buf data = {0};
        if (!kinds[k].data(b, &data))
            continue;
        const char *grader = !several ? NULL : b->grader ? b->grader : "";
        const char *name = figure_name(j, b->name, grader, kinds[k].name);
        if (!add(j, name, kinds[k].script, data, err))
            return false;
    }
    return true;
}

/* The graders that the main result names, else those that results of the benchmark were made by. */
static size_t grader_rows(const ra_results *results, size_t first, ra_grader_scores *rows)
{
    const ra_benchmark_result *all = results->benchmarks, *b = &all[first];
    size_t count = 0;
    for (size_t i = 0; i < b->grader_count; i++)
        rows[count++] =
            (ra_grader_scores){b->graders[i].grader, b->graders[i].strong, b->graders[i].weak};
    for (size_t i = first; b->grader_count == 0 && i < results->benchmark_count; i++)
        if (strcmp(all[i].name, b->name) == 0)
            rows[count++] =
                (ra_grader_scores){all[i].grader, all[i].strong.score, all[i].weak.score};
    return count;
}

/* One figure for all results of a benchmark, made when its first is met. */
static bool add_graders(job *j, const ra_results *results, size_t first, ra_error *err)
{
    const ra_benchmark_result *b = &results->benchmarks[first];
    for (size_t i = 0; i < first; i++)
        if (strcmp(results->benchmarks[i].name, b->name) == 0)
            return true;
    ra_grader_scores *rows =
        ra_arena_alloc(&j->arena, occurrences(results, b->name) + b->grader_count, sizeof *rows);
    size_t count = grader_rows(results, first, rows);
    ra_buf data = {0};
    const char *title = b->title ? b->title : b->name;
    if (count < 2 || !ra_figure_graders(title, b->unit, b->full_score, rows, count, &data))
        return true;
    return add(j, figure_name(j, b->name, NULL, "graders"), "plots/graders.gp", data, err);
}

static bool add_claims(job *j, const ra_results *results, const char *path, ra_error *err)
{
    ra_claims claims;
    ra_judged *judged;
    ra_buf data = {0};
    if (!ra_claims_read(&claims, path, err))
        return false;
    bool ok = ra_claims_judge(&claims, results, &j->arena, &judged, err);
    if (ok && ra_figure_claims(&claims, judged, &data))
        ok = add(j, figure_name(j, claims.name, NULL, "claims"), "plots/claims.gp", data, err);
    ra_claims_release(&claims);
    return ok;
}

static bool add_overhead(job *j, ra_error *err)
{
    ra_overhead overhead;
    ra_buf data = {0};
    if (!j->options->overhead || !ra_file_exists(j->options->overhead))
        return true;
    if (!ra_overhead_read(&overhead, j->options->overhead, err))
        return false;
    bool ok = !ra_figure_overhead(&overhead, &data) ||
              add(j, figure_name(j, RA_OVERHEAD_FIGURE, NULL, "overhead"), "plots/overhead.gp",
                  data, err);
    ra_overhead_release(&overhead);
    return ok;
}

static bool collect(job *j, const ra_results *results, ra_error *err)
{
    size_t most = results->benchmark_count * (KINDS + 1) + j->options->claim_count + 1;
    j->figures = ra_arena_alloc(&j->arena, most + 1, sizeof(figure));
    for (size_t i = 0; i < results->benchmark_count; i++) {
        if (!add_benchmark(j, results, &results->benchmarks[i], err) ||
            !add_graders(j, results, i, err))
            return false;
    }
    for (size_t i = 0; i < j->options->claim_count; i++)
        if (!add_claims(j, results, j->options->claims[i], err))
            return false;
    return add_overhead(j, err);
}

static void draw(size_t index, void *context)
{
    job *j = context;
    figure *f = &j->figures[index];
    ra_rendering r = {f->script, j->options->out_dir, f->name, j->formats, &f->data};
    f->failed = !ra_render(&r, &f->error);
}

static void list(const job *j, const figure *f)
{
    static const char *const endings[] = {"dat", "png", "svg", "pdf"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (i == 0 || (j->formats & ra_plot_format(endings[i])))
            fprintf(j->options->list, "%s/%s.%s\n", j->options->out_dir, f->name, endings[i]);
    }
}

/* All have run; the first failure, in the order of the results, is the one that is told. */
static bool conclude(const job *j, ra_error *err)
{
    for (size_t i = 0; i < j->count; i++) {
        if (j->figures[i].failed) {
            *err = j->figures[i].error;
            return false;
        }
        if (j->options->list)
            list(j, &j->figures[i]);
    }
    return true;
}

bool ra_plots_write(const ra_results *results, const ra_plot_options *options, ra_error *err)
{
    job j = {.options = options, .formats = options->formats ? options->formats : RA_PLOT_ALL};
    bool ok = collect(&j, results, err);
    if (ok) {
        ra_parallel_for(j.count, options->threads, draw, &j);
        ok = conclude(&j, err);
    }
    for (size_t i = 0; i < j.count; i++)
        ra_buf_release(&j.figures[i].data);
    ra_arena_release(&j.arena);
    return ok;
}
