/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html_names.h"

#define LETTER(lower, upper) [(lower)] = (lower) - 'a' + 1, [(upper)] = (lower) - 'a' + 1

const unsigned char cnil_html_name_codes[256] = {
    LETTER('a', 'A'), LETTER('b', 'B'), LETTER('c', 'C'), LETTER('d', 'D'), LETTER('e', 'E'), LETTER('f', 'F'),
    LETTER('g', 'G'), LETTER('h', 'H'), LETTER('i', 'I'), LETTER('j', 'J'), LETTER('k', 'K'), LETTER('l', 'L'),
    LETTER('m', 'M'), LETTER('n', 'N'), LETTER('o', 'O'), LETTER('p', 'P'), LETTER('q', 'Q'), LETTER('r', 'R'),
    LETTER('s', 'S'), LETTER('t', 'T'), LETTER('u', 'U'), LETTER('v', 'V'), LETTER('w', 'W'), LETTER('x', 'X'),
    LETTER('y', 'Y'), LETTER('z', 'Z'), ['-'] = 27,       [':'] = 28,       ['0'] = 32,       ['1'] = 33,
    ['2'] = 34,       ['3'] = 35,       ['4'] = 36,       ['5'] = 37,       ['6'] = 38,       ['7'] = 39,
    ['8'] = 40,       ['9'] = 41,
};

cnil_html_name cnil_html_name_of(struct cnil_str name)
{
    cnil_html_name value = 0;
    size_t codes = name.len;

    if (codes > 12)
        return CNIL_HTML_OTHER;
    for (size_t i = 0; i < name.len; i++) {
        unsigned code = cnil_html_name_codes[(unsigned char)name.ptr[i]];

        if (code - 1 < 28) {
            value = value << 5 | code;
        } else if (code >= 32) { /* a digit takes two codes */
            value = value << 10 | CNIL_HTML_CODE_digit << 5 | (code - 31);
            codes++;
        } else {
            return CNIL_HTML_OTHER;
        }
    }
    return codes > 12 ? CNIL_HTML_OTHER : value;
}
