// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// send_segments ADDRESS PORT COUNT HEX: sends the datagram COUNT times as one super-packet (UDP_SEGMENT, udp(7)).
#include <arpa/inet.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	static unsigned char datagrams[65536];
	size_t size = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: send_segments ADDRESS PORT COUNT HEX\n");
		return 2;
	}
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[2])) };
	size_t count = (size_t)atoi(argv[3]);
	const char *hex = argv[4];
	while (size < sizeof(datagrams) && sscanf(hex + 2 * size, "%2hhx", &datagrams[size]) == 1)
		size++;
	if (inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || size * count > sizeof(datagrams))
		return 2;
	for (size_t i = 1; i < count; i++)
		memcpy(datagrams + i * size, datagrams, size);

	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int segment = (int)size;
	if (fd < 0 || setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)) ||
	    sendto(fd, datagrams, size * count, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("send_segments");
		return 1;
	}
	return 0;
}
