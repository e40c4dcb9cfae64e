# SPDX-License-Identifier: Apache-2.0
"""An application behind a gateway protocol (FastCGI, SCGI, uwsgi): remembers the variables that it was given."""

import struct

from wire import Listener

HEAD = b"Content-Type: text/html; charset=utf-8\r\nSet-Cookie: _ga=from-application; Path=/\r\nSet-Cookie: sid=2\r\n\r\n"
BODY = b"<!DOCTYPE html><html><body><p>x</p></body></html>"


def read(file, count):
    data = file.read(count)
    if len(data) != count:
        raise EOFError
    return data


def read_scgi(file):
    """A netstring of name NUL value NUL."""
    digits = b""
    while (byte := read(file, 1)) != b":":
        digits += byte
    words = read(file, int(digits) + 1)[:-1].split(b"\0")
    return dict(zip(words[0::2], words[1::2]))


def read_uwsgi(file):
    """Four bytes, the size in the middle; then words, each behind its length."""
    data = read(file, struct.unpack("<xHx", read(file, 4))[0])
    words = []
    while data:
        size = struct.unpack("<H", data[:2])[0]
        words.append(data[2 : 2 + size])
        data = data[2 + size :]
    return dict(zip(words[0::2], words[1::2]))


def fastcgi_length(data):
    if data[0] < 128:
        return data[0], data[1:]
    return struct.unpack(">I", data[:4])[0] & 0x7FFFFFFF, data[4:]


def read_fastcgi(file):
    """Records until the empty one of standard input; those of kind 4 hold the variables."""
    data, values = b"", {}
    while True:
        _, kind, _, size, padding, _ = struct.unpack(">BBHHBB", read(file, 8))
        content = read(file, size)
        read(file, padding)
        if kind == 4:
            data += content
        if kind == 5 and size == 0:
            break
    while data:
        name, data = fastcgi_length(data)
        value, data = fastcgi_length(data)
        values[data[:name]] = data[name : name + value]
        data = data[name + value :]
    return values


def fastcgi_record(kind, content):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


class Gateway(Listener):
    """Listens on a free loopback port; `seen` holds the variables of each request, in order."""

    readers = {"fastcgi": read_fastcgi, "scgi": read_scgi, "uwsgi": read_uwsgi}

    def __init__(self, protocol):
        self.protocol = protocol
        self.seen = []
        super().__init__()

    def serve(self, connection):
        with connection, connection.makefile("rb") as file:
            try:
                self.seen.append(self.readers[self.protocol](file))
                connection.sendall(self.answer())
            except (EOFError, OSError):
                pass

    def answer(self):
        if self.protocol == "fastcgi":
            return fastcgi_record(6, b"Status: 200 OK\r\n" + HEAD + BODY) + fastcgi_record(6, b"") + fastcgi_record(3, bytes(8))
        return (b"HTTP/1.0 200 OK\r\n" if self.protocol == "uwsgi" else b"Status: 200 OK\r\n") + HEAD + BODY

    def cookie(self):
        """What the last request said in Cookie; None when it said nothing."""
        return self.seen[-1].get(b"HTTP_COOKIE") if self.seen else b"(not asked)"
