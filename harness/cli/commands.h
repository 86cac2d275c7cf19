/* The subcommands, one file each. argv[0] is the subcommand's name; false = err says why, and its
 * code becomes the exit status. */
#ifndef RA_CLI_COMMANDS_H
#define RA_CLI_COMMANDS_H

#include "base/error.h"

typedef bool ra_command_run(int argc, char **argv, ra_error *err);

ra_command_run ra_cmd_import;
ra_command_run ra_cmd_grade;
ra_command_run ra_cmd_audit;
ra_command_run ra_cmd_fetch;
ra_command_run ra_cmd_score;
ra_command_run ra_cmd_measure;
ra_command_run ra_cmd_verify;
ra_command_run ra_cmd_plot;
ra_command_run ra_cmd_run;
ra_command_run ra_cmd_report;
ra_command_run ra_cmd_explain;
ra_command_run ra_cmd_power;
ra_command_run ra_cmd_train;
ra_command_run ra_cmd_calls;
ra_command_run ra_cmd_calls_send;
ra_command_run ra_cmd_embed;
ra_command_run ra_cmd_similarity;
ra_command_run ra_cmd_calibrate;
ra_command_run ra_cmd_cost;
ra_command_run ra_cmd_overhead;
ra_command_run ra_cmd_judge;
ra_command_run ra_cmd_record;
ra_command_run ra_cmd_replay_server;

#endif
