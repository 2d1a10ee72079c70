/* SPDX-License-Identifier: Apache-2.0 */
/* run: many schedules, or one.
 *
 *   run --schedules N [--seed S]   N schedules from seed S on (default 1), ends with one line
 *   run --seed S --trace           tells one schedule
 */
#include "coverage.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct coverage reached;

struct sum {
	uint64_t schedules, violations, steps, events, faults, restarts, weeks, ms;
};

static void add(struct sum *sum, const struct sim *s)
{
	sum->schedules++;
	sum->violations += s->violation[0] != 0;
	sum->steps += s->steps;
	sum->events += s->events;
	sum->faults += s->faults;
	sum->restarts += s->restarts;
	sum->weeks += s->week;
	sum->ms += (uint64_t)(s->now.boot.ms - s->origin.boot.ms);
	coverage_add(&reached, s);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"schedules", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 's'}, {"trace", no_argument, NULL, 't'},
		{"coverage", no_argument, NULL, 'c'}, {NULL, 0, NULL, 0}};
	static struct sim sim;
	struct sum sum = {0};
	uint64_t n = 1, seed = 1;
	bool trace = false, coverage = false;
	unsigned missing = 0;
	clock_t start = clock();
	double seconds;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			n = strtoull(optarg, NULL, 10);
		else if (c == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (c == 't')
			trace = true;
		else if (c == 'c')
			coverage = true;
		else
			return 2;
	}
	for (uint64_t i = 0; i < n; i++) {
		sim.rows = reached.rows;
		sim.trace = trace;
		sim_run(&sim, seed + i);
		add(&sum, &sim);
		if (trace)
			printf("hash %016lx\n", sim.hash);
		if (sim.violation[0])
			printf("seed %lu: %s\n", (unsigned long)(seed + i), sim.violation);
		sim_fini(&sim);
		if (sum.violations >= 10)
			break;
	}
	if (coverage)
		missing = coverage_tell(&reached);
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	printf("schedules %lu, violations %lu, steps %lu (mean %lu), events %lu (mean), faults %lu (mean), "
	       "restarts %lu, "
	       "past day seven %lu, simulated years %.1f, steps a second %.0f\n",
		(unsigned long)sum.schedules, (unsigned long)sum.violations, (unsigned long)sum.steps,
		(unsigned long)(sum.steps / sum.schedules), (unsigned long)(sum.events / sum.schedules),
		(unsigned long)(sum.faults / sum.schedules), (unsigned long)sum.restarts,
		(unsigned long)sum.weeks, (double)sum.ms / 1000 / 86400 / 365,
		(double)sum.steps / (seconds > 0 ? seconds : 1));
	return sum.violations != 0 || missing != 0;
}
