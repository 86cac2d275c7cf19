/* Property: an expression of any bytes gives a value or an error with a message; no crash. */
#include "verify/expression.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool find_name(void *context, const char *name, bool measured, ra_estimate *out,
                      ra_error *why)
{
    (void)context;
    if (strlen(name) > 3)
        return ra_fail(why, RA_ERR_INPUT, NULL, 0, "not known", NULL);
    *out = (ra_estimate){measured ? 2 : -1, measured ? 1 : -2, measured ? 3 : 0};
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(size + 1, 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    ra_names names = {find_name, NULL};
    ra_estimate out;
    ra_error err = {0};
    ra_buf arithmetic = {0};
    bool measured;
    if (ra_expression_evaluate(text, &names, &out, &measured, &arithmetic, &err) != RA_EVALUATED &&
        !err.message[0])
        abort();
    ra_buf_release(&arithmetic);
    free(text);
    return 0;
}
