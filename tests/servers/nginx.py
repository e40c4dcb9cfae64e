#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real nginx, the module built with sanitizers: what a connector must get right, one function a subject."""

import glob
import gzip
import os
import re
import socket
import ssl
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from servers import Nginx, ServerError, sanitizer_environment  # noqa: E402
from shop import CLEAN, FORM, NAVIGATION, POLICY, TRACKED, asked, curl, fields, held, md5, policy_file, raw, site, websocket_origin, websocket_talk  # noqa: E402
import shop  # noqa: E402
from gateway import Gateway  # noqa: E402
from wire import Checks, Origin, fetch, response, until  # noqa: E402

checks = Checks()
check = checks.check

BIG = shop.big(40000)
TLS = "ssl_certificate @cert@; ssl_certificate_key @key@; root @dir@/www;\n"
BROTLI = os.path.join(Nginx.modules, "ngx_http_brotli_filter_module.so")


def nginx(config, policy=None, http="", **more):
    """Module on, one server with TLS at port `tls`."""
    text = "%s\ncnil on;\ncnil_policy @policy@;\n%s\nserver {\nlisten 127.0.0.1:@port:tls@ ssl http2;\n%s\n}\n" % (TLS, http, config)
    return Nginx(text, policy=policy_file(policy or POLICY), **more)


# ---- configuration ----


def directives():
    """Inheritance and ceilings."""
    server = Nginx("""
        %s
        cnil_policy @policy@;
        server {
            listen 127.0.0.1:@port:off@ ssl;
            location /on/ { cnil on; }
        }
        server {
            listen 127.0.0.1:@port:on@ ssl;
            cnil on;
            location /on/ { }
            location /quiet/ { cnil audit; location /quiet/on/ { cnil on; } }
            location /none/ { cnil off; }
            location /other/ { cnil_policy @other@; }
            if ($arg_off) { set $dummy 1; }
        }
        server {
            listen 127.0.0.1:@port:lowered@ ssl;
            cnil on;
            cnil_policy @audits@;
        }
    """ % TLS, policy=policy_file(POLICY), audits=policy_file(dict(POLICY, mode="audit")),
        other=policy_file({"trackers": {"block": ["else.example"]}, "https": {"redirect": False}}))
    names = ("a.html", "on/a.html", "quiet/a.html", "quiet/on/a.html", "none/a.html", "other/a.html")
    for name in names:
        site(server, name, TRACKED)
    with server:
        body = {port + "/" + name: fetch(server.port(port), "/" + name, headers=NAVIGATION).body
                for port in ("off", "on", "lowered") for name in names}
        check("off unless it is said, here too", body["off/a.html"] == TRACKED)
        check("on in one location of a server that is off", held(body["off/on/a.html"]), body["off/on/a.html"])
        check("a server's mode is inherited", held(body["on/a.html"]) and held(body["on/on/a.html"]), body["on/a.html"])
        check("audit in a location changes nothing", body["on/quiet/a.html"] == TRACKED)
        check("a location within may say otherwise", held(body["on/quiet/on/a.html"]))
        check("off in a location changes nothing", body["on/none/a.html"] == TRACKED)
        check("a location has a policy of its own", b"data-held" not in body["on/other/a.html"]
              and b"tracker.example" in body["on/other/a.html"], body["on/other/a.html"])
        check("a policy that audits lowers `on`", body["lowered/a.html"] == TRACKED)
        until(lambda: '"mode":"audit"' in open(server.events()).read().replace(" ", ""))
        events = open(server.events()).read()
        check("audit writes down what it would have held back", '"mode":"audit"' in events.replace(" ", ""), events[-500:])

    server = Nginx("server { listen 127.0.0.1:@port:tls@ ssl; %s cnil on; }" % TLS)
    site(server, "a.html", CLEAN)
    with server:
        got = fetch(server.port("tls"), "/a.html", headers=NAVIGATION)
        check("`on` without a policy is the built-in one", got.status == 200 and got.one("strict-transport-security"), got.headers)
        check("and it puts the privacy link in", b"/_privacy/" in got.body, got.body)


def refusals():
    """What `nginx -t` says of mistakes."""
    bad = policy_file('{\n  "moed": "enforce",\n  "site": { "nmae": "x" }\n}\n')
    broken = policy_file('{\n  "mode" "enforce"\n}\n')
    inside = "server { listen 127.0.0.1:@port:tls@ ssl; %s cnil on; %%s }" % TLS

    def said(text, **more):
        server = Nginx(text, **more)
        server.environment = sanitizer_environment
        status, output = server.test()
        server.clean()
        return status, output

    status, text = said(inside % ("cnil_policy %s;" % bad))
    check("a policy with mistakes fails the configuration test", status != 0)
    check("it names file, line and column of each", bad + ":2:" in text and bad + ":3:" in text, text)
    check("and the directive", "server.conf:" in text and "[emerg]" in text, text)
    status, text = said(inside % ("cnil off; location / { cnil_policy %s; }" % bad).replace("cnil off;", ""))
    check("so does one in a location", status != 0 and bad + ":2:" in text, text)
    status, text = said(inside % ("cnil_policy %s;" % broken))
    check("a syntax error has its place", status != 0 and broken + ":2:" in text, text)
    status, text = said(inside % "cnil_policy /nowhere/policy.json;")
    check("a policy that is not there fails it", status != 0 and "/nowhere/policy.json" in text, text)
    status, text = said(inside % "cnil_policy beside.json;")
    check("a relative path begins beside nginx.conf", status != 0 and re.search(r"/cnil-nginx-\w+/beside.json", text), text)
    status, text = said(inside.replace("cnil on", "cnil maybe") % "")
    check("an unknown word is refused", status != 0 and 'invalid value "maybe"' in text, text)
    status, text = said(inside % ("cnil_policy %s; cnil_policy %s;" % ((policy_file(POLICY),) * 2)))
    check("two policies in one place are refused", status != 0 and "is duplicate" in text, text)
    status, text = said(inside % "cnil_state /x;")
    check("cnil_state belongs to http", status != 0 and "not allowed here" in text, text)

    one = policy_file(POLICY)
    servers = "\n".join("server { listen 127.0.0.1:@port:tls@ ssl; server_name s%d; %s cnil on; cnil_policy %s; location / { cnil_policy %s; } }"
                        % (i, TLS, one, one) for i in range(500))
    started = time.monotonic()
    status, text = said("server_names_hash_max_size 4096;\n" + servers.replace("ssl;", ";").replace("ssl_certificate @cert@; ssl_certificate_key @key@;", ""))
    took = time.monotonic() - started
    check("one file in 500 servers is loaded once", status == 0 and took < 20, (took, text[-300:]))


def order():
    """Other compressors: which may be loaded when."""
    if not os.path.exists(BROTLI):
        checks.skip("order of load_module", "libnginx-mod-http-brotli-filter is not installed")
        return
    server = nginx("brotli on; brotli_min_length 1;", main="load_module %s;" % BROTLI)
    site(server, "a.html", TRACKED)
    with server:
        got = fetch(server.port("tls"), "/a.html", headers=NAVIGATION + [("Accept-Encoding", "br")])
        check("brotli compresses what we have made", got.one("content-encoding") == "br", got.headers)
        plain = subprocess.run(["curl", "-sk", "--compressed", "-H", "Accept-Encoding: br", "-H", "Sec-Fetch-Dest: document",
                                "https://localhost:%d/a.html" % server.port("tls")], capture_output=True).stdout
        check("and it was rewritten before", held(plain), plain)
    server = nginx("", load=False)
    server.main = "load_module %s; load_module %s;" % (server.module_path(), BROTLI)
    server.write(server.config)
    server.environment = sanitizer_environment
    status, said = server.test()
    server.clean()
    check("brotli loaded after us fails the configuration test", status != 0 and "ngx_http_brotli_filter_module" in said
          and "load_module" in said, said)


def state():
    """The key, the log, and what a configuration test leaves alone."""
    server = nginx("")
    shop.keeps_its_state(check, server, server.reopen)

    server = Nginx("cnil audit; cnil_policy @policy@; cnil_state /proc/nowhere; server { listen 127.0.0.1:@port:tls@ ssl; %s }" % TLS,
                   policy=policy_file(POLICY))
    site(server, "a.html", TRACKED)
    with server:
        check("audit needs no state and a log that cannot be opened stops no request",
              fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body == TRACKED)
        check("but it is said", until(lambda: "cannot be opened" in server.text()), server.text())
    server = nginx("", http="cnil_state /proc/nowhere;", expect_problems=True)
    try:
        server.start(timeout=10)
        server.kill()
        check("without a place for its key it does not start", False)
    except ServerError as error:
        check("without a place for its key it does not start", "/proc/nowhere" in str(error), error)
    server.clean()

    server = nginx("", policy=dict(POLICY, log={"file": "/proc/nowhere/events.jsonl"}))
    site(server, "a.html", TRACKED)
    try:
        with server:
            check("a log that cannot be opened stops no request that enforces",
                  held(fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body))
    except ServerError as error:
        check("a log that cannot be opened stops no request that enforces", False, error)

    server = Nginx("server { listen 127.0.0.1:@port:tls@ ssl; %s cnil off; }" % TLS)
    os.rmdir(server.values["state"])
    site(server, "a.html", TRACKED)
    with server:
        fetch(server.port("tls"), "/a.html")
        check("off makes nothing", not os.path.exists(server.values["state"]))


# ---- not doing harm ----


def audit():
    """Audit and off: byte for byte, header for header, what it would be without the module; the origin sees what it would."""
    answers = {
        "/page": response(TRACKED, headers=[("Set-Cookie", "_ga=1; Path=/"), ("ETag", '"x"'), ("Cache-Control", "max-age=60"),
                                            ("Link", "<https://tracker.example/s.js>; rel=preload; as=script"),
                                            ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")]),
        "/_privacy/": response(CLEAN),
        "/gzip": response(gzip.compress(TRACKED, mtime=0), headers=[("Content-Encoding", "gzip")]),
        "/chunked": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>a<\r\n3\r\n/p>\r\n0\r\n\r\n",
    }
    origin = Origin(lambda request: answers.get(request.target.split("?")[0], response(b"no", "404 Not Found")))
    text = """
        userid on; userid_name _ga_user;
        gzip on; gzip_min_length 1;
        server {
            listen 127.0.0.1:@port:tls@ ssl;
            %s
            location / { proxy_pass http://127.0.0.1:@origin@; proxy_http_version 1.1; add_header Set-Cookie "_ga=2"; }
            location /files/ { alias @dir@/www/; ssi on; ssi_last_modified on; error_page 404 /files/a.html; }
            location /big.html { sendfile on; }
            location /canned { return 403; }
            location /text { default_type text/html; return 200 "<img src=//tracker.example/>"; }
        }
    """ % TLS
    paths = ("/page", "/_privacy/", "/nothing", "/gzip", "/chunked", "/files/a.html", "/files/none", "/files/a.shtml", "/canned",
             "/text", "/big.html")
    seen = {}
    for kind, config in (("without", text), ("audit", "cnil audit; cnil_policy @policy@;\n" + text), ("off", "cnil_policy @policy@;\n" + text)):
        server = Nginx(config, load=kind != "without", policy=policy_file({"trackers": {"block": ["tracker.example"]}}), origin=origin.port)
        for name, content in (("a.html", TRACKED), ("big.html", BIG), ("a.shtml", b'<body><!--#include virtual="/files/a.html" --></body>')):
            site(server, name, content)
        with server:
            for path in paths:
                for method, version in (("GET", "1.1"), ("HEAD", "1.1"), ("GET", "1.0")):
                    for extra in ([], [("Accept-Encoding", "gzip")], [("Range", "bytes=0-3")], [("If-None-Match", '"65537f00-87"')]):
                        got = fetch(server.port("tls"), path, method, NAVIGATION + extra + [
                            ("Host", "shop.example"), ("Cookie", "_ga=1; a=b; _ga_user=x")], version=version)
                        request = origin.last(path)
                        seen[kind, method, version, path, str(extra)] = (
                            got.status, got.body, got.complete,
                            [(k, re.sub("_ga_user=[^;]*", "", v)) for k, v in fields(got)],
                            request and [field for field in request.headers if not field[1].startswith("127.0.0.1:")])
    shop.leaves_alone(check, seen)
    origin.close()


def cookies():
    """Every source of Set-Cookie, and the Cookie that everybody behind us sees."""
    origin = Origin(lambda request: response(CLEAN, headers=[("Set-Cookie", "_ga=from-origin; Path=/"), ("Set-Cookie", "cart=1")]))
    server = nginx("""
        add_header Set-Cookie "_gid=from-header" always;
        userid on; userid_name _ga;
        location / { proxy_pass http://127.0.0.1:@origin@; }
        location /guarded { auth_request /auth; mirror /mirror; proxy_pass http://127.0.0.1:@origin@; }
        location = /auth { internal; proxy_pass http://127.0.0.1:@origin@/auth; proxy_pass_request_body off; }
        location = /mirror { internal; proxy_pass http://127.0.0.1:@origin@/mirror; }
        location /missing { return 404; }
    """, origin=origin.port)
    with server:
        port = server.port("tls")
        sent = [("Cookie", "_ga=1; cart=9; _fbp=2"), ("Accept-Encoding", "gzip, br")]
        got = fetch(port, "/page", headers=NAVIGATION + sent)
        check("trackers' cookies are taken out, wherever they come from", got.all("set-cookie") == ["cart=1"], got.all("set-cookie"))

        def seen(path, name):
            return [v for k, v in origin.last(path).headers if k.lower() == name]

        check("the origin sees its own cookie alone", seen("/page", "cookie") == ["cart=9"], origin.last().headers)
        check("the origin is not asked for compressed pages", not seen("/page", "accept-encoding"), origin.last().headers)
        fetch(port, "/only", headers=NAVIGATION + [("Cookie", "_ga=1")])
        check("a Cookie field with nothing left is gone", not seen("/only", "cookie"), origin.last().headers)
        fetch(port, "/guarded", headers=NAVIGATION + sent)
        until(lambda: origin.last("/mirror"))
        check("auth_request sees what the origin sees", seen("/auth", "cookie") == ["cart=9"], origin.last("/auth").headers)
        check("so does mirror", seen("/mirror", "cookie") == ["cart=9"], origin.last("/mirror"))
        got = fetch(port, "/missing", headers=NAVIGATION)
        check("an error page sets no tracker's cookie", not got.all("set-cookie"), got.all("set-cookie"))
        curl(port, "/two", "-H", "Cookie: _ga=1; cart=9", "-H", "Cookie: b=2")
        check("over HTTP/2 too", sorted("; ".join(seen("/two", "cookie")).split("; ")) == ["b=2", "cart=9"], origin.last("/two").headers)
        names = [k.lower() for k, _ in origin.last("/page").headers]
        check("no other field is lost", "sec-fetch-dest" in names and "accept" in names and names.count("host") == 1, names)
    origin.close()


def redirects():
    """Fields and redirects that the server itself makes: the same rules hold."""
    server = nginx("""
        add_header Report-To '{"group":"default","max_age":9,"endpoints":[{"url":"https://tracker.example/r"}]}' always;
        add_header NEL '{"report_to":"default","max_age":9}' always;
        add_header Link '<https://tracker.example/s.js>; rel=preload; as=script' always;
        location /away { return 302 https://tracker.example/p.gif; }
        location /sideways { return 302 //tracker.example/p.gif; }
        location /home { return 302 /a.html; }
        location /again/ { rewrite ^/again/(.*) https://tracker.example/$1 permanent; }
        location /reload { add_header Refresh "0; url=https://tracker.example/"; return 200 x; }
    """)
    with server:
        port = server.port("tls")
        image = [("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Mode", "no-cors"), ("Accept", "image/*")]
        for path in ("/away", "/sideways", "/again/p.gif"):
            got = fetch(port, path, headers=image)
            check("%s leads no image to a tracker" % path, got.status in (301, 302) and not got.all("location"), got.headers)
        check("an image of the site is still found", len(fetch(port, "/home", headers=image).all("location")) == 1)
        check("a visitor goes where a link leads", fetch(port, "/away", headers=NAVIGATION).all("location") == ["https://tracker.example/p.gif"])
        for path in ("/away", "/missing"):
            got = fetch(port, path, headers=image)
            check("%s reports to nobody" % path, got.all("report-to") == ['{"group":"default","max_age":0,"endpoints":[]}'] and got.all("nel") == ['{"max_age":0}'] and not got.all("link"), got.headers)
        got = fetch(port, "/reload", headers=image)
        check("nor does a refresh lead there", got.status == 200 and not got.all("refresh"), got.headers)


def gateways():
    """The Cookie that applications see behind every protocol that nginx speaks; over HTTP/2 as one field and as several."""
    applications = {protocol: Gateway(protocol) for protocol in Gateway.readers}
    origin = Origin(lambda request: response(CLEAN, headers=[("Set-Cookie", "_ga=1"), ("Set-Cookie", "sid=2")]))
    server = nginx("""
        location /fastcgi { fastcgi_pass 127.0.0.1:@fastcgi@; include /etc/nginx/fastcgi_params; }
        location /scgi { scgi_pass 127.0.0.1:@scgi@; include /etc/nginx/scgi_params; }
        location /uwsgi { uwsgi_pass 127.0.0.1:@uwsgi@; include /etc/nginx/uwsgi_params; }
        location /grpc { grpc_pass grpc://127.0.0.1:@port:inner@; }
        location /named { proxy_pass http://127.0.0.1:@origin@; proxy_set_header X-Cookie $http_cookie; proxy_set_header X-Ga $cookie__ga; }
        location /cached { proxy_pass http://127.0.0.1:@origin@; proxy_cache c; proxy_cache_key $uri$http_cookie; }
    """, http="""
        proxy_cache_path @dir@/cache keys_zone=c:1m;
        server { listen 127.0.0.1:@port:inner@ http2; cnil off; location / { proxy_pass http://127.0.0.1:@origin@; } }
    """, origin=origin.port, **{name: one.port for name, one in applications.items()})
    with server:
        port = server.port("tls")
        sent = [("Cookie", "_ga=1; cart=9; _fbp=2")]
        for protocol, application in applications.items():
            got = fetch(port, "/" + protocol, headers=NAVIGATION + sent)
            check("an application behind %s sees its own cookie alone" % protocol, application.cookie() == b"cart=9", application.cookie())
            check("and sets its own alone, %s" % protocol, got.all("set-cookie") == ["sid=2"], got.headers)
            fetch(port, "/" + protocol, headers=NAVIGATION + [("Cookie", "_ga=1")])
            check("with nothing left %s says nothing" % protocol, application.cookie() in (None, b""), application.cookie())
            curl(port, "/" + protocol, "-H", "Cookie: _ga=1; cart=9", "-H", "Cookie: b=2")
            check("several fields of HTTP/2 become one, %s" % protocol, application.cookie() == b"cart=9; b=2", application.cookie())
            application.close()

        def seen(path, name="cookie"):
            return [v for k, v in origin.last(path).headers if k.lower() == name]

        fetch(port, "/grpc", headers=NAVIGATION + sent)
        check("what is behind gRPC sees its own cookie alone", seen("/grpc") == ["cart=9"], origin.last("/grpc"))
        fetch(port, "/named", headers=NAVIGATION + sent)
        check("variables tell what the origin may see", seen("/named", "x-cookie") == ["cart=9"] and not seen("/named", "x-ga"), origin.last("/named"))
        fetch(port, "/cached", headers=NAVIGATION + sent)
        check("behind a cache too", seen("/cached") == ["cart=9"], origin.last("/cached"))
    origin.close()


# ---- pages ----


def pages():
    """Includes, substitutions, error pages, HEAD, compression, protocols."""
    def answer(request):
        if request.target == "/unzip":
            return response(gzip.compress(TRACKED), headers=[("Content-Encoding", "gzip")])
        return response(b'<img src="https://tracker.example/p.gif">' if request.target == "/part" else TRACKED)

    origin = Origin(answer)
    server = nginx("""
        ssi on; gzip on; gzip_min_length 1;
        location /subst/ { sub_filter MARK '<img src="https://tracker.example/p.gif">'; }
        location /added/ { add_before_body /part.html; }
        location = /part { proxy_pass http://127.0.0.1:@origin@; }
        location /gone { error_page 404 /missing.html; }
        location /named { error_page 404 = @@fallback; return 404; }
        location @@fallback { proxy_pass http://127.0.0.1:@origin@; }
        location /bad { proxy_pass http://127.0.0.1:1; error_page 502 /missing.html; }
        location /text { default_type text/html; return 200 '<html><body><img src="https://tracker.example/p.gif">'; }
        location /tried { try_files $uri /missing.html; }
        location /index/ { index none.html a.html; }
        location /unzip { gunzip on; proxy_pass http://127.0.0.1:@origin@; }
        location /packed/ { gzip_static on; error_page 404 /packed/a.html; }
    """.replace("@@", "@"), origin=origin.port)
    site(server, "a.html", TRACKED)
    site(server, "index/a.html", TRACKED)
    site(server, "big.html", BIG)
    site(server, "a.shtml", b'<!DOCTYPE html><body><!--#include virtual="/part.html" --><p>x</p><!--#include virtual="/part" --><p>y</p></body>')
    site(server, "cut.shtml", b'<!DOCTYPE html><body><img src="https://tra<!--#include virtual="/half.html" --><p>end</p></body>')
    site(server, "part.html", b'<img src="https://tracker.example/p.gif">')
    site(server, "half.html", b'cker.example/p.gif">')
    site(server, "missing.html", TRACKED)
    site(server, "subst/a.html", b"<!DOCTYPE html><body>MARK</body>")
    site(server, "added/a.html", CLEAN)
    site(server, "packed/a.html", TRACKED)
    site(server, "packed/a.html.gz", gzip.compress(TRACKED))
    with server:
        port = server.port("tls")
        for version in ("1.1", "1.0"):
            got = fetch(port, "/a.shtml", headers=NAVIGATION, version=version)
            check("included fragments are rewritten, HTTP/" + version, got.body.count(b"data-held") == 2 and held(got.body)
                  and got.body.endswith(b"<p>y</p></body>") and got.complete, got.body)
            got = fetch(port, "/cut.shtml", headers=NAVIGATION, version=version)
            check("also a tag that lies in two of them, HTTP/" + version, held(got.body) and got.body.endswith(b"<p>end</p></body>"), got.body)
            got = fetch(port, "/added/a.html", headers=NAVIGATION, version=version)
            check("what add_before_body puts in is rewritten, HTTP/" + version, held(got.body) and got.complete, got.body)
        for path, status, why in (("/subst/a.html", 200, "what sub_filter puts in"), ("/gone", 404, "an error page"),
                                  ("/named", 200, "a named location"), ("/bad", 502, "an error page for a dead origin"),
                                  ("/text", 200, "a text of `return`"), ("/tried", 200, "what try_files finds"),
                                  ("/index/", 200, "an index")):
            got = fetch(port, path, headers=NAVIGATION)
            check("%s is rewritten and keeps its status" % why, got.status == status and held(got.body), (got.status, got.body))
        for path in ("/a.html", "/gone", "/text", "/a.shtml", "/part"):
            for version in ("1.1", "1.0"):
                get, head = fetch(port, path, headers=NAVIGATION, version=version), fetch(port, path, "HEAD", NAVIGATION, version=version)
                ignored = ("date", "content-length", "transfer-encoding")
                check("HEAD %s has the headers of GET, HTTP/%s" % (path, version), fields(get, ignored) == fields(head, ignored)
                      and get.status == head.status and head.body == b"", (get.headers, head.headers))
                length = head.one("content-length")
                check("HEAD %s tells no other length than GET's, HTTP/%s" % (path, version), length is None or int(length) == len(get.body), length)
        for path in ("/a.html", "/part", "/unzip", "/packed/a.html", "/packed/none", "/gone"):
            check("%s is rewritten for who decodes nothing" % path, held(fetch(port, path, headers=NAVIGATION).body), path)
            got = fetch(port, path, headers=NAVIGATION + [("Accept-Encoding", "gzip")])
            check("what is rewritten of %s is compressed after us" % path, got.one("content-encoding") == "gzip"
                  and held(gzip.decompress(got.body)), got.headers)
        got = fetch(port, "/a.html", headers=NAVIGATION, version="1.0")
        check("HTTP/1.0 gets the whole page", got.complete and held(got.body) and got.body.endswith(b"</html>"), got.body[-80:])
        once = md5(fetch(port, "/big.html", headers=NAVIGATION).body)
        check("HTTP/2 gets the same bytes", md5(curl(port, "/big.html")) == once)
        slow = fetch(port, "/big.html", headers=NAVIGATION, rate=4_000_000)
        check("so does a slow reader", slow.complete and md5(slow.body) == once)
        zipped = fetch(port, "/big.html", headers=NAVIGATION + [("Accept-Encoding", "gzip")], rate=200_000)
        check("so does a slow reader of what is compressed", zipped.complete and md5(gzip.decompress(zipped.body)) == once)
        check("the connection stays open", curl(port, "/a.html", "https://localhost:%d/text" % port, "-w", "%{num_connects}")[-1:] == b"0")
    origin.close()


def bad_requests():
    """Requests that nginx cannot read, and those that come to the wrong port."""
    server = nginx("""
        error_page 400 /missing.html; error_page 497 /missing.html; error_page 416 /missing.html;
        large_client_header_buffers 2 1k;
        location /canned/ { error_page 416 @none; alias @dir@/www/; }
    """.replace("error_page 416 @none;", ""), policy=dict(POLICY, https={"redirect": True, "port": 443}))
    site(server, "missing.html", TRACKED)
    site(server, "a.txt", b"0123456789")
    with server:
        port = server.port("tls")

        for why, data, tls in (("no request line", b"\x01\x02\r\n\r\n", True), ("a header too long", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 4000 + b"\r\n\r\n", True),
                               ("two hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", True), ("no host", b"GET / HTTP/1.1\r\n\r\n", True),
                               ("plain http on a TLS port", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", False)):
            got = raw(port, data, tls)
            check("%s is an error and no loop" % why, b" 400 " in got.split(b"\r\n")[0], got[:300])
            check("%s: its page holds no tracker" % why, b"tracker.example/p.gif" not in got, got)
        got = raw(port, b"GET /\r\n")
        check("HTTP/0.9 is answered", len(got) > 0, got)
        got = fetch(port, "/a.txt", headers=[("Range", "bytes=100-200")])
        check("a range that cannot be is 416, our headers once", got.status == 416 and len(got.all("strict-transport-security")) == 1
              and b"tracker.example/p.gif" not in got.body, got.headers)


def validators():
    """304 in both directions, ranges, and a page that the browser keeps."""
    origin = Origin(lambda request: response(b"", "304 Not Modified", [("ETag", '"o"')], length=False)
                    if ("If-None-Match", '"o"') in request.headers else response(TRACKED, headers=[("ETag", '"o"')]))
    server = nginx("""
        gzip on; gzip_min_length 1;
        location /o { proxy_pass http://127.0.0.1:@origin@; }
    """, origin=origin.port)
    site(server, "a.html", TRACKED)
    site(server, "plain.txt", b"0123456789")
    with server:
        port = server.port("tls")
        shop.validators_of_pages(check, port)
        got = fetch(port, "/a.html", headers=NAVIGATION)
        check("a rewritten page has no length", not got.all("content-length"), got.headers)
        got = fetch(port, "/o", headers=NAVIGATION)
        etag = got.one("etag")
        check("a proxied page has a validator of its own", etag and "-c" in etag, etag)
        got = fetch(port, "/o", headers=NAVIGATION + [("If-None-Match", etag)])
        check("the origin gets its own back and our 304 has ours", got.status == 304 and got.one("etag") == etag
              and ("If-None-Match", '"o"') in origin.last().headers, (got.status, got.headers, origin.last().headers))
        got = fetch(port, "/o", headers=NAVIGATION + [("If-None-Match", '"o"')])
        check("the origin is not asked about what it sent before the installation", got.status == 200 and held(got.body)
              and not [k for k, _ in origin.last().headers if k == "If-None-Match"], got.status)
        got = fetch(port, "/o", headers=NAVIGATION + [("Range", "bytes=0-3")])
        check("nor for a range of a page", got.status == 200 and not [k for k, _ in origin.last().headers if k == "Range"], origin.last().headers)
    origin.close()


def streaming():
    """What the origin sends now, the visitor gets now; every size of chunk, buffer and file gives the same bytes."""
    HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"

    def answer(request):
        path = request.target.split("/")[-1]
        if path == "slow":
            def pieces():
                yield HEAD + b"<!DOCTYPE html><body>"
                for i in range(4):
                    time.sleep(1)
                    yield b"<p>%d</p>" % i
            return pieces()
        if path == "late":
            def late():
                yield HEAD
                time.sleep(4)
                yield CLEAN
            return late()
        if path == "cut":
            return [response(TRACKED)[:-20]]
        if path.isdigit():
            def cut():
                yield HEAD
                for at in range(0, len(TRACKED), int(path)):
                    yield TRACKED[at:at + int(path)]
            return cut()
        if path == "gzip":
            return response(gzip.compress(TRACKED), headers=[("Content-Encoding", "gzip")])
        return response(BIG if path == "big" else TRACKED)

    origin = Origin(answer)
    server = nginx("""
        location /now/ { proxy_buffering off; proxy_pass http://127.0.0.1:@origin@/page/; }
        location /tiny/ { proxy_buffers 2 1k; proxy_buffer_size 1k; proxy_busy_buffers_size 1k; cnil_buffers 1 64; proxy_pass http://127.0.0.1:@origin@/page/; }
        location /zip/ { gzip on; gzip_min_length 1; gzip_buffers 2 1k; proxy_pass http://127.0.0.1:@origin@/page/; }
        location /zipnow/ { gzip on; gzip_min_length 1; proxy_buffering off; proxy_pass http://127.0.0.1:@origin@/page/; }
        location /page/ { proxy_pass http://127.0.0.1:@origin@; }
        location /send/ { sendfile on; tcp_nopush on; alias @dir@/www/; }
        location /copy/ { sendfile off; output_buffers 1 512; alias @dir@/www/; }
        location /aio/ { aio threads; directio 512; sendfile off; alias @dir@/www/; }
        location /aios/ { aio threads; sendfile on; ssi on; alias @dir@/www/; }
        location /limited/ { limit_rate 3m; alias @dir@/www/; }
        location /small/ { cnil_buffers 2 100; postpone_output 0; alias @dir@/www/; }
        location /large/ { cnil_buffers 2 1m; output_buffers 2 1m; sendfile on; alias @dir@/www/; }
    """, origin=origin.port)
    site(server, "a.html", TRACKED)
    site(server, "big.html", BIG)
    with server:
        port = server.port("tls")
        for path in ("/now/slow", "/zipnow/slow"):
            got = fetch(port, path, headers=NAVIGATION + ([("Accept-Encoding", "gzip")] if "zip" in path else []))
            spread = got.times[-1][0] - got.times[0][0]
            check("%s: what comes slowly goes out as it comes" % path, spread > 0.9 and len(got.times) >= 4, got.times)
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(connection) as tls:
                tls.sendall(b"GET /now/late HTTP/1.1\r\nHost: a\r\nSec-Fetch-Dest: document\r\n\r\n")
                tls.recv(4096)
                check("headers do not wait for the page", time.monotonic() - started < 3.5, time.monotonic() - started)
        got = fetch(port, "/page/cut", headers=NAVIGATION)
        check("a page that the origin broke off stays broken off", not got.complete or got.status == 0, got.body[-50:])

        def normal(got, path):
            return re.sub(rb"%2F\w+%2F\w+(\.html)?|/(now|tiny|zip|zipnow|page|send|copy|aio|aios|limited|small|large)/\w+(\.html)?", b"/X", got)

        whole = normal(fetch(port, "/page/whole", headers=NAVIGATION).body, "")
        check("the page is rewritten", held(whole), whole)
        for place in ("page", "now", "tiny"):
            for size in (1, 2, 3, 7, 4096):
                cut = fetch(port, "/%s/%d" % (place, size), headers=NAVIGATION)
                check("/%s: chunks of %d give the same page" % (place, size), normal(cut.body, "") == whole and cut.complete, cut.body)
        for place in ("send", "copy", "aio", "aios", "small", "large"):
            got = fetch(port, "/%s/a.html" % place, headers=NAVIGATION)
            check("/%s gives the same page" % place, normal(got.body, "") == whole and got.complete, got.body)
        big = len(normal(fetch(port, "/page/big", headers=NAVIGATION).body, "")), md5(normal(fetch(port, "/page/big", headers=NAVIGATION).body, ""))
        for path in ("/now/big", "/tiny/big", "/send/big.html", "/copy/big.html", "/aio/big.html", "/aios/big.html",
                     "/small/big.html", "/large/big.html", "/limited/big.html"):
            got = fetch(port, path, headers=NAVIGATION)
            check("%s gives the same 3 MB" % path, (len(normal(got.body, "")), md5(normal(got.body, ""))) == big and got.complete, len(got.body))
            if "limited" in path:
                check("limit_rate holds", got.times[-1][0] > 0.5, got.times[-1][0])
            if "small" not in path:
                got = normal(curl(port, path), "")
                check("%s gives the same over HTTP/2" % path, (len(got), md5(got)) == big, len(got))
        for path in ("/zip/big", "/zipnow/big"):
            got = fetch(port, path, headers=NAVIGATION + [("Accept-Encoding", "gzip")])
            text = normal(gzip.decompress(got.body), "")
            check("%s gives the same, compressed" % path, (len(text), md5(text)) == big, len(text))
        slow = fetch(port, "/tiny/big", headers=NAVIGATION, rate=3_000_000)
        check("a slow reader holds the origin back and gets all", (len(normal(slow.body, "")), md5(normal(slow.body, ""))) == big, len(slow.body))
        slow = normal(curl(port, "/tiny/big", "--limit-rate", "1500k"), "")
        check("over HTTP/2 too", (len(slow), md5(slow)) == big, len(slow))
        got = fetch(port, "/page/gzip", headers=NAVIGATION)
        check("a page that comes compressed all the same is decoded", held(got.body) and not got.all("content-encoding"), got.headers)
    origin.close()


def failures():
    """A page that turns out to be unreadable after its headers have left."""
    page = gzip.compress(b"<!DOCTYPE html><body><img src=https://tracker.example/p.gif></body>" * 2000)[:-9]
    origin = Origin(lambda request: response(page, headers=[("Cache-Control", "max-age=60"), ("Content-Encoding", "gzip")]))
    server = nginx("""
        location /o { proxy_pass http://127.0.0.1:@origin@; }
        location /a.html { add_header Content-Encoding gzip; }
        location /kept { proxy_pass http://127.0.0.1:@origin@; proxy_cache c; }
        location /open { cnil_policy @open@; proxy_pass http://127.0.0.1:@origin@; }
        location /quiet { cnil audit; proxy_pass http://127.0.0.1:@origin@; }
    """, http="proxy_cache_path @dir@/cache keys_zone=c:1m;", open=policy_file(dict(POLICY, on_error="open")), origin=origin.port)
    site(server, "a.html", page)
    with server:
        port = server.port("tls")
        for path in ("/a.html", "/o", "/kept", "/kept", "/open"):
            got = fetch(port, path, headers=NAVIGATION)
            check("%s ends where it cannot be read" % path, not got.complete, (got.status, len(got.body)))
            check("%s: no tracker in what left" % path, b"https://tracker.example" not in got.body)
        done = subprocess.run(["curl", "-sk", "--http2", "-o", "/dev/null", "https://localhost:%d/a.html" % port])
        check("over HTTP/2 the stream is reset", done.returncode != 0, done.returncode)
        got = fetch(port, "/quiet", headers=NAVIGATION)
        check("/quiet passes as it is", got.complete and got.body == page, (got.status, len(got.body)))
        got = fetch(port, "/a.txt", headers=NAVIGATION)
        check("the worker lives", got.status == 404, got.status)
    origin.close()


def refuses():
    shop.fails_closed(check, nginx, "location / { proxy_pass http://127.0.0.1:@origin@; proxy_buffer_size 8m; proxy_buffers 8 8m; proxy_busy_buffers_size 16m; }", b"")


def websocket():
    """An upgrade goes through, and both sides talk."""
    listener = websocket_origin()
    server = nginx("""
        location / { proxy_pass http://127.0.0.1:@origin@; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
                     proxy_set_header Connection upgrade; }
    """, origin=listener.getsockname()[1])
    with server:
        got = websocket_talk(server.port("tls"))
        check("101 passes and both sides talk", got.startswith(b"HTTP/1.1 101") and got.endswith(b"echo:hello"), got)
        check("without a tracker's cookie", b"_ga" not in got and b"Set-Cookie: cart=1" in got, got)
    listener.close()


# ---- own addresses, https ----


def own_addresses():
    """Claimed before anything of the site's can take them; nothing of the site's goes into them."""
    origin = Origin(lambda request: response(b"origin"))
    server = nginx("""
        add_header Set-Cookie "_ga=1" always; userid on; userid_name _ga; expires max; gzip on; gzip_types *; gzip_min_length 1;
        rewrite ^/(.*)$ /index.php/$1;
        if ($request_method = POST) { return 403; }
        location / { rewrite ^ /index.php last; return 404; }
        location ~ \\.php { try_files $uri /nothing.html; mirror /mirror; proxy_pass http://127.0.0.1:@origin@; }
        location /_privacy/ { try_files /a.html =404; client_body_in_file_only clean; error_page 405 /a.html; }
        location = /mirror { internal; proxy_pass http://127.0.0.1:@origin@; }
        error_page 413 /a.html;
    """, origin=origin.port)
    returning = nginx("return 444; location / { return 404; }")
    guarded = nginx("""location / { auth_basic closed; auth_basic_user_file @dir@/users; }
                       location = /_privacy/choice { deny all; error_page 403 /denied.html; } location = /denied.html { auth_basic off; }""")
    off = nginx("location / { cnil off; } location /_privacy/ { cnil off; }")
    site(server, "a.html", TRACKED)
    site(guarded, "denied.html", TRACKED)
    guarded.file("users", "a:{PLAIN}b\n")
    with server:
        port = server.port("tls")
        got = fetch(port, "/_privacy/", headers=NAVIGATION)
        check("the privacy page is ours", got.status == 200 and b"<html" in got.body and b"origin" not in got.body, (got.status, got.body[:200]))
        check("it has its own headers alone", not got.all("set-cookie") and not got.all("expires") and len(got.all("cache-control")) == 1, got.headers)
        check("it says how it is encoded once", len(got.all("content-type")) == 1 and "utf-8" in got.one("content-type").lower(), got.headers)
        head = fetch(port, "/_privacy/", "HEAD", NAVIGATION)
        check("HEAD of it has the same headers", fields(head) == fields(got) and head.body == b"", (head.headers, got.headers))
        zipped = fetch(port, "/_privacy/", headers=NAVIGATION + [("Accept-Encoding", "gzip")])
        check("it is compressed", zipped.one("content-encoding") == "gzip" and gzip.decompress(zipped.body) == got.body, zipped.headers)
        path = "/_privacy/" + re.search(rb"page-[0-9a-f]{8}\.css", got.body).group(0).decode()
        plain, packed = fetch(port, path), fetch(port, path, headers=[("Accept-Encoding", "gzip, br")])
        check("a file of ours comes compressed, once, where the browser takes it", packed.all("content-encoding") == ["gzip"]
              and gzip.decompress(packed.body) == plain.body, packed.headers)
        check("each form of it has its tag and length", packed.one("etag") == plain.one("etag")[:-1] + '.gz"'
              and packed.one("content-length") == str(len(packed.body)) and "Accept-Encoding" in packed.one("vary"), packed.headers)
        check("over HTTP/2 it is the same", curl(port, "/_privacy/") == got.body)
        again = fetch(port, "/_privacy/", headers=NAVIGATION + [("If-None-Match", "*"), ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"), ("Range", "bytes=0-3")])
        check("no condition keeps it back", again.status == 200 and again.body == got.body, again.status)
        for body in (b"choice=refuse&return=%2Fa%3Fb", b"choice=accept&return=%2Fa%3Fb&list=" + asked(port)):
            got = fetch(port, "/_privacy/choice", "POST", FORM, body)
            check("a choice is answered with 303 to the page", got.status == 303 and got.one("location").endswith("/a?b"), (got.status, got.headers))
            check("that nobody keeps", got.all("cache-control") == ["no-store"] and not got.all("expires"), got.headers)
            check("with the choice's cookie, and a tracker's at most expired", any(v.startswith("eu-consent=") for v in got.all("set-cookie"))
                  and not [v for v in got.all("set-cookie") if v.startswith("_ga=1")], got.headers)
        done = curl(port, "/_privacy/choice", "-d", "choice=refuse&return=/", "-H", "Sec-Fetch-Site: same-origin", "-o", "/dev/null", "-w", "%{http_code}")
        check("over HTTP/2 too", done == b"303", done)
        done = subprocess.run(["curl", "-sk", "--http1.1", "-H", "Transfer-Encoding: chunked", "-d", "choice=refuse&return=/", "-H", "Sec-Fetch-Site: same-origin",
                               "-o", "/dev/null", "-w", "%{http_code}", "https://localhost:%d/_privacy/choice" % port], capture_output=True).stdout
        check("a form in chunks too", done == b"303", done)
        for size in (4097, 10000, 100000):
            got = fetch(port, "/_privacy/choice", "POST", FORM, b"x=" + b"y" * size)
            check("a body past the limit is refused", got.status == 413 and b"tracker" not in got.body, got.status)
        got = fetch(port, "/_privacy/choice", "POST", FORM[:1] + [("Origin", "https://evil.example")], b"choice=accept&return=%2F")
        check("another site's form changes nothing", got.status == 200 and not got.all("set-cookie"), (got.status, got.headers))
        got = fetch(port, "/_privacy/choice", headers=NAVIGATION)
        check("GET changes nothing", got.status == 405 and not got.all("set-cookie"), got.status)
        check("the origin has not heard of it", not origin.requests, origin.requests)
    with returning:
        got = fetch(returning.port("tls"), "/_privacy/", headers=NAVIGATION)
        check("no `return` takes them", got.status == 200, got.status)
    with guarded:
        got = fetch(guarded.port("tls"), "/_privacy/", headers=NAVIGATION)
        check("a password of the site guards them", got.status == 401, got.status)
        got = fetch(guarded.port("tls"), "/_privacy/", headers=NAVIGATION + [("Authorization", "Basic YTpi")])
        check("and opens them", got.status == 200 and b"<html" in got.body, got.status)
        got = fetch(guarded.port("tls"), "/_privacy/choice", "POST", FORM, b"choice=accept&return=%2F")
        check("what the site denies stays denied, its error page rewritten", got.status == 403 and not got.all("set-cookie") and held(got.body), (got.status, got.body))
    with off:
        got = fetch(off.port("tls"), "/_privacy/", headers=NAVIGATION)
        check("they are the server's also where a location is off", got.status == 200 and b"<html" in got.body, got.status)
    origin.close()


def https():
    """Plain http goes to https, before access control and before the site's rules."""
    server = Nginx("""
        cnil on;
        cnil_policy @policy@;
        set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;
        server {
            listen 127.0.0.1:@port:plain@;
            root @dir@/www;
            return 403;
            location / { deny all; }
        }
        server { listen 127.0.0.1:@port:audited@; root @dir@/www; cnil audit; }
        server { listen 127.0.0.1:@port:proxied@; root @dir@/www; cnil_policy @trusting@; }
        server { listen 127.0.0.1:@port:tls@ ssl; %s }
    """ % TLS, policy=policy_file({"https": {"port": 8443}}), trusting=policy_file({"https": {"trusted_proxies": ["127.0.0.0/8"]}}))
    site(server, "a.html", CLEAN)
    with server:
        got = fetch(server.port("plain"), "/a?b=c", tls=False, host="shop.example")
        check("GET goes to https for good", got.status == 301 and got.one("location") == "https://shop.example:8443/a?b=c", got.headers)
        got = fetch(server.port("plain"), "/a", "POST", tls=False, host="shop.example", body=b"x" * 5000)
        check("POST keeps its method", got.status == 308, got.status)
        got = fetch(server.port("plain"), "/a", "HEAD", tls=False, host="shop.example")
        check("HEAD too is told", got.status in (301, 308), got.status)
        check("no HSTS over plain http", got.one("strict-transport-security") is None)
        got = fetch(server.port("audited"), "/a.html", tls=False)
        check("audit sends nobody away", got.status == 200 and got.body == CLEAN, got.status)
        got = fetch(server.port("proxied"), "/a.html", tls=False, headers=[("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.7")])
        check("a trusted proxy may say that it was https, realip or not", got.status == 200, (got.status, got.headers))
        got = fetch(server.port("plain"), "/a.html", tls=False, headers=[("X-Forwarded-Proto", "https")])
        check("nobody else may", got.status == 301, got.status)
        for path in ("/a.html", "/nowhere"):
            got = fetch(server.port("tls"), path, headers=NAVIGATION)
            check("HSTS over TLS on %s, once" % path, len(got.all("strict-transport-security")) == 1, got.headers)


def cache():
    """proxy_cache keeps the origin's page; each visitor gets his own."""
    origin = Origin(lambda request: response(TRACKED, headers=[("Cache-Control", "max-age=600"), ("ETag", '"o"')]))
    server = nginx("""
        location / { proxy_pass http://127.0.0.1:@origin@; proxy_cache c; proxy_cache_valid 200 10m; proxy_cache_revalidate on; }
    """, http="proxy_cache_path @dir@/cache keys_zone=c:1m;", origin=origin.port)
    with server:
        port = server.port("tls")
        got = fetch(port, "/_privacy/choice", "POST", FORM, b"choice=refuse&return=%2F")
        choice = [v.split(";")[0] for v in got.all("set-cookie") if v.startswith("eu-consent=")]
        first = fetch(port, "/p", headers=NAVIGATION)
        refused = fetch(port, "/p", headers=NAVIGATION + [("Cookie", choice[0])]).body if choice else b""
        new = fetch(port, "/p", headers=NAVIGATION).body
        check("the banner of one is not the page of another", refused and refused != first.body and new == first.body, refused)
        check("held back for everybody", all(held(one) for one in (first.body, refused, new)))
        check("the origin was asked once", len([r for r in origin.requests if r.target == "/p"]) == 1, len(origin.requests))
        got = fetch(port, "/p", headers=NAVIGATION + [("If-None-Match", first.one("etag"))])
        check("a hit answers our validator with 304", got.status == 304 and got.one("etag") == first.one("etag"), (got.status, got.headers))
        kept = b"".join(open(path, "rb").read() for path in glob.glob(server.dir + "/cache/*"))
        check("what is kept is what the origin sent", TRACKED in kept)
    origin.close()


def variables():
    """$cnil_choice, $cnil_mode, $cnil_blocked: in logs, to the origin, in cache keys."""
    origin = Origin(lambda request: response(TRACKED))
    server = nginx("""
        access_log @dir@/logs/access.log three;
        location / { proxy_pass http://127.0.0.1:@origin@; proxy_set_header X-Choice $cnil_choice; }
        location /quiet { cnil audit; proxy_pass http://127.0.0.1:@origin@; }
    """, http="""log_format three '$uri $cnil_choice $cnil_mode $cnil_blocked';
        server { listen 127.0.0.1:@port:none@ ssl; cnil off; access_log @dir@/logs/access.log three; location / { return 204; } }""",
        origin=origin.port)
    with server:
        port = server.port("tls")
        got = fetch(port, "/_privacy/choice", "POST", FORM, b"choice=accept&return=%2F&list=" + asked(port))
        choice = [v.split(";")[0] for v in got.all("set-cookie") if v.startswith("eu-consent=")]
        fetch(port, "/new", headers=NAVIGATION)
        accepted = fetch(port, "/accepted", headers=NAVIGATION + ([("Cookie", choice[0])] if choice else []))
        seen = origin.last("/accepted")
        check("the origin is told the choice", seen and ("X-Choice", "accepted") in seen.headers,
              (accepted.status, accepted.headers, origin.requests))
        fetch(port, "/quiet", headers=NAVIGATION)
        fetch(server.port("none"), "/none")
        until(lambda: {"/new", "/accepted", "/quiet", "/none"} <= {line.split(" ")[0] for line in open(server.dir + "/logs/access.log")})
        lines = dict(line.strip().split(" ", 1) for line in open(server.dir + "/logs/access.log"))
        check("in the log, after the page", lines.get("/new") == "none enforce 1", lines)
        check("in the log, accepted", lines.get("/accepted", "").startswith("accepted enforce"), lines)
        check("in the log, audit", lines.get("/quiet", "").startswith("none audit"), lines)
        check("in the log, off", lines.get("/none", "").split(" ")[1:2] == ["off"], lines)
    origin.close()


def many_policies():
    shop.many_policies(check, nginx, "location /p%d/ { cnil_policy %s; }\n")


def reloads():
    """Reloads under load: no failed request, no growth; one that fails keeps the old configuration."""
    many = int(os.environ.get("CNIL_RELOADS", "20"))
    server = nginx("", expect_problems=True, main="worker_rlimit_nofile 4096;", sanitize=False)
    if not os.path.exists(server.module_path()):
        checks.skip("reloads", "the module without sanitizers, which keep freed memory, is not built")
        return
    site(server, "a.html", TRACKED)
    with server:
        port, sizes = server.port("tls"), shop.reload_under_load(check, server, many)
        settled = sizes[len(sizes) // 2]
        check("memory does not grow with reloads", sizes[-1] - settled < 1500, sizes)
        check("files do not pile up", len(os.listdir("/proc/%d/fd" % server.process.pid)) < 40,
              len(os.listdir("/proc/%d/fd" % server.process.pid)))
        good = server.config
        server.write(good.replace("cnil_policy @policy@", "cnil_policy /nowhere.json"))
        server.reload()
        check("a reload that fails keeps the old configuration", held(fetch(port, "/a.html", headers=NAVIGATION).body))
        server.write(good.replace("cnil on", "cnil off").replace("listen ", "listen 192.0.2.1:1; listen ", 1))
        server.reload()
        worker = re.findall(rb"start worker process (\d+)", server.log())[-1]
        os.kill(int(worker), 9)
        time.sleep(1)
        check("a worker that is started again after one still holds back", held(fetch(port, "/a.html", headers=NAVIGATION).body))
        server.write(good.replace("cnil on", "cnil off"))
        server.reload()
        check("a reload that succeeds takes the new one", fetch(port, "/a.html", headers=NAVIGATION).body == TRACKED)
        problems = [line for line in server.problems() if "nowhere.json" not in line and "192.0.2.1" not in line and "signal 9" not in line]
        check("nothing else was logged", not problems, problems)


def exports():
    """Only what nginx looks up is visible: all modules share one space of names."""
    for path in (Nginx("", sanitize=False).module_path(), Nginx("").module_path()):
        if not os.path.exists(path):
            checks.skip("symbols of " + path, "not built")
            continue
        names = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True).stdout.split("\n")
        names = sorted(line.split()[-1] for line in names if line)
        check("symbols of " + os.path.basename(os.path.dirname(path)), names == ["ngx_module_names", "ngx_module_order", "ngx_modules"], names)


if __name__ == "__main__":
    sys.exit(shop.run(checks, [(subject,) for subject in (
        exports, directives, refusals, order, state, audit, cookies, redirects, gateways, pages, bad_requests,
        validators, streaming, failures, websocket, refuses, own_addresses, https, cache, variables, many_policies, reloads
    )]))
