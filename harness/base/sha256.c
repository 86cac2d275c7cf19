#include "base/sha256.h"

#include "base/memory.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct ra_sha256 {
    EVP_MD_CTX *context;
};

/* libcrypto fails here only when memory runs out or the library is broken */
static void must(int ok)
{
    if (!ok) {
        fputs("routeassay: libcrypto cannot compute SHA-256\n", stderr);
        exit(RA_ERR_INTERNAL);
    }
}

ra_sha256 *ra_sha256_start(void)
{
    ra_sha256 *state = ra_alloc(1, sizeof *state);
    state->context = EVP_MD_CTX_new();
    must(state->context != NULL);
    must(EVP_DigestInit_ex(state->context, EVP_sha256(), NULL));
    return state;
}

void ra_sha256_add(ra_sha256 *state, const void *bytes, size_t length)
{
    must(EVP_DigestUpdate(state->context, bytes, length));
}

void ra_sha256_finish(ra_sha256 *state, ra_digest out)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    must(EVP_DigestFinal_ex(state->context, raw, NULL));
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = hex[raw[i] >> 4];
        out[2 * i + 1] = hex[raw[i] & 15];
    }
    out[64] = '\0';
    EVP_MD_CTX_free(state->context);
    free(state);
}

void ra_sha256_bytes(const void *bytes, size_t length, ra_digest out)
{
    ra_sha256 *state = ra_sha256_start();
    ra_sha256_add(state, bytes, length);
    ra_sha256_finish(state, out);
}

bool ra_sha256_file(const char *path, ra_digest out, ra_error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return ra_fail_errno(err, path, "open");
    static const size_t chunk = 1 << 18;
    char *bytes = ra_alloc(chunk, 1);
    ra_sha256 *state = ra_sha256_start();
    size_t got;
    while ((got = fread(bytes, 1, chunk, file)) > 0)
        ra_sha256_add(state, bytes, got);
    bool ok = !ferror(file);
    if (!ok)
        ra_fail_errno(err, path, "read");
    ra_sha256_finish(state, out);
    free(bytes);
    fclose(file);
    return ok;
}
