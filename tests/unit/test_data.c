/* CSV, JSON, hashing, random numbers: against published vectors and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/sha256.h"
#include "data/csv.h"
#include "data/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *temporary(const char *bytes, size_t length)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/ra-test-%d", (int)getpid());
    ra_error err;
    assert_true(ra_file_write(path, bytes, length, &err));
    return path;
}

static void sha256_vector(void **state)
{
    (void)state;
    ra_digest digest;
    ra_sha256_bytes("abc", 3, digest); /* FIPS 180-2, appendix B.1 */
    assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void philox_vectors(void **state)
{
    (void)state;
    /* known answers published with Random123 */
    const uint32_t zero[4] = {0}, ones[4] = {~0U, ~0U, ~0U, ~0U};
    uint32_t out[4];
    ra_philox(zero, zero, out);
    const uint32_t first[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    assert_memory_equal(out, first, sizeof out);
    ra_philox(ones, ones, out);
    const uint32_t second[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    assert_memory_equal(out, second, sizeof out);
}

static void csv_rfc4180(void **state)
{
    (void)state;
    const char text[] = "\xef\xbb\xbf"
                        "a,b\r\n\"x\r\ny\",\" \"\"q\"\" \"\r\n\r\n1, 2 \n";
    const char *path = temporary(text, sizeof text - 1);
    ra_csv csv;
    ra_error err;
    assert_true(ra_csv_read(&csv, path, &err));
    assert_int_equal(csv.rows, 2);
    assert_string_equal(csv.header[0], "a");
    assert_string_equal(ra_csv_cell(&csv, 0, 0), "x\r\ny");
    assert_string_equal(ra_csv_cell(&csv, 0, 1), " \"q\" ");
    assert_string_equal(ra_csv_cell(&csv, 1, 1), " 2 ");
    assert_int_equal(csv.lines[0], 2);
    assert_int_equal(csv.lines[1], 5);
    ra_csv_release(&csv);
    unlink(path);
}

static void csv_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        long line;
        const char *part;
    } rows[] = {
        {"a,b\n1,2\n3\n", 10, 3, "2 columns expected, 1 found"},
        {"a,b\n1,\"2\n", 9, 2, "unterminated"},
        {"a,b\n1,\xff\n", 8, 2, "invalid UTF-8"},
        {"a,b\n1,\0\n", 8, 2, "NUL"},
        {"a,a\n", 4, 1, "twice"},
        {"", 0, 0, "empty"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *path = temporary(rows[i].text, rows[i].length);
        ra_csv csv;
        ra_error err = {0};
        assert_false(ra_csv_read(&csv, path, &err));
        assert_int_equal(err.line, rows[i].line);
        assert_non_null(strstr(err.message, rows[i].part));
        unlink(path);
    }
}

static void json_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"a\":01}",
                                      "{\"a\":0x10}",
                                      "{\"a\":1}x",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"a\":\"\\u0000\"}",
                                      "{\"a\":\"\n\"}",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":1",
                                      "",
                                      "[1,]",
                                      "{\"a\":NaN}",
                                      "{\"a\":\"\\ud800\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ra_error err = {0};
        ra_json *doc = ra_json_parse(bad[i], strlen(bad[i]), (ra_json_at){"t", 1}, &err);
        assert_null(doc);
        assert_int_equal(err.code, RA_ERR_INPUT);
    }
    char deep[2000];
    memset(deep, '[', sizeof deep);
    ra_error err = {0};
    assert_null(ra_json_parse(deep, sizeof deep - 1, (ra_json_at){"t", 1}, &err));
    assert_non_null(strstr(err.message, "deep"));
}

static void numbers_round_trip(void **state)
{
    (void)state;
    static const double values[] = {0.1 + 0.2, 1e308, 5e-324, 1.0 / 3, -0.25, 12345678901234567.0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[32];
        ra_format_number(text, values[i]);
        double back = strtod(text, NULL);
        assert_memory_equal(&back, &values[i], sizeof back);
    }
    char text[32];
    ra_format_number(text, 0.3);
    assert_string_equal(text, "0.3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vector), cmocka_unit_test(philox_vectors),
        cmocka_unit_test(csv_rfc4180),   cmocka_unit_test(csv_errors),
        cmocka_unit_test(json_strict),   cmocka_unit_test(numbers_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
