/* For every vector the nearest of others by cosine. */
#ifndef RA_EMBED_NEAREST_H
#define RA_EMBED_NEAREST_H

#include <stddef.h>

typedef struct ra_neighbour {
    size_t row; /* the first of those that are nearest */
    float cosine;
} ra_neighbour;

/* nearest[i] for each row of queries (count, dimension) among points (point_count > 0, dimension);
 * all vectors have length 1, or are all zero. The matrix of cosines is made block by block: 4 MB of
 * it exist at a time. The same on any number of threads. */
void ra_nearest(const float *queries, size_t count, const float *points, size_t point_count,
                size_t dimension, int threads, ra_neighbour *nearest);

#endif
