/* libwebsockets, and the few macros and inline pieces of it that Swift cannot import. */
#ifndef WEBMON_LWS_SHIMS_H
#define WEBMON_LWS_SHIMS_H

#include <libwebsockets.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>
#include <stdbool.h>

/* Room that lws_write needs before the bytes that it is given. */
static const size_t webmon_lws_pre = LWS_PRE;

/* Bits of lws_context_creation_info.options, in the type of the field. */
static const uint64_t webmon_lws_server_options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
static const uint64_t webmon_lws_no_ipv6 = LWS_SERVER_OPTION_DISABLE_IPV6;
static const uint64_t webmon_lws_unix_socket = LWS_SERVER_OPTION_UNIX_SOCK;
static const uint64_t webmon_lws_tls = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;

/* What of TLS is not served: all before 1.2, and new handshakes on old connections, which cost the server more than the client. */
static const long webmon_tls_refused = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_RENEGOTIATION;

/* SSL_CTX_use_PrivateKey_file failed because the key is not the certificate's. */
static inline bool webmon_is_key_mismatch(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH;
}

#endif
