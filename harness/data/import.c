/* The only list of import formats, and what all of them share: a set is built beside its place and
 * moved there when it is complete. */
#include "data/import.h"

#include "base/file.h"
#include "data/csv.h"
#include "data/jsonl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

extern const ra_import_format ra_import_routellm, ra_import_fastchat, ra_import_lm_eval,
    ra_import_csv, ra_import_jsonl;

const ra_import_format *const ra_import_formats[] = {&ra_import_routellm, &ra_import_fastchat,
                                                     &ra_import_lm_eval,  &ra_import_csv,
                                                     &ra_import_jsonl,    NULL};

static const ra_import_format *find(const char *name, ra_error *err)
{
    ra_buf known = {0};
    const ra_import_format *found = NULL;
    for (const ra_import_format *const *f = ra_import_formats; *f; f++) {
        if (strcmp((*f)->name, name) == 0)
            found = *f;
        ra_buf_printf(&known, " %s", (*f)->name);
    }
    if (!found) {
        ra_failf(err, RA_ERR_USAGE, NULL, 0, "unknown format '%s'", name);
        ra_hintf(err, "known:%s", known.text);
    }
    ra_buf_release(&known);
    return found;
}

/* PARENT/.NAME.import */
static const char *building_place(ra_arena *arena, const char *out)
{
    size_t length = strlen(out);
    while (length > 1 && out[length - 1] == '/')
        length--;
    const char *path = ra_arena_strndup(arena, out, length), *slash = strrchr(path, '/');
    if (!slash)
        return ra_arena_printf(arena, ".%s.import", path);
    return ra_arena_printf(arena, "%.*s/.%s.import", (int)(slash - path), path, slash + 1);
}

/* Only what import made may be replaced. */
static bool check_target(ra_arena *arena, const char *out, ra_error *err)
{
    char **names;
    size_t count;
    if (!ra_folder_exists(out))
        return !ra_file_exists(out) ||
               ra_fail(err, RA_ERR_INPUT, out, 0, "is a file, a folder expected", NULL);
    if (ra_file_exists(ra_path_join(arena, out, "set.json")))
        return true;
    if (!ra_folder_list(arena, out, &names, &count, err))
        return false;
    return count == 0 || ra_fail(err, RA_ERR_INPUT, out, 0, "is a folder, but no recording set",
                                 "choose another --out, or move it away");
}

static bool move_into_place(const char *built, const char *out, ra_error *err)
{
    if (!ra_folder_exists(out))
        return rename(built, out) == 0 || ra_fail_errno(err, out, "make");
    /* the old set stands in its place until the new one does */
    if (renameat2(AT_FDCWD, built, AT_FDCWD, out, RENAME_EXCHANGE) != 0)
        return ra_fail_errno(err, out, "replace");
    return ra_folder_remove(built, err);
}

/* --- lists of items to leave out --- */

/* Marks one item, unless it is excluded for another reason. Ids of other sets may stand in the list
 * too. */
static bool exclude(ra_set *set, const char *id, const char *why, ra_json_at at, size_t *marked,
                    ra_error *err)
{
    size_t item = ra_map_get(&set->by_id, id);
    if (!*why)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "field 'excluded' is empty");
    if (item != RA_MAP_NONE && !set->items[item].excluded) {
        set->items[item].excluded = ra_arena_strdup(&set->arena, why);
        ++*marked;
    }
    return true;
}

static bool exclude_csv(const char *path, ra_set *set, size_t *marked, ra_error *err)
{
    ra_csv csv;
    size_t id = 0, why = 0;
    if (!ra_csv_read(&csv, path, err))
        return false;
    bool ok = ra_csv_need(&csv, "id", &id, err) && ra_csv_need(&csv, "excluded", &why, err);
    for (size_t row = 0; ok && row < csv.rows; row++)
        ok = exclude(set, ra_csv_cell(&csv, row, id), ra_csv_cell(&csv, row, why),
                     (ra_json_at){path, csv.lines[row]}, marked, err);
    ra_csv_release(&csv);
    return ok;
}

static bool exclude_jsonl(const char *path, ra_set *set, size_t *marked, ra_error *err)
{
    ra_jsonl in;
    bool ok = ra_jsonl_open(&in, path, err);
    while (ok && ra_jsonl_next(&in, err)) {
        const char *id, *why;
        ok = ra_json_string(in.object, "id", in.at, &id, err) &&
             ra_json_string(in.object, "excluded", in.at, &why, err) &&
             exclude(set, id, why, in.at, marked, err);
    }
    return ra_jsonl_close(&in) && ok;
}

static bool exclude_list(const char *path, ra_set *set, ra_error *err)
{
    size_t marked = 0;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool jsonl = ra_has_suffix(path, ".jsonl");
    if (!(jsonl ? exclude_jsonl : exclude_csv)(path, set, &marked, err) ||
        !ra_set_add_source(set, path, name, err))
        return false;
    ra_set_add_note(set, ra_arena_printf(&set->arena, "%zu items excluded by %s", marked, name));
    return true;
}

static bool build(const ra_import *import, const ra_import_format *format, const char *place,
                  ra_error *err)
{
    ra_set set = {.path = place, .benchmark = import->benchmark, .license = import->license};
    set.name = import->name ? import->name
                            : ra_arena_printf(&set.arena, "%s-%s", format->name, import->benchmark);
    bool ok = format->build(import, &set, err);
    if (ok && set.item_count == 0)
        ok = ra_fail(err, RA_ERR_INPUT, import->inputs[0], 0, "no items", NULL);
    ok = ok && (!import->exclude || exclude_list(import->exclude, &set, err)) &&
         ra_set_write(&set, err);
    set.path = NULL;
    ra_set_release(&set);
    return ok;
}

bool ra_import_run(const ra_import *import, ra_error *err)
{
    ra_arena arena = {0};
    const ra_import_format *format = find(import->format, err);
    bool ok = format && check_target(&arena, import->out, err);
    if (ok) {
        const char *place = building_place(&arena, import->out);
        ok = ra_folder_remove(place, err) && ra_folder_make(place, err) &&
             build(import, format, place, err) && move_into_place(place, import->out, err);
        ra_error ignored;
        if (!ok && !ra_folder_remove(place, &ignored))
            fprintf(stderr, "import: could not remove %s\n", place);
    }
    ra_arena_release(&arena);
    return ok;
}
