/* exec:COMMAND - any program in any language. It reads JSON lines {"id","prompt"} on stdin and
 * answers each with a line {"id","score"} (or a bare number) on stdout, in the same order, flushed.
 *
 * The command runs under /bin/sh and gets `timeout_s` (configuration, default 60) for each batch.
 * A program that dies, floods, answers out of order or not at all ends the run with an error that
 * says so; its own stderr goes to ours. */
#include "base/limits.h"
#include "base/memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "routers/router.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct program {
    char *command;
    pid_t pid;
    int channel; /* one socket, both ways */
    double timeout_s;
    ra_buf replies; /* read, not yet used */
    size_t used;
} program;

static bool fail(program *p, ra_error *err, const char *message)
{
    return ra_failf(err, RA_ERR_INPUT, NULL, 0, "exec:%s %s", p->command, message);
}

static void exec_close(void *state)
{
    program *p = state;
    if (p->channel >= 0)
        close(p->channel);
    if (p->pid > 0) {
        int status;
        for (int i = 0; i < 20 && waitpid(p->pid, &status, WNOHANG) == 0; i++) {
            if (i == 10)
                kill(-p->pid, SIGTERM);
            if (i == 19)
                kill(-p->pid, SIGKILL);
            usleep(20000);
        }
        kill(-p->pid, SIGKILL);
        waitpid(p->pid, &status, WNOHANG);
    }
    ra_buf_release(&p->replies);
    free(p->command);
    free(p);
}

static bool spawn(program *p, ra_error *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ra_fail_errno(err, p->command, "start");
    char shell[] = "/bin/sh", flag[] = "-c";
    char *const argv[] = {shell, flag, p->command, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pair[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, pair[1], STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int failed = posix_spawn(&p->pid, shell, &files, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    close(pair[1]);
    p->channel = pair[0];
    errno = failed;
    return failed == 0 || ra_fail_errno(err, p->command, "start");
}

static bool exec_open(void **state, const ra_router_options *options, ra_error *err)
{
    if (!options->argument || !*options->argument)
        return ra_fail(err, RA_ERR_USAGE, NULL, 0, "exec: needs a command", "exec:./router.py");
    double timeout = 60;
    if (options->config && !ra_json_maybe_number(options->config, "timeout_s",
                                                 (ra_json_at){"study", 0}, &timeout, err))
        return false;
    program *p = ra_alloc(1, sizeof *p);
    *p = (program){.command = ra_strdup(options->argument), .channel = -1, .timeout_s = timeout};
    if (!spawn(p, err)) {
        exec_close(p);
        return false;
    }
    *state = p;
    return true;
}

/* Reads one reply {"id":...,"score":...} or a bare number. */
static bool parse_reply(program *p, const char *line, size_t length, const ra_prompt *prompt,
                        double *score, ra_error *err)
{
    char *text = strndup(line, length);
    if (text && ra_parse_number(text, score)) {
        free(text);
        return true;
    }
    free(text);
    ra_json_at at = {"reply", 0};
    ra_json *doc = ra_json_parse(line, length, at, err);
    const char *id = prompt->id;
    bool ok = doc && ra_json_maybe_string(doc, "id", at, &id, err) &&
              ra_json_number(doc, "score", at, score, err);
    if (ok && strcmp(id, prompt->id) != 0) {
        ra_failf(err, RA_ERR_INPUT, NULL, 0, "exec:%s answered for item '%s', expected '%s'",
                 p->command, id, prompt->id);
        ra_hintf(err, "answer in the order of the questions, one line each");
        ok = false;
    } else if (!ok) {
        ra_error why = *err;
        ra_failf(err, RA_ERR_INPUT, NULL, 0, "exec:%s answered item '%s' badly: %s", p->command,
                 prompt->id, why.message);
        ra_hintf(err, "one line {\"id\": ..., \"score\": 0.5} for each question");
    }
    ra_json_free(doc);
    return ok;
}

/* Takes complete lines out of what was read. */
static bool take_lines(program *p, const ra_prompt *prompts, size_t count, size_t *answered,
                       double *score, ra_error *err)
{
    for (;;) {
        char *start = p->replies.text + p->used;
        size_t left = p->replies.length - p->used;
        char *end = left ? memchr(start, '\n', left) : NULL;
        if (!end)
            break;
        if (*answered == count)
            return fail(p, err, "sent more lines than it was asked");
        if (!parse_reply(p, start, (size_t)(end - start), &prompts[*answered], &score[*answered],
                         err))
            return false;
        ++*answered;
        p->used += (size_t)(end - start) + 1;
    }
    if (p->replies.length - p->used > RA_MAX_REPLY_LINE)
        return fail(p, err, "sent a line longer than 1 MiB");
    if (p->used == p->replies.length)
        p->used = p->replies.length = 0;
    return true;
}

static bool died(program *p, size_t answered, size_t count, ra_error *err)
{
    int status = 0;
    char how[64] = "closed its output";
    usleep(20000);
    if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
        if (WIFSIGNALED(status))
            snprintf(how, sizeof how, "was killed by signal %d", WTERMSIG(status));
        else
            snprintf(how, sizeof how, "ended with exit code %d", WEXITSTATUS(status));
        p->pid = 0;
    }
    ra_failf(err, RA_ERR_INPUT, NULL, 0, "exec:%s %s after %zu of %zu answers of a batch",
             p->command, how, answered, count);
    return ra_hintf(err, "try it by hand: echo '{\"id\":\"x\",\"prompt\":\"hello\"}' | COMMAND");
}

static bool exec_score(void *state, const ra_prompt *prompts, size_t count, double *score,
                       ra_error *err)
{
    program *p = state;
    ra_buf questions = {0};
    for (size_t i = 0; i < count; i++) {
        ra_buf_puts(&questions, "{\"id\":");
        ra_json_quote(&questions, prompts[i].id);
        ra_buf_puts(&questions, ",\"prompt\":");
        ra_json_quote(&questions, prompts[i].text);
        ra_buf_puts(&questions, "}\n");
    }
    size_t sent = 0, answered = 0;
    double deadline = ra_now_s() + p->timeout_s;
    bool ok = true;
    while (ok && answered < count) {
        double left = deadline - ra_now_s();
        struct pollfd channel = {p->channel, POLLIN, 0};
        if (sent < questions.length)
            channel.events |= POLLOUT;
        if (left <= 0 || poll(&channel, 1, (int)(left * 1000) + 1) == 0) {
            ok = ra_failf(err, RA_ERR_INPUT, NULL, 0, "exec:%s gave %zu of %zu answers in %g s",
                          p->command, answered, count, p->timeout_s);
            ra_hintf(err, "flush the output after each line, or set timeout_s higher");
            break;
        }
        if (channel.revents & POLLOUT) {
            ssize_t n = send(p->channel, questions.text + sent, questions.length - sent,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
            sent += n > 0 ? (size_t)n : 0;
        }
        if (channel.revents & (POLLIN | POLLHUP | POLLERR)) {
            char chunk[65536];
            ssize_t n = recv(p->channel, chunk, sizeof chunk, MSG_DONTWAIT);
            if (n > 0) {
                ra_buf_add(&p->replies, chunk, (size_t)n);
                ok = take_lines(p, prompts, count, &answered, score, err);
            } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
                ok = died(p, answered, count, err);
            }
        }
    }
    ra_buf_release(&questions);
    return ok;
}

extern const ra_router_kind ra_router_exec;
const ra_router_kind ra_router_exec = {.name = "exec",
                                       .summary =
                                           "exec:COMMAND, any program that answers JSON lines",
                                       .open = exec_open,
                                       .score = exec_score,
                                       .close = exec_close};
