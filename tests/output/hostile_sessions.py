"""Captures of sessions that hold every byte in every field, and of sessions full of secrets."""
import base64
import random
import re
import string

from conversation import Capture, Conversation

# What a reader must never find at the start of a line.
FORGED = b"1700000000.000001 #99999 > login successful: user forged password: forged"
# Bytes that do harm together: line ends, terminal escapes, ends of JSON strings, C1 and bidi in UTF-8.
TOGETHER = [b"\r\n", b"\n\r", b"\x1b]0;x\x07", b"\x1b[2J", b"\"},{\"", b"\\", b"\\u000a", b"%n%s", b"\xc2\x9b2J",
            b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\x8a", b"<redacted>"]


def encoded(data):
    return base64.b64encode(data)


def all_bytes_in_all_fields():
    """The capture, and for each session's port what stands in its fields."""
    capture, injected = Capture(), {}
    for number, bad in enumerate([*(bytes([byte]) for byte in range(256)), *TOGETHER]):
        port, text = 40_000 + number, b"a" + bad + FORGED
        injected[port] = text
        talk = Conversation(capture, port=port, client=f"10.0.{number // 200}.{number % 200 + 1}",
                            greeting=b"+OK " + text)
        talk.ask(text, b"-ERR " + text)
        talk.ask(b"USER " + text, text)
        talk.say("S", b"+OK " + text + b"\r\n")
        talk.ask(b"PASS " + text, b"-ERR " + text)
        talk.ask(b"APOP " + text, b"-ERR " + text)
        talk.ask(b"AUTH " + text, b"-ERR " + text)
        talk.ask(b"AUTH PLAIN " + text, b"-ERR " + text)
        talk.ask(b"AUTH PLAIN " + encoded(text + b"\0" + text + b"\0" + text), b"-ERR")
        talk.ask(b"AUTH CRAM-MD5", b"+ " + text)
        talk.ask(encoded(text + b" " + text), b"-ERR " + text)
        talk.ask(b"AUTH LOGIN", b"+ " + text)
        talk.ask(encoded(text), b"+ " + text)
        talk.ask(encoded(text), b"+OK " + text)
        talk.ask(b"USER " + text, b"+OK " + text)  # refused
        for command in (b"LIST 1", b"RETR", b"DELE", b"CAPA", text):
            talk.ask(command + b" " + text, b"-ERR " + text)
        talk.end()
    return capture, injected


class Secrets:
    """Words that may appear nowhere, and the captured lines that hold them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.words = set()

    def word(self):
        return "".join(self.random.choices(string.ascii_letters + string.digits, k=16)).encode()

    def secret(self):
        word = self.word()
        self.words.add(word)
        return word

    def line(self, data):
        """Base64 that no one may see either."""
        line = encoded(data)
        self.words.add(line)
        return line

    def shown_in(self, output):
        """The parts of eight bytes of a secret that are in `output`, case aside."""
        output = b"\n".join(set(re.findall(rb"[a-z0-9+/=]{8,}", output.lower())))  # each word once: much faster
        parts = {word[at: at + 8].lower() for word in self.words for at in range(len(word) - 7)}
        return sorted(part for part in parts if part in output)


def attempt(talk, secrets):
    """A login of a random kind, right or wrong, or something that a user might have mistyped."""
    draw, user = secrets.random, b"user%d" % secrets.random.randrange(10)
    status = draw.choice((b"+OK welcome", b"-ERR no"))

    def plain():
        return secrets.line(b"\0" + user + b"\0" + secrets.secret())

    kind = draw.randrange(11)
    if kind == 0:
        talk.ask(b"USER " + user, draw.choice((b"+OK", b"-ERR")))
        talk.ask(b"PASS " + secrets.secret() + b" " + secrets.secret(), status)
    elif kind == 1:
        talk.ask(b"APOP " + user + b" " + secrets.secret(), status)
    elif kind == 2:
        talk.ask(b"AUTH PLAIN " + plain(), status)
    elif kind == 3:
        talk.ask(b"auth plain", b"+ ")
        talk.ask(plain(), status)
    elif kind == 4:
        talk.ask(b"AUTH LOGIN", b"+ VXNlcm5hbWU6")
        talk.ask(encoded(user), b"+ UGFzc3dvcmQ6")
        talk.ask(secrets.line(secrets.secret()), status)
    elif kind == 5:
        talk.ask(b"AUTH CRAM-MD5", b"+ PDEyM0B4Pg==")
        talk.ask(secrets.line(user + b" " + secrets.secret()), status)
    elif kind == 6:
        talk.ask(b"AUTH XOAUTH2 " + secrets.line(b"user=" + user + b"\1auth=" + secrets.secret()), b"+ ")
        talk.ask(b"", status)
    elif kind == 7:
        talk.ask(b"AUTH PLAIN " + secrets.secret() + b"!?", status)  # no base64
    elif kind == 8:
        talk.ask(b"PSAS " + secrets.secret(), b"-ERR unknown command")
    elif kind == 9:
        talk.ask(secrets.secret(), b"-ERR unknown command")
    else:  # A PASS where none belongs, a SASL line too many.
        talk.ask(b"PASS " + secrets.secret(), b"-ERR")
        talk.ask(secrets.line(secrets.secret()), b"-ERR")


def sessions_with_secrets(seed, sessions=40):
    """A capture with some of its packets lost, and its secrets."""
    secrets, capture = Secrets(seed), Capture()
    for number in range(sessions):
        talk = Conversation(capture, port=40_000 + number, client=f"10.0.0.{number % 4 + 1}")
        for _ in range(secrets.random.randrange(1, 7)):
            attempt(talk, secrets)
        talk.end()
    loss = secrets.random.choice((0, 0, 0.03, 0.1))
    capture.packets = [packet for packet in capture.packets if secrets.random.random() >= loss]
    return capture, secrets
