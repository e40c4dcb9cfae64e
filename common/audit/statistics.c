/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* gmtime_r, kill */
#include "audit/statistics.h"

#include "audit/event.h"
#include "base/hash.h"
#include "web/form.h"
#include "web/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "processes share the counters");

enum {
    VERSION = 1,
    DAY = 24 * 60 * 60,
    GRACE = 60,    /* after midnight, for what began before */
    PATIENCE = 60, /* before a write that failed is tried again */
    STALE = 600,   /* nobody writes for so long */
    TEMPLATES = CNIL_LIMIT_STATISTICS_TEMPLATES,
    HOSTS = CNIL_LIMIT_STATISTICS_HOSTS,
    LABEL = CNIL_LIMIT_STATISTICS_LABEL,
    NAME = 512, /* of a site in a line: with the rest, and six bytes for each, below CNIL_LIMIT_EVENT_LINE */
    SITES = CNIL_LIMIT_STATISTICS_SITES,
    OTHER = TEMPLATES, /* behind the templates that have names */
    OWN,
    ROWS,
    SOURCES = HOSTS + CNIL_STATISTICS_ORIGINS /* the origin FROM_HOST is not counted as such */
};

typedef _Atomic uint64_t counter;

/* Names in the order in which they came. A name is what its hash is: that of another name would be counted with it. */
struct name {
    _Atomic uint32_t is_written; /* the text may be read */
    char text[LABEL];
};

struct sums { /* of one site on one day */
    counter template_hashes[TEMPLATES], host_hashes[HOSTS];
    counter pages[ROWS], sources[SOURCES];
    counter choices[CNIL_LANGUAGES][ROWS][CNIL_STATISTICS_KINDS];
    struct name templates[TEMPLATES], hosts[HOSTS];
};

struct day {
    counter number; /* days since 1970; 0: being cleared */
    struct sums sites[SITES];
};

struct cnil_statistics {
    char magic[8];
    uint64_t version, size, languages;
    counter settled;    /* the day on which the days before were written down */
    counter not_before; /* a write failed: seconds since 1970 */
    counter writer;     /* who holds the lock: process in the low half, seconds in the high one; 0: nobody */
    counter ids[SITES];
    struct day days[2]; /* by the last bit of their number */
};

static const char magic[8] = { 'c', 'n', 'i', 'l', 's', 't', 'a', 't' };

/* ---- the table ---- */

static void add(counter *number, uint64_t more)
{
    atomic_fetch_add_explicit(number, more, memory_order_relaxed);
}

static uint64_t look(const counter *number)
{
    return atomic_load_explicit((counter *)(uintptr_t)number, memory_order_relaxed);
}

size_t cnil_statistics_size(void)
{
    return sizeof(struct cnil_statistics);
}

static uint64_t day_of(int64_t now)
{
    return now > DAY ? (uint64_t)now / DAY : 1;
}

static bool is_empty(const struct cnil_statistics *table)
{
    const unsigned char *bytes = (const unsigned char *)table;

    for (size_t i = 0; i < offsetof(struct cnil_statistics, days); i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

enum cnil_status cnil_statistics_attach(void *memory, size_t size, int64_t now, struct cnil_statistics **table)
{
    struct cnil_statistics *there = memory;
    uint64_t day = day_of(now);

    if (memory == NULL || size < sizeof(*there) || (uintptr_t)memory % _Alignof(struct cnil_statistics) != 0)
        return CNIL_INVALID;
    if (is_empty(there)) {
        there->version = VERSION;
        there->size = sizeof(*there);
        there->languages = CNIL_LANGUAGES;
        there->days[day & 1].number = day;
        there->days[~day & 1].number = day - 1;
        there->settled = day;
        memcpy(there->magic, magic, sizeof(magic));
    }
    if (memcmp(there->magic, magic, sizeof(magic)) != 0 || there->version != VERSION || there->size != sizeof(*there) ||
        there->languages != CNIL_LANGUAGES)
        return CNIL_INVALID;
    *table = there;
    return CNIL_OK;
}

enum cnil_status cnil_statistics_site(struct cnil_statistics *table, uint64_t id, size_t *site)
{
    for (*site = 0; *site < SITES; (*site)++)
        if (look(&table->ids[*site]) == id)
            return CNIL_OK;
    for (*site = 0; *site < SITES; (*site)++)
        if (look(&table->ids[*site]) == 0) {
            table->ids[*site] = id;
            return CNIL_OK;
        }
    return CNIL_TOO_LARGE;
}

static bool is_one_of(uint64_t id, const uint64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

void cnil_statistics_keep(struct cnil_statistics *table, const uint64_t *ids, size_t count)
{
    for (size_t site = 0; site < SITES; site++) {
        if (table->ids[site] == 0 || is_one_of(table->ids[site], ids, count))
            continue;
        for (size_t day = 0; day < 2; day++)
            memset(&table->days[day].sites[site], 0, sizeof(table->days[day].sites[site]));
        table->ids[site] = 0;
    }
}

/* ---- counting ---- */

/* What comes while its day is being begun counts for the other one: nobody waits. A clock that was set back counts for
 * the day that has begun. */
static struct sums *sums_of(struct cnil_statistics *table, size_t site, int64_t now)
{
    uint64_t day = day_of(now);
    struct day *own = &table->days[day & 1];

    return &(look(&own->number) >= day ? own : &table->days[~day & 1])->sites[site];
}

static uint64_t hash_of(struct cnil_str text)
{
    return cnil_hash_bytes(CNIL_HASH_SEED, text.ptr, text.len) | 1; /* 0 is none */
}

static bool is_label(struct cnil_str text)
{
    return text.len > 0 && text.len < LABEL;
}

/* Who takes a free place writes its name; who dies before that leaves a number without one, told as "(other)". */
static void write_name(struct name *name, struct cnil_str text)
{
    memcpy(name->text, text.ptr, text.len);
    memset(name->text + text.len, 0, LABEL - text.len);
    atomic_store_explicit(&name->is_written, 1, memory_order_release);
}

/* The place of `text` among `count`, or `count`; taken when it has none and `takes`. */
static size_t place_of(counter *hashes, struct name *names, size_t count, struct cnil_str text, bool takes)
{
    uint64_t hash = hash_of(text);

    if (!is_label(text))
        return count;
    for (size_t i = 0, at = (hash >> 32) % count; i < count; i++, at = at + 1 == count ? 0 : at + 1) {
        uint64_t seen = look(&hashes[at]);

        if (seen == 0 && !takes)
            return count;
        if (seen == 0 && atomic_compare_exchange_strong(&hashes[at], &seen, hash)) {
            write_name(&names[at], text);
            return at;
        }
        if (seen == hash)
            return at;
    }
    return count;
}

static size_t row_of(struct sums *sums, struct cnil_str template, bool takes)
{
    if (cnil_str_equal(template, CNIL_STATISTICS_OWN))
        return OWN;
    return place_of(sums->template_hashes, sums->templates, TEMPLATES, template, takes);
}

void cnil_statistics_page(struct cnil_statistics *table, size_t site, int64_t now, struct cnil_str template,
                          enum cnil_statistics_origin origin, struct cnil_str host)
{
    struct sums *sums = sums_of(table, site, now);
    size_t source = HOSTS + (size_t)origin;

    if (origin == CNIL_STATISTICS_FROM_HOST) {
        source = place_of(sums->host_hashes, sums->hosts, HOSTS, host, true);
        if (source == HOSTS)
            source = HOSTS + CNIL_STATISTICS_FROM_OTHER;
    }
    add(&sums->pages[row_of(sums, template, true)], 1);
    add(&sums->sources[source], 1);
}

void cnil_statistics_choice(struct cnil_statistics *table, size_t site, int64_t now, struct cnil_str template,
                            enum cnil_language language, enum cnil_statistics_kind kind)
{
    struct sums *sums = sums_of(table, site, now);

    add(&sums->choices[language][row_of(sums, template, false)][kind], 1);
}

/* ---- whose turn it is ---- */

/* Of a clock that was wrong for a while. Processes may differ by a day around midnight. */
static bool is_ahead(uint64_t number, uint64_t day)
{
    return number > day + 1;
}

bool cnil_statistics_is_due(const struct cnil_statistics *table, int64_t now)
{
    uint64_t day = day_of(now), settled = look(&table->settled), not_before = look(&table->not_before);
    uint64_t number = look(&table->days[day & 1].number);

    if ((settled >= day && !is_ahead(settled, day)) ||
        ((uint64_t)now < not_before && not_before <= (uint64_t)now + 2 * PATIENCE))
        return false;
    return now % DAY >= GRACE || number < day || is_ahead(number, day);
}

static bool is_alive(uint64_t writer, int64_t now)
{
    pid_t process = (pid_t)(writer & 0x7fffffff);
    uint64_t since = writer >> 32;

    return since + STALE > (uint64_t)now && since < (uint64_t)now + STALE && (kill(process, 0) == 0 || errno == EPERM);
}

uint64_t cnil_statistics_lock(struct cnil_statistics *table, int64_t now)
{
    uint64_t writer = look(&table->writer), own = (uint64_t)now << 32 | (uint64_t)getpid();

    if (writer != 0 && is_alive(writer, now))
        return 0;
    return atomic_compare_exchange_strong(&table->writer, &writer, own) ? own : 0;
}

void cnil_statistics_unlock(struct cnil_statistics *table, uint64_t key)
{
    atomic_compare_exchange_strong(&table->writer, &key, 0);
}

/* ---- lines ---- */

/* Numbers of the table and the lines that tell them: taken off once their line has been written. */
struct batch {
    counter *numbers;
    const uint64_t *taken;
    const uint16_t *lines;
    size_t count;
};

struct page_writer {
    const struct cnil_statistics_report *report;
    uint64_t day;
    struct cnil_buffer line, out; /* one, and whole ones that are not written yet, from the line `from` on */
    size_t from;
    enum cnil_status status; /* after a failure nothing more is written */
    bool (*append)(void *data, struct cnil_str lines);
    void *data;
};

/* "2026-11-26", and with `clock` the time of day. */
static void print_time(struct cnil_buffer *out, int64_t seconds, bool clock)
{
    char text[64] = "";
    time_t time = (time_t)seconds;
    struct tm utc;

    if (gmtime_r(&time, &utc) != NULL) {
        if (clock)
            strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
        else
            strftime(text, sizeof(text), "%Y-%m-%d", &utc);
    }
    cnil_buffer_append(out, cnil_str_from(text));
}

static void begin_line(struct page_writer *writer, const char *of)
{
    struct cnil_buffer *out = &writer->line;

    cnil_buffer_append(out, CNIL_STR("{\"time\":\""));
    print_time(out, writer->report->now, true);
    cnil_buffer_print(out, "\",\"event\":\"%s\",\"rule\":\"%s\"", cnil_event_name(CNIL_EVENT_STATISTICS),
                      cnil_event_rule(CNIL_EVENT_STATISTICS));
    if (writer->report->name.len > 0) {
        cnil_buffer_append(out, CNIL_STR(",\"site\":"));
        cnil_json_string(cnil_utf8_cut(writer->report->name, NAME), out);
    }
    cnil_buffer_append(out, CNIL_STR(",\"day\":\""));
    print_time(out, (int64_t)(writer->day * (uint64_t)DAY), false);
    cnil_buffer_print(out, "\",\"of\":\"%s\"", of);
}

static void member(struct page_writer *writer, const char *name, struct cnil_str value)
{
    cnil_buffer_print(&writer->line, ",\"%s\":", name);
    cnil_json_string(value, &writer->line);
}

/* Another writer may have taken it off, too, while this one stalled and lost the lock. */
static void subtract(counter *number, uint64_t less)
{
    uint64_t there = look(number);

    while (!atomic_compare_exchange_weak(number, &there, there > less ? there - less : 0))
        ;
}

/* Writes the lines before `to`. */
static void flush(struct page_writer *writer, const struct batch *batch, size_t to)
{
    if (writer->status == CNIL_OK)
        writer->status = cnil_buffer_status(&writer->out);
    if (writer->status == CNIL_OK && writer->out.len > 0 &&
        !writer->append(writer->data, cnil_buffer_str(&writer->out)))
        writer->status = CNIL_IO;
    for (size_t i = 0; i < batch->count && writer->status == CNIL_OK; i++)
        if (batch->lines[i] >= writer->from && batch->lines[i] < to && batch->taken[i] > 0)
            subtract(&batch->numbers[i], batch->taken[i]);
    writer->from = to;
    cnil_buffer_clear(&writer->out);
}

/* One write is no longer than a line may be, so that it stays whole in a pipe. */
static void end_line(struct page_writer *writer, const struct batch *batch, size_t line)
{
    cnil_buffer_append(&writer->line, CNIL_STR("}\n"));
    if (writer->status == CNIL_OK)
        writer->status = cnil_buffer_status(&writer->line);
    if (writer->out.len + writer->line.len > CNIL_LIMIT_EVENT_LINE)
        flush(writer, batch, line);
    cnil_buffer_append(&writer->out, cnil_buffer_str(&writer->line));
    cnil_buffer_clear(&writer->line);
}

static enum cnil_status end_lines(struct page_writer *writer, const struct batch *batch)
{
    flush(writer, batch, SIZE_MAX);
    writer->from = 0;
    return writer->status;
}

/* Memory that is shared may hold anything: the text ends where its place does. Empty: it has no name. */
static struct cnil_str text_of(struct name *name)
{
    size_t len = 0;

    if (atomic_load_explicit(&name->is_written, memory_order_acquire) == 0)
        return CNIL_STR_EMPTY;
    while (len < LABEL && name->text[len] != '\0')
        len++;
    return (struct cnil_str){ name->text, len };
}

static struct cnil_str template_of(struct sums *sums, size_t row)
{
    struct cnil_str text = row < TEMPLATES ? text_of(&sums->templates[row]) : CNIL_STR_EMPTY;

    return row == OWN ? CNIL_STATISTICS_OWN : text.len > 0 ? text : CNIL_STR("(other)");
}

static struct cnil_str source_of(struct sums *sums, size_t source)
{
    struct cnil_str text = source < HOSTS ? text_of(&sums->hosts[source]) : CNIL_STR_EMPTY;

    if (source == HOSTS + CNIL_STATISTICS_FROM_NOWHERE)
        return CNIL_STR("(none)");
    if (source == HOSTS + CNIL_STATISTICS_FROM_SITE)
        return CNIL_STR("(site)");
    return text.len > 0 ? text : CNIL_STR("(other)");
}

/* One table of names and numbers; small ones of names go to `other`. */
static enum cnil_status write_numbers(struct page_writer *writer, struct sums *sums, counter *numbers, size_t count,
                                      size_t named, size_t other, const char *of, const char *label,
                                      struct cnil_str (*name_of)(struct sums *sums, size_t at))
{
    uint64_t taken[SOURCES], told[SOURCES];
    uint16_t lines[SOURCES];
    struct batch batch = { numbers, taken, lines, count };

    for (size_t i = 0; i < count; i++) {
        told[i] = taken[i] = look(&numbers[i]);
        lines[i] = (uint16_t)i;
    }
    for (size_t i = 0; i < named; i++)
        if (told[i] < writer->report->least || cnil_str_equal(name_of(sums, i), name_of(sums, other))) {
            told[other] += told[i];
            told[i] = 0;
            lines[i] = (uint16_t)other;
        }
    for (size_t i = 0; i < count; i++) {
        if (told[i] == 0)
            continue;
        begin_line(writer, of);
        member(writer, label, name_of(sums, i));
        cnil_buffer_print(&writer->line, ",\"count\":%" PRIu64, told[i]);
        end_line(writer, &batch, i);
    }
    return end_lines(writer, &batch);
}

struct choices {
    uint64_t taken[CNIL_LANGUAGES][ROWS][CNIL_STATISTICS_KINDS];
    uint64_t told[CNIL_LANGUAGES + 1][ROWS][CNIL_STATISTICS_KINDS]; /* the last: of languages that are not told */
    uint16_t lines[CNIL_LANGUAGES][ROWS][CNIL_STATISTICS_KINDS];
};

_Static_assert((CNIL_LANGUAGES + 1) * ROWS <= UINT16_MAX && SOURCES <= UINT16_MAX, "lines have small numbers");

static uint16_t line_of(size_t language, size_t row)
{
    return (uint16_t)(language * ROWS + row);
}

static void move(uint64_t *from, uint64_t *to)
{
    *to += *from;
    *from = 0;
}

/* All of a language's that are told by the line `from`. */
static void move_lines(struct choices *choices, size_t language, size_t kind, uint16_t from, uint16_t to)
{
    for (size_t row = 0; row < ROWS; row++)
        if (choices->lines[language][row][kind] == from)
            choices->lines[language][row][kind] = to;
}

/* Each number that is too small goes to the other templates of its language, and when it is too small even there, to
 * the other languages. */
static void merge(struct choices *choices, struct sums *sums, uint64_t least)
{
    for (size_t language = 0; language < CNIL_LANGUAGES; language++) {
        uint64_t(*rows)[CNIL_STATISTICS_KINDS] = choices->told[language];

        for (size_t kind = 0; kind < CNIL_STATISTICS_KINDS; kind++) {
            for (size_t row = 0; row < ROWS; row++) {
                bool stays = row == OTHER ||
                             (rows[row][kind] >= least && (row == OWN || text_of(&sums->templates[row]).len > 0));

                choices->lines[language][row][kind] = line_of(language, stays ? row : OTHER);
                if (!stays)
                    move(&rows[row][kind], &rows[OTHER][kind]);
            }
            if (rows[OTHER][kind] < least) {
                move(&rows[OTHER][kind], &choices->told[CNIL_LANGUAGES][OTHER][kind]);
                move_lines(choices, language, kind, line_of(language, OTHER), line_of(CNIL_LANGUAGES, OTHER));
            }
        }
    }
}

static void write_row(struct page_writer *writer, const struct batch *batch, size_t language, size_t row,
                      struct cnil_str template, const uint64_t numbers[CNIL_STATISTICS_KINDS])
{
    static const char *const names[] = { "shown", "accepted", "refused", "customised", "withdrawn" };
    uint64_t any = 0;

    for (size_t kind = 0; kind < CNIL_STATISTICS_KINDS; kind++)
        any |= numbers[kind];
    if (any == 0)
        return;
    begin_line(writer, "banner");
    member(writer, "language",
           language < CNIL_LANGUAGES ? cnil_language_tag((enum cnil_language)language) : CNIL_STR("(other)"));
    member(writer, "template", template);
    for (size_t kind = 0; kind < CNIL_STATISTICS_KINDS; kind++)
        cnil_buffer_print(&writer->line, ",\"%s\":%" PRIu64, names[kind], numbers[kind]);
    end_line(writer, batch, line_of(language, row));
}

static enum cnil_status write_choices(struct page_writer *writer, struct sums *sums)
{
    struct choices *choices = calloc(1, sizeof(*choices));
    struct batch batch = { .numbers = &sums->choices[0][0][0] };
    enum cnil_status status;

    if (choices == NULL)
        return CNIL_NO_MEMORY;
    batch.taken = &choices->taken[0][0][0];
    batch.lines = &choices->lines[0][0][0];
    batch.count = sizeof(choices->taken) / sizeof(uint64_t);
    for (size_t i = 0; i < batch.count; i++)
        (&choices->told[0][0][0])[i] = (&choices->taken[0][0][0])[i] = look(&batch.numbers[i]);
    merge(choices, sums, writer->report->least);
    for (size_t language = 0; language <= CNIL_LANGUAGES; language++)
        for (size_t row = 0; row < ROWS; row++)
            write_row(writer, &batch, language, row, template_of(sums, row), choices->told[language][row]);
    status = end_lines(writer, &batch);
    free(choices);
    return status;
}

static enum cnil_status write_day(struct page_writer *writer, struct sums *sums)
{
    enum cnil_status status =
        write_numbers(writer, sums, sums->pages, ROWS, TEMPLATES, OTHER, "pages", "template", template_of);

    if (status == CNIL_OK)
        status = write_numbers(writer, sums, sums->sources, SOURCES, HOSTS, HOSTS + CNIL_STATISTICS_FROM_OTHER,
                               "referrers", "referrer", source_of);
    return status == CNIL_OK ? write_choices(writer, sums) : status;
}

/* Yesterday is over once what began before midnight has had the time to end. A day that was being cleared when its
 * process died, number 0, has been written. */
static bool is_due_of(uint64_t number, const struct cnil_statistics_report *report)
{
    uint64_t today = day_of(report->now);

    if (number == 0)
        return false;
    return report->unfinished || number + 1 < today || (number < today && report->now % DAY >= GRACE);
}

enum cnil_status cnil_statistics_write(struct cnil_statistics *table, const struct cnil_statistics_report *report,
                                       bool (*append)(void *data, struct cnil_str lines), void *data)
{
    struct page_writer writer = { .report = report, .append = append, .data = data };
    uint64_t first = look(&table->days[0].number), second = look(&table->days[1].number);
    enum cnil_status status = CNIL_OK;

    cnil_buffer_init(&writer.line, CNIL_LIMIT_EVENT_LINE);
    cnil_buffer_init(&writer.out, CNIL_LIMIT_EVENT_LINE);
    for (size_t i = 0; i < 2 && status == CNIL_OK; i++) { /* the older one first */
        size_t at = first < second ? i : 1 - i;

        writer.day = at == 0 ? first : second;
        if (is_due_of(writer.day, report))
            status = write_day(&writer, &table->days[at].sites[report->site]);
    }
    cnil_buffer_free(&writer.line);
    cnil_buffer_free(&writer.out);
    return status;
}

/* ---- a new day ---- */

/* True: something was in it. */
static bool clear(struct sums *sums)
{
    const counter *numbers = sums->pages;
    bool lost = false;

    for (size_t i = 0; i < ROWS; i++)
        lost |= look(&numbers[i]) > 0;
    memset(sums, 0, sizeof(*sums));
    return lost;
}

bool cnil_statistics_turn(struct cnil_statistics *table, int64_t now, bool failed)
{
    uint64_t day = day_of(now);
    struct day *own = &table->days[day & 1], *other = &table->days[~day & 1];
    bool lost = false;

    /* what came while the clock was ahead counts for these */
    if (is_ahead(look(&own->number), day))
        atomic_store(&own->number, day);
    if (is_ahead(look(&other->number), day))
        atomic_store(&other->number, day - 1);

    if (look(&own->number) < day) {
        atomic_store(&own->number, 0);
        for (size_t i = 0; i < SITES; i++)
            lost |= look(&table->ids[i]) != 0 && clear(&own->sites[i]);
        atomic_store(&own->number, day);
    }
    if (failed)
        atomic_store(&table->not_before, (uint64_t)now + PATIENCE);
    else if (now % DAY >= GRACE)
        atomic_store(&table->settled, day);
    return lost;
}
