#include "base/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler can tell of a signal in no other way. */
static volatile sig_atomic_t caught;

static void note(int number)
{
    (void)number;
    caught = 1;
}

void ra_interrupt_watch(bool on)
{
    static struct sigaction before;
    struct sigaction action = {.sa_handler = note};
    action.sa_flags = (int)((unsigned)SA_RESETHAND | (unsigned)SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, on ? &action : &before, on ? &before : NULL);
}

bool ra_interrupted(void)
{
    return caught != 0;
}

void ra_interrupt_end(void)
{
    if (!caught)
        return;
    signal(SIGINT, SIG_DFL); /* a shell's background jobs begin with it ignored */
    raise(SIGINT);
}
