/* Property: any bytes as overhead.json or as a published table are read, or give an error with a
 * message; and what was read can be derived, written, shown and drawn. The first byte picks the
 * reader. */
#include "measure/overhead.h"
#include "plots/figures.h"
#include "reports/tables.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const ra_overhead *overhead)
{
    ra_document d = {0};
    ra_buf figure = {0};
    ra_document_add_overhead(&d, overhead);
    ra_document_release(&d);
    ra_figure_overhead(overhead, &figure);
    ra_buf_release(&figure);
    ra_json_free(ra_overhead_json(overhead));
    ra_json_free(ra_overhead_hyperfine(overhead));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ra_error err = {0};
    ra_overhead overhead = {0};
    const char *path = temporary_file("file", data + 1, size - 1);
    bool table = data[0] % 2;
    bool ok = table ? ra_overhead_read_published(&overhead, path, &err)
                    : ra_overhead_read(&overhead, path, &err);
    if (ok)
        use(&overhead);
    if (ok || table)
        ra_overhead_release(&overhead);
    if (!ok && !err.message[0])
        abort();
    temporary_end();
    return 0;
}
