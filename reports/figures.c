#include "reports/figures.h"

#include "base/file.h"
#include "reports/passive.h"

#include <stdlib.h>
#include <string.h>

/* What the kinds of figures show (plots/plot.h). */
static const struct {
    const char *suffix, *caption;
} kinds[] = {
    {"-call-performance", "score against the share of calls to the strong model"},
    {"-pgr", "share of the performance gap recovered, against the share of calls to the strong "
             "model"},
    {"-categories", "gap between the models per category"},
    {"-calibration",
     "mean score of a tenth of the items, against the share of them that needed the "
     "strong model"},
    {"-learning", "APGR against the number of gold labels that a router was given"},
    {"-tornado", "dollars saved per million requests if one assumption were another"},
    {"-graders", "scores and gap under each grader"},
    {"-overhead", "dollars per million requests, measured and published"},
    {"-claims", "what was found against what is published, with the range that is possible"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *relative(ra_arena *arena, const char *from, const char *to)
{
    char *a = realpath(from, NULL), *b = realpath(to, NULL);
    const char *result = to;
    if (a && b) {
        size_t same = 0, i = 0;
        for (; a[i] && a[i] == b[i]; i++)
            if (a[i] == '/')
                same = i + 1;
        if (!a[i] && (!b[i] || b[i] == '/')) /* `to` lies below, or is the same */
            result = ra_arena_strdup(arena, b[i] ? b + i + 1 : "");
        else {
            if (!b[i] && a[i] == '/')
                same = i + 1;
            result = "..";
            for (const char *c = a + same; *c; c++)
                result = *c == '/' ? ra_path_join(arena, "..", result) : result;
            if (b[i])
                result = ra_path_join(arena, result, b + same);
        }
    }
    free(a);
    free(b);
    return result;
}

static bool read_svg(ra_arena *arena, const char *path, const char **svg, ra_error *err)
{
    ra_text file;
    if (!ra_file_read(path, &file, err))
        return false;
    const char *start = strstr(file.text, "<svg");
    bool ok =
        start && ra_utf8_check(file.text, file.length) == file.length && ra_svg_is_passive(start);
    if (ok)
        *svg = ra_arena_strdup(arena, start);
    else
        ra_fail(err, RA_ERR_INPUT, path, 0, "not a plain SVG figure",
                "draw the figures again with 'routeassay plot'");
    free(file.text);
    return ok;
}

/* The kind that a figure's name ends in, or KINDS. */
static size_t kind_of(const char *name)
{
    size_t k = 0;
    while (k < KINDS && !ra_has_suffix(name, kinds[k].suffix))
        k++;
    return k;
}

static ra_section *section_of(ra_document *d, const char *name, size_t kind)
{
    size_t length = strlen(name) - (kind < KINDS ? strlen(kinds[kind].suffix) : 0);
    for (size_t i = 0; i < d->section_count; i++)
        for (int k = 0; k < 2; k++) {
            const char *of = d->sections[i].figures_of[k];
            if (of && strlen(of) == length && strncmp(of, name, length) == 0)
                return &d->sections[i];
        }
    ra_section *last = &d->sections[d->section_count - 1];
    return strcmp(last->title, "Further figures") == 0 ? last
                                                       : ra_document_section(d, "Further figures");
}

static void add(ra_document *d, ra_section *s, const ra_figure *f)
{
    ra_figure *all = ra_arena_alloc(&d->arena, s->figure_count + 1, sizeof *all);
    if (s->figure_count > 0)
        memcpy(all, s->figures, s->figure_count * sizeof *all);
    all[s->figure_count++] = *f;
    s->figures = all;
}

typedef struct folder {
    const char *path, *shown; /* as given; from the report */
    char **names;
    size_t count;
    bool read;
} folder;

static bool add_figure(ra_document *d, const folder *from, const char *file, ra_error *err)
{
    ra_arena *a = &d->arena;
    const char *name = ra_arena_strndup(a, file, strlen(file) - strlen(".svg"));
    const char *pdf = ra_arena_printf(a, "%s.pdf", name);
    size_t kind = kind_of(name);
    size_t stem = strlen(name) - (kind < KINDS ? strlen(kinds[kind].suffix) : 0);
    ra_figure f = {.name = ra_printable_text(a, name),
                   .image = ra_path_join(a, from->shown, file),
                   .drawing = ra_file_exists(ra_path_join(a, from->path, pdf))
                                  ? ra_path_join(a, from->shown, pdf)
                                  : NULL};
    f.caption = kind < KINDS ? ra_printable_text(a, ra_arena_printf(a, "%.*s: %s", (int)stem, name,
                                                                    kinds[kind].caption))
                             : f.name;
    if (from->read && !read_svg(a, ra_path_join(a, from->path, file), &f.svg, err))
        return false;
    add(d, section_of(d, name, kind), &f);
    return true;
}

bool ra_figures_add(ra_document *d, const char *figures_dir, const char *out_dir, bool read,
                    ra_error *err)
{
    folder from = {.path = figures_dir, .read = read};
    if (!ra_folder_list(&d->arena, figures_dir, &from.names, &from.count, err))
        return false;
    from.shown = relative(&d->arena, out_dir, figures_dir);
    for (size_t k = 0; k <= KINDS; k++) /* in the order of kinds, others last */
        for (size_t i = 0; i < from.count; i++) {
            const char *file = from.names[i];
            if (!ra_has_suffix(file, ".svg") || file[0] == '.')
                continue;
            const char *name = ra_arena_strndup(&d->arena, file, strlen(file) - strlen(".svg"));
            if (kind_of(name) == k && !add_figure(d, &from, file, err))
                return false;
        }
    return true;
}
