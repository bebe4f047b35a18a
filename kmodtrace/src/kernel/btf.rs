//! Reader of the BPF Type Format (Documentation/bpf/btf.rst).
