#include "data/template.h"

#include <string.h>

static const ra_field *find(const ra_field *fields, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(fields[i].name, name, length) == 0 && !fields[i].name[length])
            return &fields[i];
    return NULL;
}

static bool unknown(const ra_field *fields, size_t count, const char *name, size_t length,
                    ra_json_at at, ra_error *err)
{
    ra_failf(err, RA_ERR_INPUT, at.file, at.line, "template: '{%.*s}' is not known",
             length < 64 ? (int)length : 64, name);
    ra_buf known = {0};
    for (size_t i = 0; i < count; i++)
        ra_buf_printf(&known, " {%s}", fields[i].name);
    ra_hintf(err, "known:%s; write {{ and }} for braces", known.text ? known.text : " none");
    ra_buf_release(&known);
    return false;
}

bool ra_template_fill(const char *text, const ra_field *fields, size_t count, ra_json_at at,
                      ra_buf *out, ra_error *err)
{
    for (const char *brace; (brace = strpbrk(text, "{}"));) {
        ra_buf_add(out, text, (size_t)(brace - text));
        text = brace + 1;
        if (*text == *brace) {
            ra_buf_putc(out, *text++);
            continue;
        }
        const char *end = *brace == '{' ? strchr(text, '}') : NULL;
        if (!end)
            return ra_fail(err, RA_ERR_INPUT, at.file, at.line, "template: a single brace",
                           "write {{ and }} for braces");
        const ra_field *field = find(fields, count, text, (size_t)(end - text));
        if (!field)
            return unknown(fields, count, text, (size_t)(end - text), at, err);
        if (!field->value)
            return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                            "template: '{%s}' has no value here", field->name);
        ra_buf_puts(out, field->value);
        text = end + 1;
    }
    ra_buf_puts(out, text);
    return true;
}
