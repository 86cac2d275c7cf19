/* The inner loops of the bootstrap, for 32 replicates side by side.
 *
 * A tile is 32 replicates of one benchmark: for each item one row of 32 bytes that say how often
 * the item was drawn in each replicate, then a row of zeros. Replicate j is lane j of every vector,
 * and no operation mixes lanes, so all routers read the same rows and nothing depends on how wide a
 * vector is.
 *
 * All of it is integer arithmetic, so that there is no rounding and no order of summation: the
 * kernels below give the same bytes on every machine. The portable one is plain C, the other needs
 * AVX2; ra_lanes_kernel chooses at run time.
 *
 *     const ra_lane_kernel *kernel = ra_lanes_kernel(RA_LANES_BEST);
 *     kernel->sweep(&plan, rows, marks, area);
 */
#ifndef RA_MEASURE_LANES_H
#define RA_MEASURE_LANES_H

#include <stddef.h>
#include <stdint.h>

enum {
    RA_LANES = 32,
    RA_LANE_MOST = 31,          /* copies of an item that a row may hold here */
    RA_LANE_RUN = 8,            /* rows that are summed in bytes: 8 * 31 < 256 */
    RA_LANE_FLAT = 4,           /* flat rows of a step */
    RA_LANE_LIMITS = 8,         /* thresholds of the Poisson table */
    RA_LANE_UNDECIDED = 255,    /* a count that the table leaves to more random bits */
    RA_LANE_LARGEST = INT16_MAX /* calls and gains of a replicate fit 16 bits */
};

/* 16 generators xoshiro128++ (Blackman and Vigna: "Scrambled linear pseudorandom number
 * generators", 2021), each with the low half of its output for lane 2i and the high one for
 * lane 2i+1. Far quicker in vectors than Philox, from which it is seeded. */
typedef struct ra_lane_rng {
    uint32_t s[4][RA_LANES / 2];
} ra_lane_rng;

/* A stretch of the curve: RA_LANE_FLAT rows on which nothing is gained or lost, then one line over
 * `tied` rows of equal score, at least one. Where there are fewer, a row of zeros fills the place:
 * steps of one form need no branches, which nothing could predict. */
typedef struct ra_lane_step {
    uint32_t tied;
    int16_t gain; /* of a copy of the first tied row */
} ra_lane_step;

/* A router's way through the rows, the same for all replicates. Blocks are a few steps each:
 * between them the sweep leaves marks, from which any point of a curve is found again. */
typedef struct ra_lane_plan {
    uint32_t *row; /* rows by falling score, each step's flat ones and then its tied ones */
    int16_t *gain; /* of a copy of each of them, strong less weak */
    ra_lane_step *step;
    uint32_t *first_step, *first_row; /* blocks + 1 */
    size_t blocks;
} ra_lane_plan;

/* Where the replicates stand when a block begins. The last mark, blocks, has the totals. */
typedef struct ra_lane_mark {
    int16_t calls[RA_LANES], gained[RA_LANES];
    int16_t highest[RA_LANES]; /* gain up to the block's end, from the curve's beginning on */
    int16_t lowest[RA_LANES];  /* gain in the block, its beginning and end included */
} ra_lane_mark;

typedef struct ra_lane_kernel {
    const char *name;
    /* Counts for `count` rows: how many of the limits lie below 16 random bits (both offset to be
     * signed); RA_LANE_UNDECIDED above the last limit. */
    void (*poisson)(ra_lane_rng *rng, const int16_t limits[RA_LANE_LIMITS], size_t count,
                    uint8_t *rows);
    /* Sum of the rows row[0 .. count-1], or of the first `count` with row NULL. */
    void (*sum)(const uint8_t *rows, const uint32_t *row, size_t count, int16_t sum[RA_LANES]);
    /* Fills marks[blocks + 1] and area: the sum over lines of gain * (calls before + after). */
    void (*sweep)(const ra_lane_plan *plan, const uint8_t *rows, ra_lane_mark *marks,
                  int32_t area[RA_LANES]);
} ra_lane_kernel;

typedef enum ra_lanes_path { RA_LANES_BEST, RA_LANES_PORTABLE } ra_lanes_path;

const ra_lane_kernel *ra_lanes_kernel(ra_lanes_path path);

extern const ra_lane_kernel ra_lanes_portable;
/* NULL where there is none for this machine. */
const ra_lane_kernel *ra_lanes_avx2(void);

#endif
