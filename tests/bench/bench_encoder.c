/* Seconds from tokens to vectors, best of several, for texts of given lengths; and what sgemm alone
 * reaches on as many threads. bench_encoder FOLDER LENGTHS.txt THREADS RUNS; tests/bench/encoder.py
 * holds it against PyTorch. */
#include "base/matrix.h"
#include "base/progress.h"
#include "base/rng.h"
#include "embed/encoder.h"

#include <stdlib.h>
#include <string.h>

static ra_tokens read_lengths(const char *path, size_t vocabulary)
{
    enum { MOST = 1 << 16 };
    size_t *start = ra_alloc(MOST + 1, sizeof *start), count = 0;
    FILE *file = fopen(path, "r");
    char word[32];
    uint64_t length;
    while (file && count < MOST && fscanf(file, "%31s", word) == 1 &&
           ra_parse_count(word, MOST, &length)) {
        start[count + 1] = start[count] + length;
        count++;
    }
    if (file)
        fclose(file);
    int32_t *ids = ra_alloc(start[count] + 1, sizeof *ids);
    for (size_t i = 0; i < start[count]; i++)
        ids[i] = (int32_t)(5 + ra_rng_bits(1, 1, i) % (vocabulary - 5));
    return (ra_tokens){count, start, ids};
}

/* FLOP/s of products of a size that suits BLAS. */
static double peak_of(int threads)
{
    const size_t M = 1024, K = 768;
    float *a = ra_alloc(M * K, sizeof *a), *b = ra_alloc(M * K, sizeof *b);
    float *c = ra_alloc(M * M, sizeof *c);
    double best = 1e9;
    for (int run = 0; run < 10; run++) {
        double from = ra_now_s();
        ra_matrix_rows_by_rows(a, M, b, M, K, c, threads);
        double took = ra_now_s() - from;
        best = took < best ? took : best;
    }
    free(a);
    free(b);
    free(c);
    return 2.0 * (double)(M * M * K) / best;
}

int main(int argc, char **argv)
{
    ra_error err;
    ra_encoder e;
    uint64_t threads, runs;
    if (argc != 5 || !ra_parse_count(argv[3], 1024, &threads) ||
        !ra_parse_count(argv[4], 100000, &runs)) {
        fprintf(stderr, "bench_encoder FOLDER LENGTHS.txt THREADS RUNS\n");
        return 2;
    }
    if (!ra_encoder_open(&e, argv[1], &err)) {
        ra_error_print(&err, "bench_encoder", stderr);
        return (int)err.code;
    }
    ra_tokens tokens = read_lengths(argv[2], e.bert.config.vocabulary);
    if (!ra_bert_check(&e.bert, &(ra_bert_batch){tokens.texts, tokens.start, tokens.ids}, &err)) {
        ra_error_print(&err, "bench_encoder", stderr);
        return (int)err.code;
    }
    float *vectors = ra_alloc(tokens.texts * e.bert.config.hidden, sizeof *vectors);
    double best = 1e9;
    for (uint64_t run = 0; run < runs; run++) {
        double from = ra_now_s();
        ra_encoder_encode_tokens(&e, &tokens, RA_POOL_MEAN, (int)threads, vectors);
        double took = ra_now_s() - from;
        best = took < best ? took : best;
    }
    printf("{\"seconds\": %.9g, \"peak_flops\": %.9g}\n", best, peak_of((int)threads));
    free(vectors);
    ra_tokens_release(&tokens);
    ra_encoder_close(&e);
    return 0;
}
