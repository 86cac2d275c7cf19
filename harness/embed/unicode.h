/* Classes of code points as the reference tokenizer has them: utf8proc's categories, corrected
 * where embed/unicode_tables.h says so. Text here is valid UTF-8. */
#ifndef RA_EMBED_UNICODE_H
#define RA_EMBED_UNICODE_H

#include "base/text.h"

/* Appends the text with every longest cut-off or invalid sequence as U+FFFD, as Python's decoder
 * and browsers do. */
void ra_unicode_repair(ra_buf *out, const char *text, size_t length);

/* The code point at s; *length is set to its bytes. */
static inline uint32_t ra_unicode_at(const char *s, size_t *length)
{
    unsigned char c = (unsigned char)*s;
    *length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return c < 0x80 ? c : ra_utf8_code(s, *length);
}

void ra_unicode_put(ra_buf *out, uint32_t code);

bool ra_unicode_is_space(uint32_t code);
/* Removed when text is cleaned: categories Cc (but \t \n \r), Cf and Co. */
bool ra_unicode_is_control(uint32_t code);
bool ra_unicode_is_punctuation(uint32_t code);
bool ra_unicode_is_chinese(uint32_t code);
bool ra_unicode_is_mark(uint32_t code); /* nonspacing: an accent */
bool ra_unicode_is_letter(uint32_t code);
bool ra_unicode_is_number(uint32_t code);
bool ra_unicode_is_word(uint32_t code); /* \w: letters, digits, marks and '_' */
/* Canonical combining class. */
int ra_unicode_combining(uint32_t code);

/* Lower case of one code point: one, or two for U+0130. Returns how many. */
size_t ra_unicode_lower(uint32_t code, uint32_t out[2]);
/* Full canonical decomposition of one code point; at most 4. Returns how many. */
size_t ra_unicode_decompose(uint32_t code, uint32_t out[4]);

#endif
