/* A judge's audit as JSON. */
#include "measure/fields.h"
#include "study/judge_audit.h"

static ra_json *unreadable_json(const ra_judge_audit *a)
{
    ra_json *list = ra_json_new_array();
    for (size_t i = 0; i < a->unreadable_count; i++) {
        const ra_judge_unreadable *u = &a->unreadable[i];
        ra_json *o = ra_json_new_object();
        ra_json_put_string(o, "judge", u->by);
        ra_json_put_string(o, "id", u->id);
        ra_json_put_number(o, "turn", (double)u->turn);
        ra_json_put_string(o, "end", u->end);
        ra_json_add(list, o);
    }
    return list;
}

static ra_json *repeats_json(const ra_judge_repeats *r)
{
    ra_json *o = ra_json_new_object(), *means = ra_json_new_array();
    for (size_t i = 0; i < r->rounds; i++)
        ra_json_add_number(means, r->means[i]);
    ra_json_put(o, "means", means);
    ra_json_put_number(o, "turns", (double)r->turns);
    ra_json_put(o, "equal", ra_estimate_json(&r->equal));
    ra_json_put(o, "spread", ra_estimate_json(&r->spread));
    ra_json_put_number(o, "widest", r->widest);
    return o;
}

static ra_json *orders_json(const ra_judge_orders *p)
{
    const struct {
        const char *key;
        size_t value;
    } counts[] = {{"turns", p->turns},
                  {"consistent", p->consistent},
                  {"first_place_twice", p->first},
                  {"second_place_twice", p->second},
                  {"tie_once", p->half}};
    ra_json *o = ra_json_new_object();
    ra_json_put_string(o, "against", p->against);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        ra_json_put_number(o, counts[i].key, (double)counts[i].value);
    ra_json_put(o, "agreement", ra_estimate_json(&p->agreement));
    ra_json_put(o, "to_first", ra_estimate_json(&p->to_first));
    ra_json_put(o, "to_longer", ra_estimate_json(&p->to_longer));
    return o;
}

ra_json *ra_judge_audit_json(const ra_judge_audit *a)
{
    ra_json *o = ra_json_new_object(), *orders = ra_json_new_array();
    ra_json_put_string(o, "model", a->model);
    ra_json_put_string(o, "judge", a->judge);
    ra_json_put_number(o, "judged", (double)a->judged);
    ra_json_put_number(o, "rated", (double)a->rated);
    ra_json_put_number(o, "mean", a->mean);
    ra_json_put(o, "unreadable", unreadable_json(a));
    if (a->repeats.rounds > 1)
        ra_json_put(o, "repeats", repeats_json(&a->repeats));
    ra_json_put_number(o, "length_turns", (double)a->length_turns);
    ra_json_put(o, "length", ra_estimate_json(&a->length));
    for (size_t i = 0; i < a->order_count; i++)
        ra_json_add(orders, orders_json(&a->orders[i]));
    ra_json_put(o, "orders", orders);
    return o;
}
