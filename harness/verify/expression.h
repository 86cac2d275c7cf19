/* Expressions over published values and measured results, in interval arithmetic:
 *
 *   {t1.random.cpt50} / {t1.judge.mf.cpt50}         values that the document prints
 *   [gsm8k/strong] * 100                            cells of the results (measure/cells.h)
 *
 * with + - * / ( ), numbers, min(a,b,...) and max(a,b,...). Every value is a number with a range: a
 * printed number may be off by half a unit of its last digit, a measured one by its interval. The
 * range of the whole is what the ranges allow, which is wide, never too narrow.
 */
#ifndef RA_VERIFY_EXPRESSION_H
#define RA_VERIFY_EXPRESSION_H

#include "base/error.h"
#include "base/text.h"
#include "measure/results.h"

typedef struct ra_names {
    /* Looks up {name} (published) or [name] (measured). False = not known; *why says what is
     * missing. */
    bool (*find)(void *context, const char *name, bool measured, ra_estimate *out, ra_error *why);
    void *context;
} ra_names;

typedef enum ra_evaluated {
    RA_EVALUATED,
    RA_EVALUATED_MISSING, /* a measured value is not there; err says which */
    RA_EVALUATED_WRONG,   /* the expression is wrong; err says where */
} ra_evaluated;

/* Evaluates the text. arithmetic, if not NULL, receives the text with every name replaced by its
 * value. *measured says whether a measured value took part. */
ra_evaluated ra_expression_evaluate(const char *text, const ra_names *names, ra_estimate *out,
                                    bool *measured, ra_buf *arithmetic, ra_error *err);

#endif
