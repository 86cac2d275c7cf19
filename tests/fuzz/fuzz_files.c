/* Property: any bytes as a results, study, price or claims file, or as a part of a recording set,
 * are read, or give an error with a message. The first byte picks the reader. */
#include "measure/cost.h"
#include "measure/prices.h"
#include "measure/results.h"
#include "study/study.h"
#include "verify/claims.h"

#include "temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char set_json[] =
    "{\"schema\":\"routeassay.set/1\",\"name\":\"n\",\"benchmark\":\"b\","
    "\"models\":[\"m\"]}";
static const char items[] =
    "{\"id\":\"a\",\"turns\":[\"x\",\"y\"]}\n{\"id\":\"b\",\"turns\":[\"x\"]}\n";

static bool read_set(const uint8_t *data, size_t size, int part, ra_error *err)
{
    static const char *const files[] = {"items.jsonl", "outputs/m.jsonl", "grades/m@g.jsonl",
                                        "judgments/m@j.jsonl"};
    temporary_file("set.json", (const uint8_t *)set_json, sizeof set_json - 1);
    temporary_file("items.jsonl", (const uint8_t *)items, sizeof items - 1);
    temporary_file(files[part], data, size);
    ra_set set;
    ra_output *outputs;
    ra_grade *grades;
    ra_judgment *judgments;
    if (!ra_set_open(&set, temporary(""), err))
        return false;
    bool ok = part == 0 || (part == 1 && ra_set_outputs(&set, "m", &outputs, err)) ||
              (part == 2 && ra_set_grades(&set, "m", "g", &grades, err)) ||
              (part == 3 && ra_set_judgments(&set, "m", "j", &judgments, err));
    ra_set_release(&set);
    return ok;
}

static bool read_file(int kind, const uint8_t *data, size_t size, ra_error *err)
{
    const char *path = temporary_file("file", data, size);
    ra_results results;
    ra_study study;
    ra_prices prices;
    ra_claims claims;
    bool ok = false;
    if (kind == 0 && (ok = ra_results_read(&results, path, err))) {
        for (size_t i = 0; i < results.benchmark_count; i++)
            ra_cost_measure(&results.arena, 1, &results.benchmarks[i]);
        ra_results_release(&results);
    }
    if (kind == 1 && (ok = ra_study_read(&study, path, err)))
        ra_study_release(&study);
    if (kind == 2 && (ok = ra_prices_read(&prices, path, NULL, err)))
        ra_prices_release(&prices);
    if (kind == 3 && (ok = ra_claims_read(&claims, path, err)))
        ra_claims_release(&claims);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ra_error err = {0};
    int kind = data[0] % 8;
    bool ok = kind < 4 ? read_file(kind, data + 1, size - 1, &err)
                       : read_set(data + 1, size - 1, kind - 4, &err);
    if (!ok && !err.message[0])
        abort();
    temporary_end();
    return 0;
}
