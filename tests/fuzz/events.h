/* SPDX-License-Identifier: Apache-2.0
 * What the events of a rewriter say, for fuzzers. */
#ifndef TESTS_FUZZ_EVENTS_H
#define TESTS_FUZZ_EVENTS_H

#include "audit/event.h"
#include "base/buffer.h"

/* Does any of them say `words`? */
static inline bool fuzz_tells(const struct cnil_events *events, struct cnil_str words)
{
    const struct cnil_event_context context = { .status = 200 };
    struct cnil_buffer lines;
    bool found;

    cnil_buffer_init(&lines, 1 << 26);
    cnil_events_write(events, &context, &lines);
    found = cnil_str_find(cnil_buffer_str(&lines), words) < lines.len;
    cnil_buffer_free(&lines);
    return found;
}

#endif
