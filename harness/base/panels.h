/* Many rows against a batch of vectors: all products panel by panel, to be used once and not kept
 * (ra_panels_multiply), or some of them laid out as a matrix (ra_panels_part).
 *
 * Vectors are packed into panels of 16 that lie side by side: panel[k * 16 + v] is number k of
 * vector v. The rows are read as they stand, from a mapped file for example, and never copied. In
 * ra_panels_multiply the products of a panel with row i are the 16 numbers out[i * 16 + v], so that
 * whatever is done with them next, rows one after the other, is done for 16 vectors at once by
 * vector instructions.
 *
 *     ra_panels panels;
 *     ra_panels_pack(&panels, queries, count, columns);
 *     float *out = ra_alloc(panels.count * row_count * RA_PANEL, sizeof *out);
 *     ra_panels_multiply(&panels, rows, row_count, out, most, threads);
 *     ra_panels_release(&panels);
 *
 * Faster than BLAS where one operand is tall: a BLAS copies it into an order of its own first.
 * A product is summed in one order, whatever the batch, the number of threads and the place of the
 * row, so its bytes depend on the kernel alone: the portable one, which has no fused multiplication
 * and addition, differs in the last bits from the one for AVX2.
 */
#ifndef RA_BASE_PANELS_H
#define RA_BASE_PANELS_H

#include <stddef.h>

enum { RA_PANEL = 16, RA_PANEL_ROWS_MOST = 8 };

typedef struct ra_panels {
    size_t vectors, columns;
    size_t count;  /* panels; the last one is filled up with zeros */
    float *packed; /* (count, columns, RA_PANEL) */
} ra_panels;

/* vectors (count, columns), row-major. */
void ra_panels_pack(ra_panels *panels, const float *vectors, size_t count, size_t columns);
/* Number k of vector v stands at values[v * vector_step + k * column_step]. */
void ra_panels_pack_from(ra_panels *panels, const float *values, size_t count, size_t columns,
                         size_t vector_step, size_t column_step);
void ra_panels_release(ra_panels *panels);

/* out (panels, row_count, RA_PANEL): products of rows (row_count, columns) with every vector.
 * most (panels, RA_PANEL): the largest product of every vector. */
void ra_panels_multiply(const ra_panels *panels, const float *rows, size_t row_count, float *out,
                        float *most, int threads);

/* Some rows with some panels, on the caller's thread, as BLAS lays them out: the product of row i
 * (at rows + i * stride) with vector v of panels first .. first + count - 1, and start of that
 * vector, become out[i * out_stride + v - first * RA_PANEL]. */
typedef struct ra_panel_part {
    size_t first, count;
    const float *rows;
    size_t row_count, stride;
    const float *start; /* of each vector, from that of panel `first` on; NULL = 0 */
    float *out;
    size_t out_stride;
} ra_panel_part;

void ra_panels_part(const ra_panels *panels, const ra_panel_part *part);

/* The inner loop: products over `columns` numbers of `rows` rows, row r of out at out + r * stride.
 * Sums begin at `start` (RA_PANEL), or without it are added to what is there. */
typedef struct ra_panel_kernel {
    const char *name;
    size_t rows; /* of a tile */
    void (*tile)(const float *const *row, const float *panel, size_t columns, const float *start,
                 float *out, size_t stride);
} ra_panel_kernel;

extern const ra_panel_kernel ra_panel_kernel_portable;
/* NULL where there is none for this machine. */
const ra_panel_kernel *ra_panel_kernel_avx2(void);
/* ra_panels_multiply with a given kernel, for tests and benchmarks. */
void ra_panels_multiply_by(const ra_panel_kernel *kernel, const ra_panels *panels,
                           const float *rows, size_t row_count, float *out, float *most,
                           int threads);

#endif
