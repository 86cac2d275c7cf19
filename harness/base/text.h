/* Text: growing buffers, UTF-8 checks, number formatting, and a map from string to index. */
#ifndef RA_BASE_TEXT_H
#define RA_BASE_TEXT_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* A growing, always terminated string. Zero-initialise; text is NULL until something is added. */
typedef struct ra_buf {
    char *text;
    size_t length, capacity;
} ra_buf;

void ra_buf_add(ra_buf *buf, const char *bytes, size_t length);
void ra_buf_puts(ra_buf *buf, const char *text);
void ra_buf_putc(ra_buf *buf, char c);
void ra_buf_printf(ra_buf *buf, const char *fmt, ...) RA_PRINTF(2, 3);
/* Appends the number in the shortest form that reads back equal; "null" if not finite. */
void ra_buf_number(ra_buf *buf, double value);
/* Appends text as part of a file name: of letters, digits, '.', '_' and '-', at most 80 bytes,
 * never empty, hidden or an option. */
void ra_buf_file_part(ra_buf *buf, const char *text);
void ra_buf_release(ra_buf *buf);

/* Writes the shortest decimal form of a finite value that reads back equal; returns its length. */
int ra_format_number(char dst[32], double value);

/* Reads a whole string as a finite decimal number (no spaces, hex, inf or nan). */
RA_MUST_CHECK bool ra_parse_number(const char *text, double *value);
/* Reads a whole string as a non-negative integer up to `max`. */
RA_MUST_CHECK bool ra_parse_count(const char *text, uint64_t max, uint64_t *value);

/* Length in bytes of the UTF-8 sequence that starts at s (1-4), 0 if it is not valid or cut off.
 * `length` bytes may be read. Overlong forms and surrogates are not valid. */
size_t ra_utf8_length(const unsigned char *s, size_t length);
/* Offset of the first byte that is not valid UTF-8, or `length` if all is. */
size_t ra_utf8_check(const char *text, size_t length);

/* Code point of the valid sequence of `length` bytes at s. */
uint32_t ra_utf8_code(const char *s, size_t length);

bool ra_has_prefix(const char *text, const char *prefix);
bool ra_has_suffix(const char *text, const char *suffix);

/* Map from string to index. Zero-initialise. Keys are not copied: they must outlive the map. */
typedef struct ra_map {
    const char **keys; /* open addressing, NULL = free; capacity is a power of two */
    uint64_t *hashes;  /* of the keys: most that differ need not be looked at */
    size_t *values;
    size_t count, capacity;
} ra_map;

#define RA_MAP_NONE ((size_t)-1)

/* Adds key -> value and returns RA_MAP_NONE, or returns the value already stored for the key. */
size_t ra_map_add(ra_map *map, const char *key, size_t value);
/* Value of the key, or RA_MAP_NONE. */
size_t ra_map_get(const ra_map *map, const char *key);
void ra_map_release(ra_map *map);

#endif
