// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// flood INTERFACE DESTINATION-MAC CONNECTIONS: sends that many short connections, each of two UDP packets of 60 bytes,
// from every CPU at once, as fast as it can. No two connections of a run are alike.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME_BYTES 60
#define PACKETS_EACH 2

/* Ethernet, IPv4 10.0.0.0 -> 10.255.0.1, UDP 1024 -> 9; what tells connections apart is filled in. */
static unsigned char frame[FRAME_BYTES] = {
	2, 0, 0,  0,  0, 0, 2,  0, 0, 0, 0,  9,   8, 0, 0x45, 0, 0, 46, 0, 0,
	0, 0, 64, 17, 0, 0, 10, 0, 0, 0, 10, 255, 0, 1, 4,    0, 0, 9,  0, 26,
};

/* RFC 1071 over the IPv4 header, so that routers pass the packet on. */
static void set_checksum(void)
{
	unsigned sum = 0;
	frame[24] = frame[25] = 0;
	for (int at = 14; at < 34; at += 2)
		sum += (unsigned)(frame[at] << 8 | frame[at + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	frame[24] = (unsigned char)(~sum >> 8);
	frame[25] = (unsigned char)~sum;
}

static int flood(const char *interface, unsigned cpu, unsigned connections)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	cpu_set_t only;
	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || !to.sll_ifindex || sched_setaffinity(0, sizeof(only), &only))
		return 1;
	frame[27] = (unsigned char)cpu;
	for (unsigned i = 0; i < connections; i++) {
		frame[28] = (unsigned char)(i >> 24);
		frame[29] = (unsigned char)(i >> 16);
		frame[34] = (unsigned char)(i >> 8);
		frame[35] = (unsigned char)i;
		for (unsigned packet = 0; packet < PACKETS_EACH; packet++) {
			unsigned id = i * PACKETS_EACH + packet;
			frame[18] = (unsigned char)(id >> 8);
			frame[19] = (unsigned char)id;
			set_checksum();
			while (sendto(fd, frame, FRAME_BYTES, 0, (struct sockaddr *)&to, sizeof(to)) != FRAME_BYTES)
				; /* no room in the queue: again */
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 4 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &frame[0], &frame[1], &frame[2], &frame[3],
				&frame[4], &frame[5]) != 6) {
		fprintf(stderr, "usage: flood INTERFACE DESTINATION-MAC CONNECTIONS\n");
		return 2;
	}
	unsigned cpus = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
	for (unsigned cpu = 0; cpu < cpus; cpu++)
		if (fork() == 0)
			_exit(flood(argv[1], cpu, (unsigned)atoi(argv[3]) / cpus));
	int failed = 0, status;
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}
