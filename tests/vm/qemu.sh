#!/bin/bash
# For scripts that boot machines without KVM, to be sourced: what all of them have in common.
# shellcheck disable=SC2034,SC2054 # they use it; the commas are QEMU's

# One thread for all guest processors takes half the time of the host's processors, and no longer (measured). The features
# that are off cost emulation much.
qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none -machine q35 -accel tcg,thread=single
	-cpu max,la57=off,smap=off,erms=off,fsrm=off)
# For the kernel. Without no_timer_check, one on a busy host may take its timer for broken, and panic.
kernel_parameters='console=ttyS0 mitigations=off norandmaps init_on_alloc=0 tsc=reliable no_timer_check'
