/* Bodies that are sent, byte for byte, and answers as servers give them. The answers have the shape
 * that each program sends; their words are ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http.h"
#include "net/openai.h"
#include "net/secrets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-12;
}

static void bodies_have_one_form(void **state)
{
    (void)state;
    ra_arena arena = {0};
    const ra_message messages[] = {{"system", "Be \"brief\"\n"}, {"user", "2+2?"}};
    ra_sampling s = ra_sampling_default();
    assert_string_equal(ra_openai_chat(&arena, "m", messages, 2, &s),
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"Be "
                        "\\\"brief\\\"\\n\"},{\"role\":\"user\",\"content\":\"2+2?\"}]}");
    const char *const stop[] = {"\n", NULL};
    s = (ra_sampling){.temperature = 0,
                      .top_p = 0.5,
                      .max_tokens = 7,
                      .seeded = true,
                      .seed = 3,
                      .logprobs = true,
                      .alternatives = 5,
                      .stop = stop};
    assert_string_equal(ra_openai_chat(&arena, "m", messages + 1, 1, &s),
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"2+2?\"}],"
                        "\"temperature\":0,\"top_p\":0.5,\"max_tokens\":7,\"seed\":3,"
                        "\"stop\":[\"\\n\"],\"logprobs\":true,\"top_logprobs\":5}");
    s.max_completion_tokens = true;
    assert_string_equal(ra_openai_completion(&arena, "m", "x", &s),
                        "{\"model\":\"m\",\"prompt\":\"x\",\"temperature\":0,\"top_p\":0.5,"
                        "\"max_completion_tokens\":7,\"seed\":3,\"stop\":[\"\\n\"],"
                        "\"logprobs\":5}");
    const char *const texts[] = {"a", "b"};
    assert_string_equal(ra_openai_embeddings(&arena, "e", texts, 2),
                        "{\"model\":\"e\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\"}");
    ra_arena_release(&arena);
}

static ra_completion read_answer(ra_arena *arena, const char *body)
{
    ra_completion c;
    ra_error err = {0};
    if (!ra_openai_read(body, strlen(body), "answer", arena, &c, &err))
        fail_msg("%s", err.message);
    return c;
}

static void chat_of_openai(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_completion c = read_answer(
        &arena,
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"gpt-4o-2024-08-06\","
        "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"4\","
        "\"refusal\":null},\"logprobs\":{\"content\":[{\"token\":\"4\",\"logprob\":-0.25,"
        "\"bytes\":[52],\"top_logprobs\":[{\"token\":\"4\",\"logprob\":-0.25,\"bytes\":[52]},"
        "{\"token\":\"5\",\"logprob\":-1.5,\"bytes\":[53]}]}],\"refusal\":null},"
        "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":10,"
        "\"total_tokens\":29,\"prompt_tokens_details\":{\"cached_tokens\":8},"
        "\"completion_tokens_details\":{\"reasoning_tokens\":6}},"
        "\"system_fingerprint\":\"fp_1\"}");
    assert_string_equal(c.text, "4");
    assert_string_equal(c.finish_reason, "stop");
    assert_string_equal(c.model, "gpt-4o-2024-08-06");
    assert_string_equal(c.fingerprint, "fp_1");
    assert_true(near(c.usage.prompt, 19) && near(c.usage.completion, 10));
    assert_true(near(c.usage.cached, 8) && near(c.usage.reasoning, 6));
    assert_int_equal(c.token_count, 1);
    assert_true(near(c.tokens[0].logprob, -0.25));
    assert_int_equal(c.tokens[0].count, 2);
    assert_string_equal(c.tokens[0].others[1].token, "5");
    ra_arena_release(&arena);
}

/* vLLM and SGLang: parallel lists; the first of an echoed prompt has no logprob. */
static void completion_of_vllm(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_completion c = read_answer(
        &arena,
        "{\"id\":\"cmpl-1\",\"model\":\"m\",\"choices\":[{\"index\":0,\"text\":\" 4\","
        "\"logprobs\":{\"text_offset\":[0,3],\"tokens\":[\"How\",\" 4\"],"
        "\"token_logprobs\":[null,-0.5],\"top_logprobs\":[null,{\" 3\":-2.5,\" 4\":-0.5,"
        "\"\\ufffd\":-9999.0,\"x\":null}]},\"finish_reason\":\"length\",\"stop_reason\":null}],"
        "\"usage\":{\"prompt_tokens\":1,\"total_tokens\":2,\"completion_tokens\":1,"
        "\"prompt_tokens_details\":null}}");
    assert_string_equal(c.text, " 4");
    assert_int_equal(c.token_count, 2);
    assert_true(isnan(c.tokens[0].logprob));
    assert_int_equal(c.tokens[0].count, 0);
    assert_int_equal(c.tokens[1].count, 4);
    assert_string_equal(c.tokens[1].others[0].token, " 4"); /* most likely first */
    assert_string_equal(c.tokens[1].others[1].token, " 3");
    assert_true(isinf(c.tokens[1].others[3].logprob));
    assert_true(isnan(c.usage.cached));
    ra_arena_release(&arena);
}

/* llama.cpp's server: the chat layout on /v1/completions, and its own of older versions. */
static void completion_of_llama_cpp(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_completion c = read_answer(
        &arena, "{\"choices\":[{\"text\":\"3\",\"index\":0,\"logprobs\":{\"content\":[{\"id\":18,"
                "\"token\":\"3\",\"bytes\":[51],\"logprob\":-0.125,\"top_logprobs\":[{\"id\":18,"
                "\"token\":\"3\",\"bytes\":[51],\"logprob\":-0.125},{\"id\":19,\"token\":\"4\","
                "\"bytes\":[52],\"logprob\":-3}]}]},\"finish_reason\":\"length\"}],"
                "\"created\":1,\"model\":\"x.gguf\",\"system_fingerprint\":\"b1\","
                "\"usage\":{\"completion_tokens\":1,\"prompt_tokens\":9,\"total_tokens\":10}}");
    assert_int_equal(c.token_count, 1);
    assert_string_equal(c.tokens[0].others[1].token, "4");
    c = read_answer(&arena,
                    "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"3\"},"
                    "\"finish_reason\":\"stop\"}],\"completion_probabilities\":[{\"content\":"
                    "\"3\",\"probs\":[{\"tok_str\":\"3\",\"prob\":0.5},{\"tok_str\":\"4\","
                    "\"prob\":0.25},{\"tok_str\":\"5\",\"prob\":0}]}]}");
    assert_int_equal(c.token_count, 1);
    assert_true(near(c.tokens[0].logprob, log(0.5)));
    assert_true(near(c.tokens[0].others[1].logprob, log(0.25)));
    assert_true(isinf(c.tokens[0].others[2].logprob));
    ra_arena_release(&arena);
}

static void what_models_say_is_mended(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_completion c = read_answer(
        &arena, "{\"choices\":[{\"text\":\"a\\u0000b\\ud83dc\\ud83d\\ude00\\\\u0000\\udc00\","
                "\"logprobs\":{\"tokens\":[\"a\"],\"token_logprobs\":[-Infinity],"
                "\"top_logprobs\":[{\"a\": NaN}]}}]}");
    assert_string_equal(c.text, "a\xef\xbf\xbd"
                                "b\xef\xbf\xbd"
                                "c\xf0\x9f\x98\x80\\u0000\xef\xbf\xbd");
    assert_true(isnan(c.tokens[0].logprob));
    c = read_answer(&arena, "{\"choices\":[{\"message\":{\"content\":null}}]}");
    assert_null(c.text);
    c = read_answer(&arena, "{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":"
                            "\"a\"},{\"type\":\"image\"},{\"text\":\"b\"}]}}]}");
    assert_string_equal(c.text, "ab");
    static const char *const bad[] = {"",   "[]",         "{\"choices\":[]}", "{\"choices\":3}",
                                      "{}", "{\"choices", "{\"a\":\"\\u00"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ra_error err = {0};
        assert_false(ra_openai_read(bad[i], strlen(bad[i]), "answer", &arena, &c, &err));
        assert_int_equal(err.code, RA_ERR_INPUT);
    }
    ra_arena_release(&arena);
}

static void embeddings_as_lists_and_base64(void **state)
{
    (void)state;
    ra_arena arena = {0};
    ra_error err = {0};
    float *v;
    size_t dimension = 0;
    const char *mixed = "{\"data\":[{\"index\":1,\"embedding\":[0.5,-2]},{\"index\":0,"
                        "\"embedding\":\"AACAPwAAIMA=\"}],\"model\":\"e\"}"; /* 1, -2.5 */
    assert_true(
        ra_openai_read_embeddings(mixed, strlen(mixed), "e", 2, &dimension, &arena, &v, &err));
    assert_int_equal(dimension, 2);
    assert_true(near((double)v[0], 1) && near((double)v[1], -2.5));
    assert_true(near((double)v[2], 0.5) && near((double)v[3], -2));
    static const char *const bad[] = {
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}", /* one */
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":0,\"embedding\":[1,2]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":1,\"embedding\":[1]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":1,\"embedding\":[]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":1,\"embedding\":\"AAAA\"}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":1,\"embedding\":\"A!==\"}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1,\"x\"]},{\"index\":1,\"embedding\":[1,2]}]}",
        "{\"data\":{}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        dimension = 2;
        assert_false(ra_openai_read_embeddings(bad[i], strlen(bad[i]), "e", 2, &dimension, &arena,
                                               &v, &err));
    }
    ra_arena_release(&arena);
}

static void errors_in_every_layout(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message;
        bool is_error;
        long status;
    } rows[] = {
        {"{\"error\":{\"message\":\"no\",\"type\":\"x\",\"code\":\"bad\"}}", "no", true, 0},
        {"{\"error\":{\"code\":503,\"message\":\"loading\"}}", "loading", true, 503},
        {"{\"error\":\"short\"}", "short", true, 0},
        {"{\"object\":\"error\",\"message\":\"vllm\",\"code\":400}", "vllm", false, 0},
        {"{\"detail\":\"not found\"}", "not found", false, 0},
        {"{\"detail\":[{\"loc\":[\"body\"]}]}", "[{\"loc\":[\"body\"]}]", false, 0},
        {"{\"error\":null,\"choices\":[]}", NULL, false, 0},
    };
    ra_arena arena = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_answer_facts facts;
        assert_true(ra_openai_facts(rows[i].body, strlen(rows[i].body), &arena, &facts));
        if (rows[i].message)
            assert_string_equal(facts.error, rows[i].message);
        else
            assert_null(facts.error);
        assert_int_equal(facts.is_error, rows[i].is_error);
        assert_int_equal(facts.error_status, rows[i].status);
    }
    ra_arena_release(&arena);
}

static void dollars(void **state)
{
    (void)state;
    const ra_price_per_million price = {true, 2, 10, 1, 0.5};
    const ra_usage usage = {1e6, 1e5, 4e5, NAN}, unknown = {NAN, NAN, NAN, NAN};
    assert_true(near(ra_openai_usd(&price, &usage), 0.5 + 1.2 + 0.4 + 1));
    assert_true(isnan(ra_openai_usd(&price, &unknown)));
    const ra_price_per_million free_of_charge = {.known = true}, nobody_said = {0};
    assert_true(near(ra_openai_usd(&free_of_charge, &unknown), 0));
    assert_true(isnan(ra_openai_usd(&nobody_said, &usage)));
    /* an embedding has no completion */
    const ra_usage embedding = {1e6, NAN, NAN, NAN};
    const ra_price_per_million input_only = {.known = true, .input = 0.02};
    assert_true(near(ra_openai_usd(&input_only, &embedding), 0.02));
}

static void endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *url, *key_env;
        bool good;
    } rows[] = {
        {"https://api.openai.com/v1", "OPENAI_API_KEY", true},
        {"http://[::1]:8080/v1?version=2", NULL, true},
        {"http://user:word@host/v1", NULL, false},
        {"https://", NULL, false},
        {"ftp://host", NULL, false},
        {"https://host/v1#x", NULL, false},
        {"https://host/a b", NULL, false},
        {NULL, NULL, false},
        {"https://host", "sk-not-a-name", false},
        {"https://host", "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ra_error err = {0};
        const ra_endpoint e = {.url = rows[i].url, .key_env = rows[i].key_env};
        assert_int_equal(ra_endpoint_check(&e, &err), rows[i].good);
        assert_null(strstr(err.message, "word"));
        assert_null(strstr(err.message, "sk-"));
    }
    char shown[128];
    ra_http_show_url("https://user:word@host:8/v1/x?key=secret#f", shown, sizeof shown);
    assert_string_equal(shown, "https://host:8/v1/x");
    ra_http_show_url("no url", shown, sizeof shown);
    assert_null(strstr(shown, "secret"));
}

static void secrets_are_hidden(void **state)
{
    (void)state;
    setenv("RA_TEST_KEY", "sk-/+Ab", 1);
    setenv("RA_TEST_SHORT", "EMPTY", 1);
    setenv("RA_TEST_LINE", "sk-key\n", 1);
    ra_secrets s = {0};
    ra_error err = {0};
    ra_arena arena = {0};
    assert_string_equal(ra_secrets_get(&s, "RA_TEST_KEY", &err), "sk-/+Ab");
    assert_non_null(ra_secrets_get(&s, "RA_TEST_SHORT", &err));
    assert_null(ra_secrets_get(&s, "RA_TEST_ABSENT", &err));
    assert_null(ra_secrets_get(&s, "RA_TEST_LINE", &err));
    static const struct {
        const char *text, *hidden;
    } rows[] = {
        {"a sk-/+Ab b", "a [RA_TEST_KEY] b"},
        {"sk-\\/\\u002bAb", "[RA_TEST_KEY]"},
        {"sk-%2F%2bAb", "[RA_TEST_KEY]"},
        {"\\u0073k-/+Absk-/+Ab", "[RA_TEST_KEY][RA_TEST_KEY]"},
        {"sk-/+A", "sk-/+A"},
        {"sk-/sk-/+Ab", "sk-/[RA_TEST_KEY]"},
        {"EMPTY", "EMPTY"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(ra_secrets_hidden(&s, &arena, rows[i].text), rows[i].hidden);
    ra_secrets_release(&s);
    ra_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_have_one_form),
        cmocka_unit_test(chat_of_openai),
        cmocka_unit_test(completion_of_vllm),
        cmocka_unit_test(completion_of_llama_cpp),
        cmocka_unit_test(what_models_say_is_mended),
        cmocka_unit_test(embeddings_as_lists_and_base64),
        cmocka_unit_test(errors_in_every_layout),
        cmocka_unit_test(dollars),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(secrets_are_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
