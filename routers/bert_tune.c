/* Training of the whole: encoder and classifier, AdamW (Loshchilov and Hutter 2019: weights decay
 * apart from the gradient; biases and norms do not decay), a rate that rises for warm_up of the
 * steps and then falls to 0, gradients clipped to a length, a batch drawn from a new shuffle of all
 * examples whenever those are used up. No dropout. */
#include "base/parallel.h"
#include "base/progress.h"
#include "base/rng.h"
#include "routers/adam.h"
#include "routers/bert.h"
#include "routers/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens that go through the encoder at a time: a batch's gradient is the sum over such groups. */
enum { TOKENS = 4096 };

/* --- parameters: all tensors in one array, so that Adam and saving see one vector --- */

typedef struct parameters {
    size_t tensors, count;
    const char **name;
    size_t *rows, *columns, *offset;
    float *values, *gradient;
    float **slope; /* into gradient, of each tensor */
} parameters;

static const char *tensor_of(const ra_bert_config *c, size_t classes, size_t i, ra_arena *arena,
                             size_t *rows, size_t *columns)
{
    size_t encoder = ra_bert_tensor_count(c);
    if (i >= encoder)
        return ra_head_tensor(c, classes, i - encoder, rows, columns);
    return ra_arena_printf(arena, "%s.%s", c->roberta ? "roberta" : "bert",
                           ra_bert_tensor(c, i, arena, rows, columns));
}

static parameters make_parameters(const ra_bert_config *c, size_t classes, ra_arena *arena)
{
    size_t n = ra_bert_tensor_count(c) + RA_HEAD_TENSORS;
    parameters p = {.tensors = n,
                    .name = ra_arena_alloc(arena, n, sizeof *p.name),
                    .rows = ra_arena_alloc(arena, 3 * n, sizeof *p.rows),
                    .slope = ra_arena_alloc(arena, n, sizeof *p.slope)};
    p.columns = p.rows + n;
    p.offset = p.columns + n;
    for (size_t i = 0; i < n; i++) {
        p.name[i] = tensor_of(c, classes, i, arena, &p.rows[i], &p.columns[i]);
        p.offset[i] = p.count;
        p.count += p.rows[i] * (p.columns[i] ? p.columns[i] : 1);
    }
    p.values = ra_alloc(p.count, sizeof *p.values);
    p.gradient = ra_alloc(p.count, sizeof *p.gradient);
    for (size_t i = 0; i < n; i++)
        p.slope[i] = p.gradient + p.offset[i];
    return p;
}

static size_t size_of(const parameters *p, size_t i)
{
    return (i + 1 < p->tensors ? p->offset[i + 1] : p->count) - p->offset[i];
}

/* --- examples --- */

typedef struct example {
    const char *text;
    double share[RA_MOST_CLASSES]; /* wins, ties, losses of the strong model */
    double weight;
} example;

static void add_share(const ra_training *t, const ra_battle *b, example *e)
{
    double outcome = ra_training_label(t, b);
    if (isnan(outcome))
        return;
    e->share[outcome > 0.5 ? 0 : outcome < 0.5 ? 2 : 1] += b->weight;
    e->weight += b->weight;
}

/* The prompts with labels, in their order. */
static example *gather(const ra_training *t, size_t *count, ra_error *err)
{
    size_t n = t->battles->prompt_count, kept = 0;
    example *e = ra_alloc(n, sizeof *e);
    double *label = ra_alloc(2 * n, sizeof *label);
    *count = ra_training_labels(t, label, label + n, err);
    free(label);
    for (size_t i = 0; i < t->battles->count; i++)
        add_share(t, &t->battles->battles[i], &e[t->battles->battles[i].prompt]);
    for (size_t p = 0; p < n; p++) {
        if (!(e[p].weight > 0))
            continue;
        for (size_t c = 0; c < RA_MOST_CLASSES; c++)
            e[p].share[c] /= e[p].weight;
        e[p].text = t->battles->prompts[p];
        e[kept++] = e[p];
    }
    return e;
}

/* Moves the held-out examples to the end; returns how many are learned from. */
static size_t hold_out(example *e, size_t count, double share, uint64_t seed)
{
    uint64_t stream = ra_rng_stream("bert/held out", 0);
    example *order = ra_alloc(count, sizeof *order);
    size_t kept = 0, end = count;
    for (size_t i = 0; i < count; i++)
        if (ra_rng_uniform(seed, stream, i) < share)
            order[--end] = e[i];
        else
            order[kept++] = e[i];
    memcpy(e, order, count * sizeof *e);
    free(order);
    return kept;
}

/* --- one batch --- */

/* What changes from step to step, beside the parameters, Adam's numbers and the order. */
typedef struct progress {
    uint64_t step, epoch; /* both done or begun */
    uint64_t at;          /* examples of this epoch that are used up */
    uint64_t best;        /* step after which the held-out loss was least */
    double least, loss;   /* loss: running mean */
} progress;

typedef struct run {
    const ra_training *t;
    const ra_bert_settings *s;
    ra_encoder encoder;
    ra_head head;
    parameters p;
    ra_adam adam;
    example *examples;
    size_t count, learned; /* the first `learned` of them are learned from */
    size_t *order;         /* of those, shuffled */
    float *kept;           /* the best parameters; NULL if nothing is held out */
    progress progress;
    ra_tokens tokens;    /* of all examples */
    ra_bert_trace trace; /* for the longest group so far */
    ra_arena arena;
} run;

/* New memory for each group would be paged in each time. */
static void make_room(run *r, size_t tokens)
{
    if (tokens <= r->trace.tokens)
        return;
    ra_bert_trace_release(&r->trace);
    ra_bert_trace_init(&r->trace, &r->encoder.bert.config, tokens, true);
}

/* Loss of some examples, each times its weight and `scale`; with `learn` adds their gradient. */
static double run_group(run *r, const size_t *which, size_t n, double scale, bool learn)
{
    size_t h = r->head.hidden, classes = r->head.classes, all = 0;
    size_t *start = ra_alloc(n + 1, sizeof *start);
    for (size_t i = 0; i < n; i++)
        all = start[i + 1] = all + r->tokens.start[which[i] + 1] - r->tokens.start[which[i]];
    int32_t *ids = ra_alloc(all, sizeof *ids);
    float *x = ra_alloc(n * (3 * h + 2 * classes), sizeof *x), *pooled = x + n * h;
    float *d_x = pooled + n * h, *logits = d_x + n * h, *d_logits = logits + n * classes;
    double loss = 0;
    make_room(r, all);
    for (size_t i = 0; i < n; i++)
        memcpy(ids + start[i], r->tokens.ids + r->tokens.start[which[i]],
               (start[i + 1] - start[i]) * sizeof *ids);
    ra_bert_batch batch = {n, start, ids};
    ra_bert_forward(&r->encoder.bert, &batch, &r->trace, r->t->threads);
    for (size_t i = 0; i < n; i++)
        memcpy(x + i * h, r->trace.output + start[i] * h, h * sizeof *x);
    ra_head_forward(&r->head, x, n, pooled, logits);
    for (size_t i = 0; i < n; i++) {
        const example *e = &r->examples[which[i]];
        float *d = d_logits + i * classes;
        loss += scale * e->weight * ra_head_loss(logits + i * classes, classes, e->share, d);
        for (size_t c = 0; c < classes; c++)
            d[c] *= (float)(scale * e->weight);
    }
    if (learn) {
        float *d = ra_alloc(all * h, sizeof *d);
        size_t encoder = ra_bert_tensor_count(&r->encoder.bert.config);
        ra_head_backward(&r->head, x, n, pooled, d_logits, d_x, r->p.slope + encoder);
        for (size_t i = 0; i < n; i++)
            memcpy(d + start[i] * h, d_x + i * h, h * sizeof *d);
        ra_bert_backward(&r->encoder.bert, &batch, &r->trace, d, r->p.slope, r->t->threads);
        free(d);
    }
    free(start);
    free(ids);
    free(x);
    return loss;
}

/* Mean loss of a batch, in groups that are not too long. */
static double run_batch(run *r, const size_t *which, size_t n, bool learn)
{
    double loss = 0;
    for (size_t i = 0; learn && i < r->p.count; i++)
        r->p.gradient[i] = 0;
    for (size_t from = 0, end; from < n; from = end) {
        size_t tokens = 0;
        for (end = from; end < n; end++) {
            size_t own = r->tokens.start[which[end] + 1] - r->tokens.start[which[end]];
            if (end > from && tokens + own > TOKENS)
                break;
            tokens += own;
        }
        loss += run_group(r, which + from, end - from, 1 / (double)n, learn);
    }
    return loss;
}

/* --- steps --- */

typedef struct squares {
    const float *values;
    size_t count;
    double *sum; /* of each block */
} squares;

enum { BLOCK = 1 << 16 };

static void sum_block(size_t index, void *context)
{
    const squares *s = context;
    size_t from = index * BLOCK, end = s->count - from < BLOCK ? s->count : from + BLOCK;
    for (size_t i = from; i < end; i++)
        s->sum[index] += (double)s->values[i] * (double)s->values[i];
}

static double length_of(const float *values, size_t count, int threads)
{
    size_t blocks = (count + BLOCK - 1) / BLOCK;
    squares s = {values, count, ra_alloc(blocks, sizeof *s.sum)};
    double sum = 0;
    ra_parallel_for(blocks, threads, sum_block, &s);
    for (size_t i = 0; i < blocks; i++)
        sum += s.sum[i];
    free(s.sum);
    return sqrt(sum);
}

/* Share of the full rate at a step that counts from 0. */
static double rate_share(const ra_bert_settings *s, size_t step)
{
    double warm = ceil(s->warm_up * s->steps), at = (double)step;
    if (at < warm)
        return at / warm;
    return s->steps > warm ? fmax(0, (s->steps - at) / (s->steps - warm)) : 1;
}

static void take_step(run *r, size_t step)
{
    parameters *p = &r->p;
    double length = length_of(p->gradient, p->count, r->t->threads);
    float scale = (float)fmin(1, r->s->clip / (length + 1e-6));
    for (size_t i = 0; i < p->count; i++)
        p->gradient[i] *= scale;
    r->adam.rate = r->s->rate * rate_share(r->s, step);
    float keep = (float)(1 - r->adam.rate * r->s->decay);
    for (size_t i = 0; i < p->tensors; i++)
        for (size_t k = 0; p->columns[i] && k < size_of(p, i); k++)
            p->values[p->offset[i] + k] *= keep;
    ra_adam_step(&r->adam, p->values, p->gradient);
    ra_bert_pack(&r->encoder.bert, r->t->threads);
}

static void shuffle(const run *r, size_t epoch)
{
    uint64_t stream = ra_rng_stream("bert/shuffle", epoch);
    for (size_t i = r->learned; i > 1; i--) {
        size_t j = (size_t)(ra_rng_bits(r->t->seed, stream, i) % i), swap = r->order[i - 1];
        r->order[i - 1] = r->order[j];
        r->order[j] = swap;
    }
}

static double held_out_loss(run *r)
{
    size_t n = r->count - r->learned, *which = ra_alloc(n, sizeof *which);
    for (size_t i = 0; i < n; i++)
        which[i] = r->learned + i;
    double loss = run_batch(r, which, n, false);
    free(which);
    return loss;
}

static void learn_batch(run *r)
{
    progress *p = &r->progress;
    if (p->at == 0)
        shuffle(r, p->epoch++);
    size_t batch = (size_t)r->s->batch, left = r->learned - p->at, n = left < batch ? left : batch;
    double loss = run_batch(r, r->order + p->at, n, true);
    take_step(r, p->step);
    p->at = p->at + n < r->learned ? p->at + n : 0;
    p->loss = p->step == 0 ? loss : 0.95 * p->loss + 0.05 * loss;
    p->step++;
}

static bool is_over(const run *r)
{
    const progress *p = &r->progress;
    return (double)p->step >= r->s->steps ||
           (r->kept && p->best > 0 && (double)(p->step - p->best) >= r->s->patience * r->s->every);
}

/* Keeps the parameters if the held-out loss was never less. */
static void look(run *r)
{
    double loss = held_out_loss(r);
    if (!(loss < r->progress.least))
        return;
    r->progress.least = loss;
    r->progress.best = r->progress.step;
    memcpy(r->kept, r->p.values, r->p.count * sizeof *r->kept);
}

/* Leaves the last parameters, or those of the least held-out loss. */
static bool train_steps(run *r, const ra_json *used, ra_error *err)
{
    size_t bytes = r->p.count * sizeof *r->p.values;
    uint64_t every = (uint64_t)r->s->every, steps = (uint64_t)r->s->steps;
    const ra_checkpoint_part parts[] = {
        {"values", r->p.values, bytes},
        {"first", r->adam.first, bytes},
        {"second", r->adam.second, bytes},
        {"steps", &r->adam.steps, sizeof r->adam.steps},
        {"order", r->order, r->learned * sizeof *r->order},
        {"progress", &r->progress, sizeof r->progress},
        {"kept", r->kept, bytes}}; /* the last, as it may be missing */
    ra_checkpoint checkpoint;
    ra_progress line;
    r->progress.least = INFINITY;
    if (!ra_checkpoint_begin(&checkpoint, r->t, used, parts,
                             sizeof parts / sizeof *parts - (r->kept ? 0 : 1), err))
        return false;
    ra_bert_pack(&r->encoder.bert, r->t->threads);
    ra_progress_start(&line, "train bert", "steps", steps);
    line.enabled &= !r->t->quiet;
    line.skipped = r->progress.step;
    bool ok = true;
    while (ok && !is_over(r)) {
        learn_batch(r);
        if (r->kept && (r->progress.step % every == 0 || r->progress.step == steps))
            look(r);
        ra_progress_note(&line, "loss %.4f", r->progress.loss);
        ra_progress_update(&line, r->progress.step);
        ok = ra_checkpoint_step(&checkpoint, is_over(r), err);
    }
    ra_progress_end(&line);
    if (r->kept && r->progress.best > 0)
        memcpy(r->p.values, r->kept, bytes);
    return ok;
}

/* --- the run --- */

/* The checkpoint's numbers, and for what it lacks normal ones of deviation 0.02, biases 0. */
static bool fill_parameters(run *r, ra_error *err)
{
    ra_encoder *e = &r->encoder;
    parameters *p = &r->p;
    size_t encoder = ra_bert_tensor_count(&e->bert.config);
    for (size_t i = 0; i < p->tensors; i++) {
        float *values = p->values + p->offset[i];
        size_t shape[2] = {p->rows[i], p->columns[i]};
        const float *from = i < encoder ? e->bert.tensors[i] : NULL;
        if (!from && ra_safetensors_find(&e->bert.file, p->name[i]) && i < encoder + 2 &&
            !ra_safetensors_floats(&e->bert.file, p->name[i], shape[1] ? 2 : 1, shape, &from, err))
            return false;
        for (size_t k = 0; k < size_of(p, i); k++)
            values[k] =
                from ? from[k]
                : p->columns[i]
                    ? (float)(0.02 * ra_rng_normal(r->t->seed, ra_rng_stream("bert/head", i), k))
                    : 0;
        if (i < encoder)
            e->bert.tensors[i] = values;
        else
            r->head.tensors[i - encoder] = values;
    }
    return true;
}

static bool prepare(run *r, ra_error *err)
{
    const char *colon = strchr(r->t->embedder, ':');
    if (!ra_has_prefix(r->t->embedder, "encoder:"))
        return ra_fail(err, RA_ERR_USAGE, r->t->settings_at, 0, "tune=full needs an encoder",
                       "--embedder encoder:FOLDER");
    r->examples = gather(r->t, &r->count, err);
    if (r->count == 0 || !ra_encoder_open(&r->encoder, colon + 1, err))
        return false;
    size_t classes = (size_t)r->s->classes, longest = (size_t)r->s->longest;
    r->learned = hold_out(r->examples, r->count, r->s->held_out, r->t->seed);
    if (r->learned == 0)
        return ra_fail(err, RA_ERR_INPUT, r->t->settings_at, 0, "all examples are held out", NULL);
    const char **texts = ra_alloc(r->count, sizeof *texts);
    for (size_t i = 0; i < r->count; i++)
        texts[i] = r->examples[i].text;
    bool ok =
        ra_encoder_tokens(&r->encoder, texts, r->count, longest, r->t->threads, &r->tokens, err);
    free(texts);
    r->head = (ra_head){.hidden = r->encoder.bert.config.hidden, .classes = classes};
    r->p = make_parameters(&r->encoder.bert.config, classes, &r->arena);
    r->order = ra_alloc(r->count, sizeof *r->order);
    for (size_t i = 0; i < r->count; i++)
        r->order[i] = i;
    ra_adam_init(&r->adam, r->p.count, r->s->rate, 0);
    if (r->learned < r->count)
        r->kept = ra_alloc(r->p.count, sizeof *r->kept);
    return ok && fill_parameters(r, err);
}

static void release(run *r)
{
    ra_adam_release(&r->adam);
    ra_tokens_release(&r->tokens);
    ra_bert_trace_release(&r->trace);
    if (r->encoder.bert.doc)
        ra_encoder_close(&r->encoder);
    ra_arena_release(&r->arena);
    free(r->p.values);
    free(r->p.gradient);
    free(r->examples);
    free(r->order);
    free(r->kept);
}

bool ra_bert_tune(const ra_training *training, const ra_bert_settings *settings,
                  ra_model_parts *model, ra_error *err)
{
    run r = {.t = training, .s = settings};
    bool ok = prepare(&r, err);
    if (ok) {
        ra_json_put_string(model->settings, "encoder", r.encoder.digest);
        ok = train_steps(&r, model->settings, err);
    }
    if (ok) {
        const progress *p = &r.progress;
        ra_json_put_number(model->settings, "steps_kept",
                           (double)(p->best > 0 ? p->best : p->step));
        for (size_t i = 0; i < r.p.tensors; i++)
            ra_model_add(model, r.p.name[i], RA_F32, r.p.rows[i], r.p.columns[i],
                         r.p.values + r.p.offset[i]);
    }
    release(&r);
    return ok;
}
