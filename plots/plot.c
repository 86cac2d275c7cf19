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
};
enum { KINDS = sizeof kinds / sizeof *kinds };

typedef struct figure {
    const kind *kind;
    const ra_benchmark_result *benchmark;
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

static bool occurs_again(const ra_results *results, const ra_benchmark_result *b)
{
    size_t seen = 0;
    for (size_t i = 0; i < results->benchmark_count; i++)
        seen += strcmp(results->benchmarks[i].name, b->name) == 0;
    return seen > 1;
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

static const char *figure_name(job *j, const ra_results *results, const ra_benchmark_result *b,
                               const char *kind_name)
{
    ra_buf base = {0};
    ra_label_file(&base, b->name);
    if (occurs_again(results, b)) {
        ra_buf_putc(&base, '@');
        ra_label_file(&base, b->grader ? b->grader : "");
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

static bool collect(job *j, const ra_results *results, ra_error *err)
{
    j->figures = ra_arena_alloc(&j->arena, results->benchmark_count * KINDS + 1, sizeof(figure));
    for (size_t i = 0; i < results->benchmark_count; i++) {
        for (size_t k = 0; k < KINDS; k++) {
            figure f = {.kind = &kinds[k], .benchmark = &results->benchmarks[i]};
            if (!kinds[k].data(f.benchmark, &f.data))
                continue;
            f.name = figure_name(j, results, f.benchmark, kinds[k].name);
            j->figures[j->count++] = f;
            if (!find_script(j, kinds[k].script, &j->figures[j->count - 1].script, err))
                return false;
        }
    }
    return true;
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
