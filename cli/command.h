/* SPDX-License-Identifier: Apache-2.0
 * The commands of `cnil`: one file each, one row each in main.c. */
#ifndef CNIL_CLI_COMMAND_H
#define CNIL_CLI_COMMAND_H

enum { /* what the process returns */
       COMMAND_OK = 0,
       COMMAND_MISTAKES = 1, /* in what it was given */
       COMMAND_USAGE = 2     /* in how it was called */
};

struct command {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *help;      /* one line */
    /* argv[0] is the command's name. Returns one of the above. */
    int (*run)(const struct command *self, int argc, char **argv);
};

int command_check(const struct command *self, int argc, char **argv);
int command_explain(const struct command *self, int argc, char **argv);
int command_lists(const struct command *self, int argc, char **argv);
int command_observe(const struct command *self, int argc, char **argv);
int command_proof(const struct command *self, int argc, char **argv);
int command_rewrite(const struct command *self, int argc, char **argv);
int command_scan(const struct command *self, int argc, char **argv);
int command_stats(const struct command *self, int argc, char **argv);
int command_texts(const struct command *self, int argc, char **argv);

/* Writes the usage line to stderr, returns COMMAND_USAGE. */
int command_usage(const struct command *self);

#endif
