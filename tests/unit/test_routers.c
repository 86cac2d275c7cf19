/* Router kinds through the contract, with the ways an outside program can misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/progress.h"
#include "routers/router.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 5 };
static const ra_prompt prompts[N] = {{"a", "short", NAN, NAN},
                                     {"b", "a longer prompt", NAN, NAN},
                                     {"c", "say \"quote\"\nand \xc3\xa9", NAN, NAN},
                                     {"d", "", NAN, NAN},
                                     {"e", "the longest prompt of all", NAN, NAN}};

/* True when all went well; scores in `score`, the message otherwise in err. */
static bool score(const char *spec, const char *config, uint64_t seed, double *out, ra_error *err)
{
    ra_json *doc =
        config ? ra_json_parse(config, strlen(config), (ra_json_at){"config", 1}, err) : NULL;
    ra_router router;
    bool ok = ra_router_open(&router, spec, &(ra_router_options){.config = doc, .seed = seed}, err);
    if (ok) {
        ok = ra_router_score(&router, prompts, N, out, err);
        ra_router_close(&router);
    }
    ra_json_free(doc);
    return ok;
}

static void expect(const char *spec, const char *config, ra_code code, const char *message)
{
    double out[N] = {0};
    ra_error err = {0};
    if (score(spec, config, 1, out, &err) || err.code != code || !strstr(err.message, message))
        fail_msg("%s: code %d, '%s'", spec, (int)err.code, err.message);
}

static void built_in(void **state)
{
    (void)state;
    double a[N] = {0}, b[N] = {0};
    ra_error err;
    assert_true(score("random", NULL, 1, a, &err));
    assert_true(score("random", NULL, 1, b, &err));
    assert_memory_equal(a, b, sizeof a);
    assert_true(score("random", NULL, 2, b, &err));
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(score("length", NULL, 1, a, &err));
    assert_true(a[0] < a[1] && a[1] < a[4] && a[3] <= 0);
    assert_true(score("always-strong", NULL, 1, a, &err) && a[2] >= 1);
    assert_true(score("always-weak", NULL, 1, a, &err) && a[2] <= 0);
    expect("lengthy", NULL, RA_ERR_USAGE, "unknown router 'lengthy'");
    expect("scores:", NULL, RA_ERR_USAGE, "needs a file");
}

static const char *file_with(const char *text)
{
    static char path[64];
    ra_error err;
    snprintf(path, sizeof path, "/tmp/ra-router-%d", (int)getpid());
    assert_true(ra_file_write(path, text, strlen(text), &err));
    return path;
}

static void score_files(void **state)
{
    (void)state;
    char spec[128];
    double out[N] = {0};
    ra_error err;
    snprintf(spec, sizeof spec, "scores:%s", file_with("score,id\n0.5,b\n1,a\n0,c\n0.25,e\n"));
    assert_true(score(spec, NULL, 1, out, &err));
    assert_true(out[0] >= 1 && fabs(out[1] - 0.5) <= 0 && isnan(out[3]));
    file_with("id,score\na,0.5\nz,0.5\n");
    expect(spec, NULL, RA_ERR_INPUT, "no item 'z'");
    unlink(spec + strlen("scores:"));
}

static void programs(void **state)
{
    (void)state;
    double out[N] = {0};
    ra_error err;
    if (!score("exec:while read -r line; do echo 0.25; done", NULL, 1, out, &err))
        fail_msg("%s", err.message);
    assert_true(fabs(out[4] - 0.25) <= 0);
    assert_true(score("exec:sed -u 's/\"prompt\":.*/\"score\":0.5}/'", NULL, 1, out, &err));
    expect("exec:true", NULL, RA_ERR_INPUT, "ended with exit code 0 after 0 of 5");
    expect("exec:exit 7", NULL, RA_ERR_INPUT, "exit code 7");
    expect("exec:kill -9 $$", NULL, RA_ERR_INPUT, "killed by signal 9");
    expect("exec:read -r l; echo 0.5; exit 3", NULL, RA_ERR_INPUT, "after 1 of 5");
    expect("exec:no-such-program", NULL, RA_ERR_INPUT, "exit code 127");
    expect("exec:yes 0.5", NULL, RA_ERR_INPUT, "more lines than it was asked");
    expect("exec:tr '\\0' x </dev/zero", NULL, RA_ERR_INPUT, "longer than 1 MiB");
    expect("exec:while read -r l; do echo 1.5; done", NULL, RA_ERR_INPUT, "item 'a' is 1.5");
    expect("exec:while read -r l; do echo nan; done", NULL, RA_ERR_INPUT,
           "answered item 'a' badly");
    expect("exec:while read -r l; do echo '{\"id\":\"b\",\"score\":0.5}'; done", NULL, RA_ERR_INPUT,
           "answered for item 'b', expected 'a'");
    double start = ra_now_s();
    expect("exec:sleep 100", "{\"timeout_s\": 0.3}", RA_ERR_INPUT, "0 of 5 answers in 0.3 s");
    assert_true(ra_now_s() - start < 10); /* and its sleep went with it */
}

static void plugins(void **state)
{
    (void)state; /* one that works: tests/cli/routers.sh, as plugins call the program */
    expect("plugin:/nowhere.so", NULL, RA_ERR_INPUT, "cannot load the plugin");
    expect("plugin:libm.so.6", NULL, RA_ERR_INPUT, "cannot load the plugin"); /* no search */
    expect("plugin:", NULL, RA_ERR_INPUT, "cannot load the plugin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in),
        cmocka_unit_test(score_files),
        cmocka_unit_test(programs),
        cmocka_unit_test(plugins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
