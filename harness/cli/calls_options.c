#include "cli/calls_options.h"

#include "base/limits.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

ra_calls_cli ra_calls_cli_default(void)
{
    return (ra_calls_cli){.endpoint = ra_endpoint_default(),
                          .calls = ra_calls_defaults(),
                          .mode = NULL,
                          .concurrency = 32};
}

/* "IN/OUT" */
static bool parse_price(const char *text, ra_price_per_million *out, ra_error *err)
{
    char input[32];
    size_t slash = strcspn(text, "/");
    double in, output;
    if (slash < sizeof input && text[slash]) {
        snprintf(input, sizeof input, "%.*s", (int)slash, text);
        if (ra_parse_number(input, &in) && ra_parse_number(text + slash + 1, &output) && in >= 0 &&
            output >= 0) {
            *out = (ra_price_per_million){.known = true, .input = in, .output = output};
            return true;
        }
    }
    return ra_failf(err, RA_ERR_USAGE, NULL, 0,
                    "--price: IN/OUT in dollars per million tokens expected, found '%s'", text);
}

static bool not_negative(double value, const char *name, ra_error *err)
{
    return !(value < 0) ||
           ra_failf(err, RA_ERR_USAGE, NULL, 0, "--%s: 0 or more expected, found %g", name, value);
}

/* The key that is there by default is for the endpoint that is. */
static void drop_key_of_other_host(ra_endpoint *e)
{
    const ra_endpoint usual = ra_endpoint_default();
    if (e->key_env == usual.key_env && strcmp(e->url, usual.url) != 0)
        e->key_env = NULL;
}

bool ra_calls_cli_check(ra_calls_cli *net, ra_error *err)
{
    ra_calls_options *o = &net->calls;
    drop_key_of_other_host(&net->endpoint);
    if (net->mode) {
        o->mode_name = NULL; /* the option counts, not the environment */
        if (!ra_calls_mode_parse(net->mode, &o->mode, err))
            return false;
    }
    if (net->concurrency < 1 || net->concurrency > RA_MAX_CONCURRENCY)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--concurrency: 1 to %d expected",
                        RA_MAX_CONCURRENCY);
    o->concurrency = (unsigned)net->concurrency;
    return (!net->price || parse_price(net->price, &net->endpoint.price, err)) &&
           not_negative(o->requests_per_minute, "rpm", err) &&
           not_negative(o->tokens_per_minute, "tpm", err) &&
           not_negative(o->budget, "budget", err) && not_negative(o->timeout_s, "timeout", err) &&
           ra_endpoint_check(&net->endpoint, err);
}
