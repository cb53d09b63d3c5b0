// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// send_frame INTERFACE HEX...: sends each frame as it is, link header included (AF_PACKET, packet(7)).
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	unsigned char frame[65536];

	if (argc < 3) {
		fprintf(stderr, "usage: send_frame INTERFACE HEX...\n");
		return 2;
	}
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1]) };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || !to.sll_ifindex) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 2; i < argc; i++) {
		size_t size = 0;
		for (const char *at = argv[i]; size < sizeof(frame) && sscanf(at, "%2hhx", &frame[size]) == 1; at += 2)
			size++;
		if (sendto(fd, frame, size, 0, (struct sockaddr *)&to, sizeof(to)) != (ssize_t)size) {
			perror("send_frame");
			return 1;
		}
	}
	return 0;
}
