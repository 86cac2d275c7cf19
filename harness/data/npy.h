/* NumPy's .npy files of vectors: a matrix (rows, columns) of float32 or float64, in C order.
 *
 * Beside FILE.npy may stand FILE.npy.ids, one item id a line, the name of each row. */
#ifndef RA_DATA_NPY_H
#define RA_DATA_NPY_H

#include "base/mapping.h"
#include "base/memory.h"

typedef struct ra_npy {
    size_t rows, columns;
    const float *values; /* (rows, columns): in the mapping, or converted from float64 */
    const char **ids;    /* rows of them, or NULL */
    ra_mapping mapping;
    ra_arena arena;
} ra_npy;

/* Maps the file, and reads its ids if there are any. Other types, orders and ranks, truncation,
 * values that are not finite and ids that repeat are errors. */
RA_MUST_CHECK bool ra_npy_open(ra_npy *npy, const char *path, ra_error *err);
void ra_npy_close(ra_npy *npy);

/* Writes float32, and the ids unless NULL; each file atomically. */
RA_MUST_CHECK bool ra_npy_write(const char *path, const float *values, size_t rows, size_t columns,
                                const char *const *ids, ra_error *err);

#endif
