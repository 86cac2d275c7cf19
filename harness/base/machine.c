#include "base/machine.h"

#include "base/file.h"
#include "base/matrix.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Vector units of x86-64 and of 64-bit Arm. */
static const char *const telling[] = {"sse4_2",      "avx",      "avx2",        "fma",
                                      "f16c",        "avx_vnni", "avx512f",     "avx512bw",
                                      "avx512_vnni", "avx512vl", "avx512_bf16", "amx_int8",
                                      "asimd",       "asimddp",  "sve",         "i8mm"};

/* A line of a /proc or /sys file, made printable; NULL if the file cannot be read. */
static const char *read_line(ra_arena *arena, const char *path)
{
    ra_text file;
    ra_error unused;
    if (!ra_file_read(path, &file, &unused))
        return NULL;
    file.text[strcspn(file.text, "\n")] = '\0';
    char *line = ra_arena_alloc(arena, 512, 1);
    ra_printable(line, 512, file.text);
    free(file.text);
    return line;
}

/* What stands behind "KEY : " in the first such line of /proc/cpuinfo. */
static const char *cpu_fact(ra_arena *arena, const char *info, const char *key)
{
    for (const char *line = info; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *colon = strchr(line, ':');
        if (!colon || !ra_has_prefix(line, key))
            continue;
        colon += 1 + (colon[1] == ' ');
        return ra_arena_strndup(arena, colon, strcspn(colon, "\n"));
    }
    return NULL;
}

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += length)
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static const char *telling_flags(ra_arena *arena, const char *all)
{
    const char *found = "";
    for (size_t i = 0; all && i < sizeof telling / sizeof *telling; i++)
        if (has_word(all, telling[i]))
            found = ra_arena_printf(arena, "%s%s%s", found, *found ? " " : "", telling[i]);
    return found;
}

static void describe_cpu(ra_arena *arena, ra_machine *out)
{
    ra_text info;
    ra_error unused;
    if (!ra_file_read("/proc/cpuinfo", &info, &unused))
        return;
    const char *cpu = cpu_fact(arena, info.text, "model name");
    if (cpu) {
        char *line = ra_arena_alloc(arena, 256, 1);
        ra_printable(line, 256, cpu);
        out->cpu = line;
    }
    const char *flags = cpu_fact(arena, info.text, "flags");
    out->flags = telling_flags(arena, flags ? flags : cpu_fact(arena, info.text, "Features"));
    free(info.text);
}

static const char *compiler(ra_arena *arena)
{
#ifdef __clang__
    const char *name = "", *version = __VERSION__; /* it names itself */
#else
    const char *name = "gcc ", *version = __VERSION__;
#endif
#ifdef __OPTIMIZE__
    const char *how = "optimised";
#else
    const char *how = "not optimised";
#endif
#ifdef __SANITIZE_ADDRESS__
    how = "with AddressSanitizer";
#endif
    return ra_arena_printf(arena, "%s%s, %s", name, version, how);
}

static double load_average(ra_arena *arena)
{
    const char *line = read_line(arena, "/proc/loadavg");
    double load = NAN;
    if (!line || !ra_parse_number(ra_arena_strndup(arena, line, strcspn(line, " ")), &load))
        return NAN;
    return load;
}

void ra_machine_describe(ra_arena *arena, ra_machine *out)
{
    struct utsname system;
    *out = (ra_machine){.cores = ra_parallel_cores(), .memory_mib = NAN, .flags = ""};
    describe_cpu(arena, out);
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages > 0 && page > 0)
        out->memory_mib = (double)pages * (double)page / (1 << 20);
    out->governor = read_line(arena, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    if (uname(&system) == 0)
        out->system =
            ra_arena_printf(arena, "%s %s %s", system.sysname, system.release, system.machine);
    out->compiler = compiler(arena);
    out->blas = ra_matrix_library(arena);
    out->load = load_average(arena);
}
