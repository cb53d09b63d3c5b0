// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// tcp_load ADDRESSES PORT RATE SECONDS
// Serves on all addresses, and connects to 127.77.0.1 to 127.77.0.ADDRESSES in turn, RATE times a second: a byte there,
// a byte back, and the client closes first. Says "ready", waits for a line, and at the end says how many connections
// it made, how many failed, and in how many seconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
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

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: tcp_load ADDRESSES PORT RATE SECONDS\n");
		return 2;
	}
	int addresses = atoi(argv[1]), one = 1;
	long total = atol(argv[3]) * atol(argv[4]), failed = 0;
	double rate = atof(argv[3]);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
	pthread_t thread;
	char line[8], byte = 'x';

	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (void *)&to, sizeof(to)) || listen(listener, 4096)) {
		perror("tcp_load: listening");
		return 1;
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&thread, NULL, serve, NULL);
	printf("ready\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;

	double begin = now();
	for (long i = 0; i < total; i++) {
		double early = begin + i / rate - now();
		if (early > 0)
			usleep(early * 1e6);
		to.sin_addr.s_addr = htonl(0x7f4d0001 + i % addresses);
		int connection = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(connection, (void *)&to, sizeof(to)) || write(connection, &byte, 1) != 1 ||
		    read(connection, &byte, 1) != 1)
			failed++;
		close(connection);
	}
	printf("%ld connections, %ld failed, %.1f s\n", total, failed, now() - begin);
	return 0;
}
