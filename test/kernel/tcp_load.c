// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// tcp_load serve PORT
//     Says "ready" and serves on all addresses: a byte there, a byte back, and the client closes first.
// tcp_load FIRST ADDRESSES PORT RATE SECONDS
//     Connects to so many addresses from FIRST on in turn, RATE times a second; serves them itself where they are those
//     of the loopback. Says "ready", waits for a line, and at the end says how many connections it made, how many
//     failed, and in how many seconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/types.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int listener;

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec + at.tv_nsec / 1e9;
}

static void *serve(void *unused)
{
	char byte;

	for (;;) {
		int connection = accept(listener, NULL, NULL);
		if (connection < 0)
			continue;
		if (read(connection, &byte, 1) == 1 && write(connection, &byte, 1) == 1 && read(connection, &byte, 1))
			perror("tcp_load: more came than was sent");
		close(connection);
	}
	return unused;
}

static int listen_at(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	pthread_t thread;
	int one = 1;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (void *)&at, sizeof(at)) || listen(listener, 4096)) {
		perror("tcp_load: listening");
		return 1;
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&thread, NULL, serve, NULL);
	return 0;
}

static void say_ready(void)
{
	printf("ready\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve")) {
		if (listen_at(atoi(argv[2])))
			return 1;
		say_ready();
		for (;;)
			pause();
	}
	if (argc != 6) {
		fprintf(stderr, "usage: tcp_load serve PORT | FIRST ADDRESSES PORT RATE SECONDS\n");
		return 2;
	}
	__u32 first = ntohl(inet_addr(argv[1]));
	int addresses = atoi(argv[2]);
	long total = atol(argv[4]) * atol(argv[5]), failed = 0;
	double rate = atof(argv[4]);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[3])) };
	char line[8], byte = 'x';

	if (first >> 24 == 127 && listen_at(atoi(argv[3])))
		return 1;
	say_ready();
	if (!fgets(line, sizeof(line), stdin))
		return 1;

	double begin = now();
	for (long i = 0; i < total; i++) {
		double early = begin + i / rate - now();
		if (early > 0)
			usleep(early * 1e6);
		to.sin_addr.s_addr = htonl(first + i % addresses);
		int connection = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(connection, (void *)&to, sizeof(to)) || write(connection, &byte, 1) != 1 ||
		    read(connection, &byte, 1) != 1)
			failed++;
		close(connection);
	}
	printf("%ld connections, %ld failed, %.1f s\n", total, failed, now() - begin);
	return 0;
}
