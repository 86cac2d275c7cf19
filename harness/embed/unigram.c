/* Unigram (Kudo 2018, as in SentencePiece): of all ways to cut a text into tokens, the one whose
 * scores (log probabilities) have the greatest sum, by dynamic programming over the places between
 * characters. A character that is no token is unknown at unknown_score; a run of them is one. */
#include "embed/tokenizer_parts.h"
#include "embed/unicode.h"

/* The best way to reach a place: by which token, from where. */
typedef struct ra_best {
    double score;
    size_t from; /* SIZE_MAX = not reached */
    int32_t id;
} best;

/* Of equal sums the first offered stays: the one with the longest last token. */
static void offer(best *to, double score, size_t from, int32_t id)
{
    if (to->from == SIZE_MAX || score > to->score)
        *to = (best){score, from, id};
}

static void find_ways(const ra_vocabulary *v, const char *text, size_t length, best *ways)
{
    for (size_t i = 0; i <= length; i++)
        ways[i] = (best){0, SIZE_MAX, 0};
    for (size_t at = 0, bytes; at < length; at += bytes) {
        ra_unicode_at(text + at, &bytes);
        bool alone = false;
        uint32_t node = RA_TRIE_ROOT;
        for (size_t i = at; i < length; i++) {
            node = ra_trie_step(&v->trie, node, (unsigned char)text[i]);
            if (!node)
                break;
            int32_t id = v->trie.nodes[node].value;
            if (id < 0)
                continue;
            offer(&ways[i + 1], ways[at].score + v->scores[id], at, id);
            alone = alone || i + 1 - at == bytes;
        }
        if (!alone)
            offer(&ways[at + bytes], ways[at].score + v->unknown_score, at, v->unknown);
    }
}

/* Turns the links round, so that they lead from the start to the end: ways[at] then says where
 * the token that begins at `at` ends. */
static void reverse(best *ways, size_t length)
{
    best token = ways[length];
    for (size_t end = length; end > 0;) {
        size_t begin = token.from;
        best before = ways[begin];
        ways[begin] = (best){token.score, end, token.id};
        end = begin;
        token = before;
    }
}

void ra_unigram_encode(const ra_vocabulary *v, const char *text, size_t length, ra_scratch *scratch,
                       ra_ids *out)
{
    if (length == 0)
        return;
    ra_grow(&scratch->best, &scratch->best_room, length + 1, sizeof *scratch->best);
    best *ways = scratch->best;
    find_ways(v, text, length, ways);
    reverse(ways, length);
    for (size_t at = 0; at < length && out->count < out->room; at = ways[at].from) {
        if (ways[at].id == v->unknown)
            while (ways[at].from < length && ways[ways[at].from].id == v->unknown)
                ways[at].from = ways[ways[at].from].from;
        ra_ids_add(out, ways[at].id);
    }
}
