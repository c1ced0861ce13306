/* SPDX-License-Identifier: MIT */
/* L5: the table of faults, and which of them a server's error means. No word of the server is passed on. */
#include "revocation/fault.h"

#include <string.h>

const char *
fault_name(enum fault fault)
{
	static const char *const names[] = {
#define FAULT_X(name, words) [FAULT_##name] = #name,
		FAULT_TABLE(FAULT_X)
#undef FAULT_X
	};

	return names[fault];
}

const char *
fault_words(enum fault fault)
{
	static const char *const words[] = {
#define FAULT_X(name, text) [FAULT_##name] = (text),
		FAULT_TABLE(FAULT_X)
#undef FAULT_X
	};

	return words[fault];
}

enum fault
fault_of_error(const char *text, size_t len)
{
	static const struct {
		const char *word;
		enum fault fault;
	} rows[] = { { "LOADING", FAULT_LOADING }, { "BUSY", FAULT_LOADING }, { "READONLY", FAULT_READONLY },
		{ "MASTERDOWN", FAULT_READONLY }, { "OOM", FAULT_OOM }, { "MOVED", FAULT_MOVED }, { "ASK", FAULT_MOVED },
		{ "CLUSTERDOWN", FAULT_MOVED }, { "CROSSSLOT", FAULT_MOVED }, { "MISCONF", FAULT_NO_WRITES },
		{ "NOREPLICAS", FAULT_NO_WRITES }, { "NOAUTH", FAULT_DENIED }, { "WRONGPASS", FAULT_DENIED },
		{ "NOPERM", FAULT_DENIED }, { "DENIED", FAULT_DENIED } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].word);

		if (len >= n && memcmp(text, rows[i].word, n) == 0 && (len == n || text[n] == ' '))
			return rows[i].fault;
	}
	return FAULT_ERROR;
}
