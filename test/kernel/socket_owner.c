// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process that has sockets. It answers what comes to them, unless it is deaf, and does what its lines of input say,
// each answered by a line: "done", or the number of a process.
//
// socket_owner NAME [deaf]
//     listen ADDRESS PORT    a listening socket of TCP, at a port that others may share
//     bind ADDRESS PORT      a socket of UDP, as that
//     tcp ADDRESS PORT       connects, and is done when a byte is back
//     udp ADDRESS PORT       the same with a connected socket of UDP
//     from ADDRESS PORT      the same with one that is not connected
//     call ADDRESS PORT      connects, and waits for nothing
//     once ADDRESS PORT      as tcp, and closes
//     again                  sends a byte by each socket that has asked, and is done when all are back
//     fork NAME              a child, which has all sockets too and does nothing
//     drop                   closes those that have asked
//     own any PORT           the port of those that ask from now on, which others may share
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 256

enum kind { LISTENS, BOUND, TAKEN, ASKS };

static struct one {
	int fd;
	enum kind kind;
	struct sockaddr_storage to; /* of one that asks and is not connected */
	socklen_t to_length;
} sockets[MOST];
static int count, own_port;

static void need(int ok, const char *doing)
{
	if (ok)
		return;
	fprintf(stderr, "socket_owner: %s: %s\n", doing, strerror(errno));
	exit(1);
}

static void say(int number)
{
	if (number)
		printf("%d\n", number);
	else
		printf("done\n");
	fflush(stdout);
}

static socklen_t address_of(const char *text, int port, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (void *)to;
	struct sockaddr_in6 *v6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	need(inet_pton(AF_INET6, text, &v6->sin6_addr) == 1, text);
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

static struct one *add(int fd, enum kind kind)
{
	need(fd >= 0 && count < MOST, "opening a socket");
	sockets[count] = (struct one){ .fd = fd, .kind = kind };
	return &sockets[count++];
}

static void await(struct one *one)
{
	char byte = '.';
	if (one->to_length)
		need(sendto(one->fd, &byte, 1, 0, (void *)&one->to, one->to_length) == 1, "sending");
	else
		need(send(one->fd, &byte, 1, 0) == 1, "sending");
	need(recv(one->fd, &byte, 1, 0) == 1, "waiting for an answer");
}

static void drop(void)
{
	int kept = 0;
	for (int i = 0; i < count; i++) {
		if (sockets[i].kind == ASKS)
			close(sockets[i].fd);
		else
			sockets[kept++] = sockets[i];
	}
	count = kept;
}

static int do_fork(const char *name)
{
	pid_t parent = getpid(), child = fork();
	need(child >= 0, "forking");
	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	while (getppid() == parent)
		pause();
	exit(0);
}

static void obey(const char *line)
{
	char verb[16] = "", address[64] = "";
	int port = 0, on = 1, number = 0;
	struct sockaddr_storage to, own;

	sscanf(line, "%15s %63s %d", verb, address, &port);
	socklen_t length = port && strcmp(address, "any") ? address_of(address, port, &to) : 0;
	if (!strcmp(verb, "listen") || !strcmp(verb, "bind")) {
		int is_tcp = verb[0] == 'l';
		struct one *one =
			add(socket(to.ss_family, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0), is_tcp ? LISTENS : BOUND);
		need(!setsockopt(one->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), "sharing a port");
		need(!bind(one->fd, (void *)&to, length), "binding");
		need(!is_tcp || !listen(one->fd, 64), "listening");
	} else if (!strcmp(verb, "again")) {
		for (int i = 0; i < count; i++)
			if (sockets[i].kind == ASKS)
				await(&sockets[i]);
	} else if (!strcmp(verb, "fork")) {
		number = do_fork(address);
	} else if (!strcmp(verb, "drop")) {
		drop();
	} else if (!strcmp(verb, "own")) {
		own_port = port;
	} else {
		int is_tcp = !strcmp(verb, "tcp") || !strcmp(verb, "once") || !strcmp(verb, "call");
		struct one *one = add(socket(to.ss_family, is_tcp ? SOCK_STREAM : SOCK_DGRAM, 0), ASKS);
		if (own_port) {
			need(!setsockopt(one->fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), "sharing a port");
			address_of(to.ss_family == AF_INET ? "0.0.0.0" : "::", own_port, &own);
			need(!bind(one->fd, (void *)&own, length), "binding");
		}
		if (strcmp(verb, "from")) {
			need(!connect(one->fd, (void *)&to, length), "connecting");
		} else {
			one->to = to;
			one->to_length = length;
		}
		if (strcmp(verb, "call"))
			await(one);
		if (!strcmp(verb, "once"))
			close(sockets[--count].fd);
	}
	say(number);
}

static void hear(struct one *one)
{
	char byte;
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	if (one->kind == LISTENS) {
		int fd = accept(one->fd, NULL, NULL);
		if (fd >= 0)
			add(fd, TAKEN);
	} else if (one->kind == BOUND) {
		if (recvfrom(one->fd, &byte, 1, 0, (void *)&from, &length) == 1)
			sendto(one->fd, &byte, 1, 0, (void *)&from, length);
	} else if (recv(one->fd, &byte, 1, 0) == 1) {
		send(one->fd, &byte, 1, MSG_NOSIGNAL);
	} else {
		close(one->fd);
		*one = sockets[--count];
	}
}

int main(int argc, char **argv)
{
	int deaf = argc > 2 && !strcmp(argv[2], "deaf");
	char line[128];

	need(argc > 1, "socket_owner NAME [deaf]");
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, argv[1]);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		struct pollfd polled[MOST + 1] = { { .fd = 0, .events = POLLIN } };
		int watched = deaf ? 0 : count;
		for (int i = 0; i < watched; i++)
			polled[i + 1] =
				(struct pollfd){ .fd = sockets[i].fd, .events = sockets[i].kind == ASKS ? 0 : POLLIN };
		need(poll(polled, watched + 1, -1) > 0, "waiting");
		for (int i = watched - 1; i >= 0; i--)
			if (polled[i + 1].revents && sockets[i].kind != ASKS)
				hear(&sockets[i]);
		if (!polled[0].revents)
			continue;
		/* A line at a time: what a stream's buffer holds, poll() does not show. */
		for (size_t length = 0; length < sizeof(line); length++) {
			if (read(0, line + length, 1) != 1)
				return 0;
			if (line[length] != '\n')
				continue;
			line[length] = 0;
			obey(line);
			break;
		}
	}
}
