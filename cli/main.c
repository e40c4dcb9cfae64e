/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include "base/version.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
    { "check", "POLICY...", "tells every mistake in policy files", command_check },
    { "explain", "[--policy FILE] [--json] --page URL [--type TYPE] URL|- or --cookie NAME",
      "tells what becomes of a URL or a cookie before and after consent, and by which rule", command_explain },
    { "lists", "build [NAME=]FILE... -o FILE [--dropped] | show FILE | update-from-debian [-o FILE]",
      "compiles adblock-syntax lists into one file for trackers.lists of a policy", command_lists },
    { "observe", "[--host HOST] [--least COUNT] -o FILE LOG|-...",
      "makes of logs of events what a site was seen to carry, for site.observed of a policy", command_observe },
    { "proof",
      "verify [--key FILE] [--closings FILE] [--until DAY] [--kept-from DAY] [DIRECTORY]\n"
      "  cnil proof export [--from DAY] [--to DAY] [--receipt NUMBER] [--csv] [DIRECTORY]\n"
      "  cnil proof show HASH [DIRECTORY]\n"
      "  cnil proof close [--until DAY] [--kept-from DAY] [--despite-mistakes] [DIRECTORY]",
      "the log of choices: checks it, lists it, shows a banner or policy that it names, signs what it holds",
      command_proof },
    { "rewrite", "[--policy FILE] --url URL [--choice none|refuse|accept|PURPOSE,...] [--chunk BYTES] [--audit FILE]",
      "rewrites a page from standard input to standard output as a server would", command_rewrite },
    { "scan",
      "[--policy FILE] --url URL [--json] PAGE|-...\n"
      "  cnil scan --resolve [--policy FILE] [--url URL] [--json] [--names FILE] [--zone FILE] [--server IPv4[:PORT]]\n"
      "      [--timeout SECONDS] PAGE|URL|NAME...",
      "lists the third parties of saved pages; with --resolve, the site's own names that are trackers' aliases",
      command_scan },
    { "stats", "[--from DAY] [--to DAY] [--site NAME] [--json|--csv] LOG...",
      "adds up the statistics in logs of events: pages, referrers, what became of the banner", command_stats },
    { "texts", "[LANGUAGE]",
      "lists the languages that visitors are spoken to in; or the texts of one, as a policy may word them",
      command_texts },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

int command_usage(const struct command *self)
{
    fprintf(stderr, "usage: cnil %s %s\n", self->name, self->arguments);
    return COMMAND_USAGE;
}

static void print_help(FILE *out)
{
    fprintf(out, "usage: cnil COMMAND ...\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  cnil %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fprintf(out, "  cnil help\n  cnil --version\n");
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(&commands[i], argc - 1, argv + 1);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help(stdout);
        return COMMAND_OK;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        printf("cnil %s\n", CNIL_VERSION);
        return COMMAND_OK;
    }
    if (argc > 1)
        fprintf(stderr, "cnil: no command \"%s\"\n", name);
    print_help(stderr);
    return COMMAND_USAGE;
}
