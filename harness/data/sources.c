#include "data/sources.h"

#include "base/limits.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

static const char schema[] = "routeassay.sources/1";

/* what a text is read into, and what it has been checked for so far */
typedef struct reader {
    ra_sources *sources;
    ra_json_at at;
    size_t source_capacity, file_capacity;
    ra_map names, paths;
} reader;

static bool is_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static bool is_name(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               length;
}

/* One folder or file name. The longest leaves room for what a hidden temporary adds to it. */
static bool is_component(const char *text, size_t length)
{
    if (length == 0 || length > 240 || (length == 1 && text[0] == '.') ||
        (length == 2 && text[0] == '.' && text[1] == '.'))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return true;
}

/* Stays below the folder it is joined to: not absolute, no "..", nothing empty. */
static bool is_relative_path(const char *path, size_t *components)
{
    *components = 0;
    if (strlen(path) > RA_MAX_PATH / 2)
        return false;
    for (;;) {
        size_t length = strcspn(path, "/");
        if (!is_component(path, length))
            return false;
        ++*components;
        if (path[length] == '\0')
            return true;
        path += length + 1;
    }
}

bool ra_url_is_plain(const char *url)
{
    size_t scheme = ra_has_prefix(url, "https://") ? 8 : ra_has_prefix(url, "http://") ? 7 : 0;
    size_t host = scheme ? strcspn(url + scheme, "/?#") : 0;
    if (host == 0 || memchr(url + scheme, '@', host))
        return false;
    for (const char *c = url; *c; c++)
        if (*c <= ' ' || *c == 0x7f || (unsigned char)*c > 0x7f)
            return false;
    return strlen(url) < RA_MAX_PATH;
}

static bool refuse(const reader *r, ra_error *err, const char *field, const char *found,
                   const char *expected)
{
    return ra_failf(err, RA_ERR_INPUT, r->at.file, r->at.line,
                    "field '%s': %s expected, found '%s'", field, expected, found);
}

static bool check_file(reader *r, const ra_source *source, const char *path,
                       const ra_source_file *file, const char *sha256, ra_error *err)
{
    size_t components;
    if (!is_relative_path(path, &components))
        return refuse(r, err, "path", path, "a relative path without '..'");
    if (source->package && !is_relative_path(file->member, &components))
        return refuse(r, err, "member", file->member, "a relative path without '..'");
    if (!source->package && !ra_url_is_plain(file->url))
        /* not shown: it may hold a password */
        return ra_failf(err, RA_ERR_INPUT, r->at.file, r->at.line,
                        "field 'url': http:// or https:// and a host expected, no user name");
    if (!is_hex(sha256, 64))
        return refuse(r, err, "sha256", sha256, "64 lower-case hex digits");
    if (r->sources->file_count >= RA_MAX_SOURCE_FILES)
        return ra_failf(err, RA_ERR_INPUT, r->at.file, r->at.line, "more than %d files",
                        RA_MAX_SOURCE_FILES);
    if (ra_map_add(&r->paths, file->path, 0) != RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, r->at.file, r->at.line, "'%s' of '%s' is there twice",
                        path, source->name);
    return true;
}

static bool read_file(reader *r, const ra_json *entry, const ra_source *source, ra_error *err)
{
    const char *from = source->package ? "member" : "url"; /* where the bytes are */
    const char *const keys[] = {"path", from, "size", "sha256", NULL};
    ra_sources *s = r->sources;
    ra_source_file file = {.source = source->name, .commit = source->commit};
    const char *path, *place, *sha256;
    if (!ra_json_only(entry, keys, r->at, err) ||
        !ra_json_string(entry, "path", r->at, &path, err) ||
        !ra_json_string(entry, from, r->at, &place, err) ||
        !ra_json_string(entry, "sha256", r->at, &sha256, err) ||
        !ra_json_count(entry, "size", r->at, RA_MAX_FILE, &file.size, err))
        return false;
    *(source->package ? &file.member : &file.url) = ra_arena_strdup(&s->arena, place);
    file.path = ra_arena_printf(&s->arena, "%s/%s/%s", source->repository, source->commit, path);
    if (!check_file(r, source, path, &file, sha256, err))
        return false;
    memcpy(file.sha256, sha256, sizeof file.sha256);
    ra_grow(&s->files, &r->file_capacity, s->file_count + 1, sizeof *s->files);
    s->files[s->file_count++] = file;
    return true;
}

static bool read_text(reader *r, const ra_json *entry, const char *key, const char **text,
                      ra_error *err)
{
    if (!ra_json_string(entry, key, r->at, text, err))
        return false;
    *text = ra_arena_strdup(&r->sources->arena, *text);
    return true;
}

/* A package's wheel, and what stands in for repository and commit in the layout of folders. */
static bool read_package(reader *r, const ra_json *entry, ra_source *source, ra_error *err)
{
    if (!read_text(r, entry, "package", &source->package, err) ||
        !read_text(r, entry, "version", &source->commit, err) ||
        !read_text(r, entry, "wheel_sha256", &source->wheel_sha256, err))
        return false;
    source->repository = ra_arena_printf(&r->sources->arena, "python/%s", source->package);
    return true;
}

static bool read_texts(reader *r, const ra_json *entry, ra_source *source, ra_error *err)
{
    return read_text(r, entry, "name", &source->name, err) &&
           (ra_json_get(entry, "package")
                ? read_package(r, entry, source, err)
                : read_text(r, entry, "repository", &source->repository, err) &&
                      read_text(r, entry, "commit", &source->commit, err)) &&
           read_text(r, entry, "licence", &source->licence, err) &&
           read_text(r, entry, "holds", &source->holds, err) &&
           ra_json_maybe_bool(entry, "on_request", r->at, &source->on_request, err);
}

/* What pip takes for a name and a version, and never for an option or another requirement. */
static bool is_requirement(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= 64 && text[0] != '-' && text[0] != '.' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+!") ==
               length;
}

static bool check_package(reader *r, const ra_source *source, ra_error *err)
{
    if (!is_requirement(source->package))
        return refuse(r, err, "package", source->package, "the name of a Python package");
    if (!is_requirement(source->commit))
        return refuse(r, err, "version", source->commit, "a version");
    return is_hex(source->wheel_sha256, 64) ||
           refuse(r, err, "wheel_sha256", source->wheel_sha256, "64 lower-case hex digits");
}

static bool check_source(reader *r, const ra_source *source, ra_error *err)
{
    size_t components;
    if (!is_name(source->name))
        return refuse(r, err, "name", source->name, "letters, digits, - and _");
    if (source->package && !check_package(r, source, err))
        return false;
    if (!is_relative_path(source->repository, &components) || components != 2)
        return refuse(r, err, "repository", source->repository, "OWNER/REPO");
    if (!source->package && !is_hex(source->commit, 40))
        return refuse(r, err, "commit", source->commit, "40 lower-case hex digits");
    if (ra_map_add(&r->names, source->name, 0) != RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, r->at.file, r->at.line, "source '%s' is there twice",
                        source->name);
    return true;
}

static bool read_source(reader *r, const ra_json *entry, ra_error *err)
{
    static const char *const of_repository[] = {"name",  "repository", "commit",     "licence",
                                                "holds", "files",      "on_request", NULL};
    static const char *const of_package[] = {"name",         "package",    "version",
                                             "wheel_sha256", "licence",    "holds",
                                             "files",        "on_request", NULL};
    const char *const *keys = ra_json_get(entry, "package") ? of_package : of_repository;
    ra_sources *s = r->sources;
    ra_source source = {.first = s->file_count};
    const ra_json *files;
    if (!ra_json_only(entry, keys, r->at, err) || !read_texts(r, entry, &source, err) ||
        !check_source(r, &source, err) || !ra_json_array(entry, "files", r->at, &files, err))
        return false;
    for (const ra_json *f = ra_json_first(files); f; f = ra_json_next(f)) {
        if (!read_file(r, f, &source, err))
            return ra_hintf(err, "it is file %zu of source '%s'", source.count + 1, source.name);
        source.bytes += s->files[s->file_count - 1].size;
        source.count++;
    }
    ra_grow(&s->sources, &r->source_capacity, s->source_count + 1, sizeof *s->sources);
    s->sources[s->source_count++] = source;
    return true;
}

static bool read_document(reader *r, const ra_json *doc, ra_error *err)
{
    static const char *const keys[] = {"schema", "sources", NULL};
    const char *found;
    const ra_json *list;
    if (!ra_json_string(doc, "schema", r->at, &found, err))
        return false;
    if (strcmp(found, schema) != 0)
        return refuse(r, err, "schema", found, schema);
    if (!ra_json_only(doc, keys, r->at, err) || !ra_json_array(doc, "sources", r->at, &list, err))
        return false;
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (!read_source(r, e, err))
            return false;
    return true;
}

/* Takes the document. */
static bool fill(ra_sources *sources, ra_json *doc, const char *name, ra_error *err)
{
    *sources = (ra_sources){0};
    if (!doc)
        return false;
    reader r = {.sources = sources, .at = {name, 0}};
    bool ok = read_document(&r, doc, err);
    ra_map_release(&r.names);
    ra_map_release(&r.paths);
    ra_json_free(doc);
    if (!ok)
        ra_sources_release(sources);
    return ok;
}

bool ra_sources_read(ra_sources *sources, const char *path, ra_error *err)
{
    return fill(sources, ra_json_read(path, err), path, err);
}

bool ra_sources_parse(ra_sources *sources, const char *text, size_t length, const char *name,
                      ra_error *err)
{
    return fill(sources, ra_json_parse(text, length, (ra_json_at){name, 1}, err), name, err);
}

void ra_sources_release(ra_sources *sources)
{
    free(sources->sources);
    free(sources->files);
    ra_arena_release(&sources->arena);
    *sources = (ra_sources){0};
}

const ra_source *ra_sources_find(const ra_sources *sources, const char *name)
{
    for (size_t i = 0; i < sources->source_count; i++)
        if (strcmp(sources->sources[i].name, name) == 0)
            return &sources->sources[i];
    return NULL;
}

const ra_source_file *ra_sources_by_hash(const ra_sources *sources, const char *sha256)
{
    for (size_t i = 0; i < sources->file_count; i++)
        if (strcmp(sources->files[i].sha256, sha256) == 0)
            return &sources->files[i];
    return NULL;
}
