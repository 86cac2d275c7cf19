#include "embed/trie.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 256 };

static int by_text(const void *a, const void *b)
{
    const ra_trie_key *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Makes room so that every byte can be added to any base below `need`. */
static void reserve(ra_trie *t, size_t need)
{
    size_t old = t->room;
    ra_grow(&t->nodes, &t->room, need + BYTES, sizeof *t->nodes);
    for (size_t i = old; i < t->room; i++)
        t->nodes[i] = (ra_trie_node){.value = -1};
}

typedef struct builder {
    ra_trie *trie;
    const ra_trie_key *keys;
    size_t from; /* places below are almost all taken */
} builder;

/* The lowest base at which the places of all `count` bytes are free. */
static uint32_t find_base(builder *b, const unsigned char *bytes, size_t count)
{
    size_t taken = 0, first = b->from > bytes[0] ? b->from : bytes[0] + (size_t)1;
    for (size_t place = first;; place++) {
        size_t base = place - bytes[0], i = 0;
        reserve(b->trie, base + BYTES);
        while (i < count && b->trie->nodes[base + bytes[i]].parent == 0)
            i++;
        if (i == count) {
            if ((place - first) > 64 && taken * 20 > (place - first) * 19)
                b->from = place;
            return (uint32_t)base;
        }
        taken += b->trie->nodes[place].parent != 0;
    }
}

/* Gives `node` the children of keys[low..high), which agree in their first `depth` bytes. */
static void add(builder *b, uint32_t node, size_t low, size_t high, size_t depth)
{
    unsigned char bytes[BYTES];
    size_t starts[BYTES + 1], count = 0;
    if (b->keys[low].length == depth)
        b->trie->nodes[node].value = b->keys[low++].value;
    for (size_t i = low; i < high; i++) {
        unsigned char c = (unsigned char)b->keys[i].text[depth];
        if (count == 0 || c != bytes[count - 1]) {
            bytes[count] = c;
            starts[count++] = i;
        }
    }
    if (count == 0)
        return;
    starts[count] = high;
    uint32_t base = find_base(b, bytes, count);
    b->trie->nodes[node].base = base;
    for (size_t i = 0; i < count; i++)
        b->trie->nodes[base + bytes[i]].parent = node;
    for (size_t i = 0; i < count; i++)
        add(b, base + bytes[i], starts[i], starts[i + 1], depth + 1);
}

const ra_trie_key *ra_trie_build(ra_trie *trie, ra_trie_key *keys, size_t count)
{
    *trie = (ra_trie){0};
    if (count > 0)
        qsort(keys, count, sizeof *keys, by_text);
    for (size_t i = 1; i < count; i++)
        if (by_text(&keys[i - 1], &keys[i]) == 0)
            return &keys[i];
    builder b = {.trie = trie, .keys = keys, .from = RA_TRIE_ROOT + 1};
    reserve(trie, RA_TRIE_ROOT + 1);
    trie->nodes[RA_TRIE_ROOT].parent = UINT32_MAX;
    if (count > 0)
        add(&b, RA_TRIE_ROOT, 0, count, 0);
    return NULL;
}

void ra_trie_release(ra_trie *trie)
{
    free(trie->nodes);
    *trie = (ra_trie){0};
}

uint32_t ra_trie_walk(const ra_trie *trie, uint32_t node, const char *text, size_t length)
{
    for (size_t i = 0; node && i < length; i++)
        node = ra_trie_step(trie, node, (unsigned char)text[i]);
    return node;
}

int32_t ra_trie_longest(const ra_trie *trie, uint32_t node, const char *text, size_t length,
                        size_t *bytes)
{
    int32_t value = -1;
    for (size_t i = 0; i < length; i++) {
        node = ra_trie_step(trie, node, (unsigned char)text[i]);
        if (!node)
            break;
        if (trie->nodes[node].value >= 0) {
            value = trie->nodes[node].value;
            *bytes = i + 1;
        }
    }
    return value;
}
