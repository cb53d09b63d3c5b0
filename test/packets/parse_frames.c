// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// parse_frames OBJECT INTERFACE PROGRAM LINK: reads frames as lines of hex digits and prints for each what the program
// found in it: the route it took (test_run, packet), and the answer as hex. A frame that BPF_PROG_TEST_RUN does not
// take goes out of the interface over AF_PACKET, past the program at its egress. LINK is the number that capture files
// give the link type.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_BYTES 72
#define MAX_FRAME 4096

static int answers, program, ifindex, out;

static int fail(const char *doing)
{
	fprintf(stderr, "parse_frames: %s: %s\n", doing, strerror(errno));
	return 1;
}

static unsigned runs(unsigned char *answer)
{
	unsigned count;
	__u32 zero = 0;
	if (bpf_map_lookup_elem(answers, &zero, answer))
		exit(fail("reading the answer"));
	memcpy(&count, answer, sizeof(count));
	return count;
}

static int test_run(const unsigned char *frame, size_t size)
{
	static unsigned char back[MAX_FRAME * 2];
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = (__u32)size, .data_out = back,
		    .data_size_out = sizeof(back), .repeat = 1);
	return bpf_prog_test_run_opts(program, &run);
}

/* The program drops it, and dropping is told as ENOBUFS or not at all. */
static void send_packet(const unsigned char *frame, size_t size)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = ifindex, .sll_protocol = htons(ETH_P_IP) };
	sendto(out, frame, size, 0, (struct sockaddr *)&to, sizeof(to));
}

static int attach(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program);
	int error = bpf_tc_hook_create(&hook);
	return error && error != -EEXIST ? error : bpf_tc_attach(&hook, &filter);
}

int main(int argc, char **argv)
{
	static char line[MAX_FRAME * 2 + 2];
	unsigned char frame[MAX_FRAME], answer[ANSWER_BYTES];

	if (argc != 5) {
		fprintf(stderr, "usage: parse_frames OBJECT INTERFACE PROGRAM LINK\n");
		return 2;
	}
	libbpf_set_print(NULL); /* of the qdisc that is there already */
	struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return fail(argv[1]);
	struct bpf_program *named = bpf_object__find_program_by_name(object, argv[3]);
	answers = bpf_object__find_map_fd_by_name(object, "answers");
	ifindex = (int)if_nametoindex(argv[2]);
	out = socket(AF_PACKET, SOCK_RAW, 0);
	if (!named || answers < 0 || !ifindex || out < 0)
		return fail(argv[2]);
	program = bpf_program__fd(named);
	__u32 first = 0, link = (__u32)atoi(argv[4]);
	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, ".data.capture_link"), &first, &link, BPF_ANY))
		return fail("setting the link type");
	if (attach())
		return fail("attaching");

	while (fgets(line, sizeof(line), stdin)) {
		const char *route = "test_run";
		size_t size = 0;
		for (const char *at = line; size < sizeof(frame) && sscanf(at, "%2hhx", &frame[size]) == 1; at += 2)
			size++;
		unsigned before = runs(answer);
		if (strncmp(argv[3], "parse_ethernet", 14) || test_run(frame, size)) {
			route = "packet";
			send_packet(frame, size);
		}
		if (runs(answer) != before + 1)
			route = "none";
		printf("%s ", route);
		for (int i = 0; i < ANSWER_BYTES; i++)
			printf("%02x", answer[i]);
		printf("\n");
	}
	bpf_object__close(object);
	return 0;
}
