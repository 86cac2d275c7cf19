/* The machine and the build that timings were taken with: they mean nothing without them. Facts
 * that are not to be had are NULL or NaN. */
#ifndef RA_BASE_MACHINE_H
#define RA_BASE_MACHINE_H

#include "base/memory.h"

typedef struct ra_machine {
    const char *cpu;      /* "AMD EPYC" */
    const char *flags;    /* those that decide how fast numbers are: "sse4_2 avx2 fma" */
    int cores;            /* that this process may use */
    double memory_mib;    /* of the machine */
    const char *governor; /* of the first core's frequency */
    const char *system;   /* "Linux 6.1.0 x86_64" */
    const char *compiler; /* "gcc 12.2.0, optimised" */
    const char *blas;     /* "OpenBLAS 0.3.21 ..., kernel Zen" */
    double load;          /* how many processes were running or waiting, mean of a minute */
} ra_machine;

/* Texts are in the arena. */
void ra_machine_describe(ra_arena *arena, ra_machine *out);

#endif
