/* SPDX-License-Identifier: Apache-2.0 */
#include "io/retry.h"

bool retry_may_pass(enum fault fault)
{
	switch (fault) {
	case FAULT_NETWORK:
	case FAULT_DNS:
	case FAULT_TLS: /* a connection that is cut in its handshake looks so */
	case FAULT_TIMEOUT:
	case FAULT_SERVER_ERROR:
	case FAULT_THROTTLED:
		return true;
	case FAULT_NONE:
	case FAULT_CREDENTIALS: /* io/kms_look asks once more with fresh ones */
	case FAULT_CLOCK_SKEW:
	case FAULT_DENIED:
	case FAULT_NOT_FOUND:
	case FAULT_MALFORMED:
	case FAULT_REFUSED:
	case FAULT_CANCELLED:
	case FAULT_COUNT:
		break;
	}
	return false;
}

int64_t retry_delay_ms(uint32_t attempt, uint32_t chance)
{
	int64_t bound_ms = RETRY_DELAY_BASE_MS;

	while (--attempt > 0 && bound_ms < RETRY_DELAY_LIMIT_MS)
		bound_ms *= 2;
	if (bound_ms > RETRY_DELAY_LIMIT_MS)
		bound_ms = RETRY_DELAY_LIMIT_MS;
	return (int64_t)((uint64_t)bound_ms * chance >> 32);
}

bool retry_wants(struct retry *r, struct retry_request *request, enum fault fault, int64_t left_ms,
	uint32_t chance, int64_t *ret_delay_ms)
{
	uint32_t cost = fault == FAULT_TIMEOUT ? RETRY_COST_TIMEOUT : RETRY_COST;
	int64_t delay_ms = retry_delay_ms(request->failed + 1, chance);

	if (!retry_may_pass(fault) || request->failed + 1 >= RETRY_ATTEMPTS_MAX || r->tokens < cost ||
		delay_ms >= left_ms)
		return false;
	r->tokens -= cost;
	request->failed++;
	request->cost = cost;
	*ret_delay_ms = delay_ms;
	return true;
}

void retry_succeeded(struct retry *r, const struct retry_request *request)
{
	r->tokens += request->failed > 0 ? request->cost : RETRY_REFUND_FIRST;
	if (r->tokens > RETRY_TOKENS_MAX)
		r->tokens = RETRY_TOKENS_MAX;
}
