/* Property: any bytes as a tokenizer.json or vocab.txt are read, or give an error with a message;
 * and every text is encoded, to ids that the tokenizer has, of which a shorter limit keeps the
 * first. The first byte picks the file; what follows the last 0xff is the text. */
#include "embed/tokenizer.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX = 512, SHORT = 6 };

static void encode(const ra_tokenizer *t, const char *text, size_t length)
{
    int32_t ids[MAX], few[SHORT];
    size_t n = ra_tokenizer_encode(t, text, length, MAX, ids);
    size_t m = ra_tokenizer_encode(t, text, length, SHORT, few);
    if (n > MAX || m > SHORT || (m < SHORT && m != n))
        abort();
    for (size_t i = 0; i < n; i++)
        if (ids[i] < 0 || (size_t)ids[i] >= ra_tokenizer_size(t))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char sample[] =
        "The caf\xc3\xa9's 12 \xe4\xb8\xad <mask> [SEP] e\xcc\x81\xff\xe2\x96\x81x";
    if (size == 0)
        return 0;
    size_t end = size;
    while (end > 1 && data[end - 1] != 0xff)
        end--;
    bool has_text = end > 1;
    size_t file = has_text ? end - 2 : size - 1;
    ra_tokenizer *t;
    ra_error err = {0};
    temporary_file(data[0] % 2 ? "vocab.txt" : "tokenizer.json", data + 1, file);
    if (ra_tokenizer_open(&t, temporary(""), &err)) {
        encode(t, sample, sizeof sample - 1);
        if (has_text)
            encode(t, (const char *)data + end, size - end);
    } else if (!err.message[0]) {
        abort();
    }
    ra_tokenizer_free(t);
    temporary_end();
    return 0;
}
