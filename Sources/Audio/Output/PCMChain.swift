import CALSA
import Glibc

/// What libasound put together behind a PCM's name, as `snd_pcm_dump` tells it: there is no call that names the slaves of a
/// plug-in.
struct PCMChain: Equatable {
    /// From the PCM that was opened to the last one.
    let names: [String]

    init(of pcm: OpaquePointer) {
        var output: OpaquePointer?
        guard snd_output_buffer_open(&output) >= 0, let output else {
            names = []
            return
        }
        defer { snd_output_close(output) }
        var text: UnsafeMutablePointer<CChar>?
        guard snd_pcm_dump(pcm, output) >= 0 else {
            names = []
            return
        }
        let count = snd_output_buffer_string(output, &text)
        let bytes = UnsafeRawBufferPointer(start: text, count: text == nil ? 0 : count)
        names = Self.names(in: String(decoding: bytes, as: UTF8.self))
    }

    /// The title of each PCM stands on a line of its own, "Plug PCM: " before that of what it plugs, "Slave: " before that of
    /// what a plug-in plays to; mixing plug-ins have the kernel's device next to themselves.
    static func names(in dump: String) -> [String] {
        var names: [String] = []
        for (number, line) in dump.split(separator: "\n").enumerated() {
            var title = line
            var isTitle = number == 0
            while true {
                if title.hasPrefix("Slave: ") {
                    title.removeFirst("Slave: ".count)
                    isTitle = true
                } else if isTitle, title.hasPrefix("Plug PCM: ") {
                    title.removeFirst("Plug PCM: ".count)
                    names.append(plug)
                } else {
                    break
                }
            }
            guard isTitle || title.hasPrefix(hardware) else { continue }
            names.append(title.hasPrefix(hardware) ? hardware : String(title))
        }
        return names
    }

    static let hardware = "Hardware PCM"
    static let plug = "Plug"
    static let softVolume = "Soft volume PCM"
    static let mixing = "Direct Stream Mixing PCM"
}
