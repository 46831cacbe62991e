import Glibc
import Yams

/// Reads the YAML file with the place of each value, so that a mistake can be named by its line. swift-configuration's
/// YAML provider forgets lines, hence Yams itself.
enum ConfigurationFile {
    struct Entry: Equatable {
        var key: String
        var value: SettingValue
        var line: Int
    }

    /// - Throws: ``ConfigurationError`` for a file that cannot be read, is not YAML, or has an unknown key or a wrong value.
    static func read(_ path: String) throws -> [Entry] {
        try parse(try text(of: path), path: path)
    }

    static func parse(_ text: String, path: String) throws -> [Entry] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(
                "\(path)\(error.line.map { ":\($0)" } ?? ""): not valid YAML: \(error.problemText)"
            )
        }
        guard let root, root.null == nil || root.scalar == nil else { return [] }
        guard let mapping = root.mapping else {
            throw ConfigurationError(
                "\(path):\(root.line): the file must hold keys with values, such as http: {port: 5004}"
            )
        }
        var entries: [Entry] = []
        for (key, value) in mapping {
            try collect(value, key: key.string ?? "", keyNode: key, path: path, into: &entries)
        }
        return entries
    }

    private static func collect(
        _ node: Node,
        key: String,
        keyNode: Node,
        path: String,
        into entries: inout [Entry]
    ) throws {
        let place = "\(path):\(keyNode.line)"
        if let setting = Setting.byKey[key] {
            // A key without a value: the default. Quotes make an empty text.
            if node.null != nil { return }
            entries.append(Entry(key: key, value: try value(of: node, for: setting, place: place), line: keyNode.line))
            return
        }
        let isSection = Setting.all.contains { $0.key.hasPrefix(key + ".") }
        guard isSection else { throw ConfigurationError.unknown(key, at: place) }
        guard let mapping = node.mapping else {
            // "http:" with nothing below is an empty section.
            if node.null != nil { return }
            throw ConfigurationError("\(place): \(key) holds keys, not a value")
        }
        for (name, value) in mapping {
            try collect(value, key: key + "." + (name.string ?? ""), keyNode: name, path: path, into: &entries)
        }
    }

    private static func value(of node: Node, for setting: Setting, place: String) throws -> SettingValue {
        if case .command = setting.kind, let sequence = node.sequence {
            let words = sequence.compactMap { $0.scalar?.string }
            guard words.count == sequence.count else {
                throw ConfigurationError("\(place): \(setting.key) must be a list of words")
            }
            return .list(words)
        }
        guard let text = node.scalar?.string else {
            throw ConfigurationError("\(place): \(setting.key) must be a single value")
        }
        switch setting.value(of: text) {
        case .success(let value): return value
        case .failure(let problem):
            throw ConfigurationError("\(place): \(setting.key) \(problem.message), not \"\(text)\"")
        }
    }

    private static func text(of path: String) throws -> String {
        guard let file = fopen(path, "re") else {
            throw ConfigurationError("\(path): cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= 1 << 20 else { throw ConfigurationError("\(path): too large for a configuration") }
        }
        guard ferror(file) == 0 else {
            throw ConfigurationError("\(path): cannot be read: \(String(cString: strerror(errno)))")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("\(path): not text in UTF-8")
        }
        return text
    }
}

extension Node {
    /// Counted from 1.
    fileprivate var line: Int { mark?.line ?? 1 }
}

extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }

    fileprivate var problemText: String {
        switch self {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let duplicates, _):
            "\(duplicates.sorted().joined(separator: ", ")) stands there more than once"
        default: "it cannot be parsed"
        }
    }
}
