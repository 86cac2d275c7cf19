/* Ctrl-C that a long computation answers: it saves, and then ends.
 *
 *     ra_interrupt_watch(true);
 *     while (work is left && !ra_interrupted())
 *         do a step;
 *     ra_interrupt_watch(false);
 *     if (ra_interrupted()) save and end with ra_interrupt_end()
 *
 * Between, the first SIGINT only sets a flag; the second one ends the process as usual. */
#ifndef RA_BASE_INTERRUPT_H
#define RA_BASE_INTERRUPT_H

#include <stdbool.h>

/* Begins or ends to watch. Not nested; from one thread. */
void ra_interrupt_watch(bool on);
/* Did SIGINT come while it was watched for? Any thread may ask. */
bool ra_interrupted(void);
/* Ends the process by SIGINT, so that a shell sees what happened; returns if there was none. */
void ra_interrupt_end(void);

#endif
