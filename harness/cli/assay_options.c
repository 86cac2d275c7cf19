#include "cli/assay_options.h"

#include <string.h>

bool ra_assay_options_check(const ra_assay_options *options, ra_arena *arena,
                            ra_contender **contenders, ra_error *err)
{
    const ra_list *list = &options->routers;
    if ((!options->prompts && !ra_option_needed(options->request.recordings, "recordings", err)) ||
        !ra_option_needed(list->items, "router", err))
        return false;
    *contenders = ra_arena_alloc(arena, list->count, sizeof **contenders);
    for (size_t i = 0; i < list->count; i++) {
        ra_contender_parse(arena, list->items[i], &(*contenders)[i]);
        (*contenders)[i].allow_trained = options->allow_trained;
        (*contenders)[i].cache = options->cache;
        for (size_t j = 0; j < i; j++) {
            if (strcmp((*contenders)[j].name, (*contenders)[i].name) != 0)
                continue;
            ra_failf(err, RA_ERR_USAGE, NULL, 0, "two routers are named '%s'",
                     (*contenders)[i].name);
            return ra_hintf(err, "name them apart: --router NAME=%s", list->items[i]);
        }
    }
    return true;
}
