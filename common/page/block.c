/* SPDX-License-Identifier: Apache-2.0 */
#include "page/block.h"

#include "base/limits.h"
#include "consent/state.h"
#include "page/guard.h"
#include "page/writer.h"

enum { STATE_LIMIT = 16 * 1024 };

/* The names of the files go with it, for where a policy that no server sees forbids it: the script brings them then. */
static void write_style(struct cnil_writer *writer, struct cnil_str nonce)
{
    const struct cnil_theme *theme = &writer->policy->theme;
    struct cnil_str sheet = cnil_asset_name(CNIL_ASSET_BAR);

    cnil_writer_html(writer, "<style data-files=\"");
    cnil_writer_escape(writer, sheet);
    if (theme->name.len > 0) {
        cnil_writer_html(writer, " ");
        cnil_writer_escape(writer, theme->name);
    }
    if (nonce.len > 0) {
        cnil_writer_html(writer, "\" nonce=\"");
        cnil_writer_escape(writer, nonce);
    }
    cnil_writer_html(writer, "\">");
    cnil_buffer_append(writer->out, cnil_asset_find(sheet)->content);
    cnil_buffer_append(writer->out, theme->css);
    cnil_writer_html(writer, "</style>");
}

static void open_box(struct cnil_writer *writer, const struct cnil_block_terms *terms, const char *classes,
                     const char *title)
{
    cnil_buffer_print(writer->out, "<vp-box id=\"vp-box\" class=\"%s\" role=\"region\" aria-labelledby=\"%s\" ",
                      classes, title);
    cnil_writer_language(writer);
    cnil_writer_html(writer, ">");
    if (terms->style_in_page)
        write_style(writer, terms->style_nonce);
    else
        cnil_writer_style_sheets(writer, CNIL_ASSET_BAR);
}

/* The style sheet shows the box once its last child is there. */
static void close_box(struct cnil_writer *writer)
{
    cnil_writer_html(writer, "<i></i></vp-box>");
}

static const char *ask_class(struct cnil_str position)
{
    if (cnil_str_equal(position, CNIL_STR("top")))
        return "vp-ask vp-wide vp-top";
    if (cnil_str_equal(position, CNIL_STR("left")))
        return "vp-ask vp-card vp-left";
    return cnil_str_equal(position, CNIL_STR("right")) ? "vp-ask vp-card vp-right" : "vp-ask vp-wide";
}

/* In the order in which it is read: what is asked, the answers, what leads elsewhere; so that Tab meets refusing first.
 * It can be folded without an answer, so that what it covers can be read: silence is a refusal, not a wall (rule C29).
 */
static void banner(struct cnil_writer *writer, const struct cnil_block_terms *terms, const struct cnil_choice *choice,
                   struct cnil_str target)
{
    open_box(writer, terms, ask_class(writer->policy->banner_position), "vp-title");
    cnil_writer_html(writer, "<div class=\"vp-words\"><h2 id=\"vp-title\">");
    cnil_writer_text(writer, CNIL_TEXT_TITLE);
    cnil_writer_html(writer, "</h2>");
    cnil_writer_ask(writer); /* who they are is linked below */
    cnil_writer_element(writer, "p", CNIL_TEXT_SILENCE);
    if (writer->policy->consent_domain.len > 0 && terms->in_domain) { /* how far the choice reaches */
        cnil_writer_html(writer, "<p>");
        cnil_writer_text_with(writer, CNIL_TEXT_SCOPE, writer->policy->consent_domain);
        cnil_writer_html(writer, "</p>");
    }
    cnil_writer_account(writer, choice);
    cnil_writer_html(writer, "</div><div class=\"vp-row\">");
    cnil_writer_form(writer, choice, target);
    cnil_writer_html(writer, "<details class=\"vp-fold\" open=\"\"><summary aria-labelledby=\"vp-title\"></summary>"
                             "</details></div>");
    cnil_writer_custom(writer, choice, target);
    cnil_writer_links(writer, true);
    close_box(writer);
}

/* Changing one's mind is one click to open it and one to say so (rule C12); the privacy page is one click away. */
static void control(struct cnil_writer *writer, const struct cnil_block_terms *terms, const struct cnil_choice *choice,
                    struct cnil_str target)
{
    const struct cnil_policy *policy = writer->policy;

    open_box(writer, terms, "vp-kept", "vp-page");
    /* what comes to a device with an account is told there, once */
    cnil_writer_html(writer, choice->is_news ? "<details open=\"\"><summary class=\"vp-head\">"
                                             : "<details><summary class=\"vp-head\">");
    cnil_writer_text(writer, CNIL_TEXT_CONTROL);
    cnil_writer_html(writer, "</summary><div class=\"vp-body\">");
    cnil_writer_state(writer, choice);
    cnil_writer_account(writer, choice);
    cnil_writer_form(writer, choice, target);
    cnil_writer_custom(writer, choice, target);
    cnil_writer_links(writer, true);
    cnil_writer_html(writer, "</div></details><a id=\"vp-page\" href=\"");
    cnil_writer_address(writer, policy->privacy_page.len > 0 ? policy->privacy_page : policy->prefix);
    cnil_writer_html(writer, "\">");
    cnil_writer_text(writer, CNIL_TEXT_CONTROL_PAGE);
    cnil_writer_html(writer, "</a>");
    close_box(writer);
}

void cnil_block_write(const struct cnil_policy *policy, const struct cnil_block_terms *terms,
                      const struct cnil_choice *choice, const struct cnil_url *page, struct cnil_str target,
                      struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, page, NULL, terms->language };

    if (choice->state == CNIL_CHOICE_NONE && !terms->steps_back)
        banner(&writer, terms, choice, target);
    else
        control(&writer, terms, choice, target);
}

/* What the script needs to let something in without loading the page again; the second wall of `strict` cannot be
 * opened in a page that is there. */
static void write_activation(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    const struct cnil_policy *policy = writer->policy;

    if (policy->strict)
        return;
    cnil_writer_html(writer, "\" data-activate=\"");
    cnil_writer_escape(writer, cnil_asset_name(CNIL_ASSET_ACTIVATE));
    if (policy->guard) {
        cnil_writer_html(writer, " ");
        cnil_guard_write_name(policy, choice, writer->out);
    }
    if (policy->activates_in_place)
        cnil_writer_html(writer, "\" data-in-place=\"");
}

/* The choice goes with it, so that no page costs a second request. */
void cnil_block_write_script(const struct cnil_policy *policy, enum cnil_language language,
                             const struct cnil_choice *choice, const struct cnil_url *page, struct cnil_str nonce,
                             struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, page, NULL, language };
    struct cnil_buffer state;

    if (!policy->banner_script)
        return;
    cnil_buffer_init(&state, STATE_LIMIT);
    cnil_state_write(choice, policy, &state);
    cnil_writer_html(&writer, "<script defer=\"\" src=\"");
    cnil_writer_address(&writer, policy->prefix);
    cnil_writer_escape(&writer, cnil_asset_name(CNIL_ASSET_SCRIPT));
    if (nonce.len > 0) {
        cnil_writer_html(&writer, "\" nonce=\"");
        cnil_writer_escape(&writer, nonce);
    }
    cnil_writer_html(&writer, "\" data-close=\"");
    cnil_writer_text(&writer, CNIL_TEXT_BACK);
    write_activation(&writer, choice);
    cnil_writer_html(&writer, "\" data-state=\"");
    cnil_writer_escape(&writer, cnil_str_trim(cnil_buffer_str(&state)));
    cnil_writer_html(&writer, "\"></script>");
    if (cnil_buffer_status(&state) != CNIL_OK)
        out->status = cnil_buffer_status(&state);
    cnil_buffer_free(&state);
}
