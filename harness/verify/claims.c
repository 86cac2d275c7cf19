/* Reading claim files. */
#include "verify/claims.h"

#include "data/json.h"

#include <string.h>

#define SCHEMA "routeassay.claims/1"

static bool keep(ra_claims *c, const ra_json *o, const char *key, bool needed, ra_json_at at,
                 const char **out, ra_error *err)
{
    const char *text = NULL;
    if (needed ? !ra_json_string(o, key, at, &text, err)
               : !ra_json_maybe_string(o, key, at, &text, err))
        return false;
    *out = text ? ra_arena_strdup(&c->arena, text) : NULL;
    return true;
}

static bool is_relation(const char *text)
{
    static const char *const relations[] = {"=", ">=", "<=", ">", "<"};
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        if (strcmp(text, relations[i]) == 0)
            return true;
    return false;
}

static bool check(ra_claims *c, const ra_claim *claim, ra_json_at at, ra_error *err)
{
    double value;
    if (!claim->id || !claim->published || !claim->relation)
        return false; /* required, so read; the analyser cannot see it */
    if (ra_map_add(&c->by_id, claim->id, c->claim_count) != RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, at.file, 0, "claim '%s' appears twice", claim->id);
    if (!ra_parse_number(claim->published, &value))
        return ra_failf(err, RA_ERR_INPUT, at.file, 0,
                        "claim '%s': field 'published': a number as printed expected, found '%s'",
                        claim->id, claim->published);
    if (claim->tolerance && (!ra_parse_number(claim->tolerance, &value) || value < 0))
        return ra_failf(err, RA_ERR_INPUT, at.file, 0,
                        "claim '%s': field 'tolerance': a number of at least 0 as printed "
                        "expected, found '%s'",
                        claim->id, claim->tolerance);
    if (!is_relation(claim->relation))
        return ra_failf(err, RA_ERR_INPUT, at.file, 0,
                        "claim '%s': field 'relation': =, >=, <=, > or < expected", claim->id);
    if (!claim->quantity && !claim->needs)
        return ra_failf(err, RA_ERR_INPUT, at.file, 0,
                        "claim '%s': 'quantity', or 'needs' expected", claim->id);
    return true;
}

static bool read_claim(ra_claims *c, const ra_json *o, ra_json_at at, ra_error *err)
{
    static const char *const keys[] = {"id",       "source",    "statement", "quantity",
                                       "relation", "published", "tolerance", "needs",
                                       "note",     NULL};
    ra_claim *claim = &c->claims[c->claim_count];
    if (!ra_json_is_object(o))
        return ra_fail(err, RA_ERR_INPUT, at.file, 0, "field 'claims': objects expected", NULL);
    if (!ra_json_only(o, keys, at, err) || !keep(c, o, "id", true, at, &claim->id, err) ||
        !keep(c, o, "source", true, at, &claim->source, err) ||
        !keep(c, o, "statement", true, at, &claim->statement, err) ||
        !keep(c, o, "quantity", false, at, &claim->quantity, err) ||
        !keep(c, o, "relation", false, at, &claim->relation, err) ||
        !keep(c, o, "published", true, at, &claim->published, err) ||
        !keep(c, o, "tolerance", false, at, &claim->tolerance, err) ||
        !keep(c, o, "needs", false, at, &claim->needs, err) ||
        !keep(c, o, "note", false, at, &claim->note, err))
        return false;
    claim->relation = claim->relation ? claim->relation : "=";
    if (!check(c, claim, at, err))
        return false;
    c->claim_count++;
    return true;
}

static bool read_values(ra_claims *c, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const ra_json *values = NULL;
    if (!ra_json_maybe_object(doc, "values", at, &values, err))
        return false;
    c->values = ra_arena_alloc(&c->arena, ra_json_size(values), sizeof *c->values);
    for (const ra_json *e = ra_json_first(values); e; e = ra_json_next(e)) {
        double value;
        const char *printed = ra_json_text(e);
        if (!printed || !ra_parse_number(printed, &value))
            return ra_failf(err, RA_ERR_INPUT, at.file, 0,
                            "value '%s': a number as printed expected, as a string",
                            ra_json_key(e));
        ra_published *v = &c->values[c->value_count];
        *v = (ra_published){ra_arena_strdup(&c->arena, ra_json_key(e)),
                            ra_arena_strdup(&c->arena, printed)};
        ra_map_add(&c->by_name, v->name, c->value_count++);
    }
    return true;
}

/* The claim that a field of a row names. */
static bool find_claim(ra_claims *c, const ra_json *row, const char *key, ra_json_at at,
                       const ra_claim **out, ra_error *err)
{
    const char *id;
    if (!ra_json_string(row, key, at, &id, err))
        return false;
    size_t index = ra_map_get(&c->by_id, id);
    if (index == RA_MAP_NONE)
        return ra_failf(err, RA_ERR_INPUT, at.file, 0, "field '%s' of a table: no claim '%s'", key,
                        id);
    *out = &c->claims[index];
    return true;
}

static bool read_row(ra_claims *c, const ra_json *o, ra_json_at at, ra_published_row *row,
                     ra_error *err)
{
    static const char *const keys[] = {"kind",  "router", "trained_on", "cpt50",
                                       "cpt80", "apgr",   NULL};
    return ra_json_only(o, keys, at, err) && keep(c, o, "kind", true, at, &row->kind, err) &&
           keep(c, o, "router", true, at, &row->router, err) &&
           keep(c, o, "trained_on", true, at, &row->trained_on, err) &&
           find_claim(c, o, "cpt50", at, &row->cpt50, err) &&
           find_claim(c, o, "cpt80", at, &row->cpt80, err) &&
           find_claim(c, o, "apgr", at, &row->apgr, err);
}

static bool read_table(ra_claims *c, const ra_json *o, ra_json_at at, ra_published_table *table,
                       ra_error *err)
{
    static const char *const keys[] = {"name", "title", "benchmark", "differs", "rows", NULL};
    const ra_json *rows;
    if (!ra_json_is_object(o))
        return ra_fail(err, RA_ERR_INPUT, at.file, 0, "field 'tables': objects expected", NULL);
    if (!ra_json_only(o, keys, at, err) || !keep(c, o, "name", true, at, &table->name, err) ||
        !keep(c, o, "title", true, at, &table->title, err) ||
        !keep(c, o, "benchmark", true, at, &table->benchmark, err) ||
        !keep(c, o, "differs", true, at, &table->differs, err) ||
        !ra_json_array(o, "rows", at, &rows, err))
        return false;
    table->rows = ra_arena_alloc(&c->arena, ra_json_size(rows), sizeof *table->rows);
    for (const ra_json *e = ra_json_first(rows); e; e = ra_json_next(e))
        if (!ra_json_is_object(e))
            return ra_fail(err, RA_ERR_INPUT, at.file, 0, "field 'rows': objects expected", NULL);
        else if (!read_row(c, e, at, &table->rows[table->row_count++], err))
            return false;
    return true;
}

static bool read_tables(ra_claims *c, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const ra_json *tables = NULL;
    if (!ra_json_maybe_array(doc, "tables", at, &tables, err))
        return false;
    c->tables = ra_arena_alloc(&c->arena, ra_json_size(tables), sizeof *c->tables);
    for (const ra_json *e = ra_json_first(tables); e; e = ra_json_next(e))
        if (!read_table(c, e, at, &c->tables[c->table_count++], err))
            return false;
    return true;
}

static bool read_document(ra_claims *c, const ra_json *doc, ra_json_at at, ra_error *err)
{
    const char *schema;
    const ra_json *about, *list;
    if (!ra_json_string(doc, "schema", at, &schema, err))
        return false;
    if (strcmp(schema, SCHEMA) != 0)
        return ra_failf(err, RA_ERR_INPUT, at.file, at.line,
                        "field 'schema': '" SCHEMA "' expected, found '%s'", schema);
    if (!ra_json_object(doc, "document", at, &about, err) ||
        !keep(c, about, "name", true, at, &c->name, err) ||
        !keep(c, about, "title", true, at, &c->title, err) ||
        !keep(c, about, "url", false, at, &c->url, err) || !read_values(c, doc, at, err) ||
        !ra_json_array(doc, "claims", at, &list, err))
        return false;
    c->claims = ra_arena_alloc(&c->arena, ra_json_size(list), sizeof *c->claims);
    for (const ra_json *e = ra_json_first(list); e; e = ra_json_next(e))
        if (!read_claim(c, e, at, err))
            return false;
    if (c->claim_count == 0)
        return ra_fail(err, RA_ERR_INPUT, at.file, 0, "no claims", NULL);
    return read_tables(c, doc, at, err);
}

bool ra_claims_read(ra_claims *claims, const char *path, ra_error *err)
{
    *claims = (ra_claims){0};
    claims->path = ra_arena_strdup(&claims->arena, path);
    ra_json *doc = ra_json_read(path, err);
    bool ok = doc && read_document(claims, doc, (ra_json_at){claims->path, 1}, err);
    ra_json_free(doc);
    if (!ok)
        ra_claims_release(claims);
    return ok;
}

void ra_claims_release(ra_claims *claims)
{
    ra_map_release(&claims->by_name);
    ra_map_release(&claims->by_id);
    ra_arena_release(&claims->arena);
    *claims = (ra_claims){0};
}
