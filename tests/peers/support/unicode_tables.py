"""Writes harness/embed/unicode_tables.h: where the Unicode tables of the reference tokenizer differ
from utf8proc's. The package `tokenizers` is asked about every code point.

    python3 tests/peers/support/unicode_tables.py > harness/embed/unicode_tables.h
"""
import ctypes
import ctypes.util

import tokenizers
from tokenizers import normalizers, pre_tokenizers

U = ctypes.CDLL(ctypes.util.find_library("utf8proc") or "libutf8proc.so.2")
U.utf8proc_version.restype = U.utf8proc_unicode_version.restype = ctypes.c_char_p
CATEGORIES = ("Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf "
              "Cs Co").split()
CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


class Property(ctypes.Structure):  # the first two fields of utf8proc_property_t
    _fields_ = [("category", ctypes.c_int16), ("combining_class", ctypes.c_int16)]


U.utf8proc_get_property.restype = ctypes.POINTER(Property)


def category(code):
    return CATEGORIES[U.utf8proc_category(code)]


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**flags, **on}).normalize_str


def pieces(splitter, text):
    return len(splitter.pre_tokenize_str(text))


def reordered(nfd, code):
    """Whether the reference sorts the character among combining marks."""
    c = chr(code)
    return any(nfd("a" + t) != "a" + t for t in (c + "\u0334", "\u0345" + c))


def differences():
    clean, strip, lower = bert(clean_text=True), bert(strip_accents=True), bert(lowercase=True)
    nfd = normalizers.NFD().normalize_str
    words = pre_tokenizers.BertPreTokenizer()
    runs = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    sets = {name: set() for name in ("KEPT", "MARK", "NO_MARK", "PUNCTUATION", "NO_PUNCTUATION",
                                     "STARTER", "WHOLE", "LETTER", "NUMBER")}
    lowered = []
    for code in CODES:
        c, kind = chr(code), category(code)
        if kind in ("Cc", "Cf", "Co") and c not in "\t\n\r" and clean(c):
            sets["KEPT"].add(code)
        if (strip(c) == "") != (kind == "Mn") and nfd(c) == c:
            sets["NO_MARK" if kind == "Mn" else "MARK"].add(code)
        whole = pieces(words, "a" + c + "b") == 3
        symbol = code < 128 and c.isprintable() and not c.isalnum() and c != " "
        if whole != (kind[0] == "P" or symbol):
            sets["PUNCTUATION" if whole else "NO_PUNCTUATION"].add(code)
        if U.utf8proc_get_property(code).contents.combining_class and nfd(c) == c \
                and not reordered(nfd, code):
            sets["STARTER"].add(code)
        if nfd(c) == c and strip(c) == c and decomposes(code):
            sets["WHOLE"].add(code)
        if kind[0] != "L" and pieces(runs, "a" + c + "b") == 1:
            sets["LETTER"].add(code)
        if kind[0] != "N" and pieces(runs, "1" + c + "2") == 1:
            sets["NUMBER"].add(code)
        if lower(c) != chr(U.utf8proc_tolower(code)) and len(lower(c)) == 1:
            lowered.append((code, ord(lower(c))))
    return sets, lowered


def decomposes(code):
    buffer, last = (ctypes.c_int32 * 32)(), ctypes.c_int(0)
    n = U.utf8proc_decompose_char(ctypes.c_int32(code), buffer, 32, 1 << 4 | 1 << 1,
                                  ctypes.byref(last))
    return n != 1 or buffer[0] != code


def ranges(codes):
    out = []
    for c in sorted(codes):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def wrapped(entries):
    line, lines = "   ", []
    for e in entries:
        if len(line) + len(e) + 2 > 99:
            lines.append(line)
            line = "   "
        line += " " + e + ","
    return "\n".join(lines + [line.rstrip(",")]) + "};"


WHY = {
    "KEPT": "category Cf, kept when text is cleaned",
    "MARK": "not category Mn, stripped with the accents",
    "NO_MARK": "category Mn, not stripped",
    "PUNCTUATION": "not category P, split off as punctuation",
    "NO_PUNCTUATION": "category P, not split off",
    "STARTER": "has a combining class, is not sorted by it",
    "WHOLE": "has a decomposition, is not decomposed",
    "LETTER": "not category L, part of a run of letters",
    "NUMBER": "not category N, part of a run of digits",
}


def main():
    sets, lowered = differences()
    print(f"""/* Where the reference tokenizer ({tokenizers.__version__}) classes code points otherwise than utf8proc
 * {U.utf8proc_version().decode()} (Unicode {U.utf8proc_unicode_version().decode()}): its tables are partly older, partly newer. Written by
 * tests/peers/support/unicode_tables.py; do not edit. */
#ifndef RA_EMBED_UNICODE_TABLES_H
#define RA_EMBED_UNICODE_TABLES_H

#include <stdint.h>

typedef struct code_range {{
    uint32_t first, last;
}} code_range;
""")
    print("/* clang-format off */")
    for name, why in WHY.items():
        r = ranges(sets[name])
        print(f"\n/* {why}: {len(sets[name])} */\nstatic const code_range {name}[] = {{")
        print(wrapped("{0x%X, 0x%X}" % tuple(x) for x in r))
    shifts = []
    for code, to in lowered:
        if shifts and shifts[-1][1] == code - 1 and shifts[-1][2] == to - code:
            shifts[-1][1] = code
        else:
            shifts.append([code, code, to - code])
    print(f"\n/* lower case by adding: {len(lowered)} */")
    print("static const struct lower_range {\n    uint32_t first, last;\n    int32_t add;\n}"
          " LOWERED[] = {")
    print(wrapped("{0x%X, 0x%X, %d}" % tuple(x) for x in shifts))
    print("/* clang-format on */\n\n#endif")


if __name__ == "__main__":
    main()
