/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/closing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DAY_LEN = 10, FIRST_ROOM = 64, SIGNATURE_LIMIT = 128, MIN_HEAD_LEN = CNIL_RECORD_CHAIN_LEN + CNIL_DIGEST_LEN };

void cnil_closings_free(struct cnil_closings *closings)
{
    free(closings->list);
    free(closings->heads);
    *closings = (struct cnil_closings){ .count = 0 };
}

/* ---- reading ---- */

/* Takes `before` and the string behind it, up to its quote, off `*rest`. */
static bool take(struct cnil_str *rest, struct cnil_str before, struct cnil_str *string)
{
    if (!cnil_str_starts_with(*rest, before))
        return false;
    *string = cnil_str_slice(*rest, before.len, rest->len);
    *string = cnil_str_slice(*string, 0, cnil_str_find_byte(*string, '"'));
    *rest = cnil_str_slice(*rest, before.len + string->len, rest->len);
    return true;
}

/* As it is written and no other way: with a member twice, or one behind the signature, what is read would not be what
 * was signed. No string of it has an escape. */
static bool parse(struct cnil_str text, struct cnil_closing *closing)
{
    struct cnil_str rest = text, closed;

    closing->text = text;
    if (!take(&rest, CNIL_STR("{\"day\":\""), &closing->day) || !take(&rest, CNIL_STR("\",\"closed\":\""), &closed) ||
        !take(&rest, CNIL_STR("\",\"prev\":\""), &closing->prev))
        return false;
    (void)take(&rest, CNIL_STR("\",\"kept\":\""), &closing->kept); /* it may not be said */
    if (!take(&rest, CNIL_STR("\",\"heads\":\""), &closing->heads) ||
        !take(&rest, CNIL_STR("\",\"key\":\""), &closing->key))
        return false;
    closing->signed_text = cnil_str_slice(text, 0, text.len - rest.len + 1);
    return take(&rest, CNIL_STR("\",\"signature\":\""), &closing->signature) && cnil_str_equal(rest, CNIL_STR("\"}")) &&
           closing->day.len == DAY_LEN && (closing->kept.len == 0 || closing->kept.len == DAY_LEN) &&
           cnil_digest_is(closing->prev) && cnil_digest_is(closing->key);
}

static enum cnil_status add(struct cnil_closings *closings, const char *file, unsigned number, struct cnil_str text,
                            struct cnil_errors *errors)
{
    struct cnil_closing closing = { .file = file, .number = number };
    enum cnil_status status;

    if (!parse(text, &closing)) {
        cnil_errors_add(errors, file, number, 0, NULL, "this closes no day: it is not as it was written");
        return CNIL_INVALID;
    }
    status = cnil_digest_of(text, &closing.digest);
    if (status == CNIL_OK && closings->count == closings->room) {
        size_t room = closings->room > 0 ? 2 * closings->room : FIRST_ROOM;
        struct cnil_closing *grown = realloc(closings->list, room * sizeof(*grown));

        if (grown == NULL)
            return CNIL_NO_MEMORY;
        closings->list = grown;
        closings->room = room;
    }
    if (status == CNIL_OK)
        closings->list[closings->count++] = closing;
    return status;
}

/* "CHAIN/SEQ/DIGEST" */
static bool take_head(struct cnil_str *rest, struct cnil_head *head)
{
    struct cnil_str text = cnil_str_cut(rest, ' '), number;

    head->chain = cnil_str_cut(&text, '/');
    number = cnil_str_cut(&text, '/');
    head->digest = text;
    head->seq = 0;
    for (size_t i = 0; i < number.len && i < 18 && cnil_is_digit(number.ptr[i]); i++)
        head->seq = head->seq * 10 + (uint64_t)(number.ptr[i] - '0');
    return head->chain.len == CNIL_RECORD_CHAIN_LEN && head->seq > 0 && cnil_digest_is(head->digest);
}

static int by_chain(const void *left, const void *right)
{
    const struct cnil_head *a = left, *b = right;
    int order = cnil_str_compare(a->chain, b->chain);

    return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static enum cnil_status list_heads(struct cnil_closings *closings, struct cnil_errors *errors)
{
    enum cnil_status status = CNIL_OK;
    size_t room = 0;

    for (size_t i = 0; i < closings->count; i++)
        room += 1 + closings->list[i].heads.len / MIN_HEAD_LEN;
    closings->heads = calloc(room + 1, sizeof(*closings->heads));
    if (closings->heads == NULL)
        return CNIL_NO_MEMORY;
    for (size_t i = 0; i < closings->count; i++) {
        struct cnil_str rest = closings->list[i].heads;

        while (rest.len > 0) {
            struct cnil_head *head = &closings->heads[closings->head_count];

            head->closing = i;
            if (take_head(&rest, head)) {
                closings->head_count++;
                continue;
            }
            cnil_errors_add(errors, closings->list[i].file, closings->list[i].number, 0, NULL,
                            "this closes no day: it is not as it was written");
            status = CNIL_INVALID;
            break;
        }
    }
    if (closings->head_count > 1)
        qsort(closings->heads, closings->head_count, sizeof(*closings->heads), by_chain);
    return status;
}

enum cnil_status cnil_closings_read(struct cnil_closings *closings, struct cnil_ledger *ledger, const char *path,
                                    struct cnil_errors *errors)
{
    const struct cnil_ledger_file *file;
    enum cnil_status status, worst = CNIL_OK;
    struct cnil_str rest;

    *closings = (struct cnil_closings){ .count = 0 };
    if (access(path, F_OK) != 0)
        return CNIL_OK;
    file = cnil_ledger_load(ledger, path, &status, errors);
    if (file == NULL)
        return status;
    rest = (struct cnil_str){ file->bytes, file->len };
    for (unsigned number = 1; rest.len > 0; number++) {
        status = add(closings, file->path, number, cnil_str_cut(&rest, '\n'), errors);
        if (status != CNIL_OK)
            worst = status;
    }
    status = list_heads(closings, errors);
    return status != CNIL_OK ? status : worst;
}

const struct cnil_head *cnil_closings_head(const struct cnil_closings *closings, struct cnil_str chain, uint64_t seq)
{
    const struct cnil_head wanted = { .chain = chain, .seq = seq };
    size_t low = 0, high = closings->head_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_chain(&closings->heads[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < closings->head_count && cnil_str_equal(closings->heads[low].chain, chain) ? &closings->heads[low]
                                                                                           : NULL;
}

struct cnil_str cnil_closings_kept(const struct cnil_closings *closings)
{
    return closings->count > 0 ? closings->list[closings->count - 1].kept : CNIL_STR_EMPTY;
}

/* ---- writing ---- */

/* The last line of the chain at [from, from + length) that is of `day` or before, if no closing names it yet. */
static const struct cnil_ledger_line *head_of(const struct cnil_ledger *ledger, size_t from, size_t length,
                                              struct cnil_str day, const struct cnil_closings *closings)
{
    const struct cnil_ledger_line *head = NULL;

    for (size_t i = from; i < from + length; i++)
        if (cnil_str_compare(cnil_str_slice(ledger->lines[i].time, 0, DAY_LEN), day) <= 0 &&
            (head == NULL || ledger->lines[i].seq > head->seq))
            head = &ledger->lines[i];
    return head != NULL && cnil_closings_head(closings, head->chain, head->seq) == NULL ? head : NULL;
}

static void write_heads(const struct cnil_ledger *ledger, const struct cnil_closings *closings, struct cnil_str day,
                        struct cnil_buffer *out)
{
    const char *separator = "";
    size_t length;

    for (size_t i = 0; i < ledger->count; i += length) {
        const struct cnil_ledger_line *head;

        length = cnil_ledger_chain_length(ledger, i);
        head = head_of(ledger, i, length, day, closings);
        if (head == NULL)
            continue;
        cnil_buffer_print(out, "%s%.*s/%" PRIu64 "/%s", separator, (int)head->chain.len, head->chain.ptr, head->seq,
                          head->digest.hex);
        separator = " ";
    }
}

/* Signs what `out` holds from `start` on, and ends the line. */
static bool sign(const struct cnil_seal *seal, size_t start, struct cnil_buffer *out)
{
    struct cnil_buffer signature;
    bool done;

    cnil_buffer_init(&signature, SIGNATURE_LIMIT);
    done = cnil_seal_sign(seal, cnil_str_slice(cnil_buffer_str(out), start, out->len), &signature) &&
           cnil_buffer_status(&signature) == CNIL_OK;
    cnil_buffer_append(out, CNIL_STR(",\"signature\":\""));
    cnil_buffer_append(out, cnil_buffer_str(&signature));
    cnil_buffer_append(out, CNIL_STR("\"}\n"));
    cnil_buffer_free(&signature);
    return done;
}

bool cnil_closing_write(const struct cnil_ledger *ledger, const struct cnil_closings *closings, struct cnil_str day,
                        struct cnil_str kept, int64_t now, const struct cnil_seal *seal, struct cnil_buffer *out)
{
    struct cnil_str key = cnil_seal_name(seal);
    struct cnil_record_time time;
    struct cnil_digest prev;
    size_t start = out->len;

    memset(prev.hex, '0', CNIL_DIGEST_LEN);
    prev.hex[CNIL_DIGEST_LEN] = '\0';
    if (closings->count > 0)
        prev = closings->list[closings->count - 1].digest;
    (void)cnil_record_time(now, &time);
    cnil_buffer_print(out, "{\"day\":\"%.*s\",\"closed\":\"%s\",\"prev\":\"%s\"", (int)day.len, day.ptr, time.text,
                      prev.hex);
    kept = kept.len > 0 ? kept : cnil_closings_kept(closings);
    if (kept.len > 0)
        cnil_buffer_print(out, ",\"kept\":\"%.*s\"", (int)kept.len, kept.ptr);
    cnil_buffer_append(out, CNIL_STR(",\"heads\":\""));
    write_heads(ledger, closings, day, out);
    cnil_buffer_print(out, "\",\"key\":\"%.*s\"", (int)key.len, key.ptr);
    if (cnil_buffer_status(out) != CNIL_OK)
        return true; /* the buffer says so */
    return sign(seal, start, out);
}
