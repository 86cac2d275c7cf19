/* What results.json and overhead.json have in common: how an estimate is written, and fields that
 * are read into an arena. */
#ifndef RA_MEASURE_FIELDS_H
#define RA_MEASURE_FIELDS_H

#include "measure/results.h"

/* {"value","lo","hi"}, null for NaN. */
ra_json *ra_estimate_json(const ra_estimate *e);

typedef struct ra_fields {
    ra_arena *arena; /* owns the texts that are read */
    ra_json_at at;
    ra_error *err;
} ra_fields;

/* NULL when absent or null. */
RA_MUST_CHECK bool ra_field_text(ra_fields *f, const ra_json *o, const char *key, const char **out);
RA_MUST_CHECK bool ra_field_needed(ra_fields *f, const ra_json *o, const char *key,
                                   const char **out);
/* NaN when absent or null. */
RA_MUST_CHECK bool ra_field_number(ra_fields *f, const ra_json *o, const char *key, double *out);
RA_MUST_CHECK bool ra_field_count(ra_fields *f, const ra_json *o, const char *key, size_t *out);

#endif
