// Gives back what the kernel read of the files of this program and its libraries and what is not needed any more. It does
// that by itself when memory is short; but what the start went through (types that were looked for, tables that were
// searched) would count as memory in use for years.
#define _GNU_SOURCE
#include "CLinux.h"
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// Documentation/admin-guide/mm/pagemap.rst: one entry of 64 bits a page.
static const uint64_t page_is_present = (uint64_t)1 << 63;
// Not set once a private mapping's page was written to and became a copy.
static const uint64_t page_is_the_files = (uint64_t)1 << 61;

/// Gives back the pages from `start` to `end` that are still the file's own: those that were written to are looked up and
/// kept.
static void release_constants(int pagemap, uintptr_t start, uintptr_t end) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    start = (start + page - 1) & ~(page - 1);
    end &= ~(page - 1);
    uint64_t entries[512];
    while (start < end) {
        size_t count = (end - start) / page;
        if (count > sizeof entries / sizeof *entries) count = sizeof entries / sizeof *entries;
        ssize_t size = pread(pagemap, entries, count * sizeof *entries, (off_t)(start / page * sizeof *entries));
        if (size < (ssize_t)sizeof *entries) return;
        count = (size_t)size / sizeof *entries;
        for (size_t i = 0; i < count; i++) {
            size_t first = i;
            while (i < count && entries[i] & page_is_present && entries[i] & page_is_the_files) i++;
            if (i > first) madvise((void *)(start + first * page), (i - first) * page, MADV_DONTNEED);
        }
        start += count * page;
    }
}

/// Swift's constants lie in a section that can be written to, though nobody does: elf(5), section headers. A program
/// without them keeps these pages.
static void release_constant_section(int pagemap, uintptr_t base) {
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    struct stat status;
    ElfW(Ehdr) *header = MAP_FAILED;
    if (fstat(file, &status) == 0 && (size_t)status.st_size >= sizeof *header)
        header = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (header == MAP_FAILED) return;
    size_t size = (size_t)status.st_size;
    const char *bytes = (const char *)header;
    if (header->e_shentsize == sizeof(ElfW(Shdr)) && header->e_shoff < size && header->e_shstrndx < header->e_shnum &&
        (size - header->e_shoff) / sizeof(ElfW(Shdr)) >= header->e_shnum) {
        const ElfW(Shdr) *sections = (const ElfW(Shdr) *)(bytes + header->e_shoff);
        const ElfW(Shdr) *names = &sections[header->e_shstrndx];
        for (int i = 0; i < header->e_shnum; i++) {
            if (names->sh_offset >= size || sections[i].sh_name + sizeof ".rodata" > size - names->sh_offset) continue;
            if (strcmp(bytes + names->sh_offset + sections[i].sh_name, ".rodata")) continue;
            uintptr_t start = base + sections[i].sh_addr;
            release_constants(pagemap, start, start + sections[i].sh_size);
        }
    }
    munmap(header, size);
}

struct release {
    int pagemap;
    int objects;
};

static int release_object(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct release *release = context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        // What is relocated at the start and then closed to writing is constant, too.
        if ((header->p_type == PT_LOAD && !(header->p_flags & PF_W)) || header->p_type == PT_GNU_RELRO)
            release_constants(release->pagemap, start, start + header->p_memsz);
    }
    // The first is the program itself.
    if (release->objects++ == 0) release_constant_section(release->pagemap, info->dlpi_addr);
    return 0;
}

void clinux_release_startup_memory(void) {
    malloc_trim(0);
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0) return;
    struct release release = {.pagemap = pagemap};
    dl_iterate_phdr(release_object, &release);
    close(pagemap);
}
