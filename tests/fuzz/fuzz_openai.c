/* Property: any bytes that a server sends give an answer or an error with a message, and its parts
 * stay within their limits; no crash, no leak. */
#include "base/limits.h"
#include "net/openai.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char nothing[1] = "";
    const char *body = size ? (const char *)data : nothing;
    ra_arena arena = {0};
    ra_completion completion;
    ra_answer_facts facts;
    ra_error err = {0};
    float *vectors = NULL;
    size_t dimension = 0;
    (void)ra_openai_facts(body, size, &arena, &facts);
    if (ra_openai_read(body, size, "fuzz", &arena, &completion, &err)) {
        for (size_t i = 0; i < completion.token_count; i++)
            for (size_t k = 0; k < completion.tokens[i].count; k++)
                if (ra_utf8_check(completion.tokens[i].others[k].token,
                                  strlen(completion.tokens[i].others[k].token)) !=
                    strlen(completion.tokens[i].others[k].token))
                    abort();
    } else if (!err.message[0]) {
        abort();
    }
    if (ra_openai_read_embeddings(body, size, "fuzz", 2, &dimension, &arena, &vectors, &err) &&
        (dimension == 0 || dimension > RA_MAX_DIMENSION || !vectors))
        abort();
    ra_arena_release(&arena);
    return 0;
}
