#pragma once
#include <ebur128.h>

/// Integrated loudness by a histogram, whose memory does not grow with the length of the sound, and true peak. A
/// constant because the modes are enumerators that only C can put together.
static const int cebur128_mode = EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK | EBUR128_MODE_HISTOGRAM;
