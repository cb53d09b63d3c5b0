// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// prog_run OBJECT PROGRAM REPEAT PACKET: runs the program on the packet in the kernel (BPF_PROG_TEST_RUN) and prints
// the nanoseconds a run took, once for each line that it reads, so that programs can take turns.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *doing, int error)
{
	fprintf(stderr, "prog_run: %s: %s\n", doing, strerror(error < 0 ? -error : error));
	return 1;
}

int main(int argc, char **argv)
{
	char packet[4096], out[8192], line[64];

	if (argc != 5) {
		fprintf(stderr, "usage: prog_run OBJECT PROGRAM REPEAT PACKET\n");
		return 2;
	}
	FILE *file = fopen(argv[4], "rb");
	if (!file)
		return fail(argv[4], 2);
	size_t size = fread(packet, 1, sizeof(packet), file);
	fclose(file);

	struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object))
		return fail(argv[1], 1);
	struct bpf_program *program = bpf_object__find_program_by_name(object, argv[2]);
	if (!program)
		return fail(argv[2], 2);

	while (fgets(line, sizeof(line), stdin)) {
		LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = (__u32)size, .data_out = out,
			    .data_size_out = sizeof(out), .repeat = atoi(argv[3]));
		int error = bpf_prog_test_run_opts(bpf_program__fd(program), &run);
		if (error)
			return fail("running", error);
		printf("%u\n", run.duration);
		fflush(stdout);
	}
	bpf_object__close(object);
	return 0;
}
