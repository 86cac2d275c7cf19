/* The kernel for x86-64 with AVX2: 32 lanes are one vector of bytes, two of 16-bit numbers and four
 * of 32-bit ones. The same integers as in lanes.c, so the same bytes. */
#include "measure/lanes.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* 32 numbers of 16 bits: lanes 0-15 and 16-31. */
typedef struct wide {
    __m256i low, high;
} wide;

AVX2 static inline __m256i load(const void *from)
{
    return _mm256_loadu_si256(from);
}

AVX2 static inline void store(void *to, __m256i value)
{
    _mm256_storeu_si256(to, value);
}

AVX2 static inline void store_wide(int16_t *to, wide value)
{
    store(to, value.low);
    store(to + 16, value.high);
}

AVX2 static inline wide widen(__m256i bytes)
{
    return (wide){_mm256_cvtepu8_epi16(_mm256_castsi256_si128(bytes)),
                  _mm256_cvtepu8_epi16(_mm256_extracti128_si256(bytes, 1))};
}

AVX2 static inline wide plus(wide a, wide b)
{
    return (wide){_mm256_add_epi16(a.low, b.low), _mm256_add_epi16(a.high, b.high)};
}

AVX2 static inline wide times(wide a, int16_t b)
{
    __m256i by = _mm256_set1_epi16(b);
    return (wide){_mm256_mullo_epi16(a.low, by), _mm256_mullo_epi16(a.high, by)};
}

AVX2 static inline wide larger(wide a, wide b)
{
    return (wide){_mm256_max_epi16(a.low, b.low), _mm256_max_epi16(a.high, b.high)};
}

AVX2 static inline wide smaller(wide a, wide b)
{
    return (wide){_mm256_min_epi16(a.low, b.low), _mm256_min_epi16(a.high, b.high)};
}

/* Sum of at most RA_LANE_RUN rows: it fits bytes. */
AVX2 static inline wide run(const uint8_t *rows, const uint32_t *row, size_t from, size_t count)
{
    __m256i sum = _mm256_setzero_si256();
    for (size_t k = from; k < from + count; k++)
        sum = _mm256_add_epi8(sum, load(rows + (row ? row[k] : k) * RA_LANES));
    return widen(sum);
}

AVX2 static void sum_rows(const uint8_t *rows, const uint32_t *row, size_t count,
                          int16_t sum[RA_LANES])
{
    wide all = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    for (size_t k = 0; k < count; k += RA_LANE_RUN)
        all = plus(all, run(rows, row, k, count - k < RA_LANE_RUN ? count - k : RA_LANE_RUN));
    store_wide(sum, all);
}

/* --- random counts --- */

/* Half of the generators: 16 lanes. */
typedef struct half {
    __m256i s0, s1, s2, s3;
} half;

AVX2 static inline __m256i turn(__m256i x, int by)
{
    return _mm256_or_si256(_mm256_slli_epi32(x, by), _mm256_srli_epi32(x, 32 - by));
}

AVX2 static inline __m256i next(half *g)
{
    __m256i out = _mm256_add_epi32(turn(_mm256_add_epi32(g->s0, g->s3), 7), g->s0);
    __m256i t = _mm256_slli_epi32(g->s1, 9);
    g->s2 = _mm256_xor_si256(g->s2, g->s0);
    g->s3 = _mm256_xor_si256(g->s3, g->s1);
    g->s1 = _mm256_xor_si256(g->s1, g->s2);
    g->s0 = _mm256_xor_si256(g->s0, g->s3);
    g->s2 = _mm256_xor_si256(g->s2, t);
    g->s3 = turn(g->s3, 11);
    return out;
}

AVX2 static inline half half_of(const ra_lane_rng *rng, int from)
{
    return (half){load(rng->s[0] + from), load(rng->s[1] + from), load(rng->s[2] + from),
                  load(rng->s[3] + from)};
}

AVX2 static inline void put_half(ra_lane_rng *rng, int from, const half *g)
{
    store(rng->s[0] + from, g->s0);
    store(rng->s[1] + from, g->s1);
    store(rng->s[2] + from, g->s2);
    store(rng->s[3] + from, g->s3);
}

/* 16 counts of 16 bits: a comparison is -1 where it holds. */
AVX2 static inline __m256i counts_of(__m256i bits, const int16_t *limits)
{
    __m256i value = _mm256_xor_si256(bits, _mm256_set1_epi16(INT16_MIN));
    __m256i less = _mm256_setzero_si256();
    for (int k = 0; k < RA_LANE_LIMITS - 1; k++)
        less = _mm256_add_epi16(less, _mm256_cmpgt_epi16(value, _mm256_set1_epi16(limits[k])));
    __m256i undecided = _mm256_cmpgt_epi16(value, _mm256_set1_epi16(limits[RA_LANE_LIMITS - 1]));
    __m256i count = _mm256_sub_epi16(_mm256_setzero_si256(), less);
    return _mm256_and_si256(_mm256_or_si256(count, undecided),
                            _mm256_set1_epi16(RA_LANE_UNDECIDED));
}

AVX2 static void poisson(ra_lane_rng *rng, const int16_t limits[RA_LANE_LIMITS], size_t count,
                         uint8_t *rows)
{
    half low = half_of(rng, 0), high = half_of(rng, 8);
    for (size_t r = 0; r < count; r++) {
        __m256i a = counts_of(next(&low), limits), b = counts_of(next(&high), limits);
        /* packing works on each 128 bits apart: put the quarters back in order */
        store(rows + r * RA_LANES, _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xD8));
    }
    put_half(rng, 0, &low);
    put_half(rng, 8, &high);
}

/* --- the sweep --- */

typedef struct sweeper {
    wide calls, gained, highest, lowest;
    __m256i area[4]; /* lanes in the order of unpacking */
} sweeper;

AVX2 static inline void begin_block(ra_lane_mark *mark, sweeper *now)
{
    store_wide(mark->calls, now->calls);
    store_wide(mark->gained, now->gained);
    now->lowest = now->gained;
}

AVX2 static inline void end_block(ra_lane_mark *mark, const sweeper *now)
{
    store_wide(mark->highest, now->highest);
    store_wide(mark->lowest, now->lowest);
}

/* gain * before + gain * after, in 32 bits. */
AVX2 static inline void add_area(__m256i *area, __m256i before, __m256i after, __m256i gain)
{
    area[0] = _mm256_add_epi32(area[0], _mm256_madd_epi16(_mm256_unpacklo_epi16(before, after),
                                                          _mm256_unpacklo_epi16(gain, gain)));
    area[1] = _mm256_add_epi32(area[1], _mm256_madd_epi16(_mm256_unpackhi_epi16(before, after),
                                                          _mm256_unpackhi_epi16(gain, gain)));
}

AVX2 static inline void advance(sweeper *now, wide calls, wide gain)
{
    wide after = plus(now->calls, calls);
    add_area(now->area, now->calls.low, after.low, gain.low);
    add_area(now->area + 2, now->calls.high, after.high, gain.high);
    now->calls = after;
    now->gained = plus(now->gained, gain);
    now->highest = larger(now->highest, now->gained);
    now->lowest = smaller(now->lowest, now->gained);
}

typedef struct moved {
    wide calls, gained;
} moved;

/* By far the most lines are of one row. */
AVX2 static inline moved one_row(const uint8_t *row, int16_t gain)
{
    wide calls = widen(load(row));
    return (moved){calls, times(calls, gain)};
}

AVX2 static moved tied_rows(const uint8_t *rows, const uint32_t *row, const int16_t *gain,
                            size_t count)
{
    wide calls = {_mm256_setzero_si256(), _mm256_setzero_si256()}, gained = calls;
    for (size_t k = 0; k < count; k++) {
        wide copies = widen(load(rows + (size_t)row[k] * RA_LANES));
        calls = plus(calls, copies);
        gained = plus(gained, times(copies, gain[k]));
    }
    return (moved){calls, gained};
}

AVX2 static inline wide flat_rows(const uint8_t *rows, const uint32_t *row)
{
    _Static_assert(RA_LANE_FLAT == 4, "four rows are summed here");
    __m256i a = load(rows + (size_t)row[0] * RA_LANES), b = load(rows + (size_t)row[1] * RA_LANES);
    __m256i c = load(rows + (size_t)row[2] * RA_LANES), d = load(rows + (size_t)row[3] * RA_LANES);
    return widen(_mm256_add_epi8(_mm256_add_epi8(a, b), _mm256_add_epi8(c, d)));
}

AVX2 static inline void store_area(const __m256i *area, int32_t *to)
{
    store(to, _mm256_permute2x128_si256(area[0], area[1], 0x20));
    store(to + 8, _mm256_permute2x128_si256(area[0], area[1], 0x31));
    store(to + 16, _mm256_permute2x128_si256(area[2], area[3], 0x20));
    store(to + 24, _mm256_permute2x128_si256(area[2], area[3], 0x31));
}

AVX2 static void sweep(const ra_lane_plan *plan, const uint8_t *rows, ra_lane_mark *marks,
                       int32_t area[RA_LANES])
{
    const __m256i zero = _mm256_setzero_si256();
    sweeper now = {
        {zero, zero}, {zero, zero}, {zero, zero}, {zero, zero}, {zero, zero, zero, zero}};
    const uint32_t *row = plan->row;
    for (size_t b = 0; b < plan->blocks; b++) {
        begin_block(&marks[b], &now);
        for (size_t s = plan->first_step[b]; s < plan->first_step[b + 1]; s++) {
            const ra_lane_step *step = &plan->step[s];
            now.calls = plus(now.calls, flat_rows(rows, row));
            row += RA_LANE_FLAT;
            moved m = step->tied == 1
                          ? one_row(rows + (size_t)*row * RA_LANES, step->gain)
                          : tied_rows(rows, row, plan->gain + (row - plan->row), step->tied);
            advance(&now, m.calls, m.gained);
            row += step->tied;
        }
        end_block(&marks[b], &now);
    }
    begin_block(&marks[plan->blocks], &now);
    end_block(&marks[plan->blocks], &now);
    store_area(now.area, area);
}

const ra_lane_kernel *ra_lanes_avx2(void)
{
    static const ra_lane_kernel kernel = {"avx2", poisson, sum_rows, sweep};
    return __builtin_cpu_supports("avx2") ? &kernel : NULL;
}

#else

const ra_lane_kernel *ra_lanes_avx2(void)
{
    return NULL;
}

#endif
