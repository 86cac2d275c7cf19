/* Calls as JSONL, for 'calls send': one call a line,
 *
 *   {"url" | "path","method","body","headers","purpose","repetition","tokens_in","tokens_out"}
 *
 * all optional: url is the endpoint's with path ("chat/completions") behind it; method is POST if
 * there is a body, else GET; body is an object (sent compactly) or a text (sent as it is); headers
 * are "Name: value" texts; purpose is "send"; tokens_in is a quarter of the body's bytes,
 * tokens_out the body's max_tokens. */
#ifndef RA_NET_CALL_LIST_H
#define RA_NET_CALL_LIST_H

#include "net/calls.h"

/* Reads all lines; calls and texts in the arena. No line is an error. */
RA_MUST_CHECK bool ra_call_list_read(const char *path, const ra_endpoint *endpoint, ra_arena *arena,
                                     ra_call **calls, size_t *count, ra_error *err);

#endif
