#include "data/recording.h"

#include "base/file.h"
#include "base/limits.h"
#include "data/json.h"
#include "data/jsonl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- paths --- */

static char *escape_name(ra_arena *arena, const char *name)
{
    ra_buf escaped = {0};
    for (; *name; name++) {
        if (*name == '/')
            ra_buf_puts(&escaped, "__");
        else
            ra_buf_putc(&escaped, *name);
    }
    char *kept = ra_arena_strdup(arena, escaped.text ? escaped.text : "");
    ra_buf_release(&escaped);
    return kept;
}

const char *ra_set_file(ra_set *set, const char *kind, const char *model, const char *by)
{
    const char *name = escape_name(&set->arena, model);
    if (!by)
        return ra_arena_printf(&set->arena, "%s/%s/%s.jsonl", set->path, kind, name);
    return ra_arena_printf(&set->arena, "%s/%s/%s@%s.jsonl", set->path, kind, name,
                           escape_name(&set->arena, by));
}

bool ra_set_has(ra_set *set, const char *kind, const char *model, const char *by)
{
    return ra_file_exists(ra_set_file(set, kind, model, by));
}

bool ra_set_list(ra_set *set, const char *kind, const char *model, const char ***names,
                 size_t *count, ra_error *err)
{
    char **files;
    size_t n;
    *count = 0;
    *names = NULL;
    const char *folder = ra_path_join(&set->arena, set->path, kind);
    if (!ra_folder_exists(folder))
        return true;
    if (!ra_folder_list(&set->arena, folder, &files, &n, err))
        return false;
    *names = ra_arena_alloc(&set->arena, n, sizeof **names);
    const char *prefix = ra_arena_printf(&set->arena, "%s@", escape_name(&set->arena, model));
    for (size_t i = 0; i < n; i++)
        if (ra_has_prefix(files[i], prefix) && ra_has_suffix(files[i], ".jsonl"))
            (*names)[(*count)++] =
                ra_arena_strndup(&set->arena, files[i] + strlen(prefix),
                                 strlen(files[i]) - strlen(prefix) - strlen(".jsonl"));
    return true;
}

bool ra_set_find(ra_arena *arena, const char *path, const char *benchmark, const char **found,
                 ra_error *err)
{
    const char *candidates[] = {path, ra_path_join(arena, path, benchmark)};
    for (size_t i = 0; i < 2; i++) {
        const char *manifest = ra_path_join(arena, candidates[i], "set.json");
        if (!ra_file_exists(manifest))
            continue;
        ra_json *doc = ra_json_read(manifest, err);
        const char *name;
        if (!doc || !ra_json_string(doc, "benchmark", (ra_json_at){manifest, 1}, &name, err)) {
            ra_json_free(doc);
            return false;
        }
        bool match = strcmp(name, benchmark) == 0;
        ra_json_free(doc);
        if (match) {
            *found = candidates[i];
            return true;
        }
    }
    ra_failf(err, RA_ERR_INPUT, path, 0, "no recording set of benchmark '%s'", benchmark);
    return ra_hintf(err,
                    "--recordings takes a set, or a folder that holds one named '%s'; make "
                    "one with 'routeassay import'",
                    benchmark);
}

/* --- building --- */

bool ra_set_has_model(const ra_set *set, const char *model)
{
    for (size_t i = 0; i < set->model_count; i++)
        if (strcmp(set->models[i], model) == 0)
            return true;
    return false;
}

/* Arrays of the set grow in its arena by doubling: old copies stay until release. */
static void *grown(ra_set *set, void *array, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return array;
    char *bigger = ra_arena_alloc(&set->arena, count ? 2 * count : 1, size);
    if (count > 0)
        memcpy(bigger, array, count * size);
    return bigger;
}

size_t ra_set_add_model(ra_set *set, const char *model)
{
    for (size_t i = 0; i < set->model_count; i++)
        if (strcmp(set->models[i], model) == 0)
            return i;
    set->models = grown(set, set->models, set->model_count, sizeof *set->models);
    set->models[set->model_count] = ra_arena_strdup(&set->arena, model);
    return set->model_count++;
}

static const char *kept(ra_set *set, const char *text)
{
    return text ? ra_arena_strdup(&set->arena, text) : NULL;
}

static const char **kept_list(ra_set *set, const char *const *texts, size_t count)
{
    const char **copy = ra_arena_alloc(&set->arena, count, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = kept(set, texts[i]);
    return copy;
}

bool ra_set_add_item(ra_set *set, const ra_item *item, const char *file, long line, ra_error *err)
{
    size_t length = strlen(item->id);
    if (length == 0 || length > RA_MAX_ID)
        return ra_failf(err, RA_ERR_INPUT, file, line, "item id has %zu bytes, 1 to %d expected",
                        length, RA_MAX_ID);
    if (item->turn_count == 0 || item->turn_count > RA_MAX_TURNS)
        return ra_failf(err, RA_ERR_INPUT, file, line, "item '%s' has %zu turns, 1 to %d expected",
                        item->id, item->turn_count, RA_MAX_TURNS);
    set->items = grown(set, set->items, set->item_count, sizeof *set->items);
    ra_item *added = &set->items[set->item_count];
    *added = *item;
    added->id = kept(set, item->id);
    added->category = kept(set, item->category);
    added->turns = kept_list(set, item->turns, item->turn_count);
    added->reference =
        item->reference ? kept_list(set, item->reference, item->reference_count) : NULL;
    added->excluded = kept(set, item->excluded);
    added->first_slot = set->slot_count;
    if (ra_map_add(&set->by_id, added->id, set->item_count) != RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, file, line, "field 'id': '%s' appears twice", added->id);
    set->item_count++;
    set->slot_count += item->turn_count;
    return true;
}

bool ra_set_add_source(ra_set *set, const char *path, const char *shown, ra_error *err)
{
    set->sources = grown(set, set->sources, set->source_count, sizeof *set->sources);
    ra_set_source *source = &set->sources[set->source_count];
    *source = (ra_set_source){.path = kept(set, shown)};
    ra_text file;
    if (!ra_file_read(path, &file, err))
        return false;
    source->size = (double)file.length;
    ra_sha256_bytes(file.text, file.length, source->sha256);
    free(file.text);
    set->source_count++;
    return true;
}

void ra_set_add_note(ra_set *set, const char *note)
{
    set->notes = grown(set, set->notes, set->note_count, sizeof *set->notes);
    set->notes[set->note_count++] = kept(set, note);
}

void ra_set_warn(ra_set *set, const char *what, double count)
{
    for (size_t i = 0; i < set->warning_count; i++) {
        if (strcmp(set->warnings[i].what, what) == 0) {
            set->warnings[i].count += count;
            return;
        }
    }
    set->warnings = grown(set, set->warnings, set->warning_count, sizeof *set->warnings);
    set->warnings[set->warning_count++] = (ra_set_warning){kept(set, what), count};
}

/* --- reading set.json --- */

static bool read_sources(ra_set *set, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const ra_json *array = NULL;
    if (!ra_json_maybe_array(doc, "sources", at, &array, err))
        return false;
    for (const ra_json *e = ra_json_first(array); e; e = ra_json_next(e)) {
        set->sources = grown(set, set->sources, set->source_count, sizeof *set->sources);
        ra_set_source *s = &set->sources[set->source_count];
        *s = (ra_set_source){0};
        const char *sha;
        if (!ra_json_string(e, "path", at, &s->path, err) ||
            !ra_json_maybe_string(e, "url", at, &s->url, err) ||
            !ra_json_maybe_string(e, "commit", at, &s->commit, err) ||
            !ra_json_number(e, "size", at, &s->size, err) ||
            !ra_json_string(e, "sha256", at, &sha, err))
            return false;
        if (strlen(sha) != 64)
            return ra_fail(err, RA_ERR_INPUT, at.file, at.line,
                           "field 'sha256': 64 hex digits expected", NULL);
        memcpy(s->sha256, sha, sizeof s->sha256);
        s->path = kept(set, s->path);
        s->url = kept(set, s->url);
        s->commit = kept(set, s->commit);
        set->source_count++;
    }
    return true;
}

static bool read_warnings(ra_set *set, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const ra_json *array = NULL;
    if (!ra_json_maybe_array(doc, "warnings", at, &array, err))
        return false;
    for (const ra_json *e = ra_json_first(array); e; e = ra_json_next(e)) {
        const char *what;
        double count;
        if (!ra_json_string(e, "what", at, &what, err) ||
            !ra_json_number(e, "count", at, &count, err))
            return false;
        ra_set_warn(set, what, count);
    }
    return true;
}

static bool read_manifest(ra_set *set, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const char *schema, **names;
    size_t count;
    if (!ra_json_string(doc, "schema", at, &schema, err))
        return false;
    if (strcmp(schema, RA_SET_SCHEMA) != 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'schema': '" RA_SET_SCHEMA "' expected, found '%s'", schema);
    if (!ra_json_string(doc, "name", at, &set->name, err) ||
        !ra_json_string(doc, "benchmark", at, &set->benchmark, err) ||
        !ra_json_maybe_string(doc, "license", at, &set->license, err) ||
        !ra_json_strings(doc, "models", at, &set->arena, &names, &count, err))
        return false;
    set->name = kept(set, set->name);
    set->benchmark = kept(set, set->benchmark);
    set->license = kept(set, set->license);
    if (count > RA_MAX_MODELS)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "more than %d models", RA_MAX_MODELS);
    for (size_t i = 0; i < count; i++) {
        if (ra_set_has_model(set, names[i]))
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "model '%s' appears twice",
                            names[i]);
        ra_set_add_model(set, names[i]);
    }
    if (ra_json_get(doc, "notes")) {
        if (!ra_json_strings(doc, "notes", at, &set->arena, &names, &count, err))
            return false;
        for (size_t i = 0; i < count; i++)
            ra_set_add_note(set, names[i]);
    }
    return read_sources(set, doc, at, err) && read_warnings(set, doc, at, err);
}

static bool read_item(ra_set *set, const ra_jsonl *in, ra_arena *scratch, ra_error *err)
{
    ra_item item = {0};
    const ra_json *reference = NULL;
    if (!ra_json_string(in->object, "id", in->at, &item.id, err) ||
        !ra_json_maybe_string(in->object, "category", in->at, &item.category, err) ||
        !ra_json_strings(in->object, "turns", in->at, scratch, &item.turns, &item.turn_count,
                         err) ||
        !ra_json_maybe_array(in->object, "reference", in->at, &reference, err) ||
        !ra_json_maybe_string(in->object, "excluded", in->at, &item.excluded, err))
        return false;
    if (reference && !ra_json_strings(in->object, "reference", in->at, scratch, &item.reference,
                                      &item.reference_count, err))
        return false;
    return ra_set_add_item(set, &item, in->at.file, in->at.line, err);
}

static bool read_items(ra_set *set, ra_error *err)
{
    ra_jsonl in;
    ra_arena scratch = {0};
    bool ok = ra_jsonl_open(&in, ra_path_join(&set->arena, set->path, "items.jsonl"), err);
    while (ok && ra_jsonl_next(&in, err))
        ok = read_item(set, &in, &scratch, err);
    ok = ra_jsonl_close(&in) && ok;
    ra_arena_release(&scratch);
    if (ok && set->item_count == 0)
        return ra_fail(err, RA_ERR_INPUT, set->path, 0, "items.jsonl has no items", NULL);
    return ok;
}

bool ra_set_open(ra_set *set, const char *path, ra_error *err)
{
    *set = (ra_set){0};
    set->path = ra_arena_strdup(&set->arena, path);
    const char *manifest = ra_path_join(&set->arena, path, "set.json");
    ra_json *doc = ra_json_read(manifest, err);
    bool ok = doc && read_manifest(set, doc, (ra_json_at){manifest, 1}, err);
    ra_json_free(doc);
    ok = ok && read_items(set, err);
    if (!ok)
        ra_set_release(set);
    return ok;
}

void ra_set_release(ra_set *set)
{
    ra_map_release(&set->by_id);
    ra_arena_release(&set->arena);
    *set = (ra_set){0};
}

/* --- tables by slot --- */

typedef bool read_entry(ra_set *set, const ra_jsonl *in, void *entry, ra_error *err);

static bool locate(ra_set *set, const ra_jsonl *in, size_t *slot, ra_error *err)
{
    const char *id;
    uint64_t turn = 1;
    if (!ra_json_string(in->object, "id", in->at, &id, err) ||
        (ra_json_get(in->object, "turn") &&
         !ra_json_count(in->object, "turn", in->at, RA_MAX_TURNS, &turn, err)))
        return false;
    size_t item = ra_map_get(&set->by_id, id);
    if (item == RA_MAP_NONE) {
        ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line, "item '%s' is not in items.jsonl",
                 id);
        return ra_hintf(err, "this file belongs to another set, or the item was removed");
    }
    if (turn < 1 || turn > set->items[item].turn_count)
        return ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line,
                        "item '%s' has %zu turns, found turn %llu", id, set->items[item].turn_count,
                        (unsigned long long)turn);
    *slot = set->items[item].first_slot + (size_t)turn - 1;
    return true;
}

static bool read_table(ra_set *set, const char *kind, const char *model, const char *by,
                       size_t size, read_entry *read, void **table, ra_error *err)
{
    if (!ra_set_has_model(set, model)) {
        ra_failf(err, RA_ERR_INPUT, set->path, 0, "no model '%s' in this set", model);
        ra_buf names = {0};
        for (size_t i = 0; i < set->model_count; i++)
            ra_buf_printf(&names, "%s%s", i ? ", " : "models: ", set->models[i]);
        ra_hintf(err, "%s", names.text ? names.text : "the set has no models");
        ra_buf_release(&names);
        return false;
    }
    ra_jsonl in;
    char *entries = ra_arena_alloc(&set->arena, set->slot_count, size);
    bool *seen = ra_alloc(set->slot_count, sizeof *seen);
    bool ok = ra_jsonl_open(&in, ra_set_file(set, kind, model, by), err);
    while (ok && ra_jsonl_next(&in, err)) {
        size_t slot = 0;
        ok = locate(set, &in, &slot, err);
        if (ok && seen[slot])
            ok = ra_failf(err, RA_ERR_INPUT, in.at.file, in.at.line,
                          "this item and turn appear twice");
        ok = ok && read(set, &in, entries + slot * size, err);
        seen[slot] = true;
    }
    free(seen);
    *table = entries;
    return ra_jsonl_close(&in) && ok;
}

static bool read_output(ra_set *set, const ra_jsonl *in, void *entry, ra_error *err)
{
    ra_output *o = entry;
    *o = (ra_output){true, NULL, NAN, NAN, NAN, NULL, NULL};
    if (!ra_json_maybe_string(in->object, "output", in->at, &o->text, err) ||
        !ra_json_maybe_number(in->object, "prompt_tokens", in->at, &o->prompt_tokens, err) ||
        !ra_json_maybe_number(in->object, "completion_tokens", in->at, &o->completion_tokens,
                              err) ||
        !ra_json_maybe_number(in->object, "latency_ms", in->at, &o->latency_ms, err) ||
        !ra_json_maybe_string(in->object, "served_model", in->at, &o->served_model, err) ||
        !ra_json_maybe_string(in->object, "finish_reason", in->at, &o->finish_reason, err))
        return false;
    o->text = kept(set, o->text);
    o->served_model = kept(set, o->served_model);
    o->finish_reason = kept(set, o->finish_reason);
    return true;
}

static bool read_judgment(ra_set *set, const ra_jsonl *in, void *entry, ra_error *err)
{
    ra_judgment *j = entry;
    *j = (ra_judgment){.present = true};
    if (!ra_json_maybe_string(in->object, "template", in->at, &j->template_name, err) ||
        !ra_json_maybe_string(in->object, "prompt", in->at, &j->prompt, err) ||
        !ra_json_maybe_string(in->object, "judgment", in->at, &j->judgment, err))
        return false;
    j->template_name = kept(set, j->template_name);
    j->prompt = kept(set, j->prompt);
    j->judgment = kept(set, j->judgment);
    return true;
}

static bool read_grade(ra_set *set, const ra_jsonl *in, void *entry, ra_error *err)
{
    ra_grade *g = entry;
    *g = (ra_grade){true, NAN, NULL, NULL};
    if (!ra_json_maybe_number(in->object, "score", in->at, &g->score, err) ||
        !ra_json_maybe_string(in->object, "extracted", in->at, &g->extracted, err) ||
        !ra_json_maybe_string(in->object, "reason", in->at, &g->reason, err))
        return false;
    if (isnan(g->score) && !g->reason)
        return ra_fail(err, RA_ERR_INPUT, in->at.file, in->at.line,
                       "field 'reason' missing (a grade without a score must say why)", NULL);
    g->extracted = kept(set, g->extracted);
    g->reason = kept(set, g->reason);
    return true;
}

bool ra_set_outputs(ra_set *set, const char *model, ra_output **out, ra_error *err)
{
    void *table;
    bool ok = read_table(set, "outputs", model, NULL, sizeof(ra_output), read_output, &table, err);
    *out = ok ? table : NULL;
    return ok;
}

bool ra_set_judgments(ra_set *set, const char *model, const char *judge, ra_judgment **out,
                      ra_error *err)
{
    void *table;
    bool ok =
        read_table(set, "judgments", model, judge, sizeof(ra_judgment), read_judgment, &table, err);
    *out = ok ? table : NULL;
    return ok;
}

bool ra_set_grades(ra_set *set, const char *model, const char *grader, ra_grade **out,
                   ra_error *err)
{
    void *table;
    bool ok = read_table(set, "grades", model, grader, sizeof(ra_grade), read_grade, &table, err);
    *out = ok ? table : NULL;
    return ok;
}

/* --- writing --- */

static void put(ra_buf *line, const char *key, const char *text)
{
    ra_buf_printf(line, ",\"%s\":", key);
    ra_json_quote(line, text);
}

static void put_number(ra_buf *line, const char *key, double value)
{
    ra_buf_printf(line, ",\"%s\":", key);
    ra_buf_number(line, value);
}

static void format_output(ra_buf *line, const void *entry)
{
    const ra_output *o = entry;
    put(line, "output", o->text);
    put_number(line, "prompt_tokens", o->prompt_tokens);
    put_number(line, "completion_tokens", o->completion_tokens);
    put_number(line, "latency_ms", o->latency_ms);
    put(line, "served_model", o->served_model);
    put(line, "finish_reason", o->finish_reason);
}

static void format_judgment(ra_buf *line, const void *entry)
{
    const ra_judgment *j = entry;
    put(line, "template", j->template_name);
    put(line, "prompt", j->prompt);
    put(line, "judgment", j->judgment);
}

static void format_grade(ra_buf *line, const void *entry)
{
    const ra_grade *g = entry;
    put_number(line, "score", g->score);
    put(line, "extracted", g->extracted);
    put(line, "reason", g->reason);
}

/* Every entry type starts with `bool present`. */
static bool write_table(ra_set *set, const char *path, const void *table, size_t size,
                        void (*format)(ra_buf *, const void *), ra_error *err)
{
    ra_writer w;
    if (!ra_writer_open(&w, path, err))
        return false;
    ra_buf line = {0};
    for (size_t i = 0; i < set->item_count; i++) {
        for (size_t t = 0; t < set->items[i].turn_count; t++) {
            const char *entry = (const char *)table + (set->items[i].first_slot + t) * size;
            if (!*(const bool *)entry)
                continue;
            line.length = 0;
            ra_buf_puts(&line, "{\"id\":");
            ra_json_quote(&line, set->items[i].id);
            ra_buf_printf(&line, ",\"turn\":%zu", t + 1);
            format(&line, entry);
            ra_buf_puts(&line, "}\n");
            fwrite(line.text, 1, line.length, w.stream);
        }
    }
    ra_buf_release(&line);
    return ra_writer_commit(&w, err);
}

bool ra_set_write_outputs(ra_set *set, const char *model, const ra_output *outputs, ra_error *err)
{
    return write_table(set, ra_set_file(set, "outputs", model, NULL), outputs, sizeof *outputs,
                       format_output, err);
}

bool ra_set_write_judgments(ra_set *set, const char *model, const char *judge,
                            const ra_judgment *judgments, ra_error *err)
{
    return write_table(set, ra_set_file(set, "judgments", model, judge), judgments,
                       sizeof *judgments, format_judgment, err);
}

bool ra_set_write_grades(ra_set *set, const char *model, const char *grader, const ra_grade *grades,
                         ra_error *err)
{
    return write_table(set, ra_set_file(set, "grades", model, grader), grades, sizeof *grades,
                       format_grade, err);
}

static void print_strings(ra_buf *out, const char *const *texts, size_t count)
{
    ra_buf_putc(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            ra_buf_putc(out, ',');
        ra_json_quote(out, texts[i]);
    }
    ra_buf_putc(out, ']');
}

static bool write_items(ra_set *set, ra_error *err)
{
    ra_writer w;
    if (!ra_writer_open(&w, ra_path_join(&set->arena, set->path, "items.jsonl"), err))
        return false;
    ra_buf line = {0};
    for (size_t i = 0; i < set->item_count; i++) {
        const ra_item *item = &set->items[i];
        line.length = 0;
        ra_buf_puts(&line, "{\"id\":");
        ra_json_quote(&line, item->id);
        put(&line, "category", item->category);
        ra_buf_puts(&line, ",\"turns\":");
        print_strings(&line, item->turns, item->turn_count);
        ra_buf_puts(&line, ",\"reference\":");
        if (item->reference)
            print_strings(&line, item->reference, item->reference_count);
        else
            ra_buf_puts(&line, "null");
        put(&line, "excluded", item->excluded);
        ra_buf_puts(&line, "}\n");
        fwrite(line.text, 1, line.length, w.stream);
    }
    ra_buf_release(&line);
    return ra_writer_commit(&w, err);
}

static ra_json *strings_json(const char *const *texts, size_t count)
{
    ra_json *array = ra_json_new_array();
    for (size_t i = 0; i < count; i++)
        ra_json_add_string(array, texts[i]);
    return array;
}

bool ra_set_write(ra_set *set, ra_error *err)
{
    if (!write_items(set, err))
        return false;
    ra_json *doc = ra_json_new_object();
    ra_json_put_string(doc, "schema", RA_SET_SCHEMA);
    ra_json_put_string(doc, "name", set->name);
    ra_json_put_string(doc, "benchmark", set->benchmark);
    ra_json_put(doc, "models", strings_json(set->models, set->model_count));
    ra_json *sources = ra_json_new_array();
    for (size_t i = 0; i < set->source_count; i++) {
        ra_json *s = ra_json_new_object();
        ra_json_put_string(s, "path", set->sources[i].path);
        ra_json_put_string(s, "url", set->sources[i].url);
        ra_json_put_string(s, "commit", set->sources[i].commit);
        ra_json_put_number(s, "size", set->sources[i].size);
        ra_json_put_string(s, "sha256", set->sources[i].sha256);
        ra_json_add(sources, s);
    }
    ra_json_put(doc, "sources", sources);
    ra_json_put_string(doc, "license", set->license);
    ra_json_put(doc, "notes", strings_json(set->notes, set->note_count));
    ra_json *warnings = ra_json_new_array();
    for (size_t i = 0; i < set->warning_count; i++) {
        ra_json *w = ra_json_new_object();
        ra_json_put_string(w, "what", set->warnings[i].what);
        ra_json_put_number(w, "count", set->warnings[i].count);
        ra_json_add(warnings, w);
    }
    ra_json_put(doc, "warnings", warnings);
    bool ok = ra_json_write(ra_path_join(&set->arena, set->path, "set.json"), doc, err);
    ra_json_free(doc);
    return ok;
}
