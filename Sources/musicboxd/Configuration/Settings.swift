/// What is in force: flags over environment over file over defaults.
struct Settings: Sendable, Equatable {
    /// Where a value comes from; for `musicboxd config`.
    enum Origin: Sendable, Equatable {
        case standard
        case file(String, line: Int)
        case environment(String)
        case flag
    }

    private(set) var values: [String: (value: SettingValue, origin: Origin)]

    /// - Parameters:
    ///   - path: the YAML file; nil for none.
    ///   - environment: the variables of the process.
    ///   - flags: `KEY=VALUE`, the last one wins.
    /// - Throws: ``ConfigurationError``.
    init(path: String?, environment: [String: String], flags: [String]) throws {
        values = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.key, ($0.standard, Origin.standard)) })
        if let path {
            for entry in try ConfigurationFile.read(path) {
                values[entry.key] = (entry.value, .file(path, line: entry.line))
            }
        }
        for setting in Setting.all {
            guard let text = environment[setting.variable] else { continue }
            try set(setting, text, origin: .environment(setting.variable), place: "environment \(setting.variable)")
        }
        for flag in flags {
            guard let equals = flag.firstIndex(of: "=") else {
                throw ConfigurationError("--set \(flag): give it as KEY=VALUE, such as http.port=8080")
            }
            let key = String(flag[..<equals])
            guard let setting = Setting.byKey[key] else { throw ConfigurationError.unknown(key, at: "--set \(flag)") }
            try set(setting, String(flag[flag.index(after: equals)...]), origin: .flag, place: "--set \(flag)")
        }
    }

    private mutating func set(_ setting: Setting, _ text: String, origin: Origin, place: String) throws {
        switch setting.value(of: text) {
        case .success(let value): values[setting.key] = (value, origin)
        case .failure(let problem):
            throw ConfigurationError("\(place): \(setting.key) \(problem.message), not \"\(text)\"")
        }
    }

    static func == (left: Settings, right: Settings) -> Bool {
        left.values.mapValues(\.value) == right.values.mapValues(\.value)
    }

    // MARK: - Typed access; a key that does not exist is a mistake of the program.

    func text(_ key: String) -> String {
        guard case .text(let text)? = values[key]?.value else { preconditionFailure("\(key) is no text") }
        return text
    }

    func integer(_ key: String) -> Int {
        guard case .integer(let number)? = values[key]?.value else { preconditionFailure("\(key) is no number") }
        return number
    }

    func flag(_ key: String) -> Bool {
        guard case .flag(let flag)? = values[key]?.value else { preconditionFailure("\(key) is no flag") }
        return flag
    }

    func list(_ key: String) -> [String] {
        guard case .list(let list)? = values[key]?.value else { preconditionFailure("\(key) is no list") }
        return list
    }
}
