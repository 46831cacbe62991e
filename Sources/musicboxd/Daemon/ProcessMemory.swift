import Glibc
import MusicBoxAPI

/// The memory of this process in bytes; proc(5), /proc/self/smaps_rollup.
struct ProcessMemory {
    var resident = 0
    /// Written to by this process alone: what ending it would free.
    var privateDirty = 0
    var privateClean = 0

    static func now() -> ProcessMemory {
        var memory = ProcessMemory()
        guard let file = fopen("/proc/self/smaps_rollup", "re") else { return memory }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(nullTerminated: line).split(separator: " ")
            guard words.count >= 2, let kilobytes = Int(words[1]) else { continue }
            switch words[0] {
            case "Rss:": memory.resident = kilobytes << 10
            case "Private_Dirty:": memory.privateDirty = kilobytes << 10
            case "Private_Clean:": memory.privateClean = kilobytes << 10
            default: break
            }
        }
        return memory
    }

    var json: JSONValue {
        .object([
            "resident_bytes": .int(resident),
            "private_dirty_bytes": .int(privateDirty),
            "private_clean_bytes": .int(privateClean),
        ])
    }
}
