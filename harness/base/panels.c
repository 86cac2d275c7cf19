#include "base/panels.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A block of rows and columns stays in the second-level cache while all panels pass over it; the
 * columns of one panel stay in the first. */
enum { BLOCK_ROWS = 96, BLOCK_COLUMNS = 256 };

/* --- packing --- */

void ra_panels_pack(ra_panels *panels, const float *vectors, size_t count, size_t columns)
{
    *panels = (ra_panels){
        .vectors = count, .columns = columns, .count = (count + RA_PANEL - 1) / RA_PANEL};
    panels->packed = ra_alloc(panels->count * columns * RA_PANEL, sizeof(float));
    for (size_t v = 0; v < count; v++) {
        float *panel = panels->packed + v / RA_PANEL * columns * RA_PANEL + v % RA_PANEL;
        for (size_t k = 0; k < columns; k++)
            panel[k * RA_PANEL] = vectors[v * columns + k];
    }
}

void ra_panels_release(ra_panels *panels)
{
    free(panels->packed);
    *panels = (ra_panels){0};
}

/* --- kernels --- */

enum { PORTABLE_ROWS = 4 };

static void portable_tile(const float *const *row, const float *panel, size_t columns, float *out)
{
    for (size_t r = 0; r < PORTABLE_ROWS; r++) {
        float sum[RA_PANEL] = {0};
        for (size_t k = 0; k < columns; k++)
            for (size_t v = 0; v < RA_PANEL; v++)
                sum[v] += row[r][k] * panel[k * RA_PANEL + v];
        for (size_t v = 0; v < RA_PANEL; v++)
            out[r * RA_PANEL + v] += sum[v];
    }
}

const ra_panel_kernel ra_panel_kernel_portable = {"portable", PORTABLE_ROWS, portable_tile};

static const ra_panel_kernel *best_kernel(void)
{
    const ra_panel_kernel *avx2 = ra_panel_kernel_avx2();
    return avx2 ? avx2 : &ra_panel_kernel_portable;
}

/* --- products --- */

typedef struct product {
    const ra_panel_kernel *kernel;
    const ra_panels *panels;
    const float *rows;
    size_t row_count;
    float *out;
    float *most; /* (blocks, panels, RA_PANEL) */
} product;

/* Rows from..from+count-1 with columns of one panel. A tile that is not full repeats its last row
 * and goes through a copy. */
static void multiply_rows(const product *p, size_t from, size_t count, const float *panel,
                          size_t column, size_t columns, float *out)
{
    const float *row[RA_PANEL_ROWS_MOST];
    float part[RA_PANEL_ROWS_MOST * RA_PANEL];
    size_t step = p->kernel->rows, stride = p->panels->columns;
    for (size_t done = 0; done < count; done += step, out += step * RA_PANEL) {
        size_t n = count - done < step ? count - done : step;
        for (size_t r = 0; r < step; r++)
            row[r] = p->rows + (from + done + (r < n ? r : n - 1)) * stride + column;
        if (n < step)
            memcpy(part, out, n * RA_PANEL * sizeof *out);
        p->kernel->tile(row, panel, columns, n < step ? part : out);
        if (n < step)
            memcpy(out, part, n * RA_PANEL * sizeof *out);
    }
}

static void find_most(const float *out, size_t rows, float most[RA_PANEL])
{
    for (size_t v = 0; v < RA_PANEL; v++)
        most[v] = -INFINITY;
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < RA_PANEL; v++)
            most[v] = out[r * RA_PANEL + v] > most[v] ? out[r * RA_PANEL + v] : most[v];
}

static void multiply_block(size_t index, void *context)
{
    const product *p = context;
    const ra_panels *a = p->panels;
    size_t from = index * BLOCK_ROWS;
    size_t rows = p->row_count - from < BLOCK_ROWS ? p->row_count - from : BLOCK_ROWS;
    for (size_t i = 0; i < a->count; i++)
        memset(p->out + (i * p->row_count + from) * RA_PANEL, 0, rows * RA_PANEL * sizeof(float));
    for (size_t column = 0; column < a->columns; column += BLOCK_COLUMNS) {
        size_t columns = a->columns - column < BLOCK_COLUMNS ? a->columns - column : BLOCK_COLUMNS;
        for (size_t i = 0; i < a->count; i++)
            multiply_rows(p, from, rows, a->packed + (i * a->columns + column) * RA_PANEL, column,
                          columns, p->out + (i * p->row_count + from) * RA_PANEL);
    }
    for (size_t i = 0; i < a->count; i++)
        find_most(p->out + (i * p->row_count + from) * RA_PANEL, rows,
                  p->most + (index * a->count + i) * RA_PANEL);
}

void ra_panels_multiply_by(const ra_panel_kernel *kernel, const ra_panels *panels,
                           const float *rows, size_t row_count, float *out, float *most,
                           int threads)
{
    size_t blocks = (row_count + BLOCK_ROWS - 1) / BLOCK_ROWS, width = panels->count * RA_PANEL;
    product p = {kernel, panels, rows, row_count, out, ra_alloc(blocks * width, sizeof *p.most)};
    ra_parallel_for(blocks, threads, multiply_block, &p);
    for (size_t v = 0; v < width; v++)
        most[v] = -INFINITY;
    for (size_t b = 0; b < blocks; b++)
        for (size_t v = 0; v < width; v++)
            most[v] = fmaxf(most[v], p.most[b * width + v]);
    free(p.most);
}

void ra_panels_multiply(const ra_panels *panels, const float *rows, size_t row_count, float *out,
                        float *most, int threads)
{
    ra_panels_multiply_by(best_kernel(), panels, rows, row_count, out, most, threads);
}
