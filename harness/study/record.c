#include "study/record.h"

#include "base/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct recording {
    ra_set *set;
    const ra_benchmark *benchmark;
    const ra_record_how *how;
    ra_calls *calls;
    ra_output *outputs; /* by slot */
    size_t items;       /* the first so many */
    ra_record_result *result;
    ra_arena arena; /* of one turn's calls */
} recording;

/* --- one call --- */

static uint64_t max_tokens(const recording *r)
{
    const ra_record_how *how = r->how;
    return how->max_tokens            ? how->max_tokens
           : how->prompts->max_tokens ? how->prompts->max_tokens
                                      : r->benchmark->asking.max_tokens;
}

static ra_sampling sampling_of(const recording *r, const ra_item *item)
{
    const ra_asking *asking = &r->benchmark->asking;
    ra_sampling s = ra_sampling_default();
    s.temperature = !isnan(r->how->temperature) ? r->how->temperature
                    : asking->temperature       ? asking->temperature(item)
                                                : 0;
    s.max_tokens = max_tokens(r);
    s.max_completion_tokens = r->how->max_completion_tokens;
    s.stop = r->how->prompts->stop;
    return s;
}

static bool make_call(recording *r, const ra_item *item, size_t turn, ra_call *out, ra_error *err)
{
    const char *answers[RA_MAX_TURNS];
    ra_message *messages;
    size_t count;
    for (size_t t = 0; t + 1 < turn; t++)
        answers[t] = r->outputs[item->first_slot + t].text;
    if (!ra_prompts_messages(r->how->prompts, item, turn, answers, &r->arena, &messages, &count,
                             err))
        return false;
    const ra_endpoint *e = &r->how->endpoint;
    const ra_sampling sampling = sampling_of(r, item);
    const char *body =
        r->how->continues
            ? ra_openai_completion(&r->arena, e->model, ra_prompts_text(&r->arena, messages, count),
                                   &sampling)
            : ra_openai_chat(&r->arena, e->model, messages, count, &sampling);
    double expected = r->benchmark->asking.expected_tokens, most = (double)sampling.max_tokens;
    *out = (ra_call){
        .url = ra_openai_url(&r->arena, e, r->how->continues ? "completions" : "chat/completions"),
        .body = body,
        .headers = e->headers,
        .purpose = "record",
        .key_env = e->key_env,
        .key_header = e->key_header,
        .tokens_in = (double)strlen(body) / 4,
        .tokens_out = expected < most ? expected : most,
        .price = e->price};
    return true;
}

/* --- one turn of all items --- */

static bool take_answer(recording *r, const ra_call_answer *answer, ra_output *out, ra_error *err)
{
    ra_completion said;
    if (!answer->body) {
        /* a dry run goes on with a text of about the right length */
        if (ra_calls_is_dry(r->calls)) {
            size_t length = (size_t)(4 * r->benchmark->asking.expected_tokens);
            char *text = ra_arena_alloc(&r->set->arena, length + 1, 1);
            memset(text, 'x', length);
            out->text = text;
        }
        return true;
    }
    if (!ra_openai_read(answer->body, answer->length, answer->request, &r->set->arena, &said, err))
        return false;
    bool other = said.model && strcmp(said.model, r->how->endpoint.model) != 0;
    *out = (ra_output){true,
                       said.text,
                       said.usage.prompt,
                       said.usage.completion,
                       answer->latency_ms,
                       other ? said.model : NULL,
                       said.finish_reason};
    return true;
}

/* Indices of the items that can be asked at this turn. */
static size_t list_items(recording *r, size_t turn, size_t **items)
{
    size_t n = 0;
    *items = ra_arena_alloc(&r->arena, r->items, sizeof **items);
    for (size_t i = 0; i < r->items; i++) {
        const ra_item *item = &r->set->items[i];
        if (turn > item->turn_count)
            continue;
        r->result->turns++;
        if (turn == 1 || r->outputs[item->first_slot + turn - 2].text)
            (*items)[n++] = i;
        else
            r->result->unasked++;
    }
    return n;
}

static bool run_turn(recording *r, size_t turn, ra_error *err)
{
    size_t *items, count = list_items(r, turn, &items);
    ra_call *list = ra_arena_alloc(&r->arena, count, sizeof *list);
    ra_call_answer *answers = ra_arena_alloc(&r->arena, count, sizeof *answers);
    for (size_t i = 0; i < count; i++)
        if (!make_call(r, &r->set->items[items[i]], turn, &list[i], err))
            return false;
    bool ok = ra_calls_make(r->calls, list, count, &r->arena, answers, err);
    ra_error second;
    for (size_t i = 0; i < count; i++)
        if (!take_answer(r, &answers[i], &r->outputs[r->set->items[items[i]].first_slot + turn - 1],
                         ok ? err : &second))
            ok = false;
    return ok;
}

/* --- files --- */

static void count_outputs(recording *r)
{
    ra_record_result *out = r->result;
    for (size_t s = 0; s < r->set->slot_count; s++) {
        const ra_output *o = &r->outputs[s];
        if (!o->present)
            continue;
        out->answered += o->text != NULL;
        out->none += !o->text;
        out->cut += o->finish_reason && strcmp(o->finish_reason, "length") == 0;
        out->completion_tokens += o->completion_tokens;
    }
}

static bool keep_old(recording *r, ra_error *err)
{
    ra_output *old;
    const char *model = r->how->model;
    if (!ra_set_has(r->set, "outputs", model, NULL))
        return true;
    if (!ra_set_outputs(r->set, model, &old, err))
        return false;
    for (size_t s = 0; s < r->set->slot_count; s++) {
        ra_output *new = &r->outputs[s];
        if (!old[s].present)
            continue;
        if (!new->present)
            *new = old[s];
        bool same = new->text &&old[s].text ? strcmp(new->text, old[s].text) == 0
                                            : new->text == old[s].text;
        if (!same && !r->how->replace)
            return ra_fail(err, RA_ERR_INPUT, ra_set_file(r->set, "outputs", model, NULL), 0,
                           "holds other answers of this model",
                           "keep both with --as NAME, or replace them with --replace; the answers "
                           "that just came are in the call store");
    }
    return true;
}

static void note(recording *r)
{
    const ra_prompts *p = r->how->prompts;
    ra_digest digest = "";
    ra_error ignored;
    bool hashed = p->path && ra_sha256_file(p->path, digest, &ignored);
    const char *text = ra_arena_printf(
        &r->set->arena,
        "outputs of '%s' recorded from model '%s', prompts %s%s%s, at most %llu tokens",
        r->how->model, r->how->endpoint.model, p->name, hashed ? " sha256 " : "", digest,
        (unsigned long long)max_tokens(r));
    for (size_t i = 0; i < r->set->note_count; i++)
        if (strcmp(r->set->notes[i], text) == 0)
            return;
    ra_set_add_note(r->set, text);
}

static bool write_set(recording *r, ra_error *err)
{
    ra_set_add_model(r->set, r->how->model);
    if (!keep_old(r, err))
        return false;
    note(r);
    return ra_set_write_outputs(r->set, r->how->model, r->outputs, err) &&
           ra_set_write(r->set, err);
}

bool ra_record_run(ra_set *set, const ra_benchmark *benchmark, const ra_record_how *how,
                   ra_calls *calls, ra_record_result *out, ra_error *err)
{
    *out = (ra_record_result){0};
    recording r = {set, benchmark, how, calls, NULL, set->item_count, out, {0}};
    if (how->most_items > 0 && how->most_items < r.items)
        r.items = how->most_items;
    r.outputs = ra_arena_alloc(&set->arena, set->slot_count, sizeof *r.outputs);
    out->items = r.items;
    size_t turns = 0;
    for (size_t i = 0; i < r.items; i++)
        if (set->items[i].turn_count > turns)
            turns = set->items[i].turn_count;
    bool ok = true;
    for (size_t turn = 1; ok && turn <= turns; turn++) {
        ok = run_turn(&r, turn, err);
        ra_arena_release(&r.arena);
    }
    if (!ra_calls_is_dry(calls)) {
        ra_error second;
        count_outputs(&r);
        ok = write_set(&r, ok ? err : &second) && ok;
    }
    ra_arena_release(&r.arena);
    return ok;
}
