/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket with real clients on a real socket, in one process: the client's end is a plain descriptor, and
 * the loop is turned until it has something to read. */
#include "io/control.h"
#include "base/buf.h"
#include "base/own.h"
#include "io/control_socket.h"
#include "proto/proto.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <json-c/json.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <cmocka.h>

#define TURNS_MAX 5000 /* of 1 ms: a client waits no longer */
#define STRANGER  65534
#define GROUP     4242
#define OTHER     4243
#define HELD_MAX  8
#define CHUNK     (1024 * 1024)

enum mode { MODE_ANSWER, MODE_HOLD, MODE_FLOOD, MODE_STREAM, MODE_INVALID, MODE_ERROR };

struct world {
	char dir[64], path[100];
	uv_loop_t loop;
	struct control *control;
	enum mode mode;
	struct control_call *held[HELD_MAX];
	unsigned calls, held_count, gone, sent;
	enum verb verb;
	bool more, inside;
	char who[CONTROL_WHO_BYTES], project[64];
};

static struct json_object *chunk(void)
{
	static char text[CHUNK];
	struct json_object *o = json_object_new_object();
	memset(text, 'c', sizeof text - 1);
	json_object_object_add(o, "text", json_object_new_string(text));
	return o;
}

static void on_gone(struct control_call *call, void *data)
{
	struct world *w = data;
	assert_ptr_equal(control_call_data(call), w);
	assert_false(w->inside);
	w->gone++;
}

static void on_sent(struct control_call *call, void *data)
{
	struct world *w = data;
	assert_false(w->inside);
	if (++w->sent < 40)
		control_reply_continues(call, chunk(), on_sent);
	else
		control_reply(call, NULL);
}

static void on_call(struct control_call *call, void *arg)
{
	struct world *w = arg;
	uint32_t parameters;
	const struct json_tree *t = control_call_tree(call, &parameters);
	assert_false(w->inside);
	w->calls++;
	w->verb = control_call_verb(call);
	w->more = control_call_more(call);
	strcpy(w->who, control_call_peer(call)->who);
	w->project[0] = '\0';
	(void)json_string(t, control_call_member(call, "project"), w->project, sizeof w->project, NULL);
	control_call_set(call, on_gone, w);
	w->inside = true;
	switch (w->mode) {
	case MODE_ANSWER: {
		struct json_object *o = json_object_new_object();
		json_object_object_add(o, "number", json_object_new_int64(w->calls));
		control_reply(call, o);
		break;
	}
	case MODE_HOLD:
		assert_true(w->held_count < HELD_MAX);
		w->held[w->held_count++] = call;
		break;
	case MODE_FLOOD:
		for (int i = 0; i < 40; i++)
			control_reply_continues(call, chunk(), NULL);
		break;
	case MODE_STREAM:
		control_reply_continues(call, chunk(), on_sent);
		break;
	case MODE_INVALID:
		control_reply_invalid(call, "project");
		break;
	case MODE_ERROR:
		control_reply_error(call, "io.cmekd.NoSuchProject", NULL);
		break;
	}
	w->inside = false;
}

static int start(struct world *w, const char *path, struct control_rights rights, struct why *why)
{
	struct control_config config = {.path = path,
		.rights = rights,
		.version = "1.2.3",
		.url = "https://example.org",
		.call = on_call,
		.arg = w};
	return control_start(&w->loop, &config, &w->control, why);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct why why = {""};
	assert_non_null(w);
	(void)signal(SIGPIPE, SIG_IGN);
	strcpy(w->dir, "/tmp/cmekd-control-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0755), 0);
	snprintf(w->path, sizeof w->path, "%s/socket", w->dir);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	/* whoever runs this may all: as root, or by their group */
	struct control_rights mine = {getegid(), getegid()};
	assert_int_equal(start(w, w->path, geteuid() == 0 ? CONTROL_ONLY_ROOT : mine, &why), 0);
	*state = w;
	return 0;
}

static void on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void stop(struct world *w)
{
	bool stopped = false;
	if (!w->control)
		return;
	control_stop(w->control, on_stopped, &stopped);
	assert_false(stopped);
	w->control = NULL;
	uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_true(stopped);
}

static int tear_down(void **state)
{
	struct world *w = *state;
	stop(w);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	(void)unlink(w->path);
	assert_int_equal(rmdir(w->dir), 0);
	free(w);
	return 0;
}

/* ---- the client's end ---- */

static int client_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	strcpy(a.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static int client(struct world *w)
{
	return client_at(w->path);
}

/* The kernel notes who connects at that moment, so it is enough to be somebody else for its length. */
static int client_as(struct world *w, uid_t uid, gid_t gid, gid_t extra)
{
	if (geteuid() != 0)
		skip(); /* only root can be others */
	assert_int_equal(setgroups(1, &extra), 0);
	assert_int_equal(setegid(gid), 0);
	assert_int_equal(seteuid(uid), 0);
	int fd = client(w);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(setgroups(0, NULL), 0);
	return fd;
}

static void turn(struct world *w)
{
	uv_run(&w->loop, UV_RUN_NOWAIT);
	usleep(1000);
}

static void turns(struct world *w, int count)
{
	while (count-- > 0)
		turn(w);
}

/* Sends all of it, turning the loop; false if the other end is gone. */
static bool say_bytes(struct world *w, int fd, const char *bytes, size_t len)
{
	for (int i = 0; len > 0 && i < TURNS_MAX;) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			uv_run(&w->loop, UV_RUN_NOWAIT);
		} else {
			turn(w);
			i++;
		}
	}
	return len == 0;
}

static void say(struct world *w, int fd, const char *call)
{
	assert_true(say_bytes(w, fd, call, strlen(call) + 1));
}

/* The next frame into `out`; false: the connection ended. */
static bool hear(struct world *w, int fd, struct buf *out)
{
	buf_clear(out);
	for (int i = 0; i < TURNS_MAX; turn(w), i++) {
		char c;
		ssize_t n;
		while ((n = read(fd, &c, 1)) == 1) {
			if (c == '\0')
				return true;
			buf_append(out, &c, 1);
			assert_int_equal(out->trouble, 0);
		}
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return false;
	}
	fail_msg("nothing came in time");
	return false;
}

static void expect(struct world *w, int fd, const char *reply)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(64 * 1024);
	assert_true(hear(w, fd, &out));
	assert_string_equal(out.data, reply);
}

static void expect_part(struct world *w, int fd, const char *part)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(64 * 1024);
	assert_true(hear(w, fd, &out));
	if (!strstr(out.data, part))
		fail_msg("%s is not in %s", part, out.data);
}

static void expect_end(struct world *w, int fd)
{
	_cleanup_(buf_fini) struct buf out = BUF_INIT(64 * 1024);
	assert_false(hear(w, fd, &out));
	assert_int_equal(out.len, 0);
}

#define PING     "{\"method\":\"io.cmekd.Ping\"}"
#define STATUS   "{\"method\":\"io.cmekd.Status\",\"parameters\":{\"project\":\"lab\"}}"
#define MONITOR  "{\"method\":\"io.cmekd.Monitor\",\"parameters\":{\"project\":\"lab\"},\"more\":true}"
#define REVOKE   "{\"method\":\"io.cmekd.Revoke\",\"parameters\":{\"project\":\"lab\"}}"
#define GETINFO  "{\"method\":\"org.varlink.service.GetInfo\"}"
#define DESCRIBE "{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":{\"interface\":"

/* ---- calls ---- */

static void test_a_call(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	struct stat st;
	say(w, fd, STATUS);
	expect(w, fd, "{\"parameters\":{\"number\":1}}");
	assert_int_equal(w->verb, VERB_STATUS);
	assert_string_equal(w->project, "lab");
	assert_false(w->more);
	if (geteuid() == 0)
		assert_string_equal(w->who, "uid=0(root)");
	assert_int_equal(control_connections(w->control), 1);
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_int_equal(w->gone, 0);
	w->mode = MODE_INVALID;
	say(w, fd, STATUS);
	expect(w, fd,
		"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":"
		"\"project\"}}");
	w->mode = MODE_ERROR;
	say(w, fd, "{\"method\":\"io.cmekd.Status\",\"parameters\":{\"project\":null},\"more\":true}");
	expect(w, fd, "{\"error\":\"io.cmekd.NoSuchProject\",\"parameters\":{}}");
	assert_true(w->more);
	assert_string_equal(w->project, "");
}

static void test_two_calls_in_one_read_in_order(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	w->mode = MODE_HOLD;
	assert_true(say_bytes(w, fd, PING "\0" STATUS, sizeof PING "\0" STATUS));
	turns(w, 5);
	assert_int_equal(w->calls, 1);
	assert_int_equal(w->verb, VERB_PING);
	w->inside = true; /* the next must not come from inside the reply */
	control_reply(w->held[0], NULL);
	w->inside = false;
	expect(w, fd, "{\"parameters\":{}}");
	turns(w, 5);
	assert_int_equal(w->calls, 2);
	assert_int_equal(w->verb, VERB_STATUS);
	control_reply(w->held[1], NULL);
	expect(w, fd, "{\"parameters\":{}}");
	/* many at once, more than one turn's share */
	w->mode = MODE_ANSWER;
	for (int i = 0; i < 500; i++)
		say(w, fd, PING);
	for (int i = 0; i < 500; i++) {
		char reply[64];
		snprintf(reply, sizeof reply, "{\"parameters\":{\"number\":%d}}", i + 3);
		expect(w, fd, reply);
	}
}

static void test_one_call_over_many_reads(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	for (const char *p = STATUS; *p; p++) {
		assert_true(say_bytes(w, fd, p, 1));
		turn(w);
		assert_int_equal(w->calls, 0);
	}
	assert_true(say_bytes(w, fd, "", 1));
	expect(w, fd, "{\"parameters\":{\"number\":1}}");
}

static void test_what_is_no_call(void **state)
{
	struct world *w = *state;
	static const char *const texts[] = {"", "garbage", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"{\"method\":1}", "[]", "{\"method\":\"io.cmekd.Ping\",\"method\":\"io.cmekd.Ping\"}",
		"\xff\xfe\xfd"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		_cleanup_close_ int fd = client(w);
		assert_true(say_bytes(w, fd, texts[i], strlen(texts[i]) + 1));
		expect_part(w, fd, "\"error\":\"io.cmekd.Malformed\"");
		expect_end(w, fd);
	}
	assert_int_equal(w->calls, 0);
	/* bytes that end in the middle */
	int fd = client(w);
	assert_true(say_bytes(w, fd, PING, 5));
	close(fd);
	turns(w, 5);
	assert_int_equal(control_connections(w->control), 0);
}

static void test_a_frame_of_a_gigabyte(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w), other = client(w);
	static char bytes[64 * 1024];
	size_t sent = 0;
	memset(bytes, ' ', sizeof bytes);
	while (sent < (size_t)1 << 30 && say_bytes(w, fd, bytes, sizeof bytes))
		sent += sizeof bytes;
	/* what is in the socket's own buffer beside the limit */
	assert_true(sent >= PROTO_CALL_MAX - sizeof bytes && sent < PROTO_CALL_MAX + 2 * CHUNK);
	expect_part(w, fd, "a call is at most 1048576 bytes");
	say(w, other, PING);
	expect(w, other, "{\"parameters\":{\"number\":1}}");
}

static void test_unknown_methods(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	say(w, fd, "{\"method\":\"io.cmekd.Explode\"}");
	expect(w, fd,
		"{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"io.cmekd."
		"Explode\"}}");
	say(w, fd, "{\"method\":\"Ping\"}");
	expect(w, fd,
		"{\"error\":\"org.varlink.service.MethodNotFound\",\"parameters\":{\"method\":\"Ping\"}}");
	say(w, fd, "{\"method\":\"org.example.Ping\"}");
	expect(w, fd,
		"{\"error\":\"org.varlink.service.InterfaceNotFound\",\"parameters\":{\"interface\":\"org."
		"example\"}}");
	say(w, fd, "{\"method\":\"org.varlink.service.Nothing\"}");
	expect_part(w, fd, "org.varlink.service.MethodNotFound");
	say(w, fd, "{\"method\":\"io.cmekd.Ping\",\"upgrade\":true}");
	expect_part(w, fd, "org.varlink.service.MethodNotImplemented");
	assert_int_equal(w->calls, 0);
}

static void test_introspection(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	say(w, fd, GETINFO);
	expect(w, fd,
		"{\"parameters\":{\"vendor\":\"cmekd\",\"product\":\"cmekd\",\"version\":\"1.2.3\",\"url\":"
		"\"https://example.org\",\"interfaces\":[\"org.varlink.service\",\"io.cmekd\"]}}");
	say(w, fd, DESCRIBE "\"io.cmekd\"}}");
	expect_part(w, fd, "\\ninterface io.cmekd\\n");
	say(w, fd, DESCRIBE "\"org.varlink.service\"}}");
	expect_part(w, fd, "\\ninterface org.varlink.service\\n");
	say(w, fd, DESCRIBE "\"org.example\"}}");
	expect_part(w, fd, "org.varlink.service.InterfaceNotFound");
	say(w, fd, DESCRIBE "1}}");
	expect_part(w, fd, "org.varlink.service.InvalidParameter");
	say(w, fd, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}");
	expect_part(w, fd, "org.varlink.service.InvalidParameter");
}

static void test_oneway(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	say(w, fd, "{\"method\":\"io.cmekd.Ping\",\"oneway\":true,\"more\":true}");
	say(w, fd, PING);
	expect(w, fd, "{\"parameters\":{\"number\":2}}");
	assert_int_equal(w->calls, 2);
}

/* ---- rights ---- */

static void test_a_stranger_learns_nothing(void **state)
{
	struct world *w = *state;
	static const char *const calls[] = {PING, STATUS, MONITOR, "{\"method\":\"io.cmekd.Explode\"}",
		"{\"method\":\"org.example.Ping\"}"};
	_cleanup_close_ int fd = client_as(w, STRANGER, STRANGER, OTHER);
	control_set_rights(w->control, (struct control_rights){.read = GROUP, .operate = GROUP});
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		say(w, fd, calls[i]);
		expect(w, fd, "{\"error\":\"io.cmekd.NotPermitted\",\"parameters\":{\"needs\":\"read\"}}");
	}
	say(w, fd, REVOKE);
	expect(w, fd, "{\"error\":\"io.cmekd.NotPermitted\",\"parameters\":{\"needs\":\"operate\"}}");
	assert_int_equal(w->calls, 0);
	say(w, fd, GETINFO);
	expect_part(w, fd, "\"version\":\"1.2.3\"");
	/* no group set: (gid_t)-1 is nobody's */
	control_set_rights(w->control, CONTROL_ONLY_ROOT);
	say(w, fd, PING);
	expect_part(w, fd, "io.cmekd.NotPermitted");
}

static void test_groups(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int by_extra = client_as(w, STRANGER, STRANGER, GROUP);
	_cleanup_close_ int by_gid = client_as(w, STRANGER, GROUP, OTHER);
	int both[] = {by_extra, by_gid};
	for (size_t i = 0; i < 2; i++) {
		control_set_rights(w->control, (struct control_rights){.read = GROUP, .operate = (gid_t)-1});
		say(w, both[i], PING);
		expect_part(w, both[i], "\"number\":");
		assert_string_equal(w->who, "uid=65534");
		say(w, both[i], REVOKE);
		expect(w, both[i],
			"{\"error\":\"io.cmekd.NotPermitted\",\"parameters\":{\"needs\":\"operate\"}}");
		control_set_rights(w->control, (struct control_rights){.read = (gid_t)-1, .operate = GROUP});
		say(w, both[i], PING); /* who may operate may read */
		expect_part(w, both[i], "\"number\":");
		say(w, both[i], REVOKE);
		expect_part(w, both[i], "\"number\":");
		assert_int_equal(w->verb, VERB_REVOKE);
		assert_string_equal(w->who, "uid=65534(nobody)");
		/* taken away again, on the open connection */
		control_set_rights(w->control, CONTROL_ONLY_ROOT);
		say(w, both[i], PING);
		expect_part(w, both[i], "io.cmekd.NotPermitted");
	}
}

static void test_leaving_while_the_name_is_looked_up(void **state)
{
	struct world *w = *state;
	int fd = client_as(w, STRANGER, STRANGER, GROUP);
	control_set_rights(w->control, (struct control_rights){.read = GROUP, .operate = GROUP});
	say(w, fd, REVOKE);
	close(fd);
	for (int i = 0; i < 200 && control_connections(w->control) > 0; i++)
		turn(w);
	assert_int_equal(control_connections(w->control), 0);
	assert_true(w->calls <= 1);
}

static void test_one_uid_cannot_take_all(void **state)
{
	struct world *w = *state;
	int fds[CONTROL_UID_MAX + 1];
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		fds[i] = client_as(w, STRANGER, STRANGER, OTHER);
		turn(w);
	}
	expect_part(w, fds[CONTROL_UID_MAX], "too many connections");
	expect_end(w, fds[CONTROL_UID_MAX]);
	_cleanup_close_ int root = client(w);
	say(w, root, PING);
	expect_part(w, root, "\"number\":1");
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		close(fds[i]);
}

/* ---- streams, readers that leave or are slow ---- */

static void test_a_stream(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	w->mode = MODE_HOLD;
	say(w, fd, MONITOR);
	turns(w, 5);
	assert_int_equal(w->held_count, 1);
	assert_true(w->more);
	control_reply_continues(w->held[0], NULL, NULL);
	expect(w, fd, "{\"parameters\":{},\"continues\":true}");
	control_reply_continues(w->held[0], NULL, NULL);
	control_reply_continues(w->held[0], NULL, NULL);
	expect(w, fd, "{\"parameters\":{},\"continues\":true}");
	expect(w, fd, "{\"parameters\":{},\"continues\":true}");
	own_close(&fd);
	turns(w, 5);
	assert_int_equal(w->gone, 1);
	assert_int_equal(control_connections(w->control), 0);
}

/* 40 MiB to a reader who takes them slowly: never more than one frame waits for them. */
static void test_a_long_list_to_a_slow_reader(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	static char bytes[256 * 1024];
	size_t got = 0;
	unsigned frames = 0;
	w->mode = MODE_STREAM;
	say(w, fd, MONITOR);
	for (int i = 0; i < TURNS_MAX && frames < 41; i++) {
		ssize_t n = read(fd, bytes, sizeof bytes);
		for (ssize_t k = 0; k < n; k++)
			frames += bytes[k] == '\0';
		got += n > 0 ? (size_t)n : 0;
		uv_run(&w->loop, UV_RUN_NOWAIT);
		if (n < 0)
			usleep(100);
	}
	assert_int_equal(frames, 41);
	assert_true(got > 40u * (CHUNK - 1));
	assert_int_equal(w->sent, 40);
	assert_int_equal(w->gone, 0);
}

static void test_a_reader_who_does_not_read(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w), other = client(w);
	w->mode = MODE_FLOOD;
	say(w, fd, MONITOR);
	turns(w, 5);
	assert_int_equal(w->gone, 1);
	assert_int_equal(control_connections(w->control), 1);
	w->mode = MODE_ANSWER;
	say(w, other, PING);
	expect_part(w, other, "\"number\":2");
}

/* ---- start and stop ---- */

static void test_stop(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w), idle = client(w);
	w->mode = MODE_HOLD;
	say(w, fd, PING);
	turns(w, 3);
	control_reply_continues(w->held[0], NULL, NULL);
	stop(w);
	assert_int_equal(w->gone, 1);
	expect(w, fd, "{\"parameters\":{},\"continues\":true}");
	expect_end(w, fd);
	expect_end(w, idle);
	assert_int_equal(access(w->path, F_OK), -1);
}

/* What was answered before is still delivered; who does not read it does not hold the stop. */
static void test_stop_with_a_slow_reader(void **state)
{
	struct world *w = *state;
	_cleanup_close_ int fd = client(w);
	w->mode = MODE_HOLD;
	say(w, fd, PING);
	turns(w, 3);
	for (int i = 0; i < 8; i++)
		control_reply_continues(w->held[0], chunk(), NULL);
	uint64_t before = uv_hrtime();
	stop(w);
	uint64_t took_ms = (uv_hrtime() - before) / 1000000;
	assert_in_range(took_ms, CONTROL_LINGER_MS - 100, CONTROL_LINGER_MS * 10);
	assert_int_equal(w->gone, 1);
}

static void test_paths(void **state)
{
	struct world *w = *state;
	struct why why = {""};
	char path[256];
	struct control *first = w->control;

	assert_int_equal(start(w, "relative", CONTROL_ONLY_ROOT, &why), CONTROL_E_PATH);
	memset(path, 'x', sizeof path - 1);
	path[0] = '/';
	path[108] = '\0';
	assert_int_equal(start(w, path, CONTROL_ONLY_ROOT, &why), CONTROL_E_PATH);
	assert_non_null(strstr(why.text, "107 bytes"));
	assert_int_equal(start(w, "/nonexistent-folder/socket", CONTROL_ONLY_ROOT, &why), -ENOENT);
	assert_non_null(strstr(why.text, "/nonexistent-folder/socket"));
	assert_int_equal(start(w, w->path, CONTROL_ONLY_ROOT, &why), CONTROL_E_BUSY);
	assert_non_null(strstr(why.text, "another cmekd"));
	assert_ptr_equal(w->control, first);
	stop(w);

	int fd = open(w->path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(start(w, w->path, CONTROL_ONLY_ROOT, &why), CONTROL_E_FILE);
	assert_int_equal(unlink(w->path), 0);

	/* a socket on which nobody answers: left by a daemon that was killed */
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	strcpy(a.sun_path, w->path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	close(fd);
	assert_int_equal(start(w, w->path, CONTROL_ONLY_ROOT, &why), 0);
	_cleanup_close_ int c = client(w);
	say(w, c, GETINFO);
	expect_part(w, c, "cmekd");

	/* the path now belongs to somebody else: it is not removed */
	assert_int_equal(unlink(w->path), 0);
	fd = open(w->path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	stop(w);
	assert_int_equal(access(w->path, F_OK), 0);
}

static int passed_in_child(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct control_socket s;
	struct why why;
	char pid[16];
	strcpy(a.sun_path, path);
	for (int fd = 3; fd < 64; fd++)
		(void)close(fd);
	if (socket(AF_UNIX, SOCK_STREAM, 0) != 3 || bind(3, (struct sockaddr *)&a, sizeof a) < 0)
		return 2;
	snprintf(pid, sizeof pid, "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (control_socket_open("/not/used", &s, &why) != -EINVAL) /* it does not listen */
		return 3;
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (listen(3, 1) < 0 || control_socket_open("/not/used", &s, &why) != 0 || s.own || s.fd != 3)
		return 4;
	control_socket_remove(&s, path);
	return access(path, F_OK) == 0 ? 0 : 5; /* systemd's socket is systemd's to remove */
}

static void test_socket_activation(void **state)
{
	struct world *w = *state;
	char path[120];
	int status;
	snprintf(path, sizeof path, "%s/passed", w->dir);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(passed_in_child(path));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(unlink(path), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(test_a_call),
		T(test_two_calls_in_one_read_in_order),
		T(test_one_call_over_many_reads),
		T(test_what_is_no_call),
		T(test_a_frame_of_a_gigabyte),
		T(test_unknown_methods),
		T(test_introspection),
		T(test_oneway),
		T(test_a_stranger_learns_nothing),
		T(test_groups),
		T(test_leaving_while_the_name_is_looked_up),
		T(test_one_uid_cannot_take_all),
		T(test_a_stream),
		T(test_a_long_list_to_a_slow_reader),
		T(test_a_reader_who_does_not_read),
		T(test_stop),
		T(test_stop_with_a_slow_reader),
		T(test_paths),
		T(test_socket_activation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
