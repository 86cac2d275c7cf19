#include "data/json.h"

#include "base/limits.h"
#include "base/memory.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the scan before parsing: everything that cJSON would let pass --- */

typedef struct scan {
    const char *text;
    size_t length, at;
    long line;
    const char *problem;
} scan;

static bool scan_bad(scan *s, const char *problem)
{
    s->problem = problem;
    return false;
}

static bool scan_string(scan *s)
{
    for (s->at++; s->at < s->length; s->at++) {
        unsigned char c = (unsigned char)s->text[s->at];
        if (c == '"')
            return true;
        if (c < 0x20)
            return scan_bad(s, c ? "raw control character in a string" : "NUL byte in a string");
        if (c != '\\')
            continue;
        s->at++;
        if (s->at + 4 < s->length && strncmp(s->text + s->at, "u0000", 5) == 0)
            return scan_bad(s, "\\u0000 in a string is not supported");
    }
    return scan_bad(s, "unterminated string");
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool scan_number(scan *s)
{
    const char *p = s->text + s->at;
    if (*p == '-')
        p++;
    size_t digits = strspn(p, "0123456789");
    bool good = digits > 0 && (digits == 1 || *p != '0');
    p += digits;
    if (*p == '.') {
        digits = strspn(++p, "0123456789");
        good = good && digits > 0;
        p += digits;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-')
            p++;
        digits = strspn(p, "0123456789");
        good = good && digits > 0;
        p += digits;
    }
    if (!good || (*p && !strchr(" \t\r\n,]}", *p)))
        return scan_bad(s, "not a JSON number");
    s->at = (size_t)(p - s->text) - 1;
    return true;
}

static bool scan_text(scan *s)
{
    int depth = 0;
    for (; s->at < s->length; s->at++) {
        char c = s->text[s->at];
        if (c == '\n')
            s->line++;
        else if (c == '\0')
            return scan_bad(s, "NUL byte");
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        else if (c == '"' && !scan_string(s))
            return false;
        else if ((c == '-' || (c >= '0' && c <= '9')) && !scan_number(s))
            return false;
        if (depth > RA_MAX_JSON_DEPTH)
            return scan_bad(s, "nested too deeply");
    }
    return true;
}

static bool check_text(const char *text, size_t length, ra_json_at at, ra_error *err)
{
    scan s = {text, length, 0, at.line, NULL};
    size_t valid = ra_utf8_check(text, length);
    if (valid < length) {
        s.at = valid;
        for (size_t i = 0; i < valid; i++)
            s.line += text[i] == '\n';
        s.problem = "invalid UTF-8";
    } else if (scan_text(&s)) {
        return true;
    }
    ra_failf(err, RA_ERR_INPUT, at.file, s.line, "%s (byte %zu of this JSON text)", s.problem,
             s.at + 1);
    return ra_hintf(err, "the text must be JSON in UTF-8");
}

static bool unique_keys(const cJSON *value, const char **twice)
{
    if (cJSON_IsObject(value)) {
        ra_map seen = {0};
        size_t few = 0;
        bool large = cJSON_GetArraySize(value) > 16;
        for (const cJSON *a = value->child; a && !*twice; a = a->next, few++) {
            if (large && ra_map_add(&seen, a->string, few) != RA_MAP_NONE)
                *twice = a->string;
            for (const cJSON *b = large ? NULL : a->next; b; b = b->next)
                if (strcmp(a->string, b->string) == 0)
                    *twice = a->string;
        }
        ra_map_release(&seen);
    }
    if (cJSON_IsObject(value) || cJSON_IsArray(value))
        for (const cJSON *child = value->child; child && !*twice; child = child->next)
            (void)unique_keys(child, twice);
    return *twice == NULL;
}

ra_json *ra_json_parse(const char *text, size_t length, ra_json_at at, ra_error *err)
{
    if (!check_text(text, length, at, err))
        return NULL;
    const char *end = NULL;
    cJSON *doc = cJSON_ParseWithLengthOpts(text, length, &end, false);
    while (doc && end < text + length && strchr(" \t\r\n", *end))
        end++;
    if (!doc || end != text + length) {
        long line = at.line;
        for (const char *p = text; end && p < end; p++)
            line += *p == '\n';
        bool empty = strspn(text, " \t\r\n") >= length;
        ra_failf(err, RA_ERR_INPUT, at.file, line, "%s (byte %zu of this JSON text)",
                 empty ? "empty, expected JSON"
                 : doc ? "text after the end of the JSON value"
                       : "not valid JSON, or cut off",
                 end ? (size_t)(end - text) + 1 : 1);
        cJSON_Delete(doc);
        return NULL;
    }
    const char *twice = NULL;
    if (!unique_keys(doc, &twice)) {
        ra_failf(err, RA_ERR_INPUT, at.file, at.line, "duplicate key '%s'", twice);
        cJSON_Delete(doc);
        return NULL;
    }
    return doc;
}

ra_json *ra_json_read(const char *path, ra_error *err)
{
    ra_text file;
    if (!ra_file_read(path, &file, err))
        return NULL;
    size_t skip = ra_has_prefix(file.text, "\xef\xbb\xbf") ? 3 : 0;
    ra_json *doc = ra_json_parse(file.text + skip, file.length - skip, (ra_json_at){path, 1}, err);
    free(file.text);
    return doc;
}

void ra_json_free(ra_json *doc)
{
    cJSON_Delete(doc);
}

/* --- getters --- */

const ra_json *ra_json_get(const ra_json *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* The key that a token of a pointer means: ~1 is '/', ~0 is '~'. */
static void unescape(const char *token, size_t length, ra_buf *out)
{
    for (size_t i = 0; i < length; i++) {
        bool escaped =
            token[i] == '~' && i + 1 < length && (token[i + 1] == '0' || token[i + 1] == '1');
        if (!escaped)
            ra_buf_putc(out, token[i]);
        else
            ra_buf_putc(out, token[++i] == '0' ? '~' : '/');
    }
}

static const ra_json *element(const ra_json *array, const char *index)
{
    uint64_t n;
    if (!ra_parse_count(index, RA_MAX_LINE, &n) || (index[0] == '0' && index[1]))
        return NULL;
    return cJSON_GetArrayItem(array, (int)n);
}

const ra_json *ra_json_at_pointer(const ra_json *doc, const char *pointer)
{
    if (*pointer && *pointer != '/')
        return NULL;
    while (doc && *pointer) {
        size_t length = strcspn(++pointer, "/");
        ra_buf key = {0};
        unescape(pointer, length, &key);
        const char *name = key.text ? key.text : "";
        doc = cJSON_IsArray(doc) ? element(doc, name) : ra_json_get(doc, name);
        ra_buf_release(&key);
        pointer += length;
    }
    return doc;
}

static const char *type_name(const ra_json *value)
{
    if (!value)
        return "nothing";
    if (cJSON_IsNull(value))
        return "null";
    if (cJSON_IsBool(value))
        return "a boolean";
    if (cJSON_IsNumber(value))
        return "a number";
    if (cJSON_IsString(value))
        return "a string";
    return cJSON_IsArray(value) ? "an array" : "an object";
}

static bool wrong(const ra_json *object, const char *key, ra_json_at at, const char *expected,
                  ra_error *err)
{
    if (!cJSON_IsObject(object))
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "expected an object with field '%s', found %s", key, type_name(object));
    const ra_json *value = ra_json_get(object, key);
    if (!value)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "field '%s' missing (%s expected)",
                        key, expected);
    return ra_failf(err, RA_ERR_INPUT, at.file, at.line, "field '%s': %s expected, found %s", key,
                    expected, type_name(value));
}

bool ra_json_string(const ra_json *object, const char *key, ra_json_at at, const char **out,
                    ra_error *err)
{
    const ra_json *value = ra_json_get(object, key);
    if (!cJSON_IsString(value))
        return wrong(object, key, at, "a string", err);
    *out = value->valuestring;
    return true;
}

bool ra_json_number(const ra_json *object, const char *key, ra_json_at at, double *out,
                    ra_error *err)
{
    const ra_json *value = ra_json_get(object, key);
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble))
        return wrong(object, key, at, "a finite number", err);
    *out = value->valuedouble;
    return true;
}

bool ra_json_count(const ra_json *object, const char *key, ra_json_at at, uint64_t max,
                   uint64_t *out, ra_error *err)
{
    double value = 0;
    if (!ra_json_number(object, key, at, &value, err))
        return false;
    if (value < 0 || value > 0x1p53 || value > (double)max || value > floor(value))
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field '%s': a whole number from 0 to %llu expected, found %.17g", key,
                        (unsigned long long)max, value);
    *out = (uint64_t)value;
    return true;
}

bool ra_json_bool(const ra_json *object, const char *key, ra_json_at at, bool *out, ra_error *err)
{
    const ra_json *value = ra_json_get(object, key);
    if (!cJSON_IsBool(value))
        return wrong(object, key, at, "true or false", err);
    *out = cJSON_IsTrue(value) != 0;
    return true;
}

bool ra_json_array(const ra_json *object, const char *key, ra_json_at at, const ra_json **out,
                   ra_error *err)
{
    const ra_json *value = ra_json_get(object, key);
    if (!cJSON_IsArray(value))
        return wrong(object, key, at, "an array", err);
    *out = value;
    return true;
}

bool ra_json_object(const ra_json *object, const char *key, ra_json_at at, const ra_json **out,
                    ra_error *err)
{
    const ra_json *value = ra_json_get(object, key);
    if (!cJSON_IsObject(value))
        return wrong(object, key, at, "an object", err);
    *out = value;
    return true;
}

static bool absent(const ra_json *object, const char *key)
{
    const ra_json *value = ra_json_get(object, key);
    return cJSON_IsObject(object) && (!value || cJSON_IsNull(value));
}

bool ra_json_maybe_string(const ra_json *object, const char *key, ra_json_at at, const char **out,
                          ra_error *err)
{
    return absent(object, key) || ra_json_string(object, key, at, out, err);
}

bool ra_json_maybe_number(const ra_json *object, const char *key, ra_json_at at, double *out,
                          ra_error *err)
{
    return absent(object, key) || ra_json_number(object, key, at, out, err);
}

bool ra_json_maybe_bool(const ra_json *object, const char *key, ra_json_at at, bool *out,
                        ra_error *err)
{
    return absent(object, key) || ra_json_bool(object, key, at, out, err);
}

bool ra_json_maybe_array(const ra_json *object, const char *key, ra_json_at at, const ra_json **out,
                         ra_error *err)
{
    return absent(object, key) || ra_json_array(object, key, at, out, err);
}

bool ra_json_maybe_object(const ra_json *object, const char *key, ra_json_at at,
                          const ra_json **out, ra_error *err)
{
    return absent(object, key) || ra_json_object(object, key, at, out, err);
}

bool ra_json_strings(const ra_json *object, const char *key, ra_json_at at, ra_arena *arena,
                     const char ***out, size_t *count, ra_error *err)
{
    const ra_json *array = object;
    if (key && !ra_json_array(object, key, at, &array, err))
        return false;
    size_t n = 0;
    *out = ra_arena_alloc(arena, ra_json_size(array), sizeof **out);
    for (const ra_json *e = ra_json_first(array); e; e = ra_json_next(e)) {
        if (!cJSON_IsString(e))
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                            "field '%s'[%zu]: a string expected, found %s", key ? key : "", n,
                            type_name(e));
        (*out)[n++] = ra_arena_strdup(arena, e->valuestring);
    }
    *count = n;
    return true;
}

bool ra_json_only(const ra_json *object, const char *const *keys, ra_json_at at, ra_error *err)
{
    for (const ra_json *e = ra_json_first(object); e; e = ra_json_next(e)) {
        size_t k = 0;
        while (keys[k] && strcmp(keys[k], e->string) != 0)
            k++;
        if (keys[k])
            continue;
        ra_buf known = {0};
        for (k = 0; keys[k]; k++)
            ra_buf_printf(&known, "%s%s", k ? ", " : "known here: ", keys[k]);
        ra_failf(err, RA_ERR_INPUT, at.file, at.line, "unknown field '%s'", e->string);
        ra_hintf(err, "%s", known.text ? known.text : "no fields are known here");
        ra_buf_release(&known);
        return false;
    }
    return true;
}

const ra_json *ra_json_first(const ra_json *array_or_object)
{
    return array_or_object ? array_or_object->child : NULL;
}

const ra_json *ra_json_next(const ra_json *element)
{
    return element->next;
}

size_t ra_json_size(const ra_json *array_or_object)
{
    return (size_t)cJSON_GetArraySize(array_or_object);
}

const char *ra_json_key(const ra_json *element)
{
    return element->string;
}

bool ra_json_is_object(const ra_json *value)
{
    return cJSON_IsObject(value) != 0;
}

bool ra_json_is_array(const ra_json *value)
{
    return cJSON_IsArray(value) != 0;
}

bool ra_json_is_null(const ra_json *value)
{
    return cJSON_IsNull(value) != 0;
}

const char *ra_json_text(const ra_json *value)
{
    return cJSON_IsString(value) ? value->valuestring : NULL;
}

bool ra_json_value(const ra_json *value, double *out)
{
    if (!cJSON_IsNumber(value))
        return false;
    *out = value->valuedouble;
    return true;
}

bool ra_json_truth(const ra_json *value, bool *out)
{
    if (!cJSON_IsBool(value))
        return false;
    *out = cJSON_IsTrue(value) != 0;
    return true;
}

/* --- building --- */

static ra_json *must(ra_json *value)
{
    if (!value) {
        fputs("routeassay: out of memory\n", stderr);
        exit(RA_ERR_INTERNAL);
    }
    return value;
}

static ra_json *new_number(double value)
{
    char text[32];
    if (!isfinite(value))
        return must(cJSON_CreateNull());
    ra_format_number(text, value);
    return must(cJSON_CreateRaw(text));
}

static ra_json *new_string(const char *text)
{
    return must(text ? cJSON_CreateString(text) : cJSON_CreateNull());
}

ra_json *ra_json_new_object(void)
{
    return must(cJSON_CreateObject());
}

ra_json *ra_json_new_array(void)
{
    return must(cJSON_CreateArray());
}

void ra_json_put(ra_json *object, const char *key, ra_json *value)
{
    if (!cJSON_AddItemToObject(object, key, value))
        (void)must(NULL);
}

void ra_json_put_string(ra_json *object, const char *key, const char *text)
{
    ra_json_put(object, key, new_string(text));
}

void ra_json_put_number(ra_json *object, const char *key, double value)
{
    ra_json_put(object, key, new_number(value));
}

void ra_json_put_bool(ra_json *object, const char *key, bool value)
{
    ra_json_put(object, key, must(cJSON_CreateBool(value)));
}

void ra_json_put_null(ra_json *object, const char *key)
{
    ra_json_put(object, key, must(cJSON_CreateNull()));
}

void ra_json_add(ra_json *array, ra_json *value)
{
    cJSON_AddItemToArray(array, value);
}

void ra_json_add_number(ra_json *array, double value)
{
    ra_json_add(array, new_number(value));
}

void ra_json_add_string(ra_json *array, const char *text)
{
    ra_json_add(array, new_string(text));
}

ra_json *ra_json_copy(const ra_json *value)
{
    /* parsed numbers become raw text, so that they print as they were read */
    double number;
    if (ra_json_value(value, &number))
        return new_number(number);
    if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
        return must(cJSON_Duplicate(value, false));
    ra_json *copy = cJSON_IsArray(value) ? ra_json_new_array() : ra_json_new_object();
    for (const ra_json *e = ra_json_first(value); e; e = ra_json_next(e)) {
        if (cJSON_IsArray(value))
            ra_json_add(copy, ra_json_copy(e));
        else
            ra_json_put(copy, e->string, ra_json_copy(e));
    }
    return copy;
}

/* --- printing: cJSON's own printer loses digits and cannot keep number arrays on one line --- */

void ra_json_quote(ra_buf *out, const char *text)
{
    if (!text) {
        ra_buf_puts(out, "null");
        return;
    }
    ra_buf_putc(out, '"');
    const char *start = text;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        ra_buf_add(out, start, (size_t)(text - start));
        start = text + 1;
        if (c == '"' || c == '\\')
            ra_buf_printf(out, "\\%c", c);
        else if (c == '\n')
            ra_buf_puts(out, "\\n");
        else if (c == '\t')
            ra_buf_puts(out, "\\t");
        else if (c == '\r')
            ra_buf_puts(out, "\\r");
        else
            ra_buf_printf(out, "\\u%04x", c);
    }
    ra_buf_add(out, start, (size_t)(text - start));
    ra_buf_putc(out, '"');
}

static void print_scalar(const ra_json *value, ra_buf *out)
{
    if (cJSON_IsString(value))
        ra_json_quote(out, value->valuestring);
    else if (cJSON_IsNumber(value))
        ra_buf_number(out, value->valuedouble);
    else if (cJSON_IsRaw(value))
        ra_buf_puts(out, value->valuestring);
    else
        ra_buf_puts(out, cJSON_IsNull(value) ? "null" : cJSON_IsTrue(value) ? "true" : "false");
}

static bool is_flat(const ra_json *value)
{
    if (!cJSON_IsArray(value))
        return false;
    for (const ra_json *e = value->child; e; e = e->next)
        if (cJSON_IsArray(e) || cJSON_IsObject(e))
            return false;
    return true;
}

static void new_line(ra_buf *out, int indent)
{
    if (indent < 0)
        return;
    ra_buf_putc(out, '\n');
    for (int i = 0; i < indent; i++)
        ra_buf_puts(out, "  ");
}

/* indent < 0: compact */
static void print(const ra_json *value, ra_buf *out, int indent)
{
    bool object = cJSON_IsObject(value) != 0;
    if (!object && !cJSON_IsArray(value)) {
        print_scalar(value, out);
        return;
    }
    int inner = indent < 0 || is_flat(value) ? -1 : indent + 1;
    ra_buf_putc(out, object ? '{' : '[');
    for (const ra_json *e = value->child; e; e = e->next) {
        new_line(out, inner);
        if (object) {
            ra_json_quote(out, e->string);
            ra_buf_puts(out, indent < 0 ? ":" : ": ");
        }
        print(e, out, inner);
        if (e->next)
            ra_buf_puts(out, inner < 0 && indent >= 0 ? ", " : ",");
    }
    if (value->child)
        new_line(out, inner < 0 ? -1 : indent);
    ra_buf_putc(out, object ? '}' : ']');
}

void ra_json_print(const ra_json *value, ra_buf *out)
{
    print(value, out, -1);
}

/* Indented text; arrays of numbers stay on one line. */
static void print_pretty(const ra_json *value, ra_buf *out)
{
    print(value, out, 0);
    ra_buf_putc(out, '\n');
}

void ra_json_show(const ra_json *value, FILE *out)
{
    ra_buf text = {0};
    print_pretty(value, &text);
    fwrite(text.text, 1, text.length, out);
    ra_buf_release(&text);
}

bool ra_json_write(const char *path, const ra_json *value, ra_error *err)
{
    ra_buf out = {0};
    print_pretty(value, &out);
    bool ok = ra_file_write(path, out.text, out.length, err);
    ra_buf_release(&out);
    return ok;
}
