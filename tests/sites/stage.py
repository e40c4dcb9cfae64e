# SPDX-License-Identifier: Apache-2.0
"""Starts nginx and Apache in front of the origin at port argv[1]: each with the sanitized module under both presets, and
nginx without it, every one on ports 80 and 443 of its own loopback address. argv[2] is JSON: the addresses by place, and
the policies by preset. Prints one line of JSON that says which certificate they show; ends when its standard input does.

The places: stock, csp and manager (no module; the origin reads in X-Place what it is to add), nginx-balanced, nginx-strict, apache-balanced, apache-strict."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import servers  # noqa: E402

NGINX = """
map_hash_bucket_size 128;
types_hash_max_size 4096;
gzip on;
"""

NGINX_SERVER = """
server {
    listen %(address)s:80;
    listen %(address)s:443 ssl http2;
    ssl_certificate @cert@;
    ssl_certificate_key @key@;
    %(cnil)s
    location / {
        proxy_pass http://127.0.0.1:@origin@;
        proxy_set_header Host $http_host;
        proxy_set_header X-Place %(place)s;
        proxy_set_header X-Scheme $scheme;
    }
}
"""

APACHE_SERVER = """
Listen %(address)s:80
Listen %(address)s:443
<VirtualHost %(address)s:80>
    CnilPolicy %(policy)s
    Cnil On
    ProxyPreserveHost On
    ProxyPass / http://127.0.0.1:@origin@/ nocanon
    RequestHeader set X-Place %(place)s
    RequestHeader set X-Scheme http
    AllowEncodedSlashes NoDecode
</VirtualHost>
<VirtualHost %(address)s:443>
    CnilPolicy %(policy)s
    Cnil On
    SSLEngine on
    SSLCertificateFile @cert@
    SSLCertificateKeyFile @key@
    ProxyPreserveHost On
    ProxyPass / http://127.0.0.1:@origin@/ nocanon
    RequestHeader set X-Place %(place)s
    RequestHeader set X-Scheme https
    AllowEncodedSlashes NoDecode
    AddOutputFilterByType DEFLATE text/html
</VirtualHost>
"""

WAIT = "server { listen 127.0.0.1:@port:wait@; }"  # a port that start() can wait for


def main():
    told = json.loads(sys.argv[2])
    sanitize = not told.get("fast")
    origin = sys.argv[1]
    running = []
    plain = NGINX + WAIT
    ours = NGINX + WAIT
    apache = "# @port:wait@\n"  # every port that is named gets its Listen
    for place, address in told["addresses"].items():
        software, _, preset = place.partition("-")
        values = {"place": place, "address": address, "policy": told["policies"].get(preset), "cnil": ""}
        if software == "nginx":
            values["cnil"] = "cnil on; cnil_policy %s;" % values["policy"]
            ours += NGINX_SERVER % values
        elif software == "apache":
            apache += APACHE_SERVER % values
        else:
            plain += NGINX_SERVER % values
    running.append(servers.Nginx(plain, load=False, origin=origin))
    running.append(servers.Nginx(ours, sanitize=sanitize, origin=origin))
    servers.Apache.threads = 64  # a visitor of all sites opens connections ahead
    running.append(servers.Apache(apache, sanitize=sanitize, origin=origin))
    try:
        for server in running:
            server.start()
        cert, key = servers.certificate()
        print(json.dumps({"cert": cert, "key": key, "spki": servers.spki(), "events": [server.events() for server in running[1:]]}), flush=True)
        sys.stdin.read()
        for server in running:
            server.stop()
    finally:
        for server in running:
            server.kill()


if __name__ == "__main__":
    main()
