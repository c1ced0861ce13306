/* SPDX-License-Identifier: MIT */
/* L3: rings under a protection: taking one on, laying it off, and the text that goes into a file. Touches no file. */
#include <string.h>

#include "base/diag.h"
#include "ring/ring_change.h"
#include "ring/ring_cipher.h"

void
ring_unprotect(struct sess_ring *ring)
{
	sess_protection_free(ring->protection);
	ring->protection = NULL;
	memset(&ring->seal, 0, sizeof(ring->seal));
}

int
sess_ring_protect(const sess_ring *ring, sess_protection *protection, sess_ring **ret_ring, sess_diag *diag)
{
	struct ring_seal seal;
	struct sess_ring *copy = NULL;
	int rc;

	diag_clear(diag);
	if (ring == NULL || ret_ring == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_protect: ring or ret_ring is NULL");
	if (protection == NULL && ring->protection == NULL) {
		*ret_ring = NULL;
		return 0;
	}
	if (protection != NULL && (rc = ring_seal_new(protection, &seal)) != 0)
		return diag_error(diag, rc, NULL);
	if ((rc = ring_change_begin(ring, 0, &copy, diag)) != 0)
		return rc;
	ring_unprotect(copy);
	if (protection != NULL) {
		copy->seal = seal;
		copy->protection = protection_ref(protection);
	}
	return ring_change_finish(copy, ret_ring, diag);
}

int
sess_ring_dump_protected(const sess_ring *ring, char **ret_text, size_t *ret_text_len, sess_diag *diag)
{
	char *json = NULL;
	size_t n = 0;
	int rc;

	diag_clear(diag);
	if (ring == NULL || ret_text == NULL || ret_text_len == NULL)
		return diag_error(diag, SESS_ERR_ARGUMENT, "sess_ring_dump_protected: a pointer is NULL");
	if (ring->protection == NULL)
		return sess_ring_dump(ring, ret_text, ret_text_len, diag);
	if ((rc = sess_ring_dump(ring, &json, &n, diag)) != 0)
		return rc;
	rc = ring_cipher_seal(&ring->seal, ring->protection, json, n, ret_text, ret_text_len, diag);
	sess_ring_text_free(json, n);
	return rc;
}
