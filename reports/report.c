#include "reports/report.h"

#include "base/file.h"
#include "reports/figures.h"
#include "reports/format.h"
#include "reports/tables.h"

#include <string.h>

static const struct {
    unsigned bit;
    const ra_format *format;
} formats[] = {
    {RA_REPORT_MD, &ra_markdown},
    {RA_REPORT_HTML, &ra_html},
    {RA_REPORT_LATEX, &ra_latex},
};
enum { FORMATS = sizeof formats / sizeof *formats };

unsigned ra_report_format(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].format->name, name) == 0)
            return formats[i].bit;
    return strcmp(name, "json") == 0 ? RA_REPORT_JSON : 0;
}

static bool write_buf(ra_arena *arena, const char *dir, const char *file, ra_buf *text,
                      ra_error *err)
{
    bool ok = ra_file_write(ra_path_join(arena, dir, file), text->text, text->length, err);
    ra_buf_release(text);
    return ok;
}

/* Tables whose names look alike as file names would overwrite each other. */
static void number_names(ra_document *d)
{
    ra_map names = {0};
    for (size_t i = 0; i < d->section_count; i++)
        for (size_t k = 0; k < d->sections[i].table_count; k++) {
            ra_table *t = &d->sections[i].tables[k];
            const char *base = t->name;
            for (int n = 2; ra_map_add(&names, t->name, 0) != RA_MAP_NONE; n++)
                t->name = ra_arena_printf(&d->arena, "%s-%d", base, n);
        }
    ra_map_release(&names);
}

static bool write_parts(const ra_format *format, ra_document *d, const char *dir, ra_error *err)
{
    for (size_t i = 0; i < d->section_count; i++)
        for (size_t k = 0; k < d->sections[i].table_count; k++) {
            const ra_table *t = &d->sections[i].tables[k];
            ra_buf text = {0};
            format->part(&text, t);
            const char *file =
                ra_arena_printf(&d->arena, "tables/%s.%s", t->name, format->part_ending);
            if (!write_buf(&d->arena, dir, file, &text, err))
                return false;
        }
    return true;
}

static bool write_formats(ra_document *d, const ra_report_options *o, unsigned wanted,
                          ra_error *err)
{
    for (size_t i = 0; i < FORMATS; i++) {
        const ra_format *format = formats[i].format;
        if (!(wanted & formats[i].bit))
            continue;
        if (format->part && !write_parts(format, d, o->out_dir, err))
            return false;
        ra_buf text = {0};
        ra_format_document(format, &text, d);
        if (!write_buf(&d->arena, o->out_dir, format->file, &text, err))
            return false;
    }
    return true;
}

static bool write_json(const ra_results *results, const char *dir, ra_error *err)
{
    ra_arena arena = {0};
    bool ok = ra_results_write(results, ra_path_join(&arena, dir, "report.json"), err);
    ra_arena_release(&arena);
    return ok;
}

static bool add_overhead(ra_document *d, const char *path, ra_error *err)
{
    ra_overhead overhead;
    if (!path || !ra_file_exists(path))
        return true;
    if (!ra_overhead_read(&overhead, path, err))
        return false;
    ra_document_add_overhead(d, &overhead);
    ra_overhead_release(&overhead);
    return true;
}

bool ra_report_write(const ra_results *results, const ra_report_options *options, ra_error *err)
{
    unsigned wanted = options->formats ? options->formats : ~0U;
    if (!ra_folder_make(options->out_dir, err) ||
        ((wanted & RA_REPORT_JSON) && !write_json(results, options->out_dir, err)))
        return false;
    ra_document d;
    ra_document_make(&d, results);
    bool ok = add_overhead(&d, options->overhead, err);
    for (size_t i = 0; ok && i < options->claim_count; i++)
        ok = ra_document_add_claims(&d, results, options->claims[i], err);
    if (!ok) {
        ra_document_release(&d);
        return false;
    }
    ra_document_add_provenance(&d, results);
    number_names(&d);
    bool figures = options->figures_dir && ra_folder_exists(options->figures_dir);
    ok = (!figures || ra_figures_add(&d, options->figures_dir, options->out_dir,
                                     wanted & RA_REPORT_HTML, err)) &&
         write_formats(&d, options, wanted, err);
    ra_document_release(&d);
    return ok;
}

static void print(ra_document *d, FILE *out)
{
    ra_buf text = {0};
    ra_format_document(&ra_markdown, &text, d);
    fwrite(text.text, 1, text.length, out);
    ra_buf_release(&text);
    ra_document_release(d);
}

void ra_report_print_overhead(const ra_overhead *overhead, FILE *out)
{
    ra_document d = {0};
    ra_buf text = {0};
    ra_document_add_overhead(&d, overhead);
    for (size_t i = 0; i < d.sections[0].table_count; i++)
        ra_markdown.table(&text, &d.sections[0].tables[i]);
    fwrite(text.text, 1, text.length, out);
    ra_buf_release(&text);
    ra_document_release(&d);
}

void ra_report_print_tables(const ra_results *results, FILE *out)
{
    ra_document d;
    ra_document_make(&d, results);
    ra_document_add_provenance(&d, results);
    print(&d, out);
}

void ra_report_print_costs(const ra_results *results, FILE *out)
{
    ra_document d;
    ra_document_make_costs(&d, results);
    print(&d, out);
}
