/* Adam (Kingma and Ba 2015) as PyTorch's torch.optim.Adam does it: weight decay is added to the
 * gradient; beta 0.9 and 0.999, epsilon 1e-8. */
#ifndef RA_ROUTERS_ADAM_H
#define RA_ROUTERS_ADAM_H

#include <stddef.h>

typedef struct ra_adam {
    size_t count; /* parameters */
    float *first, *second;
    double rate, decay;
    size_t steps;
} ra_adam;

void ra_adam_init(ra_adam *adam, size_t count, double rate, double decay);
void ra_adam_release(ra_adam *adam);
void ra_adam_step(ra_adam *adam, float *parameter, const float *gradient);

#endif
