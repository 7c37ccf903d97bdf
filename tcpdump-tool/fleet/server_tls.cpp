// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/server_tls.hpp"

#include "fleet/server.hpp"

#include <cstring>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <memory>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string>

namespace pop3fleet {
namespace {

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using TlsSession = std::unique_ptr<SSL, decltype(&SSL_free)>;

// hiredis checks who has signed the certificate, and not for whom.
void expect(SSL &session, const std::string &host) {
    X509_VERIFY_PARAM *const wanted = SSL_get0_param(&session);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1) return;
    if (X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) != 1 ||
        SSL_ctrl(&session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 const_cast<char *>(host.c_str())) != 1) // its macro casts, too
        throw std::bad_alloc();
}

// Why there is no connection, and what helps.
std::string failure(const redisContext &context, const SSL &session, const TlsPeer &peer) {
    const long result = SSL_get_verify_result(&session);
    if (result == X509_V_OK) return fmt::format("{}: {}", peer.name, context.errstr);
    if (result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return fmt::format("{}: its certificate is not of {}: --server has to give a name that it "
                           "is of",
                           peer.name, peer.host);
    return fmt::format("{}: its certificate is not valid here: {} (--ca-file FILE names who may "
                       "sign it)",
                       peer.name, X509_verify_cert_error_string(result));
}

} // namespace

void start_tls(redisContext &context, const TlsPeer &peer) {
    const TlsContext settings{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    if (!settings) throw std::bad_alloc();
    SSL_CTX_set_min_proto_version(settings.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(settings.get(), SSL_VERIFY_PEER, nullptr);
    const bool has_signers =
        peer.ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(settings.get()) == 1
            : SSL_CTX_load_verify_locations(settings.get(), peer.ca_file.c_str(), nullptr) == 1;
    if (!has_signers) {
        const unsigned long code = ERR_get_error();
        const char *const reason = ERR_reason_error_string(code);
        throw ServerRefusal(fmt::format("--ca-file {}: {}", peer.ca_file,
                                        reason == nullptr ? std::strerror(ERR_GET_REASON(code))
                                                          : reason)); // not of OpenSSL, but errno
    }
    TlsSession session{SSL_new(settings.get()), SSL_free};
    if (!session) throw std::bad_alloc();
    expect(*session, peer.host);
    if (redisInitiateSSL(&context, session.get()) != REDIS_OK)
        throw ServerAway(failure(context, *session, peer));
    (void)session.release(); // the connection's
}

} // namespace pop3fleet
