/* Property: a file of judge templates or prompts of any bytes is read or refused with a message,
 * what is read fills a question, and any text is a label, open or neither; no crash. */
#include "benchmarks/judge.h"
#include "benchmarks/prompts.h"
#include "routers/labels.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *turns[] = {"one {x}", "two"}, *references[] = {"r1", "r2"};
static const ra_item item = {.id = "i",
                             .category = "math",
                             .turns = turns,
                             .turn_count = 2,
                             .reference = references,
                             .reference_count = 2};
static const ra_output answers[] = {{.present = true, .text = "a {question}"},
                                    {.present = true, .text = "b"}};

static void need_message(const ra_error *err)
{
    if (!err->message[0])
        abort();
}

static void judge(const char *path)
{
    ra_judge_templates templates;
    ra_error err = {0};
    if (!ra_judge_templates_read(&templates, path, &err)) {
        need_message(&err);
        return;
    }
    for (size_t turn = 1; turn <= 2; turn++) {
        ra_judge_question question;
        ra_arena arena = {0};
        err = (ra_error){0};
        if (!ra_judge_ask(&templates, &item, turn, answers, turn == 1 ? answers : NULL, &arena,
                          &question, &err))
            need_message(&err);
        ra_arena_release(&arena);
    }
    ra_judge_templates_release(&templates);
}

static void prompts(const char *path)
{
    static const char *const said[] = {"a", "b"};
    ra_prompts p;
    ra_error err = {0};
    ra_message *messages;
    size_t count;
    ra_arena arena = {0};
    if (!ra_prompts_read(&p, path, &err)) {
        need_message(&err);
        return;
    }
    if (!ra_prompts_messages(&p, &item, 2, said, &arena, &messages, &count, &err))
        abort();
    (void)ra_prompts_text(&arena, messages, count);
    ra_arena_release(&arena);
    ra_prompts_release(&p);
}

static void labels(const uint8_t *data, size_t size)
{
    static const char *list[] = {"1", "10", "[[1]]", "good"};
    const ra_labels set = {list, 4};
    char text[64] = "";
    size_t length = size < sizeof text - 1 ? size : sizeof text - 1;
    if (length > 0)
        memcpy(text, data, length);
    const ra_alternative others[] = {{text, -1}, {"1", -2}};
    const ra_token token = {text, -1, others, 2};
    ra_label_reading reading = {0};
    ra_label_open open[3];
    ra_arena arena = {0};
    double share = 0, least = 0, most = 0;
    if (ra_labels_read(&set, "", 1, &token, &arena, &reading, open) > 3 ||
        (ra_labels_share(&set, &reading, 2, &share, &least, &most) &&
         !(least <= share + 1e-12 && share <= most + 1e-12 && least >= 0 && most <= 1 + 1e-12)))
        abort();
    if (ra_labels_find(&set, &token, 1, &arena) > 1)
        abort();
    ra_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = temporary_file("in", data, size);
    judge(path);
    prompts(path);
    labels(data, size);
    temporary_end();
    return 0;
}
