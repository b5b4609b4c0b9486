/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Who makes a system call. */
#ifndef ZDR_PROCESS_NAME_BPF_H
#define ZDR_PROCESS_NAME_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Offsets come from the running kernel's BTF. */
struct task_struct {
	struct task_struct *group_leader;
	char comm[16];
} __attribute__((preserve_access_index));

/* The 16 bytes of a process's name: that of its first thread, and the same for all workers that it forks. */
#define read_process_name(into)                                                                                        \
	do {                                                                                                           \
		struct task_struct *task = (void *)bpf_get_current_task();                                             \
		BPF_CORE_READ_INTO(into, task, group_leader, comm);                                                    \
	} while (0)

#endif
