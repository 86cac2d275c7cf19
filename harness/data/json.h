/* JSON: a strict wrapper around cJSON. The only file that calls cJSON is json.c.
 *
 * Reading refuses what cJSON lets pass: invalid UTF-8, raw control characters, \u0000, numbers such
 * as 01 or 0x10, duplicate keys, text after the value, nesting deeper than RA_MAX_JSON_DEPTH. Keys
 * are case-sensitive. Getters say what they expected, where, and name the field:
 *
 *     ra_json *doc = ra_json_parse(text, length, at, err);      at = {path, line}
 *     if (!doc || !ra_json_string(doc, "name", at, &name, err)) ...
 *     ra_json_free(doc);
 *
 * Strings that getters return live as long as the document. Writing: build a tree with the
 * ra_json_new / ra_json_put functions and print it; numbers are written in the shortest form that
 * reads back equal, and a double that is not finite becomes null.
 */
#ifndef RA_DATA_JSON_H
#define RA_DATA_JSON_H

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <stdint.h>

typedef struct cJSON ra_json;

/* Where a text came from, for messages. line is the line its first byte stands in (1-based). */
typedef struct ra_json_at {
    const char *file;
    long line;
} ra_json_at;

/* Parses one JSON text of `length` bytes, after which a byte that is no digit follows (a zero, a
 * line end). NULL and an error that names line and byte offset. */
ra_json *ra_json_parse(const char *text, size_t length, ra_json_at at, ra_error *err);
/* Parses a whole file (a BOM is skipped). */
ra_json *ra_json_read(const char *path, ra_error *err);
void ra_json_free(ra_json *doc);

/* --- reading: required fields; wrong type, missing or null is an error --- */
RA_MUST_CHECK bool ra_json_string(const ra_json *object, const char *key, ra_json_at at,
                                  const char **out, ra_error *err);
RA_MUST_CHECK bool ra_json_number(const ra_json *object, const char *key, ra_json_at at,
                                  double *out, ra_error *err);
RA_MUST_CHECK bool ra_json_count(const ra_json *object, const char *key, ra_json_at at,
                                 uint64_t max, uint64_t *out, ra_error *err);
RA_MUST_CHECK bool ra_json_bool(const ra_json *object, const char *key, ra_json_at at, bool *out,
                                ra_error *err);
RA_MUST_CHECK bool ra_json_array(const ra_json *object, const char *key, ra_json_at at,
                                 const ra_json **out, ra_error *err);
RA_MUST_CHECK bool ra_json_object(const ra_json *object, const char *key, ra_json_at at,
                                  const ra_json **out, ra_error *err);

/* --- reading: optional fields; missing or null leaves *out as the caller set it --- */
RA_MUST_CHECK bool ra_json_maybe_string(const ra_json *object, const char *key, ra_json_at at,
                                        const char **out, ra_error *err);
RA_MUST_CHECK bool ra_json_maybe_number(const ra_json *object, const char *key, ra_json_at at,
                                        double *out, ra_error *err);
RA_MUST_CHECK bool ra_json_maybe_bool(const ra_json *object, const char *key, ra_json_at at,
                                      bool *out, ra_error *err);
RA_MUST_CHECK bool ra_json_maybe_array(const ra_json *object, const char *key, ra_json_at at,
                                       const ra_json **out, ra_error *err);
RA_MUST_CHECK bool ra_json_maybe_object(const ra_json *object, const char *key, ra_json_at at,
                                        const ra_json **out, ra_error *err);

/* An array of strings (key may be NULL: then `object` is the array), copied into the arena. */
RA_MUST_CHECK bool ra_json_strings(const ra_json *object, const char *key, ra_json_at at,
                                   ra_arena *arena, const char ***out, size_t *count,
                                   ra_error *err);
/* Fails, naming the field, when the object has a key that the NULL-terminated list has not. */
RA_MUST_CHECK bool ra_json_only(const ra_json *object, const char *const *keys, ra_json_at at,
                                ra_error *err);

/* Field of an object or NULL; element type tests; walking. */
const ra_json *ra_json_get(const ra_json *object, const char *key);
/* The value at a JSON pointer (RFC 6901: "/choices/0/model", "" = the whole), NULL if none is. */
const ra_json *ra_json_at_pointer(const ra_json *doc, const char *pointer);
const ra_json *ra_json_first(const ra_json *array_or_object);
const ra_json *ra_json_next(const ra_json *element);
size_t ra_json_size(const ra_json *array_or_object);
const char *ra_json_key(const ra_json *element); /* of an object's element */
bool ra_json_is_object(const ra_json *value);
bool ra_json_is_array(const ra_json *value);
bool ra_json_is_null(const ra_json *value);
const char *ra_json_text(const ra_json *value);        /* NULL if not a string */
bool ra_json_value(const ra_json *value, double *out); /* false if not a number */
bool ra_json_truth(const ra_json *value, bool *out);   /* false if not a boolean */

/* --- writing --- */
ra_json *ra_json_new_object(void);
ra_json *ra_json_new_array(void);
void ra_json_put_string(ra_json *object, const char *key, const char *text); /* NULL -> null */
void ra_json_put_number(ra_json *object, const char *key, double value);     /* NaN -> null */
void ra_json_put_bool(ra_json *object, const char *key, bool value);
void ra_json_put_null(ra_json *object, const char *key);
/* Takes the value. */
void ra_json_put(ra_json *object, const char *key, ra_json *value);
void ra_json_add(ra_json *array, ra_json *value);
void ra_json_add_number(ra_json *array, double value);
void ra_json_add_string(ra_json *array, const char *text);
/* Deep copy, for passing parts of one document into another. */
ra_json *ra_json_copy(const ra_json *value);

/* Compact text of the value, appended to the buffer. */
void ra_json_print(const ra_json *value, ra_buf *out);
/* The same to a stream. */
void ra_json_show(const ra_json *value, FILE *out);
/* Writes the pretty text atomically. */
RA_MUST_CHECK bool ra_json_write(const char *path, const ra_json *value, ra_error *err);

/* Appends a JSON string literal with quotes, for writers that stream lines. NULL -> null */
void ra_json_quote(ra_buf *out, const char *text);

#endif
