/* Which recorded item a conversation asks about.
 *
 * Texts are compared after white space at both ends is cut off and CRLF has become LF. Messages
 * that are not the user's are not looked at. In this order, the first that holds is taken:
 *
 *   exact      the last k messages are turns 1..k of an item, for the largest such k: that item,
 *              turn k. Messages before them (examples, an earlier talk) do not matter.
 *   contained  the last message contains the first turn of an item, and not inside a word; when it
 *              also contains turn 2, 3, ... one after the other, the last of these is asked for.
 *              Or the messages before it contain the first turn of an item, and the last message
 *              contains turn k > 1 of that item.
 *
 * Turns shorter than RA_REPLAY_ANCHOR bytes are only found exactly. When a text contains several
 * items the longest is meant, provided that it contains all the others; else the request is
 * ambiguous, and refused. Items of one and the same text cannot be told apart: all are found.
 *
 *     ra_replay_index index = {0};
 *     ra_replay_index_add(&index, set_number, &set);        for each set, once
 *     ra_found found = ra_replay_find(&index, messages, count, &place);
 */
#ifndef RA_NET_REPLAY_INDEX_H
#define RA_NET_REPLAY_INDEX_H

#include "data/recording.h"

enum { RA_REPLAY_ANCHOR = 24 };

typedef enum ra_found {
    RA_FOUND_NOTHING,
    RA_FOUND_EXACT,
    RA_FOUND_CONTAINED,
    RA_FOUND_SEVERAL, /* several items, and none contains the others */
} ra_found;

/* One turn of one item. */
typedef struct ra_replay_place {
    size_t set, item, turn; /* turn from 1 */
    size_t next;            /* another with the same turns up to here, RA_MAP_NONE = none */
} ra_replay_place;

typedef struct ra_replay_index {
    ra_replay_place *places;
    size_t count, capacity;
    ra_map exact;           /* turns 1..k of an item -> first place */
    struct anchor *anchors; /* first turns, by the hash of their first bytes */
    size_t *buckets;        /* first anchor of a hash, RA_MAP_NONE = none */
    size_t anchor_count, anchor_capacity;
    const ra_item **items; /* of each set */
    size_t set_count;
    ra_arena arena;
} ra_replay_index;

/* Adds all items of a set, which must outlive the index. Sets are numbered 0, 1, ... in order. */
void ra_replay_index_add(ra_replay_index *index, const ra_set *set);
/* messages: the user's, oldest first. *place is a place, whose `next` leads to its doubles; it is
 * set when the result is EXACT or CONTAINED. */
ra_found ra_replay_find(const ra_replay_index *index, const char *const *messages, size_t count,
                        size_t *place);
void ra_replay_index_release(ra_replay_index *index);

#endif
