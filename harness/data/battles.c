#include "data/battles.h"

#include "base/file.h"
#include "data/csv.h"
#include "data/jsonl.h"

#include <string.h>

/* --- names --- */

static const struct {
    const char *from, *to;
} names[] = {{"gpt4-", "gpt-4-"},
             {"gpt35-", "gpt-3.5-"},
             {"claude-v", "claude-"},
             {"claude-instant-v", "claude-instant-"}};

static char normal_letter(char c)
{
    if (c == '_')
        return '-';
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

void ra_model_name_normal(ra_buf *out, const char *name)
{
    const char *slash = strrchr(name, '/');
    ra_buf plain = {0};
    for (const char *s = slash ? slash + 1 : name; *s; s++)
        ra_buf_putc(&plain, normal_letter(*s));
    const char *rest = plain.text ? plain.text : "", *start = "";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ra_has_prefix(rest, names[i].from)) {
            rest += strlen(names[i].from);
            start = names[i].to;
            break;
        }
    ra_buf_puts(out, start);
    ra_buf_puts(out, rest);
    ra_buf_release(&plain);
}

/* --- the set of battles --- */

/* Grows an array in the arena by doubling; what was there is copied. */
static void *grown(ra_arena *arena, const void *old, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return NULL;
    *room = *room ? *room * 2 : 256;
    void *larger = ra_arena_alloc(arena, *room, size);
    if (count > 0)
        memcpy(larger, old, count * size);
    return larger;
}

size_t ra_battles_prompt(ra_battles *b, const char *id, const char *text)
{
    /* without a text the id is all there is */
    const char *key = text[0] ? text : id;
    size_t known = ra_map_get(&b->prompt_of, key);
    if (known != RA_MAP_NONE)
        return known;
    size_t room = b->prompt_room;
    void *larger = grown(&b->arena, b->ids, b->prompt_count, &room, sizeof *b->ids);
    b->ids = larger ? larger : b->ids;
    larger = grown(&b->arena, b->prompts, b->prompt_count, &b->prompt_room, sizeof *b->prompts);
    b->prompts = larger ? larger : b->prompts;
    size_t index = b->prompt_count++;
    b->ids[index] = ra_arena_strdup(&b->arena, id);
    b->prompts[index] = ra_arena_strdup(&b->arena, text);
    ra_map_add(&b->prompt_of, text[0] ? b->prompts[index] : b->ids[index], index);
    return index;
}

size_t ra_battles_model(ra_battles *b, const char *name)
{
    size_t known = ra_battles_find_model(b, name);
    if (known != RA_MAP_NONE)
        return known;
    void *larger = grown(&b->arena, b->models, b->model_count, &b->model_room, sizeof *b->models);
    b->models = larger ? larger : b->models;
    ra_buf normal = {0};
    ra_model_name_normal(&normal, name);
    size_t index = b->model_count++;
    b->models[index] = ra_arena_strdup(&b->arena, normal.text);
    ra_buf_release(&normal);
    ra_map_add(&b->model_of, b->models[index], index);
    return index;
}

size_t ra_battles_find_model(const ra_battles *b, const char *name)
{
    ra_buf normal = {0};
    ra_model_name_normal(&normal, name);
    size_t index = ra_map_get(&b->model_of, normal.text);
    ra_buf_release(&normal);
    return index;
}

void ra_battles_add(ra_battles *b, ra_battle battle)
{
    void *larger = grown(&b->arena, b->battles, b->count, &b->room, sizeof *b->battles);
    b->battles = larger ? larger : b->battles;
    b->battles[b->count++] = battle;
}

void ra_battles_release(ra_battles *b)
{
    ra_map_release(&b->prompt_of);
    ra_map_release(&b->model_of);
    ra_arena_release(&b->arena);
    *b = (ra_battles){0};
}

/* --- reading --- */

typedef struct reader {
    ra_battles *to;
    double weight;
    const char *path;
    const ra_map *prompt_rows; /* of prompts.jsonl, by prompt_id */
    const char *const *prompt_texts;
    ra_error *err;
} reader;

static bool add(reader *r, ra_json_at at, const char *id, const char *text, const char *a,
                const char *b, double outcome)
{
    ra_battles *to = r->to;
    ra_battle battle = {.outcome = outcome, .weight = r->weight};
    if (!a[0] || !b[0])
        return ra_fail(r->err, RA_ERR_INPUT, at.file, at.line, "a model without a name", NULL);
    if (to->keep_out && ra_map_get(to->keep_out, text) != RA_MAP_NONE) {
        to->kept_out++;
        return true;
    }
    battle.prompt = ra_battles_prompt(to, id, text);
    battle.model_a = ra_battles_model(to, a);
    battle.model_b = ra_battles_model(to, b);
    if (battle.model_a == battle.model_b)
        return ra_failf(r->err, RA_ERR_INPUT, at.file, at.line, "model '%s' against itself",
                        to->models[battle.model_a]);
    ra_battles_add(to, battle);
    return true;
}

static bool read_winner(reader *r, const ra_json *o, ra_json_at at, double *outcome)
{
    static const struct {
        const char *name;
        double outcome;
    } winners[] = {{"model_a", 1}, {"model_b", 0}, {"tie", 0.5}, {"tie (bothbad)", 0.5}};
    const char *winner;
    if (!ra_json_string(o, "winner", at, &winner, r->err))
        return false;
    for (size_t i = 0; i < sizeof winners / sizeof *winners; i++)
        if (strcmp(winners[i].name, winner) == 0) {
            *outcome = winners[i].outcome;
            return true;
        }
    ra_failf(r->err, RA_ERR_INPUT, at.file, at.line, "winner '%s' is not known", winner);
    return ra_hintf(r->err, "model_a, model_b, tie or 'tie (bothbad)' expected");
}

/* The first turn of a prompt that is text or a list of turns; NULL if it is neither. */
static const char *first_turn(const ra_json *prompt)
{
    if (prompt && ra_json_is_array(prompt))
        prompt = ra_json_first(prompt);
    return prompt ? ra_json_text(prompt) : NULL;
}

static bool prompt_of(reader *r, const ra_json *o, ra_json_at at, const char **id,
                      const char **text)
{
    *id = NULL;
    if (!ra_json_maybe_string(o, "prompt_id", at, id, r->err) ||
        (!*id && !ra_json_maybe_string(o, "question_id", at, id, r->err)))
        return false;
    *text = first_turn(ra_json_get(o, "prompt"));
    if (*text) {
        *id = *id ? *id : *text;
        return true;
    }
    size_t row = *id && r->prompt_rows ? ra_map_get(r->prompt_rows, *id) : RA_MAP_NONE;
    if (row != RA_MAP_NONE) {
        *text = r->prompt_texts[row];
        return true;
    }
    ra_failf(r->err, RA_ERR_INPUT, at.file, at.line,
             *id ? "no prompt, and prompts.jsonl has none for '%s'" : "no prompt%s",
             *id ? *id : "");
    return ra_hintf(r->err, "\"prompt\": text or a list of turns expected");
}

static bool read_lines(reader *r)
{
    ra_jsonl in;
    if (!ra_jsonl_open(&in, r->path, r->err))
        return false;
    bool ok = true;
    while (ok && ra_jsonl_next(&in, r->err)) {
        const char *id, *text, *a, *b;
        double outcome;
        ok = prompt_of(r, in.object, in.at, &id, &text) &&
             ra_json_string(in.object, "model_a", in.at, &a, r->err) &&
             ra_json_string(in.object, "model_b", in.at, &b, r->err) &&
             read_winner(r, in.object, in.at, &outcome) && add(r, in.at, id, text, a, b, outcome);
    }
    return ra_jsonl_close(&in) && ok;
}

/* prompts.jsonl beside the file, if there is one. */
static bool read_prompts(ra_arena *arena, const char *path, ra_map *rows, const char ***texts,
                         ra_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? ra_arena_strndup(arena, path, (size_t)(slash - path)) : "";
    const char *file = ra_path_join(arena, folder, "prompts.jsonl");
    size_t count = 0, room = 0;
    ra_jsonl in;
    if (!ra_file_exists(file))
        return true;
    if (!ra_jsonl_open(&in, file, err))
        return false;
    bool ok = true;
    while (ok && ra_jsonl_next(&in, err)) {
        const char *id;
        ok = ra_json_string(in.object, "prompt_id", in.at, &id, err);
        const char *text = first_turn(ra_json_get(in.object, "prompt"));
        if (ok && !text)
            ok = ra_failf(err, RA_ERR_INPUT, in.at.file, in.at.line, "no prompt");
        if (!ok)
            break;
        void *larger = grown(arena, *texts, count, &room, sizeof **texts);
        if (larger)
            *texts = larger;
        else if (!*texts)
            break; /* never: the first call makes room */
        (*texts)[count] = ra_arena_strdup(arena, text);
        if (ra_map_add(rows, ra_arena_strdup(arena, id), count) != RA_MAP_NONE)
            ok = ra_failf(err, RA_ERR_INPUT, in.at.file, in.at.line, "prompt_id '%s' appears twice",
                          id);
        count++;
    }
    return ra_jsonl_close(&in) && ok;
}

static bool read_jsonl(reader *r)
{
    ra_arena arena = {0};
    ra_map rows = {0};
    const char **texts = NULL;
    bool ok = read_prompts(&arena, r->path, &rows, &texts, r->err);
    r->prompt_rows = rows.count > 0 ? &rows : NULL;
    r->prompt_texts = texts;
    ok = ok && read_lines(r);
    r->prompt_rows = NULL;
    r->prompt_texts = NULL;
    ra_map_release(&rows);
    ra_arena_release(&arena);
    return ok;
}

/* A cell with a JSON list of turns. Some of the public rows are no valid Unicode: they are counted
 * and left out. */
static bool add_row(reader *r, ra_csv *csv, size_t row, const size_t *columns)
{
    ra_json_at at = {r->path, csv->lines[row]};
    const char *cell = ra_csv_cell(csv, row, columns[2]);
    ra_error ignored;
    ra_json *turns = ra_json_parse(cell, strlen(cell), at, &ignored);
    const char *text = turns ? first_turn(turns) : NULL;
    double won[3];
    for (size_t i = 0; i < 3; i++)
        if (!ra_parse_number(ra_csv_cell(csv, row, columns[3 + i]), &won[i])) {
            ra_json_free(turns);
            return ra_failf(r->err, RA_ERR_INPUT, at.file, at.line, "a winner that is not 0 or 1");
        }
    if (won[0] + won[1] + won[2] < 1 || won[0] + won[1] + won[2] > 1) {
        ra_json_free(turns);
        return ra_failf(r->err, RA_ERR_INPUT, at.file, at.line, "exactly one winner expected");
    }
    r->to->unreadable += text == NULL;
    bool ok = !text || add(r, at, text, text, ra_csv_cell(csv, row, columns[0]),
                           ra_csv_cell(csv, row, columns[1]), won[0] + won[2] / 2);
    ra_json_free(turns);
    return ok;
}

static bool read_csv(reader *r)
{
    static const char *const headers[] = {"model_a",        "model_b",        "prompt",
                                          "winner_model_a", "winner_model_b", "winner_tie"};
    size_t columns[6];
    ra_csv csv;
    if (!ra_csv_read(&csv, r->path, r->err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < 6; i++)
        ok = ra_csv_need(&csv, headers[i], &columns[i], r->err);
    for (size_t row = 0; ok && row < csv.rows; row++)
        ok = add_row(r, &csv, row, columns);
    ra_csv_release(&csv);
    return ok;
}

static bool add_pairwise(reader *r, const ra_json *o, ra_json_at at)
{
    uint64_t index;
    const char *a, *b;
    double outcome;
    char id[24];
    if (!ra_json_count(o, "idx", at, 1ULL << 53, &index, r->err) ||
        !ra_json_string(o, "model_a", at, &a, r->err) ||
        !ra_json_string(o, "model_b", at, &b, r->err) || !read_winner(r, o, at, &outcome))
        return false;
    snprintf(id, sizeof id, "%llu", (unsigned long long)index);
    return add(r, at, id, "", a, b, outcome);
}

static bool add_annotation(reader *r, const ra_json *o, ra_json_at at)
{
    const char *text, *a, *b;
    double preference;
    if (!ra_json_string(o, "instruction", at, &text, r->err) ||
        !ra_json_string(o, "generator_1", at, &a, r->err) ||
        !ra_json_string(o, "generator_2", at, &b, r->err))
        return false;
    const ra_json *value = ra_json_get(o, "preference");
    if (!value || ra_json_is_null(value)) { /* the annotator gave none */
        r->to->unreadable++;
        return true;
    }
    if (!ra_json_number(o, "preference", at, &preference, r->err))
        return false;
    if (!(preference >= 1 && preference <= 2))
        return ra_failf(r->err, RA_ERR_INPUT, at.file, at.line,
                        "preference %g, 1 (first) to 2 (second) expected", preference);
    double outcome = preference < 1.5 ? 1 : preference > 1.5 ? 0 : 0.5;
    return add(r, at, text, text, a, b, outcome);
}

static bool read_list(reader *r)
{
    ra_json *list = ra_json_read(r->path, r->err);
    if (!list)
        return false;
    ra_json_at at = {r->path, 0};
    bool ok = ra_json_is_array(list) ||
              ra_fail(r->err, RA_ERR_INPUT, r->path, 0, "a list of battles expected", NULL);
    for (const ra_json *o = ok ? ra_json_first(list) : NULL; ok && o; o = ra_json_next(o)) {
        at.line++; /* the record's number: the parser keeps no lines */
        ok = ra_json_is_object(o) ||
             ra_fail(r->err, RA_ERR_INPUT, at.file, at.line, "an object expected", NULL);
        ok = ok &&
             (ra_json_get(o, "instruction") ? add_annotation(r, o, at) : add_pairwise(r, o, at));
    }
    ra_json_free(list);
    return ok;
}

bool ra_battles_read(ra_battles *battles, const char *path, double weight, ra_error *err)
{
    reader r = {.to = battles, .weight = weight, .path = path, .err = err};
    size_t before = battles->count;
    bool ok = ra_has_suffix(path, ".jsonl") ? read_jsonl(&r)
              : ra_has_suffix(path, ".csv") ? read_csv(&r)
                                            : read_list(&r);
    if (ok && battles->count == before)
        return ra_fail(err, RA_ERR_INPUT, path, 0, "no battles in it",
                       "see 'routeassay train --help' for the formats that are read");
    return ok;
}
