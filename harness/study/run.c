/* A study from its first stage to the last. */
#include "study/run.h"

#include "base/file.h"
#include "embed/ngrams.h"

const char *ra_run_path(ra_run *run, const char *name)
{
    return ra_path_join(&run->arena, run->options->out, name);
}

bool ra_study_run(const ra_study *study, const ra_run_options *options, ra_error *err)
{
    ra_run run = {.study = study, .options = options, .memo = ra_ngram_memo_new()};
    bool ok = ra_folder_make(options->out, err) && ra_run_recordings(&run, err) &&
              ra_run_train(&run, err) && ra_run_score(&run, err) && ra_run_measure(&run, err) &&
              ra_run_overhead(&run, err) && ra_run_verify(&run, err) && ra_run_output(&run, err);
    ra_ngram_memo_free(run.memo);
    ra_arena_release(&run.arena);
    return ok;
}
