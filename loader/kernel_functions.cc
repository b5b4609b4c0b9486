#include "kernel_functions.h"

#include <bpf/btf.h>

#include <memory>

namespace zdr::loader {

Result<KernelFunctions> kernel_functions() {
    const std::unique_ptr<btf, void (*)(btf*)> kernel(btf__load_vmlinux_btf(), btf__free);
    if (!kernel) return fail_errno("read the types of the kernel");
    const auto has = [&](const char* name) { return btf__find_by_name_kind(kernel.get(), name, BTF_KIND_FUNC) > 0; };
    return KernelFunctions{has("bpf_sock_destroy"), has("bpf_cast_to_kern_ctx")};
}

}  // namespace zdr::loader
