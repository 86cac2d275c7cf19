/* Property: any bytes as an input of any format give a complete set, or an error with a message and
 * no set. The first byte picks the format. */
#include "data/import.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void import(const char *format, const char *benchmark, const char *input, const char *second)
{
    const char *inputs[] = {input, second};
    char out[256];
    snprintf(out, sizeof out, "%s", temporary("out"));
    ra_import what = {.format = format,
                      .benchmark = benchmark,
                      .inputs = inputs,
                      .input_count = second ? 2 : 1,
                      .out = out,
                      .columns = {.prompt = "q", .labels = "m=ok", .outputs = "m=a.b"}};
    ra_error err = {0};
    ra_set set;
    if (ra_import_run(&what, &err)) {
        if (!ra_set_open(&set, out, &err))
            abort();
        ra_set_release(&set);
    } else if (!err.message[0] || ra_folder_exists(out)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char questions[] = "{\"question_id\": 1, \"turns\": [\"a\", \"b\"]}";
    if (size == 0)
        return 0;
    char file[256], named[260], second[256];
    snprintf(file, sizeof file, "%s", temporary_file("file", data + 1, size - 1));
    snprintf(named, sizeof named, "m=%s", file);
    switch (data[0] % 5) {
    case 0:
        import("csv", "gsm8k", file, NULL);
        break;
    case 1:
        import("jsonl", "gsm8k", file, NULL);
        break;
    case 2:
        import("lm-eval", "gsm8k", named, NULL);
        break;
    case 3:
        snprintf(second, sizeof second, "%s",
                 temporary_file("questions", (const uint8_t *)questions, sizeof questions - 1));
        import("fastchat", "mt-bench", second, file);
        break;
    default:
        temporary_file("routellm/evals/mmlu/responses/mmlu_law.csv", data + 1, size - 1);
        temporary_file("routellm/evals/mmlu/contaminated_prompts.jsonl", data, 0);
        snprintf(second, sizeof second, "%s", temporary(""));
        import("routellm", "mmlu", second, NULL);
        break;
    }
    temporary_end();
    return 0;
}
