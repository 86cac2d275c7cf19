/* Secrets: values of environment variables, and taking them out of text.
 *
 * Every occurrence of a value becomes "[NAME]", also where JSON or a URL wrote some of its
 * characters as \/, \uXXXX or %XX. Values of fewer than RA_SECRET_LENGTH bytes ("none", "EMPTY":
 * what people give servers that want no key) are left alone, as they are parts of words. */
#ifndef RA_NET_SECRETS_H
#define RA_NET_SECRETS_H

#include "base/memory.h"
#include "base/text.h"

#define RA_SECRET_LENGTH 6

typedef struct ra_secret {
    const char *name, *value;
} ra_secret;

/* Zero-initialise. */
typedef struct ra_secrets {
    ra_secret *items;
    size_t count, capacity;
    ra_arena arena;
} ra_secrets;

/* Value of the variable, which is a secret from now on. NULL and an error (exit 2) when it is not
 * set, empty, or holds control characters. */
const char *ra_secrets_get(ra_secrets *secrets, const char *name, ra_error *err);
void ra_secrets_release(ra_secrets *secrets);

/* True if the text holds a secret; then `out` holds it without. */
bool ra_secrets_hide(const ra_secrets *secrets, const char *text, size_t length, ra_buf *out);
/* `text` itself, or a copy in the arena without secrets. NULL -> NULL */
const char *ra_secrets_hidden(const ra_secrets *secrets, ra_arena *arena, const char *text);
/* Takes secrets out of an error's texts. */
void ra_secrets_clean(const ra_secrets *secrets, ra_error *err);

#endif
