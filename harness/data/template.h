/* Text with {names} in it, filled in as Python's str.format does: {{ and }} are braces.
 *
 *     const ra_field fields[] = {{"question", item->turns[0]}, {"answer", text}};
 *     if (!ra_template_fill("Q: {question}\nA: {answer}", fields, 2, at, &out, err)) ...
 *
 * Values are data: braces in them are left alone. Conversions and format specifications ({name!r},
 * {name:>5}, {0}) are not known and refused. */
#ifndef RA_DATA_TEMPLATE_H
#define RA_DATA_TEMPLATE_H

#include "data/json.h"

typedef struct ra_field {
    const char *name, *value; /* value NULL: known, but not there in this case */
} ra_field;

/* Appends to `out`. A brace without its partner, a name that is not among the fields and one whose
 * value is NULL are errors (exit 3) that name it. */
RA_MUST_CHECK bool ra_template_fill(const char *text, const ra_field *fields, size_t count,
                                    ra_json_at at, ra_buf *out, ra_error *err);

#endif
