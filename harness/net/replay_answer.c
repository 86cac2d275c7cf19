/* Requests to a replay server, and the JSON of its answers. */
#include "base/sha256.h"
#include "data/json.h"
#include "net/replay.h"
#include "net/replay_request.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static const char json_type[] = "application/json";

/* A recorded answer, with all that an answer's JSON says. */
typedef struct answer {
    const char *id, *model, *finish_reason, *text;
    const char *item, *found, *output, *usage;
    double turn, prompt_tokens, completion_tokens;
    bool chat;
} answer;

/* --- errors --- */

void ra_replay_refuse(ra_replay_reply *reply, unsigned status, const char *code,
                      const char *message)
{
    ra_json *doc = ra_json_new_object(), *error = ra_json_new_object();
    ra_json_put_string(error, "message", message);
    ra_json_put_string(error, "type",
                       status == 401   ? "authentication_error"
                       : status >= 500 ? "server_error"
                                       : "invalid_request_error");
    ra_json_put_null(error, "param");
    ra_json_put_string(error, "code", code);
    ra_json_put(doc, "error", error);
    reply->status = status;
    reply->type = json_type;
    reply->body.length = 0;
    ra_json_print(doc, &reply->body);
    ra_json_free(doc);
}

static void refuse_unreadable(ra_replay_reply *reply, const ra_error *err)
{
    ra_replay_refuse(reply, 400, "invalid_request", err->message);
}

void ra_replay_reply_release(ra_replay_reply *reply)
{
    ra_buf_release(&reply->body);
    ra_arena_release(&reply->arena);
}

/* --- models --- */

/* Index of the model in its set, RA_MAP_NONE if it has none of that name. */
static size_t model_in(const ra_replay_set *s, const char *name)
{
    if (strcmp(name, "strong") == 0)
        name = s->strong;
    if (strcmp(name, "weak") == 0)
        name = s->weak;
    for (size_t m = 0; m < s->set.model_count; m++)
        if (strcmp(s->set.models[m], name) == 0)
            return m;
    return RA_MAP_NONE;
}

static const char *role_of(const ra_replay_set *s, const char *model)
{
    return strcmp(model, s->strong) == 0 ? "strong" : strcmp(model, s->weak) == 0 ? "weak" : NULL;
}

static bool known_model(const ra_replay *replay, const char *name)
{
    for (size_t i = 0; i < replay->set_count; i++)
        if (model_in(&replay->sets[i], name) != RA_MAP_NONE)
            return true;
    return false;
}

static bool known_before(const ra_replay *replay, size_t set, const char *name)
{
    for (size_t i = 0; i < set; i++)
        if (ra_set_has_model(&replay->sets[i].set, name))
            return true;
    return false;
}

static void add_model(ra_json *list, const char *name)
{
    ra_json *model = ra_json_new_object();
    ra_json_put_string(model, "id", name);
    ra_json_put_string(model, "object", "model");
    ra_json_put_number(model, "created", 0);
    ra_json_put_string(model, "owned_by", "routeassay");
    ra_json_add(list, model);
}

static ra_json *all_models(const ra_replay *replay)
{
    ra_json *list = ra_json_new_array();
    add_model(list, "strong");
    add_model(list, "weak");
    for (size_t i = 0; i < replay->set_count; i++)
        for (size_t m = 0; m < replay->sets[i].set.model_count; m++)
            if (!known_before(replay, i, replay->sets[i].set.models[m]))
                add_model(list, replay->sets[i].set.models[m]);
    if (replay->embedder.name)
        add_model(list, replay->embedder.name);
    return list;
}

static void show(ra_replay_reply *reply, const ra_json *doc)
{
    reply->status = 200;
    reply->type = json_type;
    ra_json_print(doc, &reply->body);
}

static void answer_models(const ra_replay *replay, const char *wanted, ra_replay_reply *reply)
{
    ra_json *list = all_models(replay), *doc = ra_json_new_object();
    const ra_json *one = NULL;
    for (const ra_json *m = ra_json_first(list); wanted && m; m = ra_json_next(m))
        if (strcmp(ra_json_text(ra_json_get(m, "id")), wanted) == 0)
            one = m;
    if (wanted && one)
        show(reply, one);
    else if (wanted)
        ra_replay_refuse(reply, 404, "unknown_model", "no such model was recorded");
    ra_json_put_string(doc, "object", "list");
    ra_json_put(doc, "data", list);
    if (!wanted)
        show(reply, doc);
    ra_json_free(doc);
}

/* --- recorded answers --- */

/* Bytes / 4, the rule of thumb for English text; at least 1. */
static double estimated(size_t bytes)
{
    return bytes < 4 ? 1 : floor((double)bytes / 4);
}

static void fill_usage(answer *a, const ra_output *o, const ra_replay_request *request)
{
    size_t asked = 0;
    for (size_t i = 0; i < request->count; i++)
        asked += strlen(request->texts[i]);
    bool known = o && !isnan(o->prompt_tokens) && !isnan(o->completion_tokens);
    a->usage = known ? "recorded" : "estimated";
    a->prompt_tokens = known ? o->prompt_tokens : estimated(asked);
    a->completion_tokens = known ? o->completion_tokens : *a->text ? estimated(strlen(a->text)) : 0;
}

static const char *answer_id(ra_arena *arena, bool chat, const char *model, const answer *a)
{
    ra_digest digest;
    ra_sha256 *state = ra_sha256_start();
    ra_sha256_add(state, model, strlen(model) + 1);
    ra_sha256_add(state, a->item, strlen(a->item) + 1);
    unsigned char turn = (unsigned char)a->turn;
    ra_sha256_add(state, &turn, 1);
    ra_sha256_finish(state, digest);
    return ra_arena_printf(arena, "%s-%.24s", chat ? "chatcmpl" : "cmpl", digest);
}

static void put_usage(ra_json *doc, const answer *a)
{
    ra_json *usage = ra_json_new_object();
    ra_json_put_number(usage, "prompt_tokens", a->prompt_tokens);
    ra_json_put_number(usage, "completion_tokens", a->completion_tokens);
    ra_json_put_number(usage, "total_tokens", a->prompt_tokens + a->completion_tokens);
    ra_json_put(doc, "usage", usage);
}

/* The parts that a whole answer and the events of a stream share. */
static ra_json *new_answer(const answer *a, const char *object)
{
    ra_json *doc = ra_json_new_object();
    ra_json_put_string(doc, "id", a->id);
    ra_json_put_string(doc, "object", object);
    ra_json_put_number(doc, "created", 0);
    ra_json_put_string(doc, "model", a->model);
    return doc;
}

static void put_marks(ra_json *doc, const answer *a)
{
    ra_json *marks = ra_json_new_object();
    ra_json_put_string(marks, "item", a->item);
    ra_json_put_number(marks, "turn", a->turn);
    ra_json_put_string(marks, "found", a->found);
    ra_json_put_string(marks, "output", a->output);
    ra_json_put_string(marks, "usage", a->usage);
    ra_json_put(doc, "routeassay", marks);
}

static ra_json *new_choice(const char *finish_reason)
{
    ra_json *choice = ra_json_new_object();
    ra_json_put_number(choice, "index", 0);
    ra_json_put_null(choice, "logprobs");
    ra_json_put_string(choice, "finish_reason", finish_reason);
    return choice;
}

static void put_choice(ra_json *doc, ra_json *choice)
{
    ra_json *choices = ra_json_new_array();
    ra_json_add(choices, choice);
    ra_json_put(doc, "choices", choices);
}

static void write_whole(const answer *a, ra_replay_reply *reply)
{
    ra_json *doc = new_answer(a, a->chat ? "chat.completion" : "text_completion");
    ra_json *choice = new_choice(a->finish_reason);
    if (a->chat) {
        ra_json *message = ra_json_new_object();
        ra_json_put_string(message, "role", "assistant");
        ra_json_put_string(message, "content", a->text);
        ra_json_put_null(message, "refusal");
        ra_json_put(choice, "message", message);
    } else {
        ra_json_put_string(choice, "text", a->text);
    }
    put_choice(doc, choice);
    put_usage(doc, a);
    put_marks(doc, a);
    show(reply, doc);
    ra_json_free(doc);
}

/* --- streams --- */

static void put_event(ra_buf *out, ra_json *doc)
{
    ra_buf_puts(out, "data: ");
    ra_json_print(doc, out);
    ra_buf_puts(out, "\n\n");
    ra_json_free(doc);
}

/* One event: a piece of text, the first with the role, the last with the finish reason. */
static void put_piece(ra_buf *out, const answer *a, const char *text, bool first,
                      const char *finish_reason)
{
    ra_json *doc = new_answer(a, a->chat ? "chat.completion.chunk" : "text_completion");
    ra_json *choice = new_choice(finish_reason);
    if (a->chat) {
        ra_json *delta = ra_json_new_object();
        if (first)
            ra_json_put_string(delta, "role", "assistant");
        if (text)
            ra_json_put_string(delta, "content", text);
        ra_json_put(choice, "delta", delta);
    } else {
        ra_json_put_string(choice, "text", text ? text : "");
    }
    put_choice(doc, choice);
    if (first)
        put_marks(doc, a);
    put_event(out, doc);
}

/* A word with the white space before it: about what models send at a time. */
static size_t piece_length(const char *text)
{
    size_t space = strspn(text, " \t\r\n");
    return space + strcspn(text + space, " \t\r\n");
}

static void write_stream(const answer *a, bool with_usage, ra_replay_reply *reply)
{
    ra_buf *out = &reply->body;
    reply->status = 200;
    reply->type = "text/event-stream";
    if (a->chat)
        put_piece(out, a, "", true, NULL);
    bool first = !a->chat;
    for (const char *at = a->text; *at; first = false) {
        size_t length = piece_length(at);
        char *piece = ra_arena_strndup(&reply->arena, at, length);
        put_piece(out, a, piece, first, NULL);
        at += length;
    }
    put_piece(out, a, NULL, first, a->finish_reason);
    if (with_usage) {
        ra_json *doc = new_answer(a, a->chat ? "chat.completion.chunk" : "text_completion");
        ra_json_put(doc, "choices", ra_json_new_array());
        put_usage(doc, a);
        put_event(out, doc);
    }
    ra_buf_puts(out, "data: [DONE]\n\n");
}

/* --- looking up --- */

static bool refuse_prompt(ra_replay_reply *reply, ra_found found)
{
    if (found == RA_FOUND_SEVERAL)
        ra_replay_refuse(reply, 400, "ambiguous_prompt",
                         "this conversation contains several recorded prompts, none of which "
                         "contains the others");
    else
        ra_replay_refuse(reply, 404, "unknown_prompt",
                         "this prompt was not recorded: the last user message must be a recorded "
                         "prompt, or contain one word for word");
    reply->routed.found = found == RA_FOUND_SEVERAL ? "ambiguous" : "unknown";
    return false;
}

static bool refuse_model(ra_replay_reply *reply, const char *model)
{
    char shown[160];
    ra_printable(shown, sizeof shown, model);
    ra_replay_refuse(reply, 404, "unknown_model",
                     ra_arena_printf(&reply->arena,
                                     "no answers of model '%s' to this prompt were recorded; GET "
                                     "/v1/models lists the models",
                                     shown));
    reply->routed.found = "unknown model";
    return false;
}

/* Fills the log's items: all that have the same turns. */
static void list_items(const ra_replay *replay, size_t place, ra_replay_reply *reply)
{
    const ra_replay_place *places = replay->index.places;
    ra_routed *r = &reply->routed;
    size_t count = 0;
    for (size_t p = place; p != RA_MAP_NONE; p = places[p].next)
        count++;
    r->items = ra_arena_alloc(&reply->arena, count, sizeof *r->items);
    for (size_t p = place; p != RA_MAP_NONE; p = places[p].next)
        r->items[r->item_count++] = replay->sets[places[p].set].set.items[places[p].item].id;
    r->turn = places[place].turn;
}

/* Finds the item and, among its doubles, one that the model answered. */
static bool look_up(const ra_replay *replay, const ra_replay_request *request,
                    ra_replay_reply *reply, const ra_replay_set **set, size_t *model, size_t *slot)
{
    size_t place;
    if (!known_model(replay, request->model))
        return refuse_model(reply, request->model);
    ra_found found = ra_replay_find(&replay->index, request->texts, request->count, &place);
    if (found == RA_FOUND_NOTHING || found == RA_FOUND_SEVERAL)
        return refuse_prompt(reply, found);
    reply->routed.found = found == RA_FOUND_EXACT ? "exact" : "contained";
    list_items(replay, place, reply);
    for (; place != RA_MAP_NONE; place = replay->index.places[place].next) {
        const ra_replay_place *p = &replay->index.places[place];
        *set = &replay->sets[p->set];
        *model = model_in(*set, request->model);
        *slot = (*set)->set.items[p->item].first_slot + p->turn - 1;
        if (*model != RA_MAP_NONE)
            return true;
    }
    return refuse_model(reply, request->model);
}

static void answer_recorded(const ra_replay *replay, const ra_replay_request *request, bool chat,
                            ra_replay_reply *reply)
{
    const ra_replay_set *s = NULL;
    size_t model, slot;
    ra_routed *r = &reply->routed;
    r->endpoint = chat ? "chat" : "completions";
    r->asked = request->model;
    if (!look_up(replay, request, reply, &s, &model, &slot))
        return;
    r->model = s->set.models[model];
    r->role = role_of(s, r->model);
    const ra_output *o = s->outputs[model] ? &s->outputs[model][slot] : NULL;
    if (o && (!o->present || !o->text))
        o = NULL;
    answer a = {.model = o && o->served_model ? o->served_model : r->model,
                .finish_reason = o && o->finish_reason ? o->finish_reason : "stop",
                .text = o ? o->text : "",
                .item = r->items[0],
                .found = r->found,
                .output = o ? "recorded" : "none",
                .turn = (double)r->turn,
                .chat = chat};
    a.id = answer_id(&reply->arena, chat, r->model, &a);
    fill_usage(&a, o, request);
    reply->latency_ms = o ? o->latency_ms : (double)NAN;
    reply->output = a.output;
    reply->usage = a.usage;
    if (request->stream)
        write_stream(&a, request->with_usage, reply);
    else
        write_whole(&a, reply);
}

/* --- vectors --- */

static void put_vector(ra_buf *out, const float *vector, size_t dimension, bool base64)
{
    if (!base64) {
        ra_buf_putc(out, '[');
        for (size_t i = 0; i < dimension; i++)
            ra_buf_printf(out, "%s%.9g", i ? "," : "", (double)vector[i]);
        ra_buf_putc(out, ']');
        return;
    }
    size_t bytes = dimension * sizeof *vector;
    unsigned char *text = ra_alloc(bytes / 3 * 4 + 8, 1);
    int length = EVP_EncodeBlock(text, (const unsigned char *)vector, (int)bytes);
    ra_buf_printf(out, "\"%.*s\"", length, (const char *)text);
    free(text);
}

static void write_vectors(const ra_replay_embedder *e, const ra_replay_request *request,
                          const float *vectors, ra_replay_reply *reply)
{
    ra_buf *out = &reply->body;
    double tokens = 0;
    reply->status = 200;
    reply->type = json_type;
    reply->usage = "estimated";
    ra_buf_puts(out, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < request->count; i++) {
        ra_buf_printf(out, "%s{\"object\":\"embedding\",\"index\":%zu,\"embedding\":", i ? "," : "",
                      i);
        put_vector(out, vectors + i * e->dimension, e->dimension, request->base64);
        ra_buf_putc(out, '}');
        tokens += estimated(strlen(request->texts[i]));
    }
    ra_buf_puts(out, "],\"model\":");
    ra_json_quote(out, e->name);
    ra_buf_printf(out, ",\"usage\":{\"prompt_tokens\":%.0f,\"total_tokens\":%.0f}}", tokens,
                  tokens);
}

static void answer_vectors(const ra_replay *replay, const ra_replay_request *request,
                           ra_replay_reply *reply)
{
    const ra_replay_embedder *e = &replay->embedder;
    ra_error err = {0};
    if (!e->name || strcmp(e->name, request->model) != 0) {
        ra_replay_refuse(reply, 404, "unknown_model",
                         e->name ? "no such embedding model; GET /v1/models lists the one there is"
                                 : "this server was started without --embedder");
        return;
    }
    const char **ids = ra_arena_alloc(&reply->arena, request->count, sizeof *ids);
    for (size_t i = 0; i < request->count; i++) {
        size_t place;
        if (ra_replay_find(&replay->index, &request->texts[i], 1, &place) != RA_FOUND_EXACT)
            continue;
        const ra_replay_place *p = &replay->index.places[place];
        ids[i] = replay->sets[p->set].set.items[p->item].id;
    }
    float *vectors = ra_alloc(request->count * e->dimension, sizeof *vectors);
    if (e->embed(e->context, ids, request->texts, request->count, vectors, &err))
        write_vectors(e, request, vectors, reply);
    else
        ra_replay_refuse(reply, 404, "unknown_prompt", err.message);
    free(vectors);
}

/* --- paths --- */

typedef bool reader(const char *body, size_t length, ra_arena *arena, ra_replay_request *out,
                    ra_error *err);

static void answer_post(const ra_replay *replay, const ra_replay_call *call, reader *read,
                        ra_replay_reply *reply)
{
    ra_replay_request request;
    ra_error err = {0};
    if (!read(call->body, call->length, &reply->arena, &request, &err))
        refuse_unreadable(reply, &err);
    else if (read == ra_replay_read_embedding)
        answer_vectors(replay, &request, reply);
    else
        answer_recorded(replay, &request, read == ra_replay_read_chat, reply);
}

static const struct path {
    const char *path;
    reader *read;
} posts[] = {{"/v1/chat/completions", ra_replay_read_chat},
             {"/v1/completions", ra_replay_read_completion},
             {"/v1/embeddings", ra_replay_read_embedding}};

static void refuse_method(ra_replay_reply *reply, const char *allow)
{
    ra_replay_refuse(reply, 405, "wrong_method", "this path takes another method");
    reply->allow = allow;
}

static void answer_health(ra_replay_reply *reply)
{
    ra_json *doc = ra_json_new_object();
    ra_json_put_string(doc, "status", "ok");
    show(reply, doc);
    ra_json_free(doc);
}

void ra_replay_answer(const ra_replay *replay, const ra_replay_call *call, ra_replay_reply *reply)
{
    static const char models[] = "/v1/models";
    *reply = (ra_replay_reply){.latency_ms = NAN};
    for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
        if (strcmp(call->path, posts[i].path) != 0)
            continue;
        if (strcmp(call->method, "POST") == 0)
            answer_post(replay, call, posts[i].read, reply);
        else
            refuse_method(reply, "POST");
        return;
    }
    bool health = strcmp(call->path, "/health") == 0;
    bool list = strcmp(call->path, models) == 0;
    bool one = !list && ra_has_prefix(call->path, "/v1/models/");
    if (!health && !list && !one)
        ra_replay_refuse(reply, 404, "unknown_path", "no such path; see 'replay-server --help'");
    else if (strcmp(call->method, "GET") != 0)
        refuse_method(reply, "GET");
    else if (health)
        answer_health(reply);
    else
        answer_models(replay, list ? NULL : call->path + strlen("/v1/models/"), reply);
}
