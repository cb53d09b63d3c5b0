// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One end of TCP connections whose fate is known.
//
// tcp_peer serve ADDRESS PORT BACKLOG close|reset|answer|late|ignore
//     Says "listening". close: ends each connection after a byte; reset: by a RST; answer: sends a byte back for each E
//     that it reads, one connection after another; late: the same after two seconds, with little room for what comes;
//     ignore: accepts none.
// tcp_peer connect ADDRESS PORT MS [BYTES]
//     Says "connected" or the error's name; "gave up" after MS milliseconds. Then sends a byte, reads to the end and
//     says "closed" or the error's name. BYTES: for each line that it reads it sends that many, the last of them an E,
//     says "answered" when a byte is back, and closes at the end of its input.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

static int fail(const char *doing)
{
	fprintf(stderr, "tcp_peer: %s: %s\n", doing, strerror(errno));
	return 1;
}

static socklen_t address_of(const char *text, const char *port, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(atoi(port));
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, text, &v6->sin6_addr);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(atoi(port));
	return sizeof(*v6);
}

static void answer(int connection)
{
	char bytes[65536];
	ssize_t got;

	while ((got = read(connection, bytes, sizeof(bytes))) > 0)
		for (ssize_t i = 0; i < got; i++)
			if (bytes[i] == 'E' && write(connection, "e", 1) != 1)
				return;
}

static void treat(int connection, const char *how)
{
	struct linger at_once = { .l_onoff = 1 };
	char byte;

	if (!strcmp(how, "reset"))
		setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (!strcmp(how, "late"))
		sleep(2);
	if (!strcmp(how, "answer") || !strcmp(how, "late"))
		answer(connection);
	else if (read(connection, &byte, 1) < 0)
		fail("reading a byte");
	close(connection);
}

static int serve(const char *address, const char *port, const char *backlog, const char *how)
{
	struct sockaddr_storage to;
	socklen_t length = address_of(address, port, &to);
	int listener = socket(to.ss_family, SOCK_STREAM, 0), one = 1, little = 4096;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!strcmp(how, "late"))
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
	if (bind(listener, (void *)&to, length) || listen(listener, atoi(backlog)))
		return fail("listening");
	say("listening");
	while (!strcmp(how, "ignore"))
		pause();
	for (;;) {
		int connection = accept(listener, NULL, NULL);
		if (connection >= 0)
			treat(connection, how);
	}
}

/* 0: connected, else the errno; -1: gave up. */
static int try_to_connect(int connection, const struct sockaddr_storage *to, socklen_t length, int ms)
{
	struct pollfd ready = { .fd = connection, .events = POLLOUT };
	int error = 0;
	socklen_t size = sizeof(error);

	fcntl(connection, F_SETFL, O_NONBLOCK);
	if (connect(connection, (void *)to, length) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&ready, 1, ms) == 0)
		return -1;
	getsockopt(connection, SOL_SOCKET, SO_ERROR, &error, &size);
	return error;
}

static int hold(int connection, size_t bytes)
{
	char line[16], back, *out = malloc(bytes);

	memset(out, 'x', bytes);
	out[bytes - 1] = 'E';
	while (fgets(line, sizeof(line), stdin)) {
		for (size_t sent = 0; sent < bytes;) {
			ssize_t now = write(connection, out + sent, bytes - sent);
			if (now < 0)
				return fail("sending");
			sent += now;
		}
		if (read(connection, &back, 1) != 1)
			return fail("reading the answer");
		say("answered");
	}
	close(connection);
	free(out);
	return 0;
}

static int call(const char *address, const char *port, const char *ms, size_t bytes)
{
	struct sockaddr_storage to;
	socklen_t length = address_of(address, port, &to);
	int connection = socket(to.ss_family, SOCK_STREAM, 0);
	int error = try_to_connect(connection, &to, length, atoi(ms));
	char rest[4096];
	ssize_t got;

	say(error < 0 ? "gave up" : error ? strerrorname_np(error) : "connected");
	if (error)
		return 0;
	fcntl(connection, F_SETFL, 0);
	if (bytes)
		return hold(connection, bytes);
	got = write(connection, "x", 1);
	while (got >= 0 && (got = read(connection, rest, sizeof(rest))) > 0)
		;
	say(got < 0 ? strerrorname_np(errno) : "closed");
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 6 && !strcmp(argv[1], "serve"))
		return serve(argv[2], argv[3], argv[4], argv[5]);
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "connect"))
		return call(argv[2], argv[3], argv[4], argc == 6 ? strtoul(argv[5], NULL, 10) : 0);
	fprintf(stderr, "usage: tcp_peer serve ADDRESS PORT BACKLOG HOW | connect ADDRESS PORT MS [BYTES]\n");
	return 2;
}
