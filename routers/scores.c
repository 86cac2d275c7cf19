/* scores:FILE - win rates computed elsewhere: a CSV with header id,score. */
#include "base/memory.h"
#include "base/text.h"
#include "data/csv.h"
#include "routers/router.h"

#include <math.h>
#include <stdlib.h>

typedef struct table {
    ra_csv csv;
    ra_map by_id; /* id -> row */
    double *score;
    bool *asked;
    char *path;
} table;

static void scores_close(void *state)
{
    table *t = state;
    ra_map_release(&t->by_id);
    ra_csv_release(&t->csv);
    free(t->score);
    free(t->asked);
    free(t->path);
    free(t);
}

static bool read_rows(table *t, ra_error *err)
{
    size_t id, score;
    if (!ra_csv_need(&t->csv, "id", &id, err) || !ra_csv_need(&t->csv, "score", &score, err))
        return false;
    if (t->csv.rows == 0)
        return ra_fail(err, RA_ERR_INPUT, t->path, 0, "no scores", "one line an item: id,score");
    t->score = ra_alloc(t->csv.rows, sizeof *t->score);
    t->asked = ra_alloc(t->csv.rows, sizeof *t->asked);
    for (size_t row = 0; row < t->csv.rows; row++) {
        const char *text = ra_csv_cell(&t->csv, row, score);
        const char *name = ra_csv_cell(&t->csv, row, id);
        if (!ra_parse_number(text, &t->score[row]) || t->score[row] < 0 || t->score[row] > 1)
            return ra_failf(err, RA_ERR_INPUT, t->path, t->csv.lines[row],
                            "field 'score': a win rate in [0,1] expected, found '%s'", text);
        if (ra_map_add(&t->by_id, name, row) != RA_MAP_NONE)
            return ra_failf(err, RA_ERR_INPUT, t->path, t->csv.lines[row],
                            "field 'id': '%s' appears twice", name);
    }
    return true;
}

static bool scores_open(void **state, const ra_router_options *options, ra_error *err)
{
    if (!options->argument || !*options->argument)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "scores: needs a file", "scores:FILE.csv");
    table *t = ra_alloc(1, sizeof *t);
    t->path = ra_strdup(options->argument);
    if (!ra_csv_read(&t->csv, t->path, err) || !read_rows(t, err)) {
        scores_close(t);
        return false;
    }
    *state = t;
    return true;
}

static bool scores_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                         ra_error *err)
{
    (void)err;
    table *t = state;
    for (size_t i = 0; i < count; i++) {
        size_t row = ra_map_get(&t->by_id, prompts[i].id);
        score[i] = row == RA_MAP_NONE ? (double)NAN : t->score[row];
        if (row != RA_MAP_NONE)
            t->asked[row] = true;
    }
    return true;
}

/* Scores of another benchmark, or of another version of this one. */
static bool scores_finish(void *state, ra_error *err)
{
    table *t = state;
    size_t id = ra_csv_column(&t->csv, "id");
    for (size_t row = 0; row < t->csv.rows; row++) {
        if (t->asked[row])
            continue;
        ra_failf(err, RA_ERR_INPUT, t->path, t->csv.lines[row],
                 "field 'id': the recording set has no item '%s'", ra_csv_cell(&t->csv, row, id));
        return ra_hintf(err, "are these the scores of another benchmark?");
    }
    return true;
}

extern const ra_router_kind ra_router_scores;
const ra_router_kind ra_router_scores = {.name = "scores",
                                         .summary = "scores:FILE, win rates computed elsewhere",
                                         .flags = RA_ROUTER_REPLAYS,
                                         .open = scores_open,
                                         .score = scores_score,
                                         .close = scores_close,
                                         .finish = scores_finish};
