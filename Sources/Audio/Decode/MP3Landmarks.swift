import CLinux
import Glibc

/// Places of every n-th frame of an MP3, kept with the file itself as an extended attribute: they go where the file goes
/// and end with it. A file system without such attributes merely costs the first seek some time.
///
/// Layout, all numbers LEB128: version, size and time of change of the file, byte of frame 0, n, then for each further
/// place the bytes since the one before.
struct MP3Landmarks: Equatable {
    /// Reading a megabyte or two needs no help.
    static let minimumBytes = 2 << 20
    private static let attribute = "user.musicbox.mp3"
    private static let version = 1
    /// ext4 gives all attributes of a file one block of 4 KiB.
    private static let maximumBytes = 3000
    private static let maximumPlaces = 900

    /// Byte at which frame 0 begins.
    let first: Int
    /// Frames from one place to the next: about ten seconds, or more for a long file.
    private(set) var spacing = 383
    private(set) var places: [MP3Index.Place] = []

    init(first: Int) {
        self.first = first
    }

    /// Takes note of a frame; all are to be passed in order.
    mutating func pass(_ place: MP3Index.Place) {
        guard place.number % spacing == 0 else { return }
        places.append(place)
        guard places.count > Self.maximumPlaces else { return }
        spacing *= 2
        places.removeAll { $0.number % spacing != 0 }
    }

    /// Nil if nothing was noted, or of another content.
    init?(readFrom file: Int32, identity: MP3Index.Identity) {
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        let count = clinux_get_attribute(file, Self.attribute, &bytes, bytes.count)
        guard count > 0 else { return nil }
        self.init(bytes: bytes.prefix(count), identity: identity)
    }

    init?(bytes: ArraySlice<UInt8>, identity: MP3Index.Identity) {
        var rest = bytes
        func next() -> Int? {
            var number = 0
            for shift in stride(from: 0, to: 63, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                number |= Int(byte & 0x7f) << shift
                if byte < 0x80 { return number }
            }
            return nil
        }
        guard next() == Self.version, next() == identity.size, next() == identity.modified, let first = next(),
            let spacing = next(), (1...1_000_000).contains(spacing), first < identity.size
        else { return nil }
        self.init(first: first)
        self.spacing = spacing
        var place = MP3Index.Place(number: 0, offset: first)
        while let distance = next() {
            place = MP3Index.Place(number: place.number + spacing, offset: place.offset &+ distance)
            guard distance > 0, place.offset < identity.size else { return nil }
            places.append(place)
        }
    }

    func bytes(identity: MP3Index.Identity) -> [UInt8] {
        var bytes: [UInt8] = []
        func put(_ number: Int) {
            var number = UInt(bitPattern: number)
            while number >= 0x80 {
                bytes.append(UInt8(number & 0x7f) | 0x80)
                number >>= 7
            }
            bytes.append(UInt8(number))
        }
        for number in [Self.version, identity.size, identity.modified, first, spacing] { put(number) }
        var offset = first
        for place in places {
            put(place.offset - offset)
            offset = place.offset
        }
        return bytes
    }

    func write(to file: Int32, identity: MP3Index.Identity) {
        let bytes = bytes(identity: identity)
        guard bytes.count <= Self.maximumBytes else { return }
        _ = clinux_set_attribute(file, Self.attribute, bytes, bytes.count)
    }
}
