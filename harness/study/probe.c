/* The two ends of the line between `routeassay overhead` and the process that measures. */
#include "study/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const ra_json_at reply_at = {"the process that measures", 0};

/* --- the request --- */

static ra_json *request_json(const ra_probe *p)
{
    ra_json *o = ra_json_new_object(), *prompts = ra_json_new_array();
    ra_json_put_string(o, "router", p->router);
    if (p->config)
        ra_json_put(o, "config", ra_json_copy(p->config));
    ra_json_put_number(o, "seed", (double)p->seed);
    ra_json_put_number(o, "block_s", p->block_s);
    ra_json_put_number(o, "batch", (double)p->batch);
    ra_json_put_number(o, "first", (double)p->first);
    for (size_t i = 0; i < p->count; i++) {
        ra_json *prompt = ra_json_new_object();
        ra_json_put_string(prompt, "id", p->prompts[i].id);
        ra_json_put_string(prompt, "text", p->prompts[i].text);
        ra_json_add(prompts, prompt);
    }
    ra_json_put(o, "prompts", prompts);
    return o;
}

static bool read_size(const ra_json *o, const char *key, size_t *out, ra_error *err)
{
    uint64_t n;
    if (!ra_json_count(o, key, (ra_json_at){"request", 0}, 1ULL << 53, &n, err))
        return false;
    *out = (size_t)n;
    return true;
}

/* Texts stay in the document. */
static bool read_request(const ra_json *o, ra_arena *arena, ra_probe *p, ra_error *err)
{
    ra_json_at at = {"request", 0};
    const ra_json *prompts;
    *p = (ra_probe){0};
    if (!ra_json_string(o, "router", at, &p->router, err) ||
        !ra_json_maybe_object(o, "config", at, &p->config, err) ||
        !ra_json_count(o, "seed", at, 1ULL << 53, &p->seed, err) ||
        !ra_json_number(o, "block_s", at, &p->block_s, err) ||
        !read_size(o, "batch", &p->batch, err) || !read_size(o, "first", &p->first, err) ||
        !ra_json_array(o, "prompts", at, &prompts, err))
        return false;
    ra_prompt *all = ra_arena_alloc(arena, ra_json_size(prompts), sizeof *all);
    for (const ra_json *e = ra_json_first(prompts); e; e = ra_json_next(e)) {
        ra_prompt *prompt = &all[p->count++];
        *prompt = (ra_prompt){.strong_score = NAN, .weak_score = NAN};
        if (!ra_json_string(e, "id", at, &prompt->id, err) ||
            !ra_json_string(e, "text", at, &prompt->text, err))
            return false;
    }
    p->prompts = all;
    if (p->count == 0 || p->batch == 0 || p->batch > p->count)
        return ra_fail(err, RA_ERR_USAGE, at.file, 0, "a batch of prompts expected", NULL);
    return true;
}

/* --- the reply --- */

static ra_json *error_json(const ra_error *err)
{
    ra_json *o = ra_json_new_object(), *own = ra_json_new_object();
    ra_json_put_number(own, "code", err->code);
    ra_json_put_string(own, "file", err->file);
    ra_json_put_number(own, "line", (double)err->line);
    ra_json_put_string(own, "message", err->message);
    ra_json_put_string(own, "hint", err->hint);
    ra_json_put(o, "error", own);
    return o;
}

/* Fails as the other process did. */
static bool fail_alike(const ra_json *own, ra_error *err)
{
    uint64_t code, line;
    const char *file, *message, *hint;
    if (ra_json_count(own, "code", reply_at, RA_ERR_INTERNAL, &code, err) &&
        ra_json_count(own, "line", reply_at, 1ULL << 52, &line, err) &&
        ra_json_string(own, "file", reply_at, &file, err) &&
        ra_json_string(own, "message", reply_at, &message, err) &&
        ra_json_string(own, "hint", reply_at, &hint, err))
        ra_fail(err, (ra_code)code, file, (long)line, message, *hint ? hint : NULL);
    return false;
}

static bool read_reply(const ra_probe *p, const ra_buf *text, int status, ra_overhead_block *out,
                       ra_error *err)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || text->length == 0)
        return ra_failf(err, RA_ERR_INTERNAL, p->router, 0,
                        "the process that measures it ended with %s %d",
                        WIFSIGNALED(status) ? "signal" : "status",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    ra_json *doc = ra_json_parse(text->text, text->length, reply_at, err);
    const ra_json *failed = ra_json_get(doc, "error");
    bool ok =
        doc && (failed ? fail_alike(failed, err) : ra_overhead_block_read(doc, reply_at, out, err));
    ra_json_free(doc);
    return ok;
}

/* --- the process that measures --- */

static bool write_reply(int file, const ra_json *reply, ra_error *err)
{
    ra_buf text = {0};
    ra_json_print(reply, &text);
    FILE *stream = fdopen(file, "w");
    bool ok = stream && fwrite(text.text, 1, text.length, stream) == text.length;
    ok = stream && fclose(stream) == 0 && ok;
    ra_buf_release(&text);
    return ok || ra_fail_errno(err, "standard output", "write");
}

bool ra_probe_serve(ra_error *err)
{
    /* what a router prints must not get into the reply */
    int reply_file = dup(STDOUT_FILENO);
    if (reply_file < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        return ra_fail_errno(err, "standard output", "redirect");
    ra_arena arena = {0};
    ra_probe probe;
    ra_overhead_block block;
    ra_error failure = {0};
    ra_json *request = ra_json_read("/dev/stdin", &failure);
    bool ok = request && read_request(request, &arena, &probe, &failure) &&
              ra_probe_measure(&probe, &block, &failure);
    ra_json *reply = ok ? ra_overhead_block_json(&block) : error_json(&failure);
    ok = write_reply(reply_file, reply, err);
    ra_json_free(reply);
    ra_json_free(request);
    ra_arena_release(&arena);
    return ok;
}

/* --- the process that asks --- */

/* The request as a file in memory, at its beginning; -1 and errno if that fails. */
static int request_file(const ra_probe *p)
{
    ra_json *request = request_json(p);
    ra_buf text = {0};
    ra_json_print(request, &text);
    ra_json_free(request);
    int file = memfd_create("request", MFD_CLOEXEC);
    size_t done = 0;
    while (file >= 0 && done < text.length) {
        ssize_t n = write(file, text.text + done, text.length - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (file >= 0 && (done < text.length || lseek(file, 0, SEEK_SET) != 0)) {
        close(file);
        file = -1;
    }
    ra_buf_release(&text);
    return file;
}

/* Leaves the calling thread, and what it starts, the first `threads` of the cores it has. */
static bool narrow(int threads, cpu_set_t *before)
{
    if (sched_getaffinity(0, sizeof *before, before) != 0)
        return false;
    cpu_set_t few;
    CPU_ZERO(&few);
    for (size_t cpu = 0, taken = 0; cpu < CPU_SETSIZE && taken < (size_t)threads; cpu++)
        if (CPU_ISSET(cpu, before)) {
            CPU_SET(cpu, &few);
            taken++;
        }
    return sched_setaffinity(0, sizeof few, &few) == 0;
}

static bool start(const ra_probe *p, int request, int reply, pid_t *pid, ra_error *err)
{
    char self[] = "/proc/self/exe", name[] = "routeassay", command[] = "overhead";
    char option[] = "--probe";
    char *const argv[] = {name, command, option, NULL};
    posix_spawn_file_actions_t files;
    cpu_set_t cores;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, request, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, reply, STDOUT_FILENO);
    int failed = narrow(p->threads, &cores) ? 0 : errno;
    if (!failed) {
        failed = posix_spawn(pid, self, &files, NULL, argv, environ);
        sched_setaffinity(0, sizeof cores, &cores);
    }
    posix_spawn_file_actions_destroy(&files);
    errno = failed;
    return !failed || ra_fail_errno(err, p->router, "start a process that measures");
}

static void read_all(int file, ra_buf *out)
{
    char part[4096];
    ssize_t n;
    while ((n = read(file, part, sizeof part)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            ra_buf_add(out, part, (size_t)n);
}

bool ra_probe_run(const ra_probe *probe, ra_overhead_block *out, ra_error *err)
{
    int line[2], request = request_file(probe);
    if (request < 0)
        return ra_fail_errno(err, probe->router, "write a request for");
    if (pipe2(line, O_CLOEXEC) != 0) {
        close(request);
        return ra_fail_errno(err, probe->router, "open a pipe for");
    }
    pid_t pid = -1; /* the analyser does not see that start() fails or sets it */
    ra_buf text = {0};
    int status = 0;
    bool ok = start(probe, request, line[1], &pid, err);
    close(request);
    close(line[1]);
    if (ok) {
        read_all(line[0], &text);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        ok = read_reply(probe, &text, status, out, err);
    }
    close(line[0]);
    ra_buf_release(&text);
    return ok;
}
