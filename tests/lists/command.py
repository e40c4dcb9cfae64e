# SPDX-License-Identifier: Apache-2.0
"""`cnil lists` as an operator calls it: what it makes, what it says, how it fails. Debian's package is a stand-in here: an
apt-get of the test's own is found first."""
import os
import stat
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CNIL = os.path.join(ROOT, "build/asan/cnil")
passed = failed = 0

PRIVACY = "! Title: privacy\n||tracker.example^\n/collect?id=\n@@||tracker.example/ok.js\n||pop.example^$popup\nx.example##.ad\n"
ADS = "||ads.example^$third-party\n||tracker.example/ad\n||odd.example^$csp=x\n"


def case(name, got, wanted):
    global passed, failed
    if got == wanted:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}\n  got:    {got!r}\n  wanted: {wanted!r}")


class Place:
    """A folder with the lists, and programs that stand in for the system's."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = os.path.join(folder, "bin")
        os.mkdir(self.bin)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def program(self, name, script):
        os.chmod(self.write("bin/" + name, "#!/bin/sh\n" + script), 0o755)

    def run(self, *arguments, umask=0o022):
        done = subprocess.run([CNIL, *arguments], cwd=self.folder, capture_output=True, timeout=120, check=False, umask=umask,
                              env={**os.environ, "PATH": self.bin + ":" + os.environ["PATH"], "TMPDIR": self.path("tmp")})
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def check_build(place):
    place.write("privacy.txt", PRIVACY)
    place.write("lists/ads.list.txt", ADS)
    code, out, err = place.run("lists", "build", "/dev/zero", "-o", "never.cnil")
    case("a list without an end", (code, err), (1, "cnil lists: /dev/zero: is too large for a list\n"))
    code, out, err = place.run("lists", "build", "privacy.txt", "lists/ads.list.txt", "-o", "out.cnil", umask=0o077)
    case("what a build says", (code, out.splitlines()[:-1], err), (0, [
        "privacy: 4 rules for URLs, 3 kept: 100.00 % of those that speak of what a page fetches; 1 cosmetic ones",
        "         1 left out: navigation: speaks of pop-ups or whole documents only, which no markup fetches",
        "ads.list: 3 rules for URLs, 2 kept: 66.67 % of those that speak of what a page fetches; 0 cosmetic ones",
        "         1 left out: option: has an option that this engine does not have",
    ], ""))
    case("every server process may read it", stat.S_IMODE(os.stat(place.path("out.cnil")).st_mode), 0o644)
    case("show says the same", place.run("lists", "show", "out.cnil"), (0, out, ""))
    code, again, _ = place.run("lists", "build", "privacy=privacy.txt", "ads.list=lists/ads.list.txt", "-o", "again.cnil")
    with open(place.path("out.cnil"), "rb") as one, open(place.path("again.cnil"), "rb") as two:
        case("names may be given, the bytes are the same", (code, one.read() == two.read()), (0, True))
    code, out, _ = place.run("lists", "build", "lists/ads.list.txt", "-o", "x.cnil", "--dropped")
    case("what is dropped is shown", (code, out.splitlines()[0]), (0, "ads.list:3: option: ||odd.example^$csp=x"))
    case("nothing else is left", sorted(os.listdir(place.folder)),
         ["again.cnil", "bin", "lists", "out.cnil", "privacy.txt", "x.cnil"])


def check_mistakes(place):
    case("no arguments", place.run("lists")[0], 2)
    case("no output", place.run("lists", "build", "privacy.txt")[0], 2)
    case("no list", place.run("lists", "build", "-o", "y.cnil")[0], 2)
    case("an unknown word", place.run("lists", "biuld", "privacy.txt", "-o", "y.cnil")[0], 2)
    case("an unknown option", place.run("lists", "build", "privacy.txt", "--frob")[0], 2)
    code, _, err = place.run("lists", "build", "none.txt", "-o", "y.cnil")
    case("a list that is not there", (code, err), (1, "cnil lists: none.txt: No such file or directory\n"))
    code, _, err = place.run("lists", "build", "privacy.txt", "lists/../privacy.txt", "-o", "y.cnil")
    case("two of one name", (code, err),
         (1, "cnil lists: lists/../privacy.txt: two lists have this name: write NAME=FILE\n"))
    place.write("odd name.txt", PRIVACY)
    code, _, err = place.run("lists", "build", "odd name.txt", "-o", "y.cnil")
    case("a name with a space", (code, "NAME=FILE" in err), (1, True))
    case("is given one", place.run("lists", "build", "odd=odd name.txt", "-o", "y.cnil")[0], 0)
    code, _, err = place.run("lists", "build", "privacy.txt", "-o", "nowhere/y.cnil")
    case("a folder that is not there", (code, err), (1, "cnil lists: nowhere/y.cnil: No such file or directory\n"))
    code, _, err = place.run("lists", "show", "privacy.txt")
    case("show of a text", (code, "is not a compiled filter list" in err), (1, True))
    code, _, err = place.run("lists", "show", "none.cnil")
    case("show of nothing", (code, err), (1, "none.cnil: cannot be read: No such file or directory\n"))


def check_policy(place):
    policy = place.write("policy.json", '{"trackers": {"lists": [{"file": "%s", "purposes": {"privacy": "audience",'
                         ' "ads.list": "advertising"}}]}}' % place.path("out.cnil"))
    case("a policy names it", place.run("check", "policy.json"), (0, "policy.json: ok\n", ""))
    _, out, _ = place.run("explain", "--policy", policy, "--page", "https://www.shop.fr/", "https://a.tracker.example/ad")
    case("explain tells list, line and rule", out.splitlines()[-4:], [
        "purpose  audience+advertising", "before   hold", "after    pass", "rule     list privacy:2 ||tracker.example^"])
    _, out, _ = place.run("explain", "--policy", policy, "--page", "https://www.shop.fr/", "https://tracker.example/ok.js")
    case("an exception", out.splitlines()[-1], "rule     unknown third party")
    place.write("short.json", '{"trackers": {"lists": [{"file": "%s", "purposes": {"privcy": "audience"}}]}}'
                % place.path("out.cnil"))
    code, out, _ = place.run("check", "short.json")
    case("a list without a purpose", (code, [line.split(": ", 1)[1] for line in out.splitlines()]), (1, [
        '/trackers/lists/0/purposes: the list "privacy" of this file has no purpose',
        '/trackers/lists/0/purposes: the list "ads.list" of this file has no purpose',
        '/trackers/lists/0/purposes/privcy: unknown key "privcy"; did you mean "privacy"?']))


def check_debian(place):
    folder = "package/usr/share/chromium/extensions/ublock-origin/assets/thirdparties/easylist"
    place.write("package/DEBIAN/control", "Package: webext-ublock-origin-chromium\nVersion: 1\nArchitecture: all\n"
                "Maintainer: T <t@example.org>\nDescription: stand-in\n")
    place.write(folder + "/easyprivacy.txt", PRIVACY)
    place.write(folder + "/easylist.txt", ADS)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", place.path("package"), place.path("p.deb")], check=True,
                   stdout=subprocess.DEVNULL)
    os.mkdir(place.path("tmp"))
    place.program("apt-get", 'echo "$@" >>"%s"; cp "%s" webext_1_all.deb\n' % (place.path("asked"), place.path("p.deb")))
    code, out, err = place.run("lists", "update-from-debian", "-o", place.path("state/lists/debian.cnil"))
    case("the package is compiled", (code, [line.split(":")[0] for line in out.splitlines() if not line.startswith(" ")]),
         (0, ["easyprivacy", "easylist", place.path("state/lists/debian.cnil")]))
    case("what was asked for", open(place.path("asked"), encoding="utf-8").read(), "-q download webext-ublock-origin-chromium\n")
    case("nothing temporary is left", os.listdir(place.path("tmp")), [])
    case("nothing beside it is left", os.listdir(place.path("state/lists")), ["debian.cnil"])
    before = os.stat(place.path("state/lists/debian.cnil"))
    place.program("apt-get", "echo 'E: no network' >&2; exit 100\n")
    code, _, err = place.run("lists", "update-from-debian", "-o", place.path("state/lists/debian.cnil"))
    case("no network", (code, "E: no network" in err, "cannot be downloaded: is there a network" in err), (1, True, True))
    place.program("apt-get", "echo nonsense >webext_1_all.deb\n")
    code, _, err = place.run("lists", "update-from-debian", "-o", place.path("state/lists/debian.cnil"))
    case("no package", (code, "cannot be unpacked" in err), (1, True))
    os.remove(place.path(folder + "/easylist.txt"))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", place.path("package"), place.path("p.deb")], check=True,
                   stdout=subprocess.DEVNULL)
    place.program("apt-get", 'cp "%s" webext_1_all.deb\n' % place.path("p.deb"))
    code, _, err = place.run("lists", "update-from-debian", "-o", place.path("state/lists/debian.cnil"))
    case("another package", (code, "has no EasyList or EasyPrivacy" in err), (1, True))
    after = os.stat(place.path("state/lists/debian.cnil"))
    case("a failure leaves the file as it was", (after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))
    case("and nothing else", os.listdir(place.path("tmp")), [])


def main():
    with tempfile.TemporaryDirectory() as folder:
        place = Place(folder)
        check_build(place)
        check_mistakes(place)
        check_policy(place)
        check_debian(place)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    raise SystemExit(1 if failed else 0)


main()
