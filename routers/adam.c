#include "routers/adam.h"

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

void ra_adam_step(ra_adam *adam, float *parameter, const float *gradient)
{
    double t = (double)++adam->steps;
    float step = (float)(adam->rate / (1 - pow(0.9, t)));
    float root = (float)sqrt(1 - pow(0.999, t)), decay = (float)adam->decay;
    float *first = adam->first, *second = adam->second;
    for (size_t i = 0; i < adam->count; i++) {
        float g = gradient[i] + decay * parameter[i];
        first[i] = 0.9F * first[i] + 0.1F * g;
        second[i] = 0.999F * second[i] + 0.001F * g * g;
        parameter[i] -= step * first[i] / (sqrtf(second[i]) / root + 1e-8F);
    }
}
