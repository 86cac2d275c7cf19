#include "reports/passive.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const elements[] = {
    "svg",      "g",     "defs",    "title",          "desc",    "path",
    "circle",   "rect",  "line",    "polyline",       "polygon", "ellipse",
    "text",     "tspan", "use",     "filter",         "feFlood", "feComposite",
    "clipPath", "mask",  "pattern", "linearGradient", "stop",
};

static const char blanks[] = " \t\r\n";

static bool known(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (strlen(elements[i]) == length && strncmp(elements[i], name, length) == 0)
            return true;
    return false;
}

/* Whether the value, `length` bytes, has `text` in it. */
static bool has(const char *value, size_t length, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= length; i++)
        if (strncasecmp(value + i, text, n) == 0)
            return true;
    return false;
}

/* Entities and escapes could spell what is looked for here in another way. */
static bool fine_value(const char *value, size_t length)
{
    if (memchr(value, '&', length) || memchr(value, '\\', length) || memchr(value, '<', length))
        return false;
    for (size_t i = 0; i < length; i++)
        if (has(value + i, length - i < 4 ? length - i : 4, "url(") && value[i + 4] != '#')
            return false;
    return true;
}

static bool fine_attribute(const char *name, size_t length, const char *value, size_t value_length)
{
    if (strncasecmp(name, "on", 2) == 0 || has(name, length, "style") || has(name, length, "src"))
        return false;
    if (has(name, length, "href") && *value != '#')
        return false;
    return fine_value(value, value_length);
}

/* The attributes from p on; NULL if one is refused, else what follows the tag. */
static const char *skip_attributes(const char *p)
{
    for (;;) {
        p += strspn(p, blanks);
        if (*p == '>')
            return p + 1;
        if (p[0] == '/' && p[1] == '>')
            return p + 2;
        const char *name = p;
        size_t length = strcspn(p, " \t\r\n=/>'\"<");
        p += length;
        p += strspn(p, blanks);
        if (length == 0 || *p++ != '=')
            return NULL;
        p += strspn(p, blanks);
        if (*p != '"' && *p != '\'')
            return NULL;
        const char *value = p + 1, *end = strchr(value, *p);
        if (!end || !fine_attribute(name, length, value, (size_t)(end - value)))
            return NULL;
        p = end + 1;
    }
}

static const char *skip_tag(const char *p)
{
    p += *p == '/';
    size_t length = strcspn(p, " \t\r\n/>");
    return known(p, length) ? skip_attributes(p + length) : NULL;
}

bool ra_svg_is_passive(const char *svg)
{
    const char *p = svg;
    while ((p = strchr(p, '<')) != NULL) {
        bool last = strncmp(p, "</svg", 5) == 0;
        p = skip_tag(p + 1);
        if (!p)
            return false;
        if (last) /* nothing but blanks may follow the figure */
            return p[strspn(p, blanks)] == '\0';
    }
    return false;
}
