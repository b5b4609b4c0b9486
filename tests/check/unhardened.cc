// A program that is compiled and linked as no program of zdr may be: what the check "hardened" must find.
#include <cstdio>
#include <iostream>

int main(int count, char**) {
    char text[32];
    std::snprintf(text, sizeof text, "unhardened %d", count);
    std::cout << text << '\n';
}
