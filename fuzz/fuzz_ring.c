/* SPDX-License-Identifier: MIT */
/*
 * Loading a ring. A finding means that a file which an operator can write crashes the process, or that a ring which was
 * accepted is not the same after it has been written and read once more.
 */
#include <sess/sess.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sess_ring *ring = NULL, *again = NULL;
	char *text = NULL, *second = NULL;
	size_t len = 0, second_len = 0;
	sess_diag diag;

	if (sess_ring_load_mem(data, size, NULL, &ring, &diag) != 0) {
		if (ring != NULL || diag.code >= 0 || diag.message[0] == '\0')
			abort();
		return 0;
	}
	if (sess_ring_dump(ring, &text, &len, &diag) != 0 || sess_ring_load_mem(text, len, NULL, &again, &diag) != 0 ||
	    sess_ring_dump(again, &second, &second_len, &diag) != 0 || len != second_len || memcmp(text, second, len) != 0)
		abort();
	sess_ring_text_free(text, len);
	sess_ring_text_free(second, second_len);
	sess_ring_free(ring);
	sess_ring_free(again);
	return 0;
}
