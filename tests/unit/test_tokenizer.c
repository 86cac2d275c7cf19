/* Tokenizers: recorded ids of the reference implementation (tests/tokenizers, written by
 * tests/peers/support/tokenizer_fixtures.py), and files that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/jsonl.h"
#include "embed/tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX = 4096 };

static const char *fixture(const char *name)
{
    static char path[4096];
    const char *root = getenv("SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/tokenizers/%s", root ? root : ".", name);
    return path;
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static size_t from_hex(const char *hex, char *out)
{
    size_t n = 0;
    for (; hex[2 * n] && hex[2 * n + 1]; n++)
        out[n] = (char)(16 * digit(hex[2 * n]) + digit(hex[2 * n + 1]));
    return n;
}

static void check_line(const ra_tokenizer *t, const ra_json *line)
{
    static char text[1 << 16];
    static int32_t ids[MAX], cut[MAX];
    const ra_json *want = ra_json_get(line, "ids");
    const char *hex = ra_json_text(ra_json_get(line, "hex"));
    assert_true(strlen(hex) < 2 * sizeof text);
    size_t length = from_hex(hex, text);
    size_t n = ra_tokenizer_encode(t, text, length, MAX, ids), i = 0;
    bool same = n == ra_json_size(want);
    for (const ra_json *e = ra_json_first(want); same && e; e = ra_json_next(e), i++) {
        double id = -1;
        same = ra_json_value(e, &id) && ids[i] == (int32_t)id;
    }
    if (!same)
        fail_msg("other ids than the reference for the text %s", hex);
    /* cut: the text's last tokens go, the special ones stay */
    for (size_t max = 2; max < n && max < 12; max++) {
        assert_int_equal(ra_tokenizer_encode(t, text, length, max, cut), max);
        assert_memory_equal(cut, ids, (max - 1) * sizeof *ids);
        assert_int_equal(cut[max - 1], ids[n - 1]);
    }
}

static void ids_of_the_reference(void **state)
{
    (void)state;
    static const char *const names[] = {"wordpiece", "accented", "unigram", "bpe"};
    ra_text file;
    ra_error err;
    size_t checked = 0;
    assert_true(ra_file_read(fixture("reference.jsonl"), &file, &err));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ra_tokenizer *t;
        assert_true(ra_tokenizer_open(&t, fixture(names[i]), &err));
        for (char *at = file.text, *end; (end = strchr(at, '\n')); at = end + 1) {
            ra_json *line =
                ra_json_parse(at, (size_t)(end - at), (ra_json_at){"reference", 0}, &err);
            assert_non_null(line);
            if (strcmp(ra_json_text(ra_json_get(line, "tokenizer")), names[i]) == 0) {
                check_line(t, line);
                checked++;
            }
            ra_json_free(line);
        }
        ra_tokenizer_free(t);
    }
    free(file.text);
    assert_true(checked > 100);
}

/* --- files --- */

static char folder[64];

static void put(const char *name, const char *text, size_t length)
{
    char path[128];
    ra_error err;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(ra_file_write(path, text, length, &err));
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ra-tokenizer-%d", (int)getpid());
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    ra_error err;
    return ra_folder_remove(folder, &err) ? 0 : 1;
}

static void vocab_txt(void **state)
{
    (void)state;
    static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able\n##ABLE\nUn\n!\r\n";
    static const int32_t lower[] = {2, 4, 5, 8, 3}, cased[] = {2, 7, 6, 8, 3};
    ra_tokenizer *t;
    ra_error err;
    int32_t ids[16];
    put("vocab.txt", vocab, sizeof vocab - 1);
    assert_true(ra_tokenizer_open(&t, folder, &err));
    assert_int_equal(ra_tokenizer_size(t), 9);
    assert_int_equal(ra_tokenizer_pad(t), 0);
    assert_int_equal(ra_tokenizer_encode(t, "UnABLE!", 7, 16, ids), 5);
    assert_memory_equal(ids, lower, sizeof lower);
    ra_tokenizer_free(t);
    put("tokenizer_config.json", "{\"do_lower_case\": false}", 24);
    assert_true(ra_tokenizer_open(&t, folder, &err));
    assert_int_equal(ra_tokenizer_encode(t, "UnABLE!", 7, 16, ids), 5);
    assert_memory_equal(ids, cased, sizeof cased);
    ra_tokenizer_free(t);
}

static void wrong_vocab_txt(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {{"[UNK]\n[CLS]\n[SEP]\na\na\n", "is there twice"},
                {"[UNK]\n[CLS]\na\n", "'[SEP]' is not in the vocabulary"},
                {"[CLS]\n[SEP]\na\n", "'[UNK]' is not in the vocabulary"},
                {"[UNK]\n[CLS]\n\n[SEP]\n", "token 2 has 0 bytes"},
                {"", "a vocabulary of 0 tokens"},
                {"[UNK]\n\xff\n", "not UTF-8"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_tokenizer *t;
        ra_error err = {0};
        put("vocab.txt", rows[i].text, strlen(rows[i].text));
        assert_false(ra_tokenizer_open(&t, folder, &err));
        assert_null(t);
        assert_int_equal(err.code, RA_ERR_INPUT);
        if (!strstr(err.message, rows[i].message))
            fail_msg("'%s' expected, found '%s'", rows[i].message, err.message);
    }
}

#define CLS \
    "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"[C]\",1],\"sep\":[\"[S]\",2]}"
#define WORDS "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[U]\",\"vocab\":"
#define GOOD WORDS "{\"[U]\":0,\"[C]\":1,\"[S]\":2,\"a\":3}}"
#define PIECES "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":"
#define MAP "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":"

static void wrong_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "empty"},
        {"[]", "a JSON object expected"},
        {"{}", "'model'"},
        {"{" WORDS "{\"[U]\":0,\"[U]\":1}}}", "duplicate key '[U]'"},
        {"{" WORDS "{\"[U]\":0,\"a\":0}}}", "'a': another has its id, 0"},
        {"{" WORDS "{\"a\":0}}}", "'[U]' is not in the vocabulary"},
        {"{" WORDS "{\"[U]\":0,\"\":1}}}", "token 1 has 0 bytes"},
        {"{" WORDS "{\"[U]\":-1}}}", "an id from 0"},
        {"{" WORDS "{\"[U]\":0.5}}}", "an id from 0"},
        {"{" WORDS "{\"[U]\":4294967296}}}", "an id from 0"},
        {"{" WORDS "{\"[U]\":\"0\"}}}", "an id from 0"},
        {"{" WORDS "{}}}", "a vocabulary of 0 tokens"},
        {"{" WORDS "7}}", "'vocab'"},
        {"{\"model\":{\"type\":\"Unknown\",\"vocab\":{}}}", "model 'Unknown' is not supported"},
        {"{" CLS "," WORDS "{\"[U]\":0,\"[C]\":1}}}", "'[S]' is not in the vocabulary"},
        {"{\"post_processor\":{\"type\":\"X\"}," GOOD "}", "post_processor 'X' is not supported"},
        {"{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}," GOOD "}",
         "no place for the text"},
        {"{\"normalizer\":{\"type\":\"Nmt\"}," GOOD "}", "normalizer 'Nmt' is not supported"},
        {"{\"normalizer\":{}," GOOD "}", "'type'"},
        {"{\"pre_tokenizer\":{\"type\":\"Digits\"}," GOOD "}", "'Digits' is not supported"},
        {"{\"pre_tokenizer\":{\"type\":\"ByteLevel\"}," GOOD "}", "ByteLevel before a WordPiece"},
        {"{\"added_tokens\":[{\"id\":7,\"content\":\"a\"}]," GOOD "}", "has the id 7"},
        {"{\"added_tokens\":[{\"id\":7,\"content\":\"x\"},{\"id\":7,\"content\":\"y\"}]," GOOD "}",
         "another has its id, 7"},
        {"{\"added_tokens\":[{\"id\":7,\"content\":\"\"}]," GOOD "}", "has 0 bytes"},
        {"{\"padding\":{\"pad_id\":9}," GOOD "}", "'pad_id'"},
        {"{" PIECES "[[\"u\",0],[\"a\",1e999]]}}", "token 1: [text, finite score]"},
        {"{" PIECES "[[\"u\",0],[\"a\",null]]}}", "token 1: [text, finite score]"},
        {"{" PIECES "[[\"u\",0],[\"a\",NaN]]}}", "not valid JSON"},
        {"{" PIECES "[[\"u\",0],\"a\"]}}", "token 1: [text, finite score]"},
        {"{" PIECES "[[\"u\",0],[\"a\",-1],[\"a\",-2]]}}", "'a' is there twice"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":2,\"vocab\":[[\"u\",0],[\"a\",-1]]}}",
         "'unk_id'"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":null,\"vocab\":[[\"u\",0]]}}", "'unk_id'"},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}", "for the byte 0x00"},
        {"{\"model\":{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{},\"merges\":[]}}", "'dropout'"},
        {"{" MAP "\"!\"}," GOOD "}", "it is not base64"},
        {"{" MAP "\"\"}," GOOD "}", "it is not base64"},
        {"{" MAP "\"AAAA\"}," GOOD "}", "its trie is longer"},
        {"{" MAP "\"/////wAA\"}," GOOD "}", "its trie is longer"},
        {"{" MAP "\"BAAAAAAAAAD/\"}," GOOD "}", "are not UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_tokenizer *t;
        ra_error err = {0};
        put("tokenizer.json", rows[i].text, strlen(rows[i].text));
        assert_false(ra_tokenizer_open(&t, folder, &err));
        assert_null(t);
        assert_int_equal(err.code, RA_ERR_INPUT);
        if (!strstr(err.message, rows[i].message))
            fail_msg("row %zu: '%s' expected, found '%s'", i, rows[i].message, err.message);
    }
}

/* Whole texts whose cuts are as good as each other once scores are read as the reference reads
 * them: the longest token wins. Read as the nearest doubles, "a" and "b" would. */
static void ties(void **state)
{
    (void)state;
    static const char *const vocabularies[] = {
        "[\"a\",-1.8771917354846979],[\"b\",0],[\"ab\",-1.877191735484698]",
        "[\"a\",-15.27549237953228],[\"b\",0],[\"ab\",-15.275492379532281]",
        "[\"a\",-9.424502837770503e-07],[\"b\",0],[\"ab\",-9.424502837770504e-07]",
        "[\"a\",-1.5],[\"b\",-2.25],[\"ab\",-3.75]",
    };
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++) {
        ra_tokenizer *t;
        ra_error err;
        int32_t ids[8];
        char json[256];
        int length = snprintf(json, sizeof json, "{" PIECES "[[\"u\",0],%s]}}", vocabularies[i]);
        put("tokenizer.json", json, (size_t)length);
        assert_true(ra_tokenizer_open(&t, folder, &err));
        size_t n = ra_tokenizer_encode(t, "ab", 2, 8, ids);
        ra_tokenizer_free(t);
        if (n != 1 || ids[0] != 3)
            fail_msg("vocabulary %zu: %zu tokens, the first is %d", i, n, (int)ids[0]);
    }
}

static void no_files(void **state)
{
    (void)state;
    ra_tokenizer *t;
    ra_error err;
    assert_false(ra_tokenizer_open(&t, "/nowhere", &err));
    assert_int_equal(err.code, RA_ERR_INPUT);
}

/* A word of a million bytes takes one pass, not one per byte. */
static void long_words(void **state)
{
    (void)state;
    static const char *const names[] = {"wordpiece", "unigram", "bpe"};
    enum { LENGTH = 1 << 20 };
    char *text = ra_alloc(LENGTH, 1);
    int32_t *ids = ra_alloc(LENGTH + 2, sizeof *ids);
    memset(text, 'e', LENGTH);
    for (size_t i = 0; i < 3; i++) {
        ra_tokenizer *t;
        ra_error err;
        assert_true(ra_tokenizer_open(&t, fixture(names[i]), &err));
        size_t n = ra_tokenizer_encode(t, text, LENGTH, LENGTH + 2, ids);
        assert_true(i == 0 ? n == 3 : n > 1000);
        ra_tokenizer_free(t);
    }
    free(ids);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_of_the_reference),
        cmocka_unit_test_setup_teardown(vocab_txt, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(wrong_vocab_txt, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(wrong_json, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(ties, make_folder, remove_folder),
        cmocka_unit_test(no_files),
        cmocka_unit_test(long_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
