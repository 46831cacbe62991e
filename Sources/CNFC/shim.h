#pragma once
#include <linux/serial.h>
#include <nfc/nfc.h>
#include <string.h>
#include <sys/ioctl.h>

/// Looks once for an ISO/IEC 14443 type A tag at 106 kbit/s and copies its UID.
///
/// `known` narrows the search to the tag of that UID (`known_length` 0: any tag).
/// Returns the length of the UID, 0 for no tag, or a negative error of libnfc.
///
/// Here because `nfc_target` is a packed struct around a union, whose fields Swift cannot reach safely.
static inline int CNFC_select_iso14443a(
    nfc_device *device, const uint8_t *known, size_t known_length, uint8_t uid[10])
{
    const nfc_modulation modulation = { .nmt = NMT_ISO14443A, .nbr = NBR_106 };
    nfc_target target;
    memset(&target, 0, sizeof target);
    const int found = nfc_initiator_select_passive_target(device, modulation, known, known_length, &target);
    if (found <= 0) {
        return found;
    }
    const size_t length = target.nti.nai.szUidLen;
    if (length > sizeof target.nti.nai.abtUid) {
        return NFC_ECHIP;
    }
    memcpy(uid, target.nti.nai.abtUid, length);
    return (int)length;
}

/// Fills `names` (`count` times NFC_BUFSIZE_CONNSTRING bytes) with the connection strings of the readers that libnfc
/// knows of; returns how many.
///
/// Here because Swift sees `nfc_connstring` as a tuple of 1024 characters.
static inline size_t CNFC_list_devices(nfc_context *context, char *names, size_t count)
{
    return nfc_list_devices(context, (nfc_connstring *)names, count);
}

/// Asks the driver of the serial port `descriptor` to hand over bytes as they come.
///
/// The FTDI driver otherwise waits up to 16 ms for more, at the acknowledgement and at the answer of every command.
/// Drivers that know nothing of it refuse, which does no harm.
///
/// Here because Swift cannot see the ioctl requests, which are macros.
static inline void CNFC_request_low_latency(int descriptor)
{
    struct serial_struct settings;
    if (ioctl(descriptor, TIOCGSERIAL, &settings) == 0) {
        settings.flags |= ASYNC_LOW_LATENCY;
        (void)ioctl(descriptor, TIOCSSERIAL, &settings);
    }
}
