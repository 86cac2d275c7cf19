/* WordPiece: the longest token that a word begins with, then the longest that its rest begins with
 * among those written "##...", until the end; a word that cannot be cut up is unknown whole. */
#include "embed/tokenizer_parts.h"

static bool too_long(const ra_vocabulary *v, const char *word, size_t length)
{
    size_t characters = length;
    for (size_t i = 0; length > v->longest && i < length; i++)
        characters -= ((unsigned char)word[i] & 0xc0) == 0x80;
    return characters > v->longest;
}

static bool cut_up(const ra_vocabulary *v, const char *word, size_t length, ra_ids *out)
{
    uint32_t node = RA_TRIE_ROOT;
    for (size_t at = 0, bytes = 0; at < length; at += bytes) {
        int32_t id = node ? ra_trie_longest(&v->trie, node, word + at, length - at, &bytes) : -1;
        if (id < 0)
            return false;
        ra_ids_add(out, id);
        node = v->inside;
    }
    return true;
}

void ra_wordpiece_encode(const ra_vocabulary *v, const char *word, size_t length, ra_ids *out)
{
    size_t begin = out->count;
    if (!too_long(v, word, length) && cut_up(v, word, length, out))
        return;
    out->count = begin;
    ra_ids_add(out, v->unknown);
}
