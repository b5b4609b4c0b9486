/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Who makes a system call: its name, and its process. */
#ifndef ZDR_PROCESS_NAME_BPF_H
#define ZDR_PROCESS_NAME_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "maps.bpf.h"

/* Offsets come from the running kernel's BTF. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};
struct pid_namespace {
	struct ns_common ns;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct upid numbers[1]; /* one for each namespace that sees it, the first one's first: level + 1 */
};
struct task_struct {
	struct task_struct *group_leader;
	struct pid *thread_pid;
	char comm[16];
};
#pragma clang attribute pop

/* The 16 bytes of a process's name: that of its first thread, and the same for all workers that it forks. */
#define read_process_name(into)                                                                                        \
	do {                                                                                                           \
		struct task_struct *task = (void *)bpf_get_current_task();                                             \
		BPF_CORE_READ_INTO(into, task, group_leader, comm);                                                    \
	} while (0)

/* As zdr's own PID namespace counts processes; of one that is in another, as the first one does, with a mark. */
static __always_inline __u32 read_process_id(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct upid *own;
	struct pid *pid;

	if (!zdr_pid_namespace)
		return bpf_get_current_pid_tgid() >> 32;
	pid = BPF_CORE_READ(task, group_leader, thread_pid);
	own = (void *)pid + bpf_core_field_offset(pid->numbers) +
	      BPF_CORE_READ(pid, level) * bpf_core_type_size(struct upid);
	if (BPF_CORE_READ(own, ns, ns.inum) != zdr_pid_namespace)
		return bpf_get_current_pid_tgid() >> 32 | ZDR_PID_ELSEWHERE;
	return BPF_CORE_READ(own, nr);
}

#endif
