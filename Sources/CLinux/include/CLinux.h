#pragma once

/// Tells systemd about the state of the service, for example "READY=1" (sd_notify(3)); does nothing outside systemd.
void clinux_notify(const char *state);
