/* Every limit on input, in one place. Input is hostile text; whatever parses it stops here with a
 * message that names the limit. */
#ifndef RA_BASE_LIMITS_H
#define RA_BASE_LIMITS_H

#define RA_MAX_FILE (1ULL << 31)          /* bytes of one input file read into memory */
#define RA_MAX_LINE (64UL << 20)          /* bytes of one JSONL line */
#define RA_MAX_FIELD (32UL << 20)         /* bytes of one CSV field */
#define RA_MAX_COLUMNS 4096               /* columns of a CSV file */
#define RA_MAX_JSON_DEPTH 128             /* nesting of one JSON text */
#define RA_MAX_ID 512                     /* bytes of an item id */
#define RA_MAX_TURNS 64                   /* turns of one item */
#define RA_MAX_MODELS 1024                /* models in one recording set */
#define RA_MAX_PATH 4096                  /* bytes of a path */
#define RA_MAX_SOURCE_FILES 10000         /* files named by one sources.json */
#define RA_MAX_MATCH_STEPS 10000000       /* PCRE2 match limit of one extraction */
#define RA_MAX_REPLY_LINE (1UL << 20)     /* bytes of one line that an exec: router may answer */
#define RA_MAX_TENSOR_HEADER (64UL << 20) /* bytes of the header of a safetensors file */
#define RA_MAX_KEPT_ITEMS 10000000        /* measured items in results.json */
#define RA_MAX_DIMENSION 65536            /* numbers in one embedding */
#define RA_MAX_LSA 1024                   /* directions that lsa keeps */
#define RA_MAX_TOKENS (1UL << 22)         /* tokens that a model may be asked to make */
#define RA_MAX_LABELS 32                  /* labels of a causal_llm router */
#define RA_MAX_ALTERNATIVES 1000          /* tokens that a server is asked to list */
#define RA_MAX_REQUEST (4UL << 20)        /* bytes of the body of one request to a replay server */
#define RA_MAX_REQUESTS (256UL << 20)     /* bytes of all bodies that it is receiving */
#define RA_MAX_REQUEST_HEADER 65536       /* bytes of a request's first line and headers */
#define RA_MAX_MESSAGES 1024              /* messages of one conversation */
#define RA_MAX_EMBED_INPUTS 2048          /* texts of one request for vectors */
#define RA_MAX_CONNECTIONS 4096           /* to a replay server, at once */
#define RA_MAX_RECEIVE_S 30               /* seconds that a request to it may take to arrive */
#define RA_MAX_SEND_S 120                 /* seconds that its answer may take to leave */
#define RA_MAX_LATENCY_MS 3600000         /* that it may pretend */
#define RA_MAX_ANSWER (64UL << 20)        /* bytes of one HTTP answer */
#define RA_MAX_HEADERS (256UL << 10)      /* bytes of the headers of one HTTP answer */
#define RA_MAX_CONCURRENCY 1024           /* HTTP requests at once */
#define RA_MAX_REPETITION 100000          /* number of one repetition of a call */
#define RA_MAX_VOCABULARY (1 << 22)       /* tokens of one tokenizer */
#define RA_MAX_TOKEN 1024                 /* bytes of one token */
#define RA_MAX_ADDED_TOKENS 4096          /* tokens added to a vocabulary */
#define RA_MAX_LAYERS 256                 /* layers of one transformer */
#define RA_MAX_NGRAM_MEMO (32UL << 20)    /* bytes of texts whose n-grams are kept counted */

#endif
