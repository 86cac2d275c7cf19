/* routeassay train: battles and gold labels -> a model, or one for each fold. */
#include "study/train.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "routers/folds.h"

#include <stdlib.h>
#include <string.h>

static const ra_help help = {
    "train", "KIND",
    "Trains a router: mf, sw_ranking, knn, linear, bert. It learns from battles (--data), from the "
    "grades\n"
    "of recorded items (--recordings with --benchmark), or from both.\n"
    "Battles: .jsonl {prompt | prompt_id, model_a, model_b, winner}; .csv as in\n"
    "lmsys-arena-human-preference-55k; .json as RouteLLM's pairwise data or alpaca_eval's\n"
    "annotations. FILE=WEIGHT mixes sets.\n"
    "With recorded items five models are trained, each without a fifth of the items, and OUT is a\n"
    "folder: --router KIND:OUT then scores every item by the model that never saw it. --folds 1\n"
    "makes one model of all, for other benchmarks.",
    "routeassay train linear --recordings golden/recordings --benchmark gsm8k --out linear\n"
    "  routeassay measure --recordings golden/recordings --benchmark gsm8k --router linear:linear\n"
    "  routeassay train mf --data battles.jsonl --strong gpt-4-1106-preview \\\n"
    "      --weak mixtral-8x7b-instruct-v0.1 --set preset=released --out mf.safetensors"};

typedef struct options {
    ra_list data, benchmarks, keep_out, settings;
    ra_assay_request gold;
    uint64_t labels, folds, threads, seed;
    double gold_weight;
    double checkpoint_s;
    bool resume;
    const char *embedder, *cache, *out;
} options;

/* "FILE" or "FILE=WEIGHT" */
static bool read_data(ra_arena *arena, const char *text, ra_battle_file *out, ra_error *err)
{
    const char *equals = strrchr(text, '=');
    *out = (ra_battle_file){text, text, 1};
    if (!equals)
        return true;
    out->path = out->shown = ra_arena_strndup(arena, text, (size_t)(equals - text));
    return (ra_parse_number(equals + 1, &out->weight) && out->weight > 0) ||
           ra_failf(err, RA_ERR_USAGE, NULL, 0, "--data %s: a weight above 0 expected after '='",
                    text);
}

/* "NAME=VALUE" into the text of an object: a number if it reads as one, else text. */
static bool add_setting(const char *text, ra_buf *into, ra_error *err)
{
    const char *equals = strchr(text, '=');
    double number;
    if (!equals || equals == text)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--set %s: NAME=VALUE expected", text);
    char *name = strndup(text, (size_t)(equals - text));
    ra_buf_putc(into, into->length > 1 ? ',' : ' ');
    ra_json_quote(into, name);
    ra_buf_putc(into, ':');
    if (ra_parse_number(equals + 1, &number))
        ra_buf_number(into, number);
    else
        ra_json_quote(into, equals + 1);
    free(name);
    return true;
}

/* All settings as an object that the caller frees. */
static ra_json *read_settings(const ra_list *list, ra_error *err)
{
    ra_buf text = {0};
    ra_json *settings = NULL;
    bool ok = true;
    ra_buf_putc(&text, '{');
    for (size_t i = 0; ok && i < list->count; i++)
        ok = add_setting(list->items[i], &text, err);
    ra_buf_putc(&text, '}');
    if (ok)
        settings = ra_json_parse(text.text, text.length, (ra_json_at){"--set", 1}, err);
    ra_buf_release(&text);
    return settings;
}

static bool fill(const options *o, ra_arena *arena, ra_train_request *r, ra_error *err)
{
    ra_battle_file *data = ra_arena_alloc(arena, o->data.count, sizeof *data);
    ra_gold *gold = ra_arena_alloc(arena, o->benchmarks.count, sizeof *gold);
    for (size_t i = 0; i < o->data.count; i++)
        if (!read_data(arena, o->data.items[i], &data[i], err))
            return false;
    for (size_t i = 0; i < o->benchmarks.count; i++) {
        gold[i] = (ra_gold){.request = o->gold, .labels = o->labels, .weight = o->gold_weight};
        gold[i].request.benchmark = o->benchmarks.items[i];
    }
    ra_assay_request *keep_out = ra_arena_alloc(arena, o->keep_out.count, sizeof *keep_out);
    for (size_t i = 0; i < o->keep_out.count; i++)
        keep_out[i] =
            (ra_assay_request){.recordings = o->gold.recordings, .benchmark = o->keep_out.items[i]};
    r->keep_out = keep_out;
    r->keep_out_count = o->keep_out.count;
    if (o->benchmarks.count + o->keep_out.count > 0 &&
        !ra_option_needed(o->gold.recordings, "recordings", err))
        return false;
    if (o->folds > RA_MAX_FOLDS)
        return ra_failf(err, RA_ERR_USAGE, NULL, 0, "--folds: at most %d", RA_MAX_FOLDS);
    r->data = data;
    r->data_count = o->data.count;
    r->gold = gold;
    r->gold_count = o->benchmarks.count;
    r->folds = o->benchmarks.count > 0 ? o->folds : 0;
    return true;
}

bool ra_cmd_train(int argc, char **argv, ra_error *err)
{
    options o = {.folds = 5, .seed = 1, .gold_weight = 1, .checkpoint_s = 30};
    const ra_option table[] = {
        {"data", RA_TEXTS, &o.data, "FILE[=WEIGHT]", "battles"},
        {"recordings", RA_TEXT, &o.gold.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_NAMES, &o.benchmarks, "NAME", "whose grades are gold labels"},
        {"keep-out", RA_NAMES, &o.keep_out, "NAME",
         "benchmark whose prompts the data must not have"},
        {"labels", RA_COUNT, &o.labels, "N", "gold labels of each benchmark, 0 = all"},
        {"gold-weight", RA_NUMBER, &o.gold_weight, "X", "weight of a gold label"},
        {"folds", RA_COUNT, &o.folds, "K", "models for cross-validation; 1 = a single one"},
        {"strong", RA_TEXT, &o.gold.strong, "MODEL", "the strong model"},
        {"weak", RA_TEXT, &o.gold.weak, "MODEL", "the weak model"},
        {"grader", RA_TEXT, &o.gold.grader, "NAME", "how answers are graded"},
        {"judge", RA_TEXT, &o.gold.judge, "NAME", "whose judgments are read"},
        {"embedder", RA_TEXT, &o.embedder, "KIND[:ARG]",
         "ngrams[:DIMENSION], npy:FILE, encoder:FOLDER, openai:MODEL"},
        {"cache", RA_TEXT, &o.cache, "DIR", "keeps embeddings that cost time"},
        {"set", RA_TEXTS, &o.settings, "NAME=VALUE", "a setting of the kind"},
        {"seed", RA_COUNT, &o.seed, "N", "of splits and of everything random"},
        {"threads", RA_COUNT, &o.threads, "N", "threads, 0 = all cores"},
        {"checkpoint-every", RA_NUMBER, &o.checkpoint_s, "S",
         "seconds from one saved state to the next, of kinds that learn by steps"},
        {"resume", RA_FLAG, &o.resume, NULL, "go on where an interrupted training stopped"},
        {"out", RA_TEXT, &o.out, "PATH", "model file, or folder of one for each fold"},
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, table, argc, argv, &operands, err))
        return false;
    if (operands.helped)
        return true;
    ra_arena arena = {0};
    ra_train_request r = {.out = o.out,
                          .embedder = o.embedder,
                          .strong = o.gold.strong,
                          .weak = o.gold.weak,
                          .settings_at = "--set",
                          .seed = o.seed,
                          .threads = (int)o.threads,
                          .cache = o.cache,
                          .checkpoints = true,
                          .checkpoint_s = o.checkpoint_s,
                          .resume = o.resume};
    bool ok = ra_one_operand(&operands, &help, "kind of router", err) &&
              ra_option_needed(o.out, "out", err) && fill(&o, &arena, &r, err);
    ra_json *settings = ok ? read_settings(&o.settings, err) : NULL;
    if (settings) {
        r.kind = operands.items[0];
        r.settings = settings;
    }
    ok = settings && ra_train(&r, err);
    if (ok)
        puts(o.out);
    ra_json_free(settings);
    ra_arena_release(&arena);
    return ok;
}
