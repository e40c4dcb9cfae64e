# SPDX-License-Identifier: Apache-2.0
"""HTTP as bytes, for tests that look at what really crosses the wire: an origin that answers what it is told, a client
that keeps order, case, framing and the time at which bytes came."""

import collections
import socket
import ssl
import threading
import time

Request = collections.namedtuple("Request", "method target version headers body")


def lookup(headers, name):
    """All values of a field, in order."""
    return [value for key, value in headers if key.lower() == name.lower()]


def read_head(file):
    """The first line and the fields of a message; None at the end of the connection."""
    first = file.readline()
    if not first:
        return None
    headers = []
    while True:
        line = file.readline().rstrip(b"\r\n")
        if not line:
            return first.rstrip(b"\r\n").decode("latin-1"), headers
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))


class Listener:
    """Listens on a free loopback port; each connection is served in a thread of its own, by `serve`."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        raise NotImplementedError

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes accept(), which would go on with whatever gets this descriptor
        except OSError:
            pass
        self.socket.close()


class Origin(Listener):
    """A web server on a free loopback port. `answer(request)` gives the whole response: bytes, or an iterable of bytes that
    are sent one by one as they come. The connection is closed after each response unless `keep` is true."""

    def __init__(self, answer):
        self.answer = answer
        self.requests = []
        super().__init__()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as file:
            head = read_head(file)
            if head is None:
                return
            method, target, version = (head[0].split(" ") + ["", ""])[:3]
            length = lookup(head[1], "content-length")
            request = Request(method, target, version, head[1], file.read(int(length[0])) if length else b"")
            self.requests.append(request)
            response = self.answer(request)
            try:
                for piece in [response] if isinstance(response, bytes) else response:
                    connection.sendall(piece)
            except OSError:
                pass  # the server hung up: its right

    def last(self, target=None):
        """The request that came last (for `target`); None when there was none."""
        found = [one for one in self.requests if target is None or one.target == target]
        return found[-1] if found else None


def response(body=b"", status="200 OK", headers=(), length=True):
    """The bytes of a response; Content-Type is text/html in UTF-8 unless `headers` says another."""
    fields = list(headers)
    if not lookup(fields, "content-type"):
        fields.append(("Content-Type", "text/html; charset=utf-8"))
    if length:
        fields.append(("Content-Length", str(len(body))))
    fields.append(("Connection", "close"))
    head = "HTTP/1.1 %s\r\n%s\r\n" % (status, "".join("%s: %s\r\n" % field for field in fields))
    return head.encode("latin-1") + body


class Response:
    """What came back. `times`: seconds after the request at which pieces of the body came, with their lengths."""

    def __init__(self, status, headers, body, times, complete):
        self.status, self.headers, self.body, self.times, self.complete = status, headers, body, times, complete

    def all(self, name):
        return lookup(self.headers, name)

    def one(self, name):
        values = self.all(name)
        return values[0] if values else None


def fetch(port, target="/", method="GET", headers=(), body=b"", tls=True, host=None, version="1.1", timeout=20, rate=None):
    """One request on a connection of its own. `rate`: bytes a second to read at most."""
    raw = socket.create_connection(("127.0.0.1", port), timeout)
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = context.wrap_socket(raw, server_hostname="localhost")
    fields = list(headers)
    if not lookup(fields, "host"):
        fields.insert(0, ("Host", host or "localhost:%d" % port))
    if body or method == "POST":
        fields.append(("Content-Length", str(len(body))))
    if version == "1.1":
        fields.append(("Connection", "close"))
    started = time.monotonic()
    with raw:
        head = "%s %s HTTP/%s\r\n%s\r\n" % (method, target, version, "".join("%s: %s\r\n" % field for field in fields))
        raw.sendall(head.encode("latin-1") + body)
        with raw.makefile("rb", buffering=0 if rate is None else 4096) as unbuffered:
            return read_response(unbuffered, method, started, rate)


def read_line(file):
    line = b""
    while not line.endswith(b"\n"):
        byte = file.read(1)
        if not byte:
            break
        line += byte
    return line


def read_exactly(file, count, note, rate):
    data = b""
    while len(data) < count:
        piece = file.read(min(count - len(data), 4096 if rate else 65536))
        if not piece:
            break
        note(len(piece))
        data += piece
        if rate:
            time.sleep(len(piece) / rate)
    return data


def read_response(file, method, started, rate=None):
    status_line = read_line(file)
    if not status_line:
        return Response(0, [], b"", [], False)
    status = int(status_line.split(b" ")[1])
    headers = []
    while True:
        line = read_line(file).rstrip(b"\r\n")
        if not line:
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name, value.strip()))
    times = []

    def note(count):
        times.append((time.monotonic() - started, count))

    body, complete = b"", True
    length = lookup(headers, "content-length")
    if method == "HEAD" or status in (204, 304) or status < 200:
        pass
    elif [value.lower() for value in lookup(headers, "transfer-encoding")] == ["chunked"]:
        while True:
            size = read_line(file).strip()
            if not size:
                complete = False
                break
            count = int(size.split(b";")[0], 16)
            piece = read_exactly(file, count, note, rate)
            body += piece
            read_line(file)
            if count == 0:
                break
            if len(piece) < count:
                complete = False
                break
    elif length:
        body = read_exactly(file, int(length[0]), note, rate)
        complete = len(body) == int(length[0])
    else:
        body = read_exactly(file, 1 << 62, note, rate)
    return Response(status, headers, body, times, complete)


def until(holds, patience=30):
    """Waits until holds() is true, as long as a busy machine may take (seconds); whether it was."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Checks:
    """Counts what holds and what does not, and says the latter."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, sentence, holds, detail=""):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print("FAIL %s%s" % (sentence, ": %s" % (detail,) if detail != "" else ""), flush=True)
        return holds

    def skip(self, sentence, reason):
        self.skipped += 1
        print("SKIP %s: %s" % (sentence, reason))

    def end(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0
