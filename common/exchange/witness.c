/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/witness.h"

#include "audit/archive.h"
#include "audit/chain.h"
#include "exchange/config.h"
#include "exchange/set_cookie.h"
#include "page/block.h"
#include "web/form.h"

#include <inttypes.h>
#include <openssl/rand.h>

enum {
    BLOCK_LIMIT = 512 * 1024,
    RECEIPT_BYTES = 12,
    NAME_LIMIT = 128,
    WORD_LIMIT = 2800, /* more than any that the choice cookie has room for */
    WORDS_LIMIT = 3000 /* of both in a line; with the rest below CNIL_LIMIT_PROOF_LINE */
};

/* ---- the archive ---- */

static void write_sheet(struct cnil_str name, struct cnil_str css, struct cnil_buffer *out)
{
    struct cnil_digest digest;

    if (cnil_digest_of(css, &digest) != CNIL_OK)
        out->status = CNIL_NO_MEMORY;
    else
        cnil_buffer_print(out, "\"%.*s\":\"%s\"", (int)name.len, name.ptr, digest.hex);
}

/* Style sheets are named in blocks by eight digits: here they stand whole. */
static void write_policy(const struct cnil_policy *policy, struct cnil_buffer *out)
{
    const struct cnil_asset *sheet = cnil_asset_find(cnil_asset_name(CNIL_ASSET_BAR));
    struct cnil_digest digest;

    cnil_digest_print(policy->digest, &digest);
    cnil_buffer_print(out, "{\"module\":\"%s\",\"digest\":\"%s\",\"styles\":{", CNIL_VERSION, digest.hex);
    write_sheet(sheet->name, sheet->content, out);
    if (policy->theme.name.len > 0) {
        cnil_buffer_append_byte(out, ',');
        write_sheet(policy->theme.name, policy->theme.css, out);
    }
    cnil_buffer_append(out, CNIL_STR("},\"policy\":"));
    cnil_buffer_append(out, policy->text);
    cnil_buffer_append(out, CNIL_STR("}\n"));
}

enum cnil_status cnil_witness_name_policy(const struct cnil_policy *policy, struct cnil_digest *name)
{
    enum cnil_status status;
    struct cnil_buffer text;

    cnil_buffer_init(&text, CNIL_LIMIT_ARCHIVED);
    write_policy(policy, &text);
    status = cnil_buffer_status(&text);
    if (status == CNIL_OK)
        status = cnil_digest_of(cnil_buffer_str(&text), name);
    cnil_buffer_free(&text);
    return status;
}

enum cnil_status cnil_witness_block(const struct cnil_policy *policy, enum cnil_language language, bool in_domain,
                                    const struct cnil_choice *choice, struct cnil_buffer *block,
                                    struct cnil_digest *name)
{
    const struct cnil_block_terms terms = { .language = language, .in_domain = in_domain };
    struct cnil_choice timeless = *choice;
    enum cnil_status status;

    timeless.minutes = 0;
    timeless.is_news = false;
    cnil_block_write(policy, &terms, &timeless, NULL, CNIL_STR("/"), block);
    status = cnil_buffer_status(block);
    return status == CNIL_OK ? cnil_digest_of(cnil_buffer_str(block), name) : status;
}

static enum cnil_status put(const char *directory, const struct cnil_buffer *bytes, const char *suffix,
                            struct cnil_errors *errors)
{
    enum cnil_status status = cnil_buffer_status(bytes);
    struct cnil_digest digest;
    struct cnil_buffer name;

    if (status == CNIL_OK)
        status = cnil_digest_of(cnil_buffer_str(bytes), &digest);
    if (status != CNIL_OK)
        return status;
    cnil_buffer_init(&name, NAME_LIMIT);
    cnil_buffer_print(&name, "%s%s", digest.hex, suffix);
    status = cnil_buffer_status(&name);
    if (status == CNIL_OK)
        status = cnil_archive_put(directory, cnil_buffer_str(&name), cnil_buffer_str(bytes), errors);
    cnil_buffer_free(&name);
    return status;
}

static enum cnil_status put_policy(const struct cnil_policy *policy, const char *directory, struct cnil_errors *errors)
{
    enum cnil_status status;
    struct cnil_buffer text;

    cnil_buffer_init(&text, CNIL_LIMIT_ARCHIVED);
    write_policy(policy, &text);
    status = put(directory, &text, ".json", errors);
    cnil_buffer_free(&text);
    return status;
}

static enum cnil_status put_block(const struct cnil_policy *policy, enum cnil_language language, bool in_domain,
                                  const char *word, enum cnil_choice_account account, const char *directory,
                                  struct cnil_errors *errors)
{
    enum cnil_status status;
    struct cnil_choice choice;
    struct cnil_digest name;
    struct cnil_buffer block;

    (void)cnil_choice_from_word(cnil_str_from(word), policy, 0, &choice);
    choice.account = account;
    cnil_buffer_init(&block, BLOCK_LIMIT);
    status = cnil_witness_block(policy, language, in_domain, &choice, &block, &name);
    if (status == CNIL_OK)
        status = put(directory, &block, ".html", errors);
    cnil_buffer_free(&block);
    return status;
}

static enum cnil_status put_blocks(const struct cnil_policy *policy, enum cnil_language language, bool in_domain,
                                   const char *directory, struct cnil_errors *errors)
{
    static const char *const words[] = { "none", "refuse", "accept" };
    enum cnil_status status = CNIL_OK;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && status == CNIL_OK; i++)
        status = put_block(policy, language, in_domain, words[i], CNIL_ACCOUNT_NONE, directory, errors);
    for (int account = CNIL_ACCOUNT_IN; account <= CNIL_ACCOUNT_APPLIES && policy->account.len > 0; account++)
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && status == CNIL_OK; i++)
            status =
                put_block(policy, language, in_domain, words[i], (enum cnil_choice_account)account, directory, errors);
    return status;
}

enum cnil_status cnil_witness_archive(const struct cnil_policy *policy, const char *directory,
                                      struct cnil_errors *errors)
{
    cnil_languages languages = policy->languages | (cnil_languages)1 << policy->language;
    const struct cnil_asset *sheet = cnil_asset_find(cnil_asset_name(CNIL_ASSET_BAR));
    enum cnil_status status = put_policy(policy, directory, errors);

    for (int i = 0; i < CNIL_LANGUAGES && status == CNIL_OK; i++)
        if ((languages >> i & 1) != 0)
            for (int in = 0; in <= (policy->consent_domain.len > 0) && status == CNIL_OK; in++)
                status = put_blocks(policy, (enum cnil_language)i, in != 0, directory, errors);
    if (status == CNIL_OK && policy->theme.name.len > 0)
        status = cnil_archive_put(directory, policy->theme.name, policy->theme.css, errors);
    return status == CNIL_OK ? cnil_archive_put(directory, sheet->name, sheet->content, errors) : status;
}

/* ---- a choice ---- */

struct call {
    struct cnil_exchange *exchange;
    size_t log;
};

static bool append(void *data, struct cnil_str bytes)
{
    const struct call *call = data;
    struct cnil_exchange *exchange = call->exchange;

    return exchange->server->record != NULL &&
           exchange->server->record(exchange->data, call->log, bytes, exchange->policy->proof.fsync);
}

/* One of the words that a line may hold: what the form says, or else what can be told by its other fields. */
static struct cnil_str control_of(const struct cnil_exchange *exchange, const struct cnil_choice *before,
                                  const struct cnil_witness_form *form)
{
    static const struct cnil_str words[] = { CNIL_STR_INIT("banner"), CNIL_STR_INIT("control"), CNIL_STR_INIT("panel"),
                                             CNIL_STR_INIT("page"),   CNIL_STR_INIT("card"),    CNIL_STR_INIT("once"),
                                             CNIL_STR_INIT("site") };

    if (form->is_told)
        return CNIL_STR("account");
    if (form->confirmed)
        return CNIL_STR("confirm");
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (cnil_str_equal(words[i], form->control))
            return words[i];
    if (cnil_str_equal(form->target, exchange->policy->prefix))
        return CNIL_STR("page");
    return before->state == CNIL_CHOICE_NONE ? CNIL_STR("banner") : CNIL_STR("control");
}

static struct cnil_str word_of(struct cnil_exchange *exchange, const struct cnil_choice *choice)
{
    struct cnil_str word = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, WORD_LIMIT);
    cnil_choice_word(choice, exchange->policy, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        word = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return word;
}

/* A number that says nothing of whom it was given to. */
static struct cnil_str new_receipt(struct cnil_exchange *exchange)
{
    unsigned char bytes[RECEIPT_BYTES];
    struct cnil_str receipt = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return CNIL_STR_EMPTY;
    cnil_buffer_init(&out, 2 * RECEIPT_BYTES);
    cnil_base64url((struct cnil_str){ (const char *)bytes, sizeof(bytes) }, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        receipt = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return receipt;
}

static enum cnil_status write_down(struct cnil_exchange *exchange, const struct cnil_choice *before,
                                   const struct cnil_witness_form *form, struct cnil_str receipt)
{
    const struct cnil_policy *policy = exchange->policy;
    struct call call = { .exchange = exchange };
    const struct cnil_digest *archived = NULL;
    struct cnil_chain *chain = cnil_config_chain(exchange->config, policy, &call.log, &archived);
    struct cnil_str consent = cnil_arena_print(exchange->arena, "%08" PRIx32, policy->consent_hash);
    struct cnil_digest banner;
    struct cnil_record record;
    enum cnil_status status;
    struct cnil_buffer block;

    if (chain == NULL)
        return CNIL_IO;
    cnil_buffer_init(&block, BLOCK_LIMIT);
    status =
        cnil_witness_block(policy, exchange->language, cnil_set_cookie_has_domain(exchange), before, &block, &banner);
    cnil_buffer_free(&block);
    record = (struct cnil_record){ .policy = cnil_digest_str(archived),
                                   .consent = consent,
                                   .banner = cnil_digest_str(&banner),
                                   .language = cnil_language_tag(exchange->language),
                                   .control = control_of(exchange, before, form),
                                   .before = word_of(exchange, before),
                                   .choice = word_of(exchange, &exchange->choice),
                                   .receipt = receipt,
                                   .module = CNIL_STR(CNIL_VERSION),
                                   .key = exchange->key->id };
    if (record.before.len + record.choice.len > WORDS_LIMIT)
        record.before = CNIL_STR("");
    if (exchange->address.valid) /* else it is whatever the request said */
        record.host = exchange->address.host;
    if (status != CNIL_OK || consent.ptr == NULL || record.before.ptr == NULL || record.choice.ptr == NULL)
        return CNIL_NO_MEMORY;
    return cnil_chain_write(chain, &record, exchange->server->now(exchange->data), append, &call);
}

bool cnil_witness_choice(struct cnil_exchange *exchange, const struct cnil_choice *before,
                         const struct cnil_witness_form *form, struct cnil_str *receipt)
{
    const struct cnil_policy *policy = exchange->policy;
    const struct cnil_digest *archived;
    size_t log;

    *receipt = CNIL_STR_EMPTY;
    if (!policy->proof.enabled)
        return true;
    if (!policy->proof.required && cnil_config_chain(exchange->config, policy, &log, &archived) == NULL)
        return true;                             /* whoever runs us keeps no state */
    if (policy->proof.receipt && !form->is_told) /* nobody would read it */
        *receipt = new_receipt(exchange);
    if (write_down(exchange, before, form, *receipt) == CNIL_OK)
        return true;
    *receipt = CNIL_STR_EMPTY;
    cnil_exchange_tell(exchange, CNIL_EVENT_PROOF_UNWRITTEN, CNIL_STR("form"), CNIL_STR_EMPTY, NULL);
    exchange->server->diagnose(exchange->data, CNIL_SEVERITY_ERROR,
                               CNIL_STR("a choice could not be written to the log of choices"));
    return !policy->proof.required || !cnil_choice_widens(before, &exchange->choice);
}
