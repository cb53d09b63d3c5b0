// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// verified OBJECT [SETTING=NUMBER...]: loads the programs with members of struct settings set (numbers of 32 bits) and
// prints how many instructions the verifier went through for each, and its seconds for all of them together.
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_BYTES 65536
#define MAX_PROGRAMS 32

static int set(struct bpf_object *object, const char *setting)
{
	const char *value = strchr(setting, '=');
	const struct btf *btf = bpf_object__btf(object);
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata.settings");
	int settings = btf__find_by_name_kind(btf, "settings", BTF_KIND_STRUCT);
	size_t bytes;
	char *memory = map ? (char *)bpf_map__initial_value(map, &bytes) : NULL;

	if (!value || !memory || settings < 0)
		return -1;
	const struct btf_type *type = btf__type_by_id(btf, (__u32)settings);
	for (int i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		const char *name = btf__name_by_offset(btf, member->name_off);
		if (strlen(name) != (size_t)(value - setting) || strncmp(name, setting, strlen(name)))
			continue;
		__u32 number = (__u32)strtoul(value + 1, NULL, 0);
		memcpy(memory + member->offset / 8, &number, sizeof(number));
		return 0;
	}
	return -1;
}

int main(int argc, char **argv)
{
	static char logs[MAX_PROGRAMS][LOG_BYTES];
	struct bpf_program *program;
	struct timespec begin, end;
	int count = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: verified OBJECT [SETTING=NUMBER...]\n");
		return 2;
	}
	struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return 1;
	for (int i = 2; i < argc; i++)
		if (set(object, argv[i])) {
			fprintf(stderr, "verified: there is no setting for %s\n", argv[i]);
			return 1;
		}
	bpf_object__for_each_program(program, object)
	{
		if (count == MAX_PROGRAMS)
			break;
		bpf_program__set_log_level(program, 4);
		bpf_program__set_log_buf(program, logs[count++], LOG_BYTES);
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	int error = bpf_object__load(object);
	clock_gettime(CLOCK_MONOTONIC, &end);
	int at = 0;
	bpf_object__for_each_program(program, object)
	{
		const char *line = strstr(logs[at], "processed ");
		printf("%-24s %s", bpf_program__name(program), line ? line : "not loaded\n");
		if (++at == count)
			break;
	}
	printf("%.3f s\n", (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
	bpf_object__close(object);
	return error ? 1 : 0;
}
