#include "net/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void count_served(ra_tally *t, const ra_call_answer *a)
{
    if (!a->requested_model || !a->served_model)
        return;
    const char *pair = ra_arena_printf(&t->arena, "%s\n%s", a->requested_model, a->served_model);
    size_t at = ra_map_add(&t->pairs, pair, t->served_count);
    if (at == RA_MAP_NONE) {
        ra_grow(&t->served, &t->served_capacity, t->served_count + 1, sizeof *t->served);
        at = t->served_count++;
        t->served[at] = (ra_served){ra_arena_strdup(&t->arena, a->requested_model),
                                    ra_arena_strdup(&t->arena, a->served_model), 0};
    }
    t->served[at].calls++;
}

static double known(double value)
{
    return isnan(value) ? 0 : value;
}

void ra_tally_add(ra_tally *t, const ra_call_answer *answer)
{
    count_served(t, answer);
    if (answer->from_store) {
        t->stored++;
        return;
    }
    t->asked++;
    t->tokens_in += known(answer->usage.prompt);
    t->tokens_out += known(answer->usage.completion);
}

void ra_tally_spend(ra_tally *t, double usd)
{
    t->usd += known(usd);
    t->unpriced += isnan(usd) ? 1 : 0;
}

void ra_tally_plan(ra_tally *t, const ra_call *call, double usd)
{
    t->planned++;
    t->planned_in += call->tokens_in;
    t->planned_out += call->tokens_out;
    t->planned_usd += known(usd);
    t->planned_unpriced += isnan(usd) ? 1 : 0;
}

static void print_dollars(double usd, size_t unpriced, size_t calls, FILE *out)
{
    if (unpriced < calls || calls == 0)
        fprintf(out, ", $%.4f", usd);
    if (unpriced > 0)
        fprintf(out, ", %zu of unknown price", unpriced);
    fputc('\n', out);
}

void ra_tally_print(const ra_tally *t, bool dry, FILE *out)
{
    if (dry) {
        fprintf(out, "dry run: %zu calls to ask, %zu stored; about %.0f tokens in, %.0f out",
                t->planned, t->stored, t->planned_in, t->planned_out);
        print_dollars(t->planned_usd, t->planned_unpriced, t->planned, out);
    } else {
        fprintf(out, "calls: %zu asked, %zu from the store; %.0f tokens in, %.0f out", t->asked,
                t->stored, t->tokens_in, t->tokens_out);
        print_dollars(t->usd, t->unpriced, t->asked, out);
    }
    for (size_t i = 0; i < t->served_count; i++) {
        const ra_served *s = &t->served[i];
        char requested[128], served[128];
        if (strcmp(s->requested, s->served) == 0)
            continue;
        ra_printable(requested, sizeof requested, s->requested);
        ra_printable(served, sizeof served, s->served);
        fprintf(out, "note: '%s' was asked for, '%s' answered (%zu calls)\n", requested, served,
                s->calls);
    }
}

void ra_tally_release(ra_tally *t)
{
    free(t->served);
    ra_map_release(&t->pairs);
    ra_arena_release(&t->arena);
    *t = (ra_tally){0};
}
