// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// bpf_exists [prog|map|link ID]...: prints those that the kernel still has, a line each.
#include <bpf/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned id = (unsigned)atoi(argv[i + 1]);
		int fd = strcmp(argv[i], "prog") == 0  ? bpf_prog_get_fd_by_id(id)
			 : strcmp(argv[i], "map") == 0 ? bpf_map_get_fd_by_id(id)
						       : bpf_link_get_fd_by_id(id);
		if (fd < 0)
			continue;
		printf("%s %u\n", argv[i], id);
		close(fd);
	}
	return 0;
}
