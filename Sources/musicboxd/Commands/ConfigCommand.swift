import ArgumentParser

/// `musicboxd config`: what is in force.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the settings in force, and where each comes from."
    )

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        print(try options.settings().yaml(withOrigins: true), terminator: "")
    }
}
