// The headers that libzdr is installed with, and the proof that none of them drags in what their users have not: the
// kernel's contract, libbpf, or the libraries that zdr is made of.
#include "zdr/base/boot_clock.h"
#include "zdr/base/duration.h"
#include "zdr/base/error.h"
#include "zdr/base/unique_fd.h"
#include "zdr/config/config.h"
#include "zdr/control/change_servers.h"
#include "zdr/control/context.h"
#include "zdr/control/flip_servers.h"
#include "zdr/control/lease.h"
#include "zdr/control/patterns.h"
#include "zdr/control/restart/restart_event.h"
#include "zdr/control/restart/restart_request.h"
#include "zdr/control/restart/restart_servers.h"
#include "zdr/control/server_lookup.h"
#include "zdr/control/set_state.h"
#include "zdr/control/wait_for_checkers.h"
#include "zdr/control/wait_for_idle.h"
#include "zdr/haproxy/runtime_socket.h"
#include "zdr/kernel/access.h"
#include "zdr/kernel/server_table.h"
#include "zdr/kernel/sessions.h"
#include "zdr/kernel/state_dir.h"
#include "zdr/model/acknowledgement.h"
#include "zdr/model/checkers.h"
#include "zdr/model/flip.h"
#include "zdr/model/health_check.h"
#include "zdr/model/process_identity.h"
#include "zdr/model/server.h"
#include "zdr/model/server_changes.h"
#include "zdr/net/endpoint.h"

#if defined(ZDR_ABI_H) || defined(ZDR_DECIDE_H) || defined(ZDR_CHECKERS_H) || defined(__LINUX_BPF_H__)
#error "a public header includes the contract with the kernel programs"
#endif
#if defined(__LIBBPF_BPF_H) || defined(__LIBBPF_LIBBPF_H)
#error "a public header includes libbpf"
#endif
#if defined(FMT_VERSION) || defined(SPDLOG_VERSION) || defined(NLOHMANN_JSON_VERSION_MAJOR)
#error "a public header includes fmt, spdlog or nlohmann-json"
#endif
