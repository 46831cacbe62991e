// The decoders, parsers, demuxers and protocols of this box, in the place of FFmpeg's own lists of everything
// (libavcodec/allcodecs.c, parsers.c, bitstream_filters.c; libavformat/allformats.c, protocols.c; libavutil/hwcontext.c).
//
// Linked with FFmpeg's static libraries, these functions are found before the archives' ones, and of the archives only what
// is named here is taken along. With Debian's shared libraries a box that plays sound loads 130 others (X11, OpenCL, cairo,
// video encoders), which is more than half of the time from its start to the first sound, and 4 MB of memory that their
// relocations write to; and a hostile file can reach every decoder ever written.
//
// The lists' elements are opaque here: FFmpeg's own structures begin with the public one.
#ifndef CFFMPEG_SHARED
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/mem.h>
#include <stdint.h>
#include <string.h>

// Where two decode the same codec, the first is taken: the one in floating point.
#define DECODERS(ONE)                                                                                                  \
    ONE(aac) ONE(aac_latm) ONE(ac3) ONE(adpcm_ima_qt) ONE(adpcm_ima_wav) ONE(adpcm_ms) ONE(adpcm_swf)                  \
    ONE(adpcm_yamaha) ONE(alac) ONE(amrnb) ONE(amrwb) ONE(ape) ONE(atrac3) ONE(atrac3al) ONE(atrac3p) ONE(atrac3pal)   \
    ONE(dca) ONE(dsd_lsbf) ONE(dsd_lsbf_planar) ONE(dsd_msbf) ONE(dsd_msbf_planar) ONE(eac3) ONE(flac) ONE(gsm)        \
    ONE(gsm_ms) ONE(mlp) ONE(mp1float) ONE(mp2float) ONE(mp3float) ONE(mpc7) ONE(mpc8) ONE(nellymoser) ONE(opus)       \
    ONE(pcm_alaw) ONE(pcm_bluray) ONE(pcm_dvd) ONE(pcm_f32be) ONE(pcm_f32le) ONE(pcm_f64be) ONE(pcm_f64le)             \
    ONE(pcm_mulaw) ONE(pcm_s16be) ONE(pcm_s16be_planar) ONE(pcm_s16le) ONE(pcm_s16le_planar) ONE(pcm_s24be)            \
    ONE(pcm_s24le) ONE(pcm_s24le_planar) ONE(pcm_s32be) ONE(pcm_s32le) ONE(pcm_s32le_planar) ONE(pcm_s8)               \
    ONE(pcm_s8_planar) ONE(pcm_u16be) ONE(pcm_u16le) ONE(pcm_u24be) ONE(pcm_u24le) ONE(pcm_u32be) ONE(pcm_u32le)       \
    ONE(pcm_u8) ONE(qdm2) ONE(shorten) ONE(speex) ONE(tak) ONE(truehd) ONE(tta) ONE(vorbis) ONE(wavpack)               \
    ONE(wmalossless) ONE(wmapro) ONE(wmav1) ONE(wmav2) ONE(wmavoice)

#define PARSERS(ONE)                                                                                                   \
    ONE(aac) ONE(aac_latm) ONE(ac3) ONE(amr) ONE(dca) ONE(flac) ONE(gsm) ONE(mlp) ONE(mpegaudio) ONE(opus) ONE(tak)    \
    ONE(vorbis)

// `MediaFile` allows the same ones.
#define DEMUXERS(ONE)                                                                                                  \
    ONE(aac) ONE(ac3) ONE(aiff) ONE(amr) ONE(ape) ONE(asf) ONE(au) ONE(avi) ONE(caf) ONE(dsf) ONE(dts) ONE(eac3)       \
    ONE(flac) ONE(flv) ONE(loas) ONE(matroska) ONE(mov) ONE(mp3) ONE(mpc) ONE(mpc8) ONE(mpegps) ONE(mpegts) ONE(ogg)   \
    ONE(oma) ONE(shorten) ONE(tak) ONE(tta) ONE(w64) ONE(wav) ONE(wv)

// Files are read by ourselves.
#define PROTOCOLS(ONE) ONE(http) ONE(https) ONE(tcp) ONE(tls)

typedef struct URLProtocol {
    const char *name;
} URLProtocol;

#define DECLARE(name) extern const AVCodec ff_##name##_decoder;
DECODERS(DECLARE)
#undef DECLARE
#define DECLARE(name) extern const AVCodecParser ff_##name##_parser;
PARSERS(DECLARE)
#undef DECLARE
#define DECLARE(name) extern const AVInputFormat ff_##name##_demuxer;
DEMUXERS(DECLARE)
#undef DECLARE
#define DECLARE(name) extern const URLProtocol ff_##name##_protocol;
PROTOCOLS(DECLARE)
#undef DECLARE

#define ELEMENT(name) &ff_##name##_decoder,
static const AVCodec *const decoders[] = {DECODERS(ELEMENT) NULL};
#undef ELEMENT
#define ELEMENT(name) &ff_##name##_parser,
static const AVCodecParser *const parsers[] = {PARSERS(ELEMENT) NULL};
#undef ELEMENT
#define ELEMENT(name) &ff_##name##_demuxer,
static const AVInputFormat *const demuxers[] = {DEMUXERS(ELEMENT) NULL};
#undef ELEMENT
#define ELEMENT(name) &ff_##name##_protocol,
static const URLProtocol *const protocols[] = {PROTOCOLS(ELEMENT) NULL};
#undef ELEMENT

/// The element of a list that ends with NULL which `opaque` counts to, and one further.
static const void *next(const void *const *list, void **opaque) {
    uintptr_t index = (uintptr_t)*opaque;
    if (list[index]) *opaque = (void *)(index + 1);
    return list[index];
}

// libavcodec/codec.h
const AVCodec *av_codec_iterate(void **opaque) { return next((const void *const *)decoders, opaque); }

const AVCodec *avcodec_find_decoder(enum AVCodecID id) {
    for (const AVCodec *const *decoder = decoders; *decoder; decoder++)
        if ((*decoder)->id == id) return *decoder;
    return NULL;
}

const AVCodec *avcodec_find_decoder_by_name(const char *name) {
    for (const AVCodec *const *decoder = decoders; name && *decoder; decoder++)
        if (!strcmp((*decoder)->name, name)) return *decoder;
    return NULL;
}

const AVCodec *avcodec_find_encoder(enum AVCodecID id) {
    (void)id;
    return NULL;
}

const AVCodec *avcodec_find_encoder_by_name(const char *name) {
    (void)name;
    return NULL;
}

// libavcodec/avcodec.h
const AVCodecParser *av_parser_iterate(void **opaque) { return next((const void *const *)parsers, opaque); }

// libavcodec/bsf.h; the filter that does nothing, which decoding goes through, is not looked up by these.
const AVBitStreamFilter *av_bsf_iterate(void **opaque) {
    (void)opaque;
    return NULL;
}

const AVBitStreamFilter *av_bsf_get_by_name(const char *name) {
    (void)name;
    return NULL;
}

const AVClass *ff_bsf_child_class_iterate(void **opaque) {
    (void)opaque;
    return NULL;
}

// libavformat/avformat.h
const AVOutputFormat *av_muxer_iterate(void **opaque) {
    (void)opaque;
    return NULL;
}

const AVInputFormat *av_demuxer_iterate(void **opaque) { return next((const void *const *)demuxers, opaque); }

// libavformat/url.h
const AVClass *ff_urlcontext_child_class_iterate(void **opaque) {
    (void)opaque;
    return NULL;
}

const URLProtocol **ffurl_get_protocols(const char *whitelist, const char *blacklist) {
    const URLProtocol **found = av_calloc(sizeof(protocols) / sizeof(*protocols), sizeof(*found));
    if (!found) return NULL;
    size_t count = 0;
    for (const URLProtocol *const *protocol = protocols; *protocol; protocol++) {
        const char *name = (*protocol)->name;
        if (whitelist && *whitelist && !av_match_name(name, whitelist)) continue;
        if (blacklist && *blacklist && av_match_name(name, blacklist)) continue;
        found[count++] = *protocol;
    }
    return found;
}

// libavformat/avio.h
const char *avio_enum_protocols(void **opaque, int output) {
    const URLProtocol *protocol = output ? NULL : next((const void *const *)protocols, opaque);
    return protocol ? protocol->name : NULL;
}

const AVClass *avio_protocol_get_class(const char *name) {
    (void)name;
    return NULL;
}

// The demuxers' common code asks it of the H.264 decoder, which would bring the whole of video with it.
int avpriv_h264_has_num_reorder_frames(AVCodecContext *context) {
    (void)context;
    return 0;
}

// libavutil/hwcontext.c's list of what decodes video, each with a library of its own to load (X11, VA-API, OpenCL, ...).
// Elements that are all zero are of type AV_HWDEVICE_TYPE_NONE, which is never asked for.
#define NO_DEVICE(name) const void *const ff_hwcontext_type_##name[32] = {NULL};
NO_DEVICE(cuda)
NO_DEVICE(drm)
NO_DEVICE(opencl)
NO_DEVICE(qsv)
NO_DEVICE(vaapi)
NO_DEVICE(vdpau)
NO_DEVICE(vulkan)

// libswresample's second resampler (libsoxr), taken only by who sets the option "resampler" to it.
const void *const swri_soxr_resampler[16] = {NULL};
#endif
