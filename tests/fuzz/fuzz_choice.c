/* Property: any bytes as the configuration of an http router are read or refused with a message;
 * what was read makes a body that is JSON of any prompt, and reads any answer. */
#include "routers/choice.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const ra_choice_rules *rules, const char *text, size_t length, ra_arena *arena)
{
    ra_error err = {0};
    for (size_t k = 0; k < rules->knob_count; k++) {
        const char *body = ra_choice_body(rules, "a \"prompt\" {knob}\n", rules->knobs[k], arena);
        ra_json *doc = ra_json_parse(body, strlen(body), (ra_json_at){"body", 1}, &err);
        if (!doc)
            abort();
        ra_json_free(doc);
    }
    ra_call_answer answer = {
        .body = text, .length = length, .headers = "a:\nx-model: b\n:\n", .usage = {1, 2, 0, 0}};
    bool inferred;
    const char *name;
    (void)ra_choice_of(rules, &answer, arena, &inferred, &name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ra_arena arena = {0};
    ra_error err = {0};
    const char *text = ra_arena_strndup(&arena, size ? (const char *)data : "", size);
    ra_json *doc = ra_json_parse(text, size, (ra_json_at){"fuzz", 1}, &err);
    ra_choice_rules rules;
    if (doc && ra_choice_read(doc, (ra_json_at){"fuzz", 1}, "large", NULL, &arena, &rules, &err))
        use(&rules, text, size, &arena); /* its own text as the answer */
    else if (!err.message[0])
        abort();
    ra_json_free(doc);
    ra_arena_release(&arena);
    return 0;
}
