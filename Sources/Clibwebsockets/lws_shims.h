/* libwebsockets, and the few macros and inline pieces of it that Swift cannot import. */
#ifndef WEBMON_LWS_SHIMS_H
#define WEBMON_LWS_SHIMS_H

#include <libwebsockets.h>

/* Room that lws_write needs before the bytes that it is given. */
static const size_t webmon_lws_pre = LWS_PRE;

/* Bits of lws_context_creation_info.options, in the type of the field. */
static const uint64_t webmon_lws_server_options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
static const uint64_t webmon_lws_no_ipv6 = LWS_SERVER_OPTION_DISABLE_IPV6;

#endif
