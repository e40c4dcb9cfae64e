/* SPDX-License-Identifier: Apache-2.0 */
#include "web/header.h"

#include <arpa/inet.h>
#include <string.h>

/* An address in IPv6 form, IPv4 as IPv4-mapped, and how many of its bits count. */
struct network {
    unsigned char bytes[16];
    unsigned bits;
    bool v4;
};

static bool read_address(struct cnil_str text, struct network *network)
{
    static const unsigned char mapped[12] = { [10] = 0xFF, [11] = 0xFF };
    char name[INET6_ADDRSTRLEN];

    if (text.len == 0 || text.len >= sizeof(name) || memchr(text.ptr, '\0', text.len) != NULL)
        return false;
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    network->bits = 128;
    network->v4 = inet_pton(AF_INET, name, network->bytes + 12) == 1;
    if (network->v4) {
        memcpy(network->bytes, mapped, sizeof(mapped));
        return true;
    }
    return inet_pton(AF_INET6, name, network->bytes) == 1;
}

static bool read_network(struct cnil_str text, struct network *network)
{
    struct cnil_str address = cnil_str_cut(&text, '/');
    unsigned bits = 0, most;

    if (!read_address(address, network))
        return false;
    if (text.ptr == NULL)
        return true;
    most = network->v4 ? 32 : 128;
    if (text.len == 0 || text.len > 3)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!cnil_is_digit(text.ptr[i]))
            return false;
        bits = bits * 10 + (unsigned)(text.ptr[i] - '0');
    }
    if (bits > most)
        return false;
    network->bits = bits + (128 - most);
    return true;
}

bool cnil_ip_network_is_valid(struct cnil_str network)
{
    struct network read;

    return read_network(network, &read);
}

bool cnil_ip_within(struct cnil_str address, struct cnil_str network)
{
    struct network one, all;
    unsigned char mask;

    if (!read_address(address, &one) || !read_network(network, &all))
        return false;
    if (memcmp(one.bytes, all.bytes, all.bits / 8) != 0)
        return false;
    if (all.bits % 8 == 0)
        return true;
    mask = (unsigned char)(0xFF00 >> all.bits % 8);
    return ((one.bytes[all.bits / 8] ^ all.bytes[all.bits / 8]) & mask) == 0;
}
