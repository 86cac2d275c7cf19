/* Why a claim got its verdict: its words and source, the quantity, what each name in it stands for
 * and where that comes from, the arithmetic, and the rule that decided. */
#ifndef RA_REPORTS_EXPLAIN_CLAIM_H
#define RA_REPORTS_EXPLAIN_CLAIM_H

#include "verify/claims.h"

/* Appends text for a reader. `results` may be NULL. An unknown id: exit 2. */
RA_MUST_CHECK bool ra_explain_claim(const ra_claims *claims, const ra_results *results,
                                    const char *id, ra_buf *out, ra_error *err);

#endif
