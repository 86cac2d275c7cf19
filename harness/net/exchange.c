#include "net/exchange.h"

#include "base/file.h"
#include "base/limits.h"
#include "data/jsonl.h"
#include "net/openai.h"

#include <math.h>
#include <string.h>

static const char schema[] = "routeassay.calls/1";

/* The fields of a row, in the order of the file. */
typedef enum kind { TEXT, MAYBE_TEXT, COUNT, NUMBER } kind;
typedef struct field {
    const char *name;
    kind kind;
    size_t offset;
} field;

#define FIELD(name, kind)                         \
    {                                             \
#name, kind, offsetof(ra_store_row, name) \
    }
static const field fields[] = {
    FIELD(request, TEXT),
    FIELD(repetition, COUNT),
    FIELD(purpose, TEXT),
    FIELD(method, TEXT),
    FIELD(url, TEXT),
    FIELD(request_headers, TEXT),
    FIELD(body, TEXT),
    FIELD(answer_headers, TEXT),
    FIELD(answer, TEXT),
    FIELD(requested_model, MAYBE_TEXT),
    FIELD(served_model, MAYBE_TEXT),
    FIELD(fingerprint, MAYBE_TEXT),
    FIELD(prompt_tokens, NUMBER),
    FIELD(completion_tokens, NUMBER),
    FIELD(cached_tokens, NUMBER),
    FIELD(reasoning_tokens, NUMBER),
    FIELD(price_input, NUMBER),
    FIELD(price_output, NUMBER),
    FIELD(usd, NUMBER),
    FIELD(latency_ms, NUMBER),
    FIELD(attempts, COUNT),
    FIELD(time, TEXT),
};
enum { FIELDS = sizeof fields / sizeof *fields };

static const void *at_const(const ra_store_row *row, const field *f)
{
    return (const char *)row + f->offset;
}

static void *at_row(ra_store_row *row, const field *f)
{
    return (char *)row + f->offset;
}

/* --- writing --- */

ra_json *ra_exchange_json(const ra_store_row *row)
{
    ra_json *line = ra_json_new_object();
    for (const field *f = fields; f < fields + FIELDS; f++) {
        const void *value = at_const(row, f);
        if (f->kind == COUNT)
            ra_json_put_number(line, f->name, (double)*(const uint64_t *)value);
        else if (f->kind == NUMBER)
            ra_json_put_number(line, f->name, *(const double *)value);
        else
            ra_json_put_string(line, f->name, *(const char *const *)value);
    }
    ra_json_put_number(line, "status", (double)row->status);
    return line;
}

typedef struct writing {
    FILE *stream;
    ra_exchange *out;
} writing;

/* Ends the line with the hash of the one before, and becomes the one before. */
static void write_line(writing *w, ra_json *line)
{
    ra_buf text = {0};
    ra_json_put_string(line, "previous", w->out->head[0] ? w->out->head : NULL);
    ra_json_print(line, &text);
    ra_sha256_bytes(text.text, text.length, w->out->head);
    ra_buf_putc(&text, '\n');
    fwrite(text.text, 1, text.length, w->stream); /* checked by ra_writer_commit */
    ra_buf_release(&text);
    ra_json_free(line);
}

static bool write_row(void *context, const ra_store_row *row, ra_error *err)
{
    (void)err;
    writing *w = context;
    write_line(w, ra_exchange_json(row));
    w->out->calls++;
    return true;
}

bool ra_exchange_export(ra_store *store, const char *purpose, const char *path, ra_exchange *out,
                        ra_error *err)
{
    ra_writer file;
    *out = (ra_exchange){0};
    if (!ra_writer_open(&file, path, err))
        return false;
    writing w = {file.stream, out};
    ra_json *first = ra_json_new_object(), *last = ra_json_new_object();
    ra_json_put_string(first, "schema", schema);
    write_line(&w, first);
    bool ok = ra_store_each(store, purpose, "", write_row, &w, err);
    ra_json_put_bool(last, "end", true);
    ra_json_put_number(last, "calls", (double)out->calls);
    write_line(&w, last);
    if (ok)
        return ra_writer_commit(&file, err);
    ra_writer_abandon(&file);
    return false;
}

/* --- reading --- */

static bool read_field(const ra_json *object, ra_json_at at, const field *f, ra_store_row *row,
                       ra_error *err)
{
    void *value = at_row(row, f);
    switch (f->kind) {
    case TEXT:
        return ra_json_string(object, f->name, at, (const char **)value, err);
    case MAYBE_TEXT:
        return ra_json_maybe_string(object, f->name, at, (const char **)value, err);
    case COUNT:
        return ra_json_count(object, f->name, at, RA_MAX_REPETITION, (uint64_t *)value, err);
    case NUMBER:
        break;
    }
    *(double *)value = NAN;
    return ra_json_maybe_number(object, f->name, at, (double *)value, err);
}

static bool is_readable(const char *answer)
{
    ra_arena arena = {0};
    ra_answer_facts facts;
    bool readable = ra_openai_facts(answer, strlen(answer), &arena, &facts);
    ra_arena_release(&arena);
    return readable;
}

/* What must hold of a row wherever it is. */
static const char *fault(const ra_store_row *row)
{
    ra_digest name;
    ra_store_name(row->method, row->url, row->request_headers, row->body, name);
    if (strcmp(name, row->request) != 0)
        return "the request is not the one that its name stands for";
    if (row->status < 200 || row->status > 299)
        return "the status is not 2xx";
    return is_readable(row->answer) ? NULL : "the answer is no JSON object";
}

static bool read_row(const ra_jsonl *in, ra_store_row *row, ra_error *err)
{
    uint64_t status;
    *row = (ra_store_row){0};
    for (const field *f = fields; f < fields + FIELDS; f++)
        if (!read_field(in->object, in->at, f, row, err))
            return false;
    if (!ra_json_count(in->object, "status", in->at, 999, &status, err))
        return false;
    row->status = (long)status;
    const char *wrong = fault(row);
    return !wrong || ra_fail(err, RA_ERR_CHECK, in->at.file, in->at.line, wrong, NULL);
}

/* The state of a chain after a line. */
typedef struct chain {
    ra_exchange *out;
    ra_digest request; /* of the last call */
    uint64_t repetition;
    bool began, ended;
} chain;

static bool broken(const ra_jsonl *in, const char *message, ra_error *err)
{
    return ra_fail(err, RA_ERR_CHECK, in->at.file, in->at.line, message,
                   "the file is not as it was exported");
}

static bool check_link(chain *c, const ra_jsonl *in, ra_error *err)
{
    const char *previous = NULL;
    if (!ra_json_maybe_string(in->object, "previous", in->at, &previous, err))
        return false;
    if (strcmp(previous ? previous : "", c->out->head) != 0)
        return broken(in, "the chain is broken: the line before is not the one that was there",
                      err);
    const char *line = in->file.text + in->offset;
    size_t length = strcspn(line, "\r\n");
    ra_sha256_bytes(line, length, c->out->head);
    return !c->ended || broken(in, "there are lines after the end", err);
}

static bool check_first(chain *c, const ra_jsonl *in, ra_error *err)
{
    const char *text;
    if (!ra_json_string(in->object, "schema", in->at, &text, err))
        return false;
    if (strcmp(text, schema) != 0)
        return ra_failf(err, RA_ERR_INPUT, in->at.file, in->at.line, "schema '%s': %s expected",
                        text, schema);
    c->began = true;
    return true;
}

static bool check_end(chain *c, const ra_jsonl *in, ra_error *err)
{
    uint64_t calls;
    if (!ra_json_count(in->object, "calls", in->at, UINT64_MAX >> 12, &calls, err))
        return false;
    c->ended = true;
    return calls == c->out->calls || broken(in, "the number of calls is not that of the end", err);
}

static bool check_order(chain *c, const ra_jsonl *in, const ra_store_row *row, ra_error *err)
{
    int order = strcmp(c->request, row->request);
    if (order > 0 || (order == 0 && c->repetition >= row->repetition))
        return broken(in, "the calls are not in order", err);
    snprintf(c->request, sizeof c->request, "%s", row->request);
    c->repetition = row->repetition;
    c->out->calls++;
    return true;
}

/* Visits the calls of a file; `check` = the whole chain is checked. */
static bool read_file(const char *path, chain *c, ra_store_visit *visit, void *context,
                      ra_error *err)
{
    ra_jsonl in;
    if (!ra_jsonl_open(&in, path, err))
        return false;
    bool ok = true;
    while (ok && ra_jsonl_next(&in, err)) {
        ra_store_row row;
        ok = check_link(c, &in, err);
        if (!ok)
            break;
        if (!c->began)
            ok = check_first(c, &in, err);
        else if (ra_json_get(in.object, "end"))
            ok = check_end(c, &in, err);
        else
            ok = read_row(&in, &row, err) && check_order(c, &in, &row, err) &&
                 (!visit || visit(context, &row, err));
    }
    return ra_jsonl_close(&in) && ok;
}

bool ra_exchange_verify(const char *path, const char *head, ra_exchange *out, ra_error *err)
{
    *out = (ra_exchange){0};
    chain c = {.out = out};
    if (!read_file(path, &c, NULL, NULL, err))
        return false;
    if (!c.ended)
        return ra_fail(err, RA_ERR_CHECK, path, 0, "the end is missing",
                       "the file is not as it was exported");
    if (head && strcmp(head, out->head) != 0)
        return ra_failf(err, RA_ERR_CHECK, path, 0, "the head is %s, not %s", out->head, head);
    return true;
}

/* --- importing --- */

typedef struct importing {
    ra_store *store;
    const char *path;
    size_t added;
} importing;

static bool import_row(void *context, const ra_store_row *row, ra_error *err)
{
    importing *i = context;
    ra_arena arena = {0};
    ra_store_row stored;
    bool found;
    bool ok = ra_store_find(i->store, row->request, row->repetition, &arena, &stored, &found, err);
    if (ok && !found) {
        i->added++;
        ok = ra_store_put(i->store, row, err);
    } else if (ok && strcmp(stored.answer, row->answer) != 0) {
        ok = ra_failf(err, RA_ERR_INPUT, i->path, 0,
                      "the store has another answer to request %.16s, repetition %llu",
                      row->request, (unsigned long long)row->repetition) ||
             ra_hintf(err, "nothing was imported; import into a new store: --calls FILE");
    }
    ra_arena_release(&arena);
    return ok;
}

bool ra_exchange_import(ra_store *store, const char *path, ra_exchange *out, ra_error *err)
{
    if (!ra_exchange_verify(path, NULL, out, err))
        return false;
    ra_exchange again = {0};
    chain c = {.out = &again};
    importing i = {store, path, 0};
    if (!read_file(path, &c, import_row, &i, err) || !ra_store_commit(store, err))
        return false;
    out->added = i.added;
    return true;
}

/* --- a store --- */

typedef struct checking {
    const char *path;
    size_t calls;
} checking;

static bool check_row(void *context, const ra_store_row *row, ra_error *err)
{
    checking *c = context;
    const char *wrong = fault(row);
    c->calls++;
    return !wrong || ra_failf(err, RA_ERR_CHECK, c->path, 0, "request %.16s, repetition %llu: %s",
                              row->request, (unsigned long long)row->repetition, wrong);
}

bool ra_exchange_verify_store(ra_store *store, const char *path, size_t *calls, ra_error *err)
{
    checking c = {path, 0};
    bool ok = ra_store_check(store, err) && ra_store_each(store, NULL, "", check_row, &c, err);
    *calls = c.calls;
    return ok;
}
