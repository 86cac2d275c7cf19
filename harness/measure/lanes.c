/* The kernel that every machine runs. */
#include "measure/lanes.h"

#include <string.h>

static uint32_t turn(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t next(ra_lane_rng *g, size_t i)
{
    uint32_t *s0 = &g->s[0][i], *s1 = &g->s[1][i], *s2 = &g->s[2][i], *s3 = &g->s[3][i];
    uint32_t out = turn(*s0 + *s3, 7) + *s0, t = *s1 << 9;
    *s2 ^= *s0;
    *s3 ^= *s1;
    *s1 ^= *s2;
    *s0 ^= *s3;
    *s2 ^= t;
    *s3 = turn(*s3, 11);
    return out;
}

static uint8_t count_of(uint32_t bits, const int16_t *limits)
{
    int value = (int)(bits & 0xFFFF) - 0x8000, count = 0;
    for (int k = 0; k < RA_LANE_LIMITS - 1; k++)
        count += value > limits[k];
    return value > limits[RA_LANE_LIMITS - 1] ? RA_LANE_UNDECIDED : (uint8_t)count;
}

static void poisson(ra_lane_rng *rng, const int16_t limits[RA_LANE_LIMITS], size_t count,
                    uint8_t *rows)
{
    for (size_t r = 0; r < count; r++, rows += RA_LANES)
        for (size_t i = 0; i < RA_LANES / 2; i++) {
            uint32_t bits = next(rng, i);
            rows[2 * i] = count_of(bits, limits);
            rows[2 * i + 1] = count_of(bits >> 16, limits);
        }
}

static void add(int16_t sum[RA_LANES], const uint8_t *row)
{
    for (int j = 0; j < RA_LANES; j++)
        sum[j] = (int16_t)(sum[j] + row[j]);
}

static void sum_rows(const uint8_t *rows, const uint32_t *row, size_t count, int16_t sum[RA_LANES])
{
    memset(sum, 0, RA_LANES * sizeof *sum);
    for (size_t k = 0; k < count; k++)
        add(sum, rows + (row ? row[k] : k) * RA_LANES);
}

/* Calls and gain of a line over tied rows. */
static void line(const ra_lane_step *step, const uint32_t *row, const int16_t *gain,
                 const uint8_t *rows, int16_t calls[RA_LANES], int16_t gained[RA_LANES])
{
    memset(calls, 0, RA_LANES * sizeof *calls);
    memset(gained, 0, RA_LANES * sizeof *gained);
    for (size_t k = 0; k < step->tied; k++)
        for (int j = 0; j < RA_LANES; j++) {
            int16_t copies = rows[(size_t)row[k] * RA_LANES + (size_t)j];
            calls[j] = (int16_t)(calls[j] + copies);
            gained[j] = (int16_t)(gained[j] + copies * gain[k]);
        }
}

static void advance(const int16_t calls[RA_LANES], const int16_t gained[RA_LANES],
                    ra_lane_mark *now, int32_t area[RA_LANES])
{
    for (int j = 0; j < RA_LANES; j++) {
        int16_t after = (int16_t)(now->calls[j] + calls[j]);
        area[j] += gained[j] * (now->calls[j] + after);
        now->calls[j] = after;
        now->gained[j] = (int16_t)(now->gained[j] + gained[j]);
        if (now->gained[j] > now->highest[j])
            now->highest[j] = now->gained[j];
        if (now->gained[j] < now->lowest[j])
            now->lowest[j] = now->gained[j];
    }
}

static void begin_block(ra_lane_mark *mark, ra_lane_mark *now)
{
    memcpy(mark->calls, now->calls, sizeof mark->calls);
    memcpy(mark->gained, now->gained, sizeof mark->gained);
    memcpy(now->lowest, now->gained, sizeof now->lowest);
}

static void end_block(ra_lane_mark *mark, const ra_lane_mark *now)
{
    memcpy(mark->highest, now->highest, sizeof mark->highest);
    memcpy(mark->lowest, now->lowest, sizeof mark->lowest);
}

static void sweep(const ra_lane_plan *plan, const uint8_t *rows, ra_lane_mark *marks,
                  int32_t area[RA_LANES])
{
    ra_lane_mark now = {0};
    const uint32_t *row = plan->row;
    memset(area, 0, RA_LANES * sizeof *area);
    for (size_t b = 0; b < plan->blocks; b++) {
        begin_block(&marks[b], &now);
        for (size_t s = plan->first_step[b]; s < plan->first_step[b + 1]; s++) {
            const ra_lane_step *step = &plan->step[s];
            for (const uint32_t *end = row + RA_LANE_FLAT; row < end; row++)
                add(now.calls, rows + (size_t)*row * RA_LANES);
            int16_t calls[RA_LANES], gained[RA_LANES];
            line(step, row, plan->gain + (row - plan->row), rows, calls, gained);
            advance(calls, gained, &now, area);
            row += step->tied;
        }
        end_block(&marks[b], &now);
    }
    begin_block(&marks[plan->blocks], &now);
    end_block(&marks[plan->blocks], &now);
}

const ra_lane_kernel ra_lanes_portable = {"portable", poisson, sum_rows, sweep};

const ra_lane_kernel *ra_lanes_kernel(ra_lanes_path path)
{
    const ra_lane_kernel *best = path == RA_LANES_BEST ? ra_lanes_avx2() : NULL;
    return best ? best : &ra_lanes_portable;
}
