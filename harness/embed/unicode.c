#include "embed/unicode.h"

#include "embed/unicode_tables.h"

#include <utf8proc.h>

#define IN(table, code) in_ranges(table, sizeof(table) / sizeof *(table), code)

static bool in_ranges(const code_range *ranges, size_t count, uint32_t code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ranges[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ranges[low].first <= code;
}

/* Bytes of the sequence at s that could be the start of a valid one. */
static size_t broken_length(const unsigned char *s, size_t length)
{
    unsigned char c = s[0];
    size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (c < 0xc2 || c > 0xf4 || length < 2 || s[1] < low || s[1] > high)
        return 1;
    size_t n = 2;
    while (n < want && n < length && (s[n] & 0xc0) == 0x80)
        n++;
    return n;
}

void ra_unicode_repair(ra_buf *out, const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t valid = ra_utf8_check(text + at, length - at);
        ra_buf_add(out, text + at, valid);
        at += valid;
        if (at < length) {
            ra_buf_puts(out, "\xef\xbf\xbd");
            at += broken_length((const unsigned char *)text + at, length - at);
        }
    }
}

void ra_unicode_put(ra_buf *out, uint32_t code)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)code, bytes);
    ra_buf_add(out, (const char *)bytes, (size_t)n);
}

static utf8proc_category_t category(uint32_t code)
{
    return utf8proc_category((utf8proc_int32_t)code);
}

bool ra_unicode_is_space(uint32_t code)
{
    if (code < 0x80)
        return code == ' ' || (code >= '\t' && code <= '\r');
    utf8proc_category_t c = category(code);
    return c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL || c == UTF8PROC_CATEGORY_ZP ||
           code == 0x85;
}

bool ra_unicode_is_control(uint32_t code)
{
    if (code == '\t' || code == '\n' || code == '\r')
        return false;
    utf8proc_category_t c = category(code);
    return c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_CO ||
           (c == UTF8PROC_CATEGORY_CF && !IN(KEPT, code));
}

bool ra_unicode_is_punctuation(uint32_t code)
{
    if (code < 0x80)
        return (code >= '!' && code <= '/') || (code >= ':' && code <= '@') ||
               (code >= '[' && code <= '`') || (code >= '{' && code <= '~');
    utf8proc_category_t c = category(code);
    bool p = c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
    return p ? !IN(NO_PUNCTUATION, code) : IN(PUNCTUATION, code);
}

bool ra_unicode_is_chinese(uint32_t code)
{
    static const code_range blocks[] = {{0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xf900, 0xfaff},
                                        {0x20000, 0x2a6df}, {0x2a700, 0x2b81f}, {0x2b920, 0x2ceaf},
                                        {0x2f800, 0x2fa1f}};
    return code >= blocks[0].first && IN(blocks, code);
}

bool ra_unicode_is_mark(uint32_t code)
{
    return category(code) == UTF8PROC_CATEGORY_MN ? !IN(NO_MARK, code) : IN(MARK, code);
}

bool ra_unicode_is_letter(uint32_t code)
{
    utf8proc_category_t c = category(code);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) || IN(LETTER, code);
}

bool ra_unicode_is_number(uint32_t code)
{
    utf8proc_category_t c = category(code);
    return (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO) || IN(NUMBER, code);
}

bool ra_unicode_is_word(uint32_t code)
{
    /* joiners, and letters in circles and squares, which are symbols */
    static const code_range others[] = {{0x200c, 0x200d},
                                        {0x24b6, 0x24e9},
                                        {0x1f130, 0x1f149},
                                        {0x1f150, 0x1f169},
                                        {0x1f170, 0x1f189}};
    utf8proc_category_t c = category(code);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NL) || c == UTF8PROC_CATEGORY_PC ||
           IN(others, code);
}

int ra_unicode_combining(uint32_t code)
{
    if (code < 0x300)
        return 0;
    int class = utf8proc_get_property((utf8proc_int32_t)code)->combining_class;
    return class != 0 && IN(STARTER, code) ? 0 : class;
}

size_t ra_unicode_lower(uint32_t code, uint32_t out[2])
{
    out[0] = (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
    if (code == 0x130) { /* the one code point whose lower case is two */
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    for (size_t i = 0; out[0] == code && i < sizeof LOWERED / sizeof *LOWERED; i++)
        if (code >= LOWERED[i].first && code <= LOWERED[i].last)
            out[0] = (uint32_t)((int32_t)code + LOWERED[i].add);
    return 1;
}

size_t ra_unicode_decompose(uint32_t code, uint32_t out[4])
{
    const int canonical = UTF8PROC_DECOMPOSE | UTF8PROC_STABLE;
    utf8proc_int32_t parts[4];
    int boundary = 0;
    utf8proc_ssize_t n = 0;
    if (!IN(WHOLE, code))
        n = utf8proc_decompose_char((utf8proc_int32_t)code, parts, 4, (utf8proc_option_t)canonical,
                                    &boundary);
    if (n < 1 || n > 4) { /* canonical decompositions have at most 4 */
        out[0] = code;
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++)
        out[i] = (uint32_t)parts[i];
    return (size_t)n;
}
