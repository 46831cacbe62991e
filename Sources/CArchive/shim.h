#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

/// Makes UTF-8 the character set of this thread and returns what was before, for `carchive_restore_locale`.
///
/// libarchive converts the names in an archive to the character set of the locale, and loses those that do not fit in;
/// the "C" locale of a daemon has ASCII only.
///
/// Here because Swift does not see the masks of newlocale(3), which are macros.
static inline locale_t carchive_use_utf8(void)
{
    const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return utf8 ? uselocale(utf8) : (locale_t)0;
}

/// `previous` is what `carchive_use_utf8` returned; null when that could not change anything.
static inline void carchive_restore_locale(locale_t previous)
{
    if (previous) {
        freelocale(uselocale(previous));
    }
}
