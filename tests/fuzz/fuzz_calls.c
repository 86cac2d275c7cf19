/* Property: any bytes for an exported store are verified or refused with a message; what passes is
 * imported, and exported again in the same order. */
#include "net/call_list.h"
#include "net/exchange.h"
#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void import(const char *path, size_t calls)
{
    ra_error err = {0};
    ra_exchange in, out;
    ra_store *store = ra_store_open(temporary("store"), RA_STORE_RECORD, &err);
    if (!store || !ra_exchange_import(store, path, &in, &err) || in.added != calls ||
        !ra_exchange_export(store, NULL, temporary("again"), &out, &err) || out.calls != calls)
        abort();
    ra_store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ra_error err = {0};
    ra_exchange found;
    ra_arena arena = {0};
    ra_call *list;
    size_t count;
    const ra_endpoint endpoint = {.url = "http://127.0.0.1/v1"};
    char path[256];
    snprintf(path, sizeof path, "%s", temporary_file("in", data, size));
    if (ra_exchange_verify(path, NULL, &found, &err))
        import(path, found.calls);
    else if (!err.message[0])
        abort();
    err.message[0] = '\0';
    if (!ra_call_list_read(path, &endpoint, &arena, &list, &count, &err) && !err.message[0])
        abort();
    ra_arena_release(&arena);
    temporary_end();
    return 0;
}
