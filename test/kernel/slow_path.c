// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// slow_path NETNS NETNS MS EVERY LEAST MOST [NAME NAME]
// A path between two network namespaces that takes MS milliseconds each way and loses, of the packets from the first
// to the second that are LEAST to MOST bytes long, each EVERYth (0: none). Its ends are called path0,
// or as said. Says "ready".
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PLACES 65536
#define MOST_BYTES 2048

struct packet {
	long long due_ns;
	int size;
	char bytes[MOST_BYTES];
};

struct way {
	int from, to;
	unsigned int first, next; /* of those on their way */
	struct packet *packets;
};

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int end_in(const char *name, const char *called)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	char path[256];

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", called);
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	int space = open(path, O_RDONLY);
	if (space < 0 || setns(space, CLONE_NEWNET))
		return -1;
	close(space);
	int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	return device < 0 || ioctl(device, TUNSETIFF, &request) ? -1 : device;
}

int main(int argc, char **argv)
{
	if (argc != 7 && argc != 9) {
		fprintf(stderr, "usage: slow_path NETNS NETNS MS EVERY LEAST MOST [NAME NAME]\n");
		return 2;
	}
	int near = end_in(argv[1], argc == 9 ? argv[7] : "path0");
	int far = end_in(argv[2], argc == 9 ? argv[8] : "path0");
	if (near < 0 || far < 0) {
		fprintf(stderr, "slow_path: making the ends: %s\n", strerror(errno));
		return 1;
	}
	long long delay_ns = atoi(argv[3]) * 1000000ll;
	int every = atoi(argv[4]), least = atoi(argv[5]), most = atoi(argv[6]), chosen = 0;
	struct way ways[2] = { { .from = near, .to = far }, { .from = far, .to = near } };
	for (int i = 0; i < 2; i++)
		ways[i].packets = malloc(PLACES * sizeof(struct packet));
	printf("ready\n");
	fflush(stdout);

	for (;;) {
		long long now = now_ns(), wait = 1000000000;
		for (int i = 0; i < 2; i++) {
			struct way *way = &ways[i];
			struct packet *packet;
			while (way->first != way->next &&
			       (packet = &way->packets[way->first % PLACES])->due_ns <= now) {
				if (write(way->to, packet->bytes, packet->size) < 0 && errno != EIO)
					perror("slow_path: writing");
				way->first++;
			}
			if (way->first != way->next && packet->due_ns - now < wait)
				wait = packet->due_ns - now;
		}
		struct pollfd ready[2] = { { .fd = near, .events = POLLIN }, { .fd = far, .events = POLLIN } };
		struct timespec most_wait = { .tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000 };
		ppoll(ready, 2, &most_wait, NULL);
		for (int i = 0; i < 2; i++) {
			struct way *way = &ways[i];
			while (way->next - way->first < PLACES) {
				struct packet *packet = &way->packets[way->next % PLACES];
				packet->size = read(way->from, packet->bytes, MOST_BYTES);
				if (packet->size <= 0)
					break;
				if (i == 0 && every && packet->size >= least && packet->size <= most &&
				    ++chosen % every == 0)
					continue;
				packet->due_ns = now_ns() + delay_ns;
				way->next++;
			}
		}
	}
}
