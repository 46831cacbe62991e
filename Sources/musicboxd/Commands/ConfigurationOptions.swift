import ArgumentParser
import Glibc

/// Where the configuration comes from; shared by all commands.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The YAML file with the settings.", valueName: "file"))
    var config: String?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Sets one key, over environment and file; may be repeated.", valueName: "key=value")
    )
    var set: [String] = []

    func settings() throws -> Settings {
        try Settings(path: config, environment: Self.environment(), flags: set)
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        for setting in Setting.all {
            if let value = getenv(setting.variable) { variables[setting.variable] = String(cString: value) }
        }
        return variables
    }
}
