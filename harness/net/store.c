#include "net/store.h"

#include "base/file.h"
#include "base/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1, BUSY_MS = 5000 };
static const double sync_every_s = 1;

static const char schema[] = "CREATE TABLE calls ("
                             " request TEXT NOT NULL," /* see ra_store_row */
                             " repetition INTEGER NOT NULL,"
                             " purpose TEXT NOT NULL,"
                             " method TEXT NOT NULL,"
                             " url TEXT NOT NULL,"
                             " request_headers TEXT NOT NULL,"
                             " body TEXT NOT NULL,"
                             " status INTEGER NOT NULL,"
                             " answer_headers TEXT NOT NULL,"
                             " answer TEXT NOT NULL,"
                             " requested_model TEXT,"
                             " served_model TEXT,"
                             " fingerprint TEXT,"
                             " prompt_tokens REAL,"
                             " completion_tokens REAL,"
                             " cached_tokens REAL,"
                             " reasoning_tokens REAL,"
                             " price_input REAL,"
                             " price_output REAL,"
                             " usd REAL,"
                             " latency_ms REAL,"
                             " attempts INTEGER NOT NULL,"
                             " time TEXT NOT NULL,"
                             " PRIMARY KEY (request, repetition)) STRICT;";

#define COLUMNS                                                                                 \
    "request, repetition, purpose, method, url, request_headers, body, status, answer_headers," \
    " answer, requested_model, served_model, fingerprint, prompt_tokens, completion_tokens,"    \
    " cached_tokens, reasoning_tokens, price_input, price_output, usd, latency_ms, attempts, time"

struct ra_store {
    sqlite3 *db;
    sqlite3_stmt *find, *put;
    char *path, *lock_path;
    int lock; /* -1 = none */
    bool in_transaction, unsynced;
    double synced_s;
};

/* --- errors --- */

static bool fail(const ra_store *s, ra_error *err)
{
    int code = s->db ? sqlite3_errcode(s->db) : SQLITE_NOMEM;
    const char *text = s->db ? sqlite3_errmsg(s->db) : "out of memory";
    if (code == SQLITE_NOTADB)
        return ra_fail(err, RA_ERR_INPUT, s->path, 0, "is no call store", "it is no SQLite file");
    ra_failf(err, RA_ERR_INPUT, s->path, 0, "the call store failed: %s", text);
    if ((code & 0xff) == SQLITE_FULL || (code & 0xff) == SQLITE_IOERR)
        ra_hintf(err, "what was stored is safe; make room on the disk and run it again");
    if ((code & 0xff) == SQLITE_CORRUPT)
        ra_hintf(err, "'routeassay calls verify' says more");
    return false;
}

static bool execute(ra_store *s, const char *sql, ra_error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(s, err);
}

static bool prepare(ra_store *s, const char *sql, sqlite3_stmt **out, ra_error *err)
{
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK ||
           fail(s, err);
}

/* --- one process records at a time --- */

/* Whether the open file is still the one of that name: it is removed by who had it. */
static bool is_current(int file, const char *path)
{
    struct stat mine, named;
    return fstat(file, &mine) == 0 && stat(path, &named) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
}

/* The lock file says which thread holds it. Another one of this process is waited for, as routers
 * are run side by side; the same one, or another process, is not. */
static bool is_waited_for(const ra_store *s)
{
    char holder[64] = "", mine[64];
    int file = open(s->lock_path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, holder, sizeof holder - 1);
    if (file >= 0)
        close(file);
    if (length <= 0)
        return true; /* taken or let go this very moment */
    holder[length] = '\0';
    snprintf(mine, sizeof mine, "process %ld ", (long)getpid());
    if (!ra_has_prefix(holder, mine))
        return false;
    snprintf(mine, sizeof mine, "process %ld thread %ld\n", (long)getpid(), (long)gettid());
    return strcmp(holder, mine) != 0;
}

static bool say_who_holds(const ra_store *s)
{
    /* a killed process left its own name there */
    return ftruncate(s->lock, 0) == 0 &&
           dprintf(s->lock, "process %ld thread %ld\n", (long)getpid(), (long)gettid()) > 0;
}

static bool take_lock(ra_store *s, ra_error *err)
{
    for (;;) {
        s->lock = open(s->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (s->lock < 0)
            return ra_fail_errno(err, s->lock_path, "open");
        if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR)
                continue;
            close(s->lock);
            s->lock = -1;
            if (is_waited_for(s)) {
                usleep(10000);
                continue;
            }
            return ra_fail(err, RA_ERR_INPUT, s->path, 0, "another process records into this store",
                           "wait for it, or record into another file");
        }
        if (is_current(s->lock, s->lock_path))
            return say_who_holds(s) || ra_fail_errno(err, s->lock_path, "write");
        close(s->lock);
    }
}

/* --- opening --- */

static bool read_number(ra_store *s, const char *sql, int64_t *out, ra_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool ok = prepare(s, sql, &statement, err);
    if (ok && sqlite3_step(statement) == SQLITE_ROW)
        *out = sqlite3_column_int64(statement, 0);
    else if (ok)
        ok = fail(s, err);
    sqlite3_finalize(statement);
    return ok;
}

static bool make_schema(ra_store *s, ra_error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d; COMMIT", VERSION);
    return execute(s, "BEGIN IMMEDIATE", err) && execute(s, schema, err) && execute(s, sql, err);
}

/* An empty store for who may not write into the file. */
static bool read_nothing(ra_store *s, ra_error *err)
{
    sqlite3_close(s->db);
    return (sqlite3_open(":memory:", &s->db) == SQLITE_OK || fail(s, err)) && make_schema(s, err);
}

static bool check_version(ra_store *s, ra_store_use use, ra_error *err)
{
    int64_t version = 0, tables = 0;
    if (!read_number(s, "PRAGMA user_version", &version, err) ||
        !read_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return false;
    if (version == 0 && tables == 0) /* new, or its maker was killed here */
        return use == RA_STORE_RECORD ? make_schema(s, err) : read_nothing(s, err);
    if (version > VERSION)
        return ra_fail(err, RA_ERR_INPUT, s->path, 0, "was made by a later version",
                       "use that version, or its 'calls export'");
    if (version != VERSION)
        return ra_fail(err, RA_ERR_INPUT, s->path, 0, "is no call store", NULL);
    return true;
}

static bool open_file(ra_store *s, ra_store_use use, ra_error *err)
{
    /* a reader that may not write leaves the log behind when it closes last */
    int flags = SQLITE_OPEN_READWRITE | (use == RA_STORE_RECORD ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        return fail(s, err);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_MS);
    /* a file from elsewhere is data, not program */
    if (!execute(s, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON", err))
        return false;
    if (use == RA_STORE_READ)
        return execute(s, "PRAGMA query_only = ON", err);
    s->synced_s = ra_now_s();
    /* a checkpoint, which waits for the disk, every 16 MB instead of every 4 */
    return execute(s,
                   "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                   "PRAGMA wal_autocheckpoint = 4000",
                   err);
}

static bool prepare_all(ra_store *s, ra_store_use use, ra_error *err)
{
    static const char find[] =
        "SELECT " COLUMNS " FROM calls WHERE request = ?1 AND repetition = ?2";
    static const char put[] = "INSERT OR REPLACE INTO calls (" COLUMNS
                              ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
                              " ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
    return prepare(s, find, &s->find, err) &&
           (use == RA_STORE_READ || prepare(s, put, &s->put, err));
}

ra_store *ra_store_open(const char *path, ra_store_use use, ra_error *err)
{
    if (use == RA_STORE_READ && !ra_file_exists(path)) {
        ra_fail(err, RA_ERR_INPUT, path, 0, "there is no such call store", NULL);
        return NULL;
    }
    ra_arena arena = {0};
    ra_store *s = ra_alloc(1, sizeof *s);
    s->path = ra_strdup(path);
    s->lock_path = ra_strdup(ra_arena_printf(&arena, "%s.lock", path));
    s->lock = -1;
    const char *slash = strrchr(path, '/');
    const char *folder =
        slash && slash > path ? ra_arena_strndup(&arena, path, (size_t)(slash - path)) : NULL;
    bool ok =
        use == RA_STORE_READ || ((!folder || ra_folder_make(folder, err)) && take_lock(s, err));
    ra_arena_release(&arena);
    if (ok && open_file(s, use, err) && check_version(s, use, err) && prepare_all(s, use, err))
        return s;
    ra_store_close(s);
    return NULL;
}

void ra_store_close(ra_store *s)
{
    if (!s)
        return;
    sqlite3_finalize(s->find);
    sqlite3_finalize(s->put);
    sqlite3_close(s->db);
    if (s->lock >= 0) {
        unlink(s->lock_path);
        close(s->lock);
    }
    free(s->path);
    free(s->lock_path);
    free(s);
}

/* --- rows --- */

static const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

static double column_number(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return NAN;
    return sqlite3_column_double(statement, column);
}

/* Texts live until the statement is stepped or reset. */
static void read_row(sqlite3_stmt *st, ra_store_row *row)
{
    *row = (ra_store_row){
        .request = column_text(st, 0),
        .repetition = (uint64_t)sqlite3_column_int64(st, 1),
        .purpose = column_text(st, 2),
        .method = column_text(st, 3),
        .url = column_text(st, 4),
        .request_headers = column_text(st, 5),
        .body = column_text(st, 6),
        .status = (long)sqlite3_column_int64(st, 7),
        .answer_headers = column_text(st, 8),
        .answer = column_text(st, 9),
        .requested_model = column_text(st, 10),
        .served_model = column_text(st, 11),
        .fingerprint = column_text(st, 12),
        .prompt_tokens = column_number(st, 13),
        .completion_tokens = column_number(st, 14),
        .cached_tokens = column_number(st, 15),
        .reasoning_tokens = column_number(st, 16),
        .price_input = column_number(st, 17),
        .price_output = column_number(st, 18),
        .usd = column_number(st, 19),
        .latency_ms = column_number(st, 20),
        .attempts = (uint64_t)sqlite3_column_int64(st, 21),
        .time = column_text(st, 22),
    };
}

static void keep_texts(ra_arena *arena, ra_store_row *row)
{
    const char **texts[] = {
        &row->request,         &row->purpose,      &row->method,         &row->url,
        &row->request_headers, &row->body,         &row->answer_headers, &row->answer,
        &row->requested_model, &row->served_model, &row->fingerprint,    &row->time};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*texts[i])
            *texts[i] = ra_arena_strdup(arena, *texts[i]);
}

bool ra_store_find(ra_store *s, const char *request, uint64_t repetition, ra_arena *arena,
                   ra_store_row *row, bool *found, ra_error *err)
{
    sqlite3_reset(s->find);
    sqlite3_bind_text(s->find, 1, request, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s->find, 2, (sqlite3_int64)repetition);
    int code = sqlite3_step(s->find);
    *found = code == SQLITE_ROW;
    if (*found) {
        read_row(s->find, row);
        keep_texts(arena, row);
    }
    bool ok = code == SQLITE_ROW || code == SQLITE_DONE || fail(s, err);
    sqlite3_reset(s->find);
    return ok;
}

static void bind_number(sqlite3_stmt *statement, int column, double value)
{
    if (isnan(value))
        sqlite3_bind_null(statement, column);
    else
        sqlite3_bind_double(statement, column, value);
}

static void bind_row(sqlite3_stmt *st, const ra_store_row *row)
{
    const struct {
        int column;
        const char *text;
    } texts[] = {{1, row->request},          {3, row->purpose},
                 {4, row->method},           {5, row->url},
                 {6, row->request_headers},  {7, row->body},
                 {9, row->answer_headers},   {10, row->answer},
                 {11, row->requested_model}, {12, row->served_model},
                 {13, row->fingerprint},     {23, row->time}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        sqlite3_bind_text(st, texts[i].column, texts[i].text, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)row->repetition);
    sqlite3_bind_int64(st, 8, row->status);
    bind_number(st, 14, row->prompt_tokens);
    bind_number(st, 15, row->completion_tokens);
    bind_number(st, 16, row->cached_tokens);
    bind_number(st, 17, row->reasoning_tokens);
    bind_number(st, 18, row->price_input);
    bind_number(st, 19, row->price_output);
    bind_number(st, 20, row->usd);
    bind_number(st, 21, row->latency_ms);
    sqlite3_bind_int64(st, 22, (sqlite3_int64)row->attempts);
}

static void roll_back(ra_store *s)
{
    s->in_transaction = false;
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* SQLite may have done it already */
}

bool ra_store_put(ra_store *s, const ra_store_row *row, ra_error *err)
{
    if (!s->in_transaction && !execute(s, "BEGIN IMMEDIATE", err))
        return false;
    s->in_transaction = true;
    bind_row(s->put, row);
    bool ok = sqlite3_step(s->put) == SQLITE_DONE || fail(s, err);
    sqlite3_reset(s->put);
    sqlite3_clear_bindings(s->put);
    if (!ok)
        roll_back(s);
    return ok;
}

bool ra_store_commit(ra_store *s, ra_error *err)
{
    if (!s->in_transaction)
        return true;
    if (!execute(s, "COMMIT", err)) {
        roll_back(s);
        return false;
    }
    s->in_transaction = false;
    s->unsynced = true;
    return ra_now_s() - s->synced_s < sync_every_s || ra_store_sync(s, err);
}

/* A commit that waits for the disk takes those before it along. */
bool ra_store_sync(ra_store *s, ra_error *err)
{
    char sql[128];
    if (!s->unsynced)
        return true;
    snprintf(sql, sizeof sql,
             "PRAGMA synchronous = FULL; PRAGMA user_version = %d; PRAGMA synchronous = NORMAL",
             VERSION);
    s->unsynced = false;
    bool ok = execute(s, sql, err);
    s->synced_s = ra_now_s();
    return ok;
}

bool ra_store_each(ra_store *s, const char *purpose, const char *prefix, ra_store_visit *visit,
                   void *context, ra_error *err)
{
    static const char sql[] = "SELECT " COLUMNS " FROM calls WHERE (?1 IS NULL OR purpose = ?1)"
                              " AND substr(request, 1, length(?2)) = ?2"
                              " ORDER BY request, repetition";
    sqlite3_stmt *statement = NULL;
    if (!prepare(s, sql, &statement, err))
        return false;
    sqlite3_bind_text(statement, 1, purpose, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, prefix, -1, SQLITE_STATIC);
    int code;
    bool ok = true;
    while (ok && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        ra_store_row row;
        read_row(statement, &row);
        ok = visit(context, &row, err);
    }
    if (ok && code != SQLITE_DONE)
        ok = fail(s, err);
    sqlite3_finalize(statement);
    return ok;
}

bool ra_store_check(ra_store *s, ra_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (!prepare(s, "PRAGMA integrity_check", &statement, err))
        return false;
    bool ok = sqlite3_step(statement) == SQLITE_ROW || fail(s, err);
    const char *text = ok ? column_text(statement, 0) : NULL;
    if (ok && (!text || strcmp(text, "ok") != 0))
        ok = ra_failf(err, RA_ERR_INPUT, s->path, 0, "the file is damaged: %s", text);
    sqlite3_finalize(statement);
    return ok;
}

void ra_store_name(const char *method, const char *url, const char *headers, const char *body,
                   ra_digest out)
{
    const char *parts[] = {method, "\n", url, "\n", headers, "\n", body};
    ra_sha256 *state = ra_sha256_start();
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ra_sha256_add(state, parts[i], strlen(parts[i]));
    ra_sha256_finish(state, out);
}
