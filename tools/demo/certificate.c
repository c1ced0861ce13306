/* SPDX-License-Identifier: MIT */
/*
 * A certificate for loopback, signed by itself, made anew at each start: `Secure` and `__Host-` cookies need TLS, and nobody but this
 * host's own browser is to trust it.
 */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

#define LIFE_S (30 * 86400)

static int
fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	static const unsigned char loopback[4] = { 127, 0, 0, 1 };
	const time_t now = time(NULL);
	unsigned char serial[8] = { 1 };
	int rc;

	memcpy(serial + 1, &now, sizeof(serial) - 1);
	if ((rc = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial))) < 0 ||
	    (rc = gnutls_x509_crt_set_activation_time(crt, now - 3600)) < 0 ||
	    (rc = gnutls_x509_crt_set_expiration_time(crt, now + LIFE_S)) < 0 ||
	    (rc = gnutls_x509_crt_set_dn(crt, "CN=sess demo on this host", NULL)) < 0 ||
	    (rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9, GNUTLS_FSAN_SET)) < 0 ||
	    (rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, loopback, 4, GNUTLS_FSAN_APPEND)) <
		0 ||
	    (rc = gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0 ||
	    (rc = gnutls_x509_crt_set_key(crt, key)) < 0)
		return rc;
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

static char *
text_of(gnutls_datum_t *pem)
{
	char *text = strndup((const char *)pem->data, pem->size);

	gnutls_free(pem->data);
	return text;
}

int
certificate_make(char **ret_cert_pem, char **ret_key_pem)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	gnutls_datum_t cert_pem, key_pem;
	int rc;

	if ((rc = gnutls_x509_privkey_init(&key)) == 0 && (rc = gnutls_x509_crt_init(&crt)) == 0 &&
	    (rc = gnutls_x509_privkey_generate(
		 key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0)) == 0 &&
	    (rc = fill(crt, key)) == 0 && (rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &cert_pem)) == 0) {
		*ret_cert_pem = text_of(&cert_pem);
		if ((rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &key_pem)) == 0)
			*ret_key_pem = text_of(&key_pem);
	}
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	if (rc == 0 && *ret_cert_pem != NULL && *ret_key_pem != NULL)
		return 0;
	fprintf(stderr, "sess-demo: the certificate: %s\n", gnutls_strerror(rc));
	return -1;
}
