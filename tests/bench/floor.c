/* SPDX-License-Identifier: Apache-2.0 */
/* floor: what a check costs at least with libcurl: DescribeKey and GetKeyPolicy, signed, over kept connections; the answers
 * are thrown away.
 *
 *   floor URL CA_FILE CONNECTIONS CHECKS ARN...        key id and secret in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY
 */
#include "meter.h"
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 64
#define WARM            64 /* checks before it is counted: the connections are up, the CA store is read */

struct line {
	CURL *easy;
	struct curl_slist *headers[2]; /* of DescribeKey and GetKeyPolicy */
	char body[512], scope[128];
	const char *arn;
	bool second;
};

static struct line lines[CONNECTIONS_MAX];

static size_t ignore(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static void ask(CURLM *multi, struct line *l)
{
	curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers[l->second]);
	if (curl_multi_add_handle(multi, l->easy) != CURLM_OK)
		exit(1);
}

static void open_line(struct line *l, const char *url, const char *ca, const char *arn)
{
	static const char *const ops[] = {"DescribeKey", "GetKeyPolicy"};
	char region[64] = "", target[128];

	(void)sscanf(arn, "arn:aws:kms:%63[^:]", region);
	(void)snprintf(l->body, sizeof l->body, "{\"KeyId\":\"%s\"}", arn);
	(void)snprintf(l->scope, sizeof l->scope, "aws:amz:%s:kms", region);
	for (int i = 0; i < 2; i++) {
		(void)snprintf(target, sizeof target, "X-Amz-Target: TrentService.%s", ops[i]);
		l->headers[i] = curl_slist_append(NULL, target);
		l->headers[i] = curl_slist_append(l->headers[i], "Content-Type: application/x-amz-json-1.1");
	}
	l->easy = curl_easy_init();
	if (!l->easy || !l->headers[0] || !l->headers[1])
		exit(1);
	curl_easy_setopt(l->easy, CURLOPT_URL, url);
	curl_easy_setopt(l->easy, CURLOPT_CAINFO, ca);
	curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, l->body);
	curl_easy_setopt(l->easy, CURLOPT_AWS_SIGV4, l->scope);
	curl_easy_setopt(l->easy, CURLOPT_USERNAME, getenv("AWS_ACCESS_KEY_ID"));
	curl_easy_setopt(l->easy, CURLOPT_PASSWORD, getenv("AWS_SECRET_ACCESS_KEY"));
	curl_easy_setopt(l->easy, CURLOPT_WRITEFUNCTION, ignore);
	curl_easy_setopt(l->easy, CURLOPT_PRIVATE, l);
	curl_easy_setopt(l->easy, CURLOPT_NOSIGNAL, 1L);
}

/* The line whose transfer has ended; it must have ended well. */
static struct line *ended(CURLM *multi)
{
	int left;
	long status = 0;
	struct line *l = NULL;
	CURLMsg *m = curl_multi_info_read(multi, &left);

	if (!m)
		return NULL;
	curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&l);
	curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
	if (m->data.result != CURLE_OK || status != 200) {
		(void)fprintf(stderr, "floor: %s, status %ld\n", curl_easy_strerror(m->data.result), status);
		exit(1);
	}
	curl_multi_remove_handle(multi, l->easy);
	return l;
}

int main(int argc, char **argv)
{
	unsigned long connections = argc > 5 ? strtoul(argv[3], NULL, 10) : 0,
		      checks = argc > 5 ? strtoul(argv[4], NULL, 10) : 0, done = 0;
	struct meter from = {0};
	CURLM *multi;

	if (connections == 0 || connections > CONNECTIONS_MAX || checks == 0) {
		(void)fprintf(stderr, "usage: floor URL CA_FILE CONNECTIONS CHECKS ARN...\n");
		return 2;
	}
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(multi = curl_multi_init()))
		return 1;
	for (unsigned long i = 0; i < connections; i++) {
		open_line(&lines[i], argv[1], argv[2], argv[5 + i % (unsigned long)(argc - 5)]);
		ask(multi, &lines[i]);
	}
	while (done < WARM + checks) {
		int running;
		struct line *l;
		bool any = false;

		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return 1;
		while ((l = ended(multi))) {
			any = true;
			if (l->second && ++done == WARM)
				from = meter_read();
			l->second = !l->second;
			ask(multi, l);
		}
		if (!any && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK)
			return 1;
	}
	meter_print(from, done - WARM);
	return 0;
}
