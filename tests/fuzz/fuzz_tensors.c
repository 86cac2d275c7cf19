/* Property: any bytes as a safetensors or .npy file are read, or give an error with a message, and
 * every value of what was read can be touched. The first byte picks the reader. */
#include "data/npy.h"
#include "data/safetensors.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(const void *data, size_t bytes)
{
    const unsigned char *b = data;
    volatile unsigned sum = 0;
    for (size_t i = 0; i < bytes; i++)
        sum = sum + b[i];
}

static bool read_tensors(const char *path, ra_error *err)
{
    ra_safetensors file;
    if (!ra_safetensors_open(&file, path, err))
        return false;
    for (size_t i = 0; i < file.count; i++)
        touch(file.tensors[i].data, file.tensors[i].count * ra_dtype_size(file.tensors[i].dtype));
    ra_safetensors_close(&file);
    return true;
}

static bool read_npy(const char *path, ra_error *err)
{
    ra_npy npy;
    if (!ra_npy_open(&npy, path, err))
        return false;
    touch(npy.values, npy.rows * npy.columns * sizeof *npy.values);
    ra_npy_close(&npy);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ra_error err = {0};
    const char *path = temporary_file("file", data + 1, size - 1);
    bool ok = data[0] % 2 ? read_npy(path, &err) : read_tensors(path, &err);
    if (!ok && !err.message[0])
        abort();
    temporary_end();
    return 0;
}
