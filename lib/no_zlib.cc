// In the place of zlib, which libelf and libbpf ask for, and would never be given work by zdr: its BPF objects are not
// compressed, and none has a setting of the kernel's configuration. So no copy of zlib has to be renewed
// when zlib has a fault. Each function says that it failed. Not part of libzdr, but linked into the
// programs.
#include <zlib.h>

extern "C" {

int inflateInit_(z_streamp, const char*, int) {
    return Z_VERSION_ERROR;
}
int inflate(z_streamp, int) {
    return Z_STREAM_ERROR;
}
int inflateReset(z_streamp) {
    return Z_STREAM_ERROR;
}
int inflateEnd(z_streamp) {
    return Z_STREAM_ERROR;
}
int deflateInit_(z_streamp, int, const char*, int) {
    return Z_VERSION_ERROR;
}
int deflate(z_streamp, int) {
    return Z_STREAM_ERROR;
}
int deflateEnd(z_streamp) {
    return Z_STREAM_ERROR;
}
gzFile gzopen64(const char*, const char*) {
    return nullptr;
}
char* gzgets(gzFile, char*, int) {
    return nullptr;
}
int gzclose(gzFile) {
    return Z_STREAM_ERROR;
}
}
