/* SPDX-License-Identifier: Apache-2.0 */
#include "web/character.h"

#include "web/utf8.h"

struct range {
    uint32_t first, last;
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_in(const struct range *ranges, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count; i++)
        if (code_point >= ranges[i].first && code_point <= ranges[i].last)
            return true;
    return false;
}

/* Unicode's properties White_Space and Default_Ignorable_Code_Point and its categories Cc and Zs; the format characters
 * among annotations, signs and shorthand; blanks that are symbols by category. */
bool cnil_character_is_visible(uint32_t code_point)
{
    static const struct range unseen[] = {
        { 0x0000, 0x0020 },   { 0x007f, 0x00a0 },   { 0x00ad, 0x00ad },   { 0x034f, 0x034f },   { 0x061c, 0x061c },
        { 0x115f, 0x1160 },   { 0x1680, 0x1680 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },   { 0x2000, 0x200f },
        { 0x2028, 0x202f },   { 0x205f, 0x206f },   { 0x2800, 0x2800 },   { 0x3000, 0x3000 },   { 0x3164, 0x3164 },
        { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0x13430, 0x13442 },
        { 0x1bca0, 0x1bca3 }, { 0x1d159, 0x1d159 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
    };

    return !is_in(unseen, COUNT(unseen), code_point);
}

bool cnil_character_is_letter(uint32_t code_point)
{
    static const struct range others[] = {
        /* of what is plain */
        { 0x0000, 0x002f }, { 0x003a, 0x0040 }, { 0x005b, 0x0060 }, { 0x007b, 0x00bf }, { 0x00d7, 0x00d7 },
        { 0x00f7, 0x00f7 }, { 0x037e, 0x037e }, { 0x0387, 0x0387 }, { 0x05be, 0x05be }, { 0x05f3, 0x05f4 },
        { 0x060c, 0x061f }, { 0x066a, 0x066d }, { 0x06d4, 0x06d4 }, { 0x2000, 0x303f }, { 0x30a0, 0x30a0 },
        { 0x30fb, 0x30fb }, { 0xff00, 0xff0f }, { 0xff1a, 0xff1f },
    };

    return !is_in(others, COUNT(others), code_point);
}

bool cnil_character_is_plain(uint32_t code_point, enum cnil_script *script)
{
    static const struct {
        struct range range;
        enum cnil_script script;
    } plain[] = {
        { { 0x0020, 0x0040 }, CNIL_SCRIPT_NONE },     { { 0x0041, 0x005a }, CNIL_SCRIPT_LATIN },
        { { 0x005b, 0x0060 }, CNIL_SCRIPT_NONE },     { { 0x0061, 0x007a }, CNIL_SCRIPT_LATIN },
        { { 0x007b, 0x007e }, CNIL_SCRIPT_NONE },     { { 0x00a0, 0x00a1 }, CNIL_SCRIPT_NONE },
        { { 0x00ab, 0x00ab }, CNIL_SCRIPT_NONE },     { { 0x00b7, 0x00b7 }, CNIL_SCRIPT_NONE },
        { { 0x00bb, 0x00bb }, CNIL_SCRIPT_NONE },     { { 0x00bf, 0x00bf }, CNIL_SCRIPT_NONE },
        { { 0x00c0, 0x017e }, CNIL_SCRIPT_LATIN },    { { 0x01a0, 0x01a1 }, CNIL_SCRIPT_LATIN },
        { { 0x01af, 0x01b0 }, CNIL_SCRIPT_LATIN },    { { 0x0218, 0x021b }, CNIL_SCRIPT_LATIN },
        { { 0x0386, 0x03ce }, CNIL_SCRIPT_GREEK },    { { 0x0400, 0x045f }, CNIL_SCRIPT_CYRILLIC },
        { { 0x0490, 0x0491 }, CNIL_SCRIPT_CYRILLIC }, { { 0x05be, 0x05be }, CNIL_SCRIPT_NONE },
        { { 0x05d0, 0x05ea }, CNIL_SCRIPT_HEBREW },   { { 0x05f3, 0x05f4 }, CNIL_SCRIPT_NONE },
        { { 0x060c, 0x060c }, CNIL_SCRIPT_NONE },     { { 0x061b, 0x061b }, CNIL_SCRIPT_NONE },
        { { 0x061f, 0x061f }, CNIL_SCRIPT_NONE },     { { 0x0621, 0x063a }, CNIL_SCRIPT_ARABIC },
        { { 0x0641, 0x064a }, CNIL_SCRIPT_ARABIC },   { { 0x1ea0, 0x1ef9 }, CNIL_SCRIPT_LATIN },
        { { 0x2010, 0x2014 }, CNIL_SCRIPT_NONE },     { { 0x2018, 0x201e }, CNIL_SCRIPT_NONE },
        { { 0x2026, 0x2026 }, CNIL_SCRIPT_NONE },     { { 0x202f, 0x202f }, CNIL_SCRIPT_NONE },
        { { 0x3001, 0x3002 }, CNIL_SCRIPT_NONE },     { { 0x300c, 0x300f }, CNIL_SCRIPT_NONE },
        { { 0x3041, 0x3096 }, CNIL_SCRIPT_ASIAN },    { { 0x30a1, 0x30ff }, CNIL_SCRIPT_ASIAN },
        { { 0x3400, 0x4dbf }, CNIL_SCRIPT_ASIAN },    { { 0x4e00, 0x9fff }, CNIL_SCRIPT_ASIAN },
        { { 0xac00, 0xd7a3 }, CNIL_SCRIPT_ASIAN },    { { 0xff01, 0xff01 }, CNIL_SCRIPT_NONE },
        { { 0xff0c, 0xff0c }, CNIL_SCRIPT_NONE },     { { 0xff1a, 0xff1b }, CNIL_SCRIPT_NONE },
        { { 0xff1f, 0xff1f }, CNIL_SCRIPT_NONE },
    };

    for (size_t i = 0; i < COUNT(plain); i++)
        if (is_in(&plain[i].range, 1, code_point)) {
            *script = plain[i].script;
            return true;
        }
    return false;
}

uint32_t cnil_character_fold(uint32_t c)
{
    static const struct {
        struct range range;
        uint32_t add; /* 0: capital and small letter in turns, the capital even; 1: odd */
    } capitals[] = {
        { { 'A', 'Z' }, 32 },       { { 0x00c0, 0x00d6 }, 32 }, { { 0x00d8, 0x00de }, 32 }, { { 0x0100, 0x012f }, 0 },
        { { 0x0132, 0x0137 }, 0 },  { { 0x0139, 0x0148 }, 1 },  { { 0x014a, 0x0177 }, 0 },  { { 0x0179, 0x017e }, 1 },
        { { 0x01a0, 0x01a1 }, 0 },  { { 0x01af, 0x01b0 }, 1 },  { { 0x0218, 0x021b }, 0 },  { { 0x0386, 0x0386 }, 38 },
        { { 0x0388, 0x038a }, 37 }, { { 0x038c, 0x038c }, 64 }, { { 0x038e, 0x038f }, 63 }, { { 0x0391, 0x03ab }, 32 },
        { { 0x0400, 0x040f }, 80 }, { { 0x0410, 0x042f }, 32 }, { { 0x0490, 0x0491 }, 0 },  { { 0x1ea0, 0x1ef9 }, 0 },
    };

    if (c == 0x0130 || c == 0x0131) /* of Turkish, whose capital I may be either's */
        return 'i';
    if (c == 0x03c2) /* at the end of a word */
        return 0x03c3;
    if (c == 0x1e9e)
        return 0x00df;
    if (c == 0x0178)
        return 0x00ff;
    for (size_t i = 0; i < COUNT(capitals); i++)
        if (is_in(&capitals[i].range, 1, c))
            return capitals[i].add > 1 ? c + capitals[i].add : c + ((c & 1) == capitals[i].add);
    return c;
}

bool cnil_character_is_capital(uint32_t c)
{
    return c != 0x0131 && c != 0x03c2 && cnil_character_fold(c) != c;
}

uint32_t cnil_character_compose(uint32_t letter, uint32_t mark)
{
    static const struct {
        uint32_t mark;
        struct cnil_str pairs;
    } composed[] = {
#define COMPOSED_LETTERS(mark, pairs) { mark, CNIL_STR_INIT(pairs) },
#include "web/composed_letters.def"
#undef COMPOSED_LETTERS
    };
    enum cnil_script script;
    bool valid = true;

    if (mark >= 0x064b && mark <= 0x0652) /* vowels and the like, which Arabic may leave out */
        return cnil_character_is_plain(letter, &script) && script == CNIL_SCRIPT_ARABIC ? letter : 0;
    for (size_t i = 0; i < COUNT(composed); i++)
        for (struct cnil_str rest = composed[i].pairs; mark == composed[i].mark && rest.len > 0;) {
            uint32_t first = cnil_utf8_next(&rest, &valid), both = cnil_utf8_next(&rest, &valid);

            if (first == letter)
                return both;
        }
    return 0;
}

bool cnil_character_is_part(uint32_t code_point)
{
    static const struct range parts[] = {
        { 0x0300, 0x036f }, { 0x064b, 0x0655 }, { 0x1100, 0x11ff }, { 0x3099, 0x309a }
    };

    return is_in(parts, COUNT(parts), code_point);
}

bool cnil_text_is_visible(struct cnil_str text)
{
    bool valid = true;

    while (text.len > 0)
        if (cnil_character_is_visible(cnil_utf8_next(&text, &valid)))
            return true;
    return false;
}
