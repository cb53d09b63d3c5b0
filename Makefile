# Builds the BPF programs and the addon into build/. Nothing happens when they are up to date.
# npm packages give the headers of the addon: run `npm ci` (scripts/setup does) before.

CLANG ?= clang-19
CLANGXX ?= clang++-19
CLANG_FORMAT ?= clang-format-19
STRIP_BPF ?= llvm-strip-19
CXX ?= g++

out := build
bpf_headers := $(wildcard bpf/lib/*.h bpf/shared/*.h)
bpf_programs := $(patsubst bpf/%.bpf.c,$(out)/%.bpf.o,$(wildcard bpf/*.bpf.c))
native_sources := $(wildcard native/*.cc)
native_objects := $(patsubst native/%.cc,$(out)/native/%.o,$(native_sources))
formatted := $(wildcard bpf/*.c bpf/*/*.h native/*.cc native/*.h bench/kernel/*.c bench/loads/*.c test/kernel/*.c test/packets/*.c fuzz/*.cc)

# The instructions of kernel 5.10 and later (-mcpu=v3); BTF (-g) is what libbpf relocates by.
BPFFLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Werror -Ibpf

# One binary for all versions of Node that have Node-API 8 (type tags), and one file: libc and little else at run time.
CXXFLAGS ?= -O2 -g
native_flags := -std=c++20 -fPIC -fvisibility=hidden -Wall -Wextra -Werror \
	-DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS \
	-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS -DNODE_ADDON_API_DISABLE_DEPRECATED \
	-Ibpf -isystem node_modules/node-api-headers/include -isystem node_modules/node-addon-api
# libelf needs zlib, and from 0.189 on zstd.
zstd := $(if $(wildcard /usr/lib/*/libzstd.a /usr/lib64/libzstd.a),-l:libzstd.a)
native_libraries := -l:libbpf.a -l:libelf.a -l:libz.a $(zstd)

# Programs of tests and benchmarks only.
CFLAGS_TOOLS := -O2 -Wall -Wextra -Werror

.PHONY: all bpf native bundle test-programs fuzz bench format check-format clean
all: bpf native bundle
bpf: $(bpf_programs)
native: $(out)/netsonde.node
bundle: dist/main.js

$(out)/%.bpf.o: bpf/%.bpf.c $(bpf_headers) Makefile | $(out)
	$(CLANG) $(BPFFLAGS) -c $< -o $@.part
	$(STRIP_BPF) -g $@.part
	mv $@.part $@

$(out)/netsonde.node: $(native_objects) Makefile
	$(CXX) -shared -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,-z,relro,-z,now \
		-o $@.part $(native_objects) $(native_libraries)
	mv $@.part $@

$(out)/native/%.o: native/%.cc Makefile | $(out)/native
	$(CXX) $(CXXFLAGS) $(native_flags) -MMD -MP -c $< -o $@

-include $(native_objects:.o=.d)

# What bin/netsonde runs, where the sources are no newer.
dist/main.js: $(shell find src -name '*.ts' -not -name '*.test.ts' -not -path '*/testdata/*') rolldown.config.js package.json
	node_modules/.bin/rolldown -c >/dev/null

# What the tests of the kernel side load: our programs with a fault put in, which must go red, and somebody else's.
fault_names := ADD_LEFT_OUT ADD_DONE_TWICE ENTRY_DROPPED_AT_THE_TURN SLOW SLOW_NO_WAIT
test-programs: all $(fault_names:%=$(out)/faults/%.bpf.o) $(out)/test/foreign.bpf.o $(out)/test/foreign $(out)/test/send_frame $(out)/test/send_segments $(out)/test/flood \
	$(out)/test/parse.bpf.o $(out)/test/parse_frames $(out)/test/bpf_exists $(out)/test/tun_gso $(out)/test/tcp_peer $(out)/test/slow_path $(out)/test/tcp_load $(out)/test/socket_owner $(out)/test/tcp_refused.bpf.o $(out)/test/stopped_clock.so
$(out)/faults/%.bpf.o: bpf/flow.bpf.c $(bpf_headers) Makefile | $(out)/faults
	$(CLANG) $(BPFFLAGS) $(or $(fault_flags),-DFAULT_$*) -c $< -o $@
$(out)/faults/SLOW_NO_WAIT.bpf.o: fault_flags := -DFAULT_SLOW -DFAULT_NO_WAIT
$(out)/test/%.bpf.o: test/kernel/%.bpf.c $(bpf_headers) Makefile | $(out)/test
	$(CLANG) $(BPFFLAGS) -c $< -o $@
$(out)/test/%.bpf.o: test/packets/%.bpf.c $(bpf_headers) Makefile | $(out)/test
	$(CLANG) $(BPFFLAGS) -c $< -o $@
$(out)/test/%: test/packets/%.c Makefile | $(out)/test
	$(CC) $(CFLAGS_TOOLS) -o $@ $< $(native_libraries)
$(out)/test/%.so: test/kernel/%.c Makefile | $(out)/test
	$(CC) $(CFLAGS_TOOLS) -shared -fPIC -o $@ $<
$(out)/test/%: test/kernel/%.c Makefile | $(out)/test
	$(CC) $(CFLAGS_TOOLS) -o $@ $< $(native_libraries)

# The parser and the reader of captures under libFuzzer, with the address and undefined-behaviour sanitizers:
# `make fuzz` builds them, build/fuzz/NAME -max_total_time=600 fuzz/corpus/NAME runs one.
fuzz_sources := $(addprefix native/,frame.cc memory_source.cc capture_reader.cc pcap_reader.cc pcapng_reader.cc \
	fragments.cc connections.cc capture_count.cc generic_netlink.cc)
fuzz: $(out)/fuzz/parse $(out)/fuzz/capture $(out)/fuzz/netlink
$(out)/fuzz/%: fuzz/%.cc $(fuzz_sources) $(wildcard native/*.h) $(bpf_headers) Makefile | $(out)/fuzz
	$(CLANGXX) -std=c++20 -g -O1 -Wall -Wextra -Werror -fno-omit-frame-pointer -fno-sanitize-recover=all \
		-fsanitize=fuzzer,address,undefined -Ibpf -Inative -o $@ $< $(fuzz_sources)

# What `npm run bench` compares with, and what runs it.
bench: all $(out)/bench/empty_tracepoint.bpf.o $(out)/bench/new_flow.bpf.o $(out)/bench/passing.bpf.o $(out)/bench/empty.bpf.o $(out)/bench/floor.bpf.o $(out)/bench/prog_run $(out)/bench/verified \
	$(out)/bench/load
$(out)/bench/%.bpf.o: bench/kernel/%.bpf.c bpf/flow.bpf.c $(bpf_headers) Makefile | $(out)/bench
	$(CLANG) $(BPFFLAGS) -c $< -o $@
$(out)/bench/load: bench/loads/load.c Makefile | $(out)/bench
	$(CC) $(CFLAGS_TOOLS) -pthread -o $@ $<
$(out)/bench/%: bench/kernel/%.c Makefile | $(out)/bench
	$(CC) $(CFLAGS_TOOLS) -o $@ $< $(native_libraries)

$(out) $(out)/native $(out)/faults $(out)/test $(out)/fuzz $(out)/bench:
	mkdir -p $@

format:
	@$(CLANG_FORMAT) -i $(formatted)
check-format:
	@$(CLANG_FORMAT) --dry-run --Werror $(formatted)
clean:
	rm -rf $(out) dist
