#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real pages through nginx and Apache: the same bytes as the core gave (build/tests/pages, written by pages.mjs).

The origin sends each page in the pieces that its size suggests: whole, and in chunks that end anywhere."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from servers import Apache, Nginx  # noqa: E402
from wire import Checks, Origin, fetch, response  # noqa: E402

NGINX = """
cnil on;
server {
    listen 127.0.0.1:@port:tls@ ssl;
    ssl_certificate @cert@;
    ssl_certificate_key @key@;
    location / { proxy_pass http://127.0.0.1:@origin@; proxy_set_header Host $http_host; }
}
"""

APACHE = """
Cnil On
<VirtualHost 127.0.0.1:@port:tls@>
    SSLEngine on
    SSLCertificateFile @cert@
    SSLCertificateKeyFile @key@
    ProxyPreserveHost On
    ProxyPass / http://127.0.0.1:@origin@/
</VirtualHost>
"""


def pieces(page):
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    for at in range(0, len(page), 1237):
        yield page[at:at + 1237]


def main():
    folder = sys.argv[1]
    checks = Checks()
    with open(os.path.join(folder, "HOSTS.tsv"), encoding="utf-8") as file:
        pages = [line.rstrip("\n").split("\t") for line in file][1:]
    content = {}
    for name, host in pages:
        with open(os.path.join(folder, name), "rb") as file:
            content[host, name] = file.read()
    serving = {}

    def answer(request):
        page = serving["page"]
        return pieces(page) if serving["cut"] else response(page, headers=[("Content-Type", "text/html")])

    origin = Origin(answer)
    for kind, config in ((Nginx, NGINX), (Apache, APACHE)):
        with kind(config, origin=origin.port) as server:
            for name, host in pages:
                with open(os.path.join(ROOT, "build", "tests", "pages", "default-" + name), "rb") as file:
                    expected = file.read()
                for cut in (False, True):
                    serving.update(page=content[host, name], cut=cut)
                    got = fetch(server.port("tls"), "/", headers=[("Host", host), ("Sec-Fetch-Dest", "document")])
                    checks.check("%s, %s%s" % (name, kind.__name__, ", in pieces" if cut else ""),
                                 got.complete and got.body == expected,
                                 "%d bytes, not %d" % (len(got.body), len(expected)))
    origin.close()
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
