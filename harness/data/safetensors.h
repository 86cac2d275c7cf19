/* Safetensors: named tensors in one file, memory-mapped.
 *
 *   8 bytes   length of the header, little endian
 *   header    JSON: {"NAME": {"dtype":"F32", "shape":[2,3], "data_offsets":[0,24]}, ...,
 *                    "__metadata__": {"KEY": "TEXT"}}
 *   data      little endian; offsets count from here
 *
 * A file is refused unless tensors fill the data without overlap or gap, each has the bytes that
 * its type and shape ask for, and no product of a shape overflows. Little-endian machines only.
 *
 *     ra_safetensors file;
 *     if (!ra_safetensors_open(&file, "model.safetensors", err)) return false;
 *     const float *weight;
 *     if (!ra_safetensors_floats(&file, "weight", 2, (size_t[]){rows, columns}, &weight, err)) ...
 *     ra_safetensors_close(&file);
 */
#ifndef RA_DATA_SAFETENSORS_H
#define RA_DATA_SAFETENSORS_H

#include "base/mapping.h"
#include "data/json.h"

typedef enum ra_dtype {
    RA_F32,
    RA_F64,
    RA_F16,
    RA_BF16,
    RA_I64,
    RA_I32,
    RA_U64,
    RA_U32,
    RA_U8,
    RA_I8,
    RA_BOOL,
} ra_dtype;

#define RA_MAX_RANK 8

typedef struct ra_tensor {
    const char *name;
    ra_dtype dtype;
    size_t rank, shape[RA_MAX_RANK];
    size_t count;     /* elements */
    const void *data; /* aligned for its type, inside the file's mapping unless the file's is not */
} ra_tensor;

typedef struct ra_safetensors {
    const char *path;
    ra_tensor *tensors; /* in the order of their data */
    size_t count;
    ra_json *header;
    ra_mapping mapping;
    ra_arena arena;
} ra_safetensors;

RA_MUST_CHECK bool ra_safetensors_open(ra_safetensors *file, const char *path, ra_error *err);
void ra_safetensors_close(ra_safetensors *file);

size_t ra_dtype_size(ra_dtype dtype); /* bytes */

/* NULL if there is none. */
const ra_tensor *ra_safetensors_find(const ra_safetensors *file, const char *name);
const char *ra_safetensors_metadata(const ra_safetensors *file, const char *key);

/* A tensor of the given type and shape; a 0 in the shape takes any size and is set to the one
 * found. Missing, another type or another shape is an error that says what was expected. */
RA_MUST_CHECK bool ra_safetensors_get(const ra_safetensors *file, const char *name, ra_dtype dtype,
                                      size_t rank, size_t *shape, const void **data, ra_error *err);
/* The same for F32, whose values must be finite. */
RA_MUST_CHECK bool ra_safetensors_floats(const ra_safetensors *file, const char *name, size_t rank,
                                         size_t *shape, const float **data, ra_error *err);

/* Writes tensors and metadata (an object of strings, or NULL) atomically. The same input gives the
 * same bytes: sorted by size of type and name, as the reference writer does. */
RA_MUST_CHECK bool ra_safetensors_write(const char *path, const ra_tensor *tensors, size_t count,
                                        const ra_json *metadata, ra_error *err);

#endif
