/* Token ids of many texts, and how fast they come.
 *
 *     bench_tokenizer FOLDER TEXTS IDS [MAX_TOKENS] [THREADS] [ROUNDS]
 *
 * TEXTS: for every text its bytes as uint32, and the bytes. IDS is written alike: their number as
 * uint32, and the ids as int32. The best round's seconds go to standard output.
 * tests/peers/token_ids.py compares the ids, tests/bench/token_speed.py the speed. */
#include "base/file.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "embed/tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct text {
    const char *bytes;
    uint32_t length;
    uint32_t count;
    int32_t *ids;
} text;

typedef struct batch {
    const ra_tokenizer *tokenizer;
    text *texts;
    size_t count, max;
} batch;

enum { CHUNK = 64 };

static size_t split(const ra_text *file, text **out)
{
    size_t count = 0, room = 0;
    for (size_t at = 0; at + 4 <= file->length; count++) {
        ra_grow(out, &room, count + 1, sizeof **out);
        text *t = &(*out)[count];
        *t = (text){0};
        memcpy(&t->length, file->text + at, 4);
        t->bytes = file->text + at + 4;
        at += 4 + (size_t)t->length;
    }
    return count;
}

static void encode_chunk(size_t chunk, void *context)
{
    const batch *b = context;
    int32_t *ids = ra_alloc(b->max, sizeof *ids);
    for (size_t i = chunk * CHUNK; i < b->count && i < (chunk + 1) * CHUNK; i++) {
        text *t = &b->texts[i];
        t->count = (uint32_t)ra_tokenizer_encode(b->tokenizer, t->bytes, t->length, b->max, ids);
        free(t->ids);
        t->ids = ra_alloc(t->count + 1, sizeof *ids);
        memcpy(t->ids, ids, t->count * sizeof *ids);
    }
    free(ids);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool run(int argc, char **argv, ra_error *err)
{
    uint64_t max = 1 << 20, threads = 1, rounds = 1;
    ra_tokenizer *tokenizer;
    ra_text file;
    ra_writer out;
    if (argc < 4 || (argc > 4 && !ra_parse_count(argv[4], 1 << 24, &max)) ||
        (argc > 5 && !ra_parse_count(argv[5], 64, &threads)) ||
        (argc > 6 && !ra_parse_count(argv[6], 1000, &rounds)))
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "FOLDER TEXTS IDS [MAX] [THREADS] [ROUNDS]",
                       NULL);
    if (!ra_tokenizer_open(&tokenizer, argv[1], err) || !ra_file_read(argv[2], &file, err))
        return false;
    batch b = {.tokenizer = tokenizer, .max = max};
    b.count = split(&file, &b.texts);
    double best = 1e9;
    for (uint64_t i = 0; i < rounds; i++) {
        double begin = seconds();
        ra_parallel_for((b.count + CHUNK - 1) / CHUNK, (int)threads, encode_chunk, &b);
        double took = seconds() - begin;
        best = took < best ? took : best;
    }
    printf("%.6f\n", best);
    if (!ra_writer_open(&out, argv[3], err))
        return false;
    for (size_t i = 0; i < b.count; i++) {
        fwrite(&b.texts[i].count, 4, 1, out.stream);
        fwrite(b.texts[i].ids, sizeof *b.texts[i].ids, b.texts[i].count, out.stream);
        free(b.texts[i].ids);
    }
    free(b.texts);
    free(file.text);
    ra_tokenizer_free(tokenizer);
    return ra_writer_commit(&out, err);
}

int main(int argc, char **argv)
{
    ra_error err = {0};
    if (run(argc, argv, &err))
        return 0;
    ra_error_print(&err, "bench_tokenizer", stderr);
    return (int)err.code;
}
