/* SPDX-License-Identifier: MIT */
/* L4: sess_context_net_prefix(): an address reduced to its network. Opens no socket and asks no resolver. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <sess/context.h>

#include "base/diag.h"

#define V4_DEFAULT 24
#define V6_DEFAULT 56

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* Why a text is no address, as far as its look can say. */
static const char *
complain(const char *text)
{
	const char *colon = strchr(text, ':');

	if (text[0] == '\0')
		return "the address is empty";
	if (text[0] == '[')
		return "the address stands in brackets; give it without them, and without the port";
	if (strchr(text, '%') != NULL)
		return "the address has a zone; give it without the % and what follows";
	if (strchr(text, '/') != NULL)
		return "the address has a prefix length already; give the address alone";
	if (colon != NULL && strchr(text, '.') != NULL && strchr(colon + 1, ':') == NULL)
		return "the address has a port; give it without";
	return "the address is neither IPv4 (203.0.113.9) nor IPv6 (2001:db8::9)";
}

static void
cut(uint8_t *bytes, size_t n, int bits)
{
	for (size_t i = 0; i < n; i++) {
		int left = bits - (int)i * 8;

		if (left <= 0)
			bytes[i] = 0;
		else if (left < 8)
			bytes[i] = (uint8_t)(bytes[i] & (0xff << (8 - left)));
	}
}

int
sess_context_net_prefix(const char *ip_text, int v4_bits, int v6_bits, char out[SESS_NET_PREFIX_MAX], sess_diag *diag)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	int is_v4, bits;

	diag_clear(diag);
	if (ip_text == NULL || out == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_context_net_prefix: a pointer is NULL");
	if (v4_bits < 0 || v4_bits > 32 || v6_bits < 0 || v6_bits > 128)
		return diag_error(diag, SESS_ERR_ARGUMENT, "a prefix has 1 to 32 bits of IPv4, 1 to 128 of IPv6; 0 is the default");
	is_v4 = inet_pton(AF_INET, ip_text, bytes) == 1;
	if (!is_v4 && inet_pton(AF_INET6, ip_text, bytes) != 1)
		return diag_error(diag, SESS_ERR_ARGUMENT, "%s", complain(ip_text));
	/* One client must not have two networks for the way in which the socket was opened. */
	if (!is_v4 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		memmove(bytes, bytes + sizeof(mapped), 4);
		is_v4 = 1;
	}
	bits = is_v4 ? (v4_bits == 0 ? V4_DEFAULT : v4_bits) : (v6_bits == 0 ? V6_DEFAULT : v6_bits);
	cut(bytes, is_v4 ? 4 : 16, bits);
	if (inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes, text, sizeof(text)) == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "the address cannot be written");
	(void)snprintf(out, SESS_NET_PREFIX_MAX, "%s/%d", text, bits);
	return 0;
}
