/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/limits.h"
#include "policy/policy.h"

/* The mistakes in `text`, a line each; "" for a policy that loads. */
static void mistakes_in(struct cnil_str text, char *out, size_t size)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;
    size_t len = 0;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(text, "p", &errors);
    out[0] = '\0';
    for (size_t i = 0; i < errors.count && len < size; i++) {
        len += cnil_error_format(&errors.list[i], out + len, size - len);
        if (len + 1 < size)
            out[len++] = '\n';
    }
    out[len] = '\0';
    if ((policy == NULL) != (len > 0))
        fail_msg("%.*s: a policy and mistakes, or neither: %s", (int)text.len, text.ptr, out);
    cnil_policy_free(policy);
    cnil_errors_free(&errors);
}

static struct cnil_policy *policy_of(const char *text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;
    char line[1024] = "";

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
    if (errors.count > 0)
        cnil_error_format(&errors.list[0], line, sizeof(line));
    cnil_errors_free(&errors);
    if (policy == NULL)
        fail_msg("%s: %s", text, line);
    return policy;
}

static void assert_str(struct cnil_str str, const char *wanted)
{
    if (!cnil_str_equal(str, cnil_str_from(wanted)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)str.len, str.ptr != NULL ? str.ptr : "", wanted);
}

/* ---- what is wrong ---- */

static const struct {
    const char *text, *mistakes;
} wrong[] = {
    /* JSON itself: one mistake */
    { "", "p:1:1: the file is empty: write {} for the built-in policy\n" },
    { " \n ", "p:1:1: the file is empty: write {} for the built-in policy\n" },
    { "[]", "p:1:1: a policy is a JSON object: { ... }\n" },
    { "null", "p:1:1: a policy is a JSON object: { ... }\n" },
    { "{\n  \"mode\": \"audit\",\n}", "p:3:1: this is not JSON: string or '}' expected near '}'\n" },
    { "{\"mode\": audit}", "p:1:10: this is not JSON: invalid token near 'audit'\n" },
    { "{\"mode\": \"audit\"", "p:1:17: the text ends before the JSON does\n" },
    { "{} {}", "p:1:4: there is text after the end of the JSON\n" },
    { "{\"mode\": \"audit\",\n \"mode\": \"enforce\"}", "p:2:2: this key stands in its object already\n" },
    { "{\"site\": {\"name\": \"a\xff\"}}", "p:1:21: this byte is not UTF-8\n" },
    { "{\"site\": {\"name\": \"a\\u0000\"}}", "p:1:19: a NUL (\\u0000) is not allowed\n" },
    { "\xef\xbb\xbf{}", "p:1:1: the file begins with a byte order mark: save it as UTF-8 without one\n" },

    /* keys and kinds */
    { "{\"cookie\": {}}", "p:1:2: /cookie: unknown key \"cookie\"; did you mean \"cookies\"?\n" },
    { "{\"xyzzy\": {}}", "p:1:2: /xyzzy: unknown key \"xyzzy\"\n" },
    { "{\"a/b~\": 1}", "p:1:2: /a~1b~0: unknown key \"a/b~\"\n" },
    { "{\"site\": []}", "p:1:10: /site: must be an object, not an array\n" },
    { "{\"https\": {\"redirect\": \"yes\"}}", "p:1:24: /https/redirect: must be true or false, not a string\n" },
    { "{\"https\": {\"port\": 1.5}}", "p:1:20: /https/port: must be a whole number, not a fraction\n" },
    { "{\"https\": {\"port\": 0}}", "p:1:20: /https/port: must be between 1 and 65535\n" },
    { "{\"https\": {\"port\": -1}}", "p:1:20: /https/port: must be between 1 and 65535\n" },
    { "{\"site\": {\"name\": null}}", "p:1:19: /site/name: must be a string, not null\n" },
    { "{\"site\": {\"name\": \" \"}}", "p:1:19: /site/name: must not be empty\n" },
    { "{\"site\": {\"name\": \"a\\nb\"}}",
      "p:1:19: /site/name: must not hold control characters (tab, line break ...)\n" },
    { "{\"trackers\": {\"block\": \"x.example\"}}", "p:1:24: /trackers/block: must be an array, not a string\n" },

    /* words */
    { "{\"mode\": \"enforced\"}", "p:1:10: /mode: must be \"enforce\" or \"audit\"; did you mean \"enforce\"?\n" },
    { "{\"mode\": \"off\"}", "p:1:10: /mode: must be \"enforce\" or \"audit\"\n" },
    { "{\"proof\": {\"fsnyc\": true}}", "p:1:12: /proof/fsnyc: unknown key \"fsnyc\"; did you mean \"fsync\"?\n" },
    { "{\"statistics\": {\"enabld\": true}}",
      "p:1:17: /statistics/enabld: unknown key \"enabld\"; did you mean \"enabled\"?\n" },
    { "{\"statistics\": {\"least\": 0}}", "p:1:26: /statistics/least: must be between 1 and 1000\n" },
    { "{\"statistics\": {\"templates\": []}}", "p:1:30: /statistics/templates: must be 1 to 64 templates\n" },
    { "{\"statistics\": {\"templates\": [\"/a\", \"/b*\"]}}",
      "p:1:37: /statistics/templates/1: must be a path like \"/blog/*\", in ASCII, of 63 bytes at most; \"*\" stands "
      "for "
      "one segment, \"**\" as the last one for all below\n" },
    { "{\"proof\": {\"directory\": \"proof\"}}", "p:1:25: /proof/directory: must be the absolute path of a file\n" },
    { "{\"proof\": {\"enabled\": false, \"required\": true}}",
      "p:1:42: /proof/required: there is no log of choices to apply this to: \"enabled\" is false\n" },
    { "{\"banner\": {\"position\": \"botom\"}}",
      "p:1:25: /banner/position: must be \"bottom\", \"top\", \"left\" or \"right\"; did you mean \"bottom\"?\n" },
    { "{\"on_error\": \"opened\"}", "p:1:14: /on_error: must be \"close\" or \"open\"; did you mean \"open\"?\n" },

    /* what later versions will do */
    { "{\"forms\": {}}", "p:1:2: /forms: this version does not do that yet: \"forms\" is reserved\n" },
    { "{\"audit\": {}}", "p:1:2: /audit: this version does not do that yet: \"audit\" is reserved (for the audit mode "
                         "write \"mode\": \"audit\")\n" },

    /* filter lists */
    { "{\"trackers\": {\"lists\": [{}]}}",
      "p:1:25: /trackers/lists/0: needs a \"file\" that \"cnil lists\" has built\n" },
    { "{\"trackers\": {\"lists\": [{\"file\": \"conf/example.json\"}]}}",
      "p:1:34: /trackers/lists/0/file: must be the absolute path of a file\n" },
    { "{\"trackers\": {\"lists\": [{\"file\": \"/dev/null\", \"firstparty\": 1}]}}",
      "p:1:34: /trackers/lists/0/file: \"/dev/null\" is not a regular file\n"
      "p:1:47: /trackers/lists/0/firstparty: unknown key \"firstparty\"; did you mean \"first_party\"?\n" },
    { "{\"trackers\": {\"lists\": [{\"file\": \"/nowhere/x\", \"exceptions\": 1, \"first_party\": \"hlod\"}]}}",
      "p:1:34: /trackers/lists/0/file: \"/nowhere/x\" cannot be read: No such file or directory\n"
      "p:1:62: /trackers/lists/0/exceptions: must be true or false, not a number\n"
      "p:1:80: /trackers/lists/0/first_party: must be \"report\", \"pass\" or \"hold\"; did you mean \"hold\"?\n" },
    { "{\"trackers\": {\"lists\": [1,2,3,4,5,6,7,8,9]}}",
      "p:1:24: /trackers/lists: at most 8 files: one file may hold many lists\n" },

    /* hosts */
    { "{\"trackers\": {\"block\": [\"*.x.example\"]}}",
      "p:1:25: /trackers/block/0: write \"x.example\": it stands for that host and every host below it\n" },
    { "{\"trackers\": {\"block\": [\".x.example\"]}}",
      "p:1:25: /trackers/block/0: write \"x.example\": it stands for that host and every host below it\n" },
    { "{\"trackers\": {\"block\": [\"https://x.example/a\"]}}",
      "p:1:25: /trackers/block/0: must be a host, not a URL: \"x.example/a\"\n" },
    { "{\"trackers\": {\"block\": [\"x.example:443\"]}}",
      "p:1:25: /trackers/block/0: must be a host without a port: \"x.example\"\n" },
    { "{\"trackers\": {\"block\": [\"x..example b\"]}}",
      "p:1:25: /trackers/block/0: \"x..example b\" is not a host\n" },
    { "{\"site\": {\"hosts\": [\"x.example/a\"]}}",
      "p:1:21: /site/hosts/0: must be a host without a path: \"x.example\"\n" },
    { "{\"site\": {\"hosts\": [\"github.io\"]}}",
      "p:1:21: /site/hosts/0: \"github.io\" is a public suffix: sites of many owners are below it\n" },
    { "{\"site\": {\"hosts\": [\"localhost\", \"127.0.0.1\", \"fr\"]}}",
      "p:1:47: /site/hosts/2: \"fr\" is a public suffix: sites of many owners are below it\n" },
    { "{\"consent\": {\"domain\": \"co.uk\"}}",
      "p:1:24: /consent/domain: \"co.uk\" is a public suffix: sites of many owners are below it\n" },
    { "{\"trackers\": {\"allow\": [\"x.example/a?b\"]}}",
      "p:1:25: /trackers/allow/0: a path is a plain prefix of printable ASCII, without query; for anything else there "
      "is trackers.patterns\n" },

    /* patterns */
    { "{\"trackers\": {\"patterns\": [{\"pattern\": \"a(\", \"purpose\": \"audience\"}]}}",
      "p:1:40: /trackers/patterns/0/pattern: is not a PCRE2 pattern: missing closing parenthesis at offset 2\n" },
    { "{\"trackers\": {\"patterns\": [{\"pattern\": \"a\"}]}}",
      "p:1:28: /trackers/patterns/0: a pattern needs a \"purpose\"\n" },
    { "{\"trackers\": {\"patterns\": [{\"purpose\": \"audiense\"}]}}",
      "p:1:28: /trackers/patterns/0: a pattern needs a \"pattern\"\n"
      "p:1:40: /trackers/patterns/0/purpose: must be \"audience\", \"advertising\", \"personalisation\", \"social\", "
      "\"video\", \"maps\", \"support\" or \"other\"; did you mean \"audience\"?\n" },

    /* pages, https, files */
    { "{\"pages\": {\"privacy\": \"//x.example/\"}}",
      "p:1:23: /pages/privacy: must be a path that begins with one \"/\", or a URL of https\n" },
    { "{\"pages\": {\"privacy\": \"http://x.example/\"}}",
      "p:1:23: /pages/privacy: must be a path that begins with one \"/\", or a URL of https\n" },
    { "{\"https\": {\"hsts\": {\"preload\": true}}}",
      "p:1:32: /https/hsts/preload: browsers preload a site only with include_subdomains and a max_age of at least "
      "31536000 (one year)\n" },
    { "{\"https\": {\"hsts\": 3}}",
      "p:1:20: /https/hsts: must be false, or an object with max_age, include_subdomains and preload\n" },
    { "{\"banner\":{\"script\":false,\"activation\":\"in-place\"}}",
      "p:1:40: /banner/activation: \"in-place\" is what the script does, which \"script\" leaves out\n" },
    { "{\"https\": {\"trusted_proxies\": [\"10.0.0.0/33\", \"::1\"]}}",
      "p:1:32: /https/trusted_proxies/0: must be an address or a network, like \"10.0.0.0/8\" or \"::1\"\n" },
    { "{\"trackers\": {\"imports\": 5}}", "p:1:26: /trackers/imports: must be true, false or an array of hosts\n" },
    { "{\"log\": {\"file\": \"events.jsonl\"}}", "p:1:18: /log/file: must be the absolute path of a file\n" },
    { "{\"site\": {\"contact\": {\"email\": \"nobody\"}}}",
      "p:1:32: /site/contact/email: must be an e-mail address, like \"contact@example.fr\"\n" },
    { "{\"site\": {\"contact\": {\"url\": \"javascript:alert(1)\"}}}",
      "p:1:30: /site/contact/url: must be an absolute URL (https://...)\n" },
    { "{\"prefix\": \"/a b/\"}",
      "p:1:12: /prefix: must begin and end with \"/\", like \"/_privacy/\", of letters, digits, "
      "\"_\", \"-\", \".\" and \"~\"\n" },

    { "{\"prefix\": \"/a/../b/\"}", "p:1:12: /prefix: must begin and end with \"/\", like \"/_privacy/\", of letters, "
                                    "digits, \"_\", \"-\", \".\" and \"~\"\n" },
    { "{\"prefix\": \"//\"}",
      "p:1:12: /prefix: must begin and end with \"/\", like \"/_privacy/\", of letters, digits, "
      "\"_\", \"-\", \".\" and \"~\"\n" },
    /* consent */
    { "{\"consent\": {\"lifetime_days\": 396}}", "p:1:31: /consent/lifetime_days: must be between 1 and 395\n" },
    { "{\"consent\": {\"purposes\": {\"t\": {\"title\": \"x\", \"description\": \"y\"}}}}",
      "p:1:27: /consent/purposes/t: the id of a purpose is of a-z, 0-9 and \"_\", 2 to 32 of them, and begins with a "
      "letter\n" },
    { "{\"consent\": {\"old_key_file\": \"k\"}}",
      "p:1:30: /consent/old_key_file: must be the absolute path of a file\n" },
    { "{\"consent\": {\"header\": \"Cookie\"}}",
      "p:1:24: /consent/header: must be a field's name like \"X-Consent\": \"X-\", then letters, digits and \"-\"\n" },
    { "{\"consent\": {\"header\": \"X-A: b\"}}",
      "p:1:24: /consent/header: must be a field's name like \"X-Consent\": \"X-\", then letters, digits and \"-\"\n" },
    { "{\"consent\": {\"signals\": {\"gcp\": true}}}",
      "p:1:26: /consent/signals/gcp: unknown key \"gcp\"; did you mean \"gpc\"?\n" },
    { "{\"consent\": {\"signals\": {\"gpc_since\": \"2025-02-29\"}}}",
      "p:1:39: /consent/signals/gpc_since: must be a day, like \"2026-11-26\"\n" },
    { "{\"consent\": {\"signals\": {\"gpc_since\": \"1900-02-29\"}}}",
      "p:1:39: /consent/signals/gpc_since: must be a day, like \"2026-11-26\"\n" },
    { "{\"consent\": {\"signals\": {\"gpc_since\": \"2026-13-01\"}}}",
      "p:1:39: /consent/signals/gpc_since: must be a day, like \"2026-11-26\"\n" },
    { "{\"consent\": {\"signals\": {\"gpc_since\": \"2026-04-31\"}}}",
      "p:1:39: /consent/signals/gpc_since: must be a day, like \"2026-11-26\"\n" },
    { "{\"consent\": {\"signals\": {\"gpc_since\": \"2026-01-00\"}}}",
      "p:1:39: /consent/signals/gpc_since: must be a day, like \"2026-11-26\"\n" },
    { "{\"consent\": {\"signals\": {\"gpc_since\": \"2026-1-011\"}}}",
      "p:1:39: /consent/signals/gpc_since: must be a day, like \"2026-11-26\"\n" },
    { "{\"consent\": {\"signals\": {\"gpc\": false, \"gpc_since\": \"2026-01-01\"}}}",
      "p:1:53: /consent/signals/gpc_since: there is nothing to date: \"gpc\" is false\n" },
    { "{\"consent\": {\"modes\": [\"bing\", 1]}}",
      "p:1:24: /consent/modes/0: must be \"google\", \"microsoft\" or \"piano\"\n"
      "p:1:32: /consent/modes/1: must be a string, not a number\n" },
    { "{\"consent\": {\"modes\": true}}",
      "p:1:23: /consent/modes: must be a list of vendors, or an object that says what their words stand for\n" },
    { "{\"consent\": {\"modes\": {\"gogle\": {}, \"google\": {\"ad_storag\": \"video\", \"analytics_storage\": []}}}}",
      "p:1:24: /consent/modes/gogle: unknown key \"gogle\"; did you mean \"google\"?\n"
      "p:1:48: /consent/modes/google/ad_storag: unknown key \"ad_storag\"; did you mean \"ad_storage\"?\n"
      "p:1:91: /consent/modes/google/analytics_storage: must name a purpose\n" },
    { "{\"consent\": {\"modes\": {\"piano\": {\"PA\": \"stats\"}}}}",
      "p:1:40: /consent/modes/piano/PA: must be \"audience\", \"advertising\", \"personalisation\", \"social\", "
      "\"video\", "
      "\"maps\", \"support\" or \"other\"\n" },
    { "{\"consent\": {\"purposes\": {\"geo\": {\"title\": \"x\"}}}}",
      "p:1:27: /consent/purposes/geo: a new purpose needs a \"title\" and a \"description\": visitors choose by "
      "them\n" },

    /* services */
    { "{\"services\": {\"google-analitics\": {\"purpose\": \"other\"}}}",
      "p:1:15: /services/google-analitics: the catalogue has no service \"google-analitics\"; did you mean "
      "\"google-analytics\"? (a new one needs a name, a controller, a purpose and a host, cookie or signature)\n" },
    { "{\"services\": {\"zzzzz\": {\"enabled\": false}}}",
      "p:1:15: /services/zzzzz: the catalogue has no service \"zzzzz\" to switch off\n" },
    { "{\"services\": {\"own_stats\": {\"name\": \"x\"}}}",
      "p:1:15: /services/own_stats: the id of a service is of a-z, 0-9 and \"-\"\n" },
    { "{\"services\": {\"own-stats\": {\"name\": \"x\", \"purpose\": \"audience\", \"hosts\": [\"x.example\"]}}}",
      "p:1:15: /services/own-stats: a service needs a \"controller\"\n" },
    { "{\"services\": {\"matomo\": {\"purpose\": \"audience\", \"purposes\": [\"audience\"], \"country\": "
      "\"France\"}}}",
      "p:1:49: /services/matomo/purposes: give \"purpose\" or \"purposes\", not both\n"
      "p:1:86: /services/matomo/country: must be a country of two capital letters (ISO 3166-1), like \"FR\"\n" },
    { "{\"services\": {\"matomo\": {\"containers\": [\"a b\", \"\", 1]}}}",
      "p:1:41: /services/matomo/containers/0: must be one class, of letters, digits, \"-\" and \"_\"\n"
      "p:1:48: /services/matomo/containers/1: must not be empty\n"
      "p:1:52: /services/matomo/containers/2: must be a string, not a number\n" },
    { "{\"services\": {\"x\": {\"containers\": [\"b\", \"a\"]}, \"matomo\": {\"containers\": [\"a\"]}}}",
      "p:1:14: /services: one class, one service: \"a\" is a container twice\n" },
    { "{\"services\": {\"matomo\": {\"signatures\": [\"_paq\"]}}}",
      "p:1:41: /services/matomo/signatures/0: a signature needs at least 6 bytes, or it is found everywhere\n" },
    { "{\"services\": {\"matomo\": {\"signatures\": [{\"pattern\": \"a\"}, {\"text\": \"abcdef\", \"pattern\": "
      "\"(\"}]}}}",
      "p:1:41: /services/matomo/signatures/0: a signature needs a \"text\", which is searched first\n"
      "p:1:89: /services/matomo/signatures/1/pattern: is not a PCRE2 pattern: missing closing parenthesis at offset "
      "1\n" },

    /* cookies */
    { "{\"cookies\": {\"necessary\": [{\"name\": \"sid\", \"ground\": \"marketing\"}]}}",
      "p:1:54: /cookies/necessary/0/ground: must be \"choice\", \"authentication\", \"cart\", \"interface\", "
      "\"load-balancing\", \"metering\" or \"audience\"\n" },
    { "{\"cookies\": {\"necessary\": [{\"name\": \"sid\"}]}}",
      "p:1:28: /cookies/necessary/0: a cookie without consent needs a \"ground\": choice, authentication, cart, "
      "interface, load-balancing, metering or audience\n" },
    { "{\"cookies\": {\"necessary\": [{\"name\": \"_fbp\", \"ground\": \"audience\"}]}}",
      "p:1:28: /cookies/necessary/0: a cookie that needs no consent may serve no other purpose, but \"_fbp\" is one of "
      "Meta Pixel (rule C21)\n" },
    { "{\"cookies\": {\"necessary\": [{\"name\": \"s*\", \"ground\": \"cart\"}],"
      " \"rules\": [{\"name\": \"seen\", \"purpose\": \"advertising\"}]}}",
      NULL },
    { "{\"cookies\": {\"rules\": [{\"name\": \"a\", \"action\": \"keep\"}, {\"name\": \"a\", \"action\": \"drop\"}]}}",
      "p:1:57: /cookies/rules/1: this cookie has a rule already: policy /cookies/rules/0: a\n" },
    { "{\"cookies\": {\"rules\": [{\"name\": \"a\", \"action\": \"keep\", \"purpose\": \"video\"}, {\"name\": "
      "\"b\"}]}}",
      "p:1:24: /cookies/rules/0: a rule needs a \"purpose\" or an \"action\" (\"keep\" or \"drop\"), not both\n"
      "p:1:77: /cookies/rules/1: a rule needs a \"purpose\" or an \"action\" (\"keep\" or \"drop\")\n" },
    { "{\"cookies\": {\"necessary\": [{\"name\": \"a\", \"ground\": \"cart\", \"lifetime_days\": 396}]}}",
      "p:1:77: /cookies/necessary/0/lifetime_days: must be between 1 and 395\n" },
    { "{\"cookies\": {\"necessary\": [{\"name\": \"a\", \"ground\": \"cart\", \"paths\": [\"/\"]}]}}",
      "p:1:60: /cookies/necessary/0/paths: unknown key \"paths\"\n" },
    { "{\"cookies\": {\"rules\": [{\"name\": \"a\", \"action\": \"drop\", \"paths\": [\"/b\", \"c\", \"/d;e\", \"/f "
      "g\", 1]}]}}",
      "p:1:72: /cookies/rules/0/paths/1: must be a path that begins with \"/\", of at most 256 bytes, without spaces "
      "and \";\"\n"
      "p:1:77: /cookies/rules/0/paths/2: must be a path that begins with \"/\", of at most 256 bytes, without spaces "
      "and \";\"\n"
      "p:1:85: /cookies/rules/0/paths/3: must be a path that begins with \"/\", of at most 256 bytes, without spaces "
      "and \";\"\n"
      "p:1:93: /cookies/rules/0/paths/4: must be a string, not a number\n" },
    { "{\"services\": {\"matomo\": {\"cookies\": [{\"name\": \"a\", \"paths\": "
      "[\"/\",\"/\",\"/\",\"/\",\"/\",\"/\",\"/\",\"/\",\"/\"]}]}}}",
      "p:1:61: /services/matomo/cookies/0/paths: a cookie may have 8 paths at most\n" },
    { "{\"consent\": {\"header\": \"X-Consent\", \"account\": \"x-consent\"}}",
      "p:1:48: /consent/account: must be another field than \"header\"\n" },
    { "{\"services\": {\"matomo\": {\"ground\": \"cart\"}}}",
      "p:1:36: /services/matomo/ground: must be \"audience\"\n" },
    { "{\"services\": {\"google-analytics\": {\"ground\": \"audience\"}}}",
      "p:1:46: /services/google-analytics/ground: what Google Analytics measures is used by its provider, too: it "
      "needs "
      "consent (rule C27)\n" },
    { "{\"services\": {\"quantcast\": {\"ground\": \"audience\"}, \"matomo\": {\"ground\": \"audience\", \"purpose\": "
      "\"video\"}}}",
      "p:1:39: /services/quantcast/ground: a service without consent measures audience and serves nothing else (rule "
      "C23): its purpose would have to be \"audience\" alone\n"
      "p:1:73: /services/matomo/ground: a service without consent measures audience and serves nothing else (rule "
      "C23): its purpose would have to be \"audience\" alone\n" },
    { "{\"preset\": \"strict\", \"cookies\": {\"rules\": [{\"name\": \"a\", \"action\": \"keep\"}]}}",
      "p:1:68: /cookies/rules/0/action: in the preset \"strict\" a cookie that waits for no consent has a ground: "
      "write it in /cookies/necessary\n" },
    { "{\"cookies\": {\"rules\": [{\"name\": \"*\", \"action\": \"drop\"}]}}",
      "p:1:33: /cookies/rules/0/name: \"*\" alone would name every cookie: write the beginning of the name\n" },
    { "{\"cookies\": {\"rules\": [{\"name\": \"a*b\", \"action\": \"drop\"}]}}",
      "p:1:33: /cookies/rules/0/name: is not the name of a cookie (a \"*\" may stand at its end only)\n" },
    { "{\"cookies\": {\"rules\": [{\"name\": \"eu-consent\", \"action\": \"drop\"}]}}",
      "p:1:33: /cookies/rules/0/name: eu-consent is the cookie that keeps the visitor's choice: it needs no rule\n" },

    /* all at once, in the order of the file */
    { "{\n \"trackers\": {\"unknwon\": \"hold\",\n  \"block\": [7]},\n \"mode\": \"on\"\n}",
      "p:2:15: /trackers/unknwon: unknown key \"unknwon\"; did you mean \"unknown\"?\n"
      "p:3:13: /trackers/block/0: must be a string, not a number\n"
      "p:4:10: /mode: must be \"enforce\" or \"audit\"\n" },
};

static void every_mistake_is_told_with_its_place(void **state)
{
    char mistakes[8192];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        mistakes_in(cnil_str_from(wrong[i].text), mistakes, sizeof(mistakes));
        if (wrong[i].mistakes == NULL ? strstr(mistakes, "(rule C21)") == NULL
                                      : strcmp(mistakes, wrong[i].mistakes) != 0)
            fail_msg("%s\ngives:\n%swanted:\n%s", wrong[i].text, mistakes,
                     wrong[i].mistakes != NULL ? wrong[i].mistakes : "a word about rule C21\n");
    }
}

static void broken_json_is_one_mistake(void **state)
{
    static const char whole[] = "{\"site\": {\"name\": \"\\u00e9\\\"\", \"hosts\": [\"a.example\"]}, \"https\": "
                                "{\"port\": 8443, \"redirect\": true}, \"mode\": \"audit\"}";
    static const char spoilers[] = "{}[]\",:\\x0-\x01\xff\xc3";
    char mistakes[2048], copy[sizeof(whole)];
    size_t len = sizeof(whole) - 1;

    (void)state;
    for (size_t cut = 0; cut < len; cut++) { /* no beginning of it is JSON */
        mistakes_in(cnil_str_slice(CNIL_STR(whole), 0, cut), mistakes, sizeof(mistakes));
        if (strncmp(mistakes, "p:1:", 4) != 0 || strchr(mistakes, '\n') != mistakes + strlen(mistakes) - 1)
            fail_msg("cut at %zu: %s", cut, mistakes);
    }
    for (size_t at = 0; at < len; at++) { /* any byte may be any other: no crash, a place or a policy */
        for (size_t i = 0; i < sizeof(spoilers); i++) {
            memcpy(copy, whole, sizeof(whole));
            copy[at] = spoilers[i];
            mistakes_in((struct cnil_str){ copy, len }, mistakes, sizeof(mistakes));
            if (mistakes[0] != '\0' && strncmp(mistakes, "p:1:", 4) != 0)
                fail_msg("byte %zu: %s", at, mistakes);
        }
    }
}

static void depth_and_size_are_bounded(void **state)
{
    char mistakes[1024];
    size_t len = CNIL_LIMIT_POLICY_FILE + 1;
    char *text = test_malloc(len);

    (void)state;
    memset(text, '[', 100000);
    mistakes_in((struct cnil_str){ text, 100000 }, mistakes, sizeof(mistakes));
    assert_string_equal(mistakes, "p:1:2049: objects and arrays stand too deep in one another\n");
    memset(text, ' ', len);
    mistakes_in((struct cnil_str){ text, len }, mistakes, sizeof(mistakes));
    assert_string_equal(mistakes, "p: a policy may have 8388608 bytes at most\n");
    memcpy(text, "{}\n\0", 4);
    mistakes_in((struct cnil_str){ text, 4 }, mistakes, sizeof(mistakes));
    assert_string_equal(mistakes, "p:2:1: a NUL byte: this is not a text file\n");
    test_free(text);
}

/* ---- what is right ---- */

static void an_empty_policy_is_safe(void **state)
{
    struct cnil_policy *policy = policy_of("{}");

    (void)state;
    assert_int_equal(policy->mode, CNIL_MODE_ENFORCE);
    assert_true(policy->https_redirect);
    assert_int_equal(policy->https_port, 443);
    assert_true(policy->hsts);
    assert_int_equal(policy->hsts_max_age, 86400);
    assert_false(policy->hsts_subdomains || policy->hsts_preload || policy->on_error_open);
    assert_int_equal(policy->language, CNIL_LANGUAGE_FR);
    assert_int_equal(policy->languages, 0);
    assert_str(policy->prefix, "/_privacy/");
    assert_true(policy->proof.enabled);
    assert_false(policy->statistics.enabled);
    assert_int_equal(policy->statistics.least, 5);
    assert_int_equal(policy->statistics.template_count, 0);
    assert_false(policy->proof.fsync || policy->proof.required || policy->proof.receipt);
    assert_str(policy->text, "{}");
    assert_str(policy->banner_position, "bottom");
    assert_int_equal(policy->consent_days, 182);
    assert_int_equal(policy->purpose_count, 8);
    assert_str(policy->purposes[0].id, "audience");
    assert_str(cnil_policy_title(policy, &policy->purposes[1], CNIL_LANGUAGE_FR), "Publicité personnalisée");
    assert_str(policy->purposes[7].id, "other");
    assert_int_equal(policy->privacy_page.len + policy->log_file.len + policy->key_file.len, 0);
    assert_true(policy->service_count >= 40);
    cnil_policy_free(policy);
}

/* Rules C23, C24. */
static void what_measures_without_consent_is_no_service_that_asks(void **state)
{
    static const struct {
        const char *text;
        bool measures;
    } cases[] = {
        { "{\"services\": {\"own\": {\"name\": \"Own\", \"controller\": \"Us\", \"ground\": \"audience\", "
          "\"hosts\": [\"stats.shop.example\"]}}}",
          true },
        { "{\"services\": {\"matomo\": {\"ground\": \"audience\", \"purpose\": \"audience\"}},"
          " \"cookies\": {\"necessary\": [{\"name\": \"_pk_id*\", \"ground\": \"audience\"}]}}",
          true },
        { "{\"cookies\": {\"necessary\": [{\"name\": \"seen\", \"ground\": \"audience\"}]}}", true },
        { "{\"cookies\": {\"necessary\": [{\"name\": \"seen\", \"ground\": \"cart\"}]}}", false },
    };
    struct cnil_policy *built_in = policy_of("{}");

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_policy *policy = policy_of(cases[i].text);
        const struct cnil_service *own = cnil_policy_service(policy, i == 0 ? CNIL_STR("own") : CNIL_STR("matomo"));

        assert_int_equal(policy->measures, cases[i].measures);
        assert_int_equal(cnil_service_measures(own), i < 2);
        assert_int_equal(cnil_service_asks(own), i >= 2);
        /* nobody is asked about it */
        assert_int_equal(policy->consent_hash, built_in->consent_hash);
        cnil_policy_free(policy);
    }
    cnil_policy_free(built_in);
}

static void every_key_arrives(void **state)
{
    struct cnil_policy *policy = policy_of(
        "{\"$schema\": \"x\", \"$comment\": [1],"
        " \"site\": {\"$comment\": 1, \"name\": \"Boutique\", \"language\": \"en\","
        "   \"hosts\": [\"CDN.b\xc3\xbc"
        "cher.example.\"], \"controller\": {\"name\": \"B\", \"address\": \"1 rue X\"},"
        "   \"contact\": {\"email\": \"a@b.fr\", \"url\": \"https://b.fr\"}, \"dpo\": {\"name\": \"D\"}},"
        " \"pages\": {\"privacy\": \"/vie-privee\", \"legal\": \"https://b.fr/legal\", \"rights\": \"/r\"},"
        " \"mode\": \"audit\", \"preset\": \"balanced\","
        " \"https\": {\"redirect\": false, \"port\": 8443, \"trusted_proxies\": [\"10.0.0.0/8\", \"::1\"],"
        "   \"hsts\": {\"max_age\": 31536000, \"include_subdomains\": true, \"preload\": true}},"
        " \"consent\": {\"lifetime_days\": 30, \"domain\": \"example.fr\", \"key_file\": \"/k\","
        "   \"old_key_file\": \"/o\", \"header\": \"X-Consent\", \"account\": \"X-Account\", \"signals\": {\"gpc\": "
        "false, \"dnt\": true, "
        "\"measurement\": true},"
        "   \"purposes\": {\"audience\": {\"title\": \"Stats\"},"
        "     \"geo\": {\"title\": {\"fr\": \"G\xc3\xa9o\"}, \"description\": {\"fr\": \"d\", \"en\": \"e\"}}}},"
        " \"statistics\": {\"enabled\": true, \"least\": 7, \"templates\": [\"/\", \"/blog/*\"]},"
        " \"proof\": {\"directory\": \"/p\", \"fsync\": true, \"required\": true, \"receipt\": true},"
        " \"banner\": {\"position\": \"top\", \"other_manager\": \"adopt\", \"activation\": \"reload\","
        "   \"script\": false}, \"log\": {\"file\": \"/var/log/e.jsonl\"},"
        " \"cookies\": {\"rules\": [{\"name\": \"k\", \"action\": \"keep\"}], \"necessary\":"
        "   [{\"name\": \"panier\", \"ground\": \"cart\"}, {\"name\": \"serveur_*\", \"ground\": \"load-balancing\"}]},"
        " \"prefix\": \"/.well-known/cnil/\", \"on_error\": \"open\"}");

    (void)state;
    assert_str(policy->site_name, "Boutique");
    assert_true(policy->signals_oppose);
    assert_str(policy->account, "X-Account");
    assert_int_equal(policy->language, CNIL_LANGUAGE_EN);
    assert_int_equal(policy->first_party_host_count, 1);
    assert_str(policy->first_party_hosts[0], "cdn.xn--bcher-kva.example");
    assert_str(policy->controller.address, "1 rue X");
    assert_str(policy->rights.email, "a@b.fr");
    assert_str(policy->rights.url, "https://b.fr/");
    assert_str(policy->dpo.name, "D");
    assert_str(policy->privacy_page, "/vie-privee");
    assert_str(policy->legal_page, "https://b.fr/legal");
    assert_str(policy->rights_page, "/r");
    assert_int_equal(policy->mode, CNIL_MODE_AUDIT);
    assert_false(policy->https_redirect);
    assert_int_equal(policy->https_port, 8443);
    assert_int_equal(policy->hsts_max_age, 31536000);
    assert_true(policy->hsts_subdomains && policy->hsts_preload);
    assert_int_equal(policy->trusted_proxy_count, 2);
    assert_str(policy->trusted_proxies[1], "::1");
    assert_int_equal(policy->consent_days, 30);
    assert_str(policy->consent_domain, "example.fr");
    assert_str(policy->key_file, "/k");
    assert_str(policy->old_key_file, "/o");
    assert_str(policy->header, "X-Consent");
    assert_true(!policy->honours_gpc && policy->honours_dnt);
    assert_int_equal(policy->purpose_count, 9);
    assert_str(cnil_policy_title(policy, &policy->purposes[0], CNIL_LANGUAGE_EN),
               "Stats"); /* the language of the site */
    assert_str(cnil_policy_title(policy, &policy->purposes[0], CNIL_LANGUAGE_FR), "Mesure d’audience");
    assert_str(policy->purposes[8].id, "geo");
    assert_str(cnil_policy_title(policy, &policy->purposes[8], CNIL_LANGUAGE_EN), "Géo"); /* for want of a better one */
    assert_str(cnil_policy_description(policy, &policy->purposes[8], CNIL_LANGUAGE_EN), "e");
    assert_int_equal(policy->exempt_count, 2); /* a cookie that is kept without a ground is not among them */
    assert_str(policy->exempt[0].name, "panier");
    assert_int_equal(policy->exempt[0].ground, CNIL_GROUND_CART);
    assert_false(policy->exempt[0].prefix);
    assert_str(policy->exempt[1].name, "serveur_");
    assert_int_equal(policy->exempt[1].ground, CNIL_GROUND_LOAD_BALANCING);
    assert_true(policy->exempt[1].prefix);
    assert_str(policy->banner_position, "top");
    assert_true(policy->adopts_manager && !policy->banner_script && !policy->activates_in_place);
    assert_str(policy->log_file, "/var/log/e.jsonl");
    assert_true(policy->statistics.enabled);
    assert_int_equal(policy->statistics.least, 7);
    assert_int_equal(policy->statistics.template_count, 2);
    assert_str(policy->statistics.templates[1], "/blog/*");
    assert_str(policy->proof.directory, "/p");
    assert_true(policy->proof.enabled && policy->proof.fsync && policy->proof.required && policy->proof.receipt);
    assert_str(policy->prefix, "/.well-known/cnil/");
    assert_true(policy->on_error_open);
    cnil_policy_free(policy);
}

static void hsts_can_be_left_out(void **state)
{
    struct cnil_policy *policy = policy_of("{\"https\": {\"hsts\": false}}");

    (void)state;
    assert_false(policy->hsts);
    cnil_policy_free(policy);
}

static const struct cnil_service *service_of(const struct cnil_policy *policy, const char *id)
{
    for (size_t i = 0; i < policy->service_count; i++)
        if (cnil_str_equal(policy->services[i].id, cnil_str_from(id)))
            return &policy->services[i];
    return NULL;
}

static void services_are_added_overridden_and_switched_off(void **state)
{
    struct cnil_policy *plain = policy_of("{}");
    struct cnil_policy *policy = policy_of(
        "{\"consent\": {\"purposes\": {\"geo\": {\"title\": \"t\", \"description\": \"d\"}}},"
        " \"services\": {\"hotjar\": {\"enabled\": false},"
        "  \"google-fonts\": {\"purpose\": \"other\"},"
        "  \"matomo\": {\"hosts\": [\"stats.example.fr\"], \"purposes\": [\"audience\", \"geo\"]},"
        "  \"own-chat\": {\"name\": \"Chat\", \"controller\": \"C\", \"purpose\": \"support\", \"country\": \"FR\","
        "    \"hosts\": [\"chat.example/w\"], \"cookies\": [\"chat*\", {\"name\": \"c\", \"lifetime\": \"1 day\"}]}}}");
    const struct cnil_service *matomo = service_of(policy, "matomo"), *chat = service_of(policy, "own-chat");
    const struct cnil_service *manager = service_of(policy, "google-tag-manager");

    (void)state;
    assert_int_equal(policy->service_count, plain->service_count); /* one more, one less */
    assert_null(service_of(policy, "hotjar"));
    assert_false(service_of(policy, "google-fonts")->report_only);
    assert_true(service_of(plain, "google-fonts")->report_only);
    assert_int_equal(matomo->purposes, 1u | 1u << 8);
    assert_int_equal(matomo->host_count, service_of(plain, "matomo")->host_count + 1);
    assert_true(matomo->declared && matomo->hosts[matomo->host_count - 1].declared);
    assert_str(matomo->hosts[matomo->host_count - 1].host, "stats.example.fr");
    assert_str(matomo->controller, "InnoCraft Limited");
    assert_str(chat->hosts[0].host, "chat.example");
    assert_str(chat->hosts[0].path, "/w");
    assert_true(chat->cookies[0].prefix && !chat->cookies[1].prefix);
    assert_str(chat->cookies[1].lifetime, "1 day");
    assert_int_equal(manager->purposes, (1u << 9) - 1); /* the added purpose, too */
    cnil_policy_free(policy);
    cnil_policy_free(plain);
}

struct hash {
    const char *name, *text; /* of a policy */
    bool same;               /* as that of the first */
};

static void hashes_are_right(const struct hash *hashes, size_t count)
{
    uint32_t first = 0;

    for (size_t i = 0; i < count; i++) {
        struct cnil_policy *policy = policy_of(hashes[i].text);

        if (i == 0)
            first = policy->consent_hash;
        if ((policy->consent_hash == first) != hashes[i].same)
            fail_msg("%s: %08x and %08x", hashes[i].name, first, policy->consent_hash);
        cnil_policy_free(policy);
    }
}

/* Rule C10: a new third party asks again; texts, colours and hosts do not. */
static void the_consent_hash_follows_purposes_services_and_controllers(void **state)
{
    static const struct hash hashes[] = {
        { "the first", "{\"services\": {\"matomo\": {\"controller\": \"A\"}, \"hotjar\": {\"controller\": \"B\"}}}",
          true },
        { "order", "{\"services\": {\"hotjar\": {\"controller\": \"B\"}, \"matomo\": {\"controller\": \"A\"}}}", true },
        { "a text",
          "{\"consent\": {\"purposes\": {\"maps\": {\"title\": \"x\"}}}, \"banner\": {\"position\": \"top\"},"
          " \"services\": {\"matomo\": {\"controller\": \"A\", \"hosts\": [\"m.example\"]}, \"hotjar\": "
          "{\"controller\": "
          "\"B\", \"name\": \"H\"}}}",
          true },
        { "words and languages",
          "{\"site\": {\"language\": \"auto\"}, \"texts\": {\"fr\": {\"title\": \"Vos choix\"}},"
          " \"services\": {\"matomo\": {\"controller\": \"A\"}, \"hotjar\": {\"controller\": \"B\"}}}",
          true },
        { "one switched off is not declared",
          "{\"services\": {\"matomo\": {\"controller\": \"A\"}, \"hotjar\": {\"controller\": \"B\"},"
          " \"criteo\": {\"enabled\": false}}}",
          true },
        { "another controller",
          "{\"services\": {\"matomo\": {\"controller\": \"Z\"}, \"hotjar\": {\"controller\": \"B\"}}}", false },
        { "another service",
          "{\"services\": {\"matomo\": {\"controller\": \"A\"}, \"hotjar\": {\"controller\": \"B\"}, \"criteo\": {}}}",
          false },
        { "another purpose",
          "{\"consent\": {\"purposes\": {\"geo\": {\"title\": \"x\", \"description\": \"y\"}}},"
          " \"services\": {\"matomo\": {\"controller\": \"A\"}, \"hotjar\": {\"controller\": \"B\"}}}",
          false },
    };

    (void)state;
    hashes_are_right(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

/* Who granted a purpose has not granted what is put under it later. */
static void the_consent_hash_follows_the_purposes_of_declared_services(void **state)
{
    static const struct hash hashes[] = {
        { "the first",
          "{\"services\": {\"hotjar\": {\"purposes\": [\"audience\", \"personalisation\"]}, \"criteo\": {}}}", true },
        { "order", "{\"services\": {\"criteo\": {}, \"hotjar\": {\"purposes\": [\"personalisation\", \"audience\"]}}}",
          true },
        { "another", "{\"services\": {\"hotjar\": {\"purposes\": [\"audience\", \"social\"]}, \"criteo\": {}}}",
          false },
        { "one less", "{\"services\": {\"hotjar\": {\"purposes\": [\"audience\"]}, \"criteo\": {}}}", false },
        { "one alone", "{\"services\": {\"hotjar\": {\"purpose\": \"audience\"}, \"criteo\": {}}}", false },
        { "left to the catalogue", "{\"services\": {\"hotjar\": {}, \"criteo\": {}}}", false },
        { "of the other service",
          "{\"services\": {\"hotjar\": {}, \"criteo\": {\"purposes\": [\"audience\", \"personalisation\"]}}}", false },
    };

    (void)state;
    hashes_are_right(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

/* Visitors of a policy that did not change are not asked again because the module did: these are for good. */
static void the_consent_hash_is_that_of_earlier_releases(void **state)
{
    struct cnil_policy *bare = policy_of("{}");
    struct cnil_policy *full =
        policy_of("{\"services\": {\"matomo\": {\"controller\": \"Us\"}, \"hotjar\": {}},"
                  " \"consent\": {\"purposes\": {\"extra\": {\"title\": \"t\", \"description\": \"d\"}}}}");

    (void)state;
    assert_int_equal(bare->consent_hash, 0x2d422cc5);
    assert_int_equal(full->consent_hash, 0x6a145dfd);
    cnil_policy_free(bare);
    cnil_policy_free(full);
}

static void the_digest_follows_the_text(void **state)
{
    struct cnil_policy *a = policy_of("{}"), *b = policy_of("{}"), *c = policy_of("{ }");

    (void)state;
    assert_memory_equal(a->digest, b->digest, sizeof(a->digest));
    assert_memory_not_equal(a->digest, c->digest, sizeof(a->digest));
    cnil_policy_free(a);
    cnil_policy_free(b);
    cnil_policy_free(c);
}

/* ---- files ---- */

static void file_mistake(const char *path, const char *wanted)
{
    struct cnil_errors errors;
    char line[512] = "";

    cnil_errors_init(&errors);
    assert_null(cnil_policy_load(path, &errors));
    assert_int_equal(errors.count, 1);
    cnil_error_format(&errors.list[0], line, sizeof(line));
    if (strstr(line, wanted) == NULL || strncmp(line, path, strlen(path)) != 0)
        fail_msg("%s: %s", wanted, line);
    cnil_errors_free(&errors);
}

static void a_file_is_regular_readable_and_not_too_large(void **state)
{
    char dir[] = "/tmp/test_policy.XXXXXX", path[64];
    struct cnil_errors errors;
    struct cnil_policy *policy;
    FILE *file;

    (void)state;
    assert_non_null(mkdtemp(dir));
    file_mistake(dir, "is not a regular file");
    snprintf(path, sizeof(path), "%s/p", dir);
    file_mistake(path, "cannot be read: No such file or directory");
    assert_int_equal(mkfifo(path, 0600), 0);
    file_mistake(path, "is not a regular file"); /* and does not wait for a writer */
    unlink(path);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"mode\": \"audit\"}", file);
    fclose(file);
    cnil_errors_init(&errors);
    policy = cnil_policy_load(path, &errors);
    assert_non_null(policy);
    assert_str(policy->path, path);
    assert_int_equal(policy->mode, CNIL_MODE_AUDIT);
    cnil_policy_free(policy);
    assert_int_equal(truncate(path, CNIL_LIMIT_POLICY_FILE + 1), 0);
    file_mistake(path, "bytes at most");
    unlink(path);
    rmdir(dir);
    policy = cnil_policy_load(NULL, &errors);
    assert_non_null(policy);
    assert_int_equal(policy->path.len, 0);
    cnil_policy_free(policy);
    cnil_policy_free(NULL);
}

static void the_example_loads(void **state)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;
    char line[512] = "";

    (void)state;
    cnil_errors_init(&errors);
    policy = cnil_policy_load("conf/example.json", &errors);
    if (policy == NULL) {
        if (errors.count > 0)
            cnil_error_format(&errors.list[0], line, sizeof(line));
        fail_msg("from the top of the sources: %s", line);
    }
    cnil_policy_free(policy);
    cnil_errors_free(&errors);
}

/* ---- no memory ---- */

/* Lets 0, 1, 2 ... allocations succeed until all do. */
static void fails_cleanly(const char *text, bool loads)
{
    bool failed = true;

    for (long count = 0; failed; count++) {
        struct cnil_errors errors;
        struct cnil_policy *policy;

        cnil_errors_init(&errors);
        alloc_fail_after(count);
        policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
        failed = alloc_failed() != 0;
        alloc_fail_after(-1);
        if (policy != NULL && (failed || !loads))
            fail_msg("%s: a policy after %ld allocations", text, count);
        if (!failed && policy == NULL && loads)
            fail_msg("%s: no policy after %ld allocations", text, count);
        cnil_policy_free(policy);
        cnil_errors_free(&errors);
    }
}

static void without_memory_there_is_no_policy_and_no_leak(void **state)
{
    (void)state;
    fails_cleanly(
        "{\"trackers\": {\"block\": [\"a.example/x\"], \"patterns\": [{\"pattern\": \"a+\", \"purpose\": \"other\"},"
        " {\"pattern\": \"b\", \"purpose\": \"other\", \"name\": \"n\"}]},"
        " \"site\": {\"hosts\": [\"b.example\"]}, \"services\": {\"matomo\": {\"hosts\": [\"c.example\"]}},"
        " \"cookies\": {\"necessary\": [{\"name\": \"sid\", \"ground\": \"cart\"}]}}",
        true);
    fails_cleanly("{\"preset\": \"strict\", \"services\": {\"hotjar\": {\"enabled\": false},"
                  " \"own\": {\"name\": \"Own\", \"controller\": \"Us\", \"purpose\": \"audience\","
                  " \"cookies\": [{\"name\": \"own\", \"paths\": [\"/a\"]}], \"containers\": [\"b\", \"a\"],"
                  " \"signatures\": [{\"text\": \"ownSignature\", \"pattern\": \"own.*x\"}]}}}",
                  true);
    fails_cleanly(
        "{\"site\": {\"nam\": 1}, \"mode\": \"on\", \"x\": 1, \"trackers\": {\"patterns\": [{\"pattern\": \"a\","
        " \"purpose\": \"other\"}, 3]}}",
        false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_told_with_its_place),
        cmocka_unit_test(broken_json_is_one_mistake),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(an_empty_policy_is_safe),
        cmocka_unit_test(every_key_arrives),
        cmocka_unit_test(what_measures_without_consent_is_no_service_that_asks),
        cmocka_unit_test(hsts_can_be_left_out),
        cmocka_unit_test(services_are_added_overridden_and_switched_off),
        cmocka_unit_test(the_consent_hash_follows_purposes_services_and_controllers),
        cmocka_unit_test(the_consent_hash_follows_the_purposes_of_declared_services),
        cmocka_unit_test(the_consent_hash_is_that_of_earlier_releases),
        cmocka_unit_test(the_digest_follows_the_text),
        cmocka_unit_test(a_file_is_regular_readable_and_not_too_large),
        cmocka_unit_test(the_example_loads),
        cmocka_unit_test(without_memory_there_is_no_policy_and_no_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
