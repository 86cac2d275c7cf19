#include "net/replay_index.h"

#include "base/limits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1 << 14 };

/* The first turn of an item, normalised. Doubles share one anchor. */
struct anchor {
    const char *text;
    size_t length, place;
    uint64_t hash; /* of its first RA_REPLAY_ANCHOR bytes */
    size_t next;   /* in the bucket */
};

/* --- texts --- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Appends text without white space at its ends, CRLF as LF. */
static void add_normal(ra_buf *out, const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && is_space(text[length - 1]))
        length--;
    while (length > 0 && is_space(*text)) {
        text++;
        length--;
    }
    for (const char *end = text + length; text < end; text++)
        if (*text != '\r' || text + 1 == end || text[1] != '\n')
            ra_buf_putc(out, *text);
}

static char *normal(ra_arena *arena, const char *text)
{
    ra_buf out = {0};
    add_normal(&out, text);
    char *kept = ra_arena_strndup(arena, out.text ? out.text : "", out.length);
    ra_buf_release(&out);
    return kept;
}

/* A key that no other list of texts has: each with its length before it. */
static void add_key(ra_buf *key, const char *normalised)
{
    ra_buf_printf(key, "%zu:", strlen(normalised));
    ra_buf_puts(key, normalised);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Whether the part of `text` is not cut out of a word. */
static bool stands_alone(const char *text, const char *part, size_t length)
{
    const char *end = part + length;
    return !(part > text && is_word(part[-1]) && is_word(*part)) &&
           !(is_word(end[-1]) && is_word(*end));
}

/* End of `part` in text from `from` on, NULL if it is not there. */
static const char *after(const char *text, const char *from, const char *part)
{
    size_t length = strlen(part);
    if (length < RA_REPLAY_ANCHOR)
        return NULL;
    for (const char *at = from; (at = strstr(at, part)); at++)
        if (stands_alone(text, at, length))
            return at + length;
    return NULL;
}

/* --- building --- */

static const uint64_t base = 0x9e3779b97f4a7c15;

static uint64_t anchor_hash(const char *text)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < RA_REPLAY_ANCHOR; i++)
        hash = hash * base + (unsigned char)text[i];
    return hash;
}

static size_t bucket_of(uint64_t hash)
{
    return (size_t)((hash ^ hash >> 32) & (BUCKETS - 1));
}

static void add_anchor(ra_replay_index *index, const char *text, size_t place)
{
    size_t length = strlen(text);
    if (length < RA_REPLAY_ANCHOR)
        return;
    if (!index->buckets) {
        index->buckets = ra_alloc(BUCKETS, sizeof *index->buckets);
        for (size_t i = 0; i < BUCKETS; i++)
            index->buckets[i] = RA_MAP_NONE;
    }
    ra_grow(&index->anchors, &index->anchor_capacity, index->anchor_count + 1,
            sizeof *index->anchors);
    uint64_t hash = anchor_hash(text);
    size_t *bucket = &index->buckets[bucket_of(hash)];
    index->anchors[index->anchor_count] = (struct anchor){text, length, place, hash, *bucket};
    *bucket = index->anchor_count++;
}

static void add_place(ra_replay_index *index, ra_replay_place place, const char *key,
                      const char *first_turn)
{
    ra_grow(&index->places, &index->capacity, index->count + 1, sizeof *index->places);
    size_t added = index->count++, same = ra_map_get(&index->exact, key);
    place.next = RA_MAP_NONE;
    index->places[added] = place;
    if (same != RA_MAP_NONE) {
        while (index->places[same].next != RA_MAP_NONE)
            same = index->places[same].next;
        index->places[same].next = added;
        return;
    }
    (void)ra_map_add(&index->exact, ra_arena_strdup(&index->arena, key), added);
    if (place.turn == 1)
        add_anchor(index, first_turn, added);
}

void ra_replay_index_add(ra_replay_index *index, const ra_set *set)
{
    const ra_item **items = ra_alloc(index->set_count + 1, sizeof *items);
    if (index->set_count > 0)
        memcpy(items, index->items, index->set_count * sizeof *items);
    free(index->items);
    index->items = items;
    items[index->set_count] = set->items;
    for (size_t i = 0; i < set->item_count; i++) {
        ra_buf key = {0};
        for (size_t t = 0; t < set->items[i].turn_count; t++) {
            const char *text = normal(&index->arena, set->items[i].turns[t]);
            add_key(&key, text);
            add_place(index, (ra_replay_place){index->set_count, i, t + 1, 0}, key.text, text);
        }
        ra_buf_release(&key);
    }
    index->set_count++;
}

void ra_replay_index_release(ra_replay_index *index)
{
    free(index->places);
    free(index->anchors);
    free(index->buckets);
    free(index->items);
    ra_map_release(&index->exact);
    ra_arena_release(&index->arena);
    *index = (ra_replay_index){0};
}

/* --- finding --- */

static size_t find_exact(const ra_replay_index *index, char *const *messages, size_t count)
{
    size_t found = RA_MAP_NONE;
    for (size_t k = count < RA_MAX_TURNS ? count : RA_MAX_TURNS; k > 0 && found == RA_MAP_NONE;
         k--) {
        ra_buf key = {0};
        for (size_t i = count - k; i < count; i++)
            add_key(&key, messages[i]);
        found = ra_map_get(&index->exact, key.text);
        ra_buf_release(&key);
    }
    return found;
}

/* What a text contains: the longest first turn, and whether all others stand in it. */
typedef struct contents {
    const struct anchor *longest;
    const char *end; /* of the longest, where it first occurs */
    bool several;
} contents;

typedef void see(contents *c, const struct anchor *anchor, const char *end);

static void see_longest(contents *c, const struct anchor *anchor, const char *end)
{
    if (c->longest && c->longest->length >= anchor->length)
        return;
    c->longest = anchor;
    c->end = end;
}

static void see_others(contents *c, const struct anchor *anchor, const char *end)
{
    (void)end;
    c->several = c->several || (anchor != c->longest && !strstr(c->longest->text, anchor->text));
}

/* Slides a window over the text and looks its hash up (Rabin and Karp): linear in the text. */
static void scan(const ra_replay_index *index, const char *text, contents *c, see *seen)
{
    size_t length = strlen(text);
    if (length < RA_REPLAY_ANCHOR || !index->buckets)
        return;
    uint64_t first = 1, hash = anchor_hash(text);
    for (size_t i = 1; i < RA_REPLAY_ANCHOR; i++)
        first *= base;
    for (size_t at = 0;; at++) {
        size_t left = length - at;
        for (size_t i = index->buckets[bucket_of(hash)]; i != RA_MAP_NONE;
             i = index->anchors[i].next) {
            const struct anchor *a = &index->anchors[i];
            if (a->hash == hash && a->length <= left &&
                memcmp(text + at, a->text, a->length) == 0 &&
                stands_alone(text, text + at, a->length))
                seen(c, a, text + at + a->length);
        }
        if (left == RA_REPLAY_ANCHOR)
            return;
        hash = (hash - first * (unsigned char)text[at]) * base +
               (unsigned char)text[at + RA_REPLAY_ANCHOR];
    }
}

static contents find_contents(const ra_replay_index *index, const char *text)
{
    contents found = {0};
    scan(index, text, &found, see_longest);
    if (found.longest)
        scan(index, text, &found, see_others);
    return found;
}

/* The place of another turn of the item at `place`. */
static size_t with_turn(const ra_replay_index *index, size_t place, size_t turn)
{
    ra_replay_place p = index->places[place];
    for (; index->places[place].item == p.item && index->places[place].set == p.set; place++)
        if (index->places[place].turn == turn)
            return place;
    return RA_MAP_NONE;
}

static const ra_item *item_at(const ra_replay_index *index, size_t place)
{
    return &index->items[index->places[place].set][index->places[place].item];
}

/* A whole conversation in one message: turn 1, and others after it. */
static size_t last_turn(const ra_replay_index *index, const contents *c, const char *text,
                        ra_arena *scratch)
{
    const ra_item *item = item_at(index, c->longest->place);
    size_t turn = 1;
    for (const char *at = c->end; turn < item->turn_count; turn++)
        if (!(at = after(text, at, normal(scratch, item->turns[turn]))))
            break;
    return with_turn(index, c->longest->place, turn);
}

/* A later turn in the last message, the first one in a message before it. */
static size_t later_turn(const ra_replay_index *index, const struct anchor *anchor,
                         const char *last, ra_arena *scratch)
{
    for (size_t p = anchor->place; p != RA_MAP_NONE; p = index->places[p].next) {
        const ra_item *item = item_at(index, p);
        for (size_t t = item->turn_count; t > 1; t--) {
            const char *turn = normal(scratch, item->turns[t - 1]);
            if (strcmp(last, turn) == 0 || after(last, last, turn))
                return with_turn(index, p, t);
        }
    }
    return RA_MAP_NONE;
}

static ra_found find_contained(const ra_replay_index *index, char *const *messages, size_t count,
                               size_t *place, ra_arena *scratch)
{
    const char *last = messages[count - 1];
    contents c = find_contents(index, last);
    if (c.several)
        return RA_FOUND_SEVERAL;
    if (c.longest) {
        *place = last_turn(index, &c, last, scratch);
        return RA_FOUND_CONTAINED;
    }
    ra_buf before = {0};
    for (size_t i = 0; i + 1 < count; i++) {
        ra_buf_puts(&before, messages[i]);
        ra_buf_puts(&before, "\n\n");
    }
    c = find_contents(index, before.text ? before.text : "");
    *place = c.longest && !c.several ? later_turn(index, c.longest, last, scratch) : RA_MAP_NONE;
    ra_buf_release(&before);
    return c.several               ? RA_FOUND_SEVERAL
           : *place == RA_MAP_NONE ? RA_FOUND_NOTHING
                                   : RA_FOUND_CONTAINED;
}

ra_found ra_replay_find(const ra_replay_index *index, const char *const *messages, size_t count,
                        size_t *place)
{
    if (count == 0)
        return RA_FOUND_NOTHING;
    ra_arena scratch = {0};
    char **texts = ra_arena_alloc(&scratch, count, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        texts[i] = normal(&scratch, messages[i]);
    ra_found found = RA_FOUND_EXACT;
    *place = find_exact(index, texts, count);
    if (*place == RA_MAP_NONE)
        found = find_contained(index, texts, count, place, &scratch);
    ra_arena_release(&scratch);
    return found;
}
