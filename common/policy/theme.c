/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/theme.h"

#include "base/buffer.h"
#include "base/digest.h"

enum { RADIUS_MOST = 24, CSS_LIMIT = 2048 };

static const double least = 4.5; /* of text, WCAG 2 level AA */

struct colours {
    unsigned ink, paper, accent, on_accent;
};

/* The second is that of the French State's design system, by its published colours. */
static const struct look {
    struct colours light, dark;
    unsigned radius;
    const char *font; /* for --font; NULL: that of the style sheets */
} looks[] = {
    { { 0x1d1d24, 0xffffff, 0x232f72, 0xffffff }, { 0xf1f1f6, 0x1c1c26, 0xaab6ff, 0x14141c }, 4, NULL },
    { { 0x161616, 0xffffff, 0x000091, 0xf5f5fe },
      { 0xffffff, 0x161616, 0x8585f6, 0x161616 },
      0,
      "Marianne,arial,sans-serif" },
};

/* ---- contrast ---- */

static double fifth_root(double value)
{
    double root = 1;

    for (int i = 0; i < 64; i++)
        root = (4 * root + value / (root * root * root * root)) / 5;
    return root;
}

/* Of one channel: x to the power of 2.4 is x² times its fifth root squared. */
static double linear(unsigned channel)
{
    double x = channel / 255.0;

    if (x <= 0.04045)
        return x / 12.92;
    x = (x + 0.055) / 1.055;
    return x * x * fifth_root(x * x);
}

static double luminance(unsigned colour)
{
    return 0.2126 * linear(colour >> 16 & 255) + 0.7152 * linear(colour >> 8 & 255) + 0.0722 * linear(colour & 255);
}

double cnil_theme_contrast(unsigned a, unsigned b)
{
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

    return x > y ? x / y : y / x;
}

/* ---- what follows from the four ---- */

/* `percent` of `a`, the rest of `b`. */
static unsigned mix(unsigned a, unsigned b, unsigned percent)
{
    unsigned colour = 0;

    for (unsigned shift = 0; shift <= 16; shift += 8)
        colour |= ((a >> shift & 255) * percent + (b >> shift & 255) * (100 - percent) + 50) / 100 << shift;
    return colour;
}

static void write_colours(const struct colours *colours, struct cnil_buffer *out)
{
    unsigned tint = mix(colours->ink, colours->paper, 4), soft = mix(colours->ink, colours->paper, 76);

    if (cnil_theme_contrast(colours->ink, tint) < least || cnil_theme_contrast(colours->accent, tint) < least)
        tint = colours->paper;
    if (cnil_theme_contrast(soft, tint) < least || cnil_theme_contrast(soft, colours->paper) < least)
        soft = colours->ink;
    cnil_buffer_print(out,
                      "--ink:#%06x!important;--soft:#%06x!important;--paper:#%06x!important;--tint:#%06x!important;--"
                      "line:#%06x!important",
                      colours->ink, soft, colours->paper, tint, mix(colours->ink, colours->paper, 18));
    cnil_buffer_print(out, ";--accent:#%06x!important;--on-accent:#%06x!important", colours->accent,
                      colours->on_accent);
}

/* Of banner, own pages and cards. Important, as all of bar.css is. Not for paper made of trees: the style sheets print
 * black on white. */
static void write_css(const struct look *look, struct cnil_buffer *out)
{
    static const struct cnil_str where = CNIL_STR_INIT(".vp-own,html.vp-card,#vp-box#vp-box#vp-box{");

    cnil_buffer_append(out, CNIL_STR("@media screen{"));
    cnil_buffer_append(out, where);
    write_colours(&look->light, out);
    cnil_buffer_print(out, ";--radius:%upx!important", look->radius);
    if (look->font != NULL)
        cnil_buffer_print(out, ";--font:%s!important", look->font);
    cnil_buffer_append(out, CNIL_STR("}}\n@media screen and (prefers-color-scheme:dark){"));
    cnil_buffer_append(out, where);
    write_colours(&look->dark, out);
    cnil_buffer_append(out, CNIL_STR("}}\n"));
}

/* ---- reading ---- */

static bool parse_colour(struct cnil_str text, unsigned *colour)
{
    unsigned value = 0;

    if ((text.len != 4 && text.len != 7) || text.ptr[0] != '#')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        int digit = cnil_hex_value(text.ptr[i]);

        if (digit < 0)
            return false;
        value = value << 4 | (unsigned)digit;
        if (text.len == 4)
            value = value << 4 | (unsigned)digit;
    }
    *colour = value;
    return true;
}

static bool read_colour(struct cnil_reader *reader, const struct cnil_node *parent, const char *key, unsigned *colour)
{
    struct cnil_node node;
    struct cnil_str text;

    if (!cnil_reader_member(parent, key, &node) || !cnil_reader_text(reader, &node, &text))
        return false;
    if (parse_colour(text, colour))
        return true;
    cnil_reader_mistake(reader, &node, "must be a colour like \"#1a5fb4\" or \"#15b\"");
    return false;
}

static void measure(struct cnil_reader *reader, const struct cnil_node *node, const char *what, unsigned text,
                    unsigned ground)
{
    double contrast = cnil_theme_contrast(text, ground);

    if (contrast < least)
        cnil_reader_mistake(reader, node, "%s (#%06x on #%06x): a contrast of %.2f:1, and people need at least %.1f:1",
                            what, text, ground, contrast, least);
}

/* A colour each is taken for people who look for such keys, and to say what their difference would be. */
static void read_buttons(struct cnil_reader *reader, const struct cnil_node *node, struct colours *colours)
{
    unsigned accept = colours->accent, refuse = colours->accent;
    bool has_accept = read_colour(reader, node, "accept", &accept);
    bool has_refuse = read_colour(reader, node, "refuse", &refuse);

    if (!has_accept && !has_refuse)
        return;
    if (accept != refuse)
        cnil_reader_mistake(reader, node,
                            "accept and refuse must look the same (rule C5), but their contrasts with the paper are "
                            "%.2f:1 (#%06x) and %.2f:1 (#%06x)",
                            cnil_theme_contrast(accept, colours->paper), accept,
                            cnil_theme_contrast(refuse, colours->paper), refuse);
    colours->accent = accept;
}

static void read_colours(struct cnil_reader *reader, const struct cnil_node *theme, const char *key,
                         struct colours *colours)
{
    static const char *const keys[] = { "ink", "paper", "accent", "on_accent", "accept", "refuse", NULL };
    struct cnil_node node;

    if (!cnil_reader_member(theme, key, &node) || !cnil_reader_object(reader, &node, keys))
        return;
    read_colour(reader, &node, "ink", &colours->ink);
    read_colour(reader, &node, "paper", &colours->paper);
    read_colour(reader, &node, "accent", &colours->accent);
    read_colour(reader, &node, "on_accent", &colours->on_accent);
    read_buttons(reader, &node, colours);
    measure(reader, &node, "the text", colours->ink, colours->paper);
    measure(reader, &node, "links", colours->accent, colours->paper);
    measure(reader, &node, "the words on both buttons", colours->on_accent, colours->accent);
}

static void keep(struct cnil_reader *reader, const struct look *look, struct cnil_theme *theme)
{
    struct cnil_digest digest;
    struct cnil_buffer css;

    cnil_buffer_init(&css, CSS_LIMIT);
    write_css(look, &css);
    if (cnil_buffer_status(&css) == CNIL_OK && cnil_digest_of(cnil_buffer_str(&css), &digest) == CNIL_OK) {
        theme->css = cnil_arena_copy(reader->arena, cnil_buffer_str(&css));
        theme->name = cnil_arena_print(reader->arena, "theme-%.8s.css", digest.hex);
    }
    cnil_buffer_free(&css);
    if (theme->css.ptr == NULL || theme->name.ptr == NULL)
        reader->no_memory = true;
}

void cnil_theme_read(struct cnil_reader *reader, const struct cnil_node *banner, struct cnil_theme *theme)
{
    static const char *const keys[] = { "look", "light", "dark", "radius", NULL };
    static const char *const names[] = { "default", "state", NULL };
    struct cnil_node node, member;
    struct look look;
    uint64_t radius;
    size_t name = 0;

    if (!cnil_reader_member(banner, "theme", &node) || !cnil_reader_object(reader, &node, keys))
        return;
    if (cnil_reader_member(&node, "look", &member))
        cnil_reader_word(reader, &member, names, &name);
    look = looks[name];
    radius = look.radius;
    read_colours(reader, &node, "light", &look.light);
    read_colours(reader, &node, "dark", &look.dark);
    if (cnil_reader_member(&node, "radius", &member))
        cnil_reader_number(reader, &member, 0, RADIUS_MOST, &radius);
    look.radius = (unsigned)radius;
    keep(reader, &look, theme);
}
