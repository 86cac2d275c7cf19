#include "embed/charsmap.h"

#include "base/memory.h"
#include "embed/unicode.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { SHORT_CLUSTER = 6 }; /* bytes */

static uint32_t little_endian(const unsigned char *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool split_table(ra_charsmap *map, const unsigned char *bytes, size_t length,
                        const char **problem)
{
    size_t trie = length < 4 ? 0 : little_endian(bytes);
    *problem = "its trie is longer than it is, or empty";
    if (trie < 4 || trie % 4 != 0 || trie > length - 4)
        return false;
    map->unit_count = trie / 4;
    map->units = ra_alloc(map->unit_count, sizeof *map->units);
    for (size_t i = 0; i < map->unit_count; i++)
        map->units[i] = little_endian(bytes + 4 + 4 * i);
    map->replacements_length = length - 4 - trie;
    map->replacements = ra_alloc(map->replacements_length + 1, 1);
    memcpy(map->replacements, bytes + 4 + trie, map->replacements_length);
    *problem = "its replacements are not UTF-8";
    return ra_utf8_check(map->replacements, map->replacements_length) == map->replacements_length;
}

static uint32_t offset_of(uint32_t unit)
{
    return (unit >> 10) << ((unit & (1U << 9)) >> 6);
}

/* The replacement that a key's end points to, NULL if the place is none. */
static const char *replacement_at(const ra_charsmap *map, size_t leaf)
{
    size_t at = leaf < map->unit_count ? map->units[leaf] & 0x7fffffffU : SIZE_MAX;
    if (at > map->replacements_length || ((unsigned char)map->replacements[at] & 0xc0) == 0x80)
        return NULL;
    return map->replacements + at;
}

/* Replacement of the shortest key that the text begins with, NULL if it begins with none. */
static const char *find(const ra_charsmap *map, const char *text, size_t length)
{
    size_t node = offset_of(map->units[0]);
    for (size_t i = 0; i < length && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];
        node ^= c;
        if (node >= map->unit_count || (map->units[node] & 0x800000ffU) != c)
            return NULL;
        bool ends = (map->units[node] >> 8) & 1;
        node ^= offset_of(map->units[node]);
        if (ends)
            return replacement_at(map, node);
    }
    return NULL;
}

bool ra_charsmap_read(ra_charsmap *map, const char *base64, const char *file, ra_error *err)
{
    *map = (ra_charsmap){0};
    const char *problem = "it is not base64";
    size_t length = strlen(base64);
    unsigned char *bytes = ra_alloc(length / 4 * 3 + 1, 1);
    int decoded = length % 4 == 0 && length > 0 && length < INT32_MAX
                      ? EVP_DecodeBlock(bytes, (const unsigned char *)base64, (int)length)
                      : -1;
    size_t padding = 0;
    while (decoded > 0 && padding < 2 && base64[length - 1 - padding] == '=')
        padding++;
    bool ok = decoded > 0 && split_table(map, bytes, (size_t)decoded - padding, &problem);
    free(bytes);
    if (!ok) {
        ra_charsmap_release(map);
        ra_failf(err, RA_ERR_INPUT, file, 0, "'precompiled_charsmap' is broken: %s", problem);
        return ra_hintf(err, "get the file again");
    }
    for (int c = 1; c < 128; c++)
        map->ascii[c] = find(map, &(char){(char)c}, 1);
    return true;
}

void ra_charsmap_release(ra_charsmap *map)
{
    free(map->units);
    free(map->replacements);
    *map = (ra_charsmap){0};
}

static size_t cluster_length(const char *text, size_t length)
{
    size_t at, bytes;
    utf8proc_int32_t state = 0, code = (utf8proc_int32_t)ra_unicode_at(text, &at);
    while (at < length) {
        utf8proc_int32_t next = (utf8proc_int32_t)ra_unicode_at(text + at, &bytes);
        if (utf8proc_grapheme_break_stateful(code, next, &state))
            break;
        code = next;
        at += bytes;
    }
    return at;
}

static void put_characters(const ra_charsmap *map, const char *text, size_t length, ra_buf *out)
{
    for (size_t at = 0, bytes; at < length; at += bytes) {
        ra_unicode_at(text + at, &bytes);
        const char *to = find(map, text + at, bytes);
        if (to)
            ra_buf_puts(out, to);
        else
            ra_buf_add(out, text + at, bytes);
    }
}

/* Bytes of ASCII at the start that stand alone and stay as they are. */
static size_t plain_run(const ra_charsmap *map, const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && (unsigned char)text[n] < 0x80 && !map->ascii[(unsigned char)text[n]])
        n++;
    /* the last may carry a mark */
    return n < length && n > 0 && (unsigned char)text[n] >= 0x80 ? n - 1 : n;
}

void ra_charsmap_apply(const ra_charsmap *map, const char *text, size_t length, ra_buf *out)
{
    for (size_t at = 0; at < length;) {
        size_t run = plain_run(map, text + at, length - at);
        ra_buf_add(out, text + at, run);
        at += run;
        if (at == length)
            break;
        size_t cluster = cluster_length(text + at, length - at);
        const char *to = cluster < SHORT_CLUSTER ? find(map, text + at, cluster) : NULL;
        if (to)
            ra_buf_puts(out, to);
        else
            put_characters(map, text + at, cluster, out);
        at += cluster;
    }
}
