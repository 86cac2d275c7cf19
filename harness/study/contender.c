#include "study/contender.h"

#include "base/text.h"
#include "routers/folds.h"

#include <string.h>

static bool is_name(const char *text, size_t length)
{
    return length > 0 && strcspn(text, ":/") >= length;
}

void ra_contender_parse(ra_arena *arena, const char *text, ra_contender *out)
{
    *out = (ra_contender){.router = text};
    const char *equals = strchr(text, '=');
    if (equals && is_name(text, (size_t)(equals - text))) {
        out->name = ra_arena_strndup(arena, text, (size_t)(equals - text));
        out->router = equals + 1;
        return;
    }
    size_t kind = strcspn(text, ":");
    out->name = ra_arena_strndup(arena, text, kind);
    if (text[kind] && (strcmp(out->name, "scores") == 0 || strcmp(out->name, "plugin") == 0)) {
        const char *slash = strrchr(text + kind + 1, '/');
        const char *base = slash ? slash + 1 : text + kind + 1;
        const char *dot = strrchr(base, '.');
        out->name = ra_arena_strndup(arena, base, dot ? (size_t)(dot - base) : strlen(base));
    }
}

const ra_router_kind *ra_contender_kind(const ra_contender *contender)
{
    for (const ra_router_kind *const *k = ra_router_kinds; *k; k++) {
        size_t length = strlen((*k)->name);
        if (strncmp((*k)->name, contender->router, length) == 0 &&
            (contender->router[length] == 0 || contender->router[length] == ':'))
            return *k;
    }
    return NULL;
}

unsigned ra_contender_flags(const ra_contender *contender)
{
    const ra_router_kind *kind = ra_contender_kind(contender);
    return kind ? kind->flags : 0;
}

const char *ra_with_benchmark(ra_arena *arena, const char *router, const char *benchmark)
{
    static const char mark[] = "{benchmark}";
    const char *at = strstr(router, mark);
    return at ? ra_arena_printf(arena, "%.*s%s%s", (int)(at - router), router, benchmark,
                                at + strlen(mark))
              : router;
}

const char *ra_contender_spec(ra_arena *arena, const ra_contender *c, const char *benchmark)
{
    return ra_with_benchmark(arena, c->run ? c->run : c->router, benchmark);
}

bool ra_contender_reads_file(const char *router)
{
    static const char *const kinds[] = {"scores:", "plugin:", "http:", "routed:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (ra_has_prefix(router, kinds[i]))
            return true;
    return false;
}

const char *ra_contender_file(ra_arena *arena, const ra_contender *contender, const char *benchmark)
{
    const char *spec = ra_contender_spec(arena, contender, benchmark);
    return ra_contender_reads_file(spec) ? strchr(spec, ':') + 1 : NULL;
}
