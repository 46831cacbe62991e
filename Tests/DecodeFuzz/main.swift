// decode-fuzz FILE FIRST COUNT: looks into and decodes COUNT damaged copies of FILE as the daemon does at an import and
// while playing; of a CUE sheet, with the good FLAC of its name beside it. Prints each number before its turn, so that after a crash the last one is the culprit; at the end one
// line `done SECONDS NUMBER MEGABYTES PLAYED`: the processor time of the slowest and which it was, the most memory that
// one of them took, and how many could be played to some extent.
import Audio
import Damage
import Glibc

func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: ftell(file))
    rewind(file)
    return fread(&bytes, 1, bytes.count, file) == bytes.count ? bytes : nil
}

func read(_ path: String, upTo limit: Int) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = fread(&bytes, 1, limit, file)
    return Array(bytes.prefix(count))
}

func write(_ bytes: [UInt8], to path: String) -> Bool {
    guard let file = fopen(path, "wb") else { return false }
    defer { fclose(file) }
    return fwrite(bytes, 1, bytes.count, file) == bytes.count
}

/// A line of /proc/self/status in KB.
func kilobytes(_ name: String) -> Int {
    guard let bytes = read("/proc/self/status", upTo: 8192) else { return 0 }
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
}

/// What the damage itself took does not count: it is given back, and the peak begins anew (proc(5), clear_refs).
func resetPeak() -> Int {
    _ = write(Array("5".utf8), to: "/proc/self/clear_refs")
    return kilobytes("VmRSS")
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let good = read(arguments[1]), let first = UInt64(arguments[2]),
    let count = UInt64(arguments[3])
else {
    print("usage: decode-fuzz FILE FIRST COUNT")
    exit(64)
}
let suffix = arguments[1].split(separator: ".").last.map(String.init) ?? "bin"
let place = "/dev/shm/decode-fuzz-\(getpid())"
let damaged = "\(place).\(suffix)"
defer { unlink(damaged) }
// A CUE sheet is looked at by way of the audio file beside it, which stays good.
let isSheet = suffix == "cue"
let path = isSheet ? "\(place).flac" : damaged
if isSheet {
    guard let audio = read(arguments[1].dropLast(3) + "flac"), write(audio, to: path) else { exit(66) }
}
defer { unlink(path) }

var slowest = (seconds: 0.0, number: first)
var played = 0
var most = 0
for number in first..<first + count {
    print(number)
    fflush(nil)
    guard write(Damage.apply(number, to: good), to: damaged) else { exit(74) }
    let before = resetPeak()
    let begin = processorSeconds()
    // What hangs for real is ended by the kernel: a crash like any other.
    alarm(60)
    _ = try? AudioFile.probe(path: path)
    if let report = try? AudioFile.decode(path: path), report.frames > 0 { played += 1 }
    _ = try? AudioFile.timeToSound(path: path, positionMs: 1000)
    alarm(0)
    let seconds = processorSeconds() - begin
    if seconds > slowest.seconds { slowest = (seconds, number) }
    most = max(most, kilobytes("VmHWM") - before)
}
print("done \(slowest.seconds) \(slowest.number) \(most / 1024) \(played)")
