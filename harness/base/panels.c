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

void ra_panels_pack_from(ra_panels *panels, const float *values, size_t count, size_t columns,
                         size_t vector_step, size_t column_step)
{
    *panels = (ra_panels){
        .vectors = count, .columns = columns, .count = (count + RA_PANEL - 1) / RA_PANEL};
    panels->packed = ra_alloc(panels->count * columns * RA_PANEL, sizeof(float));
    for (size_t v = 0; v < count; v++) {
        float *panel = panels->packed + v / RA_PANEL * columns * RA_PANEL + v % RA_PANEL;
        for (size_t k = 0; k < columns; k++)
            panel[k * RA_PANEL] = values[v * vector_step + k * column_step];
    }
}

void ra_panels_pack(ra_panels *panels, const float *vectors, size_t count, size_t columns)
{
    ra_panels_pack_from(panels, vectors, count, columns, columns, 1);
}

void ra_panels_release(ra_panels *panels)
{
    free(panels->packed);
    *panels = (ra_panels){0};
}

/* --- kernels --- */

enum { PORTABLE_ROWS = 4 };

static void portable_tile(const float *const *row, const float *panel, size_t columns,
                          const float *start, float *out, size_t stride)
{
    for (size_t r = 0; r < PORTABLE_ROWS; r++) {
        float sum[RA_PANEL] = {0};
        if (start)
            memcpy(sum, start, sizeof sum);
        for (size_t k = 0; k < columns; k++)
            for (size_t v = 0; v < RA_PANEL; v++)
                sum[v] += row[r][k] * panel[k * RA_PANEL + v];
        for (size_t v = 0; v < RA_PANEL; v++)
            out[r * stride + v] = start ? sum[v] : out[r * stride + v] + sum[v];
    }
}

const ra_panel_kernel ra_panel_kernel_portable = {"portable", PORTABLE_ROWS, portable_tile};

static const ra_panel_kernel *best_kernel(void)
{
    const ra_panel_kernel *avx2 = ra_panel_kernel_avx2();
    return avx2 ? avx2 : &ra_panel_kernel_portable;
}

/* --- one panel --- */

/* Rows against `columns` numbers of a panel, of which `width` vectors are wanted. */
typedef struct strip {
    const float *panel, *rows;
    size_t columns, width, row_count, stride;
    const float *start; /* as of a kernel */
    float *out;
    size_t out_stride;
} strip;

/* A tile that is not full repeats its last row, and goes through a copy. */
static void run_edge(const ra_panel_kernel *kernel, const strip *s, const float *const *row,
                     size_t rows, float *out)
{
    float copy[RA_PANEL_ROWS_MOST * RA_PANEL] = {0};
    for (size_t r = 0; !s->start && r < rows; r++)
        memcpy(copy + r * RA_PANEL, out + r * s->out_stride, s->width * sizeof *out);
    kernel->tile(row, s->panel, s->columns, s->start, copy, RA_PANEL);
    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * s->out_stride, copy + r * RA_PANEL, s->width * sizeof *out);
}

static void run_strip(const ra_panel_kernel *kernel, const strip *s)
{
    const float *row[RA_PANEL_ROWS_MOST];
    for (size_t from = 0; from < s->row_count; from += kernel->rows) {
        size_t left = s->row_count - from, rows = left < kernel->rows ? left : kernel->rows;
        float *out = s->out + from * s->out_stride;
        for (size_t r = 0; r < kernel->rows; r++)
            row[r] = s->rows + (from + (r < rows ? r : rows - 1)) * s->stride;
        if (rows < kernel->rows || s->width < RA_PANEL)
            run_edge(kernel, s, row, rows, out);
        else
            kernel->tile(row, s->panel, s->columns, s->start, out, s->out_stride);
    }
}

void ra_panels_part(const ra_panels *panels, const ra_panel_part *part)
{
    const ra_panel_kernel *kernel = best_kernel();
    for (size_t i = 0; i < part->count; i++) {
        size_t panel = part->first + i, left = panels->vectors - panel * RA_PANEL;
        size_t width = left < RA_PANEL ? left : RA_PANEL;
        float start[RA_PANEL] = {0};
        if (part->start)
            memcpy(start, part->start + i * RA_PANEL, width * sizeof *start);
        run_strip(kernel, &(strip){.panel = panels->packed + panel * panels->columns * RA_PANEL,
                                   .rows = part->rows,
                                   .columns = panels->columns,
                                   .width = width,
                                   .row_count = part->row_count,
                                   .stride = part->stride,
                                   .start = start,
                                   .out = part->out + i * RA_PANEL,
                                   .out_stride = part->out_stride});
    }
}

/* --- all products --- */

typedef struct product {
    const ra_panel_kernel *kernel;
    const ra_panels *panels;
    const float *rows;
    size_t row_count;
    float *out;
    float *most; /* (blocks, panels, RA_PANEL) */
} product;

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
            run_strip(p->kernel, &(strip){.panel = a->packed + (i * a->columns + column) * RA_PANEL,
                                          .rows = p->rows + from * a->columns + column,
                                          .columns = columns,
                                          .width = RA_PANEL,
                                          .row_count = rows,
                                          .stride = a->columns,
                                          .out = p->out + (i * p->row_count + from) * RA_PANEL,
                                          .out_stride = RA_PANEL});
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
