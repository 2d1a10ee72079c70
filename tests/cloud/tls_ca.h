/* SPDX-License-Identifier: Apache-2.0 */
/* tls_ca: a certificate authority for one run, and a server certificate for 127.0.0.1, localhost and
 * NAME.kms.localhost: regions that are hosts of their own, as AWS has them. */
#pragma once

struct tls_ca {
	char *ca_pem;   /* certificate of the authority; owned */
	char *cert_pem; /* of the server; owned */
	char *key_pem;  /* private key of the server; owned, wiped by fini */
};

/* Refuses: 1, OpenSSL failed. The authority's private key does not outlive the call. */
int tls_ca_make(struct tls_ca *ret_ca);
void tls_ca_fini(struct tls_ca *ca);
