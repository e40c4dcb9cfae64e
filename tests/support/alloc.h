/* SPDX-License-Identifier: Apache-2.0
 * Failing allocations for unit tests: linked with --wrap=malloc,calloc,realloc. */
#ifndef CNIL_TESTS_ALLOC_H
#define CNIL_TESTS_ALLOC_H

/* Lets `count` allocations succeed and fails every later one; -1: none fails (the state at start). */
void alloc_fail_after(long count);

/* Did an allocation fail since the last alloc_fail_after()? A loop over counts ends when none did. */
int alloc_failed(void);

#endif
