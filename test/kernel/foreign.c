// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// foreign OBJECT INTERFACE tcx|tc: attaches somebody else's program to the interface's ingress, as a TCX link or as a
// filter of the clsact qdisc that is there, until the end of its input. Prints what it has counted, once for each line.
// foreign OBJECT DIRECTORY cgroup: to the sockets of a cgroup, without a link, as systemd does.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TCX_INGRESS 46 /* include/uapi/linux/bpf.h, enum bpf_attach_type, since 6.6 */

static int attach_tcx(int program, const char *interface)
{
	return bpf_link_create(program, (int)if_nametoindex(interface), TCX_INGRESS, NULL);
}

static int attach_tc(int program, const char *interface)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(interface), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program, .handle = 7, .priority = 50);
	return bpf_tc_attach(&hook, &filter);
}

static int attach_cgroup(int program, const char *directory)
{
	int cgroup = open(directory, O_RDONLY | O_DIRECTORY);
	return bpf_prog_attach(program, cgroup, BPF_CGROUP_INET_INGRESS, BPF_F_ALLOW_MULTI);
}

int main(int argc, char **argv)
{
	char line[64];

	if (argc != 4) {
		fprintf(stderr, "usage: foreign OBJECT INTERFACE|DIRECTORY tcx|tc|cgroup\n");
		return 2;
	}
	struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object)) {
		fprintf(stderr, "foreign: cannot load %s\n", argv[1]);
		return 1;
	}
	int at_sockets = strcmp(argv[3], "cgroup") == 0;
	const char *name = at_sockets ? "foreign_cgroup" : "foreign";
	int program = bpf_program__fd(bpf_object__find_program_by_name(object, name));
	int error = at_sockets                    ? attach_cgroup(program, argv[2])
		    : strcmp(argv[3], "tcx") == 0 ? attach_tcx(program, argv[2])
						  : attach_tc(program, argv[2]);
	if (error < 0) {
		fprintf(stderr, "foreign: cannot attach to %s: %s\n", argv[2], strerror(-error));
		return 1;
	}
	int map = bpf_object__find_map_fd_by_name(object, ".bss");
	volatile unsigned long long *packets = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, map, 0);
	if (packets == MAP_FAILED) {
		fprintf(stderr, "foreign: cannot map the count\n");
		return 1;
	}
	printf("attached\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		printf("%llu\n", *packets);
		fflush(stdout);
	}
	return 0;
}
