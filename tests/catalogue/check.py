#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks conf/catalogue/*.json: form of each file, no two services claiming the same thing, no claim on a site's own
cookies, and that signatures hit loaders only. docs/CATALOGUE.md says what each field means."""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CATALOGUE = os.path.join(ROOT, "conf", "catalogue")

KEYS = ["id", "name", "controller", "country", "privacy", "kind", "purpose", "purposes", "hosts", "cookies", "signatures",
        "stubs", "card", "containers", "sources"]
COUNTRY = re.compile(r"\.(com|cat|(com?\.)?[a-z]{2})$")  # what "*" stands for at the end of a host
STUB = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*(\(\)|\[\])")
REQUIRED = ["id", "name", "controller", "country", "kind", "hosts", "cookies", "signatures", "sources"]
KINDS = {"tracker", "tag-manager", "static", "consent-manager", "functional"}
REPORTED = {"static", "consent-manager", "functional"}
PURPOSES = {"audience", "advertising", "personalisation", "social", "video", "maps", "support", "other"}

# Hosts that carry many owners' or many purposes' resources: what is held back has them only with a path, or a host below them.
SHARED = set("""
    google.com www.google.com google.fr www.google.fr google.* www.google.* amazon.* yandex.* gstatic.com www.gstatic.com googleapis.com googleusercontent.com
    ggpht.com cloudfront.net amazonaws.com s3.amazonaws.com amazon.com amazon.fr azureedge.net azurewebsites.net windows.net
    core.windows.net blob.core.windows.net microsoft.com msn.com bing.com www.bing.com live.com akamai.net akamaihd.net
    akamaized.net edgekey.net edgesuite.net fastly.net cloudflare.com workers.dev pages.dev herokuapp.com github.com
    github.io githubusercontent.com gitlab.io netlify.app vercel.app appspot.com web.app firebaseapp.com kxcdn.com b-cdn.net
    cdn77.org yahoo.com yimg.com s.yimg.com adobe.com apple.com yandex.ru yandex.com baidu.com wp.com wordpress.com
    automattic.com oracle.com salesforce.com consensu.org mgr.consensu.org ovh.net ovh.com wikipedia.org wikimedia.org
    stripe.com paypal.com
""".split())

# Names that sites give their own cookies, or that hold what no consent is needed for: the catalogue claims none of them.
OWN_COOKIES = """
    PHPSESSID JSESSIONID ASP.NET_SessionId ASPSESSIONIDABCD .AspNetCore.Session connect.sid laravel_session _rails_session
    ci_session CAKEPHP SESS0123456789abcdef SSESS0123456789abcdef fe_typo_user sessionid session sid id uid user c s t u
    wordpress_logged_in_1 wordpress_sec_1 wp-settings-1 wp-settings-time-1 wordpress_test_cookie wp-postpass_1 .ASPXAUTH
    remember_user_token REMEMBERME xf_user phpbb3_x KEYCLOAK_IDENTITY AUTH_SESSION_ID mod_auth_openidc_session _shibsession_1
    csrftoken XSRF-TOKEN _csrf YII_CSRF_TOKEN __RequestVerificationToken form_key cf_clearance __cf_bm _cfuvid __cfruid
    ak_bmsc bm_sz _abck datadome TS01abcdef aws-waf-token ARRAffinity incap_ses_1 visid_incap_1 nlbi_1 AWSALB AWSALBCORS
    AWSELB SERVERID BIGipServerpool ROUTEID route INGRESSCOOKIE GCLB __cflb woocommerce_items_in_cart woocommerce_cart_hash
    wp_woocommerce_session_1 PrestaShop-1 frontend mage-cache-sessid private_content_version section_data_ids cart cart_sig
    OCSESSID pll_language wp-wpml_current_language django_language NEXT_LOCALE i18next lang language locale theme token
    tarteaucitron hasConsent cookieconsent_status cc_cookie CookieConsent OptanonConsent OptanonAlertBoxClosed eupubconsent-v2
    euconsent-v2 didomi_token axeptio_cookies axeptio_authorized_vendors axeptio_all_vendors TC_PRIVACY TC_PRIVACY_CENTER
    cookieyes-consent cookielawinfo-checkbox-analytics cmplz_marketing borlabs-cookie klaro orejime eu-consent usprivacy
    _iub_cs-1 FCCDCF mtm_consent mtm_consent_removed __hs_opt_out __hs_do_not_track _cs_optout optimizelyOptOut kameleoonOptOut
    __stripe_mid __stripe_sid googtrans
""".split()

# Cookies of trackers that a site's own domain holds: the catalogue knows them.
TRACKERS_COOKIES = {
    "_ga": "google-analytics", "_ga_ABC123": "google-analytics", "_gid": "google-analytics", "_gat_UA-1-1": "google-analytics",
    "_gcl_au": "google-ads", "_gac_UA-1-1": "google-ads", "__gads": "google-ads", "_fbp": "meta-pixel", "_fbc": "meta-pixel",
    "_pk_id.1.abcd": "matomo", "_pk_ses.1.abcd": "matomo", "_uetsid": "microsoft-advertising",
    "_uetvid": "microsoft-advertising", "_clck": "microsoft-clarity", "_clsk": "microsoft-clarity",
    "_hjSessionUser_123": "hotjar", "_cs_id": "contentsquare", "_ttp": "tiktok-pixel", "_scid": "snapchat",
    "_pin_unauth": "pinterest-tag", "li_fat_id": "linkedin-insight", "hubspotutk": "hubspot", "__hstc": "hubspot",
    "ajs_anonymous_id": "segment", "optimizelyEndUserId": "optimizely", "kameleoonVisitorCode": "kameleoon",
    "ABTasty": "ab-tasty", "tk_ai": "wordpress-stats", "cto_bundle": "criteo", "xtvrn": "piano-analytics",
    "atuserid": "piano-analytics", "_ym_uid": "yandex-metrica", "__qca": "quantcast", "TCID": "commanders-act",
    "s_fid": "adobe-analytics", "AMCV_1@AdobeOrg": "adobe-analytics", "utag_main": "tealium",
}

# What pages' inline scripts hold: a loader (the service that it loads), or mere calls and look-alikes (None).
INLINE = [
    ("w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});", "google-tag-manager"),
    ("s.src='https://www.googletagmanager.com/gtag/js?id=G-1';document.head.appendChild(s);", "google-tag"),
    ("i['GoogleAnalyticsObject']=r;i[r]=i[r]||function(){", "google-analytics"),
    ("ga.src=('https:'==document.location.protocol?'https://ssl':'http://www')+'.google-analytics.com/ga.js';",
     "google-analytics"),
    ("t.src='https://connect.facebook.net/en_US/fbevents.js'", "meta-pixel"),
    ("js.id='facebook-jssdk';js.src='//connect.facebook.net/fr_FR/sdk.js#xfbml=1'", "facebook"),
    ("js.id=id;js.src='//platform.twitter.com/widgets.js'", "x"),
    ("u.src='https://static.ads-twitter.com/uwt.js'", "x-ads"),
    ("b.src='https://snap.licdn.com/li.lms-analytics/insight.min.js'", "linkedin-insight"),
    ("t.src='https://s.pinimg.com/ct/core.js'", "pinterest-tag"),
    ("w.TiktokAnalyticsObject=t;var ttq=w[t]=w[t]||[];", "tiktok-pixel"),
    ("r.src='https://sc-static.net/scevent.min.js'", "snapchat"),
    ("h._hjSettings={hjid:1,hjsv:6};", "hotjar"),
    ("t.src='https://www.clarity.ms/tag/'+i;", "microsoft-clarity"),
    ("n.src='//bat.bing.com/bat.js'", "microsoft-advertising"),
    ("_paq.push(['setTrackerUrl',u+'matomo.php']);g.src=u+'matomo.js';", "matomo"),
    ("_paq.push(['setTrackerUrl', u+'piwik.php']); g.src=u+'piwik.js';", "matomo"),
    ("tags.src='https://demo.containers.piwik.pro/'+id+'.js'", "piwik-pro"),
    ("s.src='https://tag.aticdn.net/piano-analytics.js'", "piano-analytics"),
    ("Xt_i+='src=\"//logv4.xiti.com/hit.xiti?s=1\"'", "piano-analytics"),
    ("y='_EA_'+(y>>>=0);(function(e,a,s,y){s[a]=s[a]||function(){", "eulerian"),
    ("s.src='//cdn.tagcommander.com/1/tc_1.js'", "commanders-act"),
    ("s.src='https://try.abtasty.com/0123.js'", "ab-tasty"),
    ("mt.src='//t.contentsquare.net/uxa/0123.js'", "contentsquare"),
    ("window.kameleoonStartLoadTime=new Date().getTime();", "kameleoon"),
    ("s.src='//static.criteo.net/js/ld/ld.js'", "criteo"),
    ("'//cdn.taboola.com/libtrc/site/loader.js','tb_loader_script'", "taboola"),
    ("t.src='//amplify.outbrain.com/cp/obtp.js'", "outbrain"),
    ("'https://sb':'http://b')+'.scorecardresearch.com/beacon.js'", "comscore"),
    ("a.src='//static.chartbeat.com/js/chartbeat.js'", "chartbeat"),
    ("'https://secure':'http://edge')+'.quantserve.com/quant.js'", "quantcast"),
    ("window.NREUM||(NREUM={}),__nr_require=function(", "new-relic"),
    ("t.src='https://cdn.segment.com/analytics.js/v1/'+e", "segment"),
    ("s.src='https://client.crisp.chat/l.js'", "crisp"),
    ("s1.src='https://embed.tawk.to/1/default'", "tawk"),
    ("s.src='https://widget.intercom.io/widget/1'", "intercom"),
    ("t.src='https://mc.yandex.ru/metrika/tag.js'", "yandex-metrica"),
    ("s.src='//shop.disqus.com/embed.js'", "disqus"),
    ("g.src='https://maps.googleapis.com/maps/api/js?callback=go'", "google-maps"),
    ("tag.src='https://www.youtube.com/iframe_api'", "youtube"),
    ("s.src='https://www.threads.net/embed.js'", "threads"),
    ("s.src='https://cdn.adjust.com/adjust-latest.min.js'", "adjust"),
    ("a.src='https://websdk.appsflyer.com?'+q", "appsflyer"),
    ("s.src='https://cdn.rudderlabs.com/v3/modern/rsa.min.js'", "rudderstack"),
    ("Adjust.trackEvent({eventToken:'a'});AF('pba','event',{});rudderanalytics.track('a');", None),
    ("window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}"
     "gtag('js',new Date());gtag('config','G-1');", None),
    ("gtag('event','add_to_cart',{value:1});", None),
    ("gtag('consent','default',{analytics_storage:'denied'});", None),
    ("dataLayer.push({event:'purchase'});", None),
    ("ga('send','event','form','sent');", None),
    ("_gaq.push(['_trackEvent','a','b']);", None),
    ("fbq('track','AddToCart');", None),
    ("FB.XFBML.parse();", None),
    ("twttr.widgets.load();", None),
    ("ttq.track('ViewContent');pintrk('track','signup');snaptr('track','PAGE_VIEW');", None),
    ("window.uetq=window.uetq||[];window.uetq.push('event','signup',{});", None),
    ("_paq.push(['trackEvent','a','b']);", None),
    ("window.criteo_q=window.criteo_q||[];window.criteo_q.push({event:'viewHome'});", None),
    ("googletag.cmd.push(function(){googletag.display('ad');});", None),
    ("EA_push(['path','home']);addEvents('EA_push');", None),
    ("clarity('set','plan','pro');hj('trigger','poll');", None),
    ("if(window.NREUM){newrelic.setPageViewName('home');}", None),
    ("$crisp.push(['do','chat:open']);Intercom('show');", None),
    ("_satellite.track('cart');", None),
    ("new google.maps.Map(document.getElementById('map'),{zoom:8});", None),
    ("window.tarteaucitron.init({});Didomi.on('consent.changed',f);window.axeptioSettings={clientId:'1'};", None),
    ("var a=document.querySelector('a[href*=\"facebook.com/shop\"]');", None),
    ("{\"@type\":\"Organization\",\"sameAs\":[\"https://www.linkedin.com/company/a\",\"https://www.youtube.com/a\"]}", None),
]

# What belongs to which service, where one owner has several or a host is shared.
with open(os.path.join(ROOT, "tests", "catalogue", "addresses.tsv"), encoding="utf-8") as lines:
    URLS = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
URLS = [(host, path, None if owner == "-" else owner) for host, path, owner in URLS]

problems = []
passed = failed = skipped = 0


def literals(service):
    """Of its signatures: { "text", "pattern" }, or the text alone."""
    return [one if isinstance(one, str) else one["text"] for one in service["signatures"]]


def is_known_by(service, text):
    return any(one in text if isinstance(one, str) else one["text"] in text and re.search(one.get("pattern", ""), text)
               for one in service["signatures"])


def check(name, found):
    global passed, failed
    if found:
        failed += 1
        problems.extend("%s: %s" % (name, each) for each in found)
    else:
        passed += 1


# Data sets that may ship: a paragraph of NOTICE each, the name in its first line, address and licence in the next ones.
with open(os.path.join(ROOT, "NOTICE"), encoding="utf-8") as notice:
    DATA_SETS = {"%s (%s)" % (name, licence) for name, words in
                 re.findall(r"^(\S.*)\n  https://\S+\n((?:  .*\n)+)", notice.read(), re.M)
                 for licence, sign in (("Apache-2.0", "Apache License, Version 2.0"), ("MIT", "MIT License")) if sign in words}


def is_source(source):
    """A page of the vendor's own, or a data set that NOTICE names with that licence."""
    return source in DATA_SETS or re.fullmatch(r"https://[a-z0-9.-]+/\S*", source) is not None


def without_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("duplicate key")
    return dict(pairs)


def split(entry):
    host, slash, path = entry.partition("/")
    return host, slash + path


def is_within(host, own):
    """Is `host` that host or one below it? "google.*" is under .com and every country's domain."""
    if own.endswith(".*"):
        host = COUNTRY.sub(".*", host)
    return host == own or host.endswith("." + own)


def host_at(host, url):
    """The service that holds `host` + path `url`: the host with the most labels, then one without "*", then the longest
    path."""
    best, owner = (), None
    for service in services:
        for entry in service["hosts"]:
            own, path = split(entry)
            length = len(own) - 2 + len(COUNTRY.search(host).group()) if own.endswith(".*") and COUNTRY.search(host) else len(own)
            if is_within(host, own) and url.startswith(path) and (length, own[-1] != "*", len(path)) > best:
                best, owner = (length, own[-1] != "*", len(path)), service["id"]
    return owner


def matches(pattern, name):
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def form(file, service):
    """What is wrong with one service's record."""
    found = []

    def wrong(text, *values):
        found.append(text % values)

    for key in service:
        if key not in KEYS:
            wrong("unknown key %s", key)
    for key in REQUIRED:
        if key not in service:
            wrong("no %s", key)
    if found:
        return found
    if service["id"] + ".json" != file:
        wrong("id %s is not the file's name", service["id"])
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", service["id"]):
        wrong("id %s", service["id"])
    for key in ("name", "controller"):
        if not service[key].strip():
            wrong("empty %s", key)
    if not re.fullmatch(r"[A-Z]{2}", service["country"]):
        wrong("country %s", service["country"])
    if "privacy" in service and not re.fullmatch(r"https://[a-z0-9.-]+/\S*", service["privacy"]):
        wrong("privacy %s", service["privacy"])
    if service["kind"] not in KINDS:
        wrong("kind %s", service["kind"])
    purposes = service.get("purposes", [service["purpose"]] if "purpose" in service else [])
    if "purpose" in service and "purposes" in service:
        wrong("both purpose and purposes")
    if bool(purposes) == (service["kind"] == "tag-manager"):
        wrong("%s with %d purposes", service["kind"], len(purposes))
    for purpose in purposes:
        if purpose not in PURPOSES:
            wrong("purpose %s", purpose)
    if not service["hosts"]:
        wrong("no host")
    for entry in service["hosts"]:
        host, path = split(entry)
        if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+([a-z]{2,}|\*)", host):
            wrong("host %s", entry)
        if path and not re.fullmatch(r"/[A-Za-z0-9/._-]+", path):
            wrong("path of %s", entry)
        if not path and host in SHARED and service["kind"] not in REPORTED:
            wrong("%s is shared by several services: it needs a path", host)
    if service["hosts"][0].partition("/")[0].endswith("*"):
        wrong("the first host is one that an address can have")
    for cookie in service["cookies"]:
        name = cookie.get("name", "")
        if set(cookie) - {"name", "lifetime", "paths"} or not re.fullmatch(r"[!#$%&'+\-.^_`|~0-9A-Za-z/:]+\*?", name):
            wrong("cookie %s", cookie)
        if len(name.rstrip("*")) < 4 and name != "_ga":
            wrong("cookie %s is too short to be told from a site's own", name)
        if not re.fullmatch(r"session|1 (minute|hour|day|month|year)|[1-9]\d* (second|minute|hour|day|week|month|year)s",
                            cookie.get("lifetime", "session")):
            wrong("lifetime %s of %s", cookie["lifetime"], name)
    for signature in literals(service):
        if len(signature.encode()) < 6:
            wrong("signature %s is shorter than 6 bytes", signature)
    if service["kind"] in REPORTED and service["signatures"]:
        wrong("a %s is not held back, so it has no signature", service["kind"])
    if service["kind"] in REPORTED and service.get("stubs"):
        wrong("a %s is not held back, so nothing stands in for it", service["kind"])
    if not service["sources"]:
        wrong("no source")
    for source in service["sources"]:
        if not is_source(source):
            wrong("source %s is no address, nor a data set that NOTICE names with its licence", source)
    for stub in service.get("stubs", []):
        if not STUB.fullmatch(stub) or "__proto__" in stub or not stub.isascii():
            wrong("%s is no stub", stub)
    for key in ("hosts", "signatures", "stubs", "sources"):
        if len(set(service.get(key, []))) != len(service.get(key, [])):
            wrong("%s holds one twice", key)
    return found


services = []
for file in sorted(os.listdir(CATALOGUE)):
    if not file.endswith(".json"):
        problems.append("%s: not a .json file" % file)
        failed += 1
        continue
    try:
        with open(os.path.join(CATALOGUE, file), encoding="utf-8") as text:
            service = json.load(text, object_pairs_hook=without_duplicates)
        found = form(file, service)
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        service, found = None, [str(error)]
    check(file, found)
    if not found:
        services.append(service)

check("catalogue", [] if len(services) >= 200 else ["%d valid services are fewer than 200" % len(services)])

french = sum(service["country"] == "FR" for service in services)
check("catalogue", [] if french >= 110 else ["%d services of controllers in France are fewer than 110" % french])
check("NOTICE", [] if len(DATA_SETS) == 4 else ["%d data sets are read from NOTICE, not 4" % len(DATA_SETS)])
with open(os.path.join(ROOT, "docs", "CATALOGUE.md"), encoding="utf-8") as text:
    rows = set(re.findall(r"^\| (.+?) \| (MIT|Apache-2\.0) \|", text.read(), re.M))
check("docs/CATALOGUE.md", [] if {"%s (%s)" % row for row in rows} == DATA_SETS else
      ["its table of sources is not that of NOTICE: %s" % sorted(rows)])

seen, twice = {}, []
for service in services:
    for entry in service["hosts"]:
        if entry in seen:
            twice.append("host %s is in %s and %s" % (entry, seen[entry], service["id"]))
        seen[entry] = service["id"]
check("hosts", twice)

hidden = ["%s of %s is below %s already" % (entry, service["id"], other) for service in services
          for entry in service["hosts"] for other in service["hosts"]
          if entry != other and not (entry == service["hosts"][0] and "*" in other)
          and is_within(split(entry)[0], split(other)[0]) and split(entry)[1].startswith(split(other)[1])]
check("hosts", hidden)

clashes = ["cookie %s of %s is also %s of %s" % (one["name"], first["id"], two["name"], second["id"])
           for place, first in enumerate(services) for second in services[place + 1:]
           for one in first["cookies"] for two in second["cookies"]
           if matches(one["name"], two["name"].rstrip("*")) or matches(two["name"], one["name"].rstrip("*"))]
check("cookies", clashes)

redundant = ["cookie %s of %s is in %s already" % (one["name"], service["id"], two["name"]) for service in services
             for one in service["cookies"] for two in service["cookies"]
             if one is not two and matches(two["name"], one["name"].rstrip("*"))]
check("cookies", redundant)

for name in OWN_COOKIES:
    check("cookie " + name, ["%s of %s would take it" % (cookie["name"], service["id"]) for service in services
                             for cookie in service["cookies"] if matches(cookie["name"], name)])
for name, owner in TRACKERS_COOKIES.items():
    owners = [service["id"] for service in services if any(matches(cookie["name"], name) for cookie in service["cookies"])]
    check("cookie " + name, [] if owners == [owner] else ["is of %s, not %s" % (owners, owner)])

overlaps = ["signature %r of %s is within %r of %s" % (one, first["id"], two, second["id"]) for first in services
            for second in services if first is not second for one in literals(first) for two in literals(second)
            if one in two]
check("signatures", overlaps)

for service in services:
    strangers = []
    for signature in literals(service):
        url = re.fullmatch(r"\.?((?:[a-z0-9-]+\.)+[a-z]{2,})(/.*)?", signature)
        if url and url.group(1) not in ("matomo.js", "piwik.js", "matomo.php", "piwik.php", "fbevents.js", "gtm.start"):
            owner = host_at(url.group(1), url.group(2) or "/")
            if owner != service["id"]:
                strangers.append("signature %s is a URL of %s" % (signature, owner))
    check(service["id"], strangers)

for text, owner in INLINE:
    owners = [service["id"] for service in services if is_known_by(service, text)]
    check("inline %s" % text, [] if owners == ([owner] if owner else []) else ["is of %s, not %s" % (owners, owner)])
for host, path, owner in URLS:
    check("//%s%s" % (host, path), [] if host_at(host, path) == owner else
          ["is of %s, not %s" % (host_at(host, path), owner)])

# The command, where it is built, sees in the same addresses the same services.
command = os.path.join(ROOT, "build", "cnil")
if os.access(command, os.X_OK):
    asked = "".join(json.dumps({"url": "https://%s%s" % (host, path), "page": "https://shop.example/", "type": "script"}) + "\n"
                    for host, path, _ in URLS)
    answers = subprocess.run([command, "explain", "-"], input=asked, capture_output=True, text=True, check=False).stdout
    answers = [json.loads(line) for line in answers.splitlines()]
    check("cnil explain", [] if len(answers) == len(URLS) else ["%d answers to %d addresses" % (len(answers), len(URLS))])
    for (host, path, owner), answer in zip(URLS, answers):
        check("cnil explain //%s%s" % (host, path), [] if answer.get("service") == owner else
              ["is of %s, not %s" % (answer.get("service"), owner)])
else:
    print("build/cnil is not built: its answers are not compared")
    skipped += 1

joined = subprocess.run([os.path.join(ROOT, "scripts", "join-catalogue")] +
                        [os.path.join(CATALOGUE, service["id"] + ".json") for service in services],
                        capture_output=True, check=True).stdout
check("join-catalogue", [] if json.loads(joined) == services else ["the array is not the files' records"])

stubs = {}
for service in services:
    for stub in service.get("stubs", []):
        stubs.setdefault(stub[:-2], set()).add(stub[-2:])
check("stubs", ["%s is a function of one service and an array of another" % name for name, ends in stubs.items()
                if len(ends) > 1])
check("stubs", ["%s is a stub and holds %s" % (name, other) for name in stubs for other in stubs
                if other.startswith(name + ".")])

# ---- the tables of known domains ----

by_id = {service["id"]: service for service in services}
tables = {}
for name, width in (("known-domains", 3), ("known-domains.corrections", 3), ("cloaking", 5)):
    with open(os.path.join(ROOT, "conf", name + ".tsv"), encoding="utf-8") as text:
        lines = [line.rstrip("\n") for line in text if not line.startswith("#")]
    tables[name] = [line.split("\t") for line in lines]
    check(name, ["%s: not a row of %d fields" % (row[0], width) for row in tables[name]
                 if len(row) != width or not all(field.strip() == field != "" for field in row)])
    domains = [row[0] for row in tables[name]]
    check(name, [] if domains == sorted(set(domains)) else ["not sorted, or a domain twice"])
    check(name, ["%s is no host" % domain for domain in domains
                 if not re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", domain)])

with open(os.path.join(ROOT, "common", "policy", "known_categories.def"), encoding="utf-8") as text:
    categories = dict(re.findall(r'^CATEGORY\(\w+,\s*"([a-z-]+)",\s*"([a-z*]*)"\)', text.read(), re.M))
for name, column in (("known-domains", 1), ("known-domains.corrections", 1), ("cloaking", 3)):
    check(name, ["%s: category %s" % (row[0], row[column]) for row in tables[name]
                 if row[column] not in categories and (name, row[column]) != ("known-domains.corrections", "-")])

known = {row[0]: row[1] for row in tables["known-domains"]}
check("known-domains", ["%s of %s is there already: scripts/known-domains leaves it out" % (domain, owner)
                        for domain in known for owner in [host_at(domain, "")]
                        if owner and by_id[owner]["kind"] != "functional"])
check("known-domains.corrections", ["%s has no effect" % row[0] for row in tables["known-domains.corrections"]
                                    if known.get(row[0], "-") != row[1]])
for target, owner, entity, category, source in tables["cloaking"]:
    if owner != "-":
        check("cloaking", [] if host_at(target, "") == owner else ["%s is of %s, not %s" % (target, host_at(target, ""), owner)])
    check("cloaking", [] if is_source(source) else ["%s: source %s" % (target, source)])

# ---- how much of the web's third parties that is ----

package = os.path.join(ROOT, "tests", "node_modules", "third-party-web", "dist", "entities.json")
if os.path.exists(package):
    generated = subprocess.run([os.path.join(ROOT, "scripts", "known-domains"), "--check"], capture_output=True, text=True,
                               check=False)
    check("known-domains", [] if generated.returncode == 0 else [generated.stderr.strip()])
    with open(package, encoding="utf-8") as text:
        entities = json.load(text)
    hosts = {entry.partition("/")[0] for service in services for entry in service["hosts"]}

    def plain(domain):
        return domain.lower().removeprefix("*").removeprefix(".")

    def is_named(domain):
        """Is this domain, a host above it or one below it of a service?"""
        return any(is_within(plain(domain), host) or is_within(host, plain(domain)) for host in hosts)

    every = sum(entity.get("totalOccurrences", 0) for entity in entities)

    def share(belongs):
        return 100 * sum(entity.get("totalOccurrences", 0) for entity in entities if belongs(entity)) / every

    one = share(lambda entity: any(map(is_named, entity["domains"])))
    print("%d services, %d of controllers in France; of %d occurrences of entities" % (len(services), french, every))
    print("%.2f %% are of those of which the catalogue names a domain, %.2f %% of those of which it names each" %
          (one, share(lambda entity: all(map(is_named, entity["domains"])))))
    check("coverage", [] if one >= 98 else ["less than 98 %"])
    if os.access(command, os.X_OK):
        domains = sorted({plain(domain) for entity in entities for domain in entity["domains"]})
        asked = "".join(json.dumps({"url": "https://%s/" % domain, "page": "https://shop.example/", "type": "script"}) + "\n"
                        for domain in domains)
        answers = subprocess.run([command, "explain", "-"], input=asked, capture_output=True, text=True, check=False).stdout
        answers = dict(zip(domains, map(json.loads, answers.splitlines())))
        check("cnil explain", [] if len(answers) == len(domains) else ["%d answers to %d domains" % (len(answers), len(domains))])

        def waits(domain):
            return answers[plain(domain)]["before"] != "pass"

        print("in balanced, before a choice, %.2f %% are of those of which each domain waits, %.2f %% of those of which one does" %
              (share(lambda entity: all(map(waits, entity["domains"]))), share(lambda entity: any(map(waits, entity["domains"])))))
else:
    print("third-party-web is not installed: coverage and known-domains.tsv are not compared")
    skipped += 2

for problem in problems:
    print(problem)
print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
sys.exit(1 if failed else 0)
