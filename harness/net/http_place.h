/* One attempt at a request, between net/http.c, which says when, and libcurl. Only those two files
 * include this. */
#ifndef RA_NET_HTTP_PLACE_H
#define RA_NET_HTTP_PLACE_H

#include "base/memory.h"
#include "base/text.h"
#include "net/http.h"

#include <curl/curl.h>

/* One of the places for requests under way; its easy handle keeps what it allocated. */
typedef struct ra_http_place {
    struct run *run; /* of net/http.c */
    CURL *easy;
    size_t index;      /* of the request */
    size_t most_bytes; /* of an answer */
    bool busy, too_long;
    unsigned redirects;
    char *redirected; /* URL that a redirect named; NULL = the request's own */
    struct curl_slist *headers;
    ra_buf answer, answer_headers;
    char reason[CURL_ERROR_SIZE];
} ra_http_place;

/* Sets the easy handle up for the request, or for where it was redirected; what comes will be in
 * answer and answer_headers. False when libcurl cannot. The caller frees p->headers. */
RA_MUST_CHECK bool ra_http_prepare(ra_http_place *p, const ra_http_request *request,
                                   const ra_http_options *o);

/* Same scheme, host and port. */
bool ra_http_same_origin(const char *a, const char *b);

#endif
