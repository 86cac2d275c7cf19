#include "measure/fields.h"

#include <math.h>

ra_json *ra_estimate_json(const ra_estimate *e)
{
    ra_json *o = ra_json_new_object();
    ra_json_put_number(o, "value", e->value);
    ra_json_put_number(o, "lo", e->lo);
    ra_json_put_number(o, "hi", e->hi);
    return o;
}

bool ra_field_text(ra_fields *f, const ra_json *o, const char *key, const char **out)
{
    const char *found = NULL;
    if (!ra_json_maybe_string(o, key, f->at, &found, f->err))
        return false;
    *out = found ? ra_arena_strdup(f->arena, found) : NULL;
    return true;
}

bool ra_field_needed(ra_fields *f, const ra_json *o, const char *key, const char **out)
{
    const char *found;
    if (!ra_json_string(o, key, f->at, &found, f->err))
        return false;
    *out = ra_arena_strdup(f->arena, found);
    return true;
}

bool ra_field_number(ra_fields *f, const ra_json *o, const char *key, double *out)
{
    *out = NAN;
    return ra_json_maybe_number(o, key, f->at, out, f->err);
}

bool ra_field_count(ra_fields *f, const ra_json *o, const char *key, size_t *out)
{
    uint64_t n;
    if (!ra_json_count(o, key, f->at, 1ULL << 52, &n, f->err))
        return false;
    *out = (size_t)n;
    return true;
}
