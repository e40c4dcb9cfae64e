# SPDX-License-Identifier: Apache-2.0
"""Starts nginx and Apache, sanitized modules loaded, in front of the origin at port argv[1] with the policy argv[2]; prints
one line of JSON that says where they are; ends when its standard input does."""

import base64
import hashlib
import json
import os
import subprocess
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


def spki(certificate):
    """The hash of the certificate's public key, as Chromium's --ignore-certificate-errors-spki-list wants it."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key.stdout, check=True, capture_output=True)
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


def main():
    values = {"origin": sys.argv[1], "policy": sys.argv[2]}
    nginx = servers.Nginx(NGINX, **values)
    apache = servers.Apache(APACHE, **values)
    with nginx, apache:
        print(json.dumps({
            "nginx": nginx.port("tls"), "apache": apache.port("tls"), "spki": spki(servers.certificate()[0]),
            "events": {"nginx": nginx.events(), "apache": apache.events()}, "certificate": servers.certificate(),
        }), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
