/* SPDX-License-Identifier: Apache-2.0
 * Every bound of the core in one place, in bytes unless the name says otherwise. */
#ifndef CNIL_BASE_LIMITS_H
#define CNIL_BASE_LIMITS_H

/* clang-format off */
#define CNIL_LIMIT_TAG            (64 * 1024)       /* an open tag, or an undecided inline script, held over a chunk border */
#define CNIL_LIMIT_EXCHANGE_ARENA (2 * 1024 * 1024)   /* headers, edits, events and pages of one exchange */
#define CNIL_LIMIT_POLICY_ARENA   (64 * 1024 * 1024)
#define CNIL_LIMIT_POLICY_FILE    (8 * 1024 * 1024)
#define CNIL_LIMIT_ATTRIBUTES     64                /* distinct names of one tag that duplicates are told from */
#define CNIL_LIMIT_URL            (64 * 1024)       /* a longer URL is decided on its prefix */
#define CNIL_LIMIT_HOST           253               /* a DNS name without its trailing dot (RFC 1035) */
#define CNIL_LIMIT_NESTING        4                 /* documents in attributes (srcdoc, data:) of documents in attributes */
#define CNIL_LIMIT_SCRIPT_LITERALS (20 * 1024)     /* of a longer inline script a URL in it is told, but holds nothing back */
#define CNIL_LIMIT_CARDS          8                 /* in one page, for what has no frame of its own */
#define CNIL_LIMIT_PROLOGUE       (8 * 1024)        /* of a worker's script, in which a "use strict" is looked for */
#define CNIL_LIMIT_FORM_BODY      4096              /* what is posted to our own addresses */
#define CNIL_LIMIT_USER_AGENT     512               /* of it, for known robots */
#define CNIL_LIMIT_CHOICE_COOKIE  2048              /* the value of `eu-consent` */
#define CNIL_LIMIT_CHOICE_SERVICES 32               /* services that one choice names by themselves */
#define CNIL_LIMIT_GUARD_TABLE    (512 * 1024)      /* what the guard of one choice holds back, as a script */
#define CNIL_LIMIT_GUARD_LISTED   (16 * 1024 * 1024)  /* … besides, of filter lists: the exchange may hold so much more */
#define CNIL_LIMIT_GUARD_LISTS    (8 * 1024 * 1024) /* what questions read of the lists that the guard is told: it is less as a script */
#define CNIL_LIMIT_GUARD_RULES    (64 * 1024 * 1024) /* rules of one list while they are put in order */
#define CNIL_LIMIT_GUARD_WORDS    100000            /* of one list of it */
#define CNIL_LIMIT_SECURITY_POLICY 4000             /* our Content-Security-Policy: proxies in front refuse long fields */
#define CNIL_LIMIT_PAGE_POLICY    (128 * 1024)      /* what of it is too long for a field, in the page itself */
#define CNIL_LIMIT_EVENTS         64                /* distinct events of one exchange; further ones are counted */
#define CNIL_LIMIT_EVENT_LINE     4000              /* under PIPE_BUF, so that one write is one whole line */
#define CNIL_LIMIT_PROOF_LINE     4000              /* a line of the log of choices: under PIPE_BUF, too */
#define CNIL_LIMIT_PROOF_FILE     (1024 * 1024 * 1024) /* one file of it, as it is read */
#define CNIL_LIMIT_ARCHIVED       (16 * 1024 * 1024) /* what is kept of a policy or a banner */
#define CNIL_LIMIT_STATISTICS_SITES 32              /* policies of one server that keep statistics */
#define CNIL_LIMIT_STATISTICS_TEMPLATES 64          /* names of pages of one policy and day; further ones are counted as "(other)" */
#define CNIL_LIMIT_STATISTICS_HOSTS 256             /* hosts that visitors came from, the same */
#define CNIL_LIMIT_STATISTICS_LABEL 64              /* either name, with its NUL; a longer one is "(other)" */
#define CNIL_LIMIT_STATISTICS_LEAST 1000            /* what statistics.least may be at most */
#define CNIL_LIMIT_ERRORS         100               /* mistakes told of one policy */
#define CNIL_LIMIT_PURPOSES       31                /* one bit each in a set of purposes; see CNIL_MEASUREMENT */
#define CNIL_LIMIT_LANGUAGE_RANGES 32               /* of Accept-Language */
#define CNIL_LIMIT_TEXT           2048              /* one text of ours in a policy's own words */
#define CNIL_LIMIT_LISTS          8                 /* compiled filter lists of one policy */
#define CNIL_LIMIT_LIST_SOURCES   32                /* lists in one compiled file: a bit each in a match */
#define CNIL_LIMIT_LIST_NAME      64
#define CNIL_LIMIT_LIST_TEXT      (64 * 1024 * 1024)  /* the text of one list */
#define CNIL_LIMIT_LIST_FILE      (256 * 1024 * 1024) /* a compiled one */
#define CNIL_LIMIT_LIST_LINE      (64 * 1024)       /* a longer line of a list is left out */
#define CNIL_LIMIT_LIST_RULE      320               /* what a verdict says of a rule, cut to this; over CNIL_LIMIT_HOST */
#define CNIL_LIMIT_LIST_REGEX     2048              /* one expression of a list */
#define CNIL_LIMIT_LIST_REGEXES   256               /* compiled when the file is loaded; further ones are left out */
#define CNIL_LIMIT_OBSERVED       1024              /* services, hosts and cookies, each, that a site was seen to carry */
#define CNIL_LIMIT_OBSERVED_FILE  (1024 * 1024)     /* the file that says so */
#define CNIL_LIMIT_INTERIM        (64 * 1024)       /* one interim response, where it is read from bytes */
#define CNIL_LIMIT_CODINGS        4                 /* content codings of one body, one upon the other */
#define CNIL_LIMIT_DECODED        (32 * 1024)       /* decoded or converted bytes at hand at one time */
#define CNIL_LIMIT_DECODED_FREE   (10 * 1024 * 1024) /* a body may swell to this as it likes; */
#define CNIL_LIMIT_DECODED_RATIO  1000              /* beyond, not to more times what came in */
/* clang-format on */

#endif
