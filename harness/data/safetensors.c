#include "data/safetensors.h"

#include "base/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [RA_F32] = {"F32", 4}, [RA_F64] = {"F64", 8}, [RA_F16] = {"F16", 2},   [RA_BF16] = {"BF16", 2},
    [RA_I64] = {"I64", 8}, [RA_I32] = {"I32", 4}, [RA_U64] = {"U64", 8},   [RA_U32] = {"U32", 4},
    [RA_U8] = {"U8", 1},   [RA_I8] = {"I8", 1},   [RA_BOOL] = {"BOOL", 1},
};

size_t ra_dtype_size(ra_dtype dtype)
{
    return types[dtype].size;
}

/* --- reading --- */

typedef struct entry {
    ra_tensor tensor;
    uint64_t from, to;
} entry;

typedef struct reader {
    ra_safetensors *file;
    ra_json_at at;
    ra_error *err;
} reader;

static bool bad(const reader *r, const char *name, const char *problem)
{
    ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0, "tensor '%s': %s", name, problem);
    return ra_hintf(r->err, "the file is damaged or not safetensors; fetch or train it again");
}

static bool read_dtype(const reader *r, const ra_json *o, ra_tensor *t)
{
    const char *name;
    if (!ra_json_string(o, "dtype", r->at, &name, r->err))
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0) {
            t->dtype = (ra_dtype)i;
            return true;
        }
    return ra_failf(r->err, RA_ERR_INPUT, r->at.file, 0, "tensor '%s': type '%s' is not supported",
                    t->name, name);
}

/* A whole number below 2^53, which a double holds exactly. */
static bool whole(const ra_json *value, uint64_t *out)
{
    double number;
    if (!value || !ra_json_value(value, &number) || !(number >= 0 && number < 9007199254740992.0) ||
        number > floor(number))
        return false;
    *out = (uint64_t)number;
    return true;
}

static bool read_shape(const reader *r, const ra_json *o, ra_tensor *t)
{
    const ra_json *shape;
    if (!ra_json_array(o, "shape", r->at, &shape, r->err))
        return false;
    t->rank = ra_json_size(shape);
    if (t->rank > RA_MAX_RANK)
        return bad(r, t->name, "more than 8 dimensions");
    t->count = 1;
    size_t d = 0;
    for (const ra_json *e = ra_json_first(shape); e; e = ra_json_next(e), d++) {
        uint64_t size;
        if (!whole(e, &size))
            return bad(r, t->name, "a dimension is not a whole number");
        t->shape[d] = size;
        if (__builtin_mul_overflow(t->count, t->shape[d], &t->count))
            return bad(r, t->name, "the shape overflows");
    }
    return true;
}

static bool read_offsets(const reader *r, const ra_json *o, entry *e)
{
    const ra_json *offsets;
    size_t bytes;
    if (!ra_json_array(o, "data_offsets", r->at, &offsets, r->err))
        return false;
    const ra_json *first = ra_json_first(offsets);
    if (ra_json_size(offsets) != 2 || !whole(first, &e->from) ||
        !whole(ra_json_next(first), &e->to) || e->to < e->from)
        return bad(r, e->tensor.name, "data_offsets: two rising whole numbers expected");
    if (__builtin_mul_overflow(e->tensor.count, types[e->tensor.dtype].size, &bytes) ||
        bytes != e->to - e->from)
        return bad(r, e->tensor.name, "its bytes do not fit its type and shape");
    return true;
}

static int by_offset(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

/* Tensors must follow one another from the first byte of the data to the last. */
static bool place(const reader *r, entry *entries, size_t count, size_t start)
{
    ra_safetensors *f = r->file;
    uint64_t at = 0, size = f->mapping.size - start;
    qsort(entries, count, sizeof *entries, by_offset);
    for (size_t i = 0; i < count; i++) {
        entry *e = &entries[i];
        if (e->from != at || e->to > size)
            return bad(r, e->tensor.name,
                       e->to > size ? "its data ends past the end of the file"
                                    : "its data overlaps another's, or leaves a gap");
        at = e->to;
        const unsigned char *data = f->mapping.bytes + start + e->from;
        e->tensor.data = data;
        if ((uintptr_t)data % types[e->tensor.dtype].size != 0) {
            void *copy = ra_arena_alloc(&f->arena, e->to - e->from, 1);
            e->tensor.data = memcpy(copy, data, e->to - e->from);
        }
        f->tensors[i] = e->tensor;
    }
    f->count = count;
    return at == size ||
           ra_failf(r->err, RA_ERR_INPUT, f->path, 0, "%llu bytes after the last tensor's data",
                    (unsigned long long)(size - at));
}

static bool read_entries(const reader *r, entry *entries, size_t *count)
{
    *count = 0;
    for (const ra_json *o = ra_json_first(r->file->header); o; o = ra_json_next(o)) {
        entry *e = &entries[*count];
        e->tensor.name = ra_json_key(o);
        if (!ra_json_is_object(o))
            return bad(r, e->tensor.name, "an object expected");
        if (strcmp(e->tensor.name, "__metadata__") == 0)
            continue;
        if (!read_dtype(r, o, &e->tensor) || !read_shape(r, o, &e->tensor) ||
            !read_offsets(r, o, e))
            return false;
        ++*count;
    }
    return true;
}

static bool read_header(const reader *r, size_t *start)
{
    ra_safetensors *f = r->file;
    uint64_t length = 0;
    if (f->mapping.size >= sizeof length)
        memcpy(&length, f->mapping.bytes, sizeof length);
    if (f->mapping.size < sizeof length || length > f->mapping.size - sizeof length ||
        length > RA_MAX_TENSOR_HEADER) {
        ra_fail(r->err, RA_ERR_INPUT, f->path, 0, "not a safetensors file, or cut short",
                "the first 8 bytes must give the length of a JSON header that is in the file");
        return false;
    }
    *start = sizeof length + (size_t)length;
    f->header = ra_json_parse((const char *)f->mapping.bytes + sizeof length, (size_t)length, r->at,
                              r->err);
    if (f->header && !ra_json_is_object(f->header))
        return ra_fail(r->err, RA_ERR_INPUT, f->path, 0, "the header is not an object", NULL);
    return f->header != NULL;
}

bool ra_safetensors_open(ra_safetensors *file, const char *path, ra_error *err)
{
    *file = (ra_safetensors){0};
    file->path = ra_arena_strdup(&file->arena, path);
    reader r = {file, {file->path, 1}, err};
    size_t start, count;
    bool ok = ra_mapping_open(&file->mapping, path, err) && read_header(&r, &start);
    if (ok) {
        size_t most = ra_json_size(file->header);
        entry *entries = ra_arena_alloc(&file->arena, most + 1, sizeof *entries);
        file->tensors = ra_arena_alloc(&file->arena, most + 1, sizeof *file->tensors);
        ok = read_entries(&r, entries, &count) && place(&r, entries, count, start);
    }
    if (!ok)
        ra_safetensors_close(file);
    return ok;
}

void ra_safetensors_close(ra_safetensors *file)
{
    ra_json_free(file->header);
    ra_mapping_close(&file->mapping);
    ra_arena_release(&file->arena);
    *file = (ra_safetensors){0};
}

const ra_tensor *ra_safetensors_find(const ra_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *ra_safetensors_metadata(const ra_safetensors *file, const char *key)
{
    const ra_json *all = ra_json_get(file->header, "__metadata__");
    const ra_json *one = all ? ra_json_get(all, key) : NULL;
    return one ? ra_json_text(one) : NULL;
}

static void print_shape(ra_buf *out, const size_t *shape, size_t rank)
{
    ra_buf_putc(out, '(');
    for (size_t d = 0; d < rank; d++)
        ra_buf_printf(out, shape[d] ? "%s%zu" : "%sany", d ? ", " : "", shape[d]);
    ra_buf_putc(out, ')');
}

static void other_shape(const ra_safetensors *file, const ra_tensor *t, ra_dtype dtype, size_t rank,
                        const size_t *shape, ra_error *err)
{
    ra_buf expected = {0}, found = {0};
    print_shape(&expected, shape, rank);
    print_shape(&found, t->shape, t->rank);
    ra_failf(err, RA_ERR_INPUT, file->path, 0, "tensor '%s': %s %s expected, found %s %s", t->name,
             types[dtype].name, expected.text, types[t->dtype].name, found.text);
    ra_buf_release(&expected);
    ra_buf_release(&found);
}

/* The tensor when it is as expected, with sizes filled in where shape had 0; else NULL. */
static const ra_tensor *expect(const ra_safetensors *file, const char *name, ra_dtype dtype,
                               size_t rank, size_t *shape, ra_error *err)
{
    const ra_tensor *t = ra_safetensors_find(file, name);
    if (!t) {
        ra_failf(err, RA_ERR_INPUT, file->path, 0, "tensor '%s' is missing", name);
        return NULL;
    }
    bool fits = t->dtype == dtype && t->rank == rank;
    for (size_t d = 0; fits && d < rank; d++)
        fits = shape[d] == 0 || shape[d] == t->shape[d];
    if (!fits) {
        other_shape(file, t, dtype, rank, shape, err);
        return NULL;
    }
    memcpy(shape, t->shape, rank * sizeof *shape);
    return t;
}

bool ra_safetensors_get(const ra_safetensors *file, const char *name, ra_dtype dtype, size_t rank,
                        size_t *shape, const void **data, ra_error *err)
{
    const ra_tensor *t = expect(file, name, dtype, rank, shape, err);
    *data = t ? t->data : NULL;
    return t != NULL;
}

bool ra_safetensors_floats(const ra_safetensors *file, const char *name, size_t rank, size_t *shape,
                           const float **data, ra_error *err)
{
    const ra_tensor *t = expect(file, name, RA_F32, rank, shape, err);
    *data = t ? t->data : NULL;
    if (!t)
        return false;
    for (size_t i = 0; i < t->count; i++)
        if (!isfinite((*data)[i]))
            return ra_failf(err, RA_ERR_INPUT, file->path, 0,
                            "tensor '%s': value %zu is not a finite number", name, i);
    return true;
}

/* --- writing --- */

static int by_size_and_name(const void *a, const void *b)
{
    const ra_tensor *const *x = a, *const *y = b;
    size_t p = types[(*x)->dtype].size, q = types[(*y)->dtype].size;
    if (p != q)
        return p > q ? -1 : 1;
    return strcmp((*x)->name, (*y)->name);
}

static ra_json *describe(const ra_tensor *t, uint64_t *offset)
{
    ra_json *o = ra_json_new_object(), *shape = ra_json_new_array(), *offsets = ra_json_new_array();
    for (size_t d = 0; d < t->rank; d++)
        ra_json_add_number(shape, (double)t->shape[d]);
    ra_json_add_number(offsets, (double)*offset);
    *offset += t->count * types[t->dtype].size;
    ra_json_add_number(offsets, (double)*offset);
    ra_json_put_string(o, "dtype", types[t->dtype].name);
    ra_json_put(o, "shape", shape);
    ra_json_put(o, "data_offsets", offsets);
    return o;
}

static void print_header(const ra_tensor *const *order, size_t count, const ra_json *metadata,
                         ra_buf *out)
{
    ra_json *header = ra_json_new_object();
    uint64_t offset = 0;
    if (metadata)
        ra_json_put(header, "__metadata__", ra_json_copy(metadata));
    for (size_t i = 0; i < count; i++)
        ra_json_put(header, order[i]->name, describe(order[i], &offset));
    ra_json_print(header, out);
    ra_json_free(header);
    while (out->length % 8 != 0) /* data is then aligned for every type */
        ra_buf_putc(out, ' ');
}

bool ra_safetensors_write(const char *path, const ra_tensor *tensors, size_t count,
                          const ra_json *metadata, ra_error *err)
{
    ra_writer w;
    if (!ra_writer_open(&w, path, err))
        return false;
    const ra_tensor **order = ra_alloc(count + 1, sizeof(const ra_tensor *));
    for (size_t i = 0; i < count; i++)
        order[i] = &tensors[i];
    qsort(order, count, sizeof(const ra_tensor *), by_size_and_name);
    ra_buf header = {0};
    print_header(order, count, metadata, &header);
    uint64_t length = header.length;
    fwrite(&length, sizeof length, 1, w.stream);
    fwrite(header.text, 1, header.length, w.stream);
    for (size_t i = 0; i < count; i++)
        fwrite(order[i]->data, types[order[i]->dtype].size, order[i]->count, w.stream);
    ra_buf_release(&header);
    free(order);
    return ra_writer_commit(&w, err); /* tells of any write that failed */
}
