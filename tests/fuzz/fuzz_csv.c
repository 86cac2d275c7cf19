/* Property: any bytes give a result or an error with a message; no crash, no leak. */
#include "base/file.h"
#include "data/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ra_csv csv;
    ra_error err;
    if (ra_csv_read(&csv, path, &err)) {
        for (size_t row = 0; row < csv.rows; row++)
            for (size_t column = 0; column < csv.columns; column++)
                if (!ra_csv_cell(&csv, row, column))
                    abort();
        ra_csv_release(&csv);
    } else if (!err.message[0]) {
        abort();
    }
    close(fd);
    return 0;
}
