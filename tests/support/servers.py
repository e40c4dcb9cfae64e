# SPDX-License-Identifier: Apache-2.0
"""Real nginx and Apache for tests: started on free loopback ports from a configuration text, stopped, looked into.

    with Nginx('''
        cnil on;
        cnil_policy @policy@;
        server {
            listen 127.0.0.1:@port:plain@;
            listen 127.0.0.1:@port:tls@ ssl;
            ssl_certificate @cert@;
            ssl_certificate_key @key@;
            location / { proxy_pass http://127.0.0.1:@origin@; }
        }
    ''', policy="/tmp/p.json", origin=8000) as server:
        server.port("tls")

The text stands inside nginx's http block, or at the end of Apache's main configuration. Placeholders: `@port:NAME@` is a
free port, the same for the same name; `@dir@` the server's own directory, `@state@` a state directory inside it,
`@cert@` and `@key@` a self-signed certificate; any keyword argument by its name. Every problem in the error log (alert,
crit, emerg, a sanitizer's report) makes stop() fail, unless `expect_problems`."""

import base64
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
WORKER = "www-data"  # whom workers run as when the suite runs as root
PROBLEM = re.compile(
    rb"\[(?:\w+:)?(?:alert|crit|emerg)\]|AddressSanitizer|LeakSanitizer|runtime error|exit signal|exited on signal"
)


class ServerError(Exception):
    """The server did not start, or its log holds a problem; the text says which."""


_given = []


def free_port():
    """A loopback port that nothing listens on and that was given to nobody, by no process of these tests: a name of the kernel's
    stands for it as long as this process lives. Below the range from which the system takes the ports of outgoing connections,
    so that none of these takes it before the server does."""
    while True:
        port = random.randrange(15000, 30000)
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind("\0cnil-test-port-%d" % port)
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            mark.close()
            continue
        _given.append(mark)
        return port


_certificate = None


def certificate():
    """Paths of a certificate and its key for the hosts that tests use; made once per process."""
    global _certificate
    if _certificate is None:
        directory = tempfile.mkdtemp(prefix="cnil-cert-")
        cert, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
        names = "DNS:localhost,DNS:shop.example,DNS:*.shop.example,DNS:tracker.example,IP:127.0.0.1"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "7",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=" + names, "-keyout", key, "-out", cert],
            check=True, capture_output=True,
        )
        os.chmod(directory, 0o755)
        _certificate = cert, key
    return _certificate


def spki():
    """The hash of the certificate's public key, as Chromium's --ignore-certificate-errors-spki-list wants it."""
    key = subprocess.run(["openssl", "x509", "-in", certificate()[0], "-pubkey", "-noout"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key.stdout, check=True, capture_output=True)
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


def sanitizer_environment():
    """The environment in which a server built without sanitizers can load a module built with them."""
    library = subprocess.run(["gcc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True).stdout.strip()
    environment = dict(os.environ)
    environment["LD_PRELOAD"] = os.path.realpath(library)
    environment["ASAN_OPTIONS"] = "detect_leaks=0:detect_odr_violation=0:abort_on_error=0"
    environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    return environment


class Server:
    """What both servers share. A subclass says how its configuration is wrapped and how it is started and told things."""

    module = None  # path below build/ of the module that is loaded
    settle = 0  # seconds before it is told to stop

    def __init__(self, config, sanitize=True, load=True, expect_problems=False, main="", **values):
        self.dir = tempfile.mkdtemp(prefix="cnil-%s-" % type(self).__name__.lower())
        os.chmod(self.dir, 0o755)
        self.config = config
        self.main = main
        self.load = load
        self.sanitize = sanitize
        self.expect_problems = expect_problems
        self.ports = {}
        self.process = None
        cert, key = certificate()
        self.values = {"dir": self.dir, "state": os.path.join(self.dir, "state"), "cert": cert, "key": key}
        self.values.update((name, str(value)) for name, value in values.items())
        self.error_log = os.path.join(self.dir, "error.log")
        self.output_path = os.path.join(self.dir, "output.log")
        self.conf = os.path.join(self.dir, "server.conf")
        for name in ("state", "logs", "www"):
            os.mkdir(os.path.join(self.dir, name))
        self.write(config)

    # ---- configuration ----

    def port(self, name):
        if name not in self.ports:
            self.ports[name] = free_port()
        return self.ports[name]

    def fill(self, text):
        text = re.sub(r"@port:(\w+)@", lambda match: str(self.port(match.group(1))), text)
        return re.sub(r"@(\w+)@", lambda match: self.values.get(match.group(1), match.group(0)), text)

    def write(self, config):
        """Writes another configuration, for a reload."""
        self.config = config
        with open(self.conf, "w", encoding="utf-8") as file:
            file.write(self.fill(self.wrap(config)))

    def file(self, name, content):
        """A file in the server's directory that its workers can read; gives its path."""
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, 0o644)
        return path

    def module_path(self):
        return os.path.join(BUILD, "asan" if self.sanitize else "", self.module)

    def environment(self):
        return sanitizer_environment() if self.sanitize and self.load else dict(os.environ)

    # ---- life ----

    def test(self):
        """The server's own configuration test: (exit status, everything it printed)."""
        done = subprocess.run(self.command() + self.test_arguments, env=self.environment(), capture_output=True)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def start(self, timeout=30):
        if self.load and not os.path.exists(self.module_path()):
            raise ServerError("%s has not been built" % self.module_path())
        with open(self.output_path, "ab") as output:
            self.process = subprocess.Popen(
                self.command() + self.run_arguments, env=self.environment(), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True,
            )
        until = time.monotonic() + timeout
        for port in self.ports.values():
            while True:
                if self.process.poll() is not None:
                    raise ServerError("exit %d\n%s" % (self.process.returncode, self.text()))
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if time.monotonic() > until:
                        self.kill()
                        raise ServerError("port %d never answered\n%s" % (port, self.text()))
                    time.sleep(0.02)
        return self

    def signal(self, number):
        os.kill(self.process.pid, number)

    def stop(self, timeout=20):
        """Stops it gracefully, then raises ServerError if its log holds a problem. The directory is kept then."""
        if self.process is not None and self.process.poll() is None:
            time.sleep(self.settle)
            self.signal(self.stop_signal)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise ServerError("it did not stop\n%s" % self.text())
        problems = self.problems()
        if problems and not self.expect_problems:
            raise ServerError("in %s:\n%s" % (self.dir, "\n".join(problems)))
        self.clean()

    def kill(self):
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def clean(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.stop()
        else:
            self.kill()

    # ---- what it said ----

    def log(self):
        try:
            with open(self.error_log, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def output(self):
        try:
            with open(self.output_path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def text(self):
        return (self.output() + self.log()).decode(errors="replace")

    def problems(self):
        lines = (self.output() + self.log()).split(b"\n")
        return [line.decode(errors="replace") for line in lines if PROBLEM.search(line)]

    def events(self):
        """The path of the state directory's event log."""
        return os.path.join(self.values["state"], "events.jsonl")


class Nginx(Server):
    module = "ngx_http_cnil_module.so"
    test_arguments = ["-t"]
    run_arguments = []
    stop_signal = signal.SIGQUIT
    modules = "/usr/lib/nginx/modules"  # of Debian's packages, for load_module lines in `main`

    def command(self):
        return ["nginx", "-p", self.dir, "-c", self.conf, "-e", self.error_log]

    def wrap(self, config):
        return "\n".join([
            "daemon off;",
            "user %s;" % WORKER if os.geteuid() == 0 else "",
            "worker_processes 1;",
            "worker_shutdown_timeout 5s;",
            "pid @dir@/nginx.pid;",
            "error_log @dir@/error.log info;",
            self.main,
            "load_module %s;" % self.module_path() if self.load else "",
            "events { worker_connections 1024; }",
            "http {",
            "include /etc/nginx/mime.types;",
            "default_type application/octet-stream;",
            "access_log off;",
            "client_body_temp_path @dir@/body; proxy_temp_path @dir@/proxy; fastcgi_temp_path @dir@/fastcgi;",
            "uwsgi_temp_path @dir@/uwsgi; scgi_temp_path @dir@/scgi;",
            "cnil_state @state@;" if self.load and "cnil_state" not in config else "",
            config,
            "}",
            "",
        ])

    def reload(self):
        """Tells it to reload; comes back when new workers have taken over (or the log says that they could not)."""
        before = len(self.log())
        self.signal(signal.SIGHUP)
        self.wait_for(before, rb"start worker process \d+|\[emerg\]")

    def reopen(self):
        self.signal(signal.SIGUSR1)
        time.sleep(0.3)

    def wait_for(self, offset, pattern, timeout=20):
        until = time.monotonic() + timeout
        while not re.search(pattern, self.log()[offset:]):
            if time.monotonic() > until or self.process.poll() is not None:
                raise ServerError("no %r in the log\n%s" % (pattern, self.text()))
            time.sleep(0.02)
        time.sleep(0.1)


class Apache(Server):
    module = "mod_cnil.so"
    test_arguments = ["-t"]
    run_arguments = ["-DFOREGROUND"]
    stop_signal = signal.SIGTERM
    threads = 16  # of each of two processes; a connection over which a browser has not asked yet holds one
    settle = 0.2  # SIGTERM unloads OpenSSL under threads that are still closing a connection
    modules = "/usr/lib/apache2/modules"
    # Names of shared modules that the wrapper loads, those that are not there are left out; `extra` adds more.
    standard = ["mpm_event", "authz_core", "authz_host", "mime", "dir", "alias", "env", "setenvif", "headers", "filter",
                "deflate", "rewrite", "include", "proxy", "proxy_http", "socache_shmcb", "ssl"]

    def __init__(self, config, extra=(), without=(), **values):
        self.wanted = [name for name in self.standard if name not in without] + list(extra)
        super().__init__(config, **values)

    def command(self):
        return ["apache2", "-d", self.dir, "-f", self.conf]

    def wrap(self, config):
        loads = ["LoadModule %s_module %s/mod_%s.so" % (name, self.modules, name) for name in self.wanted
                 if os.path.exists("%s/mod_%s.so" % (self.modules, name))]
        if self.load:
            loads.append("LoadModule cnil_module %s" % self.module_path())
        return "\n".join([
            "ServerRoot @dir@",
            "DefaultRuntimeDir @dir@",
            "PidFile @dir@/apache.pid",
            "Mutex file:@dir@/logs default",
            "ErrorLog @dir@/error.log",
            "LogLevel info",
            "ServerName localhost",
            "User %s\nGroup %s" % (WORKER, WORKER) if os.geteuid() == 0 else "",
            "StartServers 1\nServerLimit 2\nThreadsPerChild %d\nMaxRequestWorkers %d\nMinSpareThreads 1\nMaxSpareThreads %d"
            % (self.threads, 2 * self.threads, 2 * self.threads) if "mpm_event" in self.wanted else "",
            "\n".join(loads),
            "TypesConfig /etc/mime.types",
            "DocumentRoot @dir@/www",
            "\n".join("Listen 127.0.0.1:%s" % port for port in sorted(set(re.findall(r"@port:\w+@", config)))),
            "<Directory @dir@>\nRequire all granted\n</Directory>",
            "CnilState @state@" if self.load and "CnilState" not in config else "",
            self.main,
            config,
            "",
        ])

    def start(self, timeout=30):
        """Its ports are open before it has read its state and set its signals: waits until it says that it runs."""
        super().start(timeout)
        until = time.monotonic() + timeout
        while b"resuming normal operations" not in self.log():
            if time.monotonic() > until or self.process.poll() is not None:
                raise ServerError("it never ran\n%s" % self.text())
            time.sleep(0.02)
        return self

    def reload(self):
        """A graceful restart; comes back when it is under way and the server answers again."""
        before = len(self.log())
        self.signal(signal.SIGUSR1)
        until = time.monotonic() + 20
        while b"resuming normal operations" not in self.log()[before:]:
            if time.monotonic() > until or self.process.poll() is not None:
                raise ServerError("no graceful restart\n%s" % self.text())
            time.sleep(0.02)

    def reopen(self):
        self.reload()
