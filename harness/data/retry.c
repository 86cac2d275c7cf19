#include "data/retry.h"

#include "base/rng.h"

#include <math.h>
#include <stddef.h>

static const double first_s = 0.5, longest_s = 30;

static bool among(const CURLcode *codes, size_t count, CURLcode result)
{
    for (size_t i = 0; i < count; i++)
        if (codes[i] == result)
            return true;
    return false;
}

bool ra_retry_is_unreachable(CURLcode result)
{
    static const CURLcode codes[] = {
        CURLE_COULDNT_RESOLVE_PROXY,
        CURLE_COULDNT_RESOLVE_HOST,
        CURLE_COULDNT_CONNECT,
    };
    return among(codes, sizeof codes / sizeof *codes, result);
}

bool ra_retry_transport(CURLcode result)
{
    static const CURLcode codes[] = {
        CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
        CURLE_GOT_NOTHING,        CURLE_PARTIAL_FILE,      CURLE_HTTP2,      CURLE_HTTP2_STREAM,
        CURLE_WEIRD_SERVER_REPLY,
    };
    return ra_retry_is_unreachable(result) || among(codes, sizeof codes / sizeof *codes, result);
}

bool ra_retry_status(long status)
{
    return (status >= 500 && status != 501) || status == 408 || status == 409 || status == 425 ||
           status == 429;
}

double ra_retry_back_off_s(uint64_t seed, uint64_t stream, unsigned attempts)
{
    double most = fmin(first_s * exp2(attempts - 1.0), longest_s);
    return most * (0.5 + 0.5 * ra_rng_uniform(seed, stream, attempts));
}
