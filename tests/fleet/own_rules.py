"""What each form is to look like by its documentation, in our own words: the check that needs nothing
from elsewhere. Of each path, the type; of each kind of line, what it must have.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import ipaddress
import re


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def text(value):
    return isinstance(value, str)


def flag(value):
    return isinstance(value, bool)


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def port(value):
    return whole(value) and value <= 65535


def texts(value):
    return isinstance(value, list) and all(map(text, value))


def address(value):
    try:
        return text(value) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def addresses(value):
    return texts(value) and all(map(address, value))


def like(pattern):
    return lambda value: text(value) and bool(re.fullmatch(pattern, value))


def one_of(*values):
    return lambda value: type(value) in map(type, values) and value in values


UTC = like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
EVE_TIME = like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000")
ENDS = ["id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"]
ZEEK_ENDS = dict(zip(ENDS, (address, port, address, port)))
KINDS = ("errors", "guessing", "spraying", "distributed", "breach", "stls")

# A kind of line is the value at the path in KIND.
KIND = {"eve": "event_type", "zeek": "_path", "ecs": "event.action", "ocsf": "class_uid"}
NEEDED = {
    "eve": {
        None: ["timestamp", "flow_id", "event_type", "src_ip", "src_port", "dest_ip", "dest_port",
               "proto", "app_proto"],
        "pop3": [],
        "alert": [f"alert.{name}" for name in ("action", "gid", "signature_id", "rev", "signature",
                                               "category", "severity")],
        "anomaly": ["anomaly.type", "anomaly.event"], "tls": ["tls.session_resumed"],
        "flow": ["flow.start", "flow.end", "flow.state", "flow.reason"],
    },
    "zeek": {
        None: ["ts", "uid", *ENDS], "conn": ["proto", "service", "duration", "missed_bytes"],
        "notice": ["note", "msg", "src", "dst", "p", "actions", "suppress_for"],
        "weird": ["name", "notice", "peer"], "ssl": ["resumed"], "pop3": ["event"],
    },
    "ecs": {
        None: ["@timestamp", "ecs.version", "event.kind", "event.category", "event.type",
               "source.ip", "source.port", "destination.ip", "destination.port", "related.ip"],
        **{name: [] for name in ("new_connection", "request", "unexpected", "terminated", "anomaly",
                                 "proxied", "session_end", "tls", "stls_offer")},
        **{name: ["event.outcome"] for name in ("login_success", "login_failure", "reply")},
        **{name: ["rule.id", "rule.name", "message"] for name in ("alert", "threshold_warning")},
    },
    "ocsf": {
        None: ["activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time",
               "metadata.version", "metadata.product.name", "metadata.original_time"],
        3002: ["user.name", "status_id", "src_endpoint.ip", "dst_endpoint.ip"],
        2004: ["finding_info.uid", "finding_info.title", "evidences.src_endpoint.ip"],
    },
}
TYPES = {
    "eve": {
        "timestamp|flow.start|flow.end": EVE_TIME, "flow_id|pcap_cnt": whole, "pcap_filename": text,
        "src_ip|dest_ip": address, "src_port|dest_port": port, "ip_v": one_of(4, 6),
        "event_type": one_of("pop3", "alert", "anomaly", "tls", "flow"), "proto": one_of("TCP"),
        "app_proto|anomaly.app_proto": one_of("pop3"), "community_id|host": text,
        "direction": one_of("to_server"), "pop3.request.command|pop3.response.header": text,
        "pop3.request.args": texts, "pop3.response.success": flag,
        "pop3.response.status": one_of("OK", "ERR"), "alert.action": one_of("allowed"),
        "alert.gid|alert.rev": one_of(1), "alert.severity": one_of(1, 2, 3),
        "alert.signature_id": one_of(*range(1110001, 1110007)), "alert.signature|alert.category": text,
        "alert.metadata.(alert|user|count|detail)": texts,
        "anomaly.type": one_of("stream", "applayer"), "anomaly.event": like(r"[a-z0-9_]+"),
        "anomaly.layer": one_of("proto_parser"), "tls.version": like(r"TLS 1\.[1-3]|TLSv1"),
        "tls.(sni|ja4)": text, "tls.server_alpns": texts, "tls.session_resumed": flag,
        "flow.state": one_of("closed", "established"),
        "flow.reason": one_of("timeout", "forced", "tcp_reuse"),
    },
    "zeek": {
        "_path": one_of("conn", "notice", "weird", "ssl", "pop3"), "ts|duration|reply_s": number,
        "uid": like(r"[0-9a-f]{24}"), "(id.)?(orig|resp)_h|src|dst|proxy_client_h": address,
        "(id.)?(orig|resp)_p|p|proxy_client_p": port, "proto": one_of("tcp"), "service": one_of("pop3"),
        "orig_bytes|resp_bytes|missed_bytes|n|errors": whole, "conn_state": one_of("SF"),
        "note": like(r"POP3::[A-Za-z_]+"), "actions|email_dest": texts, "suppress_for": number,
        "name": like(r"pop3_[a-z0-9_]+"), "version": like("TLSv1[0-3]"),
        "notice|resumed|success|cleartext|inferred|truncated|proxy_trusted|stls_offered": flag,
        "msg|sub|peer_descr|peer|source|addl|cipher|server_name|next_protocol|last_alert|event|command"
        "|arg|status|response_code|user|mechanism|authzid|reason|proxy_source|community_id"
        "|_system_name": text,
    },
    "ecs": {
        "@timestamp|event.start|event.end": UTC, "ecs.version": one_of("9.4.0"),
        "event.kind": one_of("event", "alert"), "event.category|event.type|related.user": texts,
        "event.outcome": one_of("success", "failure"), "event.(duration|severity)": whole,
        "event.(action|module|dataset|reason)|message": text, "rule.name": one_of(*KINDS),
        "rule.(id|description|ruleset)": text, "observer.(vendor|product|name)": text,
        "(source|destination).ip|network.forwarded_ip": address, "related.ip": addresses,
        "(source|destination).port": port, "(source|destination|network).bytes": whole,
        "network.type": one_of("ipv4", "ipv6"), "network.transport": one_of("tcp"),
        "network.protocol": one_of("pop3"), "network.community_id": text, "user.name": text,
        "user.effective.name": text, "tls.version": like(r"1\.[0-3]"),
        "tls.version_protocol": one_of("tls"), "tls.(cipher|next_protocol|client.server_name)": text,
        "tls.resumed": flag, "pop3ana.stls": texts,
        "pop3ana.(uid|file|phase|command|argument|status|response_code|mechanism|proxy.source|tls.ja4"
        "|tls.alert)": text,
        "pop3ana.(cleartext|inferred|truncated|proxy.trusted|stls_offered)": flag, "pop3ana.proxy.ip": address,
        "pop3ana.proxy.(client_)?port": port,
        "pop3ana.(session|frame|reply_end|errors|count|request_frame|lost_bytes|lost_commands|left_out"
        "|failed_logins|commands|ok|err|anomalies|gaps|gap_bytes|retr|retr_bytes|top|top_bytes|deleted"
        "|greeting_ns|login_ns|reply_end|reply_ns|reply_max_ns|first_frame|last_frame)": whole,
    },
    "ocsf": {
        "class_uid": one_of(2004, 3002), "category_uid": one_of(2, 3), "activity_id": one_of(1),
        "type_uid": one_of(200401, 300201), "severity_id": one_of(1, 2, 3, 4),
        "status_id": one_of(1, 2), "timezone_offset": one_of(0),
        "(class|category|activity|type)_name|severity|status|status_code|status_detail|message": text,
        "time|finding_info.created_time": whole, "metadata.original_time": UTC,
        "metadata.version": one_of("1.8.0"), "metadata.product.(name|vendor_name)": text,
        "metadata.(event_code|reporter.name)": text, "(evidences.)?(src|dst)_endpoint.ip": address,
        "(evidences.)?(src|dst)_endpoint.port": port, "(evidences.)?dst_endpoint.svc_name": text,
        "(evidences.)?user.name|service.name|session.uid": text, "auth_protocol_id": one_of(0, 99),
        "auth_protocol": text, "is_cleartext|is_remote|is_alert|unmapped.inferred": flag,
        "logon_type_id": one_of(3), "logon_type|unmapped.community_id": text, "unmapped.count": whole,
        "finding_info.(uid|title|desc|analytic.(uid|name|type))": text,
        "finding_info.analytic.type_id": one_of(1),
        "evidences.connection_info.(uid|community_uid|direction|protocol_name)": text,
        "evidences.connection_info.direction_id": one_of(0),
        "evidences.connection_info.protocol_num": one_of(6),
    },
}


def leaves(value, path=""):
    """(path, value) of what is no object; of an array of one object, those of it."""
    for name, inner in value.items():
        if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], dict):
            inner = inner[0]
        if isinstance(inner, dict):
            yield from leaves(inner, f"{path}{name}.")
        else:
            yield path + name, inner


class OwnRules:
    def __init__(self, form):
        self.kind, self.needed = KIND[form], NEEDED[form]
        self.types = [(re.compile(path), check) for path, check in TYPES[form].items()]
        self.found = {}  # a path and its check

    def check_of(self, path):
        if path not in self.found:
            self.found[path] = next((check for pattern, check in self.types
                                     if pattern.fullmatch(path)), None)
        return self.found[path]

    def complaints(self, line):
        paths = dict(leaves(line))
        kind = paths.get(self.kind)
        if kind not in self.needed:
            yield f"{self.kind}: {kind!r} is not known"
        for path in self.needed[None] + self.needed.get(kind, []):
            if path not in paths:
                yield f"{path} is missing"
        for path, value in paths.items():
            check = self.check_of(path)
            if check is None:
                yield f"{path} is not known"
            elif not check(value):
                yield f"{path}: {value!r} has another type"
