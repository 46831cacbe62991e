import Glibc
import Synchronization

/// Finds the byte at which a frame of an MP3 begins. The format has no index that is exact, and FFmpeg therefore reads
/// and parses all that lies before a place: a tenth of a second for an hour on a desktop, seconds from a card. Here that
/// is avoided where it can be: a file of constant bit rate is computed, a place near one that was played or sought
/// before is known, and so are those that were noted at the file when it was imported (``MP3Landmarks``). Only the rest
/// is read, header by header.
struct MP3Index {
    /// Frame `number`, counted from the first that holds sound, begins at byte `offset`.
    struct Place: Equatable {
        var number: Int
        var offset: Int
    }

    /// What a file is known by: another content under the same name is another file.
    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int
        var modified: Int
    }

    /// Places of files seen lately. Bounded: 64 files, and of each a place every ten seconds of at most four hours.
    private static let known = Mutex<Known>(Known())

    private struct Known {
        var places: [Identity: [Place]] = [:]
        /// The file used last comes last.
        var order: [Identity] = []

        mutating func admit(_ identity: Identity) {
            guard places[identity] == nil else { return }
            if order.count == MP3Index.maximumFiles { places[order.removeFirst()] = nil }
            order.append(identity)
            places[identity] = []
        }

        mutating func set(_ found: [Place], for identity: Identity) {
            admit(identity)
            places[identity] = found
        }
    }

    private static let maximumFiles = 64
    private static let maximumPlaces = 1500
    private static let spacing = 383

    let identity: Identity
    private let path: String
    private let first: Place
    private let isCancelled: () -> Bool

    /// - Parameters:
    ///   - start: byte at which the first frame with sound begins.
    ///   - isCancelled: asked now and then while the file is read.
    init?(path: String, start: Int, isCancelled: @escaping () -> Bool) {
        var status = stat()
        guard start >= 0, stat(path, &status) == 0 else { return nil }
        identity = Identity(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            size: Int(status.st_size),
            modified: Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec)
        )
        self.path = path
        first = Place(number: 0, offset: start)
        self.isCancelled = isCancelled
        recall()
    }

    /// Takes over what was noted at the file, once per file.
    private func recall() {
        guard Self.known.withLock({ $0.places[identity] == nil }) else { return }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        guard let landmarks = MP3Landmarks(readFrom: file, identity: identity), landmarks.first == first.offset
        else { return }
        Self.known.withLock { $0.set(Array(landmarks.places.prefix(Self.maximumPlaces)), for: identity) }
    }

    /// Reads a file to its end, header by header, and notes places all over it at the file. What is too short to be worth
    /// it, or computed, is left: a constant bit rate, unless the file was joined of pieces that each begin to round anew.
    ///
    /// - Returns: the number of frames, as far as they lie in a plain row; nil if nothing was noted.
    @discardableResult
    func survey() -> Int? {
        guard identity.size - first.offset > MP3Landmarks.minimumBytes else { return nil }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let reader = Reader(file: file)
        var landmarks = MP3Landmarks(first: first.offset)
        var place = first
        let head = reader.header(at: place.offset)
        while let header = reader.header(at: place.offset) {
            place = Place(number: place.number + 1, offset: place.offset + header.size)
            landmarks.pass(place)
            if place.number % 4096 == 0, isCancelled() { return nil }
        }
        guard let head, place.number > 0,
            !landmarks.places.allSatisfy({ abs($0.offset - expected($0.number, head)) <= Self.rounding })
        else { return nil }
        landmarks.write(to: file, identity: identity)
        Self.known.withLock { $0.set(landmarks.places, for: identity) }
        return place.number
    }

    /// The place of frame `number`, and that of the next one; nil if the file is no plain row of frames up to there.
    func find(_ number: Int) -> (Place, next: Place)? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let reader = Reader(file: file)
        if let place = constant(number, reader), let header = reader.header(at: place.offset) {
            return (place, Place(number: number + 1, offset: place.offset + header.size))
        }
        var place = nearest(number)
        var noted = place.number
        while place.number < number {
            guard let header = reader.header(at: place.offset) else { return nil }
            place = Place(number: place.number + 1, offset: place.offset + header.size)
            if place.number - noted >= Self.spacing {
                noted = place.number
                note(place)
                if isCancelled() { return nil }
            }
        }
        guard let header = reader.header(at: place.offset) else { return nil }
        note(place)
        return (place, Place(number: number + 1, offset: place.offset + header.size))
    }

    /// Remembers a place that playing came by.
    func note(_ place: Place) {
        Self.known.withLock { known in
            known.admit(identity)
            var places = known.places[identity] ?? []
            let index = places.firstIndex { $0.number >= place.number } ?? places.count
            let isCrowded =
                index < places.count && places[index].number - place.number < Self.spacing / 2
                || index > 0 && place.number - places[index - 1].number < Self.spacing / 2
            guard !isCrowded, places.count < Self.maximumPlaces else { return }
            places.insert(place, at: index)
            known.places[identity] = places
        }
    }

    /// Whether a frame is one of those worth remembering.
    static func isWorthNoting(_ number: Int) -> Bool { number % spacing == 0 }

    private func nearest(_ number: Int) -> Place {
        Self.known.withLock { known in
            if let position = known.order.firstIndex(of: identity) {
                known.order.append(known.order.remove(at: position))
            }
            return known.places[identity]?.last { $0.number <= number } ?? first
        }
    }

    /// At a constant bit rate frame n begins at n times the mean size, give or take the rounding. That it really does at
    /// several places on the way is proof enough: with any other bit rate in between it would be off by hundreds of
    /// bytes.
    private func constant(_ number: Int, _ reader: Reader) -> Place? {
        guard let header = reader.header(at: first.offset), number > 0 else { return nil }
        var found: Place?
        for share in [7, 3, 2, 1] {
            let number = number / share
            let expected = expected(number, header)
            found = nil
            for offset in [0, 1, -1, 2, -2].map({ expected + $0 }) {
                guard let there = reader.header(at: offset), there.bitRate == header.bitRate,
                    there.rate == header.rate, there.samples == header.samples,
                    let next = reader.header(at: offset + there.size), next.bitRate == header.bitRate
                else { continue }
                found = Place(number: number, offset: offset)
                break
            }
            if found == nil { return nil }
        }
        return found
    }

    /// How far a computed place may be off, in bytes.
    private static let rounding = 2

    /// Where frame `number` begins if all are like the first one.
    private func expected(_ number: Int, _ header: MP3FrameHeader) -> Int {
        first.offset + number * (header.samples / 8) * header.bitRate * 1000 / header.rate
    }

    /// Reads headers through a window of the file.
    private final class Reader {
        private static let windowSize = 1 << 18
        private let file: Int32
        private let window = UnsafeMutableRawBufferPointer.allocate(byteCount: windowSize, alignment: 16)
        private var start = 0
        private var count = 0

        init(file: Int32) {
            self.file = file
        }

        deinit {
            window.deallocate()
        }

        func header(at offset: Int) -> MP3FrameHeader? {
            if offset < start || offset + 4 > start + count {
                guard offset >= 0 else { return nil }
                // A jump needs little of what follows; a walk goes on from where the window ended.
                let wanted = offset >= start && offset - start < 2 * Self.windowSize ? Self.windowSize : 4096
                count = max(0, pread(file, window.baseAddress, wanted, offset))
                start = offset
            }
            guard offset + 4 <= start + count else { return nil }
            return MP3FrameHeader(UnsafeRawBufferPointer(window)[(offset - start)..<(offset - start + 4)])
        }
    }
}
