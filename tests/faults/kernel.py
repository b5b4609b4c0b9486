"""What the kernel holds of zdr, read by bpf(2) itself: the test must not believe the programs that it tests."""

import ctypes
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
BPF = 321  # x86-64
if os.uname().machine == "aarch64":
    BPF = 280

MAP_LOOKUP, MAP_NEXT_KEY, OBJ_GET, MAP_BY_ID, PROG_QUERY = 1, 4, 7, 14, 16
# enum bpf_attach_type: of a cgroup, of a network namespace, of an interface
CGROUP_HOOKS = {3: "sockops", 8: "bind4", 9: "bind6", 10: "connect4", 11: "connect6", 29: "getpeername4", 30: "getpeername6"}
SK_LOOKUP = 36
TCX_HOOKS = {46: "tcx_in", 47: "tcx_out"}


def bpf(command, attributes):
    """The result of bpf(2); the attributes are changed as the kernel changes them."""
    result = LIBC.syscall(BPF, command, attributes, ctypes.sizeof(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def attributes_of(*parts):
    return ctypes.create_string_buffer(b"".join(parts).ljust(128, b"\0"), 128)


def pinned(path):
    name = ctypes.create_string_buffer(path.encode())
    return bpf(OBJ_GET, attributes_of(struct.pack("QII", ctypes.addressof(name), 0, 0)))


def look_up(fd, key, size):
    key = ctypes.create_string_buffer(key, len(key))
    value = ctypes.create_string_buffer(size)
    bpf(MAP_LOOKUP, attributes_of(struct.pack("IxxxxQQ", fd, ctypes.addressof(key), ctypes.addressof(value))))
    return value.raw


def keys_of(fd, size):
    key = None
    while True:
        following = ctypes.create_string_buffer(size)
        last = 0 if key is None else ctypes.addressof(key)
        try:
            bpf(MAP_NEXT_KEY, attributes_of(struct.pack("IxxxxQQ", fd, last, ctypes.addressof(following))))
        except FileNotFoundError:
            return
        key = following
        yield key.raw


def redirects(live):
    """{(address or "*", port): app port} as the programs read them; empty where there is no trie yet."""
    outer = pinned(live + "/zdr_redirects")
    inner = -1
    try:
        try:
            (number,) = struct.unpack("I", look_up(outer, struct.pack("I", 0), 4))
        except FileNotFoundError:
            return {}
        inner = bpf(MAP_BY_ID, attributes_of(struct.pack("I", number)))
        found = {}
        for key in keys_of(inner, 24):
            (bits,), (port,) = struct.unpack("=I", key[:4]), struct.unpack("!H", key[4:6])
            (app_port,) = struct.unpack("!H", look_up(inner, key, 8)[4:6])
            address = "*" if bits == 32 else ".".join(str(byte) for byte in key[20:24])
            found[(address, port)] = app_port
        return found
    finally:
        os.close(outer)
        if inner >= 0:
            os.close(inner)


def is_attached(target, attach_type):
    ids = (ctypes.c_uint32 * 64)()
    attributes = attributes_of(struct.pack("IIIIQI", target, attach_type, 0, 0, ctypes.addressof(ids), 64))
    bpf(PROG_QUERY, attributes)
    return struct.unpack_from("I", attributes.raw, 24)[0] > 0


def attached_hooks(cgroup, interfaces):
    """Names of the hooks that have programs: at the cgroup, in this network namespace, at these interfaces."""
    found = []
    fd = os.open(cgroup, os.O_RDONLY)
    try:
        found += [name for number, name in CGROUP_HOOKS.items() if is_attached(fd, number)]
    finally:
        os.close(fd)
    fd = os.open("/proc/self/ns/net", os.O_RDONLY)
    try:
        found += ["lookup"] if is_attached(fd, SK_LOOKUP) else []
    finally:
        os.close(fd)
    for index in interfaces:
        for number, name in TCX_HOOKS.items():
            try:
                found += [f"{name}_{index}"] if is_attached(index, number) else []
            except OSError:  # before Linux 6.6
                pass
    return sorted(found)
