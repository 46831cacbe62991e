#pragma once
#include <alsa/asoundlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// From CLinux, which every user of this module links: a buffer of the calling thread.
char *clinux_message_slot(int slot);

static void calsa_keep_message(const char *file, int line, const char *function, int err, const char *fmt, ...) {
    (void)file, (void)line, (void)function;
    char *message = clinux_message_slot(0);
    // The first message of a failing call names the cause; those after it are its callers complaining in turn.
    if (message[0]) return;
    va_list arguments;
    va_start(arguments, fmt);
    int length = vsnprintf(message, 256, fmt, arguments);
    va_end(arguments);
    while (length > 0 && length < 256 && message[length - 1] == '\n') message[--length] = 0;
    if (err && length >= 0 && length < 252) snprintf(message + length, 256 - (size_t)length, ": %s", snd_strerror(err));
}

/// Keeps libasound from printing to stderr. In C because the handler is variadic.
static inline void calsa_install_message_handler(void) { snd_lib_error_set_handler(calsa_keep_message); }

/// Forgets the kept message: call before an operation whose message is wanted.
static inline void calsa_clear_message(void) { clinux_message_slot(0)[0] = 0; }

/// The first message that libasound wanted to print on this thread since the last clear, or "". Errors such as "No such
/// file or directory" come back as codes, but only this text says which card or which line of a configuration is meant.
static inline const char *calsa_last_message(void) { return clinux_message_slot(0); }
