#include "routers/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ra_model_add(ra_model_parts *parts, const char *name, ra_dtype dtype, size_t rows,
                  size_t columns, const void *data)
{
    if (parts->count == parts->room) {
        parts->room = parts->room ? 2 * parts->room : 16;
        ra_tensor *more = ra_arena_alloc(&parts->arena, parts->room, sizeof *more);
        if (parts->count > 0)
            memcpy(more, parts->tensors, parts->count * sizeof *more);
        parts->tensors = more;
    }
    size_t count = rows * (columns ? columns : 1);
    void *copy = ra_arena_alloc(&parts->arena, count + 1, ra_dtype_size(dtype));
    if (count > 0)
        memcpy(copy, data, count * ra_dtype_size(dtype));
    parts->tensors[parts->count++] = (ra_tensor){.name = ra_arena_strdup(&parts->arena, name),
                                                 .dtype = dtype,
                                                 .rank = columns ? 2 : 1,
                                                 .shape = {rows, columns},
                                                 .count = count,
                                                 .data = copy};
}

void ra_model_add_floats(ra_model_parts *parts, const char *name, const double *values,
                         size_t count)
{
    float *narrow = ra_alloc(count, sizeof *narrow);
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    ra_model_add(parts, name, RA_F32, count, 0, narrow);
    free(narrow);
}

void ra_model_parts_release(ra_model_parts *parts)
{
    ra_json_free(parts->settings);
    ra_arena_release(&parts->arena);
    *parts = (ra_model_parts){0};
}

static void keep_texts(const ra_training *t, const size_t *prompts, size_t count,
                       ra_model_parts *parts)
{
    ra_buf all = {0};
    for (size_t i = 0; i < count; i++) {
        const char *text = t->battles->prompts[prompts[i]];
        ra_buf_add(&all, text, strlen(text) + 1);
    }
    ra_model_add(parts, "texts", RA_U8, all.length, 0, all.text);
    ra_buf_release(&all);
}

void ra_training_keep(const ra_training *t, const size_t *prompts, size_t count,
                      ra_model_parts *parts)
{
    size_t d = t->dimension;
    if (t->keep_texts) {
        keep_texts(t, prompts, count, parts);
        return;
    }
    float *vectors = ra_alloc(count * d, sizeof *vectors);
    for (size_t i = 0; i < count; i++)
        memcpy(vectors + i * d, t->vectors + prompts[i] * d, d * sizeof *vectors);
    ra_model_add(parts, "vectors", RA_F32, count, d, vectors);
    free(vectors);
}

/* --- settings --- */

static bool read_number(const ra_training *t, const ra_setting *s, ra_error *err)
{
    ra_json_at at = {t->settings_at, 0};
    if (!ra_json_maybe_number(t->settings, s->name, at, s->number, err))
        return false;
    if (*s->number >= s->least && *s->number <= s->most)
        return true;
    return ra_failf(err, RA_ERR_INPUT, t->settings_at, 0, "setting '%s': %g, %g to %g expected",
                    s->name, *s->number, s->least, s->most);
}

static bool read_name(const ra_training *t, const ra_setting *s, ra_error *err)
{
    ra_json_at at = {t->settings_at, 0};
    const char *name = s->names[*s->chosen];
    ra_buf known = {0};
    if (!ra_json_maybe_string(t->settings, s->name, at, &name, err))
        return false;
    for (size_t i = 0; s->names[i]; i++) {
        if (strcmp(s->names[i], name) == 0) {
            *s->chosen = i;
            ra_buf_release(&known);
            return true;
        }
        ra_buf_printf(&known, " %s", s->names[i]);
    }
    ra_failf(err, RA_ERR_INPUT, t->settings_at, 0, "setting '%s': '%s' is not known", s->name,
             name);
    ra_hintf(err, "known:%s", known.text);
    ra_buf_release(&known);
    return false;
}

static bool only_known(const ra_training *t, const ra_setting *rows, ra_error *err)
{
    const char *keys[32] = {0};
    for (size_t i = 0; rows[i].name && i < 31; i++)
        keys[i] = rows[i].name;
    return ra_json_only(t->settings, keys, (ra_json_at){t->settings_at, 0}, err);
}

bool ra_settings_read(const ra_training *t, const ra_setting *rows, ra_model_parts *parts,
                      ra_error *err)
{
    parts->settings = ra_json_new_object();
    if (t->settings && !only_known(t, rows, err))
        return false;
    for (const ra_setting *s = rows; s->name; s++) {
        if (t->settings && !(s->number ? read_number(t, s, err) : read_name(t, s, err)))
            return false;
        if (s->number)
            ra_json_put_number(parts->settings, s->name, *s->number);
        else
            ra_json_put_string(parts->settings, s->name, s->names[*s->chosen]);
    }
    return true;
}

/* --- labels --- */

double ra_training_label(const ra_training *t, const ra_battle *b)
{
    if (b->model_a == t->strong && b->model_b == t->weak)
        return b->outcome;
    if (b->model_a == t->weak && b->model_b == t->strong)
        return 1 - b->outcome;
    return NAN;
}

static size_t check_labels(const ra_training *t, const double *label, ra_error *err)
{
    size_t labelled = 0;
    double least = INFINITY, most = -INFINITY;
    for (size_t p = 0; p < t->battles->prompt_count; p++) {
        if (isnan(label[p]))
            continue;
        labelled++;
        least = fmin(least, label[p]);
        most = fmax(most, label[p]);
    }
    if (labelled == 0)
        ra_failf(err, RA_ERR_INPUT, t->settings_at, 0, "no battle between '%s' and '%s'",
                 t->battles->models[t->strong], t->battles->models[t->weak]);
    else if (!(most > least))
        ra_failf(err, RA_ERR_INPUT, t->settings_at, 0,
                 "all %zu prompts have the same outcome: there is nothing to learn", labelled);
    return most > least ? labelled : 0;
}

size_t ra_training_labels(const ra_training *t, double *label, double *weight, ra_error *err)
{
    size_t n = t->battles->prompt_count;
    memset(label, 0, n * sizeof *label);
    memset(weight, 0, n * sizeof *weight);
    for (size_t i = 0; i < t->battles->count; i++) {
        const ra_battle *b = &t->battles->battles[i];
        double one = ra_training_label(t, b);
        if (isnan(one))
            continue;
        label[b->prompt] += b->weight * one;
        weight[b->prompt] += b->weight;
    }
    for (size_t p = 0; p < n; p++)
        label[p] = weight[p] > 0 ? label[p] / weight[p] : (double)NAN;
    return check_labels(t, label, err);
}
