/* SPDX-License-Identifier: Apache-2.0 */
/* cmekd-cloud: a stand-in for AWS KMS, STS and TiDB Cloud. README.md beside this file. */
#include "admin.h"
#include "announce.h"
#include "clock.h"
#include "cloud.h"
#include "server.h"
#include "tls_ca.h"
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
	const char *dir, *world;
	unsigned port, admin_port;
	uint64_t seed;
	bool seed_given, die_with_parent, quiet;
};

static int complain(const char *what, const char *why)
{
	(void)fprintf(stderr, "cmekd-cloud: %s: %s\n", what, why);
	return EXIT_FAILURE;
}

static bool number(const char *text, unsigned long long max, unsigned long long *ret)
{
	char *end = NULL;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	if (errno || *end || end == text || n > max)
		return false;
	*ret = n;
	return true;
}

static bool take_option(int option, struct options *o)
{
	unsigned long long n = 0;
	switch (option) {
	case 'd':
		o->dir = optarg;
		return true;
	case 'w':
		o->world = optarg;
		return true;
	case 'p':
		o->port = number(optarg, 65535, &n) ? (unsigned)n : 65536;
		return o->port <= 65535;
	case 'a':
		o->admin_port = number(optarg, 65535, &n) ? (unsigned)n : 65536;
		return o->admin_port <= 65535;
	case 's':
		o->seed_given = number(optarg, UINT64_MAX, &n);
		o->seed = n;
		return o->seed_given;
	case 'D':
		return o->die_with_parent = true;
	case 'q':
		return o->quiet = true;
	default:
		return false;
	}
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {{"dir", required_argument, NULL, 'd'},
		{"world", required_argument, NULL, 'w'}, {"port", required_argument, NULL, 'p'},
		{"admin-port", required_argument, NULL, 'a'}, {"seed", required_argument, NULL, 's'},
		{"die-with-parent", no_argument, NULL, 'D'}, {"quiet", no_argument, NULL, 'q'}, {0}};
	for (int option; (option = getopt_long(argc, argv, "", names, NULL)) != -1;)
		if (!take_option(option, o))
			return false;
	return o->dir && optind == argc;
}

/* A listening socket on 127.0.0.1; -1 with errno. */
static int listen_on(unsigned port, unsigned *ret_port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof at;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 128) < 0 ||
		getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
		(void)close(fd);
		return -1;
	}
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static int signals_fd(void)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int wait_ms(const struct cloud *cloud, const struct server *server)
{
	int64_t next = server_next_ms(server), world = world_next_ms(&cloud->world);
	next = (world < next ? world : next) - clock_mono_ms();
	return next < 0 ? 0 : next > 1000 ? 1000 : (int)next;
}

static int loop(struct cloud *cloud, struct server *server, struct admin *admin, int signals)
{
	struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
		{.fd = server_poll_fd(server), .events = POLLIN},
		{.fd = admin_poll_fd(admin), .events = POLLIN}};
	for (;;) {
		world_step(&cloud->world, clock_mono_ms());
		server_run(server);
		admin_run(admin);
		if (poll(fds, sizeof fds / sizeof *fds, wait_ms(cloud, server)) < 0 && errno != EINTR)
			return complain("poll", strerror(errno));
		if (fds[0].revents)
			return EXIT_SUCCESS;
	}
}

static int serve(struct cloud *cloud, const struct options *o, const struct tls_ca *ca, int signals)
{
	struct announce_places places = {0};
	int fd = listen_on(o->port, &places.port), admin_fd = listen_on(o->admin_port, &places.admin_port);
	if (fd < 0 || admin_fd < 0)
		return complain("cannot listen on 127.0.0.1", strerror(errno));
	char *dir = realpath(o->dir, NULL);
	if (!dir)
		return complain(o->dir, strerror(errno));
	places.dir = dir;
	struct server *server = server_new(cloud, fd, ca->key_pem, ca->cert_pem);
	struct admin *admin = admin_new(cloud, admin_fd);
	int status = EXIT_FAILURE;
	if (!server || !admin) {
		(void)complain("libmicrohttpd", "does not start (is it built with TLS and epoll?)");
	} else {
		int r = announce(cloud, &places, ca->ca_pem);
		status = r < 0 ? complain(dir, strerror(-r)) : loop(cloud, server, admin, signals);
	}
	server_free(server);
	admin_free(admin);
	free(dir);
	return status;
}

static int make_world(struct cloud *cloud, const struct options *o)
{
	char why[FIELD_WHY_BYTES] = "";
	world_init(&cloud->world);
	cloud->quiet = o->quiet;
	if (o->world && world_load(&cloud->world, o->world, why))
		return complain(o->world, why);
	if (o->seed_given) {
		cloud->world.config.seed = (int64_t)o->seed;
		cloud->world.random = o->seed;
	}
	world_complete(&cloud->world);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {0};
	struct tls_ca ca = {0};
	struct cloud *cloud = NULL;
	pid_t parent = getppid();
	if (!parse_options(argc, argv, &o)) {
		(void)fputs("usage: cmekd-cloud --dir DIR [--world FILE] [--port N] [--admin-port N] [--seed "
			    "N] [--die-with-parent] "
			    "[--quiet]\n",
			stderr);
		return 2;
	}
	if (o.die_with_parent && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent))
		return complain("--die-with-parent", "the parent is gone");
	if (mkdir(o.dir, 0700) < 0 && errno != EEXIST)
		return complain(o.dir, strerror(errno));
	if (tls_ca_make(&ca))
		return complain("OpenSSL", "cannot make certificates");
	int signals = signals_fd(), status = EXIT_FAILURE;
	cloud = calloc(1, sizeof *cloud);
	if (cloud && signals >= 0 && make_world(cloud, &o) == 0)
		status = serve(cloud, &o, &ca, signals);
	if (cloud) {
		world_fini(&cloud->world);
		faults_fini(&cloud->faults);
		request_log_fini(&cloud->log);
		json_object_put(cloud->info);
	}
	free(cloud);
	tls_ca_fini(&ca);
	return status;
}
