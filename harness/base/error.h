/* Errors with context: what went wrong, where, and what to do about it.
 *
 * A function that can fail returns bool (or a pointer), is marked RA_MUST_CHECK and takes the
 * caller's `ra_error *` last. On failure it fills the error once and returns false; on success it
 * leaves the error alone. Callers pass the same error on and add the place they know:
 *
 *     if (!ra_file_read(path, &text, err))
 *         return false;
 *     if (n == 0)
 *         return ra_fail(err, RA_ERR_INPUT, path, 0, "no items", "export the set again");
 *
 * Messages state the problem first, in lower case, the subject in quotes, without a full stop; the
 * hint says what to do. Text that came from input is made printable before it is stored.
 *
 * Ownership rule of the whole code base, stated here once: `_init`/`_release` handle contents,
 * `_open`/`_close` resources, functions that take an `ra_arena *` put what they return into that
 * arena and nothing needs freeing but the arena. Running out of memory ends the process (exit 5);
 * files are written atomically, so nothing half-written stays behind.
 */
#ifndef RA_BASE_ERROR_H
#define RA_BASE_ERROR_H

#include <stdbool.h>
#include <stdio.h>

#define RA_MUST_CHECK __attribute__((warn_unused_result))
#define RA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Error codes are the process's exit codes. */
typedef enum ra_code {
    RA_OK = 0,
    RA_ERR_CHECK = 1,    /* a claim or check failed: `routeassay verify` with a false claim */
    RA_ERR_USAGE = 2,    /* wrong usage: `routeassay --nonsense` */
    RA_ERR_INPUT = 3,    /* bad input: a CSV row with a field missing */
    RA_ERR_REMOTE = 4,   /* remote or network failure: a download that answers 500 */
    RA_ERR_INTERNAL = 5, /* our fault, or the machine's: out of memory, gnuplot missing */
} ra_code;

typedef struct ra_error {
    ra_code code;
    char file[256];    /* file or subject, "" if none */
    long line;         /* 1-based, 0 if none */
    char message[512]; /* what is wrong */
    char hint[256];    /* what to do, "" if none */
} ra_error;

/* Fills `err` (file, hint may be NULL, line 0 = none) and returns false. */
bool ra_fail(ra_error *err, ra_code code, const char *file, long line, const char *message,
             const char *hint);

/* As ra_fail without a hint, with a formatted message. */
bool ra_failf(ra_error *err, ra_code code, const char *file, long line, const char *fmt, ...)
    RA_PRINTF(5, 6);

/* Sets the hint of an error already filled; returns false, so that it can end a return. */
bool ra_hintf(ra_error *err, const char *fmt, ...) RA_PRINTF(2, 3);

/* Fills `err` from errno: "cannot VERB: No such file or directory". Missing files and wrong
 * permissions are bad input; a full disk or an I/O error is too (exit 3), as the caller can mend
 * them. */
bool ra_fail_errno(ra_error *err, const char *file, const char *verb);

/* One line "COMMAND: FILE:LINE: message", and the hint on a second line. */
void ra_error_print(const ra_error *err, const char *command, FILE *out);

/* Copies `text` into dst (always terminated), control characters and bytes that are not UTF-8
 * shown as \xNN, cut with "..." when too long: safe for terminals and logs. */
void ra_printable(char *dst, size_t size, const char *text);

#endif
