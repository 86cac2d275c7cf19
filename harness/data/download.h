/* Downloads over HTTP and HTTPS: many at once, each resumed, retried and verified (data/part.h).
 *
 * What is tried again, with exponential back-off and jitter: failed connections, bodies cut short,
 * the statuses 408, 409, 425, 429 and 5xx. Retry-After is obeyed, by all files at once, and a
 * server that asks for more than two minutes is not waited for. Other statuses are final. A part
 * that is there is continued with a Range request; if the server ignores that, or the whole turns
 * out wrong, the file is fetched once more from its first byte. A wrong file is removed, a partial
 * one is kept for the next run.
 *
 * One file's failure does not stop the others, with two exceptions: a disk that cannot be written,
 * and a network on which nobody answers. Then the whole run ends at once.
 *
 * libcurl's proxy variables (https_proxy, no_proxy ...) work; certificates are always checked;
 * redirects are followed five times, never from https to http or to anything else.
 */
#ifndef RA_DATA_DOWNLOAD_H
#define RA_DATA_DOWNLOAD_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ra_download {
    const char *url;    /* see ra_url_is_plain */
    const char *path;   /* where the file goes */
    uint64_t size;      /* bytes; not one more is taken */
    const char *sha256; /* 64 lower-case hex digits */
    bool done;          /* result: the file is in place */
    ra_error error;     /* result: why it is not, when it was tried */
} ra_download;

typedef struct ra_download_options {
    const char *what;     /* for the progress line: "fetch" */
    unsigned concurrency; /* transfers at once; 0 = 8 */
    unsigned attempts;    /* per file; 0 = 5 */
} ra_download_options;

/* True when all are done. Else `err` is the error that ended the run, or that of the first file
 * that failed: RA_ERR_REMOTE for the network and wrong content, RA_ERR_INPUT for the disk. */
RA_MUST_CHECK bool ra_downloads_run(ra_download *files, size_t count,
                                    const ra_download_options *options, ra_error *err);

#endif
