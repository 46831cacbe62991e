// A mixer of a sound card that exists only in two files, for `ctl.NAME { type card  state "DIR" }` of an asoundrc: what
// it is told stands in DIR/levels (one `int` per control, then one per switch), and whoever writes there turns its knobs
// from outside. DIR/faults holds one letter: `s` the knobs are stuck, `g` the card is gone, `l` it
// is late to tell of changes.
//
// Controls: "Digital" -51...0 dB in steps of 1 dB with a switch, "Boost" 0...+24 dB.
#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { DIGITAL, BOOST, SWITCH, COUNT };

static const char *const names[COUNT] = {"Digital Playback Volume", "Boost Playback Volume", "Digital Playback Switch"};
static const int tops[COUNT] = {51, 24, 1};
// Type 1 (SNDRV_CTL_TLVT_DB_SCALE), 8 bytes: lowest level and step in hundredths of a decibel.
static const unsigned int scales[2][4] = {{1, 8, (unsigned int)-5100, 100}, {1, 8, 0, 100}};

struct card {
    snd_ctl_ext_t ext;
    char levels[256], faults[256];
    int notify, seen[COUNT];
};

static char fault(struct card *card) {
    char letter = 0;
    FILE *file = fopen(card->faults, "r");
    if (file) {
        if (fread(&letter, 1, 1, file) != 1) letter = 0;
        fclose(file);
    }
    return letter;
}

static int load(struct card *card, int *levels) {
    FILE *file = fopen(card->levels, "r");
    if (!file || fault(card) == 'g') {
        if (file) fclose(file);
        return -ENODEV;
    }
    for (int i = 0; i < COUNT; i++)
        if (fscanf(file, "%d", &levels[i]) != 1) levels[i] = 0;
    fclose(file);
    return 0;
}

static int save(struct card *card, const int *levels) {
    char fresh[264];
    snprintf(fresh, sizeof fresh, "%s.new", card->levels);
    FILE *file = fopen(fresh, "w");
    if (!file) return -EIO;
    for (int i = 0; i < COUNT; i++) fprintf(file, "%d\n", levels[i]);
    fclose(file);
    return rename(fresh, card->levels) ? -EIO : 0;
}

static int count(snd_ctl_ext_t *ext) {
    (void)ext;
    return COUNT;
}

static int list(snd_ctl_ext_t *ext, unsigned int offset, snd_ctl_elem_id_t *id) {
    (void)ext;
    snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
    snd_ctl_elem_id_set_name(id, names[offset]);
    return 0;
}

static snd_ctl_ext_key_t find(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id) {
    (void)ext;
    for (int i = 0; i < COUNT; i++)
        if (!strcmp(snd_ctl_elem_id_get_name(id), names[i])) return (snd_ctl_ext_key_t)i;
    return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned int *access, unsigned int *channels) {
    struct card *card = ext->private_data;
    *type = key == SWITCH ? SND_CTL_ELEM_TYPE_BOOLEAN : SND_CTL_ELEM_TYPE_INTEGER;
    *access = SND_CTL_EXT_ACCESS_READWRITE;
    *channels = 1;
    if (key != SWITCH) {
        *access |= SND_CTL_EXT_ACCESS_TLV_READ;
        card->ext.tlv.p = scales[key];
    }
    return 0;
}

static int range(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *lowest, long *highest, long *step) {
    (void)ext;
    *lowest = 0, *highest = tops[key], *step = 1;
    return 0;
}

static int get(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value) {
    int levels[COUNT], code = load(ext->private_data, levels);
    if (code == 0) *value = levels[key];
    return code;
}

static int set(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value) {
    struct card *card = ext->private_data;
    int levels[COUNT], code = load(card, levels);
    if (code < 0 || fault(card) == 's') return code;
    if (levels[key] == *value) return 0;
    levels[key] = (int)*value;
    code = save(card, levels);
    return code < 0 ? code : 1;
}

static void subscribe(snd_ctl_ext_t *ext, int yes) { (void)ext, (void)yes; }

static int event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned int *mask) {
    struct card *card = ext->private_data;
    char buffer[4096];
    while (read(card->notify, buffer, sizeof buffer) > 0) continue;
    if (fault(card) == 'l') return -EAGAIN;
    int levels[COUNT];
    int code = load(card, levels);
    if (code < 0) return code;
    for (int i = 0; i < COUNT; i++) {
        if (levels[i] == card->seen[i]) continue;
        card->seen[i] = levels[i];
        snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
        snd_ctl_elem_id_set_name(id, names[i]);
        *mask = SND_CTL_EVENT_MASK_VALUE;
        return 1;
    }
    return -EAGAIN;
}

static void finish(snd_ctl_ext_t *ext) {
    struct card *card = ext->private_data;
    close(card->notify);
    free(card);
}

static const snd_ctl_ext_callback_t callbacks = {
    .close = finish,
    .elem_count = count,
    .elem_list = list,
    .find_elem = find,
    .get_attribute = attribute,
    .get_integer_info = range,
    .read_integer = get,
    .write_integer = set,
    .subscribe_events = subscribe,
    .read_event = event,
};

SND_CTL_PLUGIN_DEFINE_FUNC(card) {
    (void)root;
    const char *state = "";
    snd_config_iterator_t i, next;
    snd_config_for_each(i, next, conf) {
        snd_config_t *entry = snd_config_iterator_entry(i);
        const char *id;
        if (snd_config_get_id(entry, &id) >= 0 && !strcmp(id, "state")) snd_config_get_string(entry, &state);
    }
    struct card *card = calloc(1, sizeof *card);
    snprintf(card->levels, sizeof card->levels, "%s/levels", state);
    snprintf(card->faults, sizeof card->faults, "%s/faults", state);
    int code = load(card, card->seen);
    if (code < 0) {
        free(card);
        return code;
    }
    card->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    inotify_add_watch(card->notify, state, IN_MOVED_TO | IN_CLOSE_WRITE);
    card->ext.version = SND_CTL_EXT_VERSION;
    card->ext.callback = &callbacks;
    card->ext.private_data = card;
    card->ext.poll_fd = card->notify;
    strcpy(card->ext.id, "card");
    strcpy(card->ext.driver, "test");
    strcpy(card->ext.name, "card");
    strcpy(card->ext.longname, "a card of two files");
    strcpy(card->ext.mixername, "card");
    code = snd_ctl_ext_create(&card->ext, name, mode);
    if (code < 0) {
        close(card->notify);
        free(card);
        return code;
    }
    *handlep = card->ext.handle;
    return 0;
}

SND_CTL_PLUGIN_SYMBOL(card);
