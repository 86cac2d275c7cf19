/* A set of byte strings with a number each, walked byte by byte: a double array (Aoe, "An efficient
 * digital search algorithm by using a double-array structure", 1989). One memory access a byte. */
#ifndef RA_EMBED_TRIE_H
#define RA_EMBED_TRIE_H

#include <stddef.h>
#include <stdint.h>

enum { RA_TRIE_ROOT = 1 };

typedef struct ra_trie_node {
    uint32_t base;   /* the child for byte c is node base + c */
    uint32_t parent; /* 0 = this place is free */
    int32_t value;   /* of the string that ends here, -1 = none does */
} ra_trie_node;

typedef struct ra_trie {
    ra_trie_node *nodes;
    size_t room;
} ra_trie;

typedef struct ra_trie_key {
    const char *text;
    size_t length; /* > 0 */
    int32_t value; /* >= 0 */
} ra_trie_key;

/* Sorts the keys. Returns the second of two that are equal, or NULL when the trie was built. */
const ra_trie_key *ra_trie_build(ra_trie *trie, ra_trie_key *keys, size_t count);
void ra_trie_release(ra_trie *trie);

/* The child of a node, 0 if there is none. */
static inline uint32_t ra_trie_step(const ra_trie *trie, uint32_t node, unsigned char c)
{
    uint32_t child = trie->nodes[node].base + c;
    return trie->nodes[child].parent == node ? child : 0;
}

/* The node of a whole string, 0 if no key begins with it. */
uint32_t ra_trie_walk(const ra_trie *trie, uint32_t node, const char *text, size_t length);

/* The longest key that text[0..length) begins with: its value, and its bytes in *bytes; else -1. */
int32_t ra_trie_longest(const ra_trie *trie, uint32_t node, const char *text, size_t length,
                        size_t *bytes);

#endif
