# Sourced by in-debian: what the package has for other programs, with the real programs and the commands of its README.
# Clients that guess passwords are replayed, and others that only look like it.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # in-debian sets unit, log and metrics

examples=/usr/share/doc/pop3dump/examples
alert_line='[0-9.]+ #[0-9]+ [^ ]+ > [^ ]+ WARNING: '

# follow SECTION: the commands that the README has for it.
follow() {
    awk -v section="## $1" '/^## / { is_in = $0 == section } is_in && /^```/ { is_code = !is_code; next }
        is_in && is_code' "$examples/README.md" | sed 's/eth0/vb/g' >/check/commands
    [[ -s /check/commands ]] || fail "README.md has no commands for $1"
    bash -euo pipefail /check/commands || fail "$1: $(cat /check/commands)"
}

# fail2ban_bans [JAIL]
fail2ban_bans() {
    fail2ban-client get "${1-pop3dump}" banip | tr ' ' '\n' | sed '/^$/d' | sort
}
# Each jail reads the log by itself: one may have banned where the other has not read that far.
errors_are_banned() {
    cmp -s <(fail2ban_bans pop3dump-errors) <(printf '%s\n' "$@")
}
crowdsec_bans() {
    cscli decisions list -o raw | sed -n 's/^[^,]*,[^,]*,Ip:\([^,]*\),.*/\1/p' | sort
}

# PROGRAM_bans says the addresses that are to be banned, and no other.
bans_the_attackers() {
    cmp -s <("$1_bans") <(sort /check/attackers)
}

check_bans() {
    local program
    for program in fail2ban crowdsec; do
        eventually bans_the_attackers "$program"
    done
}

# What is matched in logs of every form that can be read, and in those of real captures.
check_forms() {
    local options said run=(pop3dump -q --alerts all --trusted-proxies 192.0.2.80 -r /check/clients.pcap)
    for options in --login-addresses '--peer mx1' -tttt; do
        # shellcheck disable=SC2086 # words
        "${run[@]}" $options >/check/form.log
        said=$(fail2ban-regex --out ip /check/form.log pop3dump | sort -u)
        [[ $said == "$(sort /check/attackers)" ]] || fail "the filter of fail2ban, $options: $said"
    done
    said=$(fail2ban-regex /check/golden.log 'pop3dump[mode=all]' | grep '^Lines: ')
    [[ $said == *" $(grep -cE "^$alert_line" /check/golden.log) matched,"* ]] || fail "fail2ban, golden logs: $said"
    "${run[@]}" --json >/check/form.json
    said=$(crowdsec -dsn file:///check/form.json -type pop3dump -no-api 2>&1 |
        sed -n "s/.*Ip \([^ ]*\) performed 'pop3ana.*/\1/p" | sort -u)
    [[ $said == "$(sort /check/attackers)" ]] || fail "CrowdSec, JSON: $said"
}

rsyslog_has_all() {
    cmp -s <(sed 's/^[^ ]* [^ ]* pop3dump: //' /var/log/pop3dump.syslog) <(cat "$@")
}

page_of_node_exporter() {
    python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:9100/metrics").read().decode())'
}
node_exporter_has_the_sessions() {
    page_of_node_exporter 2>/dev/null | grep -qx "pop3ana_sessions_total{interface=\"vb\"} $1"
}

check_integrations() {
    local sessions said

    echo '-- fail2ban, CrowdSec, rsyslog, node_exporter'
    systemctl stop "$unit"
    rm -f "$log"
    cp /etc/pop3ana/pop3dump.conf /check/pop3dump.conf
    echo 'trusted-proxies 192.0.2.80' >>/etc/pop3ana/pop3dump.conf
    systemctl start "$unit"
    # There is no firewall here, and no log of sshd.
    printf '[DEFAULT]\nbanaction = dummy\n[sshd]\nenabled = false\n[pop3dump-errors]\nenabled = true\n' \
        >/etc/fail2ban/jail.local
    follow fail2ban
    follow CrowdSec
    follow rsyslog
    follow Prometheus
    systemctl start prometheus-node-exporter
    eventually fail2ban-client ping >/dev/null
    check_forms

    replay clients
    replay hydra
    echo 203.0.113.9 >>/check/attackers
    check_bans

    echo '-- the same behind a rotation'
    logrotate --force /etc/logrotate.d/pop3dump
    eventually test -e "$log"
    replay hydra2
    echo 203.0.113.10 >>/check/attackers
    check_bans
    eventually errors_are_banned 203.0.113.10 203.0.113.9
    pop3dump -q --alerts all --trusted-proxies 192.0.2.80 -r /check/all.pcap >/check/all.log
    eventually cmp -s <(cat "$log.1" "$log" | plain_log /dev/stdin) <(plain_log /check/all.log)
    eventually rsyslog_has_all "$log.1" "$log"

    # What is commented out of the file of rsyslog is right, too.
    sed -i -E 's/^    #(action| {7})/    \1/' /etc/rsyslog.d/pop3dump.conf
    grep -q '^ *action(type="omfwd"' /etc/rsyslog.d/pop3dump.conf || fail 'rsyslog: nothing is commented out'
    said=$(rsyslogd -N1 2>&1) || fail "rsyslog: $said"

    echo '-- metrics'
    sessions=$(cat "$log.1" "$log" | grep -cE '^[0-9.]+ #[0-9]+ [^ ]+ > [^ ]+: new connection$')
    eventually node_exporter_has_the_sessions "$sessions"
    page_of_node_exporter | grep -qx 'node_textfile_scrape_error 0' || fail 'node_exporter does not like the metrics'
    said=$(/check/promtool check metrics <"$metrics" 2>&1) || fail "promtool: $said"
    [[ -z $said ]] || fail "promtool: $said"
    said=$(/check/promtool check rules "$examples/prometheus/pop3dump.rules.yml" 2>&1) || fail "promtool: $said"

    printf 'banned:\n%s\n' "$(fail2ban_bans)"
    systemctl stop fail2ban crowdsec rsyslog syslog.socket prometheus-node-exporter
    cp /check/pop3dump.conf /etc/pop3ana/pop3dump.conf
    systemctl restart "$unit"
    find /etc/fail2ban /etc/crowdsec /etc/rsyslog.d /var/lib/prometheus /var/log/pop3dump.syslog \
        -name '*pop3dump*' -delete
}
