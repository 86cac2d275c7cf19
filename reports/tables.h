/* The tables of a report: what the paper shows, and what it leaves out. */
#ifndef RA_REPORTS_TABLES_H
#define RA_REPORTS_TABLES_H

#include "measure/overhead.h"
#include "reports/table.h"
#include "verify/claims.h"

/* The section of costs alone. */
void ra_document_make_costs(ra_document *d, const ra_results *results);
/* Sections with the tables of the results, no figures. Release with ra_document_release. */
void ra_document_make(ra_document *d, const ra_results *results);
/* A section for a file of claims, judged. */
RA_MUST_CHECK bool ra_document_add_claims(ra_document *d, const ra_results *results,
                                          const char *path, ra_error *err);
/* A section of what routers cost to run. */
void ra_document_add_overhead(ra_document *d, const ra_overhead *overhead);
/* The last section: study, program, inputs. */
void ra_document_add_provenance(ra_document *d, const ra_results *results);
void ra_document_release(ra_document *d);

/* "gsm8k/NAME/apgr"; `name` may be NULL: "gsm8k/gap". */
const char *ra_cell_id(ra_arena *arena, const ra_benchmark_result *b, const char *name,
                       const char *what);
/* "GSM8K", or "GSM8K, grader numeric": what its tables and section are called. */
const char *ra_benchmark_title(ra_arena *arena, const ra_benchmark_result *b);
/* A table of one benchmark: "gsm8k-routers", "GSM8K: routers". */
ra_table *ra_benchmark_table(ra_arena *arena, const ra_benchmark_result *b, const char *what,
                             const char *title, const ra_column *columns, size_t column_count,
                             size_t rows);
/* Under the default grader, or the only one there is: has tables of its own. */
bool ra_is_main_result(const ra_results *results, const ra_benchmark_result *b);
/* Share of strong calls at which the router reaches a score; NaN = never. */
double ra_calls_at_score(const ra_benchmark_result *b, const ra_router_result *r, double score);

/* --- one builder per table (tables_routers.c, tables_compare.c, tables_scores.c, tables_cost.c)
 * --- */
ra_table *ra_table_routers(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_points(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_categories(ra_arena *arena, const ra_benchmark_result *b);
/* Rows of one family; empty without intervals. */
ra_table *ra_table_comparisons(ra_arena *arena, const ra_benchmark_result *b, ra_family family);
ra_table *ra_table_chance(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_scores(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_oracles(ra_arena *arena, const ra_benchmark_result *b);
/* One row per number of gold labels; empty when no router was trained by us. */
ra_table *ra_table_training(ra_arena *arena, const ra_benchmark_result *b);
/* A document's routers, each kind followed by this study's of the same kind. */
ra_table *ra_table_beside(ra_arena *arena, const ra_benchmark_result *b,
                          const ra_published_table *published);
ra_table *ra_table_calls(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_savings(ra_arena *arena, const ra_results *results);
/* Of results that were measured with prices (tables_cost.c); empty without. */
ra_table *ra_table_prices(ra_arena *arena, const ra_results *results);
ra_table *ra_table_ledger(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_break_even(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_saved(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_tornado(ra_arena *arena, const ra_benchmark_result *b);
ra_table *ra_table_models(ra_arena *arena, const ra_results *results);
ra_table *ra_table_items(ra_arena *arena, const ra_results *results);
/* Every grader's scores on the same answers, and what that does to the gap. */
ra_table *ra_table_rules(ra_arena *arena, const ra_benchmark_result *b);
/* All results of the benchmark's name, side by side. */
ra_table *ra_table_graders(ra_arena *arena, const ra_results *results, const char *benchmark);
ra_table *ra_table_study(ra_arena *arena, const ra_results *results);
ra_table *ra_table_inputs(ra_arena *arena, const ra_results *results);

#endif
