# SPDX-License-Identifier: Apache-2.0
"""Starts nginx and Apache, sanitized modules loaded, in front of the origin at port argv[1] with the policy argv[2]; prints
one line of JSON that says where they are; ends when its standard input does."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import servers  # noqa: E402

NGINX = """
cnil on;
cnil_policy @policy@;
server {
    listen 127.0.0.1:@port:tls@ ssl http2;
    ssl_certificate @cert@;
    ssl_certificate_key @key@;
    gzip on;
    location / { proxy_pass http://127.0.0.1:@origin@; proxy_set_header Host $http_host; }
}
"""

APACHE = """
Cnil On
CnilPolicy @policy@
<VirtualHost 127.0.0.1:@port:tls@>
    SSLEngine on
    SSLCertificateFile @cert@
    SSLCertificateKeyFile @key@
    ProxyPreserveHost On
    ProxyPass / http://127.0.0.1:@origin@/
    AddOutputFilterByType DEFLATE text/html
</VirtualHost>
"""


def main():
    values = {"origin": sys.argv[1], "policy": sys.argv[2]}
    nginx = servers.Nginx(NGINX, **values)
    apache = servers.Apache(APACHE, **values)
    with nginx, apache:
        print(json.dumps({
            "nginx": nginx.port("tls"), "apache": apache.port("tls"), "spki": servers.spki(),
            "events": {"nginx": nginx.events(), "apache": apache.events()}, "certificate": servers.certificate(),
        }), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
