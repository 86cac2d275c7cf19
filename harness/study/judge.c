#include "study/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXPECTED_TOKENS = 250 }; /* of a judgment, for estimates: GPT-4's in MT Bench's files */

/* --- plan --- */

typedef struct plan {
    ra_judge_job *job;
    const ra_judge_templates *templates;
    const ra_output *against; /* NULL: rated alone */
} plan;

static bool ask_turn(const plan *p, const ra_judge_round *round, const ra_item *item, size_t turn,
                     const ra_output *outputs, ra_error *err)
{
    const ra_output *a = outputs + item->first_slot;
    const ra_output *b = p->against ? p->against + item->first_slot : NULL;
    if (!ra_judge_has_answers(a, turn) || (b && !ra_judge_has_answers(b, turn))) {
        p->job->unanswered++;
        return true;
    }
    p->job->questions++;
    return ra_judge_ask(p->templates, item, turn, round->swapped ? b : a, round->swapped ? a : b,
                        &p->job->arena, &round->questions[item->first_slot + turn - 1], err);
}

static bool ask_round(const plan *p, const ra_judge_round *round, const ra_output *outputs,
                      ra_error *err)
{
    const ra_set *set = p->job->set;
    for (size_t i = 0; i < set->item_count; i++)
        for (size_t turn = 1; turn <= set->items[i].turn_count; turn++)
            if (!ask_turn(p, round, &set->items[i], turn, outputs, err))
                return false;
    return true;
}

static void add_round(ra_judge_job *job, const char *model, unsigned repetition, unsigned order)
{
    const ra_judge_how *how = job->how;
    ra_judge_round *round = &job->rounds[job->round_count++];
    const char *by = ra_arena_strdup(&job->arena, how->judge);
    if (repetition > 0)
        by = ra_arena_printf(&job->arena, "%s-repeat-%u", by, repetition + 1);
    if (how->against)
        by = ra_arena_printf(&job->arena, "%s-vs-%s", by, how->against);
    *round = (ra_judge_round){
        .model = ra_arena_strdup(&job->arena, model),
        .by = how->against ? ra_arena_printf(&job->arena, "%s-%u", by, order) : by,
        .grader = order == 2 ? by : NULL,
        .swapped = order == 2,
        .repetition = repetition,
        .questions = ra_arena_alloc(&job->arena, job->set->slot_count, sizeof *round->questions),
        .judgments = ra_arena_alloc(&job->arena, job->set->slot_count, sizeof *round->judgments)};
}

static bool plan_model(plan *p, const char *model, ra_error *err)
{
    ra_judge_job *job = p->job;
    ra_output *outputs;
    if (!ra_set_outputs(job->set, model, &outputs, err))
        return false;
    unsigned orders = p->against ? 2 : 1;
    for (unsigned r = 0; r < job->how->repeats; r++)
        for (unsigned order = 1; order <= orders; order++) {
            add_round(job, model, r, order);
            if (!ask_round(p, &job->rounds[job->round_count - 1], outputs, err))
                return false;
        }
    return true;
}

bool ra_judge_plan(ra_judge_job *job, ra_set *set, const ra_judge_templates *templates,
                   const ra_judge_how *how, ra_error *err)
{
    *job = (ra_judge_job){.set = set, .how = how};
    job->rounds =
        ra_arena_alloc(&job->arena, 2 * how->model_count * how->repeats, sizeof *job->rounds);
    plan p = {job, templates, NULL};
    ra_output *against = NULL;
    bool ok = !how->against || ra_set_outputs(set, how->against, &against, err);
    p.against = against;
    for (size_t m = 0; ok && m < how->model_count; m++)
        ok = plan_model(&p, how->models[m], err);
    if (ok && job->questions == 0)
        ok = ra_fail(err, RA_ERR_INPUT, set->path, 0, "no answers to judge", NULL);
    if (!ok)
        ra_judge_release(job);
    return ok;
}

void ra_judge_release(ra_judge_job *job)
{
    ra_arena_release(&job->arena);
    *job = (ra_judge_job){0};
}

/* --- calls --- */

static ra_call make_call(ra_judge_job *job, const ra_judge_round *round,
                         const ra_judge_question *question)
{
    const ra_judge_how *how = job->how;
    const ra_message messages[] = {{"system", question->template_used->system},
                                   {"user", question->prompt}};
    size_t skip = *messages[0].content ? 0 : 1;
    ra_sampling sampling = ra_sampling_default();
    sampling.temperature = how->temperature;
    sampling.max_tokens = how->max_tokens;
    sampling.max_completion_tokens = how->max_completion_tokens;
    const ra_endpoint *e = &how->endpoint;
    double bytes = (double)(strlen(messages[0].content) + strlen(messages[1].content));
    return (ra_call){
        .url = ra_openai_url(&job->arena, e, "chat/completions"),
        .body = ra_openai_chat(&job->arena, e->model, messages + skip, 2 - skip, &sampling),
        .headers = e->headers,
        .purpose = "judge",
        .key_env = e->key_env,
        .key_header = e->key_header,
        .repetition = round->repetition,
        .tokens_in = bytes / 4,
        .tokens_out = EXPECTED_TOKENS,
        .price = e->price};
}

/* Where the answer to a call goes. */
typedef struct place {
    ra_judgment *judgment;
} place;

/* Calls of all rounds in their order, and as many places. */
static ra_call *list_calls(ra_judge_job *job, place **places)
{
    ra_call *list = ra_arena_alloc(&job->arena, job->questions, sizeof *list);
    *places = ra_arena_alloc(&job->arena, job->questions, sizeof **places);
    size_t n = 0;
    for (size_t r = 0; r < job->round_count; r++)
        for (size_t s = 0; s < job->set->slot_count; s++) {
            const ra_judge_question *q = &job->rounds[r].questions[s];
            if (!q->template_used)
                continue;
            (*places)[n].judgment = &job->rounds[r].judgments[s];
            *(*places)[n].judgment = (ra_judgment){false, q->template_used->name, q->prompt, NULL};
            list[n++] = make_call(job, &job->rounds[r], q);
        }
    return list;
}

/* One answer that cannot be read does not keep the others from being written. */
static bool take_answers(ra_judge_job *job, const ra_call_answer *answers, const place *places,
                         ra_error *err)
{
    bool ok = true;
    ra_error second;
    for (size_t i = 0; i < job->questions; i++) {
        ra_completion said;
        if (!answers[i].body)
            continue;
        if (!ra_openai_read(answers[i].body, answers[i].length, answers[i].request, &job->arena,
                            &said, ok ? err : &second)) {
            ok = false;
            continue;
        }
        places[i].judgment->present = true;
        places[i].judgment->judgment = said.text;
    }
    return ok;
}

/* --- files --- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Fills the round's gaps with what the set holds already. */
static bool keep_old(ra_judge_job *job, ra_judge_round *round, ra_error *err)
{
    ra_judgment *old;
    if (!ra_set_has(job->set, "judgments", round->model, round->by))
        return true;
    if (!ra_set_judgments(job->set, round->model, round->by, &old, err))
        return false;
    for (size_t s = 0; s < job->set->slot_count; s++) {
        ra_judgment *new = &round->judgments[s];
        if (!old[s].present)
            continue;
        if (!new->present)
            *new = old[s];
        if (job->how->replace ||
            (same_text(new->prompt, old[s].prompt) && same_text(new->judgment, old[s].judgment)))
            continue;
        ra_fail(err, RA_ERR_INPUT, ra_set_file(job->set, "judgments", round->model, round->by), 0,
                "holds other judgments of the same answers",
                "keep both with --as NAME, or replace them with --replace; the answers that just "
                "came are in the call store");
        return false;
    }
    return true;
}

static bool write_pair_grades(ra_judge_job *job, const ra_judge_round *first,
                              const ra_judge_round *second, ra_error *err)
{
    size_t slots = job->set->slot_count;
    ra_grade *grades = ra_arena_alloc(&job->arena, slots, sizeof *grades);
    for (size_t s = 0; s < slots; s++) {
        const ra_judgment *a = &first->judgments[s], *b = &second->judgments[s];
        if (!a->present || !b->present)
            continue;
        double score = ra_judge_pair_score(a->judgment, b->judgment);
        grades[s] = (ra_grade){true, score, NULL, isnan(score) ? "unparsed" : NULL};
    }
    return ra_set_write_grades(job->set, second->model, second->grader, grades, err);
}

static bool write_rounds(ra_judge_job *job, ra_error *err)
{
    for (size_t r = 0; r < job->round_count; r++) {
        ra_judge_round *round = &job->rounds[r];
        if (!keep_old(job, round, err) ||
            !ra_set_write_judgments(job->set, round->model, round->by, round->judgments, err) ||
            (round->grader && !write_pair_grades(job, round - 1, round, err)))
            return false;
    }
    return true;
}

bool ra_judge_run(ra_judge_job *job, ra_calls *calls, ra_error *err)
{
    place *places;
    ra_call *list = list_calls(job, &places);
    ra_call_answer *answers = ra_arena_alloc(&job->arena, job->questions, sizeof *answers);
    bool ok = ra_calls_make(calls, list, job->questions, &job->arena, answers, err);
    if (ra_calls_is_dry(calls))
        return ok;
    ra_error second;
    ok = take_answers(job, answers, places, ok ? err : &second) && ok;
    return write_rounds(job, ok ? err : &second) && ok;
}

/* --- recorded judgments --- */

static const char *difference(ra_judge_job *job, const ra_judge_question *q,
                              const ra_judgment *recorded)
{
    if (!q->template_used)
        return "no answer that it could be about";
    if (recorded->template_name && strcmp(recorded->template_name, q->template_used->name) != 0)
        return ra_arena_printf(&job->arena, "template '%s', recorded with '%s'",
                               q->template_used->name, recorded->template_name);
    size_t at = 0;
    const char *prompt = recorded->prompt ? recorded->prompt : "";
    while (q->prompt[at] && q->prompt[at] == prompt[at])
        at++;
    if (q->prompt[at] == prompt[at])
        return NULL;
    return ra_arena_printf(&job->arena, "prompts differ from byte %zu of %zu on", at,
                           strlen(prompt));
}

static bool check_round(ra_judge_job *job, ra_judge_round *round, ra_judge_comparison *out,
                        ra_error *err)
{
    const ra_set *set = job->set;
    if (!ra_set_judgments(job->set, round->model, round->by, &round->judgments, err))
        return false;
    for (size_t i = 0; i < set->item_count; i++)
        for (size_t t = 0; t < set->items[i].turn_count; t++) {
            size_t s = set->items[i].first_slot + t;
            if (!round->judgments[s].present)
                continue;
            const char *what = difference(job, &round->questions[s], &round->judgments[s]);
            if (what)
                out->differences[out->recorded - out->equal] =
                    (ra_judge_difference){round->model, round->by, set->items[i].id, t + 1, what};
            out->recorded++;
            out->equal += !what;
        }
    return true;
}

bool ra_judge_check(ra_judge_job *job, ra_judge_comparison *out, ra_error *err)
{
    *out = (ra_judge_comparison){0};
    out->differences = ra_arena_alloc(&job->arena, job->round_count * job->set->slot_count,
                                      sizeof *out->differences);
    for (size_t r = 0; r < job->round_count; r++)
        if (!check_round(job, &job->rounds[r], out, err))
            return false;
    return true;
}

/* What a server would have said. */
static const char *as_completion(ra_judge_job *job, const char *judgment)
{
    ra_json *doc = ra_json_new_object(), *choices = ra_json_new_array();
    ra_json *choice = ra_json_new_object(), *message = ra_json_new_object();
    ra_json_put_string(message, "role", "assistant");
    ra_json_put_string(message, "content", judgment);
    ra_json_put_number(choice, "index", 0);
    ra_json_put(choice, "message", message);
    ra_json_put_null(choice, "finish_reason");
    ra_json_add(choices, choice);
    ra_json_put_string(doc, "object", "chat.completion");
    ra_json_put(doc, "choices", choices);
    ra_buf text = {0};
    ra_json_print(doc, &text);
    ra_json_free(doc);
    const char *copy = ra_arena_strndup(&job->arena, text.text, text.length);
    ra_buf_release(&text);
    return copy;
}

/* Appends the calls of a round's recorded judgments, and what a server would have answered. */
static size_t list_recorded(ra_judge_job *job, const ra_judge_round *round, ra_call *list,
                            const char **bodies)
{
    size_t n = 0;
    for (size_t s = 0; s < job->set->slot_count; s++) {
        const ra_judgment *recorded = &round->judgments[s];
        if (!recorded->present || !recorded->judgment ||
            difference(job, &round->questions[s], recorded))
            continue;
        list[n] = make_call(job, round, &round->questions[s]);
        bodies[n++] = as_completion(job, recorded->judgment);
    }
    return n;
}

bool ra_judge_adopt(ra_judge_job *job, ra_calls *calls, size_t *adopted, ra_error *err)
{
    size_t slots = job->set->slot_count;
    ra_call *list = ra_arena_alloc(&job->arena, job->round_count * slots, sizeof *list);
    const char **bodies = ra_arena_alloc(&job->arena, job->round_count * slots, sizeof *bodies);
    *adopted = 0;
    for (size_t r = 0; r < job->round_count; r++) {
        ra_judge_round *round = &job->rounds[r];
        if (!ra_set_judgments(job->set, round->model, round->by, &round->judgments, err))
            return false;
        *adopted += list_recorded(job, round, list + *adopted, bodies + *adopted);
    }
    return ra_calls_put(calls, list, bodies, *adopted, err);
}
