/// Tags and covers beyond every measure, in front of or inside a good file.
package enum Oversize {
    package static let kinds = 5

    package static func apply(_ kind: Int, to good: [UInt8]) -> [UInt8] {
        switch kind {
        case 0: id3(frame: "APIC", bytes: 12 << 20) + good
        case 1: id3(frame: "TIT2", bytes: 10 << 20) + good
        case 2: flac(good, blocks: 3, of: 6, bytes: 6 << 20)
        case 3: flac(good, blocks: 2, of: 4, bytes: 3 << 20)
        // A length that the file does not keep.
        default: Array(id3(frame: "APIC", bytes: 200 << 20, isCut: true)) + good
        }
    }

    /// An ID3v2.3 tag with one frame.
    package static func id3(frame: String, bytes count: Int, isCut: Bool = false) -> [UInt8] {
        func safe(_ number: Int) -> [UInt8] { [21, 14, 7, 0].map { UInt8(number >> $0 & 0x7f) } }
        var content: [UInt8] = frame == "APIC" ? [0] + Array("image/png".utf8) + [0, 3, 0] : [0]
        if !isCut { content += [UInt8](repeating: 0x41, count: count) }
        let length = isCut ? count : content.count
        let size = [24, 16, 8, 0].map { UInt8(length >> $0 & 0xff) }
        return Array("ID3".utf8) + [3, 0, 0] + safe(length + 10) + Array(frame.utf8) + size + [0, 0] + content
    }

    /// A FLAC with further metadata blocks behind the first; anything else as it is.
    package static func flac(_ good: [UInt8], blocks: Int, of type: UInt8, bytes count: Int) -> [UInt8] {
        guard good.starts(with: Array("fLaC".utf8)), good.count > 42 else { return good }
        var content = [UInt8](repeating: 0x41, count: count)
        if type == 6 {
            let mime = Array("image/png".utf8)
            let head = [0, 0, 0, 3, 0, 0, 0, UInt8(mime.count)] + mime + [UInt8](repeating: 0, count: 20)
            let data = count - head.count - 4
            content.replaceSubrange(0..<head.count + 4, with: head + [24, 16, 8, 0].map { UInt8(data >> $0 & 0xff) })
        } else {
            let text = count - 16
            content.replaceSubrange(
                0..<12,
                with: [0, 0, 0, 0, 1, 0, 0, 0] + [0, 8, 16, 24].map { UInt8(text >> $0 & 0xff) }
            )
            content.replaceSubrange(12..<18, with: Array("TITLE=".utf8))
        }
        let block = [type] + [16, 8, 0].map { UInt8(count >> $0 & 0xff) } + content
        return Array(good[..<42]) + (0..<blocks).flatMap { _ in block } + Array(good[42...])
    }
}
