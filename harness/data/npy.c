#include "data/npy.h"

#include "base/file.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- the header: a Python dictionary in text --- */

typedef struct header {
    size_t start; /* of the data */
    bool doubles;
} header;

static bool bad(const char *path, const char *problem, ra_error *err)
{
    return ra_fail(
        err, RA_ERR_INPUT, path, 0, problem,
        "a .npy file with a two-dimensional float32 or float64 array in C order expected");
}

/* What follows 'KEY': in the dictionary, or NULL. */
static const char *value_of(const char *dictionary, const char *key)
{
    const char *at = strstr(dictionary, key);
    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, " :");
    return at;
}

/* Reads one size and what separates it from the next; NULL if there is none. */
static const char *read_size(const char *at, size_t *size)
{
    char digits[24];
    size_t length = strspn(at, "0123456789");
    uint64_t value;
    if (length == 0 || length >= sizeof digits)
        return NULL;
    memcpy(digits, at, length);
    digits[length] = '\0';
    if (!ra_parse_count(digits, SIZE_MAX, &value))
        return NULL;
    *size = value;
    at += length;
    return at + strspn(at, ", ");
}

static bool read_dictionary(ra_npy *npy, const char *text, header *h, const char *path,
                            ra_error *err)
{
    const char *type = value_of(text, "'descr'"), *order = value_of(text, "'fortran_order'"),
               *shape = value_of(text, "'shape'");
    if (!type || !order || !shape)
        return bad(path, "the header lacks descr, fortran_order or shape", err);
    h->doubles = ra_has_prefix(type, "'<f8'");
    if (!h->doubles && !ra_has_prefix(type, "'<f4'"))
        return bad(path, "its type is neither float32 nor float64", err);
    if (!ra_has_prefix(order, "False"))
        return bad(path, "it is in Fortran order", err);
    if (*shape != '(' || !(shape = read_size(shape + 1, &npy->rows)) ||
        !(shape = read_size(shape, &npy->columns)) || *shape != ')')
        return bad(path, "its shape is not (rows, columns)", err);
    if (npy->rows == 0)
        return bad(path, "it has no rows", err);
    if (npy->columns == 0 || npy->columns > RA_MAX_DIMENSION)
        return ra_failf(err, RA_ERR_INPUT, path, 0, "rows of %zu numbers, 1 to %d expected",
                        npy->columns, RA_MAX_DIMENSION);
    return true;
}

static bool read_header(ra_npy *npy, header *h, const char *path, ra_error *err)
{
    const unsigned char *b = npy->mapping.bytes;
    size_t size = npy->mapping.size, length;
    if (size < 12 || memcmp(b, "\x93NUMPY", 6) != 0)
        return bad(path, "not a .npy file", err);
    if (b[6] == 1) {
        length = (size_t)b[8] | (size_t)b[9] << 8;
        h->start = 10;
    } else {
        length = (size_t)b[8] | (size_t)b[9] << 8 | (size_t)b[10] << 16 | (size_t)b[11] << 24;
        h->start = 12;
    }
    if (length > size - h->start)
        return bad(path, "cut short", err);
    char *text = ra_arena_strndup(&npy->arena, (const char *)b + h->start, length);
    h->start += length;
    return read_dictionary(npy, text, h, path, err);
}

/* --- values and ids --- */

static bool check_values(const ra_npy *npy, const char *path, ra_error *err)
{
    for (size_t i = 0; i < npy->rows * npy->columns; i++)
        if (!isfinite(npy->values[i]))
            return ra_failf(err, RA_ERR_INPUT, path, 0,
                            "row %zu holds a value that is not a finite number", i / npy->columns);
    return true;
}

static bool take_values(ra_npy *npy, const header *h, const char *path, ra_error *err)
{
    size_t count, bytes, width = h->doubles ? sizeof(double) : sizeof(float);
    if (__builtin_mul_overflow(npy->rows, npy->columns, &count) ||
        __builtin_mul_overflow(count, width, &bytes) || bytes != npy->mapping.size - h->start)
        return bad(path, "its length does not fit its shape", err);
    const unsigned char *data = npy->mapping.bytes + h->start;
    if (!h->doubles && (uintptr_t)data % sizeof(float) == 0) {
        npy->values = (const float *)(const void *)data;
        return check_values(npy, path, err);
    }
    float *values = ra_arena_alloc(&npy->arena, count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        double wide;
        if (h->doubles) {
            memcpy(&wide, data + i * width, width);
            values[i] = (float)wide;
        } else {
            memcpy(&values[i], data + i * width, width);
        }
    }
    npy->values = values;
    return check_values(npy, path, err);
}

static bool read_ids(ra_npy *npy, const char *path, ra_error *err)
{
    const char *file = ra_arena_printf(&npy->arena, "%s.ids", path);
    ra_text text;
    if (!ra_file_exists(file))
        return true;
    if (!ra_file_read(file, &text, err))
        return false;
    npy->ids = ra_arena_alloc(&npy->arena, npy->rows + 1, sizeof *npy->ids);
    size_t rows = 0;
    ra_map seen = {0};
    bool ok = true;
    for (const char *line = text.text; ok && *line; rows++) {
        size_t length = strcspn(line, "\n");
        if (rows < npy->rows)
            npy->ids[rows] = ra_arena_strndup(&npy->arena, line, length);
        if (rows < npy->rows && ra_map_add(&seen, npy->ids[rows], rows) != RA_MAP_NONE)
            ok = ra_failf(err, RA_ERR_INPUT, file, (long)rows + 1, "id '%s' appears twice",
                          npy->ids[rows]);
        line += length + (line[length] == '\n');
    }
    if (ok && rows != npy->rows)
        ok = ra_failf(err, RA_ERR_INPUT, file, 0, "%zu ids for %zu rows", rows, npy->rows);
    ra_map_release(&seen);
    free(text.text);
    return ok;
}

bool ra_npy_open(ra_npy *npy, const char *path, ra_error *err)
{
    *npy = (ra_npy){0};
    header h = {0};
    if (ra_mapping_open(&npy->mapping, path, err) && read_header(npy, &h, path, err) &&
        take_values(npy, &h, path, err) && read_ids(npy, path, err))
        return true;
    ra_npy_close(npy);
    return false;
}

void ra_npy_close(ra_npy *npy)
{
    ra_mapping_close(&npy->mapping);
    ra_arena_release(&npy->arena);
    *npy = (ra_npy){0};
}

/* --- writing --- */

static bool write_ids(const char *path, const char *const *ids, size_t rows, ra_error *err)
{
    ra_buf text = {0}, name = {0};
    for (size_t i = 0; i < rows; i++)
        ra_buf_printf(&text, "%s\n", ids[i]);
    ra_buf_printf(&name, "%s.ids", path);
    bool ok = ra_file_write(name.text, text.text ? text.text : "", text.length, err);
    ra_buf_release(&text);
    ra_buf_release(&name);
    return ok;
}

bool ra_npy_write(const char *path, const float *values, size_t rows, size_t columns,
                  const char *const *ids, ra_error *err)
{
    enum { HEADER = 128 }; /* data starts at a multiple of 64, as the format asks */
    static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER - 10, 0};
    char text[HEADER - sizeof magic + 1];
    int length =
        snprintf(text, sizeof text,
                 "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
    memset(text + length, ' ', sizeof text - 2 - (size_t)length);
    text[sizeof text - 2] = '\n';
    ra_writer w;
    if (!ra_writer_open(&w, path, err))
        return false;
    fwrite(magic, 1, sizeof magic, w.stream);
    fwrite(text, 1, sizeof text - 1, w.stream);
    fwrite(values, sizeof *values, rows * columns, w.stream);
    return ra_writer_commit(&w, err) && (!ids || write_ids(path, ids, rows, err));
}
