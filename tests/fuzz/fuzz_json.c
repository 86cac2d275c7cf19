/* Property: any bytes give a result or an error with a message; no crash, no leak. */
#include "data/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    ra_error err;
    ra_json *doc = ra_json_parse(text, size, (ra_json_at){"fuzz", 1}, &err);
    if (doc) {
        /* what was read prints, and reads back */
        ra_buf out = {0};
        ra_json_print(doc, &out);
        ra_json *again = ra_json_parse(out.text, out.length, (ra_json_at){"again", 1}, &err);
        if (!again)
            abort();
        ra_json_free(again);
        ra_buf_release(&out);
    } else if (!err.message[0]) {
        abort();
    }
    ra_json_free(doc);
    free(text);
    return 0;
}
