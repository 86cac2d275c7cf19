/* SHA-256 through libcrypto. A digest is 64 lower-case hex digits and a terminator. */
#ifndef RA_BASE_SHA256_H
#define RA_BASE_SHA256_H

#include "base/error.h"

#include <stddef.h>

typedef char ra_digest[65];

typedef struct ra_sha256 ra_sha256;

/* Streaming: start, add pieces, finish (which frees the state). */
ra_sha256 *ra_sha256_start(void);
void ra_sha256_add(ra_sha256 *state, const void *bytes, size_t length);
void ra_sha256_finish(ra_sha256 *state, ra_digest out);

void ra_sha256_bytes(const void *bytes, size_t length, ra_digest out);
RA_MUST_CHECK bool ra_sha256_file(const char *path, ra_digest out, ra_error *err);

#endif
