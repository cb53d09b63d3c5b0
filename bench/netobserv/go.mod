// The module that holds NetObserv's shipped BPF object, which `npm run bench` compares with: fetched, never committed.
// The newest version that both the module proxy serves and the public checksum database knows; go.sum pins it.
module netsonde/bench/netobserv

go 1.19

require github.com/netobserv/netobserv-ebpf-agent v1.7.0-community.0.20250402134204-4b40d242d157
