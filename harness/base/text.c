#include "base/text.h"

#include "base/memory.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void reserve(ra_buf *buf, size_t more)
{
    ra_grow(&buf->text, &buf->capacity, buf->length + more + 1, 1);
}

void ra_buf_add(ra_buf *buf, const char *bytes, size_t length)
{
    reserve(buf, length);
    if (length > 0)
        memcpy(buf->text + buf->length, bytes, length);
    buf->length += length;
    buf->text[buf->length] = '\0';
}

void ra_buf_puts(ra_buf *buf, const char *text)
{
    ra_buf_add(buf, text, strlen(text));
}

void ra_buf_putc(ra_buf *buf, char c)
{
    ra_buf_add(buf, &c, 1);
}

void ra_buf_printf(ra_buf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (length > 0) {
        reserve(buf, (size_t)length);
        vsnprintf(buf->text + buf->length, (size_t)length + 1, fmt, again);
        buf->length += (size_t)length;
    }
    va_end(again);
}

void ra_buf_number(ra_buf *buf, double value)
{
    char text[32];
    if (!isfinite(value)) {
        ra_buf_puts(buf, "null");
        return;
    }
    int length = ra_format_number(text, value);
    ra_buf_add(buf, text, (size_t)length);
}

void ra_buf_file_part(ra_buf *buf, const char *text)
{
    enum { LONGEST = 80 };
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strnlen(text, LONGEST);
    for (size_t i = 0; i < length; i++) {
        bool leading = i == 0 && (text[i] == '.' || text[i] == '-');
        ra_buf_add(buf, strchr(plain, text[i]) && !leading ? text + i : "_", 1);
    }
    if (length == 0)
        ra_buf_putc(buf, '_');
}

void ra_buf_release(ra_buf *buf)
{
    free(buf->text);
    *buf = (ra_buf){0};
}

int ra_format_number(char dst[32], double value)
{
    if (fabs(value) < 1e15 && !(value > rint(value)) && !(value < rint(value)))
        return snprintf(dst, 32, "%.0f", value + 0.0);
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(dst, 32, "%.*g", digits, value);
        double back = strtod(dst, NULL);
        if (!(back < value) && !(back > value))
            break;
    }
    return length;
}

bool ra_parse_number(const char *text, double *value)
{
    const char *s = text;
    if (*s == '-' || *s == '+')
        s++;
    size_t digits = strspn(s, "0123456789.");
    if (digits == 0 || strspn(s, "0123456789.eE+-") != strlen(s))
        return false;
    char *end;
    *value = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(*value);
}

bool ra_parse_count(const char *text, uint64_t max, uint64_t *value)
{
    if (*text < '0' || *text > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    if (*end != '\0' || errno != 0 || parsed > max)
        return false;
    *value = parsed;
    return true;
}

size_t ra_utf8_length(const unsigned char *s, size_t length)
{
    if (length == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xed && s[1] > 0x9f;
    bool too_high = s[0] == 0xf4 && s[1] > 0x8f;
    return overlong || surrogate || too_high ? 0 : n;
}

size_t ra_utf8_check(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        if (length - at >= sizeof word) {
            memcpy(&word, s + at, sizeof word);
            if ((word & 0x8080808080808080ULL) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t n = ra_utf8_length(s + at, length - at);
        if (n == 0)
            return at;
        at += n;
    }
    return length;
}

uint32_t ra_utf8_code(const char *s, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)s;
    uint32_t code = length == 1 ? bytes[0] : bytes[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3fU);
    return code;
}

bool ra_has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ra_has_suffix(const char *text, const char *suffix)
{
    size_t n = strlen(text), k = strlen(suffix);
    return n >= k && strcmp(text + n - k, suffix) == 0;
}

/* FNV-1a, 64 bits: good enough for ids of benchmark items */
static size_t hash(const char *key)
{
    uint64_t h = 0xcbf29ce484222325ULL;
    for (const unsigned char *s = (const unsigned char *)key; *s; s++)
        h = (h ^ *s) * 0x100000001b3ULL;
    return (size_t)(h ^ (h >> 32));
}

static size_t slot_of(const ra_map *map, const char *key, uint64_t hashed)
{
    size_t slot = hashed & (map->capacity - 1);
    while (map->keys[slot] && (map->hashes[slot] != hashed || strcmp(map->keys[slot], key) != 0))
        slot = (slot + 1) & (map->capacity - 1);
    return slot;
}

static void put(ra_map *map, size_t slot, const char *key, uint64_t hashed, size_t value)
{
    map->keys[slot] = key;
    map->hashes[slot] = hashed;
    map->values[slot] = value;
}

static void map_double(ra_map *map)
{
    ra_map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 64;
    map->keys = ra_alloc(map->capacity, sizeof *map->keys);
    map->hashes = ra_alloc(map->capacity, sizeof *map->hashes);
    map->values = ra_alloc(map->capacity, sizeof *map->values);
    for (size_t i = 0; i < old.capacity; i++) {
        if (!old.keys[i])
            continue;
        size_t slot = old.hashes[i] & (map->capacity - 1);
        while (map->keys[slot])
            slot = (slot + 1) & (map->capacity - 1);
        put(map, slot, old.keys[i], old.hashes[i], old.values[i]);
    }
    ra_map_release(&old);
}

size_t ra_map_add(ra_map *map, const char *key, size_t value)
{
    if (2 * (map->count + 1) > map->capacity)
        map_double(map);
    uint64_t hashed = hash(key);
    size_t slot = slot_of(map, key, hashed);
    if (map->keys[slot])
        return map->values[slot];
    put(map, slot, key, hashed, value);
    map->count++;
    return RA_MAP_NONE;
}

size_t ra_map_get(const ra_map *map, const char *key)
{
    if (map->count == 0)
        return RA_MAP_NONE;
    size_t slot = slot_of(map, key, hash(key));
    return map->keys[slot] ? map->values[slot] : RA_MAP_NONE;
}

void ra_map_release(ra_map *map)
{
    free(map->keys);
    free(map->hashes);
    free(map->values);
    *map = (ra_map){0};
}
