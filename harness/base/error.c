#include "base/error.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

void ra_printable(char *dst, size_t size, const char *text)
{
    size_t out = 0;
    const unsigned char *s = (const unsigned char *)text;
    while (*s) {
        size_t n = ra_utf8_length(s, strnlen((const char *)s, 4));
        bool plain = n > 0 && *s >= 0x20 && *s != 0x7f && !(n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
        size_t need = plain ? n : 4;
        if (out + need + 4 > size) {
            if (out + 4 <= size) {
                memcpy(dst + out, "...", 3);
                out += 3;
            }
            break;
        }
        if (plain) {
            memcpy(dst + out, s, n);
            s += n;
        } else {
            snprintf(dst + out, 5, "\\x%02x", *s++);
        }
        out += need;
    }
    dst[out] = '\0';
}

static bool fill(ra_error *err, ra_code code, const char *file, long line, const char *message)
{
    err->code = code;
    err->line = line;
    err->hint[0] = '\0';
    ra_printable(err->file, sizeof err->file, file ? file : "");
    ra_printable(err->message, sizeof err->message, message);
    return false;
}

bool ra_fail(ra_error *err, ra_code code, const char *file, long line, const char *message,
             const char *hint)
{
    fill(err, code, file, line, message);
    ra_printable(err->hint, sizeof err->hint, hint ? hint : "");
    return false;
}

bool ra_failf(ra_error *err, ra_code code, const char *file, long line, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return fill(err, code, file, line, text);
}

bool ra_hintf(ra_error *err, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ra_printable(err->hint, sizeof err->hint, text);
    return false;
}

bool ra_fail_errno(ra_error *err, const char *file, const char *verb)
{
    int why = errno;
    char text[128];
    /* GNU strerror_r: thread-safe, may return a static string */
    const char *reason = strerror_r(why, text, sizeof text);
    ra_failf(err, RA_ERR_INPUT, file, 0, "cannot %s: %s", verb, reason);
    if (why == ENOENT)
        ra_hintf(err, "check the path");
    else if (why == EACCES)
        ra_hintf(err, "check the permissions");
    else if (why == ENOSPC || why == EDQUOT)
        ra_hintf(err, "free some space and run the command again; nothing was left half-written");
    return false;
}

void ra_error_print(const ra_error *err, const char *command, FILE *out)
{
    fprintf(out, "%s: ", command);
    if (err->file[0] && err->line > 0)
        fprintf(out, "%s:%ld: ", err->file, err->line);
    else if (err->file[0])
        fprintf(out, "%s: ", err->file);
    fprintf(out, "%s\n", err->message);
    if (err->hint[0])
        fprintf(out, "  hint: %s\n", err->hint);
}
