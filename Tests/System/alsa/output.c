// A sound card that exists only in a directory, for `pcm.NAME { type output  state "DIR"  format "S32_LE"  channels 2
// rate 48000 }` of an asoundrc: it takes this format and no other, plays in real time, and what it has played stands in
// DIR/played as it was given. DIR/faults holds one letter: `b` it is busy, `g` it is gone, `s` it sleeps, `h` it hangs, `x`
// it runs dry once, `n` it sleeps once and wakes when it is asked to for the third time.
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct output {
    snd_pcm_ioplug_t io;
    char faults[256];
    FILE *played;
    char *ring;
    size_t frame;
    unsigned long long written, heard, origin, slept;
    int refusals;
};

// The one that was opened last.
static struct output *latest;

static unsigned long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (unsigned long long)time.tv_sec * 1000000000ull + (unsigned long long)time.tv_nsec;
}

static char fault(struct output *output) {
    char letter = 0;
    FILE *file = fopen(output->faults, "r");
    if (!file) return 0;
    if (fread(&letter, 1, 1, file) != 1) letter = 0;
    fclose(file);
    return letter;
}

static void hear(struct output *output, unsigned long long until) {
    for (; output->heard < until; output->heard++)
        fwrite(output->ring + output->heard % output->io.buffer_size * output->frame, output->frame, 1, output->played);
    fflush(output->played);
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io) {
    struct output *output = io->private_data;
    char letter = fault(output);
    if (letter == 'g') return -ENODEV;
    if (letter == 'x') {
        unlink(output->faults);
        return -EPIPE;
    }
    if (io->state != SND_PCM_STATE_RUNNING) return (snd_pcm_sframes_t)(output->heard % io->buffer_size);
    unsigned long long time = now();
    if (letter == 's' || letter == 'n') {
        output->slept = time;
        output->refusals = 0;
        snd_pcm_ioplug_set_state(io, SND_PCM_STATE_SUSPENDED);
    } else if (letter != 'h') {
        unsigned long long due = (time - output->origin) * io->rate / 1000000000ull;
        hear(output, due < output->written ? due : output->written);
        if (due > output->written) return -EPIPE;
    }
    return (snd_pcm_sframes_t)(output->heard % io->buffer_size);
}

static snd_pcm_sframes_t transfer(
    snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
    struct output *output = io->private_data;
    if (fault(output) == 'g') return -ENODEV;
    const char *source = (const char *)areas->addr + areas->first / 8 + offset * output->frame;
    for (snd_pcm_uframes_t i = 0; i < size; i++, output->written++)
        memcpy(output->ring + output->written % io->buffer_size * output->frame, source + i * output->frame, output->frame);
    return (snd_pcm_sframes_t)size;
}

static int prepare(snd_pcm_ioplug_t *io) {
    struct output *output = io->private_data;
    char letter = fault(output);
    if (letter == 'g' || letter == 's') return letter == 'g' ? -ENODEV : -EBUSY;
    output->written = output->heard = 0;
    return 0;
}

static int start(snd_pcm_ioplug_t *io) {
    struct output *output = io->private_data;
    output->origin = now();
    return fault(output) == 'g' ? -ENODEV : 0;
}

static int stop(snd_pcm_ioplug_t *io) {
    (void)io;
    return 0;
}

static int resume(snd_pcm_ioplug_t *io) {
    struct output *output = io->private_data;
    char letter = fault(output);
    if (letter == 's' || (letter == 'n' && output->refusals++ < 2)) return -EAGAIN;
    if (letter == 'n') unlink(output->faults);
    output->origin += now() - output->slept;
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_RUNNING);
    return 0;
}

static int parameters(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params) {
    (void)params;
    struct output *output = io->private_data;
    output->frame = (size_t)snd_pcm_format_physical_width(io->format) / 8 * io->channels;
    free(output->ring);
    output->ring = calloc(io->buffer_size, output->frame);
    return output->ring ? 0 : -ENOMEM;
}

static int finish(snd_pcm_ioplug_t *io) {
    struct output *output = io->private_data;
    fclose(output->played);
    close(output->io.poll_fd);
    free(output->ring);
    free(output);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = start,
    .stop = stop,
    .pointer = pointer,
    .transfer = transfer,
    .close = finish,
    .hw_params = parameters,
    .prepare = prepare,
    .resume = resume,
};

SND_PCM_PLUGIN_DEFINE_FUNC(output) {
    (void)root;
    const char *state = "", *format = "S16_LE";
    long channels = 2, rate = 44100;
    snd_config_iterator_t i, next;
    snd_config_for_each(i, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(i);
        const char *id;
        if (snd_config_get_id(entry, &id) < 0) continue;
        if (!strcmp(id, "state")) snd_config_get_string(entry, &state);
        if (!strcmp(id, "format")) snd_config_get_string(entry, &format);
        if (!strcmp(id, "channels")) snd_config_get_integer(entry, &channels);
        if (!strcmp(id, "rate")) snd_config_get_integer(entry, &rate);
    }
    struct output *output = calloc(1, sizeof *output);
    snprintf(output->faults, sizeof output->faults, "%s/faults", state);
    char letter = fault(output), path[256];
    snprintf(path, sizeof path, "%s/played", state);
    if (letter == 'b' || letter == 'g' || !(output->played = fopen(path, "a"))) {
        free(output);
        return letter == 'b' ? -EBUSY : -ENODEV;
    }
    output->io.version = SND_PCM_IOPLUG_VERSION;
    output->io.name = "a card in a directory";
    output->io.callback = &callbacks;
    output->io.private_data = output;
    // Never says anything: nobody waits for it but to hear of errors.
    output->io.poll_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    output->io.poll_events = POLLOUT;
    int code = snd_pcm_ioplug_create(&output->io, name, stream, mode);
    if (code < 0) {
        finish(&output->io);
        return code;
    }
    unsigned int access = SND_PCM_ACCESS_RW_INTERLEAVED, formats = (unsigned int)snd_pcm_format_value(format);
    snd_pcm_ioplug_set_param_list(&output->io, SND_PCM_IOPLUG_HW_ACCESS, 1, &access);
    snd_pcm_ioplug_set_param_list(&output->io, SND_PCM_IOPLUG_HW_FORMAT, 1, &formats);
    snd_pcm_ioplug_set_param_minmax(&output->io, SND_PCM_IOPLUG_HW_CHANNELS, (unsigned)channels, (unsigned)channels);
    snd_pcm_ioplug_set_param_minmax(&output->io, SND_PCM_IOPLUG_HW_RATE, (unsigned)rate, (unsigned)rate);
    snd_pcm_ioplug_set_param_minmax(&output->io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
    snd_pcm_ioplug_set_param_minmax(&output->io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 4096, 8 << 20);
    snd_pcm_ioplug_set_param_minmax(&output->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 1024, 4 << 20);
    *pcmp = output->io.pcm;
    latest = output;
    return 0;
}

SND_PCM_PLUGIN_SYMBOL(output);
