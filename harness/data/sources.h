/* golden/sources.json: the public files that recordings are made from, and published models, by
 * URL, commit, size and SHA-256.
 *
 *     {"schema": "routeassay.sources/1",
 *      "sources": [
 *        {"name": "routellm", "repository": "OWNER/REPO", "commit": 40 hex digits,
 *         "licence": "Apache-2.0", "holds": "one sentence",
 *         "files": [{"path": "folder/file", "url": "https://...", "size": 12, "sha256": ...}]}]}
 *
 * A source may also be a Python package: "package" and "version" stand in for "repository" and
 * "commit", with "wheel_sha256"; its files have no "url" but a "member", their path in the wheel.
 * "on_request": true keeps a source out of what is fetched when none is named.
 *
 * All other fields are needed and no others are taken. The text is as hostile as any other input: a
 * path that could leave the folder it is joined to, and a URL that is not plain http(s), are
 * errors.
 *
 *     ra_sources sources;
 *     if (!ra_sources_read(&sources, "golden/sources.json", err)) return false;
 *     ...
 *     ra_sources_release(&sources);
 */
#ifndef RA_DATA_SOURCES_H
#define RA_DATA_SOURCES_H

#include "base/error.h"
#include "base/memory.h"
#include "base/sha256.h"

#include <stddef.h>
#include <stdint.h>

/* A repository at one commit. */
typedef struct ra_source {
    const char *name;       /* "routellm": letters, digits, - and _ */
    const char *repository; /* "lm-sys/RouteLLM" */
    const char *commit;     /* 40 hex digits */
    const char *licence;
    const char *holds;   /* what is in it, for people */
    const char *package; /* of Python, whose version is `commit` and whose layout "python/NAME" is
                            `repository`; else NULL */
    const char *wheel_sha256; /* of the package's wheel */
    bool on_request;          /* fetched only when it is named */
    size_t first;             /* its files are files[first .. first + count - 1] */
    size_t count;
    uint64_t bytes; /* of all its files */
} ra_source;

typedef struct ra_source_file {
    const char *source; /* name of the source it belongs to: "routellm" */
    const char *path;   /* OWNER/REPO/COMMIT/PATH: below a mirror, and below downloads/ */
    const char *url;    /* https://..., or NULL */
    const char *member; /* path in the wheel of a package, or NULL */
    const char *commit; /* of the repository */
    uint64_t size;      /* bytes */
    ra_digest sha256;
} ra_source_file;

typedef struct ra_sources {
    ra_source *sources; /* in the order of the text */
    size_t source_count;
    ra_source_file *files; /* of all sources; no path is there twice */
    size_t file_count;
    ra_arena arena; /* owns all texts above */
} ra_sources;

/* Reads a file, or `length` bytes of text that `name` stands for in messages. After a failure
 * there is nothing to release. */
RA_MUST_CHECK bool ra_sources_read(ra_sources *sources, const char *path, ra_error *err);
RA_MUST_CHECK bool ra_sources_parse(ra_sources *sources, const char *text, size_t length,
                                    const char *name, ra_error *err);
void ra_sources_release(ra_sources *sources);

/* The source of this name, or NULL. */
const ra_source *ra_sources_find(const ra_sources *sources, const char *name);
/* The first file with this content, or NULL. */
const ra_source_file *ra_sources_by_hash(const ra_sources *sources, const char *sha256);

/* Whether the text is http://HOST... or https://HOST... of printable ASCII, without a user name or
 * password: those would end up in messages. */
bool ra_url_is_plain(const char *url);

#endif
