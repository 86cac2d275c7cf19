#include "routers/adam.h"

#include "base/clones.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

void ra_adam_init(ra_adam *adam, size_t count, double rate, double decay)
{
    *adam = (ra_adam){.count = count,
                      .first = ra_alloc(count, sizeof *adam->first),
                      .second = ra_alloc(count, sizeof *adam->second),
                      .rate = rate,
                      .decay = decay};
}

void ra_adam_release(ra_adam *adam)
{
    free(adam->first);
    free(adam->second);
    *adam = (ra_adam){0};
}

typedef struct coefficients {
    float step, root, decay;
} coefficients;

static inline void update_some(size_t count, float *restrict first, float *restrict second,
                               float *restrict parameter, const float *restrict gradient,
                               coefficients c)
{
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i] + c.decay * parameter[i];
        first[i] = 0.9F * first[i] + 0.1F * g;
        second[i] = 0.999F * second[i] + 0.001F * g * g;
        parameter[i] -= c.step * first[i] / (sqrtf(second[i]) / c.root + 1e-8F);
    }
}

/* In blocks of a fixed size, which compilers turn into vector instructions. */
RA_CLONES("avx2", "default")
static void update(const ra_adam *adam, float *parameter, const float *gradient, coefficients c)
{
    enum { BLOCK = 16 };
    size_t i = 0;
    for (; i + BLOCK <= adam->count; i += BLOCK)
        update_some(BLOCK, adam->first + i, adam->second + i, parameter + i, gradient + i, c);
    update_some(adam->count - i, adam->first + i, adam->second + i, parameter + i, gradient + i, c);
}

void ra_adam_step(ra_adam *adam, float *parameter, const float *gradient)
{
    double t = (double)++adam->steps;
    update(adam, parameter, gradient,
           (coefficients){(float)(adam->rate / (1 - pow(0.9, t))), (float)sqrt(1 - pow(0.999, t)),
                          (float)adam->decay});
}
