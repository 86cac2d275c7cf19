/* SentencePiece's normalization rules as a table, the "precompiled charsmap" of tokenizer.json:
 *
 *     uint32 bytes of the trie | double array of uint32 units | replacements, each ended by NUL
 *
 * all little-endian, in base64. A unit of the array (Darts-clone's): bits 0-7 the label, bit 8 "a
 * key ends here", bits 10-30 the offset to the children, shifted left by 8 more when bit 9 is set;
 * the unit that a key's end points to holds the place of its replacement. */
#ifndef RA_EMBED_CHARSMAP_H
#define RA_EMBED_CHARSMAP_H

#include "base/error.h"
#include "base/text.h"

#include <stdint.h>

typedef struct ra_charsmap {
    uint32_t *units;
    size_t unit_count;
    char *replacements; /* ends with NUL */
    size_t replacements_length;
    const char *ascii[128]; /* replacement of the character alone, or NULL */
} ra_charsmap;

/* Reads base64. Errors are filed under `file`; whatever bytes it holds, applying it is safe. */
RA_MUST_CHECK bool ra_charsmap_read(ra_charsmap *map, const char *base64, const char *file,
                                    ra_error *err);
void ra_charsmap_release(ra_charsmap *map);

/* Appends the text (valid UTF-8), normalized the way `tokenizers` does: a grapheme cluster of less
 * than 6 bytes that begins with a key becomes the replacement of its shortest such key; in any
 * other each character does. (SentencePiece itself takes the longest key at each place: the two
 * differ on combining marks.) */
void ra_charsmap_apply(const ra_charsmap *map, const char *text, size_t length, ra_buf *out);

#endif
