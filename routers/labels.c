#include "routers/labels.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* A digit behind "4", or a letter behind "good", makes another word of it. */
static bool ends_there(const char *label, char next)
{
    size_t length = strlen(label);
    return !next || !isalnum((unsigned char)label[length - 1]) || !isalnum((unsigned char)next);
}

int ra_label_of(const ra_labels *labels, const char *text, bool ended)
{
    text = skip_space(text);
    int whole = RA_LABEL_NONE, longer = RA_LABEL_NONE;
    size_t extensions = 0, best = 0;
    for (size_t i = 0; i < labels->count; i++) {
        const char *label = labels->text[i];
        size_t length = strlen(label);
        if (length >= best && ra_has_prefix(text, label) && ends_there(label, text[length])) {
            whole = (int)i;
            best = length;
        } else if (strlen(text) < length && ra_has_prefix(label, text)) {
            longer = (int)i;
            extensions++;
        }
    }
    if (whole >= 0)
        return extensions > 0 && !ended ? RA_LABEL_OPEN : whole;
    if (extensions == 1 && *text)
        return longer;
    return extensions > 0 && !ended ? RA_LABEL_OPEN : RA_LABEL_NONE;
}

/* --- one place --- */

typedef struct place {
    const ra_labels *labels;
    const char *before;
    double weight;
    ra_arena *arena;
    ra_label_reading *reading;
    ra_label_open *open;
    size_t open_count;
    bool seen[RA_MAX_LABELS];
    double listed, least; /* sum of the probabilities, and the smallest */
} place;

static void add_alternative(place *p, const char *token, double logprob)
{
    double probability = exp(logprob);
    if (!(probability >= 0 && probability <= 1.001))
        return;
    p->listed += probability;
    p->least = fmin(p->least, probability);
    const char *text = ra_arena_printf(p->arena, "%s%s", p->before, token);
    /* a token without text ends the answer */
    int label = ra_label_of(p->labels, text, !*token);
    if (label >= 0) {
        p->seen[label] = true;
        p->reading->mass[label] += p->weight * probability;
    } else if (label == RA_LABEL_OPEN) {
        p->open[p->open_count++] = (ra_label_open){text, p->weight * probability};
    }
}

/* Labels that could still follow, and were not listed. */
static void add_bounds(place *p)
{
    double rest = fmax(0, 1 - p->listed);
    double bound = p->weight * fmin(rest, p->least);
    const char *begun = skip_space(p->before);
    for (size_t i = 0; i < p->labels->count; i++)
        if (!p->seen[i] && ra_has_prefix(p->labels->text[i], begun))
            p->reading->unseen[i] += bound;
}

size_t ra_labels_read(const ra_labels *labels, const char *before, double weight,
                      const ra_token *token, ra_arena *arena, ra_label_reading *reading,
                      ra_label_open *open)
{
    place p = {.labels = labels,
               .before = before,
               .weight = weight,
               .arena = arena,
               .reading = reading,
               .open = open,
               .least = 1};
    bool listed = false;
    for (size_t i = 0; i < token->count; i++) {
        add_alternative(&p, token->others[i].token, token->others[i].logprob);
        listed = listed || strcmp(token->others[i].token, token->token) == 0;
    }
    if (!listed)
        add_alternative(&p, token->token, token->logprob);
    add_bounds(&p);
    return p.open_count;
}

/* --- all places --- */

/* Whether the tokens from `at` on write a label. */
static bool writes_label(const ra_labels *labels, const ra_token *tokens, size_t count, size_t at,
                         ra_arena *arena)
{
    const char *text = "";
    for (size_t i = at; i < count; i++) {
        text = ra_arena_printf(arena, "%s%s", text, tokens[i].token);
        int label = ra_label_of(labels, text, i + 1 == count);
        if (label != RA_LABEL_OPEN)
            return label >= 0;
    }
    return false;
}

size_t ra_labels_find(const ra_labels *labels, const ra_token *tokens, size_t count,
                      ra_arena *arena)
{
    char last = ' ';
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(tokens[i].token);
        bool inside = isalnum((unsigned char)last) && length > 0 &&
                      isalnum((unsigned char)tokens[i].token[0]);
        if (!inside && writes_label(labels, tokens, count, i, arena))
            return i;
        if (length > 0)
            last = tokens[i].token[length - 1];
    }
    return count;
}

bool ra_labels_share(const ra_labels *labels, const ra_label_reading *reading, size_t threshold,
                     double *share, double *least, double *most)
{
    double low = 0, high = 0, more_low = 0, more_high = 0;
    for (size_t i = 0; i < labels->count; i++) {
        bool is_high = i + 1 >= threshold;
        *(is_high ? &high : &low) += reading->mass[i];
        *(is_high ? &more_high : &more_low) += reading->unseen[i];
    }
    if (!(low + high > 0))
        return false;
    *share = high / (low + high);
    *least = high / (low + high + more_low);
    *most = (high + more_high) / (low + high + more_high);
    return true;
}
