#include "reports/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char nothing[] = "\u2013";

const char *ra_printable_text(ra_arena *arena, const char *text)
{
    size_t size = 4 * strlen(text ? text : "") + 8; /* \xNN for each byte, and no "..." */
    char *line = ra_arena_alloc(arena, size, 1);
    ra_printable(line, size, text ? text : "");
    return line;
}

const char *ra_file_part(ra_arena *arena, const char *text)
{
    ra_buf part = {0};
    ra_buf_file_part(&part, text ? text : "");
    const char *copy = ra_arena_strdup(arena, part.text);
    ra_buf_release(&part);
    return copy;
}

ra_table *ra_table_new(ra_arena *arena, const char *name, const char *title,
                       const ra_column *columns, size_t column_count, size_t rows)
{
    ra_table *t = ra_arena_alloc(arena, 1, sizeof *t);
    *t = (ra_table){.name = ra_file_part(arena, name),
                    .title = ra_printable_text(arena, title),
                    .note = "",
                    .columns = ra_arena_alloc(arena, column_count, sizeof *columns),
                    .column_count = column_count,
                    .cells = ra_arena_alloc(arena, column_count * rows, sizeof *t->cells),
                    .capacity = column_count * rows,
                    .arena = arena};
    for (size_t i = 0; i < column_count; i++) {
        t->columns[i] = columns[i];
        t->columns[i].heading = ra_printable_text(arena, columns[i].heading);
    }
    return t;
}

/* vsnprintf twice, into the arena */
RA_PRINTF(2, 0) static const char *format(ra_arena *arena, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, fmt, args);
    size_t size = (size_t)(length > 0 ? length : 0) + 1;
    char *text = ra_arena_alloc(arena, size, 1);
    vsnprintf(text, size, fmt, again);
    va_end(again);
    return text;
}

void ra_table_note(ra_table *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *more = ra_printable_text(t->arena, format(t->arena, fmt, args));
    va_end(args);
    t->note = *t->note ? ra_arena_printf(t->arena, "%s %s", t->note, more) : more;
}

ra_cell *ra_table_text(ra_table *t, const char *text)
{
    static ra_cell none;
    if (t->filled == t->capacity)
        return &none; /* a row too many: the caller counted wrong, and a test would see it */
    ra_cell *cell = &t->cells[t->filled++];
    *cell = (ra_cell){.text = ra_printable_text(t->arena, text), .sort = NAN, .group = t->group};
    return cell;
}

ra_cell *ra_table_textf(ra_table *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = format(t->arena, fmt, args);
    va_end(args);
    return ra_table_text(t, text);
}

ra_cell *ra_table_count(ra_table *t, size_t value)
{
    ra_cell *cell = ra_table_textf(t, "%zu", value);
    cell->sort = (double)value;
    return cell;
}

ra_cell *ra_table_number(ra_table *t, double value, int decimals)
{
    ra_cell *cell =
        isfinite(value) ? ra_table_textf(t, "%.*f", decimals, value) : ra_table_text(t, nothing);
    cell->sort = value;
    return cell;
}

ra_cell *ra_table_signed(ra_table *t, double value, int decimals)
{
    ra_cell *cell =
        isfinite(value) ? ra_table_textf(t, "%+.*f", decimals, value) : ra_table_text(t, nothing);
    cell->sort = value;
    return cell;
}

static ra_cell *estimate(ra_table *t, double value, double lo, double hi, bool with_sign,
                         int decimals)
{
    if (!isfinite(value) || !isfinite(lo) || !isfinite(hi))
        return with_sign ? ra_table_signed(t, value, decimals)
                         : ra_table_number(t, value, decimals);
    ra_cell *cell =
        with_sign
            ? ra_table_textf(t, "%+.*f [%+.*f, %+.*f]", decimals, value, decimals, lo, decimals, hi)
            : ra_table_textf(t, "%.*f [%.*f, %.*f]", decimals, value, decimals, lo, decimals, hi);
    cell->sort = value;
    return cell;
}

ra_cell *ra_table_estimate(ra_table *t, const ra_estimate *e, double factor, double offset,
                           int decimals)
{
    return estimate(t, e->value * factor - offset, e->lo * factor - offset, e->hi * factor - offset,
                    offset > 0, decimals);
}

ra_cell *ra_table_signed_estimate(ra_table *t, const ra_estimate *e, int decimals)
{
    return estimate(t, e->value, e->lo, e->hi, true, decimals);
}

size_t ra_table_rows(const ra_table *t)
{
    return t->filled / t->column_count;
}

const ra_cell *ra_table_cell(const ra_table *t, size_t row, size_t column)
{
    return &t->cells[row * t->column_count + column];
}

static bool better(const ra_cell *a, const ra_cell *b, ra_best best)
{
    return best == RA_BEST_HIGHEST ? a->sort > b->sort : a->sort < b->sort;
}

/* The best cell of the column in the group of `cell`. */
static const ra_cell *best_of(const ra_table *t, size_t column, const ra_cell *cell)
{
    for (size_t row = 0; row < ra_table_rows(t); row++) {
        const ra_cell *other = ra_table_cell(t, row, column);
        if (other->group == cell->group && better(other, cell, t->columns[column].best))
            cell = other;
    }
    return cell;
}

static size_t shown_length(const ra_cell *cell)
{
    return strcspn(cell->text, " ["); /* the value, without its interval */
}

void ra_table_mark_best(ra_table *t)
{
    for (size_t i = 0; i < t->filled; i++) {
        ra_cell *cell = &t->cells[i];
        size_t column = i % t->column_count, length = shown_length(cell);
        if (t->columns[column].best == RA_BEST_NONE || cell->group == 0 || !isfinite(cell->sort))
            continue;
        const ra_cell *best = best_of(t, column, cell);
        cell->bold = length == shown_length(best) && strncmp(cell->text, best->text, length) == 0;
    }
}

ra_section *ra_document_section(ra_document *d, const char *title)
{
    if (d->section_count == d->section_capacity) {
        size_t wider = d->section_capacity ? 2 * d->section_capacity : 16;
        ra_section *all = ra_arena_alloc(&d->arena, wider, sizeof *all);
        if (d->section_count > 0)
            memcpy(all, d->sections, d->section_count * sizeof *all);
        d->sections = all;
        d->section_capacity = wider;
    }
    ra_section *section = &d->sections[d->section_count++];
    section->name = ra_arena_printf(&d->arena, "%zu", d->section_count);
    section->title = ra_printable_text(&d->arena, title);
    return section;
}

void ra_section_add(ra_document *d, const ra_table *table)
{
    ra_section *section = &d->sections[d->section_count - 1];
    if (section->table_count == section->table_capacity) {
        size_t wider = section->table_capacity ? 2 * section->table_capacity : 8;
        ra_table *all = ra_arena_alloc(&d->arena, wider, sizeof *all);
        if (section->table_count > 0)
            memcpy(all, section->tables, section->table_count * sizeof *all);
        section->tables = all;
        section->table_capacity = wider;
    }
    section->tables[section->table_count++] = *table;
}
