import HTTPTypes
import Hummingbird
import MusicBox
import MusicBoxAPI

/// A stored file as the answer to a request: with an entity tag, in ranges, or not at all when the client has it.
struct FileReply {
    private let file: StoredFile
    private let entityTag: String
    private let request: Request

    init(_ file: StoredFile, for request: Request) {
        self.file = file
        self.request = request
        entityTag = "\"\(file.version)\""
    }

    func response(context: API.Context) async throws -> Response {
        var headers: HTTPFields = [.eTag: entityTag, .acceptRanges: "bytes", .contentType: contentType]
        if let tags = request.headers[.ifNoneMatch], isListed(in: tags) {
            return Response(status: .notModified, headers: headers)
        }
        switch range {
        case .whole:
            return Response(
                status: .ok,
                headers: headers,
                body: try await FileIO().loadFile(path: file.path, context: context)
            )
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(file.size)"
            let body = try await FileIO().loadFile(path: file.path, range: range, context: context)
            return Response(status: .partialContent, headers: headers, body: body)
        case .unsatisfiable:
            throw APIFailure(
                .rangeNotSatisfiable,
                "the file has \(file.size) bytes",
                headers: [.contentRange: "bytes */\(file.size)"]
            )
        }
    }

    /// The part that is asked for, unless it is one of another version: then all is sent.
    private var range: ByteRange {
        if let condition = request.headers[.ifRange], condition != entityTag { return .whole }
        return ByteRange(request.headers[.range], size: file.size)
    }

    /// RFC 9110, section 13.1.2: compared weakly.
    private func isListed(in tags: String) -> Bool {
        tags.split(separator: ",").contains { tag in
            let tag = tag.trimmingPrefix { $0 == " " }
            return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag).prefix { $0 != " " } == entityTag
        }
    }

    private var contentType: String {
        let suffix = file.path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        return Self.contentTypes[suffix] ?? "application/octet-stream"
    }

    private static let contentTypes = [
        "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff", "ape": "audio/x-ape", "flac": "audio/flac",
        "m4a": "audio/mp4", "m4b": "audio/mp4", "mka": "audio/x-matroska", "mp2": "audio/mpeg", "mp3": "audio/mpeg",
        "mp4": "audio/mp4", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
        "webm": "audio/webm", "wma": "audio/x-ms-wma", "wv": "audio/x-wavpack", "bmp": "image/bmp", "gif": "image/gif",
        "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp",
    ]
}
