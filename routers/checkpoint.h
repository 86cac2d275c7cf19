/* Training by steps that can be interrupted and goes on later to the same bytes.
 *
 * The trainer names all memory that a step changes. Between steps it asks whether to go on; every
 * so often, and when SIGINT came, that memory is saved, atomically, in the file that ra_training
 * names (safetensors; the key in its metadata is a hash of settings and data). A training with the
 * same key that is told to resume begins with what was saved. So all that a step does must follow
 * from that memory and from what does not change: random numbers by step, not by call.
 *
 *     const ra_checkpoint_part parts[] = {{"values", values, bytes}, {"step", &step, sizeof step}};
 *     ra_checkpoint checkpoint;
 *     if (!ra_checkpoint_begin(&checkpoint, training, settings, parts, 2, err)) return false;
 *     while (step < steps) {
 *         ... step++;
 *         if (!ra_checkpoint_step(&checkpoint, step == steps, err)) return false;
 *     }
 */
#ifndef RA_ROUTERS_CHECKPOINT_H
#define RA_ROUTERS_CHECKPOINT_H

#include "base/sha256.h"
#include "routers/training.h"

typedef struct ra_checkpoint_part {
    const char *name;
    void *data;
    size_t bytes;
} ra_checkpoint_part;

typedef struct ra_checkpoint {
    const ra_training *training;
    const ra_checkpoint_part *parts;
    size_t count;
    ra_digest key;
    double saved_s;
} ra_checkpoint;

/* settings: those in effect. Fills the parts with what was saved, if the training resumes and there
 * is something of the same key; a file of another key is told of on stderr, and not used. */
RA_MUST_CHECK bool ra_checkpoint_begin(ra_checkpoint *checkpoint, const ra_training *training,
                                       const ra_json *settings, const ra_checkpoint_part *parts,
                                       size_t count, ra_error *err);
/* After each step: saves when it is time, or when it was the last. False, after saving, if SIGINT
 * came before the last one. */
RA_MUST_CHECK bool ra_checkpoint_step(ra_checkpoint *checkpoint, bool last, ra_error *err);

#endif
