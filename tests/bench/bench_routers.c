/* How fast trained routers are, against the machine: products per second and bytes per second.
 *
 *     bench_routers FOLDER [KIND] [DIMENSION] [BATTLES] [THREADS]
 *
 * Makes a model of KIND (sw_ranking; or mf, knn, linear) of synthetic battles (65 000 by default)
 * between 64 models in FOLDER, and scores prompts through the router's own interface: in batches,
 * and one by one. Vectors are unit vectors around 100 topics, cosines of two are 0.2 to 0.7 as
 * those of prompts are; model i wins against j with probability 1 / (1 + exp(r_j - r_i)), r falling
 * evenly from 2 to -2, with a term of the prompt's topic; a fifth are ties. Beside it, in turns: a
 * square product on BLAS (the peak), the products of the batch alone, and reading the vectors of
 * the battles once (the bandwidth).
 *
 * What bounds them: sw_ranking and knn multiply a query with every battle's vector (a batch: the
 * peak; one query: the bandwidth); mf multiplies it with one vector, so that it reads each query's
 * vector once, which "given vectors" times apart from fetching it; linear counts n-grams.
 *
 * Wall-clock times are the best of several turns. On a busy machine compare processor times: they
 * are what "cpu" says. tests/bench/sw_ranking.py runs this and RouteLLM's way in one session. */
#include "base/clones.h"
#include "base/file.h"
#include "base/matrix.h"
#include "base/panels.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/rng.h"
#include "data/npy.h"
#include "routers/model.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MODELS = 64, STRONG = 4, WEAK = 30, TOPICS = 100, QUERIES = 256, TURNS = 5, SQUARE = 2048 };

static _Noreturn void give_up(const ra_error *err)
{
    ra_error_print(err, "bench_routers", stderr);
    exit(5);
}

/* --- data --- */

/* Nearly normal: the sum of four uniform numbers of 16 bits. */
static float near_normal(uint64_t stream, uint64_t i)
{
    uint64_t bits = ra_rng_bits(1, stream, i);
    double sum = (double)(bits & 0xffff) + (double)(bits >> 16 & 0xffff) +
                 (double)(bits >> 32 & 0xffff) + (double)(bits >> 48);
    return (float)((sum / 65536 - 2) * 1.7320508);
}

typedef struct vectors {
    float *values;
    size_t dimension;
} vectors;

static void make_vector(size_t row, void *context)
{
    const vectors *v = context;
    float *x = v->values + row * v->dimension;
    uint64_t own = ra_rng_stream("vector", row), topic = ra_rng_stream("topic", row % TOPICS);
    double sum = 0;
    for (size_t k = 0; k < v->dimension; k++) {
        x[k] = 0.5F + 0.6F * near_normal(topic, k) + 0.8F * near_normal(own, k);
        sum += (double)x[k] * (double)x[k];
    }
    for (size_t k = 0; k < v->dimension; k++)
        x[k] /= (float)sqrt(sum);
}

static double rating(size_t model)
{
    return 2 - 4.0 * (double)model / (MODELS - 1);
}

/* pair_only: all are between the two models that the router chooses between, as labels are. */
static void make_battles(ra_battles *b, size_t count, bool pair_only)
{
    uint64_t pair = ra_rng_stream("pair", 0), luck = ra_rng_stream("luck", 0);
    ra_buf text = {0};
    for (size_t m = 0; m < MODELS; m++) {
        text.length = 0;
        ra_buf_printf(&text, "m%zu", m);
        ra_battles_model(b, text.text);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = ra_rng_bits(1, pair, i);
        size_t a = bits % MODELS, z = (a + 1 + (bits >> 20) % (MODELS - 1)) % MODELS;
        if (pair_only) {
            a = STRONG;
            z = WEAK;
        }
        double lean = a < z ? 1 : -1, u = ra_rng_uniform(1, luck, 2 * i);
        lean *= (double)(i % TOPICS) / TOPICS - 0.5;
        bool wins = u < 1 / (1 + exp(rating(z) - rating(a) - lean));
        bool tie = ra_rng_uniform(1, luck, 2 * i + 1) < 0.2;
        text.length = 0;
        ra_buf_printf(&text, "battle number %zu, a prompt", i);
        ra_battles_add(b, (ra_battle){.prompt = ra_battles_prompt(b, text.text, text.text),
                                      .model_a = a,
                                      .model_b = z,
                                      .outcome = tie ? 0.5 : wins,
                                      .weight = 1});
    }
    ra_buf_release(&text);
}

static void write_model(const ra_router_kind *kind, const char *folder, const char *npy,
                        const vectors *v, size_t battles, const char *path)
{
    ra_battles b = {0};
    ra_model_parts model = {0};
    ra_embedder e;
    ra_error err;
    make_battles(&b, battles, strcmp(kind->name, "knn") == 0 || strcmp(kind->name, "linear") == 0);
    static const char none[] = "{\"epochs\": 0}"; /* what mf has learned takes no time */
    ra_json *settings = NULL;
    if (strcmp(kind->name, "mf") == 0)
        settings = ra_json_parse(none, strlen(none), (ra_json_at){"settings", 1}, &err);
    bool embeds = kind->flags & RA_ROUTER_EMBEDS;
    ra_training t = {.battles = &b,
                     .settings = settings,
                     .texts = b.prompts,
                     .text_count = b.prompt_count,
                     .strong = STRONG,
                     .weak = WEAK,
                     .vectors = embeds ? v->values : NULL,
                     .dimension = embeds ? v->dimension : 0,
                     .settings_at = folder,
                     .seed = 1};
    if (!kind->train(&t, &model, &err) || !ra_embedder_open(&e, npy, &err))
        give_up(&err);
    ra_json *about = ra_json_new_object(), *metadata = ra_json_new_object();
    ra_json_put_string(about, "schema", RA_MODEL_SCHEMA);
    ra_json_put_string(about, "kind", kind->name);
    ra_json_put_string(about, "embedder", embeds ? npy : NULL);
    ra_json_put_string(about, "identity", e.identity);
    ra_json_put_string(about, "strong", "m4");
    ra_json_put_string(about, "weak", "m30");
    ra_json_put(about, "settings", ra_json_copy(model.settings));
    ra_buf text = {0};
    ra_json_print(about, &text);
    ra_json_put_string(metadata, "routeassay", text.text);
    if (!ra_safetensors_write(path, model.tensors, model.count, metadata, &err))
        give_up(&err);
    ra_buf_release(&text);
    ra_json_free(about);
    ra_json_free(metadata);
    ra_json_free(settings);
    ra_embedder_close(&e);
    ra_model_parts_release(&model);
    ra_battles_release(&b);
}

/* --- clocks --- */

typedef struct seconds {
    double wall, cpu;
} seconds;

static seconds now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (seconds){ra_now_s(), (double)t.tv_sec + 1e-9 * (double)t.tv_nsec};
}

/* Keeps the best of what was measured so far. */
static void keep(seconds *best, seconds start, double parts)
{
    seconds end = now();
    best->wall = fmin(best->wall, (end.wall - start.wall) / parts);
    best->cpu = fmin(best->cpu, (end.cpu - start.cpu) / parts);
}

/* --- bounds --- */

typedef struct reading {
    const float *values;
    size_t part;
    float *sum;
} reading;

/* Sum of one part in 64 lanes: nothing but reading. */
RA_CLONES("avx2", "default") static float add_up(const float *x, size_t count)
{
    enum { LANES = 64 };
    float lane[LANES] = {0}, sum = 0;
    for (size_t i = 0; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += x[i + l];
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

static void read_part(size_t index, void *context)
{
    const reading *r = context;
    r->sum[index] = add_up(r->values + index * r->part, r->part);
}

/* --- the bench --- */

typedef struct bench {
    ra_router router;
    vectors rows;
    size_t count;
    float *queries; /* (QUERIES, dimension) */
    ra_prompt prompts[QUERIES];
    float *products, *square, most[QUERIES];
    ra_safetensors file; /* the model's, mapped as the router has it */
    const float *mapped;
    int threads;
    seconds batch, alone, similarities, peak, read, given;
} bench;

static void score(bench *b, size_t count, size_t from)
{
    double p[QUERIES];
    ra_error err;
    if (!b->router.kind->score(b->router.state, b->prompts + from, count, p, &err))
        give_up(&err);
}

static void measure(bench *b, size_t turn)
{
    size_t d = b->rows.dimension;
    seconds start = now();
    score(b, QUERIES, 0);
    keep(&b->batch, start, QUERIES);
    start = now();
    ra_matrix_vector(b->mapped, b->count, d, b->queries, b->products, b->threads);
    keep(&b->given, start, 1);
    ra_panels panels;
    ra_panels_pack(&panels, b->queries, QUERIES / 2, d);
    start = now();
    ra_panels_multiply(&panels, b->rows.values, b->count, b->products, b->most, b->threads);
    keep(&b->similarities, start, (double)QUERIES / 2);
    ra_panels_release(&panels);
    start = now();
    ra_matrix_rows_by_rows(b->rows.values, SQUARE, b->rows.values, SQUARE, SQUARE, b->square,
                           b->threads);
    keep(&b->peak, start, 1);
    for (size_t i = 0; i < 4; i++) {
        start = now();
        score(b, 1, 4 * turn + i);
        keep(&b->alone, start, 1);
        enum { PARTS = 64 };
        float sums[PARTS];
        reading r = {b->mapped, b->count * d / PARTS, sums};
        start = now();
        ra_parallel_for(PARTS, b->threads, read_part, &r);
        keep(&b->read, start, 1);
    }
}

static void print(const bench *b)
{
    double n = (double)b->count, d = (double)b->rows.dimension;
    double flops = 2 * n * d, bytes = 4 * n * d, square = 2 * pow(SQUARE, 3);
    printf("%s: %zu vectors of battles, %d models, %.0f dimensions, %d threads\n",
           b->router.kind->name, b->count, MODELS, d, b->threads);
    printf("batch            %8.0f queries/s   cpu %8.3f ms a query\n", 1 / b->batch.wall,
           1e3 * b->batch.cpu);
    printf("one at a time    %8.1f queries/s   latency %.3f ms, cpu %.3f ms\n", 1 / b->alone.wall,
           1e3 * b->alone.wall, 1e3 * b->alone.cpu);
    printf("read bandwidth   %8.1f GB/s\n", bytes * 1e-9 / b->read.wall);
    printf("given vectors    %8.1f GB/s        %.1f %% of it; mf scores %.3g vectors/s\n",
           bytes * 1e-9 / b->given.wall, 100 * b->read.cpu / b->given.cpu, n / b->given.wall);
    if (strcmp(b->router.kind->name, "sw_ranking") != 0)
        return;
    printf("sgemm peak       %8.1f GFLOP/s     cpu %8.1f a core\n", square * 1e-9 / b->peak.wall,
           square * 1e-9 / b->peak.cpu);
    printf("batch reaches    %8.1f GFLOP/s     cpu %8.1f a core\n", flops * 1e-9 / b->batch.wall,
           flops * 1e-9 / b->batch.cpu);
    printf("share of peak    %8.1f %%           cpu %8.1f %%\n",
           100 * flops / b->batch.wall / (square / b->peak.wall),
           100 * flops / b->batch.cpu / (square / b->peak.cpu));
    printf("rest of a batch  %8.1f %%           cpu %8.1f %%\n",
           100 * (1 - b->similarities.wall / b->batch.wall),
           100 * (1 - b->similarities.cpu / b->batch.cpu));
    printf("one query reads  %8.1f GB/s        %.1f %% of it; cpu %.1f %%\n",
           bytes * 1e-9 / b->alone.wall, 100 * b->read.wall / b->alone.wall,
           100 * b->read.cpu / b->alone.cpu);
}

/* For a comparison with other programs. */
static void print_scores(bench *b)
{
    double p[QUERIES];
    ra_error err;
    if (!b->router.kind->score(b->router.state, b->prompts, QUERIES, p, &err))
        give_up(&err);
    for (size_t i = 0; i < 5; i++)
        printf("score %s %.17g\n", b->prompts[i].id, p[i]);
}

static void use_cores(int threads)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < threads; i++)
        CPU_SET((size_t)i, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        fputs("cannot bind to cores: other threads may run\n", stderr);
}

static size_t argument(int argc, char **argv, int index, size_t otherwise)
{
    uint64_t number = otherwise;
    if (argc > index && !ra_parse_count(argv[index], 1U << 24, &number))
        exit(2);
    return number;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    ra_arena arena = {0};
    ra_error err;
    bench b = {.rows = {.dimension = argument(argc, argv, 3, 1536)},
               .count = argument(argc, argv, 4, 65000),
               .threads = (int)argument(argc, argv, 5, (size_t)ra_parallel_cores()),
               .batch = {INFINITY, INFINITY}};
    b.alone = b.similarities = b.peak = b.read = b.given = b.batch;
    const char *name = argc > 2 ? argv[2] : "sw_ranking";
    size_t all = b.count + QUERIES, d = b.rows.dimension;
    b.rows.values = ra_alloc(all * d + (size_t)SQUARE * SQUARE, sizeof(float));
    b.products = ra_alloc(QUERIES * b.count, sizeof(float));
    b.square = ra_alloc((size_t)SQUARE * SQUARE, sizeof(float));
    b.queries = b.rows.values + b.count * d;
    ra_parallel_for(all, 0, make_vector, &b.rows);
    const char *npy = ra_arena_printf(&arena, "npy:%s/queries.npy", argv[1]), *ids[QUERIES];
    const char *model = ra_arena_printf(&arena, "%s/model.safetensors", argv[1]);
    for (size_t i = 0; i < QUERIES; i++) {
        ids[i] = ra_arena_printf(&arena, "q%zu", i);
        b.prompts[i] = (ra_prompt){.id = ids[i], .text = ids[i]};
    }
    if (!ra_npy_write(npy + 4, b.queries, QUERIES, d, ids, &err))
        give_up(&err);
    const ra_router_kind *kind = ra_router_find(name, strlen(name), &err);
    if (!kind)
        give_up(&err);
    write_model(kind, argv[1], npy, &b.rows, b.count, model);
    use_cores(b.threads);
    ra_router_options none = {0};
    size_t shape[2] = {0};
    if (!ra_router_open(&b.router, ra_arena_printf(&arena, "%s:%s", name, model), &none, &err))
        give_up(&err);
    if (!ra_safetensors_open(&b.file, model, &err))
        give_up(&err);
    b.mapped = b.rows.values;
    if (ra_safetensors_find(&b.file, "vectors")) {
        if (!ra_safetensors_floats(&b.file, "vectors", 2, shape, &b.mapped, &err))
            give_up(&err);
        b.count = shape[0]; /* without the battles inside one tier */
    }
    for (size_t turn = 0; turn < TURNS; turn++)
        measure(&b, turn);
    print(&b);
    print_scores(&b);
    ra_router_close(&b.router);
    ra_safetensors_close(&b.file);
    free(b.rows.values);
    free(b.products);
    free(b.square);
    ra_arena_release(&arena);
    return 0;
}
