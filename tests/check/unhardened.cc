// A program that is linked as no program of zdr may be: what the check "hardened" must find.
#include <cstdio>

int main() {
    return std::puts("unhardened") < 0;
}
