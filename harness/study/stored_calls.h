/* What a router that asks a server takes and costs, from the answers in the call store: the network
 * is not touched, and an answer that is not there is an error. */
#ifndef RA_STUDY_STORED_CALLS_H
#define RA_STUDY_STORED_CALLS_H

#include "measure/overhead.h"
#include "study/assay.h"

/* spec: "KIND[:ARGUMENT]" of the contender. Prompts are asked one by one. */
RA_MUST_CHECK bool ra_stored_calls_read(const ra_contender *contender, const char *spec,
                                        const ra_assay_request *assay, const ra_prompt *prompts,
                                        size_t count, ra_overhead_stored *out, ra_error *err);

#endif
