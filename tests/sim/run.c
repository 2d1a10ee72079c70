/* SPDX-License-Identifier: Apache-2.0 */
/* run: many schedules, or one.
 *
 *   run --schedules N [--seed S]   N schedules from seed S on (default 1), ends with one line
 *       --jobs J                   in J processes
 *       --close                    of worlds in which much happens to few things (so too with --trace)
 *       --first                    ends at the first violation
 *       --coverage                 tells what was never reached, and fails if it could be
 *       --hits                     tells how often each invariant was looked at
 *       --state FILE               adds to the sums of FILE, which then holds the next seed
 *   run --seed S --trace           tells one schedule
 */
#include "coverage.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS_MAX       64
#define VIOLATIONS_MAX 10 /* of one process: then it ends */

/* All that comes out; nothing but uint64_t, so that it can be added and kept as a row of numbers. */
struct sum {
	uint64_t schedules, violations, steps, events, faults, restarts, weeks, ms, cpu_us;
	struct coverage reached;
};
#define SUM_NUMBERS (sizeof(struct sum) / sizeof(uint64_t))

struct options {
	uint64_t schedules, seed, jobs;
	bool trace, coverage, first, hits, close;
	const char *state;
};

static void add_sums(struct sum *sum, const struct sum *more)
{
	const uint64_t *from = (const uint64_t *)more;
	uint64_t *to = (uint64_t *)sum;

	for (size_t i = 0; i < SUM_NUMBERS; i++)
		to[i] += from[i];
}

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
	coverage_add(&sum->reached, s);
}

/* Every `stride`-th schedule from `first` on. */
static void play(const struct options *o, uint64_t first, uint64_t stride, struct sum *sum)
{
	static struct sim sim;
	clock_t start = clock();

	for (uint64_t i = first; i < o->schedules; i += stride) {
		sim.rows = sum->reached.rows;
		sim.trace = o->trace;
		sim.close = o->close;
		sim_run(&sim, o->seed + i);
		add(sum, &sim);
		if (o->trace)
			printf("hash %016lx\n", sim.hash);
		if (sim.violation[0])
			printf("seed %lu: %s\n", (unsigned long)(o->seed + i), sim.violation);
		(void)fflush(stdout);
		sim_fini(&sim);
		if (sum->violations >= (o->first ? 1 : VIOLATIONS_MAX))
			break;
	}
	sum->cpu_us += (uint64_t)(clock() - start) * 1000000 / CLOCKS_PER_SEC;
}

/* In processes; false if one of them died. */
static bool play_jobs(const struct options *o, struct sum *sum)
{
	size_t bytes = o->jobs * sizeof(struct sum);
	struct sum *shares = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[JOBS_MAX];
	bool ok = shares != MAP_FAILED;
	int status;

	for (uint64_t i = 0; ok && i < o->jobs; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			play(o, i, o->jobs, &shares[i]);
			_exit(0);
		}
	}
	for (uint64_t i = 0; shares != MAP_FAILED && i < o->jobs; i++) {
		ok = pids[i] > 0 && waitpid(pids[i], &status, 0) == pids[i] && status == 0 && ok;
		add_sums(sum, &shares[i]);
	}
	if (shares != MAP_FAILED)
		(void)munmap(shares, bytes);
	return ok;
}

static bool load_state(const char *path, struct sum *sum)
{
	FILE *f = fopen(path, "r");
	uint64_t *to = (uint64_t *)sum;
	unsigned long n, next = 0;
	size_t i = 0;

	if (!f)
		return true;
	if (fscanf(f, "next %lu", &next) == 1)
		while (i < SUM_NUMBERS && fscanf(f, "%lu", &n) == 1)
			to[i++] = n;
	(void)fclose(f);
	return i == SUM_NUMBERS && next > 0;
}

static bool save_state(const char *path, const struct sum *sum, uint64_t next)
{
	const uint64_t *from = (const uint64_t *)sum;
	char fresh[512];
	FILE *f;

	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	f = fopen(fresh, "w");
	if (!f)
		return false;
	(void)fprintf(f, "next %lu\n", (unsigned long)next);
	for (size_t i = 0; i < SUM_NUMBERS; i++)
		(void)fprintf(f, "%lu\n", (unsigned long)from[i]);
	return fclose(f) == 0 && rename(fresh, path) == 0;
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {{"schedules", required_argument, NULL, 'n'},
		{"seed", required_argument, NULL, 's'}, {"jobs", required_argument, NULL, 'j'},
		{"state", required_argument, NULL, 'S'}, {"trace", no_argument, NULL, 't'},
		{"coverage", no_argument, NULL, 'c'}, {"first", no_argument, NULL, 'f'},
		{"hits", no_argument, NULL, 'h'}, {"close", no_argument, NULL, 'C'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			o->schedules = strtoull(optarg, NULL, 10);
		else if (c == 's')
			o->seed = strtoull(optarg, NULL, 10);
		else if (c == 'j')
			o->jobs = strtoull(optarg, NULL, 10);
		else if (c == 'S')
			o->state = optarg;
		else if (c == 't')
			o->trace = true;
		else if (c == 'c')
			o->coverage = true;
		else if (c == 'f')
			o->first = true;
		else if (c == 'h')
			o->hits = true;
		else if (c == 'C')
			o->close = true;
		else
			return false;
	}
	return o->jobs >= 1 && o->jobs <= JOBS_MAX;
}

static void tell(const struct sum *sum)
{
	uint64_t n = sum->schedules ? sum->schedules : 1, us = sum->cpu_us ? sum->cpu_us : 1;

	printf("schedules %lu, violations %lu, steps %lu (mean %lu), events %lu (mean), faults %lu (mean), "
	       "restarts %lu, past day seven %lu, simulated years %.1f, steps a second of one processor "
	       "%.0f\n",
		(unsigned long)sum->schedules, (unsigned long)sum->violations, (unsigned long)sum->steps,
		(unsigned long)(sum->steps / n), (unsigned long)(sum->events / n),
		(unsigned long)(sum->faults / n), (unsigned long)sum->restarts, (unsigned long)sum->weeks,
		(double)sum->ms / 1000 / 86400 / 365, (double)sum->steps * 1e6 / (double)us);
}

int main(int argc, char **argv)
{
	struct options o = {.schedules = 1, .seed = 1, .jobs = 1};
	static struct sum sum;
	unsigned failures = 0;

	if (!parse(argc, argv, &o))
		return 2;
	if (o.state && !load_state(o.state, &sum)) {
		(void)fprintf(stderr, "%s is of another simulation: remove it to begin anew\n", o.state);
		return 2;
	}
	if (o.jobs == 1)
		play(&o, 0, 1, &sum);
	else if (!play_jobs(&o, &sum))
		failures++;
	if (o.state && o.schedules > 0 && sum.violations == 0 &&
		!save_state(o.state, &sum, o.seed + o.schedules))
		failures++;
	if (o.hits)
		coverage_tell_hits(&sum.reached);
	if (o.coverage)
		failures += coverage_tell(&sum.reached, sum.schedules);
	tell(&sum);
	return sum.violations != 0 || failures != 0;
}
