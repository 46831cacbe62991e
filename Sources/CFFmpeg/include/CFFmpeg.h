#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Macros that Swift cannot see, as constants.
static const int cffmpeg_error_eof = AVERROR_EOF;
static const int cffmpeg_error_exit = AVERROR_EXIT;
static const int cffmpeg_error_invalid_data = AVERROR_INVALIDDATA;
static const int cffmpeg_error_protocol = AVERROR_PROTOCOL_NOT_FOUND;
static const int cffmpeg_error_http_client = AVERROR_HTTP_OTHER_4XX;
static const int cffmpeg_error_again = AVERROR(EAGAIN);
static const int64_t cffmpeg_no_pts = AV_NOPTS_VALUE;

/// Whether a server said that it will not give what it was asked for, so that asking again is of no use.
static inline int cffmpeg_is_http_refusal(int code) {
    return code == AVERROR_HTTP_BAD_REQUEST || code == AVERROR_HTTP_UNAUTHORIZED || code == AVERROR_HTTP_FORBIDDEN ||
           code == AVERROR_HTTP_NOT_FOUND || code == AVERROR_HTTP_OTHER_4XX;
}

/// Text of an FFmpeg or negated errno code, into a buffer of the caller.
static inline void cffmpeg_error_text(int code, char *buffer, size_t size) { av_strerror(code, buffer, size); }

// From CLinux, which every user of this module links: a buffer of the calling thread.
char *clinux_message_slot(int slot);

static void cffmpeg_keep_message(void *object, int level, const char *fmt, va_list arguments) {
    (void)object;
    char *message = clinux_message_slot(1);
    if (level > AV_LOG_ERROR || message[0]) return;
    vsnprintf(message, 256, fmt, arguments);
    size_t length = strlen(message);
    while (length && message[length - 1] == '\n') message[--length] = 0;
}

/// Keeps FFmpeg from printing to stderr. In C because the callback takes a va_list.
static inline void cffmpeg_install_message_handler(void) { av_log_set_callback(cffmpeg_keep_message); }

/// Forgets the kept message: call before an operation whose message is wanted.
static inline void cffmpeg_clear_message(void) { clinux_message_slot(1)[0] = 0; }

/// The first error that FFmpeg logged on this thread since the last clear, or "".
static inline const char *cffmpeg_last_message(void) { return clinux_message_slot(1); }

/// `timestamp` in units of `base`, as a count of samples at `rate`, rounded to nearest. Swift cannot build the
/// AVRational that av_rescale_q wants from the macro the headers use.
static inline int64_t cffmpeg_samples(int64_t timestamp, AVRational base, int rate) {
    return av_rescale_q(timestamp, base, (AVRational){1, rate});
}

/// A count of samples at `rate` in units of `base`, rounded down so that a seek never lands behind it.
static inline int64_t cffmpeg_timestamp(int64_t samples, int rate, AVRational base) {
    return av_rescale_q_rnd(samples, (AVRational){1, rate}, base, AV_ROUND_DOWN);
}
