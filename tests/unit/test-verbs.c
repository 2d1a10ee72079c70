/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/verbs.h"
#include "proto/interface.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* The next line that begins with `word `; its rest up to the '(' is copied. NULL: no more. */
static const char *next_word(const char *text, const char *word, char *ret_name, size_t size)
{
	for (; text && *text; text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL) {
		size_t len = strlen(word);
		if (strncmp(text, word, len) != 0 || text[len] != ' ')
			continue;
		const char *name = text + len + 1;
		size_t name_len = strcspn(name, " (\n");
		assert_true(name_len < size);
		memcpy(ret_name, name, name_len);
		ret_name[name_len] = '\0';
		return name + name_len;
	}
	return NULL;
}

static void test_table_and_interface_agree(void **state)
{
	(void)state;
	bool seen[VERB_COUNT] = {false};
	char name[64], method[96] = "";
	unsigned methods = 0;
	for (const char *at = interface_io_cmekd; (at = next_word(at, "method", name, sizeof name));
		methods++) {
		enum verb v;
		strcpy(method, VERB_INTERFACE ".");
		strcat(method, name);
		if (!verb_parse_method(method, &v))
			fail_msg("%s is in the interface file, but not in VERB_TABLE", method);
		assert_false(seen[v]);
		seen[v] = true;
		assert_string_equal(verb_method(v), method);
	}
	for (unsigned v = 0; v < VERB_COUNT; v++)
		if (!seen[v])
			fail_msg("%s is in VERB_TABLE, but not in the interface file",
				verb_method((enum verb)v));
	assert_int_equal(methods, VERB_COUNT);
}

static void test_interfaces_are_whole(void **state)
{
	(void)state;
	char name[64];
	assert_non_null(next_word(interface_io_cmekd, "interface", name, sizeof name));
	assert_string_equal(name, VERB_INTERFACE);
	assert_non_null(next_word(interface_org_varlink_service, "interface", name, sizeof name));
	assert_string_equal(name, "org.varlink.service");
	/* the last line of each file */
	assert_non_null(strstr(interface_io_cmekd, "error Refused (answer: string, text: string)\n"));
	assert_non_null(
		strstr(interface_org_varlink_service, "error InvalidParameter (parameter: string)\n"));
}

static void test_rows(void **state)
{
	(void)state;
	enum verb v;
	/* what changes anything is for operators */
	for (unsigned i = 0; i < VERB_COUNT; i++) {
		v = (enum verb)i;
		bool acts = v == VERB_REVOKE || v == VERB_RESTORE || v == VERB_APPROVE || v == VERB_DECLINE ||
			    v == VERB_SUSPEND || v == VERB_UNSUSPEND || v == VERB_ADOPT_LEDGER ||
			    v == VERB_ENABLE_ROTATION || v == VERB_ROTATE_KEY || v == VERB_CANCEL_DELETION ||
			    v == VERB_ENABLE_KEY || v == VERB_DRILL || v == VERB_CREATE_PROJECT ||
			    v == VERB_PLAN_KEY || v == VERB_CONFIGURE_CMEK || v == VERB_APPLY_POLICY ||
			    v == VERB_CREATE_CLUSTER || v == VERB_ADOPT_STATEMENT;
		assert_int_equal(verb_needs(v), acts ? VERB_NEEDS_OPERATE : VERB_NEEDS_READ);
		assert_true(verb_words(v)[0] != '\0');
	}
	assert_string_equal(verb_needs_name(VERB_NEEDS_READ), "read");
	assert_string_equal(verb_needs_name(VERB_NEEDS_OPERATE), "operate");
	assert_true(verb_streams(VERB_MONITOR));
	assert_true(verb_streams(VERB_EVENTS));
	assert_false(verb_streams(VERB_REVOKE));
	assert_false(verb_parse_method("io.cmekd.ping", &v));
	assert_false(verb_parse_method("Ping", &v));
	assert_false(verb_parse_method("", &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_and_interface_agree),
		cmocka_unit_test(test_interfaces_are_whole),
		cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
