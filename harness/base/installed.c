#include "base/installed.h"

#include "base/file.h"
#include "ra_config.h"

#include <stdlib.h>

const char *ra_installed_file(ra_arena *arena, const char *name)
{
    const char *chosen = getenv("ROUTEASSAY_DATA");
    if (chosen && *chosen)
        return ra_path_join(arena, chosen, name);
    const char *installed = ra_path_join(arena, RA_INSTALL_DATADIR, name);
    if (ra_file_exists(installed) || ra_folder_exists(installed))
        return installed;
    return ra_path_join(arena, RA_SOURCE_DIR, name);
}
