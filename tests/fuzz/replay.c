/* Runs a fuzz target over a corpus folder (or on nothing, when there is none) without libFuzzer. */
#include "base/file.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    ra_arena arena = {0};
    char **names;
    size_t count = 0;
    ra_error err;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    if (argc > 1 && ra_folder_exists(argv[1]) &&
        !ra_folder_list(&arena, argv[1], &names, &count, &err))
        return 1;
    for (size_t i = 0; i < count; i++) {
        ra_text file;
        if (!ra_file_read(ra_path_join(&arena, argv[1], names[i]), &file, &err))
            return 1;
        LLVMFuzzerTestOneInput((const uint8_t *)file.text, file.length);
        free(file.text);
    }
    printf("%zu inputs\n", count);
    ra_arena_release(&arena);
    return 0;
}
