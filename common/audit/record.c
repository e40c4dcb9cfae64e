/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include "audit/record.h"

#include "web/form.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { DAY_LEN = 10, TIME_LEN = 17 };

struct cnil_str cnil_record_time(int64_t seconds, struct cnil_record_time *text)
{
    time_t moment = (time_t)seconds;
    struct tm utc;

    text->text[0] = '\0';
    if (gmtime_r(&moment, &utc) != NULL)
        strftime(text->text, sizeof(text->text), "%Y-%m-%dT%H:%MZ", &utc);
    return cnil_str_from(text->text);
}

struct cnil_str cnil_record_day(const struct cnil_record *record)
{
    return cnil_str_slice(record->time, 0, DAY_LEN);
}

/* ---- writing ---- */

static void write_member(struct cnil_buffer *out, const char *name, struct cnil_str value)
{
    cnil_buffer_print(out, ",\"%s\":", name);
    cnil_json_string(value, out);
}

void cnil_record_write(const struct cnil_record *record, struct cnil_buffer *out)
{
    cnil_buffer_print(out, "{\"chain\":\"%.*s\",\"seq\":%" PRIu64, (int)record->chain.len, record->chain.ptr,
                      record->seq);
    write_member(out, "prev", record->prev);
    write_member(out, "time", record->time);
    write_member(out, "policy", record->policy);
    write_member(out, "consent", record->consent);
    write_member(out, "banner", record->banner);
    write_member(out, "language", record->language);
    write_member(out, "control", record->control);
    write_member(out, "before", record->before);
    write_member(out, "choice", record->choice);
    write_member(out, "host", record->host);
    if (record->receipt.len > 0)
        write_member(out, "receipt", record->receipt);
    if (record->module.len > 0) {
        write_member(out, "module", record->module);
        cnil_buffer_print(out, ",\"key\":%u", record->key);
    }
    cnil_buffer_append(out, CNIL_STR("}\n"));
}

/* ---- reading ---- */

/* Takes a string off `*rest`, without its quotes. */
static bool take_string(struct cnil_str *rest, struct cnil_str *string)
{
    size_t at = 1;

    if (rest->len == 0 || *rest->ptr != '"')
        return false;
    while (at < rest->len && rest->ptr[at] != '"')
        at += rest->ptr[at] == '\\' ? 2 : 1;
    if (at >= rest->len)
        return false;
    *string = cnil_str_slice(*rest, 1, at);
    *rest = cnil_str_slice(*rest, at + 1, rest->len);
    return true;
}

static bool take_number(struct cnil_str *rest, struct cnil_str *number)
{
    size_t at = 0;

    while (at < rest->len && cnil_is_digit(rest->ptr[at]))
        at++;
    *number = cnil_str_slice(*rest, 0, at);
    *rest = cnil_str_slice(*rest, at, rest->len);
    return at > 0 && at < 19; /* less than would overflow */
}

bool cnil_member_next(struct cnil_str *rest, struct cnil_member *member)
{
    if (rest->len == 0 || (*rest->ptr != '{' && *rest->ptr != ','))
        return false;
    *rest = cnil_str_slice(*rest, 1, rest->len);
    if (!take_string(rest, &member->name) || rest->len == 0 || *rest->ptr != ':')
        return false;
    *rest = cnil_str_slice(*rest, 1, rest->len);
    member->number = rest->len > 0 && *rest->ptr != '"';
    return member->number ? take_number(rest, &member->value) : take_string(rest, &member->value);
}

static uint64_t number_of(struct cnil_str digits)
{
    uint64_t number = 0;

    for (size_t i = 0; i < digits.len; i++)
        number = number * 10 + (uint64_t)(digits.ptr[i] - '0');
    return number;
}

static void take_member(const struct cnil_member *member, struct cnil_record *record)
{
    const struct {
        struct cnil_str name;
        struct cnil_str *value;
    } strings[] = {
        { CNIL_STR("chain"), &record->chain },       { CNIL_STR("prev"), &record->prev },
        { CNIL_STR("time"), &record->time },         { CNIL_STR("policy"), &record->policy },
        { CNIL_STR("consent"), &record->consent },   { CNIL_STR("banner"), &record->banner },
        { CNIL_STR("language"), &record->language }, { CNIL_STR("control"), &record->control },
        { CNIL_STR("before"), &record->before },     { CNIL_STR("choice"), &record->choice },
        { CNIL_STR("host"), &record->host },         { CNIL_STR("receipt"), &record->receipt },
        { CNIL_STR("module"), &record->module },
    };

    if (member->number) {
        if (cnil_str_equal(member->name, CNIL_STR("seq")))
            record->seq = number_of(member->value);
        else if (cnil_str_equal(member->name, CNIL_STR("key")))
            record->key = (unsigned)number_of(member->value);
        return;
    }
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (cnil_str_equal(member->name, strings[i].name))
            *strings[i].value = member->value;
}

static bool is_time(struct cnil_str time)
{
    static const char shape[] = "0000-00-00T00:00Z";

    for (size_t i = 0; i < time.len && i < TIME_LEN; i++)
        if (shape[i] == '0' ? !cnil_is_digit(time.ptr[i]) : time.ptr[i] != shape[i])
            return false;
    return time.len == TIME_LEN;
}

bool cnil_record_read(struct cnil_str line, struct cnil_record *record)
{
    struct cnil_str rest = line;
    struct cnil_member member;

    *record = (struct cnil_record){ .seq = 0 };
    while (cnil_member_next(&rest, &member))
        take_member(&member, record);
    return cnil_str_equal(rest, CNIL_STR("}")) && record->chain.len == CNIL_RECORD_CHAIN_LEN && record->seq > 0 &&
           cnil_digest_is(record->prev) && is_time(record->time);
}
