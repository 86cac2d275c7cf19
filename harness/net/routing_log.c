#include "net/routing_log.h"

#include "base/file.h"
#include "data/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Counts the lines that are there; the last one must be whole. */
static bool count_lines(ra_routing_log *log, ra_error *err)
{
    ra_text old;
    if (!ra_file_read(log->path, &old, err))
        return false;
    bool whole = old.length == 0 || old.text[old.length - 1] == '\n';
    for (size_t i = 0; i < old.length; i++)
        log->lines += old.text[i] == '\n';
    free(old.text);
    return whole || ra_fail(err, RA_ERR_INPUT, log->path, (long)log->lines + 1, "last line cut off",
                            "remove it, or give another --log");
}

bool ra_routing_log_open(ra_routing_log *log, const char *path, bool with_time, ra_error *err)
{
    *log = (ra_routing_log){.file = -1, .path = path, .with_time = with_time};
    pthread_mutex_init(&log->lock, NULL);
    if (!path)
        return true;
    struct stat about;
    log->file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log->file < 0 || fstat(log->file, &about) != 0)
        return ra_fail_errno(err, path, "open");
    return !S_ISREG(about.st_mode) || about.st_size == 0 || count_lines(log, err);
}

static double unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)(now.tv_nsec / 1000000);
}

static ra_json *line_json(const ra_routing_log *log, const ra_routed *r)
{
    ra_json *doc = ra_json_new_object();
    ra_json_put_number(doc, "n", (double)log->lines + 1);
    ra_json_put_string(doc, "item", r->item_count > 0 ? r->items[0] : NULL);
    if (r->item_count > 1) {
        ra_json *also = ra_json_new_array();
        for (size_t i = 1; i < r->item_count; i++)
            ra_json_add_string(also, r->items[i]);
        ra_json_put(doc, "also", also);
    }
    if (r->item_count > 0)
        ra_json_put_number(doc, "turn", (double)r->turn);
    else
        ra_json_put_null(doc, "turn");
    ra_json_put_string(doc, "asked", r->asked);
    ra_json_put_string(doc, "model", r->model);
    ra_json_put_string(doc, "role", r->role);
    ra_json_put_string(doc, "endpoint", r->endpoint);
    ra_json_put_string(doc, "found", r->found);
    if (log->with_time)
        ra_json_put_number(doc, "unix_ms", unix_ms());
    return doc;
}

static bool write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(file, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

bool ra_routing_log_add(ra_routing_log *log, const ra_routed *routed, ra_error *err)
{
    if (log->file < 0)
        return true;
    pthread_mutex_lock(&log->lock);
    ra_buf line = {0};
    ra_json *doc = line_json(log, routed);
    ra_json_print(doc, &line);
    ra_buf_putc(&line, '\n');
    ra_json_free(doc);
    bool ok =
        write_all(log->file, line.text, line.length) || ra_fail_errno(err, log->path, "write");
    log->lines += ok;
    pthread_mutex_unlock(&log->lock);
    ra_buf_release(&line);
    return ok;
}

bool ra_routing_log_close(ra_routing_log *log, ra_error *err)
{
    int file = log->file;
    log->file = -1;
    pthread_mutex_destroy(&log->lock);
    return file < 0 || close(file) == 0 || ra_fail_errno(err, log->path, "write");
}
