/* Vectors that were made before, by the content of their texts.
 *
 * FOLDER/KEY.vectors, KEY from the embedder's identity: records of the text's SHA-256 (32 bytes)
 * and its vector (dimension x float32), appended. A record cut short by a crash is dropped; several
 * processes may append (under a lock). Only embedders that are slow use it.
 */
#ifndef RA_EMBED_CACHE_H
#define RA_EMBED_CACHE_H

#include "embed/embed.h"

/* As ra_embedder_embed; vectors that are not yet in the cache are made and added. folder NULL, or
 * an embedder that is not slow: no cache. One made of others has caches of its slow parts. */
RA_MUST_CHECK bool ra_embed_cached(ra_embedder *embedder, const char *folder,
                                   const ra_embed_text *texts, size_t count, float *vectors,
                                   ra_error *err);
/* Called by ra_embedder_close; NULL is fine. */
void ra_embed_cache_close(struct ra_embed_cache *cache);

#endif
