// output.c as a kernel's driver: for LD_PRELOAD, and the same file as `pcm_type.output`. It gives back what it has not played
// (snd_pcm_rewind), says to the program that it is a kernel device, and writes to DIR/rewound, a line each time, how many
// frames it gave back and how many it kept. The fault `r`: its driver gives none back (SNDRV_PCM_INFO_NO_REWINDS).
#define _GNU_SOURCE
#include "output.c"

#include <dlfcn.h>

// What the program itself asks for comes here; libasound's own calls do not.
snd_pcm_type_t snd_pcm_type(snd_pcm_t *pcm) {
    snd_pcm_type_t (*ask)(snd_pcm_t *) = (snd_pcm_type_t(*)(snd_pcm_t *))dlsym(RTLD_NEXT, "snd_pcm_type");
    snd_pcm_type_t type = ask(pcm);
    return type == SND_PCM_TYPE_IOPLUG ? SND_PCM_TYPE_HW : type;
}

int snd_pcm_hw_params_is_batch(const snd_pcm_hw_params_t *params) {
    (void)params;
    return 0;
}

snd_pcm_sframes_t snd_pcm_rewind(snd_pcm_t *pcm, snd_pcm_uframes_t frames) {
    snd_pcm_sframes_t (*rewind)(snd_pcm_t *, snd_pcm_uframes_t) =
        (snd_pcm_sframes_t(*)(snd_pcm_t *, snd_pcm_uframes_t))dlsym(RTLD_NEXT, "snd_pcm_rewind");
    struct output *output = latest;
    char path[300];
    snprintf(path, sizeof path, "%.*s/rewound", (int)strlen(output->faults) - 7, output->faults);
    snd_pcm_sframes_t taken = 0;
    unsigned long long queued = output->written - output->heard;
    if (fault(output) != 'r') taken = rewind(pcm, frames < queued ? frames : queued);
    if (taken > 0) output->written -= (unsigned long long)taken;
    FILE *log = fopen(path, "a");
    if (log) {
        fprintf(log, "%ld %llu\n", (long)taken, output->written - output->heard);
        fclose(log);
    }
    return taken;
}
