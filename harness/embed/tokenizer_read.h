/* Reading a tokenizer's parts from the fields of tokenizer.json. Everything that the file asks for
 * and that is not known here is an error that names it. */
#ifndef RA_EMBED_TOKENIZER_READ_H
#define RA_EMBED_TOKENIZER_READ_H

#include "data/json.h"
#include "embed/tokenizer_parts.h"

/* "normalizer" and "pre_tokenizer"; null = none. */
RA_MUST_CHECK bool ra_read_normalizer(ra_tokenizer *t, const ra_json *normalizer, ra_json_at at,
                                      ra_error *err);
RA_MUST_CHECK bool ra_read_pre_tokenizer(ra_tokenizer *t, const ra_json *splitter, ra_json_at at,
                                         ra_error *err);
/* "model". `ids` becomes a map of all tokens, with the document's strings as keys. */
RA_MUST_CHECK bool ra_read_model(ra_tokenizer *t, const ra_json *model, ra_json_at at, ra_map *ids,
                                 ra_error *err);

/* WordPiece of these tokens, ids their places. */
RA_MUST_CHECK bool ra_wordpiece_build(ra_vocabulary *v, const char *const *tokens, size_t count,
                                      const char *prefix, const char *unknown, const char *file,
                                      ra_error *err);

#endif
