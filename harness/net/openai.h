/* The OpenAI-compatible API: request bodies, and answers as OpenAI, vLLM, SGLang and llama.cpp's
 * server really send them.
 *
 * Bodies are compact JSON with their fields in one order: the same request is the same bytes, which
 * is what the call store goes by. What is not set is not sent. */
#ifndef RA_NET_OPENAI_H
#define RA_NET_OPENAI_H

#include "data/json.h"

typedef struct ra_price_per_million {
    bool known;           /* false: nobody said; a known 0 is free */
    double input, output; /* dollars per million tokens */
    double cached_input;  /* the same, for prompt tokens from the server's cache; 0 = as input */
    double per_call;      /* dollars of each call, whatever its length */
} ra_price_per_million;

/* Where a model is. */
typedef struct ra_endpoint {
    const char *url;        /* base, "https://api.openai.com/v1" */
    const char *model;      /* NULL where none is needed */
    const char *key_env;    /* name of the environment variable with the key; NULL = none is sent */
    const char *key_header; /* NULL = Authorization: Bearer; see ra_call */
    const char *const *headers; /* extra ones, NULL-terminated; NULL = none */
    ra_price_per_million price;
} ra_endpoint;

/* OPENAI_BASE_URL, else OpenAI's own; OPENAI_API_KEY as key if it is set or the URL is OpenAI's
 * own. */
ra_endpoint ra_endpoint_default(void);

/* Of a study's JSON, over what *out holds already; texts in the arena:
 *   {"url","model","key_env","key_header","headers":["Name: value"],
 *    "price":{"input","output","cached_input","per_call"}}
 * Any other key is an error, and a value that looks like a key itself is too. */
RA_MUST_CHECK bool ra_endpoint_read(const ra_json *object, ra_json_at at, ra_arena *arena,
                                    ra_endpoint *out, ra_error *err);
/* http(s) URL without user and fragment, name of an environment variable. Exit 2. */
RA_MUST_CHECK bool ra_endpoint_check(const ra_endpoint *endpoint, ra_error *err);

/* "BASE/chat/completions": path is "chat/completions", "completions", "embeddings", "models". */
const char *ra_openai_url(ra_arena *arena, const ra_endpoint *endpoint, const char *path);

/* --- bodies; in the arena --- */

typedef struct ra_message {
    const char *role, *content;
} ra_message;

/* ra_sampling_default() leaves everything to the server. */
typedef struct ra_sampling {
    double temperature, top_p;  /* NaN = not sent */
    uint64_t max_tokens;        /* 0 = not sent */
    bool max_completion_tokens; /* the name that newer OpenAI models want for it */
    bool seeded;
    uint64_t seed;
    bool logprobs;           /* of the tokens that are made */
    unsigned alternatives;   /* per token (top_logprobs, or logprobs of completions) */
    const char *const *stop; /* NULL-terminated; NULL = not sent */
} ra_sampling;

ra_sampling ra_sampling_default(void);

const char *ra_openai_chat(ra_arena *arena, const char *model, const ra_message *messages,
                           size_t count, const ra_sampling *sampling);
const char *ra_openai_completion(ra_arena *arena, const char *model, const char *prompt,
                                 const ra_sampling *sampling);
/* Asks for base64, which is a third of the size; servers that ignore it send arrays. */
const char *ra_openai_embeddings(ra_arena *arena, const char *model, const char *const *texts,
                                 size_t count);

/* --- answers --- */

/* Tokens; NaN = not said. reasoning is part of completion, cached part of prompt. */
typedef struct ra_usage {
    double prompt, completion, cached, reasoning;
} ra_usage;

typedef struct ra_alternative {
    const char *token; /* text; bytes that are no UTF-8 come as U+FFFD */
    double logprob;    /* -inf when the server said null */
} ra_alternative;

typedef struct ra_token {
    const char *token;
    double logprob;               /* NaN = not said (the first of an echoed prompt) */
    const ra_alternative *others; /* most likely first; the token itself is among them if the
                                   * server put it there */
    size_t count;
} ra_token;

typedef struct ra_completion {
    const char *text;          /* NULL = null (a refusal, a tool call) */
    const char *finish_reason; /* NULL = not said */
    const char *model;         /* that served; NULL = not said */
    const char *fingerprint;   /* system_fingerprint; NULL = not said */
    ra_usage usage;
    const ra_token *tokens; /* NULL when there were no logprobs */
    size_t token_count;
} ra_completion;

/* Reads an answer of /chat/completions or /completions (the first choice); all in the arena. `name`
 * is what an error calls it. Reads log-probabilities as
 *   chat         choices[0].logprobs.content[] {token, logprob, top_logprobs[] {token, logprob}}
 *   completions  choices[0].logprobs {tokens[], token_logprobs[], top_logprobs[] {TEXT: logprob}};
 *                top_logprobs also as lists; newer llama.cpp sends the chat layout here too
 *   llama.cpp    choices[0].completion_probabilities or the answer's own: [] {token | content,
 *                logprob, top_logprobs[] | probs[] {tok_str, prob}} */
RA_MUST_CHECK bool ra_openai_read(const char *body, size_t length, const char *name,
                                  ra_arena *arena, ra_completion *out, ra_error *err);

/* Reads `count` vectors, in the order of the texts (by "index"), as arrays or base64 of
 * little-endian float32. *dimension 0 = take it from the answer; else it must be the same.
 * vectors (count, dimension) in the arena. */
RA_MUST_CHECK bool ra_openai_read_embeddings(const char *body, size_t length, const char *name,
                                             size_t count, size_t *dimension, ra_arena *arena,
                                             float **vectors, ra_error *err);

/* What every answer may say of itself. False = no JSON object. */
typedef struct ra_answer_facts {
    const char *model, *fingerprint; /* NULL = not said */
    ra_usage usage;
    bool is_error;          /* it has an "error" */
    const char *error;      /* the server's own message: error.message, error, detail, message */
    const char *error_code; /* error.code when it is a text: "insufficient_quota" */
    long error_status;      /* error.code when it is an HTTP status, else 0 */
} ra_answer_facts;
bool ra_openai_facts(const char *body, size_t length, ra_arena *arena, ra_answer_facts *out);

/* Dollars of a call: NaN when the price or the tokens are not known. */
double ra_openai_usd(const ra_price_per_million *price, const ra_usage *usage);

#endif
