/* Overhead in the format of hyperfine's --export-json. */
#include "measure/interval.h"
#include "measure/overhead.h"

#include <math.h>
#include <stdlib.h>

static ra_json *numbers(const double *values, size_t count)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < count; i++)
        ra_json_add_number(list, values[i]);
    return list;
}

static double deviation(const double *values, size_t count, double mean)
{
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return sqrt(squares / ((double)count - 1)); /* NaN of a single one */
}

static void put_memory(ra_json *o, const ra_overhead_router *r)
{
    ra_json *memory = ra_json_new_array(), *codes = ra_json_new_array();
    for (size_t i = 0; i < r->block_count; i++) {
        ra_json_add_number(memory, r->blocks[i].peak_mib * (1 << 20));
        ra_json_add_number(codes, 0);
    }
    ra_json_put(o, "memory_usage_byte", memory);
    ra_json_put(o, "exit_codes", codes);
}

static ra_json *hyperfine_result(const ra_overhead_router *r, bool batch)
{
    size_t n = r->block_count;
    double *values = ra_alloc(n, sizeof *values), user = 0, system = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        values[i] = batch ? r->blocks[i].batch_s : r->blocks[i].single.mean;
        sum += values[i];
        user += r->blocks[i].user_s / (double)n; /* in batches, for both */
        system += r->blocks[i].system_s / (double)n;
    }
    ra_json *o = ra_json_new_object(), *parameters = ra_json_new_object();
    double mean = sum / (double)n;
    ra_json_put_string(o, "command", r->router);
    ra_json_put_number(o, "mean", mean);
    ra_json_put_number(o, "stddev", deviation(values, n, mean));
    ra_json_put(o, "times", numbers(values, n)); /* before quantiles put them in another order */
    ra_json_put_number(o, "median", ra_quantile(values, n, 0.5));
    ra_json_put_number(o, "user", user);
    ra_json_put_number(o, "system", system);
    ra_json_put_number(o, "min", ra_quantile(values, n, 0));
    ra_json_put_number(o, "max", ra_quantile(values, n, 1));
    put_memory(o, r);
    ra_json_put_string(parameters, "router", r->name);
    ra_json_put_string(parameters, "asked", batch ? "in batches" : "one at a time");
    char threads_text[16];
    snprintf(threads_text, sizeof threads_text, "%d", r->threads);
    ra_json_put_string(parameters, "threads", threads_text);
    ra_json_put(o, "parameters", parameters);
    free(values);
    return o;
}

ra_json *ra_overhead_hyperfine(const ra_overhead *overhead)
{
    ra_json *doc = ra_json_new_object(), *results = ra_json_new_array();
    for (size_t i = 0; i < overhead->router_count; i++) {
        if (overhead->routers[i].stored) /* no runs */
            continue;
        ra_json_add(results, hyperfine_result(&overhead->routers[i], false));
        ra_json_add(results, hyperfine_result(&overhead->routers[i], true));
    }
    ra_json_put(doc, "results", results);
    return doc;
}
