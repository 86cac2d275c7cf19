#include "plots/render.h"

#include "base/file.h"
#include "plots/plot.h"
#include "plots/svg.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    unsigned bit;
    const char *extension;
} formats[] = {{RA_PLOT_PNG, "png"}, {RA_PLOT_SVG, "svg"}, {RA_PLOT_PDF, "pdf"}};
enum { FORMATS = sizeof formats / sizeof *formats };

static const char install_hint[] = "install gnuplot (Debian: apt-get install gnuplot-nox)";
static const char fault_hint[] = "gnuplot 5.4 or newer is needed; if it is that, report this";

unsigned ra_plot_format(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i].extension, name) == 0)
            return formats[i].bit;
    }
    return 0;
}

/* What gnuplot, its libraries and fontconfig need from our environment, and what fixes the rest:
 * newer cairo takes a PDF's date from SOURCE_DATE_EPOCH, older writes the time (see fix_date). */
static const char *const passed_on[] = {
    "PATH",          "HOME",           "TMPDIR",          "LD_LIBRARY_PATH",
    "XDG_DATA_HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH"};
static const char *const fixed[] = {"LC_ALL=C", "TZ=UTC", "SOURCE_DATE_EPOCH=0"};

enum {
    PASSED = sizeof passed_on / sizeof *passed_on,
    FIXED = sizeof fixed / sizeof *fixed,
    MAX_VARIABLES = PASSED + FIXED + 1
};

static void environment(ra_arena *arena, char *variables[MAX_VARIABLES])
{
    size_t count = 0;
    for (size_t i = 0; i < PASSED; i++) {
        const char *value = getenv(passed_on[i]);
        if (value)
            variables[count++] = ra_arena_printf(arena, "%s=%s", passed_on[i], value);
    }
    for (size_t i = 0; i < FIXED; i++)
        variables[count++] = ra_arena_strdup(arena, fixed[i]);
    variables[count] = NULL;
}

static char *format_list(ra_arena *arena, unsigned wanted)
{
    char *list = ra_arena_strdup(arena, "");
    for (size_t i = 0; i < FORMATS; i++) {
        if (wanted & formats[i].bit)
            list = ra_arena_printf(arena, "%s%s%s", list, *list ? " " : "", formats[i].extension);
    }
    return list;
}

static bool start(const ra_rendering *r, const char *folder, ra_arena *arena, pid_t *pid,
                  ra_error *err)
{
    char name[] = "gnuplot", defaults[] = "--default-settings", call[] = "-c", figure[] = "figure";
    char *const argv[] = {name,   defaults,
                          call,   ra_arena_strdup(arena, r->script),
                          figure, format_list(arena, r->formats),
                          NULL};
    char *variables[MAX_VARIABLES];
    environment(arena, variables);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addchdir_np(&files, folder);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "log", O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    int failed = posix_spawnp(pid, name, &files, NULL, argv, variables);
    posix_spawn_file_actions_destroy(&files);
    if (failed == 0)
        return true;
    if (failed == ENOENT)
        return ra_fail(err, RA_ERR_INTERNAL, NULL, 0, "gnuplot not found", install_hint);
    char why[128];
    return ra_failf(err, RA_ERR_INTERNAL, NULL, 0, "cannot start gnuplot: %s",
                    strerror_r(failed, why, sizeof why));
}

/* The last line of the log that says anything. */
static bool complain(const ra_rendering *r, const char *log, int status, ra_error *err)
{
    ra_text text = {0};
    char line[256] = "no message";
    ra_error ignored;
    if (ra_file_read(log, &text, &ignored)) {
        char *rest = text.text;
        for (char *next; (next = strsep(&rest, "\n"));) {
            if (next[strspn(next, " \t^")])
                snprintf(line, sizeof line, "%s", next);
        }
        free(text.text);
    }
    if (WIFSIGNALED(status))
        ra_failf(err, RA_ERR_INTERNAL, r->name, 0, "gnuplot was killed by signal %d",
                 WTERMSIG(status));
    else
        ra_failf(err, RA_ERR_INTERNAL, r->name, 0, "gnuplot failed: %s", line);
    return ra_hintf(err, "%s", strstr(line, "terminal") ? install_hint : fault_hint);
}

static bool run(const ra_rendering *r, const char *folder, ra_arena *arena, ra_error *err)
{
    pid_t pid;
    if (!start(r, folder, arena, &pid, err))
        return false;
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return ra_fail_errno(err, "gnuplot", "wait for");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    return complain(r, ra_path_join(arena, folder, "log"), status, err);
}

/* A PDF's date of creation becomes the epoch, digit by digit: offsets in the file must not move. */
static void fix_date(ra_text *pdf)
{
    static const char key[] = "/CreationDate (D:", epoch[] = "19700101000000";
    char *found = memmem(pdf->text, pdf->length, key, sizeof key - 1);
    if (!found)
        return;
    char *digits = found + sizeof key - 1;
    size_t left = pdf->length - (size_t)(digits - pdf->text);
    for (size_t i = 0; i < sizeof epoch - 1 && i < left && digits[i] >= '0' && digits[i] <= '9';
         i++)
        digits[i] = epoch[i];
}

static void tidy_svg(ra_text *text, const char *name)
{
    ra_buf tidy = {0};
    ra_svg_tidy(&tidy, text->text, text->length, name);
    free(text->text);
    *text = (ra_text){tidy.text, tidy.length};
}

static bool publish(const ra_rendering *r, ra_arena *arena, const char *folder,
                    const char *extension, ra_error *err)
{
    const char *from = ra_path_join(arena, folder, ra_arena_printf(arena, "figure.%s", extension));
    const char *to =
        ra_path_join(arena, r->out_dir, ra_arena_printf(arena, "%s.%s", r->name, extension));
    ra_text text;
    if (!ra_file_read(from, &text, err))
        return false;
    if (strcmp(extension, "pdf") == 0)
        fix_date(&text);
    if (strcmp(extension, "svg") == 0)
        tidy_svg(&text, r->name);
    bool ok = ra_file_write(to, text.text, text.length, err);
    free(text.text);
    return ok;
}

/* Before the first is published: a figure comes in all its formats or not at all. */
static bool all_drawn(const ra_rendering *r, ra_arena *arena, const char *folder, ra_error *err)
{
    for (size_t i = 0; i < FORMATS; i++) {
        const char *name = ra_arena_printf(arena, "figure.%s", formats[i].extension);
        if ((r->formats & formats[i].bit) && !ra_file_exists(ra_path_join(arena, folder, name)))
            return complain(r, ra_path_join(arena, folder, "log"), 0, err);
    }
    return true;
}

static bool draw(const ra_rendering *r, ra_arena *arena, const char *folder, ra_error *err)
{
    const char *data = ra_path_join(arena, folder, "figure.dat");
    if (!ra_file_write(data, r->data->text, r->data->length, err) || !run(r, folder, arena, err) ||
        !all_drawn(r, arena, folder, err) || !publish(r, arena, folder, "dat", err))
        return false;
    for (size_t i = 0; i < FORMATS; i++) {
        if ((r->formats & formats[i].bit) && !publish(r, arena, folder, formats[i].extension, err))
            return false;
    }
    return true;
}

static void remove_folder(ra_arena *arena, const char *folder)
{
    static const char *const names[] = {"log", "figure.dat", "figure.png", "figure.svg",
                                        "figure.pdf"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(ra_path_join(arena, folder, names[i]));
    rmdir(folder);
}

bool ra_render(const ra_rendering *r, ra_error *err)
{
    ra_arena arena = {0};
    if (!ra_folder_make(r->out_dir, err))
        return false;
    char *folder = ra_path_join(&arena, r->out_dir, ".plot.XXXXXX");
    bool ok = mkdtemp(folder) != NULL;
    if (!ok)
        ra_fail_errno(err, r->out_dir, "write to");
    if (ok) {
        ok = draw(r, &arena, folder, err);
        remove_folder(&arena, folder);
    }
    ra_arena_release(&arena);
    return ok;
}
