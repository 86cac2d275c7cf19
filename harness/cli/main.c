/* routeassay COMMAND [options]: finds the subcommand, prints its error, returns its status. */
#include "base/interrupt.h"
#include "cli/commands.h"
#include "ra_config.h"

#include <stdio.h>
#include <string.h>

typedef struct command {
    const char *name, *summary;
    ra_command_run *run;
} command;

static const command commands[] = {
    {"fetch", "download the public recordings, or copy them from a folder", ra_cmd_fetch},
    {"import", "make a recording set of files in a known format", ra_cmd_import},
    {"record", "run a model over a benchmark, into a recording set", ra_cmd_record},
    {"judge", "let a judge model rate recorded answers, and audit it", ra_cmd_judge},
    {"grade", "grade recorded answers by any rule", ra_cmd_grade},
    {"audit", "compare grading rules on the same answers", ra_cmd_audit},
    {"score", "let routers rate every prompt", ra_cmd_score},
    {"measure", "curves, PGR, APGR and CPT of routers", ra_cmd_measure},
    {"embed", "vectors of prompts as .npy", ra_cmd_embed},
    {"similarity", "how near a benchmark is to training data, and what is in it",
     ra_cmd_similarity},
    {"train", "a router learns from battles and recorded grades", ra_cmd_train},
    {"calibrate", "the threshold for a wanted share of strong calls or quality", ra_cmd_calibrate},
    {"cost", "what routing costs and saves, at the prices of any day", ra_cmd_cost},
    {"overhead", "what routers cost to run: latency, throughput, dollars", ra_cmd_overhead},
    {"power", "which differences so many items can show", ra_cmd_power},
    {"verify", "say of published claims whether they hold", ra_cmd_verify},
    {"plot", "figures from results", ra_cmd_plot},
    {"report", "tables and figures as Markdown, HTML and LaTeX", ra_cmd_report},
    {"explain", "where a figure of a report comes from", ra_cmd_explain},
    {"calls", "the store of paid calls: list, show, stats, export, import, verify, send",
     ra_cmd_calls},
    {"run", "a whole study from one file", ra_cmd_run},
    {"replay-server", "recordings as an OpenAI-compatible server", ra_cmd_replay_server},
    {NULL, NULL, NULL},
};

static int usage(FILE *out)
{
    fputs("usage: routeassay COMMAND [options]\n\nChecks claims about LLM routers against recorded "
          "outputs of a strong and a weak model.\n\ncommands:\n",
          out);
    for (const command *c = commands; c->name; c++)
        fprintf(out, "  %-13s %s\n", c->name, c->summary);
    fputs("\n'routeassay COMMAND --help' shows the options of a command with an example.\n", out);
    return out == stdout ? RA_OK : RA_ERR_USAGE;
}

/* A full disk or a closed pipe shows only when the buffer is written. */
static bool flush_output(ra_error *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return ra_fail_errno(err, "standard output", "write");
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("routeassay %s (%s)\n", RA_VERSION, RA_COMMIT);
        return RA_OK;
    }
    for (const command *c = commands; c->name; c++) {
        if (strcmp(argv[1], c->name) != 0)
            continue;
        ra_error err = {0};
        if (c->run(argc - 1, argv + 1, &err) && flush_output(&err))
            return RA_OK;
        fflush(stdout);
        ra_error_print(&err, c->name, stderr);
        ra_interrupt_end();
        return (int)err.code;
    }
    fprintf(stderr, "routeassay: unknown command '%s' (see 'routeassay --help')\n", argv[1]);
    return RA_ERR_USAGE;
}
