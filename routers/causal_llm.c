/* causal_llm:FILE - a language model rates the answer that the weak model would give, and the
 * probabilities of its labels are the win rate: P(strong) = 1 - P(label >= threshold)
 * (arXiv 2406.18665, section 4.2).
 *
 *   {"schema": "routeassay.causal-llm/1",
 *    "endpoint": {"url", "model", ...},     see net/openai.h; default: OPENAI_BASE_URL
 *    "format": "golden/prompts/causal-llm-llama3.json",   a file with the next three fields
 *    "prompt": "... {question} ...",        for /v1/completions, or
 *    "messages": [{"role","content"}],      for /v1/chat/completions
 *    "labels": ["1","2","3","4","5"],       from the worst to the best
 *    "threshold": 4,                        the first label that needs no strong model
 *    "alternatives": 20,                    tokens that the server is asked to list
 *    "unreadable": 0.5,                     win rate of a prompt without any label; else an error
 *    "budget": 5}                           dollars that this router may spend
 *
 * A study's "config" may hold the same fields, which then count. Calls go through the store that
 * ROUTEASSAY_CALLS names. With "prompt" the model writes one token, and beginnings of labels are
 * followed by further calls. With "messages" it writes freely, and the first label that it writes
 * is read where it stands. What was not listed is counted, bounded and said on stderr. */
#include "net/calls.h"
#include "routers/causal_config.h"
#include "routers/router.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_TOKENS = 16, /* of a chat model's free text */
    LABEL_DEPTH = 6,    /* tokens of one label */
};
/* A beginning is followed when it may be more than this share of the labels' probability so far. */
static const double worth_following = 0.02;
static const double never_followed = 1e-6; /* its probability is below this */

typedef struct judge_model {
    ra_causal_config config;
    ra_calls *calls;
    /* what finish tells */
    size_t prompts, whole, partial, none, followed;
    double widest;
    ra_arena arena;
} judge_model;

static void causal_close(void *state)
{
    judge_model *m = state;
    ra_calls_close(m->calls);
    ra_arena_release(&m->arena);
    free(m);
}

static bool causal_open(void **state, const ra_router_options *options, ra_error *err)
{
    if (!options->argument && !options->config)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "causal_llm: needs a file",
                       "causal_llm:FILE.json; golden/prompts/causal-llm-llama3.json is a start");
    judge_model *m = ra_alloc(1, sizeof *m);
    ra_calls_options calls = ra_calls_defaults();
    bool ok = ra_causal_config_read(&m->config, options->argument, options->config, &m->arena, err);
    calls.what = "causal_llm";
    calls.budget = m->config.budget;
    ra_calls_only_sum(&calls, options->stored);
    ok = ok && (options->stored || ra_calls_key_check(m->config.endpoint.key_env, err)) &&
         (m->calls = ra_calls_open(&calls, err)) != NULL;
    if (!ok) {
        causal_close(m);
        return false;
    }
    *state = m;
    return true;
}

/* --- calls --- */

/* One beginning of one prompt's answer. */
typedef struct node {
    size_t prompt;
    const char *before;
    double weight;
} node;

typedef struct batch {
    judge_model *model;
    const ra_prompt *prompts;
    ra_label_reading *readings; /* by prompt */
    node *nodes;
    size_t node_count, capacity;
    ra_arena arena;
} batch;

static bool make_call(batch *b, const node *n, ra_call *out, ra_error *err)
{
    judge_model *m = b->model;
    const char *question = b->prompts[n->prompt].text, *body;
    ra_sampling s = ra_sampling_default();
    s.temperature = 0;
    s.max_tokens = m->config.prompt ? 1 : ANSWER_TOKENS;
    s.logprobs = true;
    s.alternatives = (unsigned)m->config.alternatives;
    if (m->config.prompt) {
        const char *text = ra_causal_fill(m->config.prompt, question, &b->arena, err);
        if (!text)
            return false;
        text = ra_arena_printf(&b->arena, "%s%s", text, n->before);
        body = ra_openai_completion(&b->arena, m->config.endpoint.model, text, &s);
    } else {
        ra_message *messages = ra_arena_alloc(&b->arena, m->config.message_count, sizeof *messages);
        for (size_t i = 0; i < m->config.message_count; i++) {
            messages[i] = m->config.messages[i];
            if (!(messages[i].content =
                      ra_causal_fill(m->config.messages[i].content, question, &b->arena, err)))
                return false;
        }
        body = ra_openai_chat(&b->arena, m->config.endpoint.model, messages,
                              m->config.message_count, &s);
    }
    *out = (ra_call){.url = ra_openai_url(&b->arena, &m->config.endpoint,
                                          m->config.prompt ? "completions" : "chat/completions"),
                     .body = body,
                     .headers = m->config.endpoint.headers,
                     .purpose = "router",
                     .key_env = m->config.endpoint.key_env,
                     .key_header = m->config.endpoint.key_header,
                     .tokens_in = (double)strlen(body) / 4,
                     .tokens_out = (double)s.max_tokens,
                     .price = m->config.endpoint.price};
    return true;
}

static bool ask(batch *b, const node *nodes, size_t count, ra_completion *said, ra_error *err)
{
    ra_call *list = ra_arena_alloc(&b->arena, count, sizeof *list);
    ra_call_answer *answers = ra_arena_alloc(&b->arena, count, sizeof *answers);
    for (size_t i = 0; i < count; i++)
        if (!make_call(b, &nodes[i], &list[i], err))
            return false;
    if (!ra_calls_make(b->model->calls, list, count, &b->arena, answers, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!ra_openai_read(answers[i].body, answers[i].length, answers[i].request, &b->arena,
                            &said[i], err))
            return false;
        if (said[i].token_count > 0 && said[i].tokens)
            continue;
        ra_failf(err, RA_ERR_REMOTE, "causal_llm", 0,
                 "the server sent no log-probabilities for item '%s'",
                 b->prompts[nodes[i].prompt].id);
        return ra_hintf(err,
                        "does it support logprobs in %s? Lower 'alternatives' if it limits them",
                        b->model->config.prompt ? "/v1/completions" : "/v1/chat/completions");
    }
    return true;
}

/* --- reading --- */

static void add_node(batch *b, size_t prompt, const ra_label_open *open)
{
    ra_grow(&b->nodes, &b->capacity, b->node_count + 1, sizeof *b->nodes);
    b->nodes[b->node_count++] = (node){prompt, open->text, open->weight};
}

static size_t read_token(batch *b, const node *n, const ra_token *token, ra_label_open **open)
{
    *open = ra_arena_alloc(&b->arena, token->count + 1, sizeof **open);
    return ra_labels_read(&b->model->config.labels, n->before, n->weight, token, &b->arena,
                          &b->readings[n->prompt], *open);
}

static bool is_worth_following(const batch *b, size_t prompt, double weight)
{
    double mass = 0;
    for (size_t i = 0; i < b->model->config.labels.count; i++)
        mass += b->readings[prompt].mass[i];
    return weight >= never_followed && weight >= worth_following * mass;
}

/* Mass that is not followed may be any label's that begins so. */
static void leave(const batch *b, size_t prompt, const ra_label_open *open)
{
    const char *begun = open->text + strspn(open->text, " \t\r\n");
    for (size_t i = 0; i < b->model->config.labels.count; i++)
        if (ra_has_prefix(b->model->config.labels.text[i], begun))
            b->readings[prompt].unseen[i] += open->weight;
}

/* One token at a time; beginnings that matter are followed by calls. */
static bool read_continued(batch *b, ra_error *err)
{
    for (unsigned depth = 0; b->node_count > 0; depth++) {
        size_t count = b->node_count;
        node *nodes = ra_arena_alloc(&b->arena, count, sizeof *nodes);
        memcpy(nodes, b->nodes, count * sizeof *nodes);
        ra_completion *said = ra_arena_alloc(&b->arena, count, sizeof *said);
        if (!ask(b, nodes, count, said, err))
            return false;
        b->model->followed += depth > 0 ? count : 0;
        b->node_count = 0;
        for (size_t i = 0; i < count; i++) {
            ra_label_open *open;
            size_t n = read_token(b, &nodes[i], &said[i].tokens[0], &open);
            for (size_t k = 0; k < n; k++)
                if (depth + 1 < LABEL_DEPTH &&
                    is_worth_following(b, nodes[i].prompt, open[k].weight))
                    add_node(b, nodes[i].prompt, &open[k]);
                else
                    leave(b, nodes[i].prompt, &open[k]);
        }
    }
    return true;
}

/* From the token on with which the label begins, along what the model wrote. */
static void read_written(batch *b, const node *start, const ra_completion *said)
{
    const ra_labels *labels = &b->model->config.labels;
    node n = *start;
    for (size_t i = ra_labels_find(labels, said->tokens, said->token_count, &b->arena);
         i < said->token_count; i++) {
        ra_label_open *open, next = {NULL, 0};
        const char *written = ra_arena_printf(&b->arena, "%s%s", n.before, said->tokens[i].token);
        size_t count = read_token(b, &n, &said->tokens[i], &open);
        for (size_t k = 0; k < count; k++)
            if (!next.text && strcmp(open[k].text, written) == 0)
                next = open[k];
            else
                leave(b, n.prompt, &open[k]);
        if (!next.text)
            return;
        n = (node){n.prompt, next.text, next.weight};
    }
}

static bool read_free(batch *b, ra_error *err)
{
    ra_completion *said = ra_arena_alloc(&b->arena, b->node_count, sizeof *said);
    if (!ask(b, b->nodes, b->node_count, said, err))
        return false;
    for (size_t i = 0; i < b->node_count; i++)
        read_written(b, &b->nodes[i], &said[i]);
    return true;
}

/* --- scores --- */

static bool score_one(judge_model *m, const ra_prompt *prompt, const ra_label_reading *reading,
                      double *score, ra_error *err)
{
    double share, least, most;
    size_t missing = 0;
    m->prompts++;
    if (!ra_labels_share(&m->config.labels, reading, m->config.threshold, &share, &least, &most)) {
        m->none++;
        *score = m->config.unreadable;
        if (!isnan(*score))
            return true;
        ra_failf(err, RA_ERR_REMOTE, "causal_llm", 0,
                 "model '%s' gave none of the labels any probability for item '%s'",
                 m->config.endpoint.model, prompt->id);
        return ra_hintf(err, "set 'unreadable' to the win rate that such prompts shall have");
    }
    for (size_t i = 0; i < m->config.labels.count; i++)
        missing += !(reading->mass[i] > 0);
    m->whole += missing == 0;
    m->partial += missing > 0;
    m->widest = fmax(m->widest, most - least);
    *score = fmin(1, fmax(0, 1 - share));
    return true;
}

static bool causal_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    batch b = {.model = state, .prompts = prompts};
    b.readings = ra_arena_alloc(&b.arena, count, sizeof *b.readings);
    for (size_t i = 0; i < count; i++)
        add_node(&b, i, &(ra_label_open){"", 1});
    bool ok = b.model->config.prompt ? read_continued(&b, err) : read_free(&b, err);
    for (size_t i = 0; ok && i < count; i++)
        ok = score_one(b.model, &prompts[i], &b.readings[i], &score[i], err);
    free(b.nodes);
    ra_arena_release(&b.arena);
    return ok;
}

static bool causal_finish(void *state, ra_error *err)
{
    (void)err;
    const judge_model *m = state;
    fprintf(stderr,
            "causal_llm: %zu prompts: %zu with every label listed, %zu with some missing, %zu with "
            "none; what is missing moves a win rate by at most %.4f; %zu calls followed labels of "
            "several tokens\n",
            m->prompts, m->whole, m->partial, m->none, m->widest, m->followed);
    if (m->partial + m->none > 0)
        fprintf(stderr, "  more than %zu 'alternatives' would list more, if the server has them\n",
                m->config.alternatives);
    ra_calls_report(m->calls, stderr);
    return true;
}

extern const ra_router_kind ra_router_causal_llm;
const ra_router_kind ra_router_causal_llm = {
    .name = "causal_llm",
    .flags = RA_ROUTER_CALLS,
    .summary = "causal_llm:FILE, a language model behind HTTP rates the weak model's answer",
    .open = causal_open,
    .score = causal_score,
    .close = causal_close,
    .finish = causal_finish};
