/* SPDX-License-Identifier: Apache-2.0 */
#include "tls_ca.h"
#include "alloc.h"
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define VALID_S (30L * 86400)

static void free_pkey(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

static void free_x509(X509 **c)
{
	X509_free(*c);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	bool good = extension && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return good;
}

static X509 *certificate(EVP_PKEY *key, const char *name, X509 *issuer)
{
	X509 *cert = X509_new();
	unsigned char serial[8] = {0};
	if (!cert)
		return NULL;
	X509_NAME *subject = X509_get_subject_name(cert);
	(void)RAND_bytes(serial, sizeof serial);
	serial[0] &= 0x7f; /* positive */
	BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
	bool good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) &&
		    X509_set_version(cert, 2) == 1 && X509_gmtime_adj(X509_getm_notBefore(cert), -86400) &&
		    X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) && X509_set_pubkey(cert, key) == 1 &&
		    X509_NAME_add_entry_by_txt(
			    subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1 &&
		    X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject) == 1;
	BN_free(number);
	if (good)
		return cert;
	X509_free(cert);
	return NULL;
}

static char *pem_of(BIO *bio)
{
	char *data = NULL;
	long len = bio ? BIO_get_mem_data(bio, &data) : 0;
	return len > 0 ? alloc_span(data, (size_t)len) : NULL;
}

static char *cert_pem(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = bio && PEM_write_bio_X509(bio, cert) == 1 ? pem_of(bio) : NULL;
	BIO_free(bio);
	return text;
}

static char *key_pem(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	bool good = bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	char *text = good ? pem_of(bio) : NULL;
	BIO_free(bio);
	return text;
}

int tls_ca_make(struct tls_ca *ret_ca)
{
	__attribute__((cleanup(free_pkey))) EVP_PKEY *ca_key = EVP_EC_gen("P-256"),
						     *key = EVP_EC_gen("P-256");
	if (!ca_key || !key)
		return 1;
	__attribute__((cleanup(free_x509))) X509 *ca =
		certificate(ca_key, "cmekd-cloud test authority", NULL);
	if (!ca || !add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
		!add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") ||
		!add_extension(ca, ca, NID_subject_key_identifier, "hash") ||
		X509_sign(ca, ca_key, EVP_sha256()) == 0)
		return 1;
	__attribute__((cleanup(free_x509))) X509 *cert = certificate(key, "localhost", ca);
	if (!cert || !add_extension(cert, ca, NID_basic_constraints, "critical,CA:FALSE") ||
		!add_extension(cert, ca, NID_key_usage, "critical,digitalSignature") ||
		!add_extension(cert, ca, NID_ext_key_usage, "serverAuth") ||
		!add_extension(
			cert, ca, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost,DNS:*.kms.localhost") ||
		!add_extension(cert, ca, NID_authority_key_identifier, "keyid") ||
		X509_sign(cert, ca_key, EVP_sha256()) == 0)
		return 1;
	struct tls_ca made = {.ca_pem = cert_pem(ca), .cert_pem = cert_pem(cert), .key_pem = key_pem(key)};
	if (!made.ca_pem || !made.cert_pem || !made.key_pem) {
		tls_ca_fini(&made);
		return 1;
	}
	*ret_ca = made;
	return 0;
}

void tls_ca_fini(struct tls_ca *ca)
{
	if (ca->key_pem)
		OPENSSL_cleanse(ca->key_pem, strlen(ca->key_pem));
	free(ca->ca_pem);
	free(ca->cert_pem);
	free(ca->key_pem);
	*ca = (struct tls_ca){0};
}
