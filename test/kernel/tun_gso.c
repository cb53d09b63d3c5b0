// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// tun_gso DEVICE HEADERS PAYLOAD SEGMENT COUNT: lets so many super-packets come in by a TUN, each of these IP and TCP
// headers (hex), so many bytes of payload, to be cut into segments of so many. As a virtual machine's packets do: the
// header of virtio before them tells the size of a segment, and nobody the number (drivers/net/tun.c;
// virtio 1.2 5.1.6).
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define IPV6_BYTES 40
#define TCP_CHECKSUM_AT 16

struct frame {
	struct virtio_net_hdr virtio;
	unsigned char bytes[65535];
};

static void put16(unsigned char *to, unsigned number)
{
	to[0] = (unsigned char)(number >> 8);
	to[1] = (unsigned char)number;
}

static void set_ipv4_checksum(unsigned char *ip, size_t size)
{
	unsigned sum = 0;
	put16(ip + 10, 0);
	for (size_t i = 0; i < size; i += 2)
		sum += (unsigned)(ip[i] << 8 | ip[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)));
}

int main(int argc, char **argv)
{
	static struct frame frame;

	if (argc != 6) {
		fprintf(stderr, "usage: tun_gso DEVICE HEADERS PAYLOAD SEGMENT COUNT\n");
		return 2;
	}
	size_t headers = 0, payload = (size_t)atoi(argv[3]);
	for (const char *at = argv[2]; sscanf(at, "%2hhx", &frame.bytes[headers]) == 1; at += 2)
		headers++;
	int is_ipv4 = frame.bytes[0] >> 4 == 4;
	size_t ip_bytes = is_ipv4 ? (frame.bytes[0] & 15) * 4u : IPV6_BYTES;
	if (is_ipv4) {
		put16(frame.bytes + 2, (unsigned)(headers + payload));
		set_ipv4_checksum(frame.bytes, ip_bytes);
	} else {
		put16(frame.bytes + 4, (unsigned)(headers + payload - IPV6_BYTES));
	}
	frame.virtio = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = is_ipv4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6,
		.hdr_len = (__virtio16)headers,
		.gso_size = (__virtio16)atoi(argv[4]),
		.csum_start = (__virtio16)ip_bytes,
		.csum_offset = TCP_CHECKSUM_AT,
	};

	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	strncpy(request.ifr_name, argv[1], sizeof(request.ifr_name) - 1);
	int tun = open("/dev/net/tun", O_RDWR);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request)) {
		perror(argv[1]);
		return 1;
	}
	ssize_t size = (ssize_t)(sizeof(frame.virtio) + headers + payload);
	for (int i = 0; i < atoi(argv[5]); i++)
		if (write(tun, &frame, (size_t)size) != size) {
			perror("tun_gso");
			return 1;
		}
	return 0;
}
