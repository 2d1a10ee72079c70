/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/operator.h"
#include "base/num.h"
#include <arpa/inet.h>
#include <string.h>

/* IAM guide, "IAM JSON policy elements: Condition operators". X(name, family, relation, negated) */
#define OPERATOR_TABLE(X)                                                                                    \
	X("StringEquals", STRING, EQ, false)                                                                 \
	X("StringNotEquals", STRING, EQ, true)                                                               \
	X("StringEqualsIgnoreCase", STRING_FOLD, EQ, false)                                                  \
	X("StringNotEqualsIgnoreCase", STRING_FOLD, EQ, true)                                                \
	X("StringLike", LIKE, EQ, false)                                                                     \
	X("StringNotLike", LIKE, EQ, true)                                                                   \
	X("ArnEquals", ARN, EQ, false)                                                                       \
	X("ArnLike", ARN, EQ, false)                                                                         \
	X("ArnNotEquals", ARN, EQ, true)                                                                     \
	X("ArnNotLike", ARN, EQ, true)                                                                       \
	X("Bool", BOOL, EQ, false)                                                                           \
	X("DateEquals", DATE, EQ, false)                                                                     \
	X("DateNotEquals", DATE, EQ, true)                                                                   \
	X("DateLessThan", DATE, LT, false)                                                                   \
	X("DateLessThanEquals", DATE, LE, false)                                                             \
	X("DateGreaterThan", DATE, GT, false)                                                                \
	X("DateGreaterThanEquals", DATE, GE, false)                                                          \
	X("NumericEquals", NUMERIC, EQ, false)                                                               \
	X("NumericNotEquals", NUMERIC, EQ, true)                                                             \
	X("NumericLessThan", NUMERIC, LT, false)                                                             \
	X("NumericLessThanEquals", NUMERIC, LE, false)                                                       \
	X("NumericGreaterThan", NUMERIC, GT, false)                                                          \
	X("NumericGreaterThanEquals", NUMERIC, GE, false)                                                    \
	X("IpAddress", IP, EQ, false)                                                                        \
	X("NotIpAddress", IP, EQ, true)                                                                      \
	X("BinaryEquals", BINARY, EQ, false)                                                                 \
	X("Null", NULL, EQ, false)

static const struct {
	const char *name;
	enum family family;
	enum relation relation;
	bool negated;
} operators[] = {
#define X(n, f, r, neg) {.name = n, .family = FAMILY_##f, .relation = RELATION_##r, .negated = neg},
	OPERATOR_TABLE(X)
#undef X
};

static bool eat_prefix(struct span *s, const char *prefix)
{
	size_t len = strlen(prefix);

	if (s->len < len || !span_equals_fold((struct span){s->at, len}, prefix))
		return false;
	s->at += len;
	s->len -= len;
	return true;
}

static bool eat_suffix(struct span *s, const char *suffix)
{
	size_t len = strlen(suffix);

	if (s->len < len || !span_equals_fold((struct span){s->at + s->len - len, len}, suffix))
		return false;
	s->len -= len;
	return true;
}

bool operator_parse(const char *text, struct op *ret_op)
{
	struct span s = span_of(text);
	struct op op = {0};

	if (eat_prefix(&s, "ForAnyValue:"))
		op.quantifier = QUANTIFIER_ANY;
	else if (eat_prefix(&s, "ForAllValues:"))
		op.quantifier = QUANTIFIER_ALL;
	op.if_exists = eat_suffix(&s, "IfExists");
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
		if (!span_equals_fold(s, operators[i].name))
			continue;
		op.family = operators[i].family;
		op.relation = operators[i].relation;
		op.negated = operators[i].negated;
		*ret_op = op;
		return op.family != FAMILY_NULL || (!op.if_exists && op.quantifier == QUANTIFIER_NONE);
	}
	return false;
}

enum tri operator_order(enum relation relation, int order)
{
	switch (relation) {
	case RELATION_EQ:
		return tri_of(order == 0);
	case RELATION_LT:
		return tri_of(order < 0);
	case RELATION_LE:
		return tri_of(order <= 0);
	case RELATION_GT:
		return tri_of(order > 0);
	case RELATION_GE:
		return tri_of(order >= 0);
	}
	return TRI_UNKNOWN;
}

/* ---- dates ---- */

int operator_parse_date(struct span text, int64_t *ret_ms)
{
	char full[sizeof "2026-11-24T03:49:00Z"];
	uint64_t s;

	/* Four digits may be a year of ISO 8601 or seconds: neither is taken for sure. */
	if (text.len != 4 && num_parse_u64(text.at, text.len, INT64_MAX / 1000, &s) == 0) {
		*ret_ms = (int64_t)s * 1000;
		return 0;
	}
	if (num_parse_time_ms(text.at, text.len, ret_ms) == 0)
		return 0;
	if (text.len == sizeof "2026-11-24" - 1) {
		memcpy(full, text.at, text.len);
		memcpy(full + text.len, "T00:00:00Z", sizeof "T00:00:00Z");
	} else if (text.len == sizeof "2026-11-24T03:49Z" - 1 && text.at[text.len - 1] == 'Z') {
		memcpy(full, text.at, text.len - 1);
		memcpy(full + text.len - 1, ":00Z", sizeof ":00Z");
	} else
		return 1;
	return num_parse_time_ms(full, strlen(full), ret_ms) == 0 ? 0 : 1;
}

enum tri operator_date(enum relation relation, struct span value, struct span text)
{
	int64_t a, b;

	if (operator_parse_date(value, &b) != 0 || operator_parse_date(text, &a) != 0)
		return TRI_UNKNOWN;
	return operator_order(relation, a < b ? -1 : a > b);
}

/* ---- numbers ---- */

/* [-+]DIGITS[.DIGITS], compared exactly: neither side need fit a machine's number. */
struct decimal {
	bool negative;
	struct span whole, fraction; /* without leading, without trailing zeros */
};

static bool take_digits(struct span *s, struct span *ret_digits)
{
	size_t n = 0;

	while (n < s->len && s->at[n] >= '0' && s->at[n] <= '9')
		n++;
	*ret_digits = (struct span){s->at, n};
	s->at += n;
	s->len -= n;
	return n > 0;
}

static bool parse_decimal(struct span s, struct decimal *ret_d)
{
	struct decimal d = {.fraction = {"", 0}};

	if (s.len > 0 && (*s.at == '-' || *s.at == '+')) {
		d.negative = *s.at == '-';
		s.at++;
		s.len--;
	}
	if (!take_digits(&s, &d.whole))
		return false;
	if (s.len > 0 && *s.at == '.') {
		s.at++;
		s.len--;
		if (!take_digits(&s, &d.fraction))
			return false;
	}
	if (s.len > 0)
		return false;
	while (d.whole.len > 0 && *d.whole.at == '0') {
		d.whole.at++;
		d.whole.len--;
	}
	while (d.fraction.len > 0 && d.fraction.at[d.fraction.len - 1] == '0')
		d.fraction.len--;
	if (d.whole.len == 0 && d.fraction.len == 0)
		d.negative = false;
	*ret_d = d;
	return true;
}

static int compare_size(const struct decimal *a, const struct decimal *b)
{
	size_t shorter = a->fraction.len < b->fraction.len ? a->fraction.len : b->fraction.len;
	int r;

	if (a->whole.len != b->whole.len)
		return a->whole.len < b->whole.len ? -1 : 1;
	r = memcmp(a->whole.at, b->whole.at, a->whole.len);
	if (r == 0)
		r = memcmp(a->fraction.at, b->fraction.at, shorter);
	if (r == 0 && a->fraction.len != b->fraction.len)
		r = a->fraction.len < b->fraction.len ? -1 : 1;
	return r < 0 ? -1 : r > 0;
}

enum tri operator_number(enum relation relation, struct span value, struct span text)
{
	struct decimal a, b;
	int order;

	if (!parse_decimal(text, &a) || !parse_decimal(value, &b))
		return TRI_UNKNOWN;
	if (a.negative != b.negative)
		order = a.negative ? -1 : 1;
	else
		order = a.negative ? compare_size(&b, &a) : compare_size(&a, &b);
	return operator_order(relation, order);
}

/* ---- addresses ---- */

struct address {
	int family;
	uint8_t bytes[16];
	unsigned bits; /* of the network */
};

static bool parse_address(struct span s, bool may_be_network, struct address *ret_address)
{
	char text[INET6_ADDRSTRLEN];
	const char *slash = memchr(s.at, '/', s.len);
	size_t len = slash ? (size_t)(slash - s.at) : s.len;
	struct address a = {.family = AF_INET, .bits = 32};
	uint64_t bits;

	if (len >= sizeof text || (slash && !may_be_network))
		return false;
	memcpy(text, s.at, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, a.bytes) != 1) {
		if (inet_pton(AF_INET6, text, a.bytes) != 1)
			return false;
		a.family = AF_INET6;
		a.bits = 128;
	}
	if (slash) {
		if (num_parse_u64(slash + 1, s.len - len - 1, a.bits, &bits) != 0)
			return false;
		a.bits = (unsigned)bits;
	}
	*ret_address = a;
	return true;
}

enum tri operator_ip(struct span value, struct span text)
{
	struct address network, a;
	unsigned bytes;

	if (!parse_address(value, true, &network) || !parse_address(text, false, &a))
		return TRI_UNKNOWN;
	if (network.family != a.family)
		return TRI_FALSE;
	bytes = network.bits / 8;
	if (memcmp(network.bytes, a.bytes, bytes) != 0)
		return TRI_FALSE;
	if (network.bits % 8 == 0)
		return TRI_TRUE;
	return tri_of((network.bytes[bytes] ^ a.bytes[bytes]) >> (8 - network.bits % 8) == 0);
}

/* ---- base64 ---- */

static int digit64(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Digits of padded base64 (RFC 4648, 4) whose unused bits are zero: then equal texts are equal bytes. */
static bool is_base64(struct span s)
{
	size_t pad = 0;
	int last = 0;

	if (s.len % 4 != 0)
		return false;
	while (pad < 2 && pad < s.len && s.at[s.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < s.len - pad; i++) {
		last = digit64(s.at[i]);
		if (last < 0)
			return false;
	}
	return pad == 0 || (pad == 1 ? last % 4 == 0 : last % 16 == 0);
}

enum tri operator_binary(struct span value, struct span text)
{
	if (!is_base64(value) || !is_base64(text))
		return TRI_UNKNOWN;
	return tri_of(value.len == text.len && memcmp(value.at, text.at, value.len) == 0);
}
