#define _GNU_SOURCE
#include "CLinux.h"
#include <systemd/sd-daemon.h>

void clinux_notify(const char *state) { sd_notify(0, state); }
