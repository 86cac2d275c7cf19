/* routeassay judge: a judge model rates recorded answers; and what its judgments say of it. */
#include "study/judge.h"
#include "cli/calls_options.h"
#include "cli/commands.h"
#include "study/judge_audit.h"

#include <math.h>

static const ra_help help = {
    "judge", "",
    "Lets a judge model rate recorded answers (FastChat's protocol) and writes\n"
    "judgments/MODEL@JUDGE.jsonl into the set, which 'grade' then reads. With --against, pairs "
    "are\n"
    "judged in both orders. Every answer of the judge is kept in the store of calls.\n"
    "  --check   holds our prompts against those that recorded judgments answer, byte for byte\n"
    "  --adopt   puts recorded judgments into the store, so that they replay without network\n"
    "  --audit   repeats, orders, length and unreadable verdicts of the judgments there are",
    "routeassay judge --recordings recordings --model gpt-4o-mini --judge gpt-4 --dry-run\n"
    "  routeassay judge --recordings recordings --model a,b --judge qwen --repeats 3 \\\n"
    "      --endpoint http://localhost:8000/v1\n"
    "  routeassay judge --recordings recordings --model a --against b --judge gpt-4\n"
    "  routeassay judge --recordings recordings --model a --judge gpt-4 --audit"};

typedef struct request {
    const char *recordings, *benchmark, *as, *templates;
    ra_list models;
    uint64_t repeats, max_tokens, seed, replicates, limit;
    bool check, adopt, audit, json;
    ra_judge_how how;
    ra_calls_cli net;
} request;

/* --- what judgments say of the judge --- */

static void print_estimate(const char *what, const ra_estimate *e)
{
    printf("  %s %.3f", what, e->value);
    if (!isnan(e->lo))
        printf(" [%.3f, %.3f]", e->lo, e->hi);
    putchar('\n');
}

static void print_repeats(const ra_judge_repeats *r)
{
    printf("  %zu rounds, means", r->rounds);
    for (size_t i = 0; i < r->rounds; i++)
        printf(" %.4f", r->means[i]);
    printf("\n  %zu turns rated more than once, ratings at most %g apart\n", r->turns, r->widest);
    print_estimate("share of these with equal ratings:", &r->equal);
    print_estimate("standard deviation within a turn:", &r->spread);
}

static void print_orders(const ra_judge_orders *o)
{
    printf(
        "  against %s: %zu turns in both orders, %zu consistent, %zu twice for the first place,\n"
        "  %zu twice for the second, %zu a tie in one order only\n",
        o->against, o->turns, o->consistent, o->first, o->second, o->half);
    print_estimate("share that is consistent:", &o->agreement);
    print_estimate("share of wins that went to the first place:", &o->to_first);
    print_estimate("share of wins that went to the longer answer:", &o->to_longer);
}

static void print_unreadable(const ra_judge_audit *a, size_t limit)
{
    for (size_t i = 0; i < a->unreadable_count && i < limit; i++) {
        const ra_judge_unreadable *u = &a->unreadable[i];
        char end[256];
        ra_printable(end, sizeof end, u->end ? u->end : "(nothing)");
        printf("  unreadable: %s turn %zu by %s: %s\n", u->id, u->turn, u->by, end);
    }
    if (a->unreadable_count > limit)
        printf("  ... and %zu more (--limit N, or --json for all)\n", a->unreadable_count - limit);
}

static void print_audit(const ra_judge_audit *a, size_t limit)
{
    printf("%s, judged by %s: ", a->model, a->judge);
    if (a->repeats.rounds > 0)
        printf("%zu judgments, %zu ratings, mean %.4f, ", a->judged, a->rated, a->mean);
    printf("%zu unreadable\n", a->unreadable_count);
    if (a->repeats.rounds > 1)
        print_repeats(&a->repeats);
    if (a->length_turns > 0 && !isnan(a->length.value))
        print_estimate("rank correlation of rating and length:", &a->length);
    for (size_t i = 0; i < a->order_count; i++)
        print_orders(&a->orders[i]);
    print_unreadable(a, limit);
}

static bool audit(const request *r, ra_set *set, const ra_benchmark *benchmark, ra_error *err)
{
    ra_json *doc = ra_json_new_object(), *list = ra_json_new_array();
    bool ok = true;
    for (size_t m = 0; ok && m < r->how.model_count; m++) {
        ra_judge_audit a;
        ok = ra_judge_audit_run(&a, set, benchmark, r->how.models[m], r->how.judge, r->seed,
                                (size_t)r->replicates, err);
        if (!ok)
            break;
        if (r->json)
            ra_json_add(list, ra_judge_audit_json(&a));
        else
            print_audit(&a, (size_t)r->limit);
        ra_judge_audit_release(&a);
    }
    ra_json_put_string(doc, "schema", "routeassay.judge-audit/1");
    ra_json_put(doc, "models", list);
    if (ok && r->json)
        ra_json_show(doc, stdout);
    ra_json_free(doc);
    return ok;
}

/* --- recorded judgments --- */

static bool check(const request *r, ra_judge_job *job, ra_error *err)
{
    ra_judge_comparison c;
    if (!ra_judge_check(job, &c, err))
        return false;
    printf(
        "%zu of %zu recorded judgments belong to the prompts that we would send, byte for byte\n",
        c.equal, c.recorded);
    size_t wrong = c.recorded - c.equal;
    for (size_t i = 0; i < wrong && i < r->limit; i++) {
        const ra_judge_difference *d = &c.differences[i];
        printf("  %s turn %zu, %s by %s: %s\n", d->id, d->turn, d->model, d->by, d->what);
    }
    return wrong == 0 ||
           ra_failf(err, RA_ERR_CHECK, NULL, 0,
                    "%zu of %zu recorded judgments belong to other prompts", wrong, c.recorded);
}

static bool adopt(ra_judge_job *job, ra_calls *calls, ra_error *err)
{
    size_t adopted;
    if (!ra_judge_adopt(job, calls, &adopted, err))
        return false;
    printf("%zu recorded judgments are in the store of calls, as answers to our requests\n",
           adopted);
    return true;
}

/* --- asking --- */

static bool ask(const request *r, ra_judge_job *job, const ra_benchmark *benchmark, ra_error *err)
{
    ra_calls *calls = ra_calls_open(&r->net.calls, err);
    if (!calls)
        return false;
    bool ok = r->adopt ? adopt(job, calls, err) : ra_judge_run(job, calls, err);
    if (!r->adopt)
        ra_calls_report(calls, stderr);
    if (job->unanswered > 0)
        fprintf(stderr, "judge: turns without an answer to judge: %zu\n", job->unanswered);
    bool dry = ra_calls_is_dry(calls);
    ra_calls_close(calls);
    return ok && (dry || r->adopt || audit(r, job->set, benchmark, err));
}

static bool judge(const request *r, ra_set *set, const ra_benchmark *benchmark, ra_error *err)
{
    ra_judge_templates templates;
    ra_judge_job job;
    if (!ra_judge_templates_read(&templates, r->templates, err))
        return false;
    bool ok = ra_judge_plan(&job, set, &templates, &r->how, err);
    if (ok) {
        ok = r->check ? check(r, &job, err) : ask(r, &job, benchmark, err);
        ra_judge_release(&job);
    }
    ra_judge_templates_release(&templates);
    return ok;
}

/* All models with outputs (for --audit: with judgments), unless some are named. */
static bool choose_models(request *r, ra_set *set, ra_error *err)
{
    const char **models = ra_arena_alloc(&set->arena, set->model_count, sizeof *models);
    size_t n = 0;
    for (size_t m = 0; m < set->model_count && r->models.count == 0; m++) {
        const char **names;
        size_t judges = 0;
        if (r->audit && !ra_set_list(set, "judgments", set->models[m], &names, &judges, err))
            return false;
        if (r->audit ? judges > 0 : ra_set_has(set, "outputs", set->models[m], NULL))
            models[n++] = set->models[m];
    }
    r->how.models = n > 0 ? models : r->models.items;
    r->how.model_count = n > 0 ? n : r->models.count;
    return r->how.model_count > 0 ||
           ra_fail(err, RA_ERR_INPUT, set->path, 0, "no model has answers to judge", NULL);
}

static bool run(request *r, ra_error *err)
{
    ra_arena arena = {0};
    ra_set set;
    const char *folder;
    const ra_benchmark *benchmark = ra_benchmark_find(r->benchmark, err);
    bool ok = benchmark && ra_set_find(&arena, r->recordings, r->benchmark, &folder, err) &&
              ra_set_open(&set, folder, err);
    if (ok) {
        ok = choose_models(r, &set, err) &&
             (r->audit ? audit(r, &set, benchmark, err) : judge(r, &set, benchmark, err));
        ra_set_release(&set);
    }
    ra_arena_release(&arena);
    return ok;
}

static bool check_usage(request *r, ra_error *err)
{
    if (!ra_option_needed(r->recordings, "recordings", err))
        return false;
    if (!r->audit && !ra_option_needed(r->how.judge, "judge", err))
        return false;
    if (r->check + r->adopt + r->audit > 1)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0,
                       "--check, --adopt and --audit exclude each other", NULL);
    if (r->repeats == 0 || r->repeats > 1000)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "--repeats: 1 to 1000 expected", NULL);
    if (!r->audit && !r->check && !ra_calls_cli_check(&r->net, err))
        return false;
    r->how.repeats = (unsigned)r->repeats;
    r->how.max_tokens = r->max_tokens;
    r->how.endpoint = r->net.endpoint;
    r->how.endpoint.model = r->how.judge;
    r->how.judge = r->as ? r->as : r->how.judge;
    r->how.replace = r->how.replace || r->net.calls.mode == RA_CALLS_REFRESH;
    return true;
}

bool ra_cmd_judge(int argc, char **argv, ra_error *err)
{
    request r = {.benchmark = "mt-bench",
                 .repeats = 1,
                 .max_tokens = 2048,
                 .seed = 1,
                 .replicates = 10000,
                 .limit = 10,
                 .net = ra_calls_cli_default()};
    const ra_option options[] = {
        {"recordings", RA_TEXT, &r.recordings, "DIR", "a recording set, or a folder of them"},
        {"benchmark", RA_TEXT, &r.benchmark, "NAME", "whose answers are judged"},
        {"model", RA_NAMES, &r.models, "MODEL", "whose answers; else all that there are"},
        {"against", RA_TEXT, &r.how.against, "MODEL", "judge pairs with this model's answers"},
        {"judge", RA_TEXT, &r.how.judge, "MODEL", "the judge, as the server calls it"},
        {"as", RA_TEXT, &r.as, "NAME", "what the set calls the judge; else the same"},
        {"templates", RA_TEXT, &r.templates, "FILE", "FastChat's judge_prompts.jsonl; else ours"},
        {"repeats", RA_COUNT, &r.repeats, "K", "ask everything so many times"},
        {"temperature", RA_NUMBER, &r.how.temperature, "T", "of the judge"},
        {"max-tokens", RA_COUNT, &r.max_tokens, "N", "of a judgment"},
        {"max-completion-tokens", RA_FLAG, &r.how.max_completion_tokens, NULL,
         "send that limit under this name, as some models want it"},
        {"replace", RA_FLAG, &r.how.replace, NULL, "replace judgments that the set holds"},
        {"check", RA_FLAG, &r.check, NULL, "compare prompts with recorded ones"},
        {"adopt", RA_FLAG, &r.adopt, NULL, "put recorded judgments into the store"},
        {"audit", RA_FLAG, &r.audit, NULL, "say how far the judge can be trusted"},
        {"replicates", RA_COUNT, &r.replicates, "N", "of the intervals' bootstrap"},
        {"seed", RA_COUNT, &r.seed, "N", "of the same"},
        {"limit", RA_COUNT, &r.limit, "N", "how many are listed"},
        {"json", RA_FLAG, &r.json, NULL, "the audit as JSON"},
        RA_ENDPOINT_OPTIONS(r.net),
        RA_CALLS_OPTIONS(r.net),
        {0}};
    ra_operands operands;
    if (!ra_options_parse(&help, options, argc, argv, &operands, err))
        return false;
    return operands.helped ||
           (ra_no_operands(&operands, err) && check_usage(&r, err) && run(&r, err));
}
