#include "embed/nearest.h"

#include "base/matrix.h"
#include "base/memory.h"

#include <stdlib.h>

enum { QUERIES = 256, POINTS = 4096 }; /* of one block */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void scan(const float *cosines, size_t columns, size_t first, ra_neighbour *best)
{
    for (size_t k = 0; k < columns; k++)
        if (cosines[k] > best->cosine)
            *best = (ra_neighbour){first + k, cosines[k]};
}

void ra_nearest(const float *queries, size_t count, const float *points, size_t point_count,
                size_t dimension, int threads, ra_neighbour *nearest)
{
    float *block = ra_alloc((size_t)QUERIES * POINTS, sizeof *block);
    for (size_t i = 0; i < count; i++)
        nearest[i] = (ra_neighbour){0, -2}; /* below every cosine */
    for (size_t q = 0; q < count; q += QUERIES) {
        size_t rows = least(QUERIES, count - q);
        for (size_t p = 0; p < point_count; p += POINTS) {
            size_t columns = least(POINTS, point_count - p);
            ra_matrix_rows_by_rows(queries + q * dimension, rows, points + p * dimension, columns,
                                   dimension, block, threads);
            for (size_t i = 0; i < rows; i++)
                scan(block + i * columns, columns, p, &nearest[q + i]);
        }
    }
    free(block);
}
