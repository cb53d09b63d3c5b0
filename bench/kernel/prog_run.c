// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// prog_run OBJECT PROGRAMS [MAP=ENTRIES...]: loads these programs of the object (names with commas between) with the
// maps sized so, and then does what its input says, a line each, so that objects can take turns:
//   run PROGRAM REPEAT PACKET   runs it on the packet (BPF_PROG_TEST_RUN), prints the nanoseconds of CPU time a run
//   took set MAP NUMBER              the first 32 bits of the map's only value clear MAP                   deletes all
//   entries entries MAP                 prints how many there are memory MAP                  prints the bytes that the
//   kernel charges for it
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_VALUE 4096
#define MAX_KEY 64

static struct bpf_object *object;

static void fail(const char *doing, const char *what)
{
	fprintf(stderr, "prog_run: %s %s: %s\n", doing, what, strerror(errno));
	exit(1);
}

static struct bpf_map *map_named(const char *name)
{
	struct bpf_map *map;
	bpf_object__for_each_map(map, object)
	{
		/* libbpf puts the object's name before .bss and .data. */
		const char *dot = strchr(bpf_map__name(map), '.');
		if (!strcmp(bpf_map__name(map), name) || (dot && !strcmp(dot, name)))
			return map;
	}
	errno = ENOENT;
	fail("finding map", name);
	return NULL;
}

/* Whether `name` is one of `names`, which have commas between them. */
static int listed(const char *names, const char *name)
{
	size_t length = strlen(name);
	for (const char *at = names; (at = strstr(at, name)); at += length)
		if ((at == names || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return 1;
	return 0;
}

static void load(const char *path, const char *programs, char **sizes)
{
	object = bpf_object__open_file(path, NULL);
	if (!object)
		fail("opening", path);
	struct bpf_program *program;
	bpf_object__for_each_program(program, object)
	{
		int wanted = listed(programs, bpf_program__name(program));
		bpf_program__set_autoload(program, wanted);
		if (wanted) /* not every object's sections have names that libbpf knows */
			bpf_program__set_type(program, BPF_PROG_TYPE_SCHED_CLS);
	}
	struct bpf_map *map;
	bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
	for (; *sizes; sizes++) {
		char *equals = strchr(*sizes, '=');
		if (!equals) {
			errno = EINVAL;
			fail("sizing", *sizes);
		}
		*equals = '\0';
		if (bpf_map__set_max_entries(map_named(*sizes), (__u32)atoi(equals + 1)))
			fail("sizing", *sizes);
	}
	if (bpf_object__load(object))
		fail("loading", path);
}

static double now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* CPU time of this thread: what others do on this CPU meanwhile is not in it, and it is no whole number. */
static void run(const char *name, int repeat, const char *path)
{
	static char packet[4096], out[8192];
	FILE *file = fopen(path, "rb");
	if (!file)
		fail("opening", path);
	size_t size = fread(packet, 1, sizeof(packet), file);
	fclose(file);
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	if (!program)
		fail("finding program", name);
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = (__u32)size, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = repeat);
	double begin = now_ns();
	if (bpf_prog_test_run_opts(bpf_program__fd(program), &run))
		fail("running", name);
	printf("%.3f\n", (now_ns() - begin) / repeat);
}

static void set(struct bpf_map *map, __u32 number)
{
	static char value[MAX_VALUE];
	__u32 first = 0;
	if (bpf_map__value_size(map) > sizeof(value) || bpf_map_lookup_elem(bpf_map__fd(map), &first, value))
		fail("reading", bpf_map__name(map));
	memcpy(value, &number, sizeof(number));
	if (bpf_map_update_elem(bpf_map__fd(map), &first, value, BPF_ANY))
		fail("setting", bpf_map__name(map));
	printf("\n");
}

static void clear(struct bpf_map *map)
{
	char keys[2][MAX_KEY];
	int at = 0, fd = bpf_map__fd(map);
	/* The next one is found before this is gone: from the start each look would pass all the empty buckets. */
	for (int more = !bpf_map_get_next_key(fd, NULL, keys[at]); more; at = !at) {
		more = !bpf_map_get_next_key(fd, keys[at], keys[!at]);
		if (bpf_map_delete_elem(fd, keys[at]))
			fail("clearing", bpf_map__name(map));
	}
	printf("\n");
}

static void count_entries(struct bpf_map *map)
{
	char key[MAX_KEY];
	long count = 0;
	for (void *at = NULL; !bpf_map_get_next_key(bpf_map__fd(map), at, key); at = key)
		count++;
	printf("%ld\n", count);
}

/* What the map's file descriptor tells of it (kernel/bpf/syscall.c, bpf_map_show_fdinfo). */
static void memory(struct bpf_map *map)
{
	char path[64], line[128];
	long bytes = -1;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
	FILE *file = fopen(path, "r");
	if (!file)
		fail("opening", path);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "memlock: %ld", &bytes);
	fclose(file);
	printf("%ld\n", bytes);
}

int main(int argc, char **argv)
{
	char line[1024], first[256], path[512];
	int number;

	if (argc < 3) {
		fprintf(stderr, "usage: prog_run OBJECT PROGRAMS [MAP=ENTRIES...]\n");
		return 2;
	}
	load(argv[1], argv[2], argv + 3);
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "run %255s %d %511[^\n]", first, &number, path) == 3)
			run(first, number, path);
		else if (sscanf(line, "set %255s %d", first, &number) == 2)
			set(map_named(first), (__u32)number);
		else if (sscanf(line, "clear %255s", first) == 1)
			clear(map_named(first));
		else if (sscanf(line, "entries %255s", first) == 1)
			count_entries(map_named(first));
		else if (sscanf(line, "memory %255s", first) == 1)
			memory(map_named(first));
		else {
			errno = EINVAL;
			fail("understanding", line);
		}
		fflush(stdout);
	}
	bpf_object__close(object);
	return 0;
}
