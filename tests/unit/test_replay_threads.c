/* The rule by which a conversation finds its recorded item, and a replay server among many clients
 * at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "net/replay_server.h"

#include <arpa/inet.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CATS "How many cats does Maria have?"
#define LONG_CATS "Maria buys a cat. " CATS " Name them all."
#define DOGS "How many dogs does Peter have?"
#define MORE "And how many are they with mine?"

static const char items[] = "{\"id\":\"cats\",\"turns\":[\"" CATS "\",\"" MORE "\",\"Why?\"]}\n"
                            "{\"id\":\"dogs\",\"turns\":[\"  " DOGS "\\r\\nSay it.\\n\"]}\n"
                            "{\"id\":\"long\",\"turns\":[\"" LONG_CATS "\"]}\n"
                            "{\"id\":\"double\",\"turns\":[\"" CATS "\",\"" MORE "\"]}\n"
                            "{\"id\":\"short\",\"turns\":[\"Why not?\"]}\n";

static void write_set(const char *folder)
{
    static const char set[] = "{\"schema\":\"routeassay.set/1\",\"name\":\"t\",\"benchmark\":\"x\","
                              "\"models\":[\"large\",\"small\"],\"sources\":[]}";
    static const char outputs[] =
        "{\"id\":\"dogs\",\"turn\":1,\"output\":\"two\",\"latency_ms\":1}\n";
    ra_arena arena = {0};
    ra_error err;
    assert_true(ra_file_write(ra_path_join(&arena, folder, "set.json"), set, strlen(set), &err));
    assert_true(
        ra_file_write(ra_path_join(&arena, folder, "items.jsonl"), items, strlen(items), &err));
    assert_true(ra_file_write(ra_path_join(&arena, folder, "outputs/large.jsonl"), outputs,
                              strlen(outputs), &err));
    ra_arena_release(&arena);
}

static void open_set(ra_replay *replay)
{
    char folder[] = "/tmp/ra-replay-XXXXXX";
    ra_error err = {0};
    assert_non_null(mkdtemp(folder));
    write_set(folder);
    *replay = (ra_replay){0};
    if (!ra_replay_add(replay, folder, "large", "small", &err))
        fail_msg("%s: %s", err.file, err.message);
    assert_true(ra_folder_remove(folder, &err));
}

typedef struct row {
    const char *messages[4]; /* up to the first NULL */
    ra_found found;
    const char *item;
    size_t turn;
} row;

static const row rows[] = {
    {{CATS}, RA_FOUND_EXACT, "cats", 1},
    {{" " CATS "\r\n"}, RA_FOUND_EXACT, "cats", 1},
    {{DOGS "\nSay it."}, RA_FOUND_EXACT, "dogs", 1},
    {{DOGS "\r\nSay it."}, RA_FOUND_EXACT, "dogs", 1},
    {{"Why not?"}, RA_FOUND_EXACT, "short", 1},
    {{"I ask: Why not?"}, RA_FOUND_NOTHING, NULL, 0}, /* too short to be found in another text */
    {{CATS, MORE}, RA_FOUND_EXACT, "cats", 2},
    {{CATS, MORE, "Why?"}, RA_FOUND_EXACT, "cats", 3},
    {{DOGS "\nSay it.", CATS}, RA_FOUND_EXACT, "cats", 1}, /* an example before it */
    {{LONG_CATS, CATS, MORE}, RA_FOUND_EXACT, "cats", 2},
    {{MORE}, RA_FOUND_NOTHING, NULL, 0},
    {{CATS, "Why?"}, RA_FOUND_CONTAINED, "cats", 3}, /* turn 2 was left out by the proxy */
    {{CATS, "Thank you very much for this."}, RA_FOUND_NOTHING, NULL, 0},
    {{"Q: " CATS " A:"}, RA_FOUND_CONTAINED, "cats", 1},
    {{"\"" CATS "\""}, RA_FOUND_CONTAINED, "cats", 1},
    {{"Some" CATS}, RA_FOUND_NOTHING, NULL, 0},        /* inside a word */
    {{"x " LONG_CATS}, RA_FOUND_CONTAINED, "long", 1}, /* which contains the other */
    {{LONG_CATS " " CATS}, RA_FOUND_CONTAINED, "long", 1},
    {{CATS " " DOGS "\nSay it."}, RA_FOUND_SEVERAL, NULL, 0},
    {{CATS " " DOGS "\nSay it.", MORE}, RA_FOUND_SEVERAL, NULL, 0},
    {{CATS "\nfour\n" MORE}, RA_FOUND_CONTAINED, "cats", 2},
    {{MORE "\nfour\n" CATS}, RA_FOUND_CONTAINED, "cats", 1},
    {{"Be kind. " CATS, "Be kind. " MORE}, RA_FOUND_CONTAINED, "cats", 2},
    {{DOGS}, RA_FOUND_NOTHING, NULL, 0},
    {{""}, RA_FOUND_NOTHING, NULL, 0},
    {{NULL}, RA_FOUND_NOTHING, NULL, 0},
};

static void finding(void **state)
{
    (void)state;
    ra_replay replay;
    open_set(&replay);
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        size_t count = 0, place = 0;
        while (count < 4 && rows[r].messages[count])
            count++;
        ra_found found = ra_replay_find(&replay.index, rows[r].messages, count, &place);
        if (found != rows[r].found)
            fail_msg("row %zu: %d", r, (int)found);
        if (!rows[r].item)
            continue;
        const ra_replay_place *p = &replay.index.places[place];
        if (strcmp(replay.sets[0].set.items[p->item].id, rows[r].item) != 0 ||
            p->turn != rows[r].turn)
            fail_msg("row %zu: item %zu, turn %zu", r, p->item, p->turn);
        bool doubled = strcmp(rows[r].item, "cats") == 0 && p->turn < 3;
        assert_int_equal(p->next != RA_MAP_NONE, doubled);
    }
    ra_replay_close(&replay);
}

/* --- the server --- */

static char url[128];
static sem_t is_ready;

static void ready(const char *text)
{
    snprintf(url, sizeof url, "%s", text);
    sem_post(&is_ready);
}

typedef struct serving {
    ra_replay *replay;
    ra_replay_options options;
    bool ok;
    ra_error err;
} serving;

static void *serve(void *context)
{
    serving *s = context;
    s->ok = ra_replay_serve(s->replay, &s->options, ready, &s->err);
    return NULL;
}

/* Sends a request with "connection: close" and counts the answers that are as they should be. */
static bool ask(const char *body, const char *expected)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtol(strrchr(url, ':') + 1, NULL, 10)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    bool ok = s >= 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0;
    ra_buf text = {0};
    ra_buf_printf(&text,
                  "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"
                  "content-length: %zu\r\n\r\n%s",
                  strlen(body), body);
    ok = ok && send(s, text.text, text.length, MSG_NOSIGNAL) == (ssize_t)text.length;
    text.length = 0;
    char part[4096];
    for (ssize_t n; ok && (n = recv(s, part, sizeof part, 0)) > 0;)
        ra_buf_add(&text, part, (size_t)n);
    ok = ok && text.text && strstr(text.text, expected);
    ra_buf_release(&text);
    if (s >= 0)
        close(s);
    return ok;
}

enum { CLIENTS = 8, REQUESTS = 20 };

static void *client(void *context)
{
    size_t *good = context;
    for (int i = 0; i < REQUESTS; i++) {
        *good += ask("{\"model\":\"strong\",\"messages\":[{\"role\":\"user\",\"content\":\"" DOGS
                     "\\nSay it.\"}]}",
                     "\"content\":\"two\"");
        *good += ask("{\"model\":\"weak\",\"messages\":[{\"role\":\"user\",\"content\":\"Q: " CATS
                     "\"}]}",
                     "\"output\":\"none\"");
        *good += ask("{\"model\":\"weak\",\"messages\":[{\"role\":\"user\",\"content\":\"?\"}]}",
                     "unknown_prompt");
    }
    return NULL;
}

static size_t count_lines(const char *path)
{
    ra_text log;
    ra_error err;
    size_t lines = 0;
    assert_true(ra_file_read(path, &log, &err));
    for (size_t i = 0; i < log.length; i++)
        lines += log.text[i] == '\n';
    free(log.text);
    unlink(path);
    return lines;
}

static void many_clients(void **state)
{
    (void)state;
    ra_replay replay;
    open_set(&replay);
    char log[64];
    snprintf(log, sizeof log, "/tmp/ra-replay-log-%d", (int)getpid());
    serving s = {.replay = &replay,
                 .options = {.address = "127.0.0.1",
                             .recorded_latency = true, /* some answers sleep */
                             .receive_s = 30,
                             .log = log}};
    sem_init(&is_ready, 0, 0);
    pthread_t server, clients[CLIENTS];
    size_t good[CLIENTS] = {0}, all = 0;
    assert_int_equal(pthread_create(&server, NULL, serve, &s), 0);
    while (sem_wait(&is_ready) != 0)
        ;
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, client, &good[i]), 0);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i], NULL);
        all += good[i];
    }
    raise(SIGTERM);
    pthread_join(server, NULL);
    assert_true(s.ok);
    assert_int_equal(all, CLIENTS * REQUESTS * 3);
    assert_int_equal(count_lines(log), CLIENTS * REQUESTS * 3);
    ra_replay_close(&replay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finding), cmocka_unit_test(many_clients)};
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
