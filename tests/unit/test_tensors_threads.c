/* Files of tensors, and products of matrices against the plain triple loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/matrix.h"
#include "base/rng.h"
#include "data/npy.h"
#include "data/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *path(const char *ending)
{
    static char text[64];
    snprintf(text, sizeof text, "/tmp/ra-test-tensors-%d%s", (int)getpid(), ending);
    return text;
}

static void *keep(const void *bytes, size_t size)
{
    void *copy = ra_alloc(size, 1);
    return memcpy(copy, bytes, size);
}

static float *random_values(size_t count, uint64_t stream)
{
    float *values = ra_alloc(count, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)(ra_rng_uniform(1, stream, i) - 0.5);
    return values;
}

/* --- products --- */

static float element(const ra_product *p, size_t i, size_t j)
{
    double sum = 0;
    for (size_t l = 0; l < p->k; l++) {
        float a = p->transpose_a ? p->a[l * p->lda + i] : p->a[i * p->lda + l];
        float b = p->transpose_b ? p->b[j * p->ldb + l] : p->b[l * p->ldb + j];
        sum += (double)a * (double)b;
    }
    return (float)sum;
}

static void product_of_every_form(void **state)
{
    (void)state;
    const size_t M = 300, N = 600, K = 70;
    float *a = random_values(M * K, 1), *b = random_values(N * K, 2);
    for (int form = 0; form < 4; form++) {
        float *c = random_values(M * N, 3), *before = keep(c, M * N * sizeof *c);
        bool ta = form & 1, tb = form & 2;
        ra_product p = {.transpose_a = ta,
                        .transpose_b = tb,
                        .m = M,
                        .n = N,
                        .k = K,
                        .alpha = 2,
                        .beta = 0.5F,
                        .a = a,
                        .b = b,
                        .c = c,
                        .lda = ta ? M : K,
                        .ldb = tb ? K : N,
                        .ldc = N};
        ra_matrix_multiply(&p, 0);
        for (size_t i = 0; i < M; i += 7)
            for (size_t j = 0; j < N; j += 11) {
                float expected = 2 * element(&p, i, j) + 0.5F * before[i * N + j];
                assert_true(fabsf(c[i * N + j] - expected) <= 1e-5F);
            }
        free(c);
        free(before);
    }
    free(a);
    free(b);
}

static void same_bytes_on_any_threads(void **state)
{
    (void)state;
    const size_t M = 520, N = 1100, K = 130;
    float *a = random_values(M * K, 1), *b = random_values(N * K, 2);
    float *one = random_values(M * N, 3), *many = random_values(M * N, 4);
    ra_matrix_rows_by_rows(a, M, b, N, K, one, 1);
    for (int threads = 2; threads <= 4; threads++) {
        ra_matrix_rows_by_rows(a, M, b, N, K, many, threads);
        assert_memory_equal(one, many, M * N * sizeof *one);
    }
    ra_matrix_vector(b, N, K, a, one, 1);
    ra_matrix_vector(b, N, K, a, many, 3);
    assert_memory_equal(one, many, N * sizeof *one);
    ra_product p = {
        .transpose_b = true, .m = N, .n = 1, .k = K, .a = b, .b = a, .lda = K, .ldb = K};
    assert_true(fabsf(one[N - 1] - element(&p, N - 1, 0)) <= 1e-5F);
    free(a);
    free(b);
    free(one);
    free(many);
}

/* --- safetensors --- */

static void safetensors_round_trip(void **state)
{
    (void)state;
    const float weight[6] = {1, -2, 3.5F, 0, 1e-30F, 6};
    const uint8_t bytes[3] = {1, 2, 3};
    const int64_t ids[2] = {-1, INT64_MAX};
    const ra_tensor tensors[] = {
        {.name = "bytes", .dtype = RA_U8, .rank = 1, .shape = {3}, .count = 3, .data = bytes},
        {.name = "weight", .dtype = RA_F32, .rank = 2, .shape = {2, 3}, .count = 6, .data = weight},
        {.name = "ids", .dtype = RA_I64, .rank = 1, .shape = {2}, .count = 2, .data = ids}};
    ra_json *metadata = ra_json_new_object();
    ra_json_put_string(metadata, "kind", "mf \"x\"\n");
    ra_error err;
    assert_true(ra_safetensors_write(path(""), tensors, 3, metadata, &err));
    ra_json_free(metadata);
    ra_safetensors file;
    assert_true(ra_safetensors_open(&file, path(""), &err));
    assert_int_equal(file.count, 3);
    assert_string_equal(ra_safetensors_metadata(&file, "kind"), "mf \"x\"\n");
    assert_null(ra_safetensors_metadata(&file, "none"));
    size_t shape[2] = {0, 3};
    const float *found;
    assert_true(ra_safetensors_floats(&file, "weight", 2, shape, &found, &err));
    assert_int_equal(shape[0], 2);
    assert_memory_equal(found, weight, sizeof weight);
    assert_memory_equal(ra_safetensors_find(&file, "ids")->data, ids, sizeof ids);
    assert_memory_equal(ra_safetensors_find(&file, "bytes")->data, bytes, sizeof bytes);
    size_t other[2] = {3, 3};
    assert_false(ra_safetensors_floats(&file, "weight", 2, other, &found, &err));
    assert_non_null(strstr(err.message, "F32 (3, 3) expected, found F32 (2, 3)"));
    assert_false(ra_safetensors_floats(&file, "gone", 2, other, &found, &err));
    ra_safetensors_close(&file);
    unlink(path(""));
}

static bool opens(const char *header, size_t data, ra_error *err)
{
    ra_buf file = {0};
    uint64_t length = strlen(header);
    ra_buf_add(&file, (const char *)&length, sizeof length);
    ra_buf_puts(&file, header);
    for (size_t i = 0; i < data; i++)
        ra_buf_putc(&file, '\0');
    bool ok = ra_file_write(path(""), file.text, file.length, err);
    ra_buf_release(&file);
    ra_safetensors tensors;
    ok = ok && ra_safetensors_open(&tensors, path(""), err);
    if (ok)
        ra_safetensors_close(&tensors);
    unlink(path(""));
    return ok;
}

static void safetensors_errors(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *part; /* of the message; NULL = fine */
    } rows[] = {
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, NULL},
        {"{}", 0, NULL},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[0,0]}}", 0, NULL},
        {"[]", 0, "not an object"},
        {"{\"a\":1}", 0, "an object expected"},
        {"{", 0, "JSON"},
        {"{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "not supported"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "do not fit"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "past the end"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "after the last"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "leaves a gap"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 8, "two rising"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "two rising"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "whole number"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "whole number"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}", 4,
         "whole number"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", 4,
         "overflows"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
         4, "overlaps"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
         "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
         8, "a"},
        {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
         "more than 8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_error err = {0};
        bool ok = opens(rows[i].header, rows[i].data, &err);
        if (ok != !rows[i].part || (!ok && !strstr(err.message, rows[i].part)))
            fail_msg("row %zu: %s", i, ok ? "accepted" : err.message);
        if (!ok)
            assert_int_equal(err.code, RA_ERR_INPUT);
    }
    ra_error err;
    ra_safetensors file;
    assert_true(ra_file_write(path(""), "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, &err));
    assert_false(ra_safetensors_open(&file, path(""), &err));
    assert_true(ra_file_write(path(""), "\1\0\0", 3, &err));
    assert_false(ra_safetensors_open(&file, path(""), &err));
    assert_non_null(strstr(err.message, "cut short"));
    unlink(path(""));
}

/* --- npy --- */

static void npy_round_trip(void **state)
{
    (void)state;
    const float values[6] = {1, 2, 3, 4, 5, -6.25F};
    const char *const ids[2] = {"a/1", "b c"};
    ra_error err;
    ra_npy npy;
    assert_true(ra_npy_write(path(".npy"), values, 2, 3, ids, &err));
    assert_true(ra_npy_open(&npy, path(".npy"), &err));
    assert_int_equal(npy.rows, 2);
    assert_int_equal(npy.columns, 3);
    assert_memory_equal(npy.values, values, sizeof values);
    assert_string_equal(npy.ids[1], "b c");
    ra_npy_close(&npy);
    assert_true(ra_file_write(path(".npy.ids"), "a\na\n", 4, &err));
    assert_false(ra_npy_open(&npy, path(".npy"), &err));
    assert_non_null(strstr(err.message, "appears twice"));
    assert_true(ra_file_write(path(".npy.ids"), "a\n", 2, &err));
    assert_false(ra_npy_open(&npy, path(".npy"), &err));
    assert_non_null(strstr(err.message, "1 ids for 2 rows"));
    unlink(path(".npy.ids"));
    unlink(path(".npy"));
}

static void npy_errors(void **state)
{
    (void)state;
#define HEAD "\x93NUMPY\1\0"
    static const struct {
        const char *dictionary;
        size_t data;
        const char *part;
    } rows[] = {
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", 8, NULL},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}", 16, NULL},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", 7, "does not fit"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", 9, "does not fit"},
        {"{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }", 8, "Fortran"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1, 2), }", 8, "neither"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, "(rows, columns)"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1), }", 8, "(rows, columns)"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808, 2), }", 8,
         "does not fit"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 0), }", 0, "rows of 0"},
        {"{'descr': '<f4', 'shape': (1, 0), }", 0, "lacks"},
        {"", 0, "lacks"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_buf file = {0};
        size_t length = strlen(rows[i].dictionary);
        const char size[2] = {(char)length, 0};
        ra_buf_add(&file, HEAD, 8);
        ra_buf_add(&file, size, 2);
        ra_buf_puts(&file, rows[i].dictionary);
        for (size_t b = 0; b < rows[i].data; b++)
            ra_buf_putc(&file, '\0');
        ra_buf_add(&file, "\0\0", file.length < 12 ? 2 : 0);
        ra_error err = {0};
        ra_npy npy;
        assert_true(ra_file_write(path(".npy"), file.text, file.length, &err));
        bool ok = ra_npy_open(&npy, path(".npy"), &err);
        if (ok != !rows[i].part || (!ok && !strstr(err.message, rows[i].part)))
            fail_msg("row %zu: %s", i, ok ? "accepted" : err.message);
        if (ok)
            ra_npy_close(&npy);
        ra_buf_release(&file);
    }
    const float nan = NAN;
    ra_error err;
    ra_npy npy;
    assert_true(ra_npy_write(path(".npy"), &nan, 1, 1, NULL, &err));
    assert_false(ra_npy_open(&npy, path(".npy"), &err));
    assert_non_null(strstr(err.message, "finite"));
    unlink(path(".npy"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(product_of_every_form),  cmocka_unit_test(same_bytes_on_any_threads),
        cmocka_unit_test(safetensors_round_trip), cmocka_unit_test(safetensors_errors),
        cmocka_unit_test(npy_round_trip),         cmocka_unit_test(npy_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
