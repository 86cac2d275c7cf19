/* Whether and when a failed HTTP request is tried again: what downloads and paid calls share. */
#ifndef RA_DATA_RETRY_H
#define RA_DATA_RETRY_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* Failures that a later attempt may not have: no connection, an answer cut short, a time limit. */
bool ra_retry_transport(CURLcode result);
/* Of those, the ones where nobody was reached at all. */
bool ra_retry_is_unreachable(CURLcode result);
/* 408, 409, 425, 429 and 5xx but 501, which says that there is no such thing. */
bool ra_retry_status(long status);

/* Seconds to wait after `attempts` failures: 0.5, 1, 2, 4 ... 30, each shortened by up to a half at
 * random, so that many clients do not come back together. */
double ra_retry_back_off_s(uint64_t seed, uint64_t stream, unsigned attempts);

#endif
