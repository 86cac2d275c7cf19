#include "net/http_place.h"

#include "base/limits.h"
#include "ra_config.h"

#include <math.h>
#include <string.h>
#include <strings.h>

/* --- URLs --- */

/* Scheme, host and port, or the path, of a URL; curl_free it. NULL if there is none. */
static char *url_part(const char *url, CURLUPart part)
{
    CURLU *parsed = curl_url();
    char *text = NULL;
    if (parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parsed, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK)
        text = NULL;
    curl_url_cleanup(parsed);
    return text;
}

bool ra_http_same_origin(const char *a, const char *b)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT};
    bool same = true;
    for (size_t i = 0; same && i < sizeof parts / sizeof *parts; i++) {
        char *x = url_part(a, parts[i]), *y = url_part(b, parts[i]);
        same = x && y && strcasecmp(x, y) == 0;
        curl_free(x);
        curl_free(y);
    }
    return same;
}

void ra_http_show_url(const char *url, char *dst, size_t size)
{
    CURLU *parsed = curl_url();
    char *text = NULL;
    static const CURLUPart secret[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS,
                                       CURLUPART_QUERY, CURLUPART_FRAGMENT};
    bool ok = parsed && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK;
    for (size_t i = 0; ok && i < sizeof secret / sizeof *secret; i++)
        ok = curl_url_set(parsed, secret[i], NULL, 0) == CURLUE_OK;
    ok = ok && curl_url_get(parsed, CURLUPART_URL, &text, 0) == CURLUE_OK;
    ra_printable(dst, size, ok ? text : "a URL that is none");
    curl_free(text);
    curl_url_cleanup(parsed);
}

/* --- what comes in --- */

static size_t receive(char *bytes, size_t one, size_t length, void *context)
{
    (void)one; /* always 1 */
    ra_http_place *p = context;
    p->too_long = length > p->most_bytes - p->answer.length;
    if (p->too_long)
        return CURL_WRITEFUNC_ERROR;
    ra_buf_add(&p->answer, bytes, length);
    return length;
}

/* Header lines of the last answer: a status line (of a redirect, of "100 Continue") starts anew. */
static size_t receive_header(char *bytes, size_t one, size_t length, void *context)
{
    (void)one;
    ra_http_place *p = context;
    size_t n = length;
    while (n > 0 && (bytes[n - 1] == '\r' || bytes[n - 1] == '\n'))
        n--;
    if (n >= 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        p->answer_headers.length = 0;
    } else if (n > 0 && p->answer_headers.length + n < RA_MAX_HEADERS) {
        ra_buf_add(&p->answer_headers, bytes, n);
        ra_buf_putc(&p->answer_headers, '\n');
    }
    return length;
}

/* --- one attempt --- */

static bool set_limits(CURL *easy, const ra_http_options *o)
{
    unsigned bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(1000 * o->connect_s));
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(1000 * o->total_s));
    if (o->idle_s > 0) {
        bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)ceil(o->idle_s));
        bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    }
    /* a thread that still waits for a name server must not hold up the others */
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    return bad == 0;
}

/* Over TLS the first connection says at once whether it takes many requests, and the others wait
 * for that; without, they would wait for the whole first answer. */
static bool set_connection(CURL *easy, const ra_http_options *o, bool tls)
{
    unsigned bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L); /* see redirect() */
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                            (long)(tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    bad |= curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)tls);
    bad |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    bad |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (o->ca_file)
        bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, o->ca_file);
    return bad == 0;
}

/* NULL when out of memory; libcurl copies every line. */
static struct curl_slist *header_list(const ra_http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (const char *const *h = request->headers; h && *h; h++)
        list = curl_slist_append(list, *h);
    return request->secret_header ? curl_slist_append(list, request->secret_header) : list;
}

static bool set_request(ra_http_place *p, const ra_http_request *request)
{
    CURL *easy = p->easy;
    unsigned bad = 0;
    p->headers = header_list(request);
    bad |= curl_easy_setopt(easy, CURLOPT_URL, p->redirected ? p->redirected : request->url);
    bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, p->headers);
    if (request->body) {
        bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
    }
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "routeassay/" RA_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, p);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, p);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, p);
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, p->reason);
    return bad == 0 && p->headers;
}

bool ra_http_prepare(ra_http_place *p, const ra_http_request *request, const ra_http_options *o)
{
    p->answer.length = p->answer_headers.length = 0;
    p->too_long = false;
    p->reason[0] = '\0';
    curl_easy_reset(p->easy);
    return set_limits(p->easy, o) &&
           set_connection(p->easy, o, ra_has_prefix(request->url, "https:")) &&
           set_request(p, request);
}
