/* Functions compiled for several processors, of which the best is taken when the program starts:
 *
 *     RA_CLONES("avx2", "default") static float dot(const float *a, const float *b, size_t n)
 *
 * The choice is made before the thread sanitizer is ready, and would crash it: with it there is one
 * version. */
#ifndef RA_BASE_CLONES_H
#define RA_BASE_CLONES_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RA_CLONES(...)
#endif
#endif

#ifndef RA_CLONES
#define RA_CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#endif

#endif
